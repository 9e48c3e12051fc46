package redact

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/run"

	"sgidcheck/internal/exchange"
)

func TestHeadersAreRedactedByTheirMeaning(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"Authorization", "Bearer", "Bearer"},
		{"Authorization", "DPoP", "DPoP"},
		{"authorization", "opaque", "[redacted credentials, 6 characters]"},
		{"Authorization", "Bearer tok", "Bearer [redacted access_token, 3 characters]"},
		{"Authorization", "bearer   tok en", "bearer   [redacted access_token, 6 characters]"},
		{"Authorization", "Bearer ", "Bearer "},
		{"Authorization", "Basic tok", "Basic [redacted credentials, 3 characters]"},
		{"Proxy-Authorization", "Basic tok", "Basic [redacted credentials, 3 characters]"},
		{"Cookie", "a=one; b=two;c=", "a=[redacted cookie, 3 characters]; b=[redacted cookie, 3 characters];c="},
		{"Cookie", "one", "[redacted cookie, 3 characters]"},
		{"Set-Cookie", "a=one; Path=/x", "a=[redacted cookie, 3 characters]; Path=/x"},
		{"Set-Cookie", "a=; Path=/x", "a=; Path=/x"},
		{"Location", "https://u:pw@h.example/cb?code=c&state=s#access_token=t&x=y", "https://u:[redacted credentials, 2 characters]@h.example/cb?code=[redacted code, 1 characters]&state=s#access_token=[redacted access_token, 1 characters]&x=y"},
		{"Referer", "/cb?code=c", "/cb?code=[redacted code, 1 characters]"},
		{"X-Other", "code c", "code c"},
	} {
		got := New().headers(http.Header{tt.name: {tt.value}})
		if len(got) != 1 || got[0] != (run.Header{Name: tt.name, Value: tt.want}) {
			t.Errorf("%s: %s became %+v, want %s", tt.name, tt.value, got, tt.want)
		}
	}
	sorted := New().headers(http.Header{"B": {"2"}, "A": {"1", "0"}})
	if fmt.Sprint(sorted) != "[{A 1} {A 0} {B 2}]" {
		t.Errorf("%v", sorted)
	}
}

