package login

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/client"
)

const callback = "http://127.0.0.1:8085/callback"

func newClient(t *testing.T, o client.Options) *client.Client {
	t.Helper()
	o.NoProxy = true
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func authorize(t *testing.T, d *Direct, endpoint string, change func(*Authorization)) *Response {
	t.Helper()
	a := Authorization{Endpoint: endpoint + "/authorize", Params: url.Values{"state": {"st"}}, RedirectURIs: []string{callback}}
	if change != nil {
		change(&a)
	}
	l, err := d.Authorize(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// pages is a provider whose authorize endpoint shows page, and whose /login
// redirects to the callback with whatever was submitted.
func pages(t *testing.T, page string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "tx", Value: "cookie-value", Path: "/"})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(page))
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		if c, err := r.Cookie("tx"); err != nil || c.Value != "cookie-value" {
			http.Error(w, "no cookie", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, callback+"?"+r.Form.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, callback+"?error=access_denied", http.StatusSeeOther)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
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

const textPage = `<form method=get action="/login?dropped=1"><input name=prompt type=hidden value=login>
<input type=text name=login placeholder="Enter any login"><input type=password name=password>
<button type=submit>Sign-in</button></form>`

const scriptPage = `<form id=search class=search-form><input name=search></form>
<form id="login" method="post"><input id="id-input" list="ids">
<datalist id="ids"><option value="S9812379B [MyInfo]" data-asserturl="` + callback + `?code=one&amp;state=st">S9812379B [MyInfo]</option>
<option value="S9912370B [MyInfo]" data-asserturl="` + callback + `?code=two&amp;state=st">x</option></datalist>
<input type="hidden" name="CSRFToken" value="null"></form>`

const linksPage = `<nav><a href="/login/help">Help</a> <a href="/login/terms">Terms</a></nav><h1>Log in as</h1>
<ul><li><a href="/login?user=ann#top">Ann Tan</a><li><a href="/login?user=ben">Ben Lim</a></ul><a href="/abort">Cancel</a>`

func TestDirectSubmitsTheLoginForm(t *testing.T) {
	for _, tt := range []struct {
		name, page        string
		persona, second   string
		person            int
		cancel            bool
		want              string // query of the callback
		persona1          string
		formError         string
		noCancel, landsOn bool
	}{
		{name: "radio, first person", page: radioPage, want: "decision=login&persona=one&terms=yes&transaction=t%261", persona1: "one"},
		{name: "radio, second person", page: radioPage, person: 1, want: "decision=login&persona=two&terms=yes&transaction=t%261", persona1: "two"},
		{name: "radio, by its label", page: radioPage, persona: "lim bee hoon", want: "decision=login&persona=two&terms=yes&transaction=t%261", persona1: "two"},
		{name: "radio, another than the first person", page: radioPage, persona: "two", person: 1, want: "decision=login&persona=one&terms=yes&transaction=t%261", persona1: "one"},
		{name: "radio, cancel", page: radioPage, cancel: true, want: "decision=cancel&persona=one&terms=yes&transaction=t%261", persona1: "one"},
		{name: "radio, unknown", page: radioPage, persona: "nobody", formError: `and "nobody" is not one of them`},
		{name: "select", page: selectPage, want: "go=Continue&user=a", persona1: "a"},
		{name: "select, second", page: selectPage, person: 1, second: "Ben", want: "go=Continue&user=b", persona1: "b"},
		{name: "select, cancel by a link", page: selectPage, cancel: true, want: "error=access_denied"},
		{name: "text by GET", page: textPage, persona: "alice", want: "login=alice&password=password&prompt=login", persona1: "alice"},
		{name: "text, cancel not offered", page: textPage, cancel: true, formError: "no way to cancel", noCancel: true},
		{name: "choice by script", page: scriptPage, want: "code=one&state=st", persona1: "S9812379B [MyInfo]"},
		{name: "choice by script, named", page: scriptPage, persona: "S9912370B", want: "code=two&state=st", persona1: "S9912370B [MyInfo]"},
		{name: "line breaks in a hidden field", page: strings.Replace(textPage, "value=login>", "value='a\r\nb\nc&#13;d&#13;&#10;e'>", 1), persona: "alice",
			want: "login=alice&password=password&prompt=a%0D%0Ab%0D%0Ac%0D%0Ad%0D%0Ae", persona1: "alice"},
		{name: "text, a name that is made up", page: textPage, person: 1, want: "login=person-2&password=password&prompt=login"},
		{name: "text, the second person named", page: textPage, person: 1, second: "bob", want: "login=bob&password=password&prompt=login", persona1: "bob"},
		{name: "a new window", page: strings.Replace(radioPage, `method="post"`, `method="post" target=_blank`, 1), want: "decision=login&persona=one&terms=yes&transaction=t%261", persona1: "one"},
		{name: "links to people", page: linksPage, want: "user=ann", persona1: "ann"},
		{name: "links to people, the second", page: linksPage, person: 1, want: "user=ben", persona1: "ben"},
		{name: "links to people, by name", page: linksPage, persona: "Ben Lim", want: "user=ben", persona1: "ben"},
		{name: "links to people, unknown", page: linksPage, persona: "nobody", formError: `and "nobody" is not one of them`},
		{name: "links to people, cancel", page: linksPage, cancel: true, want: "error=access_denied"},
		{name: "script", page: `<script>location = "/abort"</script>`, formError: "no login form"},
		{name: "no form", page: "<p>QR code", formError: "no login form"},
		{name: "two forms", page: "<form action=/a></form><form action=/b></form>", formError: "2 forms"},
		{name: "refresh", page: `<meta http-equiv=refresh content="0; url='/abort'">`, want: "error=access_denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := pages(t, tt.page)
			d := NewDirect(newClient(t, client.Options{}), tt.persona, tt.second)
			l := authorize(t, d, s.URL, func(a *Authorization) { a.Person, a.Cancel = tt.person, tt.cancel })
			if l.Unable != strings.Contains(tt.formError, "form") {
				t.Errorf("takes a browser: %t (%s)", l.Unable, l.FormError)
			}
			if tt.formError != "" {
				if l.Kind != ResponsePage || !strings.Contains(l.FormError, tt.formError) || l.NoCancel != tt.noCancel {
					t.Fatalf("landed on %s, form error %q, no cancel %v", l.Kind, l.FormError, l.NoCancel)
				}
				return
			}
			if l.Kind != ResponseCallback || l.Params.Encode() != tt.want || l.Persona != tt.persona1 {
				t.Errorf("landed on %s with %q as %q, want the callback with %q as %q (%s)", l.Kind, l.Params.Encode(), l.Persona, tt.want, tt.persona1, l.FormError)
			}
		})
	}
}

func TestDirectResponses(t *testing.T) {
	leak := ""
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { leak = r.URL.String() }))
	defer other.Close()
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		page    bool
		kind    ResponseKind
		status  int
		check   func(*Response) bool
	}{
		{name: "another host is not followed", kind: ResponseElsewhere, status: 302,
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, other.URL+"/?code=secret", http.StatusFound)
			},
			check: func(l *Response) bool { return leak == "" && l.Params.Get("code") == "secret" && l.Code() == "" }},
		{name: "the callback's host with another path is elsewhere", kind: ResponseElsewhere, status: 303,
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, callback+"/evil?code=x", http.StatusSeeOther)
			}},
		{name: "redirect loop", kind: ResponseOther, status: 302,
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/authorize?again", http.StatusFound)
			},
			check: func(l *Response) bool { return len(l.Exchanges) == maxHops && l.FormError != "" }},
		{name: "callback with fragment", kind: ResponseCallback, status: 302,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", callback+"?state=%zz&code=c#code=f")
				w.WriteHeader(302)
			},
			check: func(l *Response) bool {
				return l.Code() == "c" && l.Params.Get("state") == "%zz" && l.Fragment == "code=f"
			}},
		{name: "refusal", kind: ResponseRefusal, status: 400,
			handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(400) }},
		{name: "server error", kind: ResponseServerError, status: 503,
			handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }},
		{name: "no answer", kind: ResponseNone, status: 0,
			handler: func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "redirect without Location", kind: ResponseOther, status: 302,
			handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(302) }},
		{name: "page only", kind: ResponsePage, status: 200, page: true,
			handler: func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html><form>")) },
			check:   func(l *Response) bool { return l.FormError == "" && len(l.Exchanges) == 1 }},
		{name: "the same page for ever", kind: ResponsePage, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Write([]byte("<html><form method=post><input name=user>"))
			},
			check: func(l *Response) bool { return len(l.Exchanges) == maxPages+1 }},
		{name: "not a page", kind: ResponseOther, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Write([]byte("{}"))
			}},
		{name: "a 307 repeats the form", kind: ResponseCallback, status: 303,
			handler: func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/b" && r.PostFormValue("user") == "person-1":
					http.Redirect(w, r, callback+"?code=c", http.StatusSeeOther)
				case r.Method == http.MethodPost:
					http.Redirect(w, r, "/b", http.StatusTemporaryRedirect)
				default:
					w.Write([]byte("<html><form method=post><input name=user>"))
				}
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(tt.handler)
			defer s.Close()
			l := authorize(t, NewDirect(newClient(t, client.Options{}), "", ""), s.URL, func(a *Authorization) { a.PageOnly = tt.page })
			if l.Kind != tt.kind || l.Status != tt.status || tt.check != nil && !tt.check(l) {
				t.Errorf("landed on %s with status %d: %+v", l.Kind, l.Status, l)
			}
			if l.Final == nil || l.Final != l.Exchanges[len(l.Exchanges)-1] {
				t.Error("the last exchange is not the final one")
			}
		})
	}
}

