package demoapp

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/login"
	"sgidcheck/internal/loopback"
	"sgidcheck/internal/provider"
)

// credentials are made once: RSA keys cost time.
var credentials = sync.OnceValues(provider.NewCredentials)

// world is a provider and an application that logs in there.
type world struct {
	t        *testing.T
	provider *provider.Provider
	app      *App
	log      *logText
}

// logText is the application's log, written and read at once.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serve serves both; the application is registered at the provider.
func serve(t *testing.T, po provider.Options, ao Options) *world {
	t.Helper()
	made, err := credentials()
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", loopback.FreePort(t))
	c := made.Clients[0]
	c.RedirectURIs = []string{"http://" + addr + "/callback"}
	po.Credentials, po.Clients = made, []provider.Client{c}
	p, err := provider.Start(t.Context(), po)
	if err != nil {
		t.Fatal(err)
	}
	ao.Settings = Settings{
		Hostname: strings.TrimSuffix(p.Issuer(), "/v2"), ClientID: c.ID, ClientSecret: c.Secret, PrivateKey: c.PrivateKey,
		RedirectURI: c.RedirectURIs[0], Scopes: c.Scopes,
	}
	w := &world{t: t, provider: p, log: &logText{}}
	ao.Log = w.log
	if w.app, err = Start(t.Context(), ao); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.app.Close()
		_ = p.Close()
	})
	return w
}

// browser keeps cookies and follows no redirect.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// seen is a response that was read.
type seen struct {
	status   int
	location string
	body     string
}

func (w *world) get(b *http.Client, address string) seen {
	w.t.Helper()
	return w.send(b, http.MethodGet, address, nil)
}

func (w *world) send(b *http.Client, method, address string, form url.Values) seen {
	w.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", strings.TrimSuffix(w.provider.Issuer(), "/v2"))
	}
	answer, err := b.Do(r)
	if err != nil {
		return seen{}
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return seen{answer.StatusCode, answer.Header.Get("Location"), string(body)}
}

// toProvider opens the start page and returns the URL of the login page.
func (w *world) toProvider(b *http.Client) string {
	w.t.Helper()
	start := w.get(b, w.app.Origin()+PathLogin)
	if start.location != "" {
		return start.location
	}
	if fields := hidden(start.body); len(fields) > 0 {
		action := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(start.body)
		return html.UnescapeString(action[1]) + "?" + fields.Encode()
	}
	found := regexp.MustCompile(`href="(http[^"]*)"|"url":"([^"]*)"`).FindStringSubmatch(start.body)
	if found == nil {
		w.t.Fatalf("the start page leads nowhere: %d %s", start.status, start.body)
	}
	return strings.ReplaceAll(html.UnescapeString(found[1]+found[2]), `\u0026`, "&")
}

// hidden are the hidden fields of a page.
func hidden(page string) url.Values {
	form := url.Values{}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	return form
}

// back logs in at the provider and returns the callback's URL; empty: the
// provider refused.
func (w *world) back(b *http.Client) string {
	w.t.Helper()
	at := w.toProvider(b)
	shown := w.get(b, at)
	page, err := login.ReadPage([]byte(shown.body))
	if err != nil || len(page.Forms) == 0 {
		return ""
	}
	form := hidden(shown.body)
	form.Set("persona", provider.Personas()[0].ID)
	form.Set("decision", "login")
	base, _ := url.Parse(at)
	action, err := base.Parse(page.Forms[0].Action)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(b, http.MethodPost, action.String(), form).location
}

// logIn logs in and returns the response of the callback and what the protected
// page then shows.
func (w *world) logIn(b *http.Client) (callback, me seen) {
	w.t.Helper()
	to := w.back(b)
	if to == "" {
		w.t.Fatal("the provider refuses the login")
	}
	return w.get(b, to), w.get(b, w.app.Origin()+PathMe)
}

var somebody = provider.Personas()[0]

func (s seen) in() bool { return strings.Contains(s.body, somebody.Data["myinfo.name"]) }

func TestRightApplicationShowsEveryField(t *testing.T) {
	for _, algorithm := range []string{"A256GCMKW", "dir"} {
		t.Run(algorithm, func(t *testing.T) {
			w := serve(t, provider.Options{FieldAlgorithm: algorithm}, Options{})
			b := browser()
			if before := w.get(b, w.app.Origin()+PathMe); before.status != http.StatusUnauthorized || before.in() {
				t.Errorf("before the login: %d %s", before.status, before.body)
			}
			callback, me := w.logIn(b)
			if callback.status != http.StatusSeeOther || callback.location != PathMe {
				t.Errorf("the callback is answered %d %s", callback.status, callback.location)
			}
			for scope, value := range somebody.Data {
				if !strings.Contains(me.body, w.app.conduct.escape(value)) {
					t.Errorf("%s, %q, is not shown", scope, value)
				}
			}
			w.get(b, w.app.Origin()+PathLogout)
			if after := w.get(b, w.app.Origin()+PathMe); after.in() {
				t.Error("after the logout the person is shown")
			}
		})
	}
}

