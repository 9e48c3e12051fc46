package provider

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestAuthorizeRefusesWithoutRedirect(t *testing.T) {
	p := start(t, Options{})
	registered := p.Clients()[0].RedirectURIs[0]
	cases := [][]string{
		{"client_id", "-"}, {"client_id", ""}, {"client_id", "UNKNOWN"}, {"client_id", "sgidcheck-one"},
		{"redirect_uri", "-"}, {"redirect_uri", ""},
		{"redirect_uri", p.Clients()[1].RedirectURIs[0]},
	}
	for _, uri := range []string{
		registered + "/", registered + "?a=b", registered + "#f", registered + "/../callback",
		"http://127.0.0.1:8085//callback", "http://127.0.0.1:8085/CALLBACK", "http://127.0.0.1:8085/%63allback",
		"http://127.0.0.1.evil.example:8085/callback", "http://127.0.0.1:8085@evil.example/callback",
		"http://127.0.0.1:8084/callback", "https://127.0.0.1:8085/callback", "http://127.0.0.1:8085\\callback",
		"javascript:alert(1)",
	} {
		cases = append(cases, []string{"redirect_uri", uri})
	}
	for _, c := range cases {
		a := p.getAuthorize(p.authorizeRequest(c...))
		if a.Code != http.StatusBadRequest || a.Header().Get("Location") != "" || strings.Contains(a.Body.String(), "<form") {
			t.Errorf("%q: %d, Location %q", c, a.Code, a.Header().Get("Location"))
		}
	}
}

func TestAuthorizeRefusesByRedirect(t *testing.T) {
	p := start(t, Options{})
	for _, c := range []struct{ name, value, code string }{
		{"response_type", "-", "invalid_request"},
		{"response_type", "token", "unsupported_response_type"},
		{"response_type", "code id_token", "unsupported_response_type"},
		{"response_mode", "fragment", "invalid_request"},
		{"scope", "-", "invalid_scope"},
		{"scope", "myinfo.name", "invalid_scope"},
		{"scope", "openid myinfo.unknown", "invalid_scope"},
		{"scope", "openid  myinfo.name", "invalid_scope"},
		{"code_challenge", "-", "invalid_request"},
		{"code_challenge", strings.Repeat("a", 42), "invalid_request"},
		{"code_challenge", strings.Repeat("a", 44), "invalid_request"},
		{"code_challenge", strings.Repeat("+", 43), "invalid_request"},
		{"code_challenge_method", "-", "invalid_request"},
		{"code_challenge_method", "plain", "invalid_request"},
		{"code_challenge_method", "s256", "invalid_request"},
		{"prompt", "none", "login_required"},
		{"prompt", "none login", "invalid_request"},
		{"max_age", "soon", "invalid_request"},
		{"request", "e30.e30.", "request_not_supported"},
		{"request_uri", "https://rp.example/r", "request_uri_not_supported"},
		{"registration", "{}", "registration_not_supported"},
	} {
		a := p.getAuthorize(p.authorizeRequest(c.name, c.value))
		q := a.location().Query()
		if q.Get("error") != c.code || q.Get("state") != "a state" || q.Get("iss") != p.Issuer() || q.Has("code") {
			t.Errorf("%s=%s: %d %s, want %s", c.name, c.value, a.Code, a.location(), c.code)
		}
	}
}

func TestAuthorizeScopesAreTheClients(t *testing.T) {
	p := start(t, Options{})
	c := p.Clients()[1]
	a := p.getAuthorize(p.authorizeRequest("client_id", c.ID, "redirect_uri", c.RedirectURIs[1], "scope", "openid myinfo.nric_number"))
	if a.location().Query().Get("error") != "invalid_scope" {
		t.Errorf("%d %s", a.Code, a.location())
	}
}

func TestAuthorizeRefusesRepeatedParameters(t *testing.T) {
	p := start(t, Options{})
	for name := range p.authorizeRequest("display", "page") {
		v := p.authorizeRequest("display", "page")
		v[name] = append(v[name], v[name][0])
		a := p.getAuthorize(v)
		q := a.location().Query()
		switch name {
		case "client_id", "redirect_uri":
			if a.Code != http.StatusBadRequest {
				t.Errorf("%s twice: %d", name, a.Code)
			}
		default:
			if q.Get("error") != "invalid_request" || name == "state" && q.Has("state") {
				t.Errorf("%s twice: %d %s", name, a.Code, a.location())
			}
		}
	}
}

func TestAuthorizeIgnoresWhatItNeedNotKnow(t *testing.T) {
	p := start(t, Options{})
	for name, value := range map[string]string{
		"unknown": "x", "display": "popup", "ui_locales": "fr de", "claims_locales": "fr", "acr_values": "1 2",
		"login_hint": "s", "max_age": "10000", "prompt": "login", "response_mode": "query", "state": "-", "nonce": "-",
	} {
		if a := p.getAuthorize(p.authorizeRequest(name, value)); a.Code != http.StatusOK {
			t.Errorf("%s=%s: %d %s", name, value, a.Code, a.location())
		}
	}
}

func TestAuthorizeByPost(t *testing.T) {
	p := start(t, Options{})
	page := p.do(formRequest("/v2/oauth/authorize", p.authorizeRequest()))
	if a := p.press(t, page, "login", Personas()[0].ID); !a.location().Query().Has("code") {
		t.Errorf("%d %s", a.Code, a.location())
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
		if a := p.do(httptest.NewRequest(method, "/v2/oauth/authorize?"+p.authorizeRequest().Encode(), nil)); a.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, a.Code)
		}
	}
}

func TestStateComesBackUnchanged(t *testing.T) {
	p := start(t, Options{})
	all := ""
	for c := ' '; c <= '~'; c++ {
		all += string(c)
	}
	for _, state := range []string{"s", strings.Repeat("x", 512), all, "a%26b%3Dc&code=x&error=y", "é漢"} {
		a := p.press(t, p.getAuthorize(p.authorizeRequest("state", state)), "login", Personas()[0].ID)
		if got := a.location().Query()["state"]; len(got) != 1 || got[0] != state {
			t.Errorf("%q came back as %q", state, got)
		}
	}
}

func TestNothingIsReflectedUnescaped(t *testing.T) {
	p := start(t, Options{})
	const attack = `"><script>alert(1)</script>'` + "\r\nX-Injected: 1"
	for name := range p.authorizeRequest("login_hint", "x", "ui_locales", "x") {
		v := p.authorizeRequest()
		v.Set(name, attack)
		a := p.getAuthorize(v)
		if strings.Contains(a.Body.String(), "<script>") || a.Header().Get("X-Injected") != "" || strings.ContainsAny(a.Header().Get("Location"), "\"<>\r\n") {
			t.Errorf("%s is reflected: %s %s", name, a.Header(), a.Body)
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	p := start(t, Options{})
	for _, path := range []string{"/", "/v2", "/v2//oauth/authorize", "/v2/oauth/authorize/", "/v2/oauth/../oauth/token", "/v2/oauth/%74oken"} {
		r := httptest.NewRequest("GET", "http://x/", nil)
		r.URL, _ = url.Parse("http://x" + path)
		if a := p.do(r); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}
