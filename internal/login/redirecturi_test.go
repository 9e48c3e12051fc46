package login

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/client"
)

// Two spellings of one URL are one place (RFC 3986 section 6.2); what merely
// looks like it is none.
func TestOneURLIsOnePlace(t *testing.T) {
	for _, tt := range []struct {
		redirectURI, location string
		want                  bool
	}{
		{"http://127.0.0.1:9455", "http://127.0.0.1:9455/?code=1", true},
		{"http://127.0.0.1:9455/", "http://127.0.0.1:9455?code=1", true},
		{"http://127.0.0.1:9455", "http://127.0.0.1:9455?code=1", true},
		{"https://rp.example/cb", "https://rp.example:443/cb?code=1", true},
		{"https://rp.example:443/cb", "https://rp.example/cb", true},
		{"http://rp.example:80/cb", "http://rp.example/cb", true},
		{"https://RP.example/cb", "https://rp.EXAMPLE/cb?code=1", true},
		{"https://rp.example/cb", "HTTPS://rp.example/cb", true},
		{"http://[::1]:80/cb", "http://[::1]/cb", true},
		{"https://rp.example/cb?t=1", "https://rp.example:443/cb?t=1&code=2", true},

		{"https://rp.example/cb?next=/home", "https://rp.example/cb?next=%2Fhome&code=2", true},
		{"https://rp.example/cb?next=/home", "https://rp.example/cb?code=2&next=%2fhome&state=%zz", true},
		{"https://rp.example/cb?t=a+b&t=c&flag", "https://rp.example/cb?t=a%20b&t=c&flag=&code=2", true},
		{"https://rp.example/cb?state=t=1", "https://rp.example/cb?code=2&state=x&state=t%3D1", true},

		{"https://rp.example/cb?next=/home", "https://rp.example/cb?next=%252Fhome&code=2", false},
		{"https://rp.example/cb?next=/home", "https://rp.example/cb?next=/&code=2", false},
		{"https://rp.example/cb?t=a&t=b", "https://rp.example/cb?t=b&t=a&code=2", false},
		{"https://rp.example/cb?t=a&t=b", "https://rp.example/cb?t=a&code=2", false},
		{"https://rp.example/cb?t=a", "https://rp.example/cb?t=x&t=a&t=y&code=2", false},
		{"https://rp.example:80/cb", "https://rp.example/cb", false},
		{"http://rp.example/cb", "http://rp.example:443/cb", false},
		{"https://rp.example/cb", "https://rp.example/CB", false},
		{"https://rp.example/cb", "https://rp.example/cb/", false},
		{"https://rp.example/cb", "https://rp.example/x/../cb", false},
		{"https://rp.example/cb", "https://rp.example/%63b", false},
		{"https://rp.example/cb", "https://user@rp.example/cb", false},
		{"https://rp.example/cb", "https://rp.example:443@evil.example/cb", false},
		{"https://rp.example", "https://rp.example.evil.example/", false},
		{"https://rp.example", "https://rp.example./", false},
		{"https://rp.example/cb?t=1", "https://rp.example/cb?code=2", false},
		{"https://rp.example/cb?t=A", "https://rp.example/cb?t=a", false},
	} {
		if got := IsCallback(tt.location, []string{tt.redirectURI}); got != tt.want {
			t.Errorf("IsCallback(%q, %q) = %t", tt.location, tt.redirectURI, got)
		}
	}
}

func TestWhatDiffersIsNamed(t *testing.T) {
	registered := []string{"https://rp.example/cb?tenant=1", "http://127.0.0.1:8085/callback"}
	for location, want := range map[string]string{
		"https://rp.example/cb?code=secret":           "its query lacks tenant=1 of the redirect URI",
		"https://rp.example/cb?tenant=2&code=secret":  "its query lacks tenant=1 of the redirect URI",
		"https://rp.example/other?code=secret":        `its path is "/other", not "/cb"`,
		"http://127.0.0.1:8086/callback?code=secret":  `its port is "8086", not "8085"`,
		"https://127.0.0.1:8085/callback?code=secret": `its scheme is "https", not "http"`,
		"https://evil.example/cb?code=secret":         `its host is "evil.example", not "rp.example"`,
		"http://u:p@127.0.0.1:8085/callback?code=x":   "it has a user's name before the host",
		"https://rp.example/cb?code=a&tenan%74=2":     "its query lacks tenant=1 of the redirect URI",
		"mailto:a@b": "",
	} {
		if got := Differs(location, registered); got != want || strings.Contains(got, "secret") {
			t.Errorf("%s: %q, want %q", location, got, want)
		}
	}
}

// A query in another spelling is kept, and known for it.
func TestAnotherSpellingOfTheQueryIsKnown(t *testing.T) {
	registered := []string{"https://rp.example/cb", "https://rp.example/home?next=/home", "https://rp.example/home?next=%2Fhere"}
	for location, want := range map[string]bool{
		"https://rp.example/home?next=%2Fhome&code=1": true,
		"https://rp.example/home?next=/here&code=1":   true,
		"https://rp.example/home?next=/home&code=1":   false,
		"https://rp.example/home?code=1&next=/home":   false,
		"https://rp.example/home?next=/there&code=1":  false,
		"https://rp.example/cb?next=%2Fhome&code=1":   false,
	} {
		if got := Respelled(location, registered); got != want {
			t.Errorf("%s: %t", location, got)
		}
	}
}

// A login comes back to a redirect URI that its provider spells in another way,
// and a lost query is named.
func TestDirectComparesRedirectURIsAsURLs(t *testing.T) {
	to := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to, http.StatusSeeOther)
	}))
	defer s.Close()
	d := NewDirect(newClient(t, client.Options{}), "", "")
	to = "http://127.0.0.1:9455/?code=1"
	l := authorize(t, d, s.URL, func(a *Authorization) { a.RedirectURIs = []string{"http://127.0.0.1:9455"} })
	if l.Kind != ResponseCallback || l.Code() != "1" || l.Location != to {
		t.Errorf("%s, %q", l.Kind, l.Location)
	}
	to = "http://127.0.0.1:9455/cb?code=1"
	l = authorize(t, d, s.URL, func(a *Authorization) { a.RedirectURIs = []string{"http://127.0.0.1:9455/cb?tenant=1"} })
	if l.Kind != ResponseElsewhere || !strings.Contains(l.Differs, "lacks tenant=1") {
		t.Errorf("%s, %q", l.Kind, l.Differs)
	}
}
