package provider

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestCodeIsForOneUse(t *testing.T) {
	p := start(t, Options{})
	code := p.code(t)
	first := p.redeemed(code)
	bearer := "Bearer " + first.text("access_token")
	if a := p.askUserinfo(bearer); a.Code != http.StatusOK {
		t.Fatalf("first token: %d %s", a.Code, a.Body)
	}
	// Also long after the code ran out, a second use ends the access.
	p.Advance(DefaultCodeLifetime + time.Minute)
	if a := p.redeemed(code); a.Code != http.StatusBadRequest || a.text("error") != "invalid_grant" {
		t.Errorf("second use: %d %s", a.Code, a.Body)
	}
	if a := p.askUserinfo(bearer); a.Code != http.StatusUnauthorized || a.text("error") != "invalid_token" {
		t.Errorf("token after the second use: %d %s", a.Code, a.Body)
	}
}

func TestCodeIsForOneUseAtOnce(t *testing.T) {
	p := start(t, Options{})
	code := p.code(t)
	var good atomic.Int32
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if p.redeemed(code).Code == http.StatusOK {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 {
		t.Errorf("%d redemptions succeeded", good.Load())
	}
	if p.tokens.size() != 0 {
		t.Error("the token outlived the other redemptions")
	}
}

func TestTokenRefusals(t *testing.T) {
	p := start(t, Options{})
	two := p.Clients()[1]
	long := strings.Repeat("v", 129)
	for _, c := range []struct {
		name    string
		login   []string
		changes []string
		status  int
		code    string
	}{
		{"other client", nil, []string{"client_id", two.ID, "client_secret", two.Secret}, 400, "invalid_grant"},
		{"challenge as verifier", nil, []string{"code_verifier", challengeOf(testVerifier)}, 400, "invalid_grant"},
		{"verifier in lower case", nil, []string{"code_verifier", strings.ToLower(testVerifier)}, 400, "invalid_grant"},
		{"short verifier, right hash", []string{"code_challenge", challengeOf("short")}, []string{"code_verifier", "short"}, 400, "invalid_grant"},
		{"long verifier, right hash", []string{"code_challenge", challengeOf(long)}, []string{"code_verifier", long}, 400, "invalid_grant"},
		{"no verifier", nil, []string{"code_verifier", "-"}, 400, "invalid_request"},
		{"empty verifier", nil, []string{"code_verifier", ""}, 400, "invalid_request"},
		{"other redirect URI", nil, []string{"redirect_uri", p.Clients()[0].RedirectURIs[1]}, 400, "invalid_grant"},
		{"no redirect URI", nil, []string{"redirect_uri", "-"}, 400, "invalid_request"},
		{"unknown code", nil, []string{"code", "unknown"}, 400, "invalid_grant"},
		{"no code", nil, []string{"code", "-"}, 400, "invalid_request"},
		{"no grant type", nil, []string{"grant_type", "-"}, 400, "invalid_request"},
		{"password", nil, []string{"grant_type", "password"}, 400, "unsupported_grant_type"},
		{"wrong secret", nil, []string{"client_secret", "wrong"}, 401, "invalid_client"},
		{"other client's secret", nil, []string{"client_secret", two.Secret}, 401, "invalid_client"},
		{"no secret", nil, []string{"client_secret", "-"}, 401, "invalid_client"},
		{"unknown client", nil, []string{"client_id", "UNKNOWN"}, 401, "invalid_client"},
		{"no client", nil, []string{"client_id", "-"}, 401, "invalid_client"},
	} {
		code := p.code(t, c.login...)
		a := p.redeemed(code, c.changes...)
		if a.Code != c.status || a.text("error") != c.code || a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.Code, a.Body, c.status, c.code)
		}
		if a := p.redeemed(code); c.login == nil && a.Code != http.StatusOK {
			t.Errorf("%s used the code up: %s", c.name, a.Body)
		}
	}
}

