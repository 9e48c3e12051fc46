package login

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"sgidcheck/internal/client"
)

// A form without an action leads to the document's own address, whatever its base
// (HTML, "form submission algorithm"); one with an action, to what the base makes of it.
func TestABaseIsNotTheAddressOfAFormWithoutAction(t *testing.T) {
	const base = `<base href="/assets/">`
	for _, tt := range []struct{ name, page, want string }{
		{"without an action, by POST", base + `<form method=post><input name=user>`, "POST /authorize?state=st user=person-1"},
		{"with an empty action, by POST", base + `<form method=post action=" "><input name=user>`, "POST /authorize?state=st user=person-1"},
		{"without an action, by GET", base + `<form><input name=user>`, "GET /authorize?user=person-1 "},
		{"with an action", base + `<form method=post action=login><input name=user>`, "POST /assets/login user=person-1"},
		{"with a query for an action", base + `<form method=post action="?a=b"><input name=user>`, "POST /assets/?a=b user=person-1"},
		{"with a button's action alone", base + `<form method=post><input name=user><button formaction=login>Go</button>`, "POST /assets/login user=person-1"},
		{"with a button's empty action", base + `<form method=post action=login><input name=user><button formaction="">Go</button>`, "POST /authorize?state=st user=person-1"},
		{"with a button's empty action, by GET", base + `<form action=login><input name=user><input type=submit formaction value=Go>`, "GET /authorize?user=person-1 "},
		{"with a button's empty method", `<form method=post action=/login><input name=user><button formmethod="">Go</button>`, "GET /login?user=person-1 "},
		{"with an empty base before it", `<base href="">` + base + `<form method=post action=login><input name=user>`, "POST /login user=person-1"},
		{"with a base that is none", `<base href="data:,x"><form method=post action=login><input name=user>`, "POST /login user=person-1"},
		{"links to people", base + `<a href="login?user=a">Ann</a><a href="login?user=b">Ben</a>`, "GET /assets/login?user=a "},
		{"without a base", `<form method=post><input name=user>`, "POST /authorize?state=st user=person-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, asked := "", 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked++; asked == 1 {
					w.Header().Set("Content-Type", "text/html")
					w.Write([]byte(tt.page))
					return
				}
				r.ParseForm()
				got = r.Method + " " + r.URL.RequestURI() + " " + r.PostForm.Encode()
				http.Redirect(w, r, callback+"?code=c", http.StatusSeeOther)
			}))
			defer s.Close()
			l := authorize(t, NewDirect(newClient(t, client.Options{}), "", ""), s.URL, nil)
			if got != tt.want || l.Code() != "c" {
				t.Errorf("%q, want %q; landed on %s (%s)", got, tt.want, l.Kind, l.FormError)
			}
		})
	}
}
