package suites

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
)

// following is a driver that a login at another site is no obstacle to.
type following struct{ login.Driver }

func (following) Name() string { return config.LoginBrowser }

func (f following) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	a.Header = http.Header{"X-Follows": {"1"}}
	return f.Driver.Authorize(ctx, a)
}

// A provider whose login and error pages are at another site is judged by where it
// redirects to.
func TestPagesAtAnotherSiteAreToldByTheirAddress(t *testing.T) {
	const site, fewLogins = "https://login.example", "an error in the query, with few logins"
	atLogin := func(*http.Request) string { return site + "/oauth2/login?login_challenge=" + random(16) }
	to := func(address string) func(*http.Request) string {
		return func(*http.Request) string { return address }
	}
	refusals := []string{"AUTHZ-06", "AUTHZ-07", "AUTHZ-08", "AUTHZ-09", "AUTHZ-10", "AUTHZ-11", "AUTHZ-12", "AUTHZ-13", "AUTHZ-14"}
	leading := []string{"AUTHZ-01", "AUTHZ-02", "AUTHZ-17", "AUTHZ-21", "AUTHZ-34", "PKCE-01", "PKCE-03"}
	for _, tt := range []struct {
		name        string
		login, fail func(*http.Request) string
		faults      []string
		want        run.Verdict            // of a refusal
		but         map[string]run.Verdict // where it is another
	}{
		{"an error in the query", atLogin, to(site + "/oauth2/error?error=invalid_client"), nil, run.Pass, nil},
		{fewLogins, atLogin, to(site + "/oauth2/error?error=invalid_client"), nil, run.Pass, nil},
		{"an error page's path", atLogin, to(site + "/oauth2/error/3fa85f64?id=1"), nil, run.Pass, nil},
		{"an error at the path of the login", atLogin, to(site + "/oauth2/login?error=invalid_request"), nil, run.Pass, nil},
		{"one document, which reads its fragment", to(site + "/#/login?challenge=1"), to(site + "/#/error?reason=1"), nil, run.Pass, nil},
		{"a path for each login", func(*http.Request) string { return site + "/interaction/" + random(16) }, to(site + "/failed?error=1"), nil, run.Pass, nil},
		{"a page that says nothing", atLogin, to(site + "/oauth2/notice"), nil, run.Blocked, nil},
		{"the login with an error", atLogin, to(site + "/oauth2/login?login_challenge=1&error=1"), nil, run.Blocked, nil},
		{"a third site", atLogin, to("https://third.example/error?error=invalid_client"), nil, run.Fail, nil},
		{"an error with a code", atLogin, to(site + "/oauth2/error?error=1&code=dGhpcyBpcyBh_Y29kZQ-1x"), nil, run.Fail, nil},
		{"the relying party", atLogin, to("http://127.0.0.1:8085/error?error=invalid_client"), nil, run.Fail, nil},
		{"a redirect URI that is not compared", atLogin, to(site + "/oauth2/error?error=1"), []string{"redirect-unchecked"}, run.Pass, map[string]run.Verdict{
			"AUTHZ-08": run.Fail, "AUTHZ-10": run.Fail, "AUTHZ-11": run.Fail, "AUTHZ-12": run.Fail, "AUTHZ-13": run.Fail, "AUTHZ-14": run.Fail}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.faults, w.few = tt.faults, tt.name == fewLogins
			w.restart(t)
			w.driver = func(d login.Driver) login.Driver { return following{d} }
			w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/authorize") || r.Header.Get("X-Follows") != "" {
					return false
				}
				got := httptest.NewRecorder()
				w.provider.Handler().ServeHTTP(got, r)
				switch page := got.Body.String(); {
				case got.Code < 300 && strings.Contains(page, "<form"):
					http.Redirect(rw, r, tt.login(r), http.StatusFound)
				case got.Code >= 300 && got.Code < 400:
					http.Redirect(rw, r, got.Header().Get("Location"), got.Code)
				default:
					http.Redirect(rw, r, tt.fail(r), http.StatusFound)
				}
				return true
			}
			got := w.judge(t, append(refusals, leading...)...)
			for _, id := range append(refusals, leading...) {
				want := run.Pass
				if slices.Contains(refusals, id) {
					want = tt.want
				}
				if other := tt.but[id]; other != "" {
					want = other
				}
				if c := got[id]; c.Verdict != want {
					t.Errorf("%s: %s: %s%s, want %s", id, c.Verdict, c.Reason, c.Observed, want)
				}
			}
		})
	}
}

func TestAPlaceIsReadWithItsFragment(t *testing.T) {
	p := placeOf("https://LOGIN.example/#/error?error=x")
	if p.host != "https://login.example" || !p.fails || p.parameters.Get("error") != "x" {
		t.Errorf("%+v", p)
	}
	if p := placeOf("https://login.example/#id_token=x"); !p.gives() {
		t.Errorf("%+v", p)
	}
	for _, no := range []string{"", "/error", "https://%zz/"} {
		if p := placeOf(no); p != nil {
			t.Errorf("%s: %+v", no, p)
		}
	}
	if p := placeOf("https://login.example/terrors?q=1"); p.fails || len(p.parameters) != len(url.Values{"q": nil}) {
		t.Errorf("%+v", p)
	}
}
