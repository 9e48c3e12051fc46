package provider

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var dataTransaction = regexp.MustCompile(`data-transaction="([^"]+)"`)

// scripted plays the page's script: it posts to a path of the login page, with
// the cookies of the page where there is one.
func (p *Provider) script(page *answer, path, transaction string) answer {
	r := formRequest(path, url.Values{"transaction": {transaction}})
	if page != nil {
		for _, c := range page.Result().Cookies() {
			r.AddCookie(c)
		}
	}
	return p.do(r)
}

// qrLogin opens the login page and has its code drawn: what it says.
func (p *Provider) qrLogin(t *testing.T, shown *string) (page answer, transaction string) {
	t.Helper()
	page = p.getAuthorize(p.authorizeRequest())
	m := dataTransaction.FindStringSubmatch(page.Body.String())
	if m == nil || strings.Contains(page.Body.String(), "<form") {
		t.Fatalf("no page with a QR code: %d %s", page.Code, page.Body)
	}
	drawn := p.script(&page, pathCode, m[1])
	if rows, _ := drawn.members["rows"].([]any); len(rows) < 21 || *shown == "" {
		t.Fatalf("no QR code to draw: %s; shown %q", drawn.Body, *shown)
	}
	return page, m[1]
}

func TestQRPageLeadsBackOnceThePhoneHasAgreed(t *testing.T) {
	var shown string
	p := start(t, Options{LoginPage: LoginPageQR, Host: "api-stg.example", Shown: func(code string) { shown = code }})
	if !strings.HasPrefix(p.Issuer(), "http://api-stg.example:") {
		t.Errorf("the issuer is %s", p.Issuer())
	}
	page, id := p.qrLogin(t, &shown)
	if err := p.Scan(shown, 1); err != nil {
		t.Fatal(err)
	}
	if stolen := p.script(nil, pathWait, id); stolen.text("location") != "" {
		t.Errorf("another browser is told the redirect: %s", stolen.Body)
	}
	to, err := url.Parse(p.script(&page, pathWait, id).text("location"))
	if err != nil || to.Query().Get("code") == "" || to.Query().Get("state") != "a state" {
		t.Fatalf("the page is led to %v", to)
	}
	if got := p.redeemed(to.Query().Get("code")); got.text("id_token") == "" {
		t.Errorf("the code is not redeemed: %s", got.Body)
	}
	if p.Scan(shown, 0) == nil {
		t.Error("one QR code was scanned twice")
	}
	if p.do(formRequest("/v2/login", url.Values{"transaction": {id}, "persona": {Personas()[0].ID}, "decision": {"login"}})).Code != http.StatusNotFound {
		t.Error("the login can be submitted without a phone")
	}
}

func TestQRPageThatNobodyAgreesTo(t *testing.T) {
	var shown string
	p := start(t, Options{LoginPage: LoginPageQR, Shown: func(code string) { shown = code }})
	page, id := p.qrLogin(t, &shown)
	if err := p.Scan(shown, -1); err != nil {
		t.Fatal(err)
	}
	if to := p.script(&page, pathWait, id).text("location"); !strings.Contains(to, "error=access_denied") || strings.Contains(to, "code=") {
		t.Errorf("a login that was declined leads to %s", to)
	}
	p.qrLogin(t, &shown)
	p.Advance(loginLifetime + time.Second)
	if p.Scan(shown, 0) == nil {
		t.Error("a QR code that has run out was scanned")
	}
	if p.Scan("https://elsewhere.example/v2/login/other?code=x", 0) == nil {
		t.Error("a QR code of somebody else was scanned")
	}
}

func TestPhonePageStandsForThePhone(t *testing.T) {
	var shown string
	p := start(t, Options{LoginPage: LoginPageQR, Shown: func(code string) { shown = code }})
	page, id := p.qrLogin(t, &shown)
	_, query, _ := strings.Cut(shown, "?")
	if got := p.do(httptest.NewRequest("GET", pathScan+"?"+query, nil)); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "myinfo.name") {
		t.Fatalf("the phone is shown %d %s", got.Code, got.Body)
	}
	form, _ := url.ParseQuery(query)
	form.Set("persona", Personas()[2].ID)
	form.Set("decision", "login")
	p.do(formRequest(pathScan, form))
	if to := p.script(&page, pathWait, id).text("location"); !strings.Contains(to, "code=") {
		t.Errorf("the page is led to %q", to)
	}
}

func TestPhoneScansByItself(t *testing.T) {
	p := start(t, Options{LoginPage: LoginPageQR, Phone: time.Millisecond})
	shown := "by the option alone"
	page, id := p.qrLogin(t, &shown)
	if to := p.script(&page, pathWait, id).text("location"); !strings.Contains(to, "code=") {
		t.Errorf("the page is led to %q", to)
	}
}

