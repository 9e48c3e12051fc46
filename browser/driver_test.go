package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
	"sgidcheck/internal/loopback"
)

// freeRedirect is a redirect URI on loopback whose port nobody listens on.
func freeRedirect(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("http://127.0.0.1:%d/callback", loopback.FreePort(t))
}

func driver(t *testing.T, o DriverOptions) *Driver {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	o.Late = 800 * time.Millisecond
	d, err := NewDriver(chromium, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// site is a provider whose authorize endpoint shows page; what is submitted to
// /login comes back on the redirect URI.
func site(t *testing.T, page string, more map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	redirect := func(w http.ResponseWriter, r *http.Request) string {
		c, err := r.Cookie("back")
		if err != nil {
			http.Error(w, "no cookie", http.StatusBadRequest)
			return ""
		}
		back, _ := url.QueryUnescape(c.Value)
		return back
	}
	if more["/authorize"] == nil {
		mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
			r.ParseForm()
			http.SetCookie(w, &http.Cookie{Name: "back", Value: url.QueryEscape(r.Form.Get("redirect_uri") + "?state=" + url.QueryEscape(r.Form.Get("state")) + "&"), Path: "/"})
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte("<!doctype html><title>Login</title>" + strings.ReplaceAll(page, "{back}", r.Form.Get("redirect_uri"))))
		})
	}
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		if back := redirect(w, r); back != "" {
			http.Redirect(w, r, back+r.Form.Encode(), http.StatusSeeOther)
		}
	})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) {
		if back := redirect(w, r); back != "" {
			http.Redirect(w, r, back+"error=access_denied", http.StatusSeeOther)
		}
	})
	for path, h := range more {
		mux.HandleFunc(path, h)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func authorization(s *httptest.Server, redirect string) login.Authorization {
	return login.Authorization{
		Endpoint: s.URL + "/authorize", RedirectURIs: []string{redirect},
		Params: url.Values{"redirect_uri": {redirect}, "state": {"a state&=%41"}},
	}
}

const radioPage = `<form role=search action=/find><input name=q></form>
<form method="post" action="/login"><input type=hidden name=transaction value="t&amp;1">
<label><input type=radio name=persona value=one checked> Tan Ah Kow</label>
<label><input type=radio name=persona value=two> Lim Bee Hoon</label>
<input type=checkbox name=terms value=yes required><input type=checkbox name=news value=yes>
<button name=decision value=login>Log in</button><button name=decision value=cancel>Cancel</button></form>`

const selectPage = `<form method=post action=/login><select name=user><option value="">Choose</option>
<option value=a>Ann</option><option value=b>Ben</option></select><input type=submit name=go value="Continue"></form>
<a href="/abort">[ Cancel ]</a>`

const textPage = `<form method=get action="/login"><input name=prompt type=hidden value=login>
<input type=text name=login placeholder="Enter any login"><input type=password name=password>
<button type=submit>Sign-in</button></form>`

const latePage = `<p>Loading…</p><script>setTimeout(() => document.body.innerHTML = ` + "`" + radioPage + "`" + `, 300)</script>`

// A page whose second step replaces the first without loading anything.
const twoStepPage = `<form id=f method=post action=/login><div id=one><input name=user><button type=button id=next>Next</button></div></form>
<script>next.onclick = () => { const u = f.user.value; f.innerHTML = '<input type=hidden name=user value="'+u+'"><input type=password name=pin><button>Log in</button>' }</script>`

const listPage = `<form class=search-form><input name=search></form><form id=login method=post><input id=who list=ids oninput="const o=[...ids.options].find(o=>o.value==who.value); if (o) location.href=o.dataset.asserturl">
<datalist id=ids><option value="S9812379B [MyInfo]" data-asserturl="{back}?code=one"><option value="S9912370B [MyInfo]" data-asserturl="{back}?code=two"></datalist></form>`

// A page that shows its form when a button outside of it is pressed.
const openerPage = `<button onclick="box.hidden=false">Login <i></i></button><div id=box hidden><form method=post action=/login><input type=hidden name=t value=null><input name=user></form></div>`

const dressedPage = `<style>input[type=radio]{position:absolute;opacity:0;width:0;height:0}</style>` + radioPage

func TestDriverLogsIn(t *testing.T) {
	for _, tt := range []struct {
		name, page string
		opt        DriverOptions
		person     int
		cancel     bool
		wants      map[string]string
		persona    string
		formError  string
		noCancel   bool
	}{
		{name: "radio, first person", page: radioPage, wants: map[string]string{"persona": "one", "decision": "login", "terms": "yes", "transaction": "t&1", "news": ""}, persona: "one"},
		{name: "radio, second person", page: radioPage, person: 1, wants: map[string]string{"persona": "two"}, persona: "two"},
		{name: "radio, by its label", page: radioPage, opt: DriverOptions{Persona: "lim bee hoon"}, wants: map[string]string{"persona": "two"}, persona: "two"},
		{name: "radio, cancel", page: radioPage, cancel: true, wants: map[string]string{"decision": "cancel"}},
		{name: "radio, unknown person", page: radioPage, opt: DriverOptions{Persona: "nobody"}, formError: `"nobody"`},
		{name: "radios hidden behind their labels", page: dressedPage, person: 1, wants: map[string]string{"persona": "two"}, persona: "two"},
		{name: "select", page: selectPage, wants: map[string]string{"user": "a", "go": "Continue"}, persona: "a"},
		{name: "select, cancel by a link", page: selectPage, cancel: true, wants: map[string]string{"error": "access_denied"}},
		{name: "text field", page: textPage, opt: DriverOptions{Persona: "alice"}, wants: map[string]string{"login": "alice", "password": "password"}, persona: "alice"},
		{name: "cancel not offered", page: textPage, cancel: true, formError: "no way to cancel", noCancel: true},
		{name: "a form that appears late", page: latePage, wants: map[string]string{"persona": "one"}, persona: "one"},
		{name: "a second step on the same page", page: twoStepPage, opt: DriverOptions{Persona: "bob"}, wants: map[string]string{"user": "bob", "pin": "password"}},
		{name: "a list that leads on by script", page: listPage, wants: map[string]string{"code": "one"}, persona: "S9812379B [MyInfo]"},
		{name: "a list, named", page: listPage, opt: DriverOptions{Persona: "S9912370B"}, wants: map[string]string{"code": "two"}, persona: "S9912370B [MyInfo]"},
		{name: "a form behind a button", page: openerPage, opt: DriverOptions{Persona: "cy"}, wants: map[string]string{"user": "cy"}, persona: "cy"},
		{name: "no form", page: "<p>Nothing here", formError: "no login form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := site(t, tt.page, nil)
			a := authorization(s, freeRedirect(t))
			a.Person, a.Cancel = tt.person, tt.cancel
			l, err := driver(t, tt.opt).Authorize(within(t, 3*time.Minute), a)
			if err != nil {
				t.Fatal(err)
			}
			if tt.formError != "" {
				if l.Kind != login.ResponsePage || !strings.Contains(l.FormError, tt.formError) || l.NoCancel != tt.noCancel {
					t.Fatalf("landed on %s, form error %q, no cancel %v", l.Kind, l.FormError, l.NoCancel)
				}
				return
			}
			if l.Kind != login.ResponseCallback {
				t.Fatalf("landed on %s, status %d, form error %q", l.Kind, l.Status, l.FormError)
			}
			for name, want := range tt.wants {
				if got := l.Params.Get(name); got != want {
					t.Errorf("%s came back as %q, want %q", name, got, want)
				}
			}
			if !strings.Contains(tt.page, "asserturl") && l.Params.Get("state") != "a state&=%41" {
				t.Errorf("state came back as %q", l.Params.Get("state"))
			}
			if tt.persona != "" && l.Persona != tt.persona {
				t.Errorf("the persona is %q, want %q", l.Persona, tt.persona)
			}
			if l.Page == nil || !strings.Contains(string(l.Page.Body()), "<title>Login") {
				t.Error("the login page's body was not kept")
			}
		})
	}
}

