package suites

import (
	"encoding/base64"
	"net/url"
	"testing"
)

func TestPlaceShows(t *testing.T) {
	const name, email = "TAN MEI LING", "tan.mei.ling@example.com"
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, c := range []struct {
		what, text, value string
		shows             bool
	}{
		{"as it is", "name=" + name, name, true},
		{"in another case", "Tan Mei Ling", name, true},
		{"escaped", "person=" + url.QueryEscape(email), email, true},
		{"escaped twice in JSON", `999 EXAMPLE AVENUE 4\nSINGAPORE 099999`, "999 EXAMPLE AVENUE 4\nSINGAPORE 099999", true},
		{"in base64", encode(name), name, true},
		{"within base64", encode(`{"n":"` + name + `","x":1}`), name, true},
		{"within base64, another alignment", encode(`{"nm":"` + name + `"}`), name, true},
		{"in a part of a token", "aaaa." + encode(`{"email":"`+email+`"}`) + ".bbbb", email, true},
		{"a part of a value", "Mei", name, false},
		{"a word by chance", "cache in Singapore", "SINGAPORE", false},
		{"a word that is all there is", "singapore", "SINGAPORE", true},
		{"a year within an identifier", "u=4f1990ab-1978-4c", "1978", false},
		{"a year that is all there is", "1978", "1978", true},
		{"eight digits", "tel 87654321", "87654321", true},
		{"nothing of it", "u=0b9c3a5e-67c0-4e9b-9d5e-3f3cf5a8d5ef", "87654321", false},
	} {
		if got := (place{"somewhere", c.text}).shows(c.value); got != c.shows {
			t.Errorf("%s: shows %t", c.what, got)
		}
	}
}

func TestTellingValues(t *testing.T) {
	for plaintext, want := range map[string]int{
		`[{"vehicle_number":"SZZ9901A"},{"vehicle_number":"FZZ9902B"}]`: 3,
		"999 EXAMPLE AVENUE 4\n#05-67\nSINGAPORE 099999":                4,
		"NA":   0,
		"PR":   0,
		"2":    0,
		"MALE": 1,
	} {
		if got := tellingValues(plaintext); len(got) != want {
			t.Errorf("%q: %q", plaintext, got)
		}
	}
}
