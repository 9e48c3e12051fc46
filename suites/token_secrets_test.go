package suites

import (
	"net/http"
	"net/url"
	"testing"

	"sgidcheck/internal/exchange"
)

const (
	theSecret = "q7Jw2mZp9XcV4bN8tR6yK3sD5fG1hL0a"
	theCode   = "Kx83nfPQ02mmAZxw93kdBvTq"
)

// saying is an error with a text, to a token request with the form.
func saying(text string, form url.Values) told {
	return told{text: text, sent: valuesSent(exchange.Request{Method: http.MethodPost, URL: "https://provider.example/token", Body: []byte(form.Encode())})}
}

func TestErrorsTellOfSecrets(t *testing.T) {
	for what, c := range map[string]struct {
		sent, text string
		tells      bool
	}{
		"the secret":             {"wrong-wrong-wrong", "expected " + theSecret, true},
		"half of it":             {"wrong-wrong-wrong", "expected " + theSecret[8:24] + "...", true},
		"four characters of it":  {"wrong-wrong-wrong", "expected " + theSecret[:4] + "...", false},
		"the wrong one":          {"wrong-wrong-wrong", "not wrong-wrong-wrong", false},
		"a wrong one alike":      {theSecret + "x", "not " + theSecret + "x", false},
		"both":                   {theSecret + "x", "not " + theSecret + "x but " + theSecret, true},
		"the right one repeated": {theSecret, "not " + theSecret, true},
	} {
		e := saying(c.text, url.Values{"client_secret": {c.sent}})
		if got := e.clientSecretIn([]string{theSecret}); (got != "") != c.tells {
			t.Errorf("%s: %q", what, got)
		}
	}
	codes := map[string][]string{"a code": {theCode}}
	for what, c := range map[string]struct {
		sent  string
		tells bool
	}{"another's code": {"Mx83nfPQ02mmAZxw93kdBvTq", true}, "its own code": {theCode, false}, "its own code with a space": {theCode + " ", false}} {
		if got := saying("the code "+theCode+" is spent", url.Values{"code": {c.sent}}).issued(codes); (got != "") != c.tells {
			t.Errorf("%s: %q", what, got)
		}
	}
	people := map[string][]sought{"myinfo.nric_number": {seek("S8116474F")}}
	if saying(`{"error_description":"the login of S8116474F"}`, nil).person(people) == "" {
		t.Error("an identity number in an error is not seen")
	}
	if got := saying(`<FORM><option>S8116474F</FORM>`, nil).person(people); got != "" {
		t.Errorf("a page to choose a person on: %s", got)
	}
}

func TestMadeOf(t *testing.T) {
	for _, token := range []string{theCode, theCode + ".at", "x" + theCode, "qTvBdk39wxZAmm20QPfn38xK", theCode[:18], "67cd" + theCode} {
		if madeOf(token, ofCodes([]string{"another", theCode})) == "" {
			t.Errorf("%s is not seen to be made of the code", token)
		}
	}
	for _, token := range []string{"Bx83nfPQ02mmAZxw93kdBvTa", "short"} {
		if got := madeOf(token, ofCodes([]string{theCode, "short-"})); got != "" {
			t.Errorf("%s is taken for %s", token, got)
		}
	}
}