func TestVariantsLogIn(t *testing.T) {
	for _, v := range Variants() {
		t.Run(v.Name, func(t *testing.T) {
			w := serve(t, provider.Options{}, Options{Variants: []string{v.Name}})
			if _, me := w.logIn(browser()); !me.in() {
				t.Errorf("nobody is logged in: %d %s\n%s", me.status, me.body, w.log)
			}
		})
	}
}

func TestRightApplicationRefusesTheProvidersFaults(t *testing.T) {
	for _, fault := range []string{
		"token-without-id-token", "token-without-access-token", "token-access-token-empty", "token-as-form", "token-type-mac",
		"key-rsa1-5", "key-tag-broken", "field-tag-broken", "field-left-in-the-clear", "field-in-base64", "field-with-other-block-key",
		"field-zipped", "key-zipped", "field-critical-unknown", "key-critical-unknown", "field-not-utf8",
		"jwks-empty", "block-key-as-text",
	} {
		t.Run(fault, func(t *testing.T) {
			w := serve(t, provider.Options{Faults: []string{fault}}, Options{})
			callback, me := w.logIn(browser())
			if me.in() || callback.status != http.StatusBadRequest {
				t.Errorf("the callback is answered %d, and the person shown: %t", callback.status, me.in())
			}
			if !strings.Contains(w.log.String(), "login refused: ") {
				t.Errorf("the log does not say why:\n%s", w.log)
			}
		})
	}
}

// A flaw is the right behaviour plus one mistake: but for those that keep
// everybody out, people log in with it.
func TestFlawsLogIn(t *testing.T) {
	out := []string{
		"openid-not-asked", "response-type-token", "pkce-absent", "pkce-plain", "pkce-method-left-out", "pkce-challenge-padded",
		"pkce-challenge-of-hex", "pkce-verifier-short", "token-secret-by-basic", "token-secret-in-url", "token-by-get", "token-by-json",
		"access-token-in-url", "access-token-in-both", "access-token-in-body", "token-type-demanded",
		"hostname-hard-coded", "redirect-uri-hard-coded", "secret-wrong", "key-wrong", "login-shows-nothing", "start-hangs", "dies-of-the-callback",
		"data-in-cookie",
	}
	for _, f := range Flaws() {
		if slices.Contains(out, f.Name) {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			w := serve(t, provider.Options{}, Options{Flaws: []string{f.Name}})
			if callback, me := w.logIn(browser()); !me.in() {
				t.Errorf("nobody is logged in: callback %d %s, page %d %s\n%s", callback.status, callback.body, me.status, me.body, w.log)
			}
		})
	}
}

func TestFlawsAreListed(t *testing.T) {
	id := regexp.MustCompile(`^RP-\d\d$`)
	names := map[string]bool{}
	for _, f := range Flaws() {
		if names[f.Name] || f.Name == "" || !strings.HasSuffix(f.Breaks, ".") || len(f.Checks) == 0 {
			t.Errorf("flaw %+v: its name is taken, or it does not say what it breaks or who catches it", f)
		}
		names[f.Name] = true
		for _, check := range f.Checks {
			if !id.MatchString(check) || f.Collateral[check] != "" {
				t.Errorf("flaw %s: check %q", f.Name, check)
			}
		}
		for check, reason := range f.Collateral {
			if !id.MatchString(check) || reason == "" {
				t.Errorf("flaw %s: collateral %q: %q", f.Name, check, reason)
			}
		}
	}
}

func TestSettingsNameEveryMistake(t *testing.T) {
	_, err := Start(t.Context(), Options{Settings: Settings{Hostname: "api.id.gov.sg", RedirectURI: "/callback", PrivateKey: "no key"}})
	for _, name := range []string{"SGID_HOSTNAME", "SGID_CLIENT_ID", "SGID_CLIENT_SECRET", "SGID_REDIRECT_URI", "SGID_SCOPES", "SGID_PRIVATE_KEY"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}

func TestUnknownFlawNamesTheNearest(t *testing.T) {
	w := serve(t, provider.Options{}, Options{})
	_, err := Start(t.Context(), Options{Settings: w.app.settings, Flaws: []string{"state-uncheked"}})
	if err == nil || !strings.Contains(err.Error(), `"state-unchecked"`) {
		t.Errorf("error: %v", err)
	}
}

func TestDyingEndsTheApplication(t *testing.T) {
	w := serve(t, provider.Options{}, Options{Flaws: []string{"refusals-end-the-process"}})
	w.get(browser(), w.app.Origin()+"/callback?code=x&state=y")
	<-w.app.Done()
	if w.app.Err() != ErrDied {
		t.Errorf("error: %v", w.app.Err())
	}
}

func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"/me": "/me", "/a?b=c#d": "/a?b=c#d", "": "", "//evil.example": "", `/\evil.example`: "", "https://evil.example": "",
		"javascript:alert(1)": "", "@evil.example": "", ".evil.example": "", "/\t/evil.example": "", "/%2f/x": "/%2f/x",
	} {
		if got := localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}
