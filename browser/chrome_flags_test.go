package browser

import (
	"testing"
	"time"

	cdptarget "github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// The browser opens no pages of its own beside a profile's: those behind the
// address bar cost more than a login.
func TestNoPagesOfTheBrowsersOwn(t *testing.T) {
	c, _ := ownChrome(t)
	ctx := within(t, time.Minute)
	p, first, err := c.newProfile(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := first.navigate(ctx, "data:text/html,<p>shown"); err != nil {
		t.Fatal(err)
	}
	if err := p.await(ctx, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return first.loaded }); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.CallBrowser(p.proc.ctx, cdptarget.GetTargets, cdptarget.GetTargetsParams{Filter: cdptarget.Filter{{}}})
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, info := range got.TargetInfos {
		switch info.Type {
		case "page":
			pages++
		case "tab", "browser":
		default:
			t.Errorf("the browser has opened a %s: %s", info.Type, info.URL)
		}
	}
	if pages == 0 {
		t.Error("the profile's page is not among those of the browser")
	}
}
