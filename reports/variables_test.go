package reports

import (
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestVariablesOfCurlLinesAreExplained(t *testing.T) {
	r := &run.Record{Checks: []run.Check{
		{Exchanges: []run.Exchange{{Curl: `curl 'x' --data-urlencode 'code='"$CODE" --data-urlencode 'client_secret='"$SGID_CLIENT_SECRET"`}}},
		{Exchanges: []run.Exchange{{Curl: `curl -H 'Authorization: Bearer '"$ACCESS_TOKEN" -H "$NRIC" --data "$CODE_2" 'no $VARIABLE'`}}},
		{Exchanges: []run.Exchange{{Curl: `curl -H "$WRONG_ACCESS_TOKEN" --data "$WRONG_CODE" --data "$WRONG_CODE_VERIFIER_2" --data "$WRONG_CODE_VERIFIER"`}}},
	}}
	text := ""
	for _, v := range variablesOf(r) {
		text += "$" + v.Name + " is " + v.Says + ": " + v.Get + "\n"
	}
	for _, want := range []string{"$SGID_CLIENT_SECRET is", `eval "$(sgidcheck code)"`, `eval "$(sgidcheck code --redeem)"`, "$CODE_2 is like CODE", "$NRIC is a value",
		"$WRONG_CODE is a code that was wrong", "$WRONG_ACCESS_TOKEN is an access token that was wrong", "$WRONG_CODE_VERIFIER is a code verifier that is not", "$WRONG_CODE_VERIFIER_2 is like WRONG_CODE_VERIFIER"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, not := range []string{"$VARIABLE", "WRONG_CLIENT", "ID_TOKEN", "$CODE_VERIFIER"} {
		if strings.Contains(text, not) {
			t.Errorf("%q, which no line uses, is in\n%s", not, text)
		}
	}
	if got := variablesOf(&run.Record{}); len(got) > 0 {
		t.Errorf("of no line: %v", got)
	}
}