// What a redirect repeats is the browser's rule (Fetch, "HTTP-redirect fetch"):
// 307 and 308 repeat method and body, the others become a GET.
func TestDirectRepeatsWhatTheRedirectSays(t *testing.T) {
	const form, odd = "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"
	for _, tt := range []struct {
		status            int
		method            string
		wantMethod, media string
		body              string
	}{
		{301, "POST", "GET", "", ""},
		{302, "POST", "GET", "", ""},
		{303, "POST", "GET", "", ""},
		{307, "POST", "POST", odd, "state=st"},
		{308, "POST", "POST", odd, "state=st"},
		{307, "", "GET", "", ""},
		{308, "", "GET", "", ""},
	} {
		t.Run(fmt.Sprint(tt.status, " ", tt.method), func(t *testing.T) {
			var method, media, body string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/next" {
					read, _ := io.ReadAll(r.Body)
					method, media, body = r.Method, r.Header.Get("Content-Type"), string(read)
					http.Redirect(w, r, callback, http.StatusSeeOther)
					return
				}
				w.Header().Set("Location", "/next")
				w.WriteHeader(tt.status)
			}))
			defer s.Close()
			authorize(t, NewDirect(newClient(t, client.Options{}), "", ""), s.URL, func(a *Authorization) {
				a.Method, a.Header = tt.method, http.Header{"Content-Type": {odd}}
			})
			if method != tt.wantMethod || media != tt.media || body != tt.body {
				t.Errorf("sent on as %s, %q, %q; want %s, %q, %q", method, media, body, tt.wantMethod, tt.media, tt.body)
			}
		})
	}
	t.Run("a form has its own media type", func(t *testing.T) {
		var media, origin string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				media, origin = r.Header.Get("Content-Type"), r.Header.Get("Origin")
				http.Redirect(w, r, callback, http.StatusSeeOther)
				return
			}
			w.Write([]byte("<html><form method=post action=/login><input name=user>"))
		}))
		defer s.Close()
		authorize(t, NewDirect(newClient(t, client.Options{}), "", ""), s.URL, func(a *Authorization) {
			a.Method, a.Header = http.MethodPost, http.Header{"Content-Type": {odd}}
		})
		if media != form || origin != s.URL {
			t.Errorf("the form was sent as %q from %q", media, origin)
		}
	})
}

