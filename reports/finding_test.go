package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sgidcheck/internal/run"
)

// failingTimes is the example with n failures, each with a problem of its own.
func failingTimes(t *testing.T, n int) *run.Record {
	r := example(t)
	r.Checks = r.Checks[:n]
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Verdict, c.Level, c.Waiver, c.Cases = run.Fail, "MUST", nil, nil
		c.Problem, c.Expected, c.Remediation = fmt.Sprintf("problem %d", i), fmt.Sprintf("statement %d", i), fmt.Sprintf("remedy %d", i)
		c.Basis = []run.Basis{{Source: "RFC6749", Section: fmt.Sprint(i), URL: "https://www.rfc-editor.org/rfc/rfc6749"}}
	}
	r.Count()
	return r
}

// Each failure has a card with all that there is to say in short, however many fail.
func TestEveryFailureHasAWholeCard(t *testing.T) {
	root, err := html.Parse(strings.NewReader(htmlOf(t, failingTimes(t, 12))))
	if err != nil {
		t.Fatal(err)
	}
	var cards []string
	walk(root, func(n *html.Node) {
		if n.Data == "li" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "class" && strings.HasPrefix(a.Val, "card ") }) {
			cards = append(cards, textOf(n))
		}
	})
	if len(cards) != 12 {
		t.Fatalf("%d cards", len(cards))
	}
	for _, card := range cards {
		_, number, _ := strings.Cut(card, "problem ")
		number = strings.Fields(number)[0]
		for _, want := range []string{" MUST ", "by RFC 6749 section " + number, "statement " + number, "remedy " + number} {
			if strings.Count(card, want) != 1 {
				t.Errorf("a card says %q %d times: %s", want, strings.Count(card, want), card)
			}
		}
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestHeading(t *testing.T) {
	for verdict, want := range map[run.Verdict]string{run.Fail: "p", run.Warn: "p", run.Waived: "p", run.Pass: "t", run.Skip: "t", run.Blocked: "t", run.StaleWaiver: "t"} {
		if got := heading(&run.Check{Title: "t", Problem: "p", Verdict: verdict}); got != want {
			t.Errorf("%s: %q", verdict, got)
		}
	}
	if got := heading(&run.Check{Title: "t", Verdict: run.Fail}); got != "t" {
		t.Errorf("of a record without problems: %q", got)
	}
}

// Cases stand in a table: what was tried, what was expected, what was seen.
func TestCasesAreATable(t *testing.T) {
	r := failingTimes(t, 1)
	r.Checks[0].Cases = []run.Case{
		{Name: "shorter", Verdict: run.Fail, Expected: "a refusal", Observed: "status 200"}, {Name: "longer", Verdict: run.Pass},
		{Name: "empty", Verdict: run.Fail, Expected: "a refusal", Observed: "status 200"}, {Name: "twice", Verdict: run.Fail, Observed: "status 302"},
	}
	if got, want := brokenCases(&r.Checks[0]), []caseRow{{run.Fail, []string{"shorter", "empty"}, "a refusal", "status 200"}, {run.Fail, []string{"twice"}, "", "status 302"}}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v", got)
	}
	document := htmlOf(t, r)
	for _, want := range []string{
		`<tr><th scope="row">shorter, empty</th><td data-name="Expected">a refusal</td><td data-name="Seen" class="seen">status 200</td></tr>`,
		`✓ Pass</td><th scope="row">longer</th><td data-name="Expected">as above</td><td data-name="Seen">as expected</td></tr>`,
		`<th scope="col">Case</th><th scope="col">Expected</th><th scope="col">Seen</th>`,
	} {
		if !strings.Contains(document, want) {
			t.Errorf("the report lacks %s", want)
		}
	}
	for range cardRows + 2 {
		r.Checks[0].Cases = append(r.Checks[0].Cases, run.Case{Name: "n", Verdict: run.Fail, Observed: fmt.Sprint(len(r.Checks[0].Cases))})
	}
	if card := newCard(&r.Checks[0]); len(card.Rows) != cardRows || card.More != 4 {
		t.Errorf("a card with %d rows, and %d more", len(card.Rows), card.More)
	}
}

func TestOnlyFilesBesideTheRecordAreLinked(t *testing.T) {
	for name, want := range map[string]bool{
		"browser.har": true, "screenshots/01-BROW-01-login-page.png": true, "": false, "../run.json": false, "/etc/passwd": false, "a//b": false,
		"javascript:alert(1)": false, "a/../b": false, "//evil.example/x": false, "a b": false, "a?b": false, "https://evil.example": false,
	} {
		if got := fileLink(name); (got == name && name != "") != want || got != "" && got != name {
			t.Errorf("%q: %q", name, got)
		}
	}
}
