package login

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sgidcheck/internal/client"
)

// FuzzPage reads forms out of anything: no panic, no hang, and whatever it
// would send stays within bounds.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{radioPage, selectPage, textPage, scriptPage, "", "<form", "<form><input form=x><select><option>", `<input form=a name=b><form id=a method=POST action="javascript:alert(1)">`,
		`<meta http-equiv=refresh content="0;url=//evil.example/">`, "<base href='http://evil.example/'><form action=x><button>ok", strings.Repeat("<div>", 600) + "<form>",
		"<form><fieldset disabled><input name=a></fieldset><input type=radio name=user value=1 required><textarea name=t>x</textarea>"} {
		f.Add([]byte(seed), "", false, 0)
		f.Add([]byte(seed), "one", true, 1)
	}
	f.Fuzz(func(t *testing.T, body []byte, persona string, cancel bool, number int) {
		page, err := ReadPage(body)
		if err != nil {
			return
		}
		action, err := page.Act(Choice{Name: persona, Number: max(number, 0)}, cancel)
		if err != nil {
			if action.URL != "" || action.Body != nil {
				t.Error("an action beside an error")
			}
			return
		}
		if action.Method != http.MethodGet && action.Method != http.MethodPost {
			t.Errorf("method %q", action.Method)
		}
		if _, err := url.ParseQuery(string(action.Body)); err != nil {
			t.Errorf("a body that is no form: %q", action.Body)
		}
	})
}

// FuzzRedirect holds what is done with a Location: never followed to another
// origin, never taken for the callback when it is not.
func FuzzRedirect(f *testing.F) {
	for _, seed := range []string{callback + "?code=c&state=s", callback, "/next", "//evil.example/", "https://evil.example\\@127.0.0.1:1/", "http://127.0.0.1:1/login", "\\\\evil.example/",
		"http://127.0.0.1:8085/callback/../x", callback + "%2f", "javascript:alert(1)", "?a=%zz", "#frag", "http://127.0.0.1:1@evil.example/", "http://[::1", " http://127.0.0.1:1/", "HTTP://127.0.0.1:1/x", "http:///x", "\x00"} {
		f.Add(seed)
	}
	const here = "http://127.0.0.1:1/authorize?x=1"
	f.Fuzz(func(t *testing.T, location string) {
		to := resolve(here, location)
		if to == "" {
			return
		}
		l := &Response{}
		l.setLocation(to)
		if IsCallback(to, []string{callback}) && !strings.HasPrefix(AsBrowsersWriteIt(to), callback) {
			t.Errorf("%q counts as the callback", to)
		}
		if origin(to) != origin(here) {
			return
		}
		// It would be followed: then a client that reads URLs strictly must see the same host.
		u, err := url.Parse(to)
		if err != nil || u.Host != "127.0.0.1:1" || u.User != nil && strings.Contains(u.User.String(), "@") {
			t.Errorf("%q would be followed to %v, %v", to, u, err)
		}
		if _, authority, _ := client.SplitURL(to); authority != "" && strings.TrimPrefix(authority[strings.LastIndexByte(authority, '@')+1:], "") != "127.0.0.1:1" {
			t.Errorf("%q would be sent to %q", to, authority)
		}
	})
}
