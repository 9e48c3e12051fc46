package cookie

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

var midnight = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

func address(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCookiesAreABrowsers(t *testing.T) {
	const login = "https://sgid.example/v2/login"
	for _, tt := range []struct {
		name, from string
		set        []string
		to, want   string
	}{
		{"plain", login, []string{"a=b"}, login, "a=b"},
		{"quotes are a part of the value", login, []string{`a="b"`}, login, `a="b"`},
		{"JSON", login, []string{`a={"k":[1,2]}; Path=/`}, login, `a={"k":[1,2]}`},
		{"beyond ASCII", login, []string{"a=Zürich"}, login, "a=Zürich"},
		{"octets that are no UTF-8", login, []string{"a=\xff\xfe"}, login, "a=\xff\xfe"},
		{"backslash, comma and space", login, []string{`a=b\c, d e`}, login, `a=b\c, d e`},
		{"an equals sign in the value", login, []string{"a=b=c=="}, login, "a=b=c=="},
		{"a name that is no token", login, []string{"a[b]=c"}, login, "a[b]=c"},
		{"white space around", login, []string{" a \t= b ; Path = / "}, login, "a=b"},
		{"an empty value", login, []string{"a="}, login, "a="},
		{"no name", login, []string{"=b", "b"}, login, ""},
		{"control characters", login, []string{"a=b\x01", "b=\x7f"}, login, ""},
		{"too long", login, []string{"a=" + strings.Repeat("b", longest)}, login, ""},
		{"the later value in the place of the first", login, []string{"a=1", "b=2", "a=3"}, login, "a=3; b=2"},

		{"the folder of the request", login, []string{"a=b"}, "https://sgid.example/v2/oauth", "a=b"},
		{"not above it", login, []string{"a=b"}, "https://sgid.example/", ""},
		{"not beside it", login, []string{"a=b; Path=/v2"}, "https://sgid.example/v21", ""},
		{"its own path", login, []string{"a=b; Path=/v2/login"}, login, "a=b"},
		{"a path that does not begin with a slash", login, []string{"a=b; Path=v3"}, "https://sgid.example/v2/x", "a=b"},
		{"longer paths first", login, []string{"a=1; Path=/", "a=2; Path=/v2"}, login, "a=2; a=1"},
		{"the last of two paths", login, []string{"a=1; Path=/other; Path=/"}, login, "a=1"},

		{"this host alone", login, []string{"a=b"}, "https://x.sgid.example/v2/login", ""},
		{"hosts below the domain", login, []string{"a=b; Domain=.SGID.example"}, "https://x.sgid.example/v2/login", "a=b"},
		{"the domain above", "https://x.sgid.example/v2/login", []string{"a=b; Domain=sgid.example"}, login, "a=b"},
		{"another's domain", login, []string{"a=b; Domain=evil.example"}, login, ""},
		{"a domain that only ends so", "https://sgid.example/", []string{"a=b; Domain=d.example"}, "https://sgid.example/", ""},
		{"a public suffix", "https://id.gov.sg/", []string{"a=b; Domain=gov.sg"}, "https://id.gov.sg/", ""},
		{"an empty domain", login, []string{"a=b; Domain="}, login, "a=b"},
		{"an address as domain", "http://127.0.0.1:8089/", []string{"a=b; Domain=127.0.0.1"}, "http://127.0.0.1:8089/", "a=b"},
		{"a part of an address as domain", "http://127.0.0.1:8089/", []string{"a=b; Domain=0.0.1"}, "http://127.0.0.1:8089/", ""},
		{"ports are one", "http://127.0.0.1:8089/", []string{"a=b"}, "http://127.0.0.1:8090/", "a=b"},

		{"Secure over https", login, []string{"a=b; Secure"}, login, "a=b"},
		{"Secure is not sent over http", login, []string{"a=b; Secure"}, "http://sgid.example/v2/login", ""},
		{"Secure is not taken over http", "http://sgid.example/", []string{"a=b; Secure"}, "https://sgid.example/", ""},
		{"Secure on this machine", "http://127.0.0.1:8089/", []string{"a=b; secure"}, "http://127.0.0.1:8089/", "a=b"},
		{"Secure at localhost", "http://localhost:8089/", []string{"a=b; Secure"}, "http://localhost:8089/", "a=b"},
		{"SameSite=None and Secure", login, []string{"a=b; Secure; SameSite=None"}, login, "a=b"},
		{"SameSite=None and not Secure", login, []string{"a=b; SameSite=none"}, login, ""},
		{"the same over http on this machine", "http://localhost:8089/", []string{"a=b; SameSite=None"}, "http://localhost:8089/", ""},
		{"it replaces none", login, []string{"a=b", "a=c; SameSite=None"}, login, "a=b"},
		{"it deletes none", login, []string{"a=b", "a=; SameSite=None; Max-Age=0"}, login, "a=b"},
		{"SameSite of a word that is none", login, []string{"a=b; SameSite=No"}, login, "a=b"},
		{"__Host- as it must be", login, []string{"__Host-a=b; Secure; Path=/"}, login, "__Host-a=b"},
		{"__Host- with a domain", login, []string{"__Host-a=b; Secure; Path=/; Domain=sgid.example"}, login, ""},
		{"__Secure- without Secure", login, []string{"__Secure-a=b"}, login, ""},

		{"Max-Age to come", login, []string{"a=b; Max-Age=1"}, login, "a=b"},
		{"Max-Age 0 deletes", login, []string{"a=b", "a=; Max-Age=0"}, login, ""},
		{"a negative Max-Age deletes", login, []string{"a=b", "a=c; Max-Age=-5"}, login, ""},
		{"Max-Age that is no number", login, []string{"a=b; Max-Age=1x"}, login, "a=b"},
		{"Max-Age before Expires", login, []string{"a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, login, "a=b"},
		{"Expires to come", login, []string{"a=b; Expires=Sat, 03 Jan 2026 00:00:00 GMT"}, login, "a=b"},
		{"Expires gone by deletes", login, []string{"a=b", "a=b; expires=Thu, 01-Jan-1970 00:00:10 GMT"}, login, ""},
		{"Expires as some write it", login, []string{"a=b", "a=b; Expires=Thu Jan 01 1970 00:00:10 GMT+0000 (UTC)"}, login, ""},
		{"Expires with two digits", login, []string{"a=b", "a=b; Expires=Friday, 2-Jan-25 1:2:3"}, login, ""},
		{"Expires that is no date", login, []string{"a=b; Expires=0"}, login, "a=b"},
		{"deleted on another path", login, []string{"a=b; Path=/v2", "a=; Path=/; Max-Age=0"}, login, "a=b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			jar := &Jar{Now: func() time.Time { return midnight }}
			jar.Take(address(t, tt.from), tt.set)
			if got := jar.Header(address(t, tt.to)); got != tt.want {
				t.Errorf("Cookie: %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCookiesRunOut(t *testing.T) {
	now := midnight
	jar := &Jar{Now: func() time.Time { return now }}
	u := address(t, "https://sgid.example/")
	jar.Take(u, []string{"a=b; Max-Age=60", "c=d"})
	now = now.Add(time.Minute)
	if got := jar.Header(u); got != "c=d" {
		t.Errorf("Cookie: %s", got)
	}
}

func TestJarIsBounded(t *testing.T) {
	jar := &Jar{}
	u := address(t, "https://sgid.example/")
	var fields []string
	for i := range 2 * most {
		fields = append(fields, strings.Repeat("n", i+1)+"=v")
	}
	jar.Take(u, fields)
	if len(jar.cookies) != most {
		t.Errorf("%d cookies", len(jar.cookies))
	}
}

// A navigation that another site began carries what SameSite lets it.
func TestCookiesAcrossSites(t *testing.T) {
	u := address(t, "http://localhost:8085/callback")
	var j Jar
	j.Take(u, []string{"strict=1; SameSite=Strict", "lax=1; SameSite=lax", "unsaid=1", "none=1; SameSite=None; Secure"})
	if got := j.Across(u, true); got != "lax=1; unsaid=1; none=1" {
		t.Errorf("a GET carries %q", got)
	}
	if got := j.Across(u, false); got != "none=1" {
		t.Errorf("a POST carries %q", got)
	}
	other := j.Clone()
	j.Take(u, []string{"lax=; Max-Age=0"})
	if got := other.Header(u); got != "strict=1; lax=1; unsaid=1; none=1" {
		t.Errorf("the copy holds %q", got)
	}
	if j.Replace(other); j.Header(u) != other.Header(u) || len(j.Cookies(u)) != 4 {
		t.Errorf("replaced, it holds %q", j.Header(u))
	}
}
