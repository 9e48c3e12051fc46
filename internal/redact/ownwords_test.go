package redact

import (
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/run"

	"sgidcheck/internal/exchange"
)

// The harness's own words stay in its own sentences; what the target said is
// redacted in them all the same.
func TestOwnWordsStayInSentences(t *testing.T) {
	r := New()
	r.OwnWords("A single dot, twice; the callback of a Tan.")
	for _, v := range []string{"SINGLE", "PRIVATE", "DOT", "TAN", "TAN AH KOW", "SINGLE DOT FLAT", "NONE", "OTHER"} {
		r.Learn(KindPersonal, v)
	}
	r.Learn(KindClientSecret, "twice-as-secret")
	const gone = "[redacted personal"
	for in, want := range map[string]bool{ // whether it stays as it is
		"single dot: status 200 with text/html":  true,
		"a double dot, a single dot: no answer":  true,
		"none of the other, private keys":        true,
		"(single)":                               true,
		"the data of SINGLE":                     false, // as the target writes it
		"he is Single":                           false,
		`error "single"`:                         false, // what the target said is quoted
		`error "he is \"x\" and single"`:         false,
		"a redirect to https://a.example/single": false,
		"a redirect to /cb?status=single&x":      false,
		"status=single":                          false,
		"tan is nobody's word":                   false, // a name is none of the harness's words
		"tan ah kow":                             false,
		"single dot flat":                        false,
		"the secret twice-as-secret":             false,
	} {
		for _, text := range []string{r.Sentence(in), r.SentenceAgain(in), r.Check(run.Check{Observed: in}).Observed, r.Check(run.Check{Reason: in}).Reason} {
			if (text == in) != want || !want && !strings.Contains(text, "[redacted ") {
				t.Errorf("%q became %q", in, text)
			}
		}
	}
	if got := r.Text("single dot"); !strings.Contains(got, gone) {
		t.Errorf("what a target said became %q", got)
	}
	e := r.Exchange(&exchange.Exchange{Case: "single dot", Request: exchange.Request{URL: "http://a.example/single?x=none"},
		Response: &exchange.Response{Status: 200, Header: http.Header{"X": {"he is single"}}, Body: []byte("he is single")}})
	if e.Case != "single dot" {
		t.Errorf("the case is named %q", e.Case)
	}
	if s := e.Request.URL + e.Response.Headers[0].Value + e.Response.Body; strings.Contains(s, "single") {
		t.Errorf("the exchange shows what the target said: %q", s)
	}
	l := &run.Load{Stopped: "a single none", Examples: []run.ErrorExample{{Detail: "single dot", Exchange: run.Exchange{Response: &run.Response{Body: "he is single"}}}}}
	r.Load(l)
	if l.Stopped != "a single none" || l.Examples[0].Detail != "single dot" || strings.Contains(l.Examples[0].Exchange.Response.Body, "single") {
		t.Errorf("%+v", l)
	}
}
