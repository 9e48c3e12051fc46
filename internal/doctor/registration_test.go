package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
)

const formPage = `<title>Log in</title><form method="post" action="/login"><input name="user"><button>Log in</button></form>`

// withoutMetadata answers an authorization request, and nothing else.
func withoutMetadata(t *testing.T, status int, page string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if !strings.HasSuffix(r.URL.Path, "/authorize") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if strings.HasPrefix(page, "?") {
			w.Header().Set("Location", r.URL.Query().Get("redirect_uri")+page)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, page)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestDoctorSeesWhetherTheClientsAreRegistered(t *testing.T) {
	const shell, documented = `<div id="app"></div><script src="/app.js"></script>`, `<title>sgID</title><h1>Error</h1><p>redirect_uri is not registered</p>`
	shows := func(screen login.Screen) func(context.Context, login.Authorization) (*login.Response, error) {
		return func(context.Context, login.Authorization) (*login.Response, error) {
			return &login.Response{Kind: login.ResponsePage, Screen: &screen}, nil
		}
	}
	for _, tt := range []struct {
		name   string
		code   int
		page   string
		look   func(context.Context, login.Authorization) (*login.Response, error)
		status Status
		detail string
	}{
		{"a form", 200, formPage, nil, StatusOK, "is served"},
		{"a QR code", 200, `<h1>Scan</h1><canvas id="qr-code"></canvas><script src="/qr.js"></script>`, nil, StatusOK, "is served"},
		{"a code at once", 302, "?code=0123456789abcdef", nil, StatusOK, "is served"},
		{"an error on the redirect", 302, "?error=invalid_scope&error_description=no", nil, StatusProblem, "error invalid_scope: no"},
		{"a redirect with nothing", 302, "?x=y", nil, StatusProblem, "without a code"},
		{"the documented error page", 200, documented, nil, StatusProblem, "redirect_uri is not registered"},
		{"an error page with 400", 400, documented, nil, StatusProblem, "redirect_uri is not registered"},
		{"a server error", 500, "<p>oops</p>", nil, StatusProblem, "status 500"},
		{"a script, and nobody to see it", 200, shell, nil, StatusWarning, "no browser"},
		{"a script that draws a QR code", 200, shell, shows(login.Screen{HTML: []byte(shell), QR: true}), StatusOK, "is served"},
		{"a script that draws an error", 200, shell, shows(login.Screen{HTML: []byte(documented)}), StatusProblem, "redirect_uri is not registered"},
		{"a script that draws a login form", 200, shell, shows(login.Screen{HTML: []byte(formPage)}), StatusOK, "is served"},
		{"a script that draws an error with no text", 200, shell, shows(login.Screen{HTML: []byte("<title>Error</title>")}), StatusProblem, "error page without text"},
		{"links to people", 200, `<a href="/login?user=a">Ann</a><a href="/login?user=b">Ben</a>`, nil, StatusOK, "is served"},
		{"a page that goes on by itself", 200, `<meta http-equiv="refresh" content="0; url=/login">`, nil, StatusOK, "is served"},
		{"a page with nothing to log in with", 200, `<h1>Scheduled maintenance</h1><p>Back at 6 am.</p>`, nil, StatusWarning, `cannot be told: the page offers no login that can be recognised; it says "Scheduled maintenance Back at 6 am."`},
		{"an empty page", 200, ``, nil, StatusWarning, "offers no login"},
		{"a page with a search alone", 200, `<form action="/search"><input name="q"></form>`, nil, StatusWarning, "offers no login"},
		{"an error page with a title alone", 200, `<title>Error</title>`, nil, StatusProblem, "error page without text"},
		{"a script that draws nothing", 200, shell, shows(login.Screen{HTML: []byte(shell)}), StatusWarning, "neither a QR code nor a login form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := healthyConfig(t, withoutMetadata(t, tt.code, tt.page).URL)
			c.EndpointsMode = config.EndpointsDocumented
			seen := 0
			for _, f := range Examine(t.Context(), c, Options{Free: plenty, Look: tt.look}) {
				if !strings.HasSuffix(f.Name, "registration") {
					continue
				}
				seen++
				if f.Status != tt.status || !strings.Contains(f.Detail, tt.detail) || (f.Remedy == "") != (f.Status == StatusOK) {
					t.Errorf("%s: %s: %s; %s", f.Name, f.Status, f.Detail, f.Remedy)
				}
			}
			if seen != 2 {
				t.Errorf("%d clients were looked at, want two", seen)
			}
		})
	}
}

