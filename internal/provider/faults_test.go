package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// catalogueIDs are the checks that need a fault: all that are not INFO.
func catalogueIDs() map[string]bool {
	last := map[string]int{
		"DISC": 16, "JWKS": 8, "AUTHZ": 36, "PKCE": 12, "TOKEN": 33, "IDT": 18, "NONCE": 5,
		"UINFO": 18, "CRYPT": 13, "DATA": len(dataScopes), "TLS": 6, "BROW": 12,
	}
	ids := map[string]bool{}
	for area, n := range last {
		for i := 1; i <= n; i++ {
			ids[fmt.Sprintf("%s-%02d", area, i)] = true
		}
	}
	ids["DATA-91"] = true
	delete(ids, "DISC-15")  // INFO
	delete(ids, "TOKEN-28") // INFO
	return ids
}

func TestFaultRegistry(t *testing.T) {
	ids := catalogueIDs()
	caught := map[string]int{}
	names := map[string]bool{}
	shape := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	for _, f := range Faults() {
		if !shape.MatchString(f.Name) || len(f.Name) > 40 || names[f.Name] {
			t.Errorf("name %q is not short words with hyphens, or not unique", f.Name)
		}
		names[f.Name] = true
		if !strings.HasSuffix(f.Breaks, ".") || f.apply == nil || len(f.Checks) == 0 {
			t.Errorf("%s: %q, %v", f.Name, f.Breaks, f.Checks)
		}
		for _, id := range f.Checks {
			if !ids[id] {
				t.Errorf("%s names %s", f.Name, id)
			}
			caught[id]++
			if _, both := f.Collateral[id]; both {
				t.Errorf("%s: %s is its check and collateral", f.Name, id)
			}
		}
		for id, reason := range f.Collateral {
			if !ids[id] || reason == "" {
				t.Errorf("%s: collateral %s for %q", f.Name, id, reason)
			}
		}
		if strings.HasPrefix(f.Checks[0], "TLS") != f.TLS && !strings.HasPrefix(f.Checks[0], "BROW") {
			t.Errorf("%s: TLS is %v", f.Name, f.TLS)
		}
	}
	for id := range ids {
		if caught[id] == 0 {
			t.Errorf("%s has no fault", id)
		}
	}
	if len(names) < 170 {
		t.Errorf("%d faults", len(names))
	}
	t.Logf("%d faults for %d checks", len(names), len(ids))
}

