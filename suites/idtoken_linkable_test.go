package suites

import (
	"encoding/base64"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestSharedText(t *testing.T) {
	const person, another = "5f0c1a3e-9b7d-4c2e-8a41-7d3b9e6f0c52", "c91e77d0-03aa-4b1c-9f6e-2e8841bd7a09"
	based := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	header := based(`{"alg":"dir","enc":"A256GCM"}`)
	for _, tt := range []struct {
		name, first, second string
		ofAnother           []string
		linked              bool
	}{
		{name: "the client ID and the person", first: "ONE|" + person, second: "OTHER|" + person, linked: true},
		{name: "in base64", first: based("ONE|" + person), second: based("OTHER|" + person), linked: true},
		{name: "in base64, behind a prefix", first: "u=" + based("ONE|"+person), second: "u=" + based("OTHER|"+person), linked: true},
		{name: "escaped", first: "ONE%7C" + strings.ReplaceAll(person, "-", "%2D"), second: "OTHER%7C" + person, linked: true},
		{name: "a number", first: "ONE-2026091200471188", second: "OTHER-2026091200471188", linked: true},
		{name: "behind a longer form", first: "urn:agency:gov:sg:pairwise:identifier:of:a:person:1:" + person, second: "urn:agency:gov:sg:pairwise:identifier:of:a:person:2:" + person, linked: true},
		{name: "where another person is known", first: "ONE|" + person, second: "OTHER|" + person, ofAnother: []string{"ONE|" + another}, linked: true},
		{name: "words, where another person is known", first: "ONE|tan-ah-kow-sebastian", second: "OTHER|tan-ah-kow-sebastian", ofAnother: []string{"ONE|lim-bee-hoon"}, linked: true},
		{name: "filled up with zeros", first: person + strings.Repeat("0", 200), second: another + strings.Repeat("0", 200)},
		{name: "nothing", first: "u=" + person, second: "u=" + another},
		{name: "a form in words", first: "urn:agency:pairwise:" + person, second: "urn:agency:pairwise:" + another},
		{name: "the issuer", first: "https://id2.A1b2C3.example/v2/" + person, second: "https://id2.A1b2C3.example/v2/" + another},
		{name: "the beginning of both client IDs", first: "A1B2C3D4E5F6G7H8-1|" + person, second: "A1B2C3D4E5F6G7H8-2|" + another},
		{name: "a form that looks drawn, which everybody's has", first: header + ".x" + person, second: header + ".x" + another, ofAnother: []string{header + ".y"}},
	} {
		got := sharedText(tt.first, tt.second, tt.ofAnother, "A1B2C3D4E5F6G7H8-1", "A1B2C3D4E5F6G7H8-2", "https://id2.A1b2C3.example/v2/")
		if (got != "") != tt.linked {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// Subs that change with every login differ between clients and people in any case,
// which says nothing of either.
func TestSubsThatChangeWithEachLoginAreNotCompared(t *testing.T) {
	w := newWorld(t)
	w.faults = []string{"sub-new-each-login"}
	w.restart(t)
	verdicts := w.judge(t, "IDT-11", "IDT-12", "IDT-14")
	for id, want := range map[string]run.Verdict{"IDT-11": run.Fail, "IDT-12": run.Blocked, "IDT-14": run.Blocked} {
		if c := verdicts[id]; c.Verdict != want || want == run.Blocked && c.BlockedBy != "IDT-11" {
			t.Errorf("%s: %s by %q: %s%s", id, c.Verdict, c.BlockedBy, c.Observed, c.Reason)
		}
	}
}
