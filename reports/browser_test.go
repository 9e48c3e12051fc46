package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sgidcheck/internal/run"
)

// tab is a page of a real browser in which a report is open, and what it heard.
type tab struct {
	t     *testing.T
	ctx   context.Context
	file  string
	heard *heard
}

type heard struct {
	sync.Mutex
	messages, requests []string
}

// openReport writes the HTML and opens it from disk, as a reader would. Without
// Chromium the test fails: what it shows can be shown by nothing else.
func openReport(t *testing.T, document, fragment string) *tab {
	t.Helper()
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Fatal("no Chromium on this machine: run 'make chromium'")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.DisableGPU)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	h := &heard{}
	p := &tab{t: t, ctx: ctx, file: "file://" + file, heard: h}
	p.call(func() error { _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); return err })
	p.call(func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err })
	p.call(func() error {
		return chromedp.Listen(ctx, func(event any) {
			h.Lock()
			defer h.Unlock()
			switch e := event.(type) {
			case *log.EventEntryAdded:
				h.messages = append(h.messages, fmt.Sprint(e.Entry.Level, " ", e.Entry.Text))
			case *runtime.EventConsoleAPICalled:
				h.messages = append(h.messages, fmt.Sprint("console ", e.Type))
			case *runtime.EventExceptionThrown:
				h.messages = append(h.messages, "exception "+e.ExceptionDetails.Text)
			case *network.EventRequestWillBeSent:
				h.requests = append(h.requests, e.Request.URL)
			}
		})
	})
	p.call(func() error { return chromedp.Do(ctx, chromedp.Navigate(p.file+fragment)) })
	return p
}

func (p *tab) call(f func() error) {
	p.t.Helper()
	if err := f(); err != nil {
		p.t.Fatal(err)
	}
}

// eval returns what the expression gives in the page.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", clip(expression, 200), err)
	}
	return value
}

func (p *tab) keys(keys string) {
	p.t.Helper()
	p.call(func() error { return chromedp.Do(p.ctx, chromedp.KeyEvent(keys)) })
}

func (p *tab) quiet() {
	p.t.Helper()
	// Events come in order: when this answer is here, so are the events before it.
	eval[int](p, "1")
	p.heard.Lock()
	defer p.heard.Unlock()
	if len(p.heard.messages) > 0 {
		p.t.Errorf("the console says: %s", strings.Join(p.heard.messages, "; "))
	}
	for _, url := range p.heard.requests {
		if url != p.file && !strings.HasPrefix(url, p.file+"#") && !strings.HasPrefix(url, "data:") {
			p.t.Errorf("the report asks for %s", url)
		}
	}
	if len(p.heard.requests) == 0 {
		p.t.Error("not even the file itself was asked for: requests were not watched")
	}
}

const shownChecks = `[...document.querySelectorAll("details.check:not([hidden])")].map((c) => c.id)`

