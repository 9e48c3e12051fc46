package provider

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestStartRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		want    string
	}{
		"public address":  {Options{Addr: "0.0.0.0:0"}, "127.0.0.1"},
		"no port":         {Options{Addr: "127.0.0.1"}, "host:port"},
		"field algorithm": {Options{FieldAlgorithm: "A128KW"}, "A256GCMKW"},
		"client":          {Options{Clients: []Client{{ID: "X"}}}, "client_secret"},
		"client's key":    {Options{Clients: []Client{{ID: "X", Secret: "s", RedirectURIs: []string{"http://127.0.0.1/"}, Scopes: []string{"openid"}, PublicKey: "x"}}}, "PEM"},
		"client file":     {Options{ClientFile: filepath.Join(t.TempDir(), "missing", "c.json")}, "credentials file"},
	} {
		c.options.Credentials = credentials
		p, err := Start(context.Background(), c.options)
		if err == nil {
			_ = p.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestOwnClientWithoutKey(t *testing.T) {
	p := start(t, Options{Clients: []Client{{ID: "X", Secret: "s", RedirectURIs: []string{"http://127.0.0.1/cb?fixed=1"}, Scopes: []string{"openid"}}}})
	if c := p.Clients()[0]; !strings.Contains(c.PrivateKey, "BEGIN PRIVATE KEY") || !strings.Contains(c.PublicKey, "BEGIN PUBLIC KEY") {
		t.Errorf("%+v", c)
	}
	a := p.press(t, p.getAuthorize(p.authorizeRequest("scope", "openid")), "login", Personas()[0].ID)
	if q := a.location().Query(); q.Get("fixed") != "1" || q.Get("code") == "" {
		t.Errorf("a registered query: %s", a.location())
	}
}

func TestClientFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clients.json")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := start(t, Options{ClientFile: path, TLS: true})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(b, &list); err != nil || len(list) != 2 {
		t.Fatalf("%v: %s", err, b)
	}
	for _, name := range []string{"client_id", "client_secret", "redirect_uris", "scopes", "private_key", "public_key"} {
		if list[0][name] == nil {
			t.Errorf("%s is not written", name)
		}
	}
	if ca, err := os.ReadFile(p.CAFile()); err != nil || string(ca) != string(p.CA()) {
		t.Errorf("CA file: %v", err)
	}
}

func TestSharedCredentials(t *testing.T) {
	p, q := start(t, Options{}), start(t, Options{Credentials: credentials})
	if p.Clients()[0].PrivateKey != q.Clients()[0].PrivateKey || p.ring.state.Load().current.kid != q.ring.state.Load().current.kid {
		t.Error("other keys came back")
	}
}

func TestHTTPS(t *testing.T) {
	p := start(t, Options{TLS: true})
	client := trusting(p)
	r, _ := http.NewRequest("GET", p.Issuer()+"/.well-known/openid-configuration", nil)
	resp, body := fetch(t, client, r)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Strict-Transport-Security") == "" || resp.ProtoMajor != 2 {
		t.Errorf("%d %s %v", resp.StatusCode, resp.Proto, resp.Header)
	}
	if !strings.Contains(string(body), `"issuer":"https://127.0.0.1:`) {
		t.Errorf("%s", body)
	}
	r, _ = http.NewRequest("GET", strings.Replace(p.Issuer(), "https", "http", 1)+"/.well-known/jwks.json", nil)
	if resp, body := fetch(t, http.DefaultClient, r); resp.StatusCode != http.StatusBadRequest || strings.Contains(string(body), "keys") {
		t.Errorf("plain http: %d %s", resp.StatusCode, body)
	}
	old := &tls.Config{RootCAs: client.Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if c, err := tls.Dial("tcp", p.listener.Addr().String(), old); err == nil {
		_ = c.Close()
		t.Error("TLS 1.1 is taken")
	}
	page := p.getAuthorize(p.authorizeRequest())
	if !page.Result().Cookies()[0].Secure {
		t.Error("the cookie is not Secure")
	}
}

