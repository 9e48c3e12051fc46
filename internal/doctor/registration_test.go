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
		{"a script that draws nothing", 200, shell, shows(login.Screen{HTML: []byte(shell)}), StatusWarning, "neither a QR code nor an error"},
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