func TestReportInABrowser(t *testing.T) {
	p := openReport(t, htmlOf(t, example(t)), "")

	t.Run("filters", func(t *testing.T) {
		p := *p
		p.t = t
		low := 0
		for _, c := range example(t).Checks {
			if SeverityOf(c.ID) == Low {
				low++
			}
		}
		for name, c := range map[string]struct {
			act  string
			want func(string) bool
			few  int
		}{
			"verdict": {`document.querySelector('input[value="blocked"]').click()`, func(id string) bool { return strings.HasPrefix(id, "UINFO-") }, 6},
			"area":    {`f.elements.area.value = "PKCE"; f.dispatchEvent(new Event("input"))`, func(id string) bool { return strings.HasPrefix(id, "PKCE-") }, 13},
			"level":   {`f.elements.level.value = "INFO"; f.dispatchEvent(new Event("input"))`, func(id string) bool { return true }, 5},
			"severe":  {`f.elements.severity.value = "low"; f.dispatchEvent(new Event("input"))`, func(id string) bool { return SeverityOf(id) == Low }, low},
			"ID":      {`f.elements.text.value = "token-05"; f.dispatchEvent(new Event("input"))`, func(id string) bool { return id == "TOKEN-05" }, 1},
			"title":   {`f.elements.text.value = "CODE second"; f.dispatchEvent(new Event("input"))`, func(id string) bool { return id == "TOKEN-05" || id == "TOKEN-16" || id == "BROW-08" }, 3},
			"no body": {`f.elements.text.value = "WORTH stealing"; f.dispatchEvent(new Event("input"))`, func(id string) bool { return false }, 0},
			"bodies":  {`f.elements.bodies.checked = true; f.elements.text.value = "WORTH stealing"; f.dispatchEvent(new Event("input"))`, func(id string) bool { return id == "TOKEN-05" }, 1},
			"tally":   {`document.querySelector('.tallies a[data-verdict="fail"]').click()`, func(id string) bool { return true }, 6},
		} {
			shown := eval[[]string](&p, `(async () => { const f = document.querySelector("#filter"); f.reset(); await new Promise((r) => setTimeout(r)); `+c.act+`; return `+shownChecks+`; })()`)
			if len(shown) != c.few {
				t.Errorf("%s: %d checks shown, want %d: %v", name, len(shown), c.few, shown)
			}
			for _, id := range shown {
				if !c.want(id) {
					t.Errorf("%s: %s is shown", name, id)
				}
			}
		}
		status := eval[string](&p, `(async () => { document.querySelector("#filter").reset(); await new Promise((r) => setTimeout(r)); return document.querySelector("#shown").textContent; })()`)
		if status != "All 164 checks shown" {
			t.Errorf("after clearing: %q", status)
		}
	})

	t.Run("deep link into what the filter hides", func(t *testing.T) {
		p := *p
		p.t = t
		got := eval[map[string]any](&p, `(async () => {
			document.querySelector('input[value="fail"]').click();
			const hidden = document.getElementById("JWKS-02").hidden;
			location.hash = "#JWKS-02";
			await new Promise((r) => addEventListener("hashchange", () => setTimeout(r), { once: true }));
			const c = document.getElementById("JWKS-02"), box = c.getBoundingClientRect();
			return { hidden, open: c.open, shown: !c.hidden, focus: document.activeElement === c.querySelector("summary"), near: box.top >= 0 && box.top < innerHeight };
		})()`)
		for key, value := range got {
			if value != true {
				t.Errorf("%s is %v", key, value)
			}
		}
	})

	t.Run("the address says what is shown", func(t *testing.T) {
		p := *p
		p.t = t
		eval[bool](&p, `(async () => { const f = document.querySelector("#filter"); f.reset(); await new Promise((r) => setTimeout(r)); f.elements.area.value = "TOKEN"; f.elements.text.value = "code";
			document.querySelector('input[value="fail"]').click(); return true; })()`)
		if got := eval[string](&p, `location.hash`); !strings.Contains(got, "verdict=fail") || !strings.Contains(got, "area=TOKEN") || !strings.Contains(got, "text=code") || strings.Contains(got, "level") {
			t.Errorf("after filtering: %s", got)
		}
		folded := eval[string](&p, `(async () => { const c = document.getElementById("TOKEN-05"), s = c.querySelector("summary"); if (c.open) s.click(); await new Promise((r) => setTimeout(r, 0)); await new Promise((r) => setTimeout(r, 0));
			const before = location.hash; s.click(); await new Promise((r) => setTimeout(r, 0)); await new Promise((r) => setTimeout(r, 0)); return before; })()`)
		address := eval[string](&p, `location.hash`)
		if strings.Contains(folded, "TOKEN-05") || !strings.HasPrefix(address, "#TOKEN-05&") || !strings.Contains(address, "area=TOKEN") {
			t.Errorf("folded: %s, opened: %s", folded, address)
		}
		shown := eval[[]string](&p, shownChecks)
		again := openReport(t, htmlOf(t, example(t)), address)
		if got := eval[[]string](again, shownChecks); len(shown) == 0 || len(shown) > 10 || !slices.Equal(got, shown) {
			t.Errorf("opened by its address the report shows %v, and before %v", got, shown)
		}
		if !eval[bool](again, `document.getElementById("TOKEN-05").open && document.activeElement === document.querySelector("#TOKEN-05 summary")`) {
			t.Error("the check of the address is not open")
		}
		// A link within the report keeps the filter.
		if got := eval[string](&p, `(async () => { const link = document.querySelector('a[href="#TOKEN-05"]'); link.click(); location.hash = "#failing"; await new Promise((r) => addEventListener("hashchange", () => setTimeout(r), { once: true })); return location.hash; })()`); !strings.HasPrefix(got, "#failing&") || !strings.Contains(got, "text=code") {
			t.Errorf("after a link: %s", got)
		}
	})

	t.Run("a screenshot is enlarged", func(t *testing.T) {
		p := *p
		p.t = t
		got := eval[map[string]any](&p, `(() => { const shot = document.querySelector("a.shot"), d = document.querySelector("#picture"), small = shot.querySelector("img"); shot.click();
			const out = { open: d.open, same: d.querySelector("img").src === small.src, larger: d.querySelector("img").clientWidth > small.clientWidth, told: small.alt.startsWith("Screenshot of the step") && d.querySelector("img").alt === small.alt };
			d.querySelector("button").click(); out.closed = !d.open; return out; })()`)
		for key, value := range got {
			if value != true {
				t.Errorf("%s is %v", key, value)
			}
		}
	})

	t.Run("keyboard", func(t *testing.T) {
		p := *p
		p.t = t
		eval[bool](&p, `(document.activeElement.blur(), location.hash = "", scrollTo(0, 0), true)`)
		p.keys("/")
		if got := eval[string](&p, `document.activeElement.name`); got != "text" {
			t.Errorf("/ leads to %q", got)
		}
		p.keys("AGENCY-112")
		if shown := eval[[]string](&p, shownChecks); len(shown) != 0 && !(len(shown) == 1 && shown[0] == "AUTHZ-03") {
			t.Errorf("typing shows %v", shown)
		}
		p.keys("\x1b")
		if shown := eval[[]string](&p, shownChecks); len(shown) != 164 {
			t.Errorf("Escape leaves %d checks", len(shown))
		}
		// Everything that can be operated can be reached, and what scrolls can, too.
		unreachable := eval[[]string](&p, `[...document.querySelectorAll("a, button, input, select, summary, pre, .scroll")].filter((e) => e.checkVisibility() && e.tabIndex < 0).map((e) => e.outerHTML.slice(0, 80))`)
		if len(unreachable) > 0 {
			t.Errorf("not reachable by keyboard: %v", unreachable)
		}
	})

	t.Run("quiet", func(t *testing.T) {
		p.t = t
		p.quiet()
	})
}