// thirdPage is a login that no driver knows: two steps, a pop-up window, and a
// field that appears late.
func thirdPage(t *testing.T) *httptest.Server {
	html := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte("<!doctype html><title>Third</title>" + body))
		}
	}
	return site(t, `<p>Welcome</p><a id=start href="#" onclick="window.open('/popup?'+Math.random(),'w','width=400,height=500'); return false">Log in with Somebody</a>`,
		map[string]http.HandlerFunc{
			"/popup": html(`<h1>Who are you?</h1><script>setTimeout(() => {
				document.body.insertAdjacentHTML('beforeend', '<label>Your name <input id=name></label><select id=town><option value=1>Ang Mo Kio<option value=2>Bedok</select><button onclick="location.href=\'/consent?who=\'+document.querySelector(\'#name\').value+\'&town=\'+document.querySelector(\'#town\').value">Continue</button>')
			}, 250)</script>`),
			"/consent": func(w http.ResponseWriter, r *http.Request) {
				html(`<p>Share your data?</p><form action=/login><input type=hidden name=who value="`+r.URL.Query().Get("who")+`"><input type=hidden name=town value="`+r.URL.Query().Get("town")+`"><button>Approve</button></form>`)(w, r)
			},
		})
}

func TestStepsDriveAPageThatNoDriverKnows(t *testing.T) {
	s := thirdPage(t)
	steps := []config.Step{
		{Action: "click", Target: "text=log in with somebody"},
		{Action: "fill", Target: "text=Your name", Value: "$PERSONA"},
		{Action: "select", Target: "#town", Value: "Bedok"},
		{Action: "click", Target: "text=Continue"},
		{Action: "wait", Target: "text=Share your data?"},
		{Action: "click", Target: "text=Approve"},
	}
	for name, redirect := range map[string]string{
		"a listener on loopback":  freeRedirect(t),
		"caught before it leaves": "https://agency.example/back",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := driver(t, DriverOptions{Persona: "Ada", Steps: steps}).Authorize(within(t, 3*time.Minute), authorization(s, redirect))
			if err != nil {
				t.Fatal(err)
			}
			if l.Kind != login.ResponseCallback || l.Params.Get("who") != "Ada" || l.Params.Get("town") != "2" {
				t.Fatalf("landed on %s at %s: %s", l.Kind, l.Location, l.FormError)
			}
		})
	}
}

