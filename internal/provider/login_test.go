package provider

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// TestWholeLogin walks from the page to the decrypted data of every persona;
// jwx, which the provider does not use, verifies and decrypts.
func TestWholeLogin(t *testing.T) {
	for _, alg := range []string{"A256GCMKW", "dir"} {
		p := start(t, Options{FieldAlgorithm: alg})
		first := p.Clients()[0]
		private, err := parsePrivate(first.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		set, err := jwk.Parse(p.do(httptest.NewRequest("GET", "/v2/.well-known/jwks.json", nil)).Body.Bytes())
		if err != nil || set.Len() != 2 {
			t.Fatalf("JWKS: %v, %d keys", err, set.Len())
		}
		for _, person := range Personas() {
			page := p.getAuthorize(p.authorizeRequest("scope", strings.Join(first.Scopes, " "), "max_age", "0"))
			back := p.press(t, page, "login", person.ID)
			if back.Code != http.StatusSeeOther || back.location().Query().Get("state") != "a state" ||
				back.location().Query().Get("iss") != p.Issuer() {
				t.Fatalf("redirect: %d %s", back.Code, back.location())
			}
			token := p.redeemed(back.location().Query().Get("code"))
			if _, err := jws.Verify([]byte(token.text("id_token")), jws.WithKeySet(set)); err != nil {
				t.Fatalf("ID token: %v", err)
			}
			claims := claimsOf(t, token.text("id_token"))
			if claims["nonce"] != "A-nonce" || claims["auth_time"] == nil || claims["aud"] != first.ID {
				t.Errorf("claims: %v", claims)
			}
			info := p.askUserinfo("Bearer " + token.text("access_token"))
			if info.text("sub") != claims["sub"] {
				t.Errorf("sub: %q, ID token %q", info.text("sub"), claims["sub"])
			}
			plain, err := jwe.Decrypt([]byte(info.text("key")), jwe.WithKey(jwa.RSA_OAEP_256, private))
			if err != nil {
				t.Fatalf("key: %v", err)
			}
			block, err := jwk.ParseKey(plain)
			if err != nil {
				t.Fatalf("block key: %v", err)
			}
			data, _ := info.members["data"].(map[string]any)
			if len(data) != len(person.Data) {
				t.Errorf("%s: %d members of data, want %d", person.ID, len(data), len(person.Data))
			}
			for scope, want := range person.Data {
				compact, _ := data[scope].(string)
				got, err := jwe.Decrypt([]byte(compact), jwe.WithKey(jwa.KeyEncryptionAlgorithm(alg), block))
				if err != nil || string(got) != want {
					t.Errorf("%s %s: %q, %v; want %q", person.ID, scope, got, err, want)
				}
			}
		}
	}
}

func TestOpenIDAloneGivesNoData(t *testing.T) {
	p := start(t, Options{})
	info := p.askUserinfo("Bearer " + p.redeemed(p.code(t, "scope", "openid")).text("access_token"))
	if len(info.members) != 1 || info.text("sub") == "" {
		t.Errorf("userinfo: %s", info.Body)
	}
}

func TestSubjectIsPairwise(t *testing.T) {
	p := start(t, Options{})
	seen := map[string]bool{}
	for _, c := range p.Clients() {
		for i := range Personas() {
			var subs [2]string
			for n := range subs {
				code, err := p.Mint(c.ID, i, []string{"openid"}, challengeOf(testVerifier), "")
				if err != nil {
					t.Fatal(err)
				}
				a := p.redeemed(code, "client_id", c.ID, "client_secret", c.Secret, "redirect_uri", c.RedirectURIs[0])
				subs[n], _ = claimsOf(t, a.text("id_token"))["sub"].(string)
			}
			if subs[0] == "" || subs[0] != subs[1] || seen[subs[0]] {
				t.Errorf("client %s, persona %d: %v", c.ID, i, subs)
			}
			seen[subs[0]] = true
		}
	}
}

func TestLoginPage(t *testing.T) {
	p := start(t, Options{})
	page := p.getAuthorize(p.authorizeRequest("scope", "myinfo.name openid"))
	body := page.Body.String()
	if !strings.Contains(body, "<li>myinfo.name</li>") || strings.Contains(body, "<li>openid</li>") {
		t.Error("the data asked for is not named")
	}
	for _, want := range []string{`lang="en-SG"`, "<title>", `method="post"`, `value="login"`, `value="cancel"`, "NGUYỄN VĂN AN"} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "style=") {
		t.Error("page holds script or inline style")
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "frame-ancestors 'none'; form-action 'self' http://127.0.0.1:8085",
		"Referrer-Policy":         "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
	} {
		if got := page.Header().Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	cookie := page.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Secure {
		t.Errorf("cookie: %v", cookie)
	}
}

func TestLoginIsBoundToTheBrowser(t *testing.T) {
	p := start(t, Options{})
	one, two := p.getAuthorize(p.authorizeRequest("state", "1")), p.getAuthorize(p.authorizeRequest("state", "2"))
	stolen := one
	stolen.ResponseRecorder = httptest.NewRecorder()
	stolen.Body = one.Body
	if a := p.press(t, stolen, "login", Personas()[0].ID); a.Code != http.StatusBadRequest {
		t.Errorf("without the cookie: %d", a.Code)
	}
	mixed := httptest.NewRecorder()
	mixed.Body = one.Body
	mixed.Header()["Set-Cookie"] = two.Header()["Set-Cookie"]
	if a := p.press(t, answer{ResponseRecorder: mixed}, "login", Personas()[0].ID); a.Code != http.StatusBadRequest {
		t.Errorf("with another page's cookie: %d", a.Code)
	}
	// The attempts used nothing up, and the two tabs do not disturb each other.
	for state, page := range map[string]answer{"2": two, "1": one} {
		if a := p.press(t, page, "login", Personas()[0].ID); a.location().Query().Get("state") != state {
			t.Errorf("tab %s: %d %s", state, a.Code, a.location())
		}
	}
	if a := p.press(t, one, "login", Personas()[0].ID); a.Code != http.StatusBadRequest {
		t.Errorf("a page used twice: %d", a.Code)
	}
}

func TestCancel(t *testing.T) {
	p := start(t, Options{})
	for _, state := range []string{"s &#=%", "-"} {
		a := p.press(t, p.getAuthorize(p.authorizeRequest("state", state)), "cancel", "")
		q := a.location().Query()
		if q.Get("error") != "access_denied" || q.Has("code") || q.Has("state") != (state != "-") ||
			state != "-" && q.Get("state") != state {
			t.Errorf("state %q: %s", state, a.location())
		}
	}
}

func TestLoginPageRunsOut(t *testing.T) {
	p := start(t, Options{})
	page := p.getAuthorize(p.authorizeRequest())
	p.Advance(loginLifetime + time.Second)
	if a := p.press(t, page, "login", Personas()[0].ID); a.Code != http.StatusBadRequest {
		t.Errorf("an old page: %d", a.Code)
	}
}

func TestBadLoginForms(t *testing.T) {
	p := start(t, Options{})
	page := p.getAuthorize(p.authorizeRequest())
	for _, c := range []struct{ decision, persona string }{{"login", "nobody-known"}, {"", "nobody"}, {"approve", "nobody"}} {
		if a := p.press(t, page, c.decision, c.persona); a.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", c, a.Code)
		}
	}
	for _, v := range []url.Values{nil, {"transaction": {"x"}}, {"transaction": {strings.Repeat("y", 1<<17)}}} {
		if a := p.do(formRequest("/v2/login", v)); a.Code != http.StatusBadRequest {
			t.Errorf("form of %d fields: %d", len(v), a.Code)
		}
	}
}
