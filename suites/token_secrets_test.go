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
}

// A page on which people are chosen tells of nobody by that; a form elsewhere on a
// page excuses nothing.
func TestPagesTellOfPeople(t *testing.T) {
	people := map[string][]sought{"myinfo.nric_number": {seek("S8116474F")}}
	for page, tells := range map[string]bool{
		`<FORM><select><option>S8116474F<option value="S8116474F">Tan</SELECT></FORM>`:                                 false,
		`<form><input type="radio" id="p1" value="S8116474F"><label for="p1">S8116474F</label></form>`:                 false,
		`<form><label><input type="radio" value="1"> S8116474F</label><button>Log in</button></form>`:                  false,
		`<form><input type="hidden" name="persona" value="S8116474F"/><button>S8116474F</button></form>`:               false,
		`<form><input list="people"><datalist id="people"><option value="S8116474F"></datalist></form>`:                false,
		`<h1>Error</h1><p>The login of S8116474F failed.</p>`:                                                          true,
		`<form role="search"><input name="q"><button>Search</button></form><p>The login of S8116474F failed.</p>`:      true,
		`<p>The login of S8116474F failed.</p><form role="search"><input type="search"><button>Search</button></form>`: true,
		`<form role="search"><input type="search" value="S8116474F"></form>`:                                           true,
		`<form id="page"><p>The login of S8116474F failed.</p><button>Try again</button></form>`:                       true,
		`<form><select><option>S8116474F</select></form><p>The login of S8116474F failed.</p>`:                         true,
		`<form><label>Find</form><p>The login of S8116474F failed.</p><label>More</label>`:                             true,
		`<form><button>Find <p>The login of S8116474F failed.</p>`:                                                     true,
		`<button>S8116474F</button><form></form>`:                                                                      true,
		`<form></form><script>const person = "S8116474F"</script>`:                                                     true,
		`<form></form><!-- S8116474F -->`:                                                                              true,
	} {
		if got := saying(page, nil).person(people); (got != "") != tells {
			t.Errorf("%s: %q", page, got)
		}
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