func TestAddressesAreRedacted(t *testing.T) {
	for in, want := range map[string]string{
		"https://h.example/a@b:c":            "https://h.example/a@b:c",
		"https://user@h.example/":            "https://user@h.example/",
		"https://:pw@h.example":              "https://:[redacted credentials, 2 characters]@h.example",
		"https://u:p@w@h.example?x":          "https://u:[redacted credentials, 3 characters]@h.example?x",
		"https://u:@h.example/":              "https://u:@h.example/",
		"u:pw@h.example":                     "u:pw@h.example",
		"https://h.example#code=c?code=d":    "https://h.example#code=[redacted code, 8 characters]",
		"?code=c":                            "?code=[redacted code, 1 characters]",
		"/?x=1&code=a%20b&code=":             "/?x=1&code=[redacted code, 3 characters]&code=",
		"/?x=1&csrf_token=a&persona=ann":     "/?x=1&csrf_token=[redacted login, 1 characters]&persona=ann",
		"https://u:pw@h.example/p?password=": "https://u:[redacted credentials, 2 characters]@h.example/p?password=",
	} {
		if got := New().Command([]string{in}); got[0] != want {
			t.Errorf("%s became %s, want %s", in, got[0], want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"aéb", 2, "a…"}, {"aéb", 3, "aé…"}, {"é", 1, "…"}, {"abc", 0, "…"},
		{"a [redacted x, 3 characters] b", 14, "a …"}, {"a [redacted x] b", 14, "a [redacted x]…"}, {"[redacted x", 10, "…"},
	} {
		if got := cut(tt.s, tt.n); got != tt.want {
			t.Errorf("%q at %d: %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

func TestIsBinary(t *testing.T) {
	for _, tt := range []struct {
		media, body string
		want        bool
	}{
		{"IMAGE/png", "text", true}, {"application/pdf", "", true}, {"text/plain", "", false}, {"", "plain\r\n\ttext \x1b[0m", false},
		{"", "123456789\x00", false}, {"", "12345678\x00", true}, {"", "ééééééééé\xff", false}, {"", "éééééééé\xff", true}, {"", "\ufffd\ufffd\ufffd", false},
		{"", strings.Repeat("a", keptBody) + strings.Repeat("\x00", keptBody), false},
	} {
		if got := isBinary(tt.media, []byte(tt.body)); got != tt.want {
			t.Errorf("%q, %.20q: %v", tt.media, tt.body, got)
		}
	}
}

func TestLengthOfAStoredBody(t *testing.T) {
	r, plain := New(), http.Header{"Content-Type": {"text/plain"}}
	for _, tt := range []struct {
		size, kept int
		cut        bool
	}{{keptBody, keptBody, false}, {keptBody + 1, keptBody, true}, {readBody, keptBody, true}, {readBody + 1, keptBody, true}} {
		got := r.body(plain, []byte(strings.Repeat("a", tt.size)), 200)
		whole := strings.TrimRight(got, "a") == ""
		if whole == tt.cut || strings.Count(strings.SplitN(got, "…", 2)[0], "a") != tt.kept || tt.cut && !strings.Contains(got, fmt.Sprintf("[cut: %d bytes in all", tt.size)) {
			t.Errorf("%d bytes: %d kept, …%q", tt.size, strings.Count(got, "a"), got[max(0, len(got)-90):])
		}
	}
	if got := r.body(plain, nil, 200); got != "" {
		t.Errorf("no body: %q", got)
	}
}

func TestPagesAreRedactedByTheirForms(t *testing.T) {
	for in, want := range map[string]string{
		`<input name=a value=one>`:                     `<input name=a value=[redacted login, 3 characters]>`,
		`<input name=a value="o e" />`:                 `<input name=a value="[redacted login, 3 characters]" />`,
		`<input name=a value='&amp;e'>`:                `<input name=a value='[redacted login, 2 characters]'>`,
		`<input name=a value="">`:                      `<input name=a value="">`,
		`<input name=a>`:                               `<input name=a>`,
		`<input type=submit value=one>`:                `<input type=submit value=one>`,
		`<input type="Button" value=one>`:              `<input type="Button" value=one>`,
		`<option value=one>`:                           `<option value=[redacted login, 3 characters]>`,
		`<button value=one>Go</button>`:                `<button value=one>Go</button>`,
		`<p value=one>`:                                `<p value=one>`,
		`<option>Ann</option>Text`:                     `<option>[redacted choice, 3 characters]</option>Text`,
		`<label> Ann<b>Lee</b>Tan </label><p>Text</p>`: `<label> [redacted choice, 3 characters]<b>[redacted choice, 3 characters]</b>[redacted choice, 3 characters] </label><p>Text</p>`,
		`<label>Ann<input value=x>Lee</label>Text`:     `<label>[redacted choice, 3 characters]<input value=[redacted login, 1 characters]>[redacted choice, 3 characters]</label>Text`,
		`<div/>Text`:                                   `<div/>Text`,
		`<label/>Text`:                                 `<label/>Text`,
	} {
		if got := New().body(http.Header{"Content-Type": {"text/html"}}, []byte(in), 200); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", in, got, want)
		}
	}
}

func TestJSONIsRedactedByItsMembers(t *testing.T) {
	for _, tt := range []struct {
		in     string
		status int
		want   string
	}{
		{`{"a" : "x", "b":7, "z":0, "c":""}`, 200, `{"a" : "[redacted value, 1 characters]", "b":[redacted number], "z":0, "c":""}`},
		{"{\"a\"\n\t \r\n:\"x\"}", 200, "{\"a\"\n\t \n:\"[redacted value, 1 characters]\"}"},
		{`{"a":-1.5e+3,"b":true,"c":null}`, 200, `{"a":[redacted number],"b":true,"c":null}`},
		{`{"issuer":"i","scope":"s","kid":"k"}`, 200, `{"issuer":"i","scope":"s","kid":"k"}`},
		{`{"name":"n","title":"t"}`, 200, `{"name":"[redacted value, 1 characters]","title":"[redacted value, 1 characters]"}`},
		{`{"name":"n","title":"t","code":"E1","xx":"x"}`, 400, `{"name":"n","title":"t","code":"E1","xx":"[redacted value, 1 characters]"}`},
		{`{"code":"c"}`, 399, `{"code":"[redacted code, 1 characters]"}`},
		{`{"access_token":"t"}`, 400, `{"access_token":"[redacted access_token, 1 characters]"}`},
		{`{"data":{"issuer":"i","x":{"scope":"s"}},"key":{"kid":"k"},"scope":"s"}`, 400, `{"data":{"issuer":"[redacted value, 1 characters]","x":{"scope":"[redacted value, 1 characters]"}},"key":{"kid":"[redacted value, 1 characters]"},"scope":"s"}`},
		{`{"keys":[{"kty":"RSA"},{"kty":"EC"}],"list":["x"],"scope":"s"}`, 200, `{"keys":[{"kty":"RSA"},{"kty":"EC"}],"list":["[redacted value, 1 characters]"],"scope":"s"}`},
		{`]}{"scope":"s"`, 200, `]}{"scope":"s"`},
		{`["x"`, 200, `["[redacted value, 1 characters]"`},
		{`{"a":"cut`, 200, `{"a":"[redacted value, 3 characters]`},
		{`{"a":"q\"x"}`, 200, `{"a":"[redacted value, 3 characters]"}`},
		{`{"errors":[{"message":"m","path":"p"}]}`, 500, `{"errors":[{"message":"m","path":"p"}]}`},
	} {
		if got := New().body(http.Header{"Content-Type": {"application/json"}}, []byte(tt.in), tt.status); got != tt.want {
			t.Errorf("%s\nbecame %s\nwant   %s", tt.in, got, tt.want)
		}
	}
}

func TestShapesToTheByte(t *testing.T) {
	for in, want := range map[string]string{
		"code=12345":                       "code=12345",
		"code=123456":                      "code=[redacted code, 6 characters]",
		"x code=123456;y":                  "x code=[redacted code, 6 characters];y",
		"my.code=123456":                   "my.code=123456",
		"my-code=123456":                   "my-code=123456",
		"mycode=123456":                    "mycode=123456",
		"CODE=123456 x":                    "CODE=[redacted code, 6 characters] x",
		`"code":"12345"`:                   `"code":"12345"`,
		`"code" : "123456"`:                `"code" : "[redacted code, 6 characters]"`,
		`'code':'123456'`:                  `'code':'[redacted code, 6 characters]'`,
		"\"code\":\t\r\n \"123456\"":       "\"code\":\t\n \"[redacted code, 6 characters]\"",
		`"code":123456`:                    `"code":123456`,
		`"code":`:                          `"code":`,
		`code":"123456"`:                   `code":"123456"`,
		`:"123456"`:                        `:"123456"`,
		`"other":"123456"`:                 `"other":"123456"`,
		"Bearer abcdefg1":                  "Bearer [redacted credentials, 8 characters]",
		"Bearer abcdef1":                   "Bearer abcdef1",
		"Bearer abcdefgh":                  "Bearer abcdefgh",
		"Bearer\t abcdefg.":                "Bearer\t [redacted credentials, 8 characters]",
		"aBearer abcdefg1":                 "aBearer abcdefg1",
		"basic-thing abcdefg1":             "basic-thing abcdefg1",
		"dpop abcdefg1/":                   "dpop [redacted credentials, 9 characters]",
		"basic":                            "basic",
		"S1234567D":                        "[redacted nric, 9 characters]",
		"S123456D S1234567 S12345678":      "S123456D S1234567 S12345678",
		"xS1234567D S1234567Dx":            "xS1234567D S1234567Dx",
		"_S1234567D_":                      "_[redacted nric, 9 characters]_",
		"A1234567D g1234567z M1234567{":    "A1234567D [redacted nric, 9 characters] M1234567{",
		"S12345/7D S12345:7D S1234567@":    "S12345/7D S12345:7D S1234567@",
		"S1234567a S1234567Z T0000000A":    "[redacted nric, 9 characters] [redacted nric, 9 characters] [redacted nric, 9 characters]",
		"%73%31234567D &#83;1234567D":      "[redacted nric, 9 characters] [redacted nric, 9 characters]",
		"-----BEGIN RSA PRIVATE KEY-----x": "[redacted private_key, 32 characters]",
	} {
		if got := New().Text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestLearntValuesToTheByte(t *testing.T) {
	r := New()
	for _, v := range []string{"abc", "abcd", "sevenxx", "eightxxx"} {
		r.Learn(KindCode, v)
	}
	r.Learn(KindPersonal, "ab")
	r.Learn(KindPersonal, "Bob")
	for in, want := range map[string]string{
		"abc abcd": "abc [redacted code 1, 4 characters]", "abcde xabcd": "abcde xabcd", "(abcd)": "([redacted code 1, 4 characters])",
		"xsevenxx sevenxx": "xsevenxx [redacted code 2, 7 characters]", "xeightxxxx": "x[redacted code 3, 8 characters]x",
		"ab BOB bobby": "ab [redacted personal 1, 3 characters] bobby", "abcd": "[redacted code 1, 4 characters]", "eightxx": "eightxx",
		"é\u00e9abcd abcd\u00e9": "é\u00e9abcd abcd\u00e9",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if r.Known(KindCode) != 3 || r.Known(KindPersonal) != 1 || !r.Holds("x abcd") || r.Holds("x abc") {
		t.Errorf("%d codes and %d personal values are known", r.Known(KindCode), r.Known(KindPersonal))
	}
	long := New()
	long.Learn(KindCode, strings.Repeat("0123456789", 3))
	// What is cut off within a value is hidden from sixteen bytes on.
	for n, hidden := range map[int]bool{15: false, 16: true, 29: true} {
		if got := long.Text("x " + strings.Repeat("0123456789", 3)[:n]); strings.Contains(got, "redacted") != hidden {
			t.Errorf("%d bytes: %s", n, got)
		}
	}
}

func TestNamesOfShellVariables(t *testing.T) {
	v := variables{taken: map[label]string{}, used: map[string]int{}, wrong: New().wrongIn(exchange.Request{})}
	for _, tt := range []struct {
		l    label
		want string
	}{
		{label{kind: "azAZ09-_é", number: 1}, "AZAZ09___"}, {label{kind: KindCode, number: 1}, "CODE"}, {label{kind: KindCode, number: 7}, "CODE_2"}, {label{kind: KindCode, number: 1}, "CODE"},
		{label{kind: KindClientSecret, number: 1, variable: "SGID_CLIENT_SECRET"}, "SGID_CLIENT_SECRET"},
		{label{kind: KindClientSecret, number: 3}, "WRONG_CLIENT_SECRET"}, {label{kind: KindClientSecret, number: 4}, "WRONG_CLIENT_SECRET_2"},
	} {
		if got := v.name(tt.l); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.l, got, tt.want)
		}
	}
}

func TestCurlLeavesOutWhatCurlSends(t *testing.T) {
	got := New().Curl(exchange.Request{Method: "HEAD", URL: "http://h/", Header: http.Header{"Accept-Encoding": {"gzip"}, "User-Agent": {"me"}, "Accept": {"a", ""}}})
	if want := "curl -sS -i -I --path-as-is --globoff 'http://h/' -H 'Accept: a' -H 'Accept;'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestObserveLearnsSoMuch(t *testing.T) {
	r := New()
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
	r.Observe(&exchange.Exchange{Request: exchange.Request{Header: form, Body: []byte("code=sevenxx&refresh_token=eightxxx&x=otherxxxx")}})
	if got := r.Text("sevenxx eightxxx otherxxxx"); got != "sevenxx [redacted refresh_token 1, 8 characters] otherxxxx" {
		t.Errorf("a form: %q", got)
	}
	for _, tt := range []struct {
		name string
		e    exchange.Exchange
		want string // what becomes of the text "thevalue"
	}{
		{"a form without its type", exchange.Exchange{Request: exchange.Request{Header: http.Header{}, Body: []byte("code=thevalue")}}, ""},
		{"JSON that is sent", exchange.Exchange{Request: exchange.Request{Header: http.Header{}, Body: []byte(` {"code":"thevalue"}`)}}, KindCode},
		{"JSON of an answer", exchange.Exchange{Response: &exchange.Response{Status: 200, Body: []byte("\t\r\n[{\"access_token\":\"thevalue\"}]")}}, KindAccessToken},
		{"JSON by its type", exchange.Exchange{Response: &exchange.Response{Status: 399, Header: http.Header{"Content-Type": {"application/x+json; a"}}, Body: []byte(`x"access_token":"thevalue"`)}}, KindAccessToken},
		{"JSON of an error", exchange.Exchange{Response: &exchange.Response{Status: 400, Body: []byte(`{"code":"thevalue"}`)}}, ""},
		{"a number", exchange.Exchange{Response: &exchange.Response{Status: 200, Body: []byte(`{"code":12345678}`)}}, ""},
		{"sub", exchange.Exchange{Response: &exchange.Response{Status: 200, Body: []byte(`{"sub":"thevalue"}`)}}, "sub"},
		{"sub of something within", exchange.Exchange{Response: &exchange.Response{Status: 200, Body: []byte(`{"x":{"sub":"thevalue"}}`)}}, ""},
		{"sub of an ID token", exchange.Exchange{Response: &exchange.Response{Status: 200, Body: []byte(`{"id_token":"aGVhZA.eyJzdWIiOiJ0aGV2YWx1ZSJ9.c2ln"}`)}}, "sub"},
		{"sub of what has two parts", exchange.Exchange{Response: &exchange.Response{Status: 200, Body: []byte(`{"id_token":"aGVhZA.eyJzdWIiOiJ0aGV2YWx1ZSJ9"}`)}}, ""},
		{"the query", exchange.Exchange{Request: exchange.Request{URL: "/?code=thevalue"}}, KindCode},
		{"the fragment", exchange.Exchange{Request: exchange.Request{URL: "/#code=thevalue"}}, KindCode},
		{"a redirect", exchange.Exchange{Response: &exchange.Response{Status: 302, Header: http.Header{"Location": {"/x", "/cb?code=thevalue"}}}}, KindCode},
		{"a bearer token", exchange.Exchange{Request: exchange.Request{Header: http.Header{"Authorization": {" BEARER  thevalue "}}}}, KindAccessToken},
		{"credentials", exchange.Exchange{Request: exchange.Request{Header: http.Header{"Authorization": {"Basic thevalue"}}}}, KindCredentials},
		{"credentials alone", exchange.Exchange{Request: exchange.Request{Header: http.Header{"Authorization": {"thevalue"}}}}, KindCredentials},
		{"a cookie", exchange.Exchange{Request: exchange.Request{Header: http.Header{"Cookie": {"a=b; c= thevalue"}}}}, KindCookie},
		{"a cookie that is set", exchange.Exchange{Response: &exchange.Response{Header: http.Header{"Set-Cookie": {`a="thevalue"; Path=/`}}}}, KindCookie},
	} {
		r := New()
		r.Observe(&tt.e)
		got := r.Text("thevalue")
		if tt.want == "" && got != "thevalue" || tt.want != "" && got != "[redacted "+tt.want+" 1, 8 characters]" {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	var many []string
	for i := range observedExchange + 1 {
		many = append(many, fmt.Sprintf("code=value-%04d", i))
	}
	full := New()
	full.Observe(&exchange.Exchange{Request: exchange.Request{Header: form, Body: []byte(strings.Join(many, "&"))}})
	if n := full.Known(KindCode); n != observedExchange {
		t.Errorf("%d values of one exchange are learnt, want %d", n, observedExchange)
	}
}