func TestRotation(t *testing.T) {
	p := start(t, Options{})
	before := p.ring.at(p.now())
	kid := func() any {
		return claimsOf(t, "."+strings.Split(p.redeemed(p.code(t)).text("id_token"), ".")[0]+".")["kid"]
	}
	if kid() != before.current.kid {
		t.Error("the current key does not sign")
	}
	p.Advance(DefaultKeyLifetime)
	if kid() != before.next.kid {
		t.Error("the next key did not take over")
	}
	p.Rotate()
	set := p.do(httptest.NewRequest("GET", "/v2/.well-known/jwks.json", nil))
	if keys, _ := set.members["keys"].([]any); len(keys) != 3 || set.Header().Get("ETag") == before.etag ||
		!strings.Contains(set.Body.String(), before.next.kid) || strings.Contains(set.Body.String(), `"d"`) {
		t.Errorf("JWKS after a rotation: %s", set.Body)
	}
	again := httptest.NewRequest("GET", "/v2/.well-known/jwks.json", nil)
	again.Header.Set("If-None-Match", set.Header().Get("ETag"))
	if a := p.do(again); a.Code != http.StatusNotModified {
		t.Errorf("If-None-Match: %d", a.Code)
	}
}

func TestRequestLogHoldsNoSecret(t *testing.T) {
	var lines atomic.Pointer[Request]
	p := start(t, Options{Log: func(r Request) { lines.Store(&r) }})
	p.getAuthorize(p.authorizeRequest("state", "secret"))
	if l := lines.Load(); l == nil || l.Status != http.StatusOK || l.Path != "/v2/oauth/authorize" || l.Method != "GET" {
		t.Errorf("%+v", l)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Start(ctx, Options{Credentials: credentials})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-p.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("it serves on")
	}
	if err := p.Err(); err != nil {
		t.Error(err)
	}
}

// What is closed as soon as it was started has left its address to the next.
func TestTheAddressIsFreeOnceItIsClosed(t *testing.T) {
	addr := "127.0.0.1:0"
	for range 30 {
		p, err := Start(t.Context(), Options{Addr: addr, Credentials: credentials})
		if err != nil {
			t.Fatal(err)
		}
		addr = p.listener.Addr().String()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPersonas(t *testing.T) {
	people := Personas()
	if len(people) < 8 {
		t.Fatalf("%d personas", len(people))
	}
	first := map[byte]bool{}
	ids := map[string]bool{}
	for _, person := range people {
		if ids[person.ID] || person.ID == "" || person.Data["myinfo.name"] != person.Name {
			t.Errorf("%+v", person)
		}
		ids[person.ID] = true
		nric := person.Data["myinfo.nric_number"]
		if !checkLetterRight(nric) {
			t.Errorf("%s: %s", person.ID, nric)
		}
		first[nric[0]] = true
		for _, scope := range dataScopes {
			if person.Data[scope] == "" || person.ID == people[0].ID && person.Data[scope] == "NA" {
				t.Errorf("%s: %s is %q", person.ID, scope, person.Data[scope])
			}
		}
	}
	if len(first) != 5 {
		t.Errorf("identity numbers start with %d of S, T, F, G, M", len(first))
	}
}

// checkLetterRight computes the check letter as PROTOCOL.md gives it.
func checkLetterRight(s string) bool {
	sum := map[byte]int{'T': 4, 'G': 4, 'M': 3}[s[0]]
	for i, weight := range []int{2, 7, 6, 5, 4, 3, 2} {
		sum += weight * int(s[i+1]-'0')
	}
	letters, at := "JZIHGFEDCBA", sum%11
	switch s[0] {
	case 'F', 'G':
		letters = "XWUTRQPNMLK"
	case 'M':
		letters, at = "KLJNPQRTUWX", 10-sum%11
	}
	return s[8] == letters[at]
}
