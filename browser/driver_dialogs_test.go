package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/chromedp/chromedp"
)

func htmlPage(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte("<!doctype html><title>Login</title>" + body))
	}
}

// A page may open dialogs by itself; a login goes on behind them.
func TestDialogsDoNotStopALogin(t *testing.T) {
	for name, script := range map[string]string{
		"at once":                     `alert("Maintenance tonight")`,
		"a hundred and twenty":        `for (let i = 0; i < 120; i++) alert("Maintenance tonight")`,
		"again and again":             `setInterval(() => alert("Maintenance tonight"), 50)`,
		"when the page is left":       `addEventListener("beforeunload", e => { e.preventDefault(); e.returnValue = "stay" })`,
		"before the form is sent":     `document.addEventListener("submit", e => { if (!confirm("Share your data?") || prompt("Sure?") === null) e.preventDefault() })`,
		"in a window of their own":    `window.open("/notice", "w", "width=200,height=200")`,
		"in a frame":                  `addEventListener("DOMContentLoaded", () => { const f = document.createElement("iframe"); f.src = "/notice"; document.body.append(f) })`,
		"the browser's own, to print": `print()`,
	} {
		t.Run(name, func(t *testing.T) {
			s := site(t, "<script>"+script+"</script>"+radioPage, map[string]http.HandlerFunc{"/notice": htmlPage(`<script>alert("Maintenance tonight"); alert("Really")</script><p>Notice`)})
			l, err := driver(t, DriverOptions{Timeout: time.Minute}).Authorize(within(t, 3*time.Minute), authorization(s, freeRedirect(t)))
			if err != nil {
				t.Fatal(err)
			}
			if l.Kind != login.ResponseCallback || l.Params.Get("persona") != "one" {
				t.Errorf("landed on %s, %s", l.Kind, l.FormError)
			}
		})
	}
}

// A dialog that the page opens is no script that was put in; script that was
// put in is found beside it.
func TestDialogsAreNoInjectedScript(t *testing.T) {
	plan := judge.Plan(judge.Choice{Select: []string{"BROW-06"}})
	for fault, want := range map[string]run.Verdict{"": run.Pass, "script-in-state-runs": run.Fail} {
		o := provider.Options{Variants: []string{"page-with-dialogs"}}
		if fault != "" {
			o.Faults = []string{fault}
		}
		tr := against(t, chromium, "", o)
		if got := tr.judged(plan)[0]; got.Verdict != want {
			t.Errorf("with the fault %q BROW-06 is %s, want %s: %s %s", fault, got.Verdict, want, got.Observed, got.Reason)
		}
	}
}

// A click that falls into a dialog never reaches the page, and is repeated; one
// that reaches it is not.
func TestAClickThatADialogTakesIsRepeated(t *testing.T) {
	c, _ := ownChrome(t)
	ctx := within(t, time.Minute)
	p, tab, err := c.newProfile(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := tab.navigate(ctx, `data:text/html,<script>alert("Maintenance tonight")</script><button onclick="this.value++" value=0>Log in`); err != nil {
		t.Fatal(err)
	}
	if err := p.await(ctx, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return tab.dialogs > 0 }); err != nil {
		t.Fatal(err)
	}
	tries := 0
	err = tab.reach(ctx, "click", func() error {
		if tries++; tries < 3 {
			return nil // the dialog takes it
		}
		_, err := evaluate[chromedp.Void](ctx, tab, `document.querySelector("button").click()`)
		return err
	})
	if err != nil || tries != 3 {
		t.Errorf("clicked %d times: %v", tries, err)
	}
	if clicked, err := evaluate[string](ctx, tab, `document.querySelector("button").value`); err != nil || clicked != "1" {
		t.Errorf("the page was clicked %s times: %v", clicked, err)
	}
	if err := tab.reach(ctx, "click", func() error { return nil }); err == nil || !strings.Contains(err.Error(), "dialogs of the page") {
		t.Errorf("a click that never reaches the page: %v", err)
	}
}
