package reports

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"sgidcheck/internal/run"
)

// PDF returns the report as a PDF document, printed by the browser whose
// executable is chromium, in its sandbox where this machine lets it have one. The
// browser opens a file and asks the network for nothing.
func PDF(ctx context.Context, chromium string, sandboxed bool, r *run.Record) ([]byte, error) {
	folder, err := os.MkdirTemp("", "sgidcheck-pdf-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "report.html")
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(HTML(f, r), f.Close()); err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true)) // a container has little of it
	if !sandboxed {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.ToSlash(file))); err != nil {
		return nil, fmt.Errorf("%s could not open the report: %w", chromium, err)
	}
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
	if err != nil {
		return nil, fmt.Errorf("%s could not print the report: %w", chromium, err)
	}
	return pdf, nil
}