func TestQRPageRefusesAsDocumentedOrByVariant(t *testing.T) {
	for want, variants := range map[int][]string{http.StatusOK: nil, http.StatusBadRequest: {"error-page-400"}} {
		p := start(t, Options{LoginPage: LoginPageQR, Variants: variants})
		got := p.getAuthorize(p.authorizeRequest("response_type", "token"))
		if got.Code != want || !strings.Contains(got.Body.String(), "unsupported_response_type") || dataTransaction.MatchString(got.Body.String()) {
			t.Errorf("with %v a bad request is answered with %d: %s", variants, got.Code, got.Body)
		}
	}
}

func TestAppShowsTheSamePageForEverything(t *testing.T) {
	p := start(t, Options{LoginPage: LoginPageApp})
	good, bad := p.authorizeRequest(), p.authorizeRequest("response_type", "token")
	if p.getAuthorize(good).Body.String() != p.getAuthorize(bad).Body.String() {
		t.Error("the page of a bad request differs")
	}
	if got := p.do(httptest.NewRequest("POST", pathStart+"?"+bad.Encode(), nil)); got.text("error") != "unsupported_response_type" || got.text("transaction") != "" {
		t.Errorf("a bad request is started: %s", got.Body)
	}
	begun := p.do(httptest.NewRequest("POST", pathStart+"?"+good.Encode(), nil))
	if rows, _ := p.script(&begun, pathCode, begun.text("transaction")).members["rows"].([]any); len(rows) < 21 {
		t.Errorf("a good request has no QR code: %s", begun.Body)
	}
}

func TestLoginPageThatCannotBe(t *testing.T) {
	for name, o := range map[string]Options{
		"unknown":              {LoginPage: "sms"},
		"a phone without code": {Phone: time.Second},
		"a phone too early":    {LoginPage: LoginPageQR, Phone: -time.Second},
		"a host with a port":   {Host: "api-stg.example:443"},
		"a host that is a URL": {Host: "https://api-stg.example"},
	} {
		o.Credentials = credentials
		if p, err := Start(t.Context(), o); err == nil {
			_ = p.Close()
			t.Errorf("%s: it is served", name)
		}
	}
}

func TestHostIsInTheCertificate(t *testing.T) {
	p := start(t, Options{TLS: true, Host: "api-stg.example"})
	client := trusting(p)
	client.Transport.(*http.Transport).DialContext = dialTo(p.listener.Addr().String())
	r, _ := http.NewRequest("GET", p.Issuer()+"/.well-known/openid-configuration", nil)
	if got, body := fetch(t, client, r); got.StatusCode != http.StatusOK || !strings.Contains(string(body), `"`+p.Issuer()+`"`) {
		t.Errorf("status %d: %s", got.StatusCode, body)
	}
}

func TestPortalFolderHoldsWhatAClientNeeds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "portal")
	p := start(t, Options{TLS: true, ClientDir: dir, RedirectURIs: []string{"https://agency.example/back"}})
	for i, prefix := range []string{"", "second-"} {
		c := p.Clients()[i]
		for name, want := range map[string]string{
			"client-id.txt": c.ID, "client-secret.txt": c.Secret, "private-key.pem": strings.TrimSpace(c.PrivateKey),
			"redirect-uri.txt": c.RedirectURIs[0], "scopes.txt": strings.Join(c.Scopes, " "),
		} {
			path := filepath.Join(dir, prefix+name)
			body, err := os.ReadFile(path)
			if err != nil || strings.TrimSpace(string(body)) != want {
				t.Errorf("%s%s holds %q, %v", prefix, name, body, err)
			}
			if info, err := os.Stat(path); err == nil && strings.Contains(name, "secret") && info.Mode().Perm() != 0o600 {
				t.Errorf("%s%s: mode %o", prefix, name, info.Mode().Perm())
			}
		}
	}
	if ca, err := os.ReadFile(filepath.Join(dir, "ca.pem")); err != nil || !bytes.Equal(ca, p.CA()) {
		t.Errorf("the CA is not there: %v", err)
	}
	if a := p.getAuthorize(p.authorizeRequest("redirect_uri", "https://agency.example/back")); a.Code != http.StatusOK {
		t.Errorf("the redirect URI is not registered: %d", a.Code)
	}
	if q, err := Start(t.Context(), Options{Credentials: credentials, RedirectURIs: []string{"/callback"}}); err == nil {
		_ = q.Close()
		t.Error("a relative redirect URI is registered")
	}
}