func TestDeepLinkOpensTheCheckWhenTheReportIsOpened(t *testing.T) {
	p := openReport(t, htmlOf(t, example(t)), "#JWKS-02")
	if !eval[bool](p, `document.getElementById("JWKS-02").open`) {
		t.Error("the check is folded")
	}
	p.quiet()
}

func TestReportIsAccessible(t *testing.T) {
	document := htmlOf(t, example(t))
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			p := openReport(t, document, "")
			p.scheme(scheme)
			// Checks that nobody unfolded are not judged, so a few of each kind are.
			eval[bool](p, `(["TOKEN-05", "UINFO-04", "AUTHZ-03", "UINFO-05", "JWKS-02", "TLS-01"].forEach((id) => { const c = document.getElementById(id); c.open = true; c.querySelectorAll("details").forEach((d) => { d.open = true; }); }), true)`)
			p.accessible()
		})
	}
}

func TestTrendInABrowser(t *testing.T) {
	first, second := example(t), example(t)
	second.Started = second.Started.AddDate(0, 0, 1)
	second.Checks[0].Verdict = run.Fail
	second.Count()
	var b bytes.Buffer
	if err := Trend(&b, []StoredRun{{Record: first, Report: "first/report.html"}, {Record: second, Path: "second/run.json"}}, "."); err != nil {
		t.Fatal(err)
	}
	p := openReport(t, b.String(), "")
	p.accessible()
	p.quiet()
	p.call(func() error { return chromedp.Do(p.ctx, chromedp.EmulateViewport(360, 740)) })
	if width := eval[int](p, `document.documentElement.scrollWidth`); width > 360 {
		t.Errorf("%d px wide on a screen of 360", width)
	}
}

func (p *tab) scheme(name string) {
	p.t.Helper()
	p.call(func() error {
		_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	})
}

