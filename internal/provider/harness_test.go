package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// credentials are made once: RSA keys are slow.
var credentials *Credentials

func TestMain(m *testing.M) {
	var err error
	if credentials, err = NewCredentials(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const testVerifier = "abcdefghijklmnopqrstuvwxyz-._~0123456789ABCDEFGH"

func challengeOf(verifier string) string {
	h := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

func start(t testing.TB, o Options) *Provider {
	t.Helper()
	if o.Credentials == nil {
		o.Credentials = credentials
	}
	p, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// answer is what the handler answered.
type answer struct {
	*httptest.ResponseRecorder
	members map[string]any // of a JSON body
}

func (p *Provider) do(r *http.Request) answer {
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	a := answer{ResponseRecorder: w}
	_ = json.Unmarshal(w.Body.Bytes(), &a.members)
	return a
}

func (a answer) text(name string) string {
	s, _ := a.members[name].(string)
	return s
}

// location is the redirect's URL, or an empty one.
func (a answer) location() *url.URL {
	u, err := url.Parse(a.Header().Get("Location"))
	if err != nil {
		return &url.URL{}
	}
	return u
}

func (p *Provider) authorizeRequest(changes ...string) url.Values {
	c := p.Clients()[0]
	v := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {c.RedirectURIs[0]},
		"scope": {"openid myinfo.name"}, "state": {"a state"}, "nonce": {"A-nonce"},
		"code_challenge": {challengeOf(testVerifier)}, "code_challenge_method": {"S256"},
	}
	return change(v, changes)
}

// change sets name, value, name, value…; the value "-" removes.
func change(v url.Values, changes []string) url.Values {
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "-" {
			v.Del(changes[i])
		} else {
			v.Set(changes[i], changes[i+1])
		}
	}
	return v
}

func (p *Provider) getAuthorize(v url.Values) answer {
	return p.do(httptest.NewRequest("GET", "/v2/oauth/authorize?"+v.Encode(), nil))
}

var transactionPattern = regexp.MustCompile(`name="transaction" value="([^"]+)"`)

// press presses a button of a login page, in the browser that was shown it.
func (p *Provider) press(t testing.TB, page answer, decision, persona string) answer {
	t.Helper()
	m := transactionPattern.FindStringSubmatch(page.Body.String())
	if m == nil {
		t.Fatalf("no login page: %d %s", page.Code, page.Body)
	}
	r := formRequest("/v2/login", url.Values{"transaction": {m[1]}, "persona": {persona}, "decision": {decision}})
	for _, c := range page.Result().Cookies() {
		r.AddCookie(c)
	}
	return p.do(r)
}

func formRequest(path string, v url.Values) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// code logs the first persona in, with changes to the usual request.
func (p *Provider) code(t testing.TB, changes ...string) string {
	t.Helper()
	a := p.press(t, p.getAuthorize(p.authorizeRequest(changes...)), "login", Personas()[0].ID)
	code := a.location().Query().Get("code")
	if code == "" {
		t.Fatalf("no code: %d %s", a.Code, a.Header().Get("Location"))
	}
	return code
}

func (p *Provider) tokenValues(code string, changes ...string) url.Values {
	c := p.Clients()[0]
	return change(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {c.ID}, "client_secret": {c.Secret},
		"code": {code}, "redirect_uri": {c.RedirectURIs[0]}, "code_verifier": {testVerifier},
	}, changes)
}

func (p *Provider) redeemed(code string, changes ...string) answer {
	return p.do(formRequest("/v2/oauth/token", p.tokenValues(code, changes...)))
}

func (p *Provider) askUserinfo(authorization ...string) answer {
	r := httptest.NewRequest("GET", "/v2/oauth/userinfo", nil)
	r.Header["Authorization"] = authorization
	if len(authorization) == 0 {
		delete(r.Header, "Authorization")
	}
	return p.do(r)
}

// trusting is a client that trusts the provider's CA.
func trusting(p *Provider) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.CA())
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
}

// fetch asks over the network.
func fetch(t testing.TB, client *http.Client, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b.Bytes()
}

func claimsOf(t testing.TB, idToken string) map[string]any {
	t.Helper()
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		t.Fatalf("ID token has %d parts", len(parts))
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(b, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// dialTo connects to one address, whatever is asked for.
func dialTo(address string) func(ctx context.Context, network, _ string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}
