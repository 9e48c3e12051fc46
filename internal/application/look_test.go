package application

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"sgidcheck/internal/exchange"
)

var folk = []Person{{"ada", []string{"ADA LOVELACE"}}, {"max", []string{"MAX PLANCK"}}}

// page is a way that ended in a page.
func page(address string, status int, body string) *Way {
	return &Way{URL: address, Steps: []*exchange.Exchange{{
		Request:  exchange.Request{URL: address},
		Response: &exchange.Response{Status: status, Header: http.Header{}, Body: []byte(body)},
	}}}
}

// Who is logged in is told by what clean logins have shown, and nothing is guessed.
func TestSigns(t *testing.T) {
	const me, home = "http://localhost:3000/me", "http://localhost:3000/"
	out := page(me, 200, "<h1>Agency</h1><p>Please log in</p>")
	named := map[string]*Way{"ada": page(me, 200, "<p>Ada Lovelace</p>"), "max": page(me, 200, "<p>Max Planck</p>")}
	greeted := map[string]*Way{"ada": page(me, 200, "<h1>Agency</h1><a>Log out</a>"), "max": page(me, 200, "<h1>Agency</h1><a>Log out</a>")}
	for _, tt := range []struct {
		name   string
		in     map[string]*Way
		out    []*Way
		marker Marker
		seen   *Way
		isIn   bool
		person string
	}{
		{name: "a name, in another case", in: named, out: []*Way{out}, seen: page(me, 200, "<b>max PLANCK</b>"), isIn: true, person: "max"},
		{name: "a name, escaped", in: named, out: []*Way{out}, seen: page(me, 200, "MAX&#32;PLANCK"), isIn: true, person: "max"},
		{name: "nobody's page", in: named, out: []*Way{out}, seen: out},
		{name: "a message of a refusal is no login", in: named, out: []*Way{out}, seen: page(me, 200, "<p>Login failed: 4711</p>")},
		{name: "a button that only they have", in: greeted, out: []*Way{out}, seen: page(me, 200, "<h1>Agency</h1><p>Hello</p><a>Log out</a>"), isIn: true},
		{name: "without that button", in: greeted, out: []*Way{out}, seen: page(me, 200, "<h1>Agency</h1><p>The login failed</p>")},
		{name: "the page itself, where others are sent home", in: greeted, out: []*Way{page(home, 200, "<h1>Agency</h1>")}, seen: page(me, 200, "<p>no data</p>"), isIn: true},
		{name: "an error where others are sent home", in: greeted, out: []*Way{page(home, 200, "<h1>Agency</h1>")}, seen: page(me, 500, "<p>error</p>")},
		{name: "a marker", in: greeted, out: []*Way{out}, marker: Marker{Text: "Log out"}, seen: page(me, 200, "Log out"), isIn: true},
		{name: "JSON", in: map[string]*Way{"ada": page(me, 200, `{"user":{"id":1}}`)}, out: []*Way{page(me, 200, `{"user":null}`)}, seen: page(me, 200, `{"user":{"id":2}}`), isIn: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signs, err := Learn(folk, tt.marker, tt.in, tt.out)
			if err != nil {
				t.Fatal(err)
			}
			got := signs.Read(tt.seen)
			if got.In != tt.isIn || tt.person != "" && !slices.Equal(got.Persons, []string{tt.person}) {
				t.Errorf("in %v, persons %v", got.In, got.Persons)
			}
		})
	}
}

// A page is open where it says what logged-in people are told and nobody else is.
func TestOpens(t *testing.T) {
	const me = "http://localhost:3000/me"
	named := []*Way{page(me, 200, `{"user":{"name":"Ada"}}`), page(me, 200, `{"user":{"name":"Max"}}`)}
	greeted := []*Way{page(me, 200, "<h1>Agency</h1><p>Name</p><p>Ada</p>"), page(me, 200, "<h1>Agency</h1><p>Name</p><p>Max</p>")}
	for _, tt := range []struct {
		name   string
		page   *Way
		in     []*Way
		nobody *Way
		want   bool
	}{
		{"an empty name", page(me, 200, `{"user":{"name":""}}`), named, page(me, 401, `{}`), true},
		{"an anonymous session without a user", page(me, 200, `{"user":null}`), named, page(me, 401, `{}`), false},
		{"a page without a name", page(me, 200, "<h1>Agency</h1><p>Name</p><p></p>"), greeted, page("http://localhost:3000/", 200, "<h1>Agency</h1>"), true},
		{"a page without the data", page(me, 200, "<h1>Agency</h1><p>Name</p>"), []*Way{page(me, 200, "<p>Name</p><p>Born</p>")}, page(me, 401, "<h1>Agency</h1>"), true},
		{"JSON without a user", page(me, 200, `{"csrf":"a"}`), []*Way{page(me, 200, `{"csrf":"b","user":{"name":"Ada"}}`)}, page(me, 401, ""), false},
		{"a message of a refusal", page(me, 200, "<h1>Agency</h1><p>The login failed</p>"), greeted, page("http://localhost:3000/", 200, "<h1>Agency</h1>"), false},
		{"another status", page(me, 403, "<h1>Agency</h1><p>Name</p>"), greeted, page(me, 401, ""), false},
		{"a page that everybody sees", page(me, 200, "<h1>Agency</h1><p>Name</p>"), greeted, page(me, 200, "<h1>Agency</h1>"), false},
		{"nothing that is the same for all", page(me, 200, "<p>Nobody</p>"), []*Way{page(me, 200, "<p>Ada</p>"), page(me, 200, "<p>Max</p>")}, page(me, 401, ""), false},
	} {
		if got := Opens(tt.page, tt.in, tt.nobody); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestPagesThatLookAlike(t *testing.T) {
	same := page("http://localhost:3000/me", 200, "<p>Welcome 12:30</p>")
	if _, err := Learn(folk, Marker{}, map[string]*Way{"ada": same}, []*Way{page("http://localhost:3000/me", 200, "<p>Welcome 12:31</p>")}); !errors.Is(err, ErrAlike) {
		t.Errorf("pages that differ in the time alone: %v", err)
	}
	if _, err := Learn(folk, Marker{Status: 200}, map[string]*Way{"ada": same}, []*Way{same}); !errors.Is(err, ErrAlike) {
		t.Errorf("a marker that everybody's page has: %v", err)
	}
	if _, err := Learn(folk, Marker{Text: "nowhere"}, map[string]*Way{"ada": same}, nil); err == nil {
		t.Error("a marker that no page has is taken")
	}
}

func TestSelectors(t *testing.T) {
	const body = `<div id="top" class="a user b"><a href="/logout">out</a></div>`
	for selector, want := range map[string]bool{
		"#top": true, ".user": true, "div.user": true, "a[href]": true, `a[href="/logout"]`: true, "div#top.a": true,
		"#other": false, ".us": false, "p": false, "a[href=x]": false, "a.user": false,
	} {
		if got := matches([]byte(body), selector); got != want {
			t.Errorf("%s: %v", selector, got)
		}
	}
}