// TestEveryFaultServes: with any fault the provider starts and answers the
// discovery request, well or badly.
func TestEveryFaultServes(t *testing.T) {
	for _, f := range Faults() {
		p := start(t, Options{Faults: []string{f.Name}, TLS: f.TLS})
		p.do(httptest.NewRequest("GET", "/v2/.well-known/openid-configuration", nil))
		if err := p.Close(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

func TestUnknownFault(t *testing.T) {
	_, err := newProvider(Options{Credentials: credentials, Faults: []string{"pkce-not-enforcd"}})
	if err == nil || !strings.Contains(err.Error(), `"pkce-not-enforced"`) {
		t.Errorf("%v", err)
	}
	_, err = newProvider(Options{Credentials: credentials, Faults: []string{"no-hsts"}})
	if err == nil || !strings.Contains(err.Error(), "--tls") {
		t.Errorf("%v", err)
	}
}

// TestFaultsBite drives one request through a sample of faults from each area
// and through the conformant provider: the responses differ as the fault says.
func TestFaultsBite(t *testing.T) {
	bearer := func(p *Provider) string { return "Bearer " + p.redeemed(p.code(t)).text("access_token") }
	for name, good := range map[string]func(p *Provider) bool{
		"discovery-as-html": func(p *Provider) bool {
			return p.do(httptest.NewRequest("GET", "/v2/.well-known/openid-configuration", nil)).Header().Get("Content-Type") == "application/json"
		},
		"jwks-private-key": func(p *Provider) bool {
			return !strings.Contains(p.do(httptest.NewRequest("GET", "/v2/.well-known/jwks.json", nil)).Body.String(), `"d":`)
		},
		"state-truncated": func(p *Provider) bool {
			state := strings.Repeat("s", 512)
			a := p.press(t, p.getAuthorize(p.authorizeRequest("state", state)), "login", Personas()[0].ID)
			return a.location().Query().Get("state") == state
		},
		"state-not-encoded": func(p *Provider) bool {
			a := p.press(t, p.getAuthorize(p.authorizeRequest("state", "a&b=c")), "login", Personas()[0].ID)
			return !a.location().Query().Has("b")
		},
		"redirect-by-beginning": func(p *Provider) bool {
			return p.getAuthorize(p.authorizeRequest("redirect_uri", p.Clients()[0].RedirectURIs[0]+"/more")).Code == http.StatusBadRequest
		},
		"redirect-percent-decoded": func(p *Provider) bool {
			return p.getAuthorize(p.authorizeRequest("redirect_uri", "http://127.0.0.1:8085/%63allback")).Code == http.StatusBadRequest
		},
		"prompt-none-logs-in": func(p *Provider) bool {
			return p.getAuthorize(p.authorizeRequest("prompt", "none")).location().Query().Get("error") == "login_required"
		},
		"response-mode-fragment-honoured": func(p *Provider) bool {
			return p.getAuthorize(p.authorizeRequest("response_mode", "fragment")).location().Query().Get("error") == "invalid_request"
		},
		"challenge-optional": func(p *Provider) bool {
			return p.getAuthorize(p.authorizeRequest("code_challenge", "-")).Code == http.StatusSeeOther
		},
		"plain-accepted": func(p *Provider) bool {
			page := p.getAuthorize(p.authorizeRequest("code_challenge_method", "plain", "code_challenge", testVerifier[:43]))
			if page.Code != http.StatusOK {
				return true
			}
			code := p.press(t, page, "login", Personas()[0].ID).location().Query().Get("code")
			return p.redeemed(code, "code_verifier", testVerifier[:43]).Code != http.StatusOK
		},
		"verifier-of-any-login": func(p *Provider) bool {
			other := strings.Repeat("z", 50)
			p.code(t, "code_challenge", challengeOf(other))
			return p.redeemed(p.code(t), "code_verifier", other).Code == http.StatusBadRequest
		},
		"verifier-by-beginning": func(p *Provider) bool {
			return p.redeemed(p.code(t), "code_verifier", testVerifier[:len(testVerifier)-1]+"X").Code == http.StatusBadRequest
		},
		"verifier-only-when-sent": func(p *Provider) bool {
			return p.redeemed(p.code(t), "code_verifier", "-").Code == http.StatusBadRequest
		},
		"code-reusable-for-a-second": func(p *Provider) bool {
			code := p.code(t)
			p.redeemed(code)
			return p.redeemed(code).Code == http.StatusBadRequest
		},
		"code-lives-an-hour": func(p *Provider) bool {
			code := p.code(t)
			p.Advance(11 * time.Minute)
			defer p.Advance(-11 * time.Minute)
			return p.redeemed(code).Code == http.StatusBadRequest
		},
		"client-credentials-served": func(p *Provider) bool {
			return p.redeemed("", "grant_type", "client_credentials").Code == http.StatusBadRequest
		},
		"secret-last-character-ignored": func(p *Provider) bool {
			secret := p.Clients()[0].Secret
			return p.redeemed(p.code(t), "client_secret", secret[:len(secret)-1]+"~").Code == http.StatusUnauthorized
		},
		"token-get-accepted": func(p *Provider) bool {
			return p.do(httptest.NewRequest("GET", "/v2/oauth/token?"+p.tokenValues(p.code(t)).Encode(), nil)).Code == http.StatusMethodNotAllowed
		},
		"aud-several-without-azp": func(p *Provider) bool {
			_, plain := claimsOf(t, p.redeemed(p.code(t)).text("id_token"))["aud"].(string)
			return plain
		},
		"nonce-of-last-login": func(p *Provider) bool {
			first := p.code(t, "nonce", "first")
			p.code(t, "nonce", "second")
			return claimsOf(t, p.redeemed(first).text("id_token"))["nonce"] == "first"
		},
		"bad-token-crashes": func(p *Provider) bool {
			return p.askUserinfo("Bearer "+strings.Repeat("a", 43)).Code == http.StatusUnauthorized
		},
		"id-token-taken": func(p *Provider) bool {
			return p.askUserinfo("Bearer "+p.redeemed(p.code(t)).text("id_token")).Code == http.StatusUnauthorized
		},
		"userinfo-extra-scope": func(p *Provider) bool {
			data, _ := p.askUserinfo(bearer(p)).members["data"].(map[string]any)
			return len(data) == 1
		},
		"field-left-in-the-clear": func(p *Provider) bool {
			return !strings.Contains(p.askUserinfo(bearer(p)).Body.String(), Personas()[0].Name)
		},
		"iv-repeated-over-fields": func(p *Provider) bool {
			a := p.askUserinfo(bearer(p))
			data, _ := a.members["data"].(map[string]any)
			name, _ := data["myinfo.name"].(string)
			return strings.Split(name, ".")[2] != strings.Split(a.text("key"), ".")[2]
		},
		"page-framable": func(p *Provider) bool {
			h := p.getAuthorize(p.authorizeRequest()).Header()
			return h.Get("X-Frame-Options") != "" && strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors")
		},
		"page-reflects-state": func(p *Provider) bool {
			return !strings.Contains(p.getAuthorize(p.authorizeRequest("state", "<x>")).Body.String(), "<x>")
		},
		"cancel-without-state": func(p *Provider) bool {
			return p.press(t, p.getAuthorize(p.authorizeRequest()), "cancel", "").location().Query().Has("state")
		},
		"framable-in-browsers": func(p *Provider) bool {
			r := httptest.NewRequest("GET", "/v2/oauth/authorize?"+p.authorizeRequest().Encode(), nil)
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			return p.do(r).Header().Get("X-Frame-Options") != ""
		},
		"code-in-web-storage": func(p *Provider) bool {
			page := p.getAuthorize(p.authorizeRequest())
			m := transactionPattern.FindStringSubmatch(page.Body.String())
			r := formRequest("/v2/login", url.Values{"transaction": {m[1]}, "persona": {Personas()[0].ID}, "decision": {"login"}})
			r.AddCookie(page.Result().Cookies()[0])
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			return p.do(r).Code == http.StatusSeeOther
		},
	} {
		if p := start(t, Options{}); !good(p) {
			t.Errorf("%s: the conformant provider does so, too", name)
		}
		if p := start(t, Options{Faults: []string{name}}); good(p) {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

// TestFaultThatEndsTheProcess: the connection breaks, and nobody listens any more.
func TestFaultThatEndsTheProcess(t *testing.T) {
	p := start(t, Options{Faults: []string{"bad-token-ends-the-process"}})
	ask := func() error {
		r, _ := http.NewRequest("GET", p.Issuer()+"/oauth/userinfo", nil)
		r.Header.Set("Authorization", "Bearer "+strings.Repeat("a", 43))
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	if err := ask(); err == nil {
		t.Error("it answers")
	}
	<-p.Done()
	if err := ask(); err == nil {
		t.Error("it lives")
	}
}

// TestPlainHTTPFault: one port, both protocols.
func TestPlainHTTPFault(t *testing.T) {
	p := start(t, Options{TLS: true, Faults: []string{"plain-http-served"}})
	r, _ := http.NewRequest("GET", strings.Replace(p.Issuer(), "https", "http", 1)+"/.well-known/jwks.json", nil)
	if resp, body := fetch(t, http.DefaultClient, r); resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "keys") {
		t.Errorf("plain http: %d %s", resp.StatusCode, body)
	}
	r, _ = http.NewRequest("GET", p.Issuer()+"/.well-known/jwks.json", nil)
	if resp, _ := fetch(t, trusting(p), r); resp.StatusCode != http.StatusOK || resp.TLS == nil {
		t.Errorf("https: %d", resp.StatusCode)
	}
}