func TestDriverLandings(t *testing.T) {
	leaked := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { leaked <- r.URL.String() }))
	defer other.Close()
	redirect := freeRedirect(t)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		change  func(*login.Authorization)
		kind    login.ResponseKind
		status  int
		check   func(*login.Response) bool
	}{
		{name: "another host is not followed", kind: login.ResponseElsewhere, status: 302,
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, other.URL+"/?code=secret", http.StatusFound)
			},
			check: func(l *login.Response) bool { return l.Code() == "" && l.Params.Get("code") == "secret" }},
		{name: "callback with a fragment, caught in the browser", kind: login.ResponseCallback, status: 302,
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://agency.example/cb?code=c#code=f", http.StatusFound)
			},
			change: func(a *login.Authorization) { a.RedirectURIs = []string{"https://agency.example/cb"} },
			check:  func(l *login.Response) bool { return l.Code() == "c" && l.Fragment == "code=f" }},
		{name: "a path that is not the callback's", kind: login.ResponseElsewhere, status: 303,
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, redirect+"/evil?code=x", http.StatusSeeOther)
			}},
		{name: "refusal", kind: login.ResponseRefusal, status: 400,
			handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(400); w.Write([]byte("<p>no such client")) },
			check:   func(l *login.Response) bool { return strings.Contains(string(l.Final.Body()), "no such client") }},
		{name: "server error without a body", kind: login.ResponseServerError, status: 503,
			handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }},
		{name: "no answer", kind: login.ResponseNone,
			handler: func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "JSON", kind: login.ResponseOther, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Write([]byte("{}"))
			}},
		{name: "page only", kind: login.ResponsePage, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.Write([]byte(radioPage))
			},
			change: func(a *login.Authorization) { a.PageOnly = true },
			check:  func(l *login.Response) bool { return l.FormError == "" && len(l.Exchanges) == 1 && l.Page != nil }},
		{name: "by POST", kind: login.ResponseRefusal, status: 418, change: func(a *login.Authorization) { a.Method = "POST" },
			handler: func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "POST" && r.URL.RawQuery == "" && r.PostFormValue("state") == "a state&=%41" {
					w.WriteHeader(418)
				}
			}},
		{name: "with a field of its own", kind: login.ResponseRefusal, status: 418,
			change: func(a *login.Authorization) { a.Header = http.Header{"X-Show-Login-Page": {"true"}} },
			handler: func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Show-Login-Page") == "true" {
					w.WriteHeader(418)
				}
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := site(t, "", map[string]http.HandlerFunc{"/authorize": tt.handler})
			s.Config.ErrorLog = nil
			a := authorization(s, redirect)
			if tt.change != nil {
				tt.change(&a)
			}
			l, err := driver(t, DriverOptions{}).Authorize(within(t, 3*time.Minute), a)
			if err != nil {
				t.Fatal(err)
			}
			if l.Kind != tt.kind || l.Status != tt.status || tt.check != nil && !tt.check(l) {
				t.Errorf("landed on %s with status %d at %s: %s; final %+v", l.Kind, l.Status, l.Location, l.FormError, l.Final)
			}
			if l.Final == nil || l.Final != l.Exchanges[len(l.Exchanges)-1] {
				t.Error("the last exchange is not the final one")
			}
		})
	}
	if len(leaked) > 0 {
		t.Error("something was sent to another host")
	}
}

