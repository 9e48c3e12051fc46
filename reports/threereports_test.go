package reports

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"sgidcheck/internal/run"
)

// threeReports are runs as they are made: of a provider that does everything right,
// of one with three faults, and of MockPass with its waivers.
// scripts/report-pictures.sh makes them again.
var threeReports = []string{"clean", "three-faults", "mockpass-waived"}

func recorded(t *testing.T, name string) *run.Record {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "run.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := run.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (p *tab) screen(width, height int64) {
	p.t.Helper()
	p.call(func() error { return chromedp.Do(p.ctx, chromedp.EmulateViewport(width, height)) })
}

// unfoldSome opens failures, and a few checks of every other verdict, with all that
// is in the first of them.
const unfoldSome = `(() => { const seen = {};
	for (const c of document.querySelectorAll("details.check")) {
		const n = seen[c.dataset.verdict] = (seen[c.dataset.verdict] || 0) + 1;
		c.open = n <= 2 || c.dataset.verdict === "fail";
		if (n === 1) c.querySelectorAll("details").forEach((d) => { d.open = true; });
	}
	return true; })()`

// withoutRepetition takes out checks that look like others, and what is folded: what
// is left is judged in seconds, not minutes.
const withoutRepetition = `(() => { const seen = {};
	for (const c of document.querySelectorAll("details.check:not([open])")) {
		if ((seen[c.dataset.verdict] = (seen[c.dataset.verdict] || 0) + 1) > 4) c.remove();
		else c.querySelector(".body").remove();
	}
	[...document.querySelectorAll("#waivers tbody tr")].slice(8).forEach((row) => row.remove());
	return true; })()`

func TestThreeReports(t *testing.T) {
	for _, name := range threeReports {
		t.Run(name, func(t *testing.T) {
			document := htmlOf(t, recorded(t, name))
			inertHTML(t, document)
			p := openReport(t, document, "")
			eval[bool](p, unfoldSome)
			for _, width := range []int64{360, 1024, 1440} {
				p.screen(width, 900)
				if wide := eval[[]string](p, fmt.Sprintf(tooWide, width)); len(wide) > 0 {
					t.Errorf("wider than %d px: %q", width, wide)
				}
			}
			eval[bool](p, withoutRepetition)
			for _, scheme := range []string{"light", "dark"} {
				p.scheme(scheme)
				p.accessible()
				if !eval[bool](p, `getComputedStyle(document.querySelector("h1 .word")).color === getComputedStyle(document.querySelector(".top")).borderTopColor`) {
					t.Errorf("%s: the verdict has not the colour of the report", scheme)
				}
			}
			p.quiet()
		})
	}
}

// tooWide lists what makes a page wider than the screen.
const tooWide = `document.documentElement.scrollWidth <= %[1]d ? [] : [document.documentElement.scrollWidth + " px"].concat(
	[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > %[1]d + 1 && !e.closest(".scroll")).slice(0, 5).map((e) => e.outerHTML.slice(0, 120)))`

var (
	pictures    = flag.String("pictures", "", "write the report's pictures of the documents into this folder")
	everyScreen = flag.String("screens", "", "write a picture of each of the three reports at each width, light and dark, into this folder")
)

// TestReportPictures draws the pictures of the documents, where it is asked to.
func TestReportPictures(t *testing.T) {
	if *pictures == "" && *everyScreen == "" {
		t.Skip("no folder is given: scripts/report-pictures.sh")
	}
	for _, name := range threeReports {
		p := openReport(t, htmlOf(t, recorded(t, name)), "")
		if *pictures != "" && name == "three-faults" {
			p.screen(1280, 860)
			p.picture(filepath.Join(*pictures, "report-verdict.png"), "body")
			p.picture(filepath.Join(*pictures, "report-attacks.png"), "#threats")
			p.screen(1280, 1400)
			p.picture(filepath.Join(*pictures, "report-check.png"), "#PKCE-07")
		}
		for _, width := range []int64{1440, 1024, 360} {
			for _, scheme := range []string{"light", "dark"} {
				if *everyScreen == "" {
					continue
				}
				p.scheme(scheme)
				p.screen(width, 1800)
				for _, place := range []string{"body", "#failing", "#warnings", "#waivers", "#checks", "#browser", "#TOKEN-05"} {
					if eval[bool](p, fmt.Sprintf(`!!document.querySelector(%q)`, place)) {
						p.picture(filepath.Join(*everyScreen, fmt.Sprintf("%s-%d-%s-%s.png", name, width, scheme, strings.Trim(place, "#"))), place)
					}
				}
			}
		}
	}
}

// picture writes the screen that begins with the element, which is unfolded.
func (p *tab) picture(file, selector string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (e.open === false) e.open = true; e.scrollIntoView(); return true; })()`, selector))
	p.call(func() error {
		shot, err := chromedp.Call(p.ctx, cdp.CaptureScreenshot, cdp.CaptureScreenshotParams{Format: cdp.CaptureScreenshotFormatPng})
		if err != nil {
			return err
		}
		return os.WriteFile(file, shot.Data, 0o644)
	})
}