func TestAuthorizationRequest(t *testing.T) {
	get := Authorization{Endpoint: "https://idp.example/a?x=1", Params: url.Values{"scope": {"openid a+b"}, "state": {"1", "2"}}}
	if r := get.Request(); r.URL != "https://idp.example/a?x=1&scope=openid%20a%2Bb&state=1&state=2" {
		t.Errorf("GET goes to %s", r.URL)
	}
	post := Authorization{Method: "POST", Endpoint: "https://idp.example/a", Params: url.Values{"scope": {"openid b"}}}
	if r := post.Request(); r.URL != "https://idp.example/a" || string(r.Body) != "scope=openid+b" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("POST is %+v", r)
	}
}

func TestIsCallback(t *testing.T) {
	for location, want := range map[string]bool{
		callback:                   true,
		callback + "?code=1":       true,
		callback + "#f":            true,
		callback + "/":             false,
		callback + "2":             false,
		"http://127.0.0.1:8085/":   false,
		"https://q/cb?t=1&code=2":  true,
		"https://q/cb?code=2&t=1":  true,
		"https://q/cb?code=2&t=12": false,
		"https://q/cb?code=2":      false,
	} {
		if got := IsCallback(location, []string{callback, "https://q/cb?t=1"}); got != want {
			t.Errorf("IsCallback(%q) = %v", location, got)
		}
	}
}