func TestTokenRequestForms(t *testing.T) {
	p := start(t, Options{})
	form := func(edit func(r *http.Request)) *http.Request {
		r := formRequest("/v2/oauth/token", p.tokenValues(p.code(t)))
		edit(r)
		return r
	}
	twice := p.tokenValues(p.code(t))
	twice.Add("unknown", "1")
	twice.Add("unknown", "2")
	noSecret := p.tokenValues(p.code(t), "client_secret", "-")
	basic := formRequest("/v2/oauth/token", noSecret)
	basic.SetBasicAuth("SGIDCHECK-ONE", "wrong")
	query := httptest.NewRequest("POST", "/v2/oauth/token?"+p.tokenValues(p.code(t)).Encode(), strings.NewReader(""))
	query.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, c := range map[string]struct {
		r      *http.Request
		status int
	}{
		"usual": {form(func(*http.Request) {}), 200},
		"charset": {form(func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		}), 200},
		"unknown parameter":  {formRequest("/v2/oauth/token", p.tokenValues(p.code(t), "unknown", "x")), 200},
		"repeated parameter": {formRequest("/v2/oauth/token", twice), 400},
		"GET":                {httptest.NewRequest("GET", "/v2/oauth/token?"+p.tokenValues(p.code(t)).Encode(), nil), 405},
		"in the query":       {query, 400},
		"wrong basic":        {basic, 401},
		"basic and post":     {form(func(r *http.Request) { r.SetBasicAuth("SGIDCHECK-ONE", "wrong") }), 400},
		"JSON":               {form(func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }), 400},
		"no content type":    {form(func(r *http.Request) { r.Header.Del("Content-Type") }), 400},
		"empty":              {formRequest("/v2/oauth/token", nil), 401},
		"huge":               {formRequest("/v2/oauth/token", map[string][]string{"a": {strings.Repeat("x", 1<<20)}}), 400},
		"broken percent sign": {func() *http.Request {
			r := httptest.NewRequest("POST", "/v2/oauth/token", strings.NewReader("a=%zz"))
			r.Header = basic.Header.Clone()
			return r
		}(), 400},
	} {
		a := p.do(c.r)
		if a.Code != c.status || (c.status == 200) != (a.text("access_token") != "") || c.status != 200 && a.text("error") == "" {
			t.Errorf("%s: %d %s, want %d", name, a.Code, a.Body, c.status)
		}
		if a.Code == 401 && !strings.HasPrefix(a.Header().Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%s: 401 without WWW-Authenticate", name)
		}
	}
}

func TestThingsRunOut(t *testing.T) {
	p := start(t, Options{CodeLifetime: 20 * time.Second, TokenLifetime: time.Minute})
	late := p.code(t)
	p.Advance(20 * time.Second)
	if a := p.redeemed(late); a.text("error") != "invalid_grant" {
		t.Errorf("late code: %d %s", a.Code, a.Body)
	}
	a := p.redeemed(p.code(t))
	bearer := "Bearer " + a.text("access_token")
	if a.members["expires_in"] != 60.0 {
		t.Errorf("expires_in %v", a.members["expires_in"])
	}
	p.Advance(59 * time.Second)
	if a := p.askUserinfo(bearer); a.Code != http.StatusOK {
		t.Errorf("token within its time: %d", a.Code)
	}
	p.Advance(2 * time.Second)
	if a := p.askUserinfo(bearer); a.Code != http.StatusUnauthorized || a.text("error") != "invalid_token" {
		t.Errorf("token after its time: %d %s", a.Code, a.Body)
	}
}

func TestSecretsAreLongAndFresh(t *testing.T) {
	p := start(t, Options{})
	seen := map[string]bool{}
	for range 50 {
		code := p.code(t)
		token := p.redeemed(code).text("access_token")
		if seen[code] || seen[token] || len(code) != 43 || len(token) != 43 {
			t.Fatalf("code of %d, token of %d characters, or a repeat", len(code), len(token))
		}
		seen[code], seen[token] = true, true
	}
}

func TestMemoryIsBounded(t *testing.T) {
	p := start(t, Options{MaxGrants: 4096})
	mint := func(n int) {
		for range n {
			if _, err := p.Mint("SGIDCHECK-ONE", 0, []string{"openid"}, challengeOf(testVerifier), ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	mint(20000)
	if n := p.codes.size(); n > 4096 {
		t.Errorf("%d codes are remembered", n)
	}
	p.Advance(DefaultCodeLifetime + DefaultTokenLifetime + time.Second)
	mint(2000) // each shard sweeps when something is put in
	if n := p.codes.size(); n > 2000 {
		t.Errorf("%d codes are remembered after the old ones ran out", n)
	}
	for i := range p.codes.shards {
		if sh := &p.codes.shards[i]; cap(sh.order) > 2*4096/shardCount+128 {
			t.Errorf("shard %d keeps an order of %d", i, cap(sh.order))
		}
	}
}

func TestMintRefusals(t *testing.T) {
	p := start(t, Options{})
	good := challengeOf(testVerifier)
	for name, mint := range map[string]func() (string, error){
		"client":    func() (string, error) { return p.Mint("NOBODY", 0, []string{"openid"}, good, "") },
		"persona":   func() (string, error) { return p.Mint("SGIDCHECK-ONE", 99, []string{"openid"}, good, "") },
		"scope":     func() (string, error) { return p.Mint("SGIDCHECK-TWO", 0, []string{"myinfo.race"}, good, "") },
		"challenge": func() (string, error) { return p.Mint("SGIDCHECK-ONE", 0, []string{"openid"}, "short", "") },
	} {
		if code, err := mint(); err == nil || code != "" || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %q, %v", name, code, err)
		}
	}
}

// size counts what is remembered, run out or not.
func (s *store[V]) size() int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		n += len(sh.entries)
		sh.mu.Unlock()
	}
	return n
}