// A listener on the redirect URI takes the callback it waits for, once.
func TestListenerTakesOneState(t *testing.T) {
	var l listeners
	defer l.close()
	redirect := freeRedirect(t)
	got := make(chan string, 4)
	if _, ok := l.expect(redirect, "s1", func(a string) { got <- a }); !ok {
		t.Fatal("the redirect URI cannot be served")
	}
	for _, step := range []struct {
		query string
		want  int
	}{{"?state=other&code=c", 404}, {"", 404}, {"x?state=s1", 404}, {"?state=s1&code=c", 200}, {"?state=s1&code=c", 404}} {
		r, err := http.Get(redirect + step.query)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != step.want {
			t.Errorf("%q was answered with %d, want %d", step.query, r.StatusCode, step.want)
		}
	}
	if len(got) != 1 || !strings.HasSuffix(<-got, "?state=s1&code=c") {
		t.Error("the callback did not arrive exactly once")
	}
	if _, ok := l.expect("https://agency.example/cb", "s", nil); ok {
		t.Error("a redirect URI that is not on loopback was served")
	}
}

// A form that the page's own policy forbids to send leads nowhere, and the
// response says why; what its script does instead still counts.
func TestAFormThatThePagesPolicyForbids(t *testing.T) {
	const another = `<script>addEventListener("securitypolicyviolation", () => setTimeout(() => { location = "{back}?who=script" }, 300))</script>`
	const enforced, reportOnly = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
	for _, tt := range []struct{ name, header, policy, more, way string }{
		{name: "it is not sent", header: enforced, policy: "form-action 'none'"},
		{name: "its redirect is not followed", header: enforced, policy: "form-action 'self'"},
		{name: "a script goes another way", header: enforced, policy: "form-action 'none'", more: another, way: "script"},
		{name: "the policy only reports, and the redirect is slow", header: reportOnly, policy: "form-action 'none'", way: "Ada"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			redirect := freeRedirect(t)
			s := site(t, "", map[string]http.HandlerFunc{
				"/authorize": func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
					w.Header().Set(tt.header, tt.policy)
					io.WriteString(w, `<!doctype html><title>Login</title><form method="post" action="/sent"><button name="who" value="Ada">Ada</button></form>`+strings.ReplaceAll(tt.more, "{back}", redirect))
				},
				"/sent": func(w http.ResponseWriter, r *http.Request) {
					select { // longer than a refused form is waited for
					case <-time.After(2 * lateControl):
					case <-r.Context().Done():
					}
					http.Redirect(w, r, redirect+"?who="+r.PostFormValue("who"), http.StatusSeeOther)
				},
			})
			l, err := driver(t, DriverOptions{Timeout: time.Minute}).Authorize(within(t, 3*time.Minute), authorization(s, redirect))
			if err != nil {
				t.Fatal(err)
			}
			if tt.way != "" {
				if l.Kind != login.ResponseCallback || l.Params.Get("who") != tt.way {
					t.Errorf("it led to %s at %s: %s", l.Kind, l.Location, l.FormError)
				}
			} else if l.Kind != login.ResponsePage || !strings.Contains(l.FormError, "(form-action)") || l.NoCancel {
				t.Errorf("it led to %s at %s: %s", l.Kind, l.Location, l.FormError)
			}
		})
	}
}