// Pages that are nested or repeated to the limit must be read in one go.
func TestReadPageIsBounded(t *testing.T) {
	const n = client.DefaultMaxBody / 8
	for name, unit := range map[string]string{
		"labels": "<label>", "labels side by side": "<label></label>", "options": "<select><option>", "lists": "<datalist id=a><option>x", "forms": "<form>", "forms side by side": "<form></form>",
		"fields": "<input name=a>", "links": "<a href=x>", "spans": "<label><span>", "divs": "<div>", "buttons": "<button>",
	} {
		for _, head := range []string{"<form>", "<select>", strings.Repeat("<div>", 400) + "<form>", strings.Repeat("<label>", 400), strings.Repeat("<datalist>", 400)} {
			page, err := ReadPage([]byte(head + strings.Repeat(unit, (n-len(head))/len(unit))))
			if err != nil {
				continue
			}
			if len(page.Forms) > maxForms || len(page.Links) > maxFields {
				t.Errorf("%s: %d forms, %d links", name, len(page.Forms), len(page.Links))
			}
			for _, f := range page.Forms {
				if len(f.Fields)+len(f.Buttons) > maxFields {
					t.Errorf("%s: %d fields", name, len(f.Fields))
				}
			}
		}
	}
}

// Who waits at a page is called once it has come and before anything of it is sent,
// page by page; the way back is no page.
func TestAtPage(t *testing.T) {
	var came []string
	mux := http.NewServeMux()
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, _ *http.Request) {
		came = append(came, "first")
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<form method="post" action="/consent"><button>Log in</button></form>`))
	})
	mux.HandleFunc("/consent", func(w http.ResponseWriter, _ *http.Request) {
		came = append(came, "second")
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<form method="post" action="/done"><button>Share</button></form>`))
	})
	mux.HandleFunc("/done", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, callback+"?code=c", http.StatusSeeOther)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	l := authorize(t, NewDirect(newClient(t, client.Options{}), "", ""), server.URL, func(a *Authorization) {
		a.AtPage = func(n int) { came = append(came, fmt.Sprint(n)) }
	})
	if got := strings.Join(came, " "); got != "first 1 second 2" || l.Code() != "c" || len(l.Pages()) != 2 {
		t.Errorf("%q, code %q, %d pages", got, l.Code(), len(l.Pages()))
	}
}
