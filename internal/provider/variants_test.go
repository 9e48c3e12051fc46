package provider

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestVariantRegistry(t *testing.T) {
	ids := catalogueIDs()
	names := map[string]bool{}
	for _, f := range Faults() {
		names[f.Name] = true
	}
	shape := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	for _, v := range Variants() {
		if !shape.MatchString(v.Name) || len(v.Name) > 40 || names[v.Name] {
			t.Errorf("name %q is not short words with hyphens, or not unique", v.Name)
		}
		names[v.Name] = true
		if !strings.HasSuffix(v.Differs, ".") || v.apply == nil {
			t.Errorf("%s: %q", v.Name, v.Differs)
		}
		for _, list := range []map[string]string{v.Warns, v.Skips} {
			for id, reason := range list {
				if !ids[id] || reason == "" {
					t.Errorf("%s lists %s for %q", v.Name, id, reason)
				}
			}
		}
	}
}

// TestEveryVariantServes: each starts by itself, and beside a fault.
func TestEveryVariantServes(t *testing.T) {
	for _, v := range Variants() {
		for _, faults := range [][]string{nil, {"state-truncated"}} {
			p := start(t, Options{Variants: []string{v.Name}, Faults: faults, TLS: !v.HTTP})
			if got := p.do(httptest.NewRequest("GET", "/v2/.well-known/openid-configuration", nil)); got.Code != http.StatusOK {
				t.Errorf("%s: discovery answers %d", v.Name, got.Code)
			}
			if err := p.Close(); err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
		}
	}
}

func TestUnknownVariant(t *testing.T) {
	_, err := newProvider(Options{Credentials: credentials, Variants: []string{"redirect-303"}})
	if err == nil || !strings.Contains(err.Error(), `"redirect-302"`) || !strings.Contains(err.Error(), "--list-variants") {
		t.Errorf("%v", err)
	}
}

// TestVariantsDiffer drives one request through a variant and through the
// provider without it: the responses differ as the variant says.
func TestVariantsDiffer(t *testing.T) {
	for name, differs := range map[string]func(p *Provider) bool{
		"redirect-302": func(p *Provider) bool {
			return p.press(t, p.getAuthorize(p.authorizeRequest()), "login", Personas()[0].ID).Code == http.StatusFound
		},
		"authorize-get-only": func(p *Provider) bool {
			return p.do(formRequest("/v2/oauth/authorize", p.authorizeRequest())).Code == http.StatusMethodNotAllowed
		},
		"redirect-scheme-in-capitals": func(p *Provider) bool {
			return strings.HasPrefix(p.press(t, p.getAuthorize(p.authorizeRequest()), "login", Personas()[0].ID).Header().Get("Location"), "HTTP:")
		},
		"error-page-200": func(p *Provider) bool {
			a := p.getAuthorize(p.authorizeRequest("scope", "-"))
			return a.Code == http.StatusOK && strings.Contains(a.Body.String(), "invalid_scope: ")
		},
		"error-page-400": func(p *Provider) bool {
			return p.getAuthorize(p.authorizeRequest("scope", "-")).Code == http.StatusBadRequest
		},
		"error-json-200": func(p *Provider) bool {
			a := p.getAuthorize(p.authorizeRequest("client_id", "-"))
			return a.Code == http.StatusOK && a.Header().Get("Content-Type") == "application/json"
		},
		"error-text-200": func(p *Provider) bool {
			return strings.HasPrefix(p.getAuthorize(p.authorizeRequest("scope", "-")).Body.String(), "invalid_scope: ")
		},
		"error-text-400": func(p *Provider) bool {
			a := p.getAuthorize(p.authorizeRequest("scope", "-"))
			return a.Code == http.StatusBadRequest && strings.HasPrefix(a.Header().Get("Content-Type"), "text/plain")
		},
		"cookies-odd": func(p *Provider) bool {
			return strings.Contains(strings.Join(p.getAuthorize(p.authorizeRequest()).Header()["Set-Cookie"], "\n"), `{"s":"`)
		},
		"page-people-as-links": func(p *Provider) bool {
			return !strings.Contains(p.getAuthorize(p.authorizeRequest()).Body.String(), "<form")
		},
		"page-takes-any-name": func(p *Provider) bool {
			return p.press(t, p.getAuthorize(p.authorizeRequest()), "login", "anybody").Code == http.StatusSeeOther
		},
		"page-by-script": func(p *Provider) bool {
			shown := p.authorizeRequest("sgid_page", "1")
			return !strings.Contains(p.getAuthorize(p.authorizeRequest()).Body.String(), "<form") && strings.Contains(p.getAuthorize(shown).Body.String(), "<form")
		},
		"wrong-redemption-burns-the-code": func(p *Provider) bool {
			code := p.code(t)
			p.redeemed(code, "code_verifier", strings.Repeat("z", 50))
			return p.redeemed(code).Code == http.StatusBadRequest
		},
		"cookie-secure-over-http": func(p *Provider) bool {
			return strings.Contains(p.getAuthorize(p.authorizeRequest()).Header().Get("Set-Cookie"), "Secure")
		},
		"keys-of-every-curve": func(p *Provider) bool {
			return strings.Contains(p.do(httptest.NewRequest("GET", "/v2/.well-known/jwks.json", nil)).Body.String(), "secp256k1")
		},
		"times-with-fractions": func(p *Provider) bool {
			exp, _ := claimsOf(t, p.redeemed(p.code(t)).text("id_token"))["exp"].(float64)
			return exp != float64(int64(exp))
		},
		"aud-as-list": func(p *Provider) bool {
			_, list := claimsOf(t, p.redeemed(p.code(t)).text("id_token"))["aud"].([]any)
			return list
		},
		"members-beyond": func(p *Provider) bool {
			_, there := p.redeemed(p.code(t)).members["sgidcheck_null"]
			return there
		},
		"token-answer-as-documented": func(p *Provider) bool { return len(p.redeemed(p.code(t)).members) == 2 },
	} {
		if p := start(t, Options{}); differs(p) {
			t.Errorf("%s: the provider without it does so, too", name)
		}
		if p := start(t, Options{Variants: []string{name}}); !differs(p) {
			t.Errorf("%s: nothing is different", name)
		}
	}
}