// The direct login has neither phone nor script, and finds no person whom the page
// does not offer.
func TestDoctorSeesWhetherTheDirectLoginCanUseThePage(t *testing.T) {
	const choice = `<form method="post" action="/login"><select name="persona"><option>ann<option>ben</select><button>Log in</button></form>`
	for _, tt := range []struct {
		name, page, persona string
		status              Status
		detail, remedy      string
	}{
		{"a form", formPage, "", StatusOK, "is served", ""},
		{"a person whom the page offers", choice, "ben", StatusOK, "is served", ""},
		{"a person whom the page does not offer", choice, "eve", StatusWarning, "is served, but --login direct cannot use its page", "set persona"},
		{"a QR code", `<h1>Scan</h1><canvas id="qr-code"></canvas><script src="/qr.js"></script>`, "", StatusWarning, "is served, but --login direct cannot use its page", "--login interactive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := healthyConfig(t, withoutMetadata(t, 200, tt.page).URL)
			c.EndpointsMode, c.Login, c.Persona = config.EndpointsDocumented, config.LoginDirect, tt.persona
			f := finding(t, Examine(t.Context(), c, Options{Free: plenty}), "client: registration")
			if f.Status != tt.status || !strings.Contains(f.Detail, tt.detail) || !strings.Contains(f.Remedy, tt.remedy) {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A login page on another site is opened by a person's browser, and by the browser
// login with steps; the other logins stop there.
func TestDoctorOnALoginPageOfAnotherSite(t *testing.T) {
	const away = "https://login.example/start?request=Zk4Wn8Qd2Xr7Tb5M"
	steps := []config.Step{{Action: "click", Target: "text=Log in"}}
	qr := login.Response{Kind: login.ResponsePage, Screen: &login.Screen{QR: true}}
	elsewhere := login.Response{Kind: login.ResponseElsewhere, Location: away, Differs: "its host differs"}
	noBrowser := Finding{"browser", StatusWarning, "it does not start", "start it by hand"}
	for _, tt := range []struct {
		name, login string
		steps       []config.Step
		look        *login.Response // what the browser sees; nil: there is none
		probe       *Finding
		location    string
		status      Status
		detail      string
	}{
		{"a person's browser", config.LoginInteractive, nil, &elsewhere, nil, away, StatusWarning, "another site, login.example"},
		{"a person without a browser", config.LoginInteractive, nil, nil, nil, away, StatusProblem, "leads to another place"},
		{"a person's browser that does not start", config.LoginInteractive, nil, &elsewhere, &noBrowser, away, StatusProblem, "leads to another place"},
		{"steps, and a page with a QR code", config.LoginBrowser, steps, &qr, nil, away, StatusOK, "is served"},
		{"steps, and no browser", config.LoginBrowser, steps, nil, nil, away, StatusWarning, "no browser"},
		{"no steps", config.LoginBrowser, nil, &elsewhere, nil, away, StatusProblem, "leads to another place"},
		{"the direct login", config.LoginDirect, nil, &elsewhere, nil, away, StatusProblem, "leads to another place"},
		{"a code that goes astray", config.LoginInteractive, nil, &elsewhere, nil, "https://evil.example/callback?code=0123456789abcdef", StatusProblem, "leads to another place"},
		{"an error that goes astray", config.LoginInteractive, nil, &elsewhere, nil, "https://evil.example/callback?error=invalid_request", StatusProblem, "leads to another place"},
		{"nearly the redirect URI", config.LoginInteractive, nil, &elsewhere, nil, "http://127.0.0.1:0/callback/", StatusProblem, "its path is"},
		{"no site at all", config.LoginInteractive, nil, &elsewhere, nil, "app://login.example/", StatusProblem, "leads to another place"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", tt.location)
				w.WriteHeader(http.StatusFound)
			}))
			defer s.Close()
			c, o := healthyConfig(t, s.URL), Options{Free: plenty}
			c.EndpointsMode, c.Login, c.LoginSteps = config.EndpointsDocumented, tt.login, tt.steps
			if tt.look != nil {
				o.Look = func(context.Context, login.Authorization) (*login.Response, error) { return tt.look, nil }
			}
			if tt.probe != nil {
				o.Probes = append(o.Probes, func(context.Context) Finding { return *tt.probe })
			}
			f := finding(t, Examine(t.Context(), c, o), "client: registration")
			if f.Status != tt.status || !strings.Contains(f.Detail, tt.detail) || strings.Contains(f.Detail, "Zk4Wn8Qd2Xr7Tb5M") {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A page whose script leads on to another site is told as one that is there.
func TestDoctorOnAScriptThatLeadsToAnotherSite(t *testing.T) {
	c := healthyConfig(t, withoutMetadata(t, 200, `<div id="app"></div><script src="/app.js"></script>`).URL)
	c.EndpointsMode, c.Login = config.EndpointsDocumented, config.LoginInteractive
	look := func(context.Context, login.Authorization) (*login.Response, error) {
		return &login.Response{Kind: login.ResponseElsewhere, Location: "https://login.example/"}, nil
	}
	if f := finding(t, Examine(t.Context(), c, Options{Free: plenty, Look: look}), "client: registration"); f.Status != StatusWarning || !strings.Contains(f.Detail, "another site") {
		t.Errorf("%+v", f)
	}
}

// finding is the one of that name.
func finding(t *testing.T, findings []Finding, name string) Finding {
	t.Helper()
	var found []Finding
	for _, f := range findings {
		if f.Name == name {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d findings are called %s, want one: %+v", len(found), name, findings)
	}
	return found[0]
}

// What a target says of itself may hold the secret that it knows: doctor quotes
// it without.
func TestDoctorQuotesNoSecretThatTheTargetTells(t *testing.T) {
	for _, tt := range []struct {
		name, page string
		code       int
		look       func(context.Context, login.Authorization) (*login.Response, error)
	}{
		{"on an error page", "<title>sgID</title><h1>Error</h1><p>the secret of this client is SECRET</p>", 400, nil},
		{"on the redirect", "?error=invalid_scope&error_description=SECRET", 302, nil},
		{"in an error of the browser", `<div id="app"></div><script src="/app.js"></script>`, 200, func(context.Context, login.Authorization) (*login.Response, error) {
			return nil, errors.New("the page tells SECRET")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := healthyConfig(t, "http://127.0.0.1:1")
			const secret = "Zk4Wn8Qd2Xr7Tb5M"
			c.First.ClientSecret, c.Second.ClientSecret = secret, secret
			c.Issuer = withoutMetadata(t, tt.code, strings.ReplaceAll(tt.page, "SECRET", secret)).URL + "/v2"
			c.EndpointsMode = config.EndpointsDocumented
			look := tt.look
			if look != nil {
				look = func(ctx context.Context, a login.Authorization) (*login.Response, error) {
					_, err := tt.look(ctx, a)
					return nil, errors.New(strings.ReplaceAll(err.Error(), "SECRET", secret))
				}
			}
			told := 0
			for _, f := range Examine(t.Context(), c, Options{Free: plenty, Look: look}) {
				if strings.Contains(f.Detail, "[redacted client_secret") {
					told++
				}
				if strings.Contains(f.Detail+f.Remedy, secret) {
					t.Errorf("%s shows the secret: %s", f.Name, f.Detail)
				}
			}
			if told != 2 {
				t.Errorf("%d findings quote the target, want one for each client", told)
			}
		})
	}
}
