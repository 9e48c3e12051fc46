package reports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/chromedp/chromedp"

	"sgidcheck/internal/run"
)

// PDF returns the report as a PDF document with numbered pages, printed by the
// browser whose executable is chromium, in its sandbox where this machine lets it
// have one. The browser opens a file and asks the network for nothing.
func PDF(ctx context.Context, chromium string, sandboxed bool, r *run.Record) ([]byte, error) {
	p, err := newPrinter(ctx, chromium, sandboxed, r)
	if err != nil {
		return nil, err
	}
	defer p.close()
	return p.print(func(w io.Writer) error { return HTML(w, r) })
}

// ShortPDF returns a summary of at most two pages for the person who decides by it: the
// verdict, what was judged, the threats, what fails, and the waivers with lines
// to sign. What has no room is named.
func ShortPDF(ctx context.Context, chromium string, sandboxed bool, r *run.Record) ([]byte, error) {
	p, err := newPrinter(ctx, chromium, sandboxed, r)
	if err != nil {
		return nil, err
	}
	defer p.close()
	var pdf []byte
	for _, room := range shortRooms {
		if pdf, err = p.print(func(w io.Writer) error { return writeShort(w, r, room) }); err != nil || pagesOf(pdf) <= room.pages() {
			break
		}
	}
	return pdf, err
}

// printer is a browser that prints documents of one record.
type printer struct {
	ctx      context.Context
	folder   string
	chromium string
	footer   string
	stops    []func()
}

func newPrinter(ctx context.Context, chromium string, sandboxed bool, r *run.Record) (*printer, error) {
	folder, err := os.MkdirTemp("", "sgidcheck-pdf-")
	if err != nil {
		return nil, err
	}
	p := &printer{folder: folder, chromium: chromium, footer: footerOf(r)}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true)) // a container has little of it
	if !sandboxed {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	p.stops = append(p.stops, stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	p.stops = append(p.stops, stop)
	p.ctx, stop = chromedp.NewContext(ctx)
	p.stops = append(p.stops, stop)
	return p, nil
}

// close ends the browser and removes what it was shown.
func (p *printer) close() {
	for i := len(p.stops) - 1; i >= 0; i-- {
		p.stops[i]()
	}
	os.RemoveAll(p.folder)
}

// footerOf stands at the foot of every page. Its style comes from the document that
// the browser makes of it, not from the report's.
func footerOf(r *run.Record) string {
	return `<div style="font:7.5pt sans-serif;color:#4a5868;width:100%;margin:0 14mm;display:flex;justify-content:space-between">` +
		`<span>` + template.HTMLEscapeString(brief(r.Target.Name(), 80)+standIn(r.Target)+" · "+r.Started.UTC().Format("2 January 2006, 15:04 UTC")+" · "+brief(r.Tool.Name+" "+r.Tool.Version, 60)) + `</span>` +
		`<span>page <span class="pageNumber"></span> of <span class="totalPages"></span></span></div>`
}

func (p *printer) print(write func(io.Writer) error) ([]byte, error) {
	file := filepath.Join(p.folder, "report.html")
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return nil, err
	}
	if err := chromedp.Do(p.ctx, chromedp.Navigate("file://"+filepath.ToSlash(file))); err != nil {
		return nil, fmt.Errorf("%s could not open the report: %w", p.chromium, err)
	}
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground(), chromedp.PDFPreferCSSPageSize(),
		chromedp.PDFHeaderTemplate("<span></span>"), chromedp.PDFFooterTemplate(p.footer), chromedp.PDFOutlineAndTagged()))
	if err != nil {
		return nil, fmt.Errorf("%s could not print the report: %w", p.chromium, err)
	}
	return pdf, nil
}

// pageObject begins each page of a PDF document as Chromium writes it.
var pageObject = regexp.MustCompile(`/Type\s*/Page\b`)

func pagesOf(pdf []byte) int { return len(pageObject.FindAllIndex(bytes.TrimSpace(pdf), -1)) }
