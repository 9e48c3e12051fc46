package suites

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// pasting is a driver that says it is a person, who brings what paste makes of
// the callback.
type pasting struct {
	login.Driver
	paste func(params url.Values)
}

func (p pasting) Name() string { return config.LoginInteractive }

func (p pasting) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	l, err := p.Driver.Authorize(ctx, a)
	if err == nil && l.Kind == login.ResponseCallback && !a.Params.Has("state") {
		p.paste(l.Params)
		l.SetLocation(a.RedirectURIs[0] + "?" + l.Params.Encode())
	}
	return l, err
}

// Without a state a pasted address is judged only where its code shows that it
// is this login's.
func TestAnAddressWithoutStateIsBoundByItsCode(t *testing.T) {
	for _, tt := range []struct {
		name    string
		paste   func(params url.Values)
		verdict run.Verdict
	}{
		{"this login's", func(url.Values) {}, run.Pass},
		{"a code that is made up", func(v url.Values) { v.Set("code", "made-up") }, run.Blocked},
		{"a made-up code with a state", func(v url.Values) { v.Set("code", "made-up"); v.Set("state", "undefined") }, run.Blocked},
		{"an error", func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") }, run.Blocked},
		{"this login's with a state", func(v url.Values) { v.Set("state", "undefined") }, run.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.driver = func(d login.Driver) login.Driver { return pasting{d, tt.paste} }
			if got := w.judge(t, "AUTHZ-03")["AUTHZ-03"]; got.Verdict != tt.verdict {
				t.Errorf("%s: %s%s, want %s", got.Verdict, got.Observed, got.Reason, tt.verdict)
			}
		})
	}
}

// A page that takes a browser is nothing that is wrong with the target; an
// error page in its place is.
func TestAPageThatTakesABrowserBlocks(t *testing.T) {
	page := func(text string) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/authorize") {
				return false
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(text))
			return true
		}
	}
	for _, tt := range []struct {
		name, page string
		verdict    run.Verdict // of AUTHZ-01
		says       string
		refusal    run.Verdict // of AUTHZ-05: the same page for a response type that there is not
	}{
		{"a script that leads on", "<script>location = '/login'</script>", run.Blocked, "--login browser", run.Blocked},
		{"a shell of script", "<div id=root></div><script src=/app.js></script>", run.Blocked, "--login browser", run.Blocked},
		{"a QR code", "<h1>Scan</h1><canvas id=qr></canvas>", run.Blocked, "--login browser", run.Fail},
		{"an error page", "<title>Error</title><p>invalid_client: this service is not registered</p>", run.Fail, "an error page, status 200", run.Blocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.on = page(tt.page)
			for id, got := range w.judge(t, "AUTHZ-01", "AUTHZ-05") {
				want, says := tt.verdict, tt.says
				if id != "AUTHZ-01" {
					want = tt.refusal
				}
				if want != tt.verdict && want == run.Fail {
					says = "a login page"
				}
				if got.Verdict != want || !strings.Contains(got.Observed+got.Reason, says) {
					t.Errorf("%s: %s: %s%s, want %s", id, got.Verdict, got.Observed, got.Reason, want)
				}
			}
		})
	}
}

// A second person whose name the harness made up is nobody: IDT-14 has nothing
// to judge.
func TestPeopleThatWereMadeUpAreNobody(t *testing.T) {
	w := newWorld(t)
	people := provider.Personas()
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/authorize"):
			// A page that takes any name, and knows one person.
			inner := &textPage{ResponseWriter: rw}
			w.provider.Handler().ServeHTTP(inner, r)
			inner.flush()
		case strings.HasSuffix(r.URL.Path, "/login") && r.Method == http.MethodPost:
			_ = r.ParseForm()
			r.PostForm.Set("persona", people[0].ID)
			r.Form.Set("persona", people[0].ID)
			w.provider.Handler().ServeHTTP(rw, r)
		default:
			return false
		}
		return true
	}
	if got := w.judge(t, "IDT-14")["IDT-14"]; got.Verdict != run.Skip || !strings.Contains(got.Reason, "second person") {
		t.Errorf("%s: %s%s", got.Verdict, got.Observed, got.Reason)
	}
}

// textPage is a login page on its way, whose choice of people becomes a field.
type textPage struct {
	http.ResponseWriter
	body strings.Builder
}

func (p *textPage) Write(b []byte) (int, error) { return p.body.Write(b) }

func (p *textPage) flush() {
	text := p.body.String()
	before, rest, _ := strings.Cut(text, "<fieldset>")
	_, after, found := strings.Cut(rest, "</fieldset>")
	if found {
		text = before + `<input type="text" name="persona">` + after
	}
	_, _ = p.ResponseWriter.Write([]byte(text))
}

// Some providers redirect to an error page of their own, and name the error code.
func TestAnErrorCodeIsNoAuthorizationCode(t *testing.T) {
	for code, want := range map[string]run.Verdict{
		"INVALID_CLIENT_IDENTIFIER": run.Pass, "invalid_client_identifier": run.Pass, "dGhpcyBpcyBh_Y29kZQ-1x": run.Fail,
	} {
		w := newWorld(t)
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			switch {
			case r.URL.Path == "/error":
				http.Error(rw, "This service is not known.", http.StatusBadRequest)
			case strings.HasSuffix(r.URL.Path, "/authorize") && r.URL.Query().Get("client_id") != w.provider.Clients()[0].ID:
				http.Redirect(rw, r, "/error?code="+code, http.StatusFound)
			default:
				return false
			}
			return true
		}
		for _, id := range []string{"AUTHZ-06", "AUTHZ-07"} {
			if c := w.judge(t, id)[id]; c.Verdict != want {
				t.Errorf("%s with the code %s: %s: %s%s, want %s", id, code, c.Verdict, c.Reason, c.Observed, want)
			}
		}
	}
}