// accessible has axe-core judge the page as it stands.
func (p *tab) accessible() {
	p.t.Helper()
	const file = "../peers/node_modules/axe-core/axe.min.js"
	axe, err := os.ReadFile(file)
	if err != nil {
		p.t.Fatalf("axe-core is not installed: run 'make peers' (%v)", err)
	}
	eval[bool](p, string(axe)+"; true")
	raw := eval[json.RawMessage](p, `axe.run(document, { resultTypes: ["violations"] }).then((r) => ({ passes: r.passes.length,
		violations: r.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 5).map((n) => n.html.slice(0, 160) + " " + n.failureSummary) })) }))`)
	var found struct {
		Passes     int
		Violations []struct {
			ID, Impact, Help string
			Nodes            []string
		}
	}
	if err := json.Unmarshal(raw, &found); err != nil {
		p.t.Fatal(err)
	}
	if found.Passes < 10 {
		p.t.Errorf("axe-core judged by only %d rules", found.Passes)
	}
	for _, f := range found.Violations {
		p.t.Errorf("%s (%s): %s\n%s", f.ID, f.Impact, f.Help, strings.Join(f.Nodes, "\n"))
	}
}

func TestReportFitsSmallScreensAndPaper(t *testing.T) {
	p := openReport(t, htmlOf(t, example(t)), "")
	p.call(func() error { return chromedp.Do(p.ctx, chromedp.EmulateViewport(360, 740)) })
	eval[bool](p, `([...document.querySelectorAll("details")].forEach((d) => { d.open = true; }), true)`)
	if wide := eval[[]string](p, `document.documentElement.scrollWidth <= 360 ? [] : [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 361 && !e.closest(".scroll")).slice(0, 5).map((e) => e.outerHTML.slice(0, 120))`); len(wide) > 0 {
		t.Errorf("wider than 360 px: %s", strings.Join(wide, "\n"))
	}
	p.call(func() error {
		_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	})
	visible := eval[map[string]bool](p, `(() => {
		document.querySelectorAll("details").forEach((d) => { d.open = false; });
		const seen = (s) => document.querySelector(s).checkVisibility({ contentVisibilityAuto: true });
		return { failing: seen("#TOKEN-05 .finding"), judged: seen("#TOKEN-05 .exchange.first pre"), filter: seen("#filter"), contents: seen(".contents"), passing: seen("#JWKS-02 .finding") };
	})()`)
	for name, want := range map[string]bool{"failing": true, "judged": true, "filter": false, "contents": false, "passing": false} {
		if visible[name] != want {
			t.Errorf("on paper, %s is visible: %v", name, visible[name])
		}
	}
}

func TestReportWorksWithoutScript(t *testing.T) {
	document := htmlOf(t, example(t))
	p := openReport(t, document[:strings.LastIndex(document, "<script>")]+"</body></html>", "")
	got := eval[map[string]bool](p, `({ filter: document.querySelector("#filter").checkVisibility(), copy: [...document.querySelectorAll(".copy")].some((b) => b.checkVisibility()),
		failing: document.querySelector("#TOKEN-05 .finding").checkVisibility(), checks: [...document.querySelectorAll("details.check")].every((c) => c.checkVisibility()) })`)
	for name, want := range map[string]bool{"filter": false, "copy": false, "failing": true, "checks": true} {
		if got[name] != want {
			t.Errorf("without script, %s is visible: %v", name, got[name])
		}
	}
}

func TestHostileReportDoesNothingInABrowser(t *testing.T) {
	p := openReport(t, htmlOf(t, soaked(t)), "")
	eval[bool](p, `([...document.querySelectorAll("details")].forEach((d) => { d.open = true; }), true)`)
	p.quiet()
	if handlers := eval[int](p, `[...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length`); handlers > 0 {
		t.Errorf("%d event handlers", handlers)
	}
}

func TestLargeReportOpens(t *testing.T) {
	r := large(t, 300, 1000)
	p := openReport(t, htmlOf(t, r), "")
	if n := eval[int](p, `document.querySelectorAll("details.check").length`); n != len(r.Checks) {
		t.Errorf("%d checks", n)
	}
	took := eval[float64](p, `performance.getEntriesByType("navigation")[0].domComplete`)
	t.Logf("opened in %.0f ms", took)
	if shown := eval[int](p, `(() => { const f = document.querySelector("#filter"); f.elements.text.value = "nothing has this"; f.dispatchEvent(new Event("input")); return document.querySelectorAll("details.check:not([hidden])").length; })()`); shown != 0 {
		t.Errorf("%d checks shown", shown)
	}
}
