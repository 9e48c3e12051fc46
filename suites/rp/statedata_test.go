package rp

import (
	"encoding/base64"
	"testing"
)

// Where a state leads is replaced in each of the forms in which applications carry it.
func TestStateLeadingTo(t *testing.T) {
	const to = "https://evil.example/"
	coded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, c := range map[string]struct{ state, want string }{
		"a path":                       {"/profile", to},
		"behind a random part":         {"pY3x_-7q,/profile", "pY3x_-7q," + to},
		"an address behind one":        {"pY3x_-7q:https://app.example/a", "pY3x_-7q:" + to},
		"base64 behind one":            {"pY3x_-7q." + coded("/profile"), "pY3x_-7q." + coded(to)},
		"base64 before one":            {coded("/profile") + ".pY3x_-7q", coded(to) + ".pY3x_-7q"},
		"base64 with padding":          {base64.StdEncoding.EncodeToString([]byte("/me?a")), base64.StdEncoding.EncodeToString([]byte(to))},
		"JSON":                         {`{"n":"x7","next":""}`, `{"n":"x7","next":"` + to + `"}`},
		"JSON with ampersand":          {`{"a":"&","page":"/me"}`, `{"a":"&","page":"` + to + `"}`},
		"JSON in base64":               {coded(`{"n":"x7","page":"/me"}`), coded(`{"n":"x7","page":"` + to + `"}`)},
		"JSON in percent encoding":     {"%7B%22next%22%3A%22%2Fme%22%7D", "%7B%22next%22%3A%22https%3A%2F%2Fevil.example%2F%22%7D"},
		"a query":                      {"n=x7&next=%2Fme", "n=x7&next=https%3A%2F%2Fevil.example%2F"},
		"the middle of a signed token": {coded(`{"alg":"HS256"}`) + "." + coded(`{"next":"/me"}`) + ".c2ln", coded(`{"alg":"HS256"}`) + "." + coded(`{"next":"`+to+`"}`) + ".c2ln"},
	} {
		if got, ok := stateLeadingTo(c.state, to); !ok || got != c.want {
			t.Errorf("%s: %q becomes %q (%t), want %q", name, c.state, got, ok, c.want)
		}
	}
	for _, opaque := range []string{"", "pY3x_-7qLm0", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", `{"n":"x7"}`, "x7.y8.z9"} {
		if got, ok := stateLeadingTo(opaque, to); ok {
			t.Errorf("%q carries no address, and becomes %q", opaque, got)
		}
	}
}
