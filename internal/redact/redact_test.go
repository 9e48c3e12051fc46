package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact/redacttest"
)

const marked = `s3cr/et+"<MARK>\é&x=y`

func TestTextFindsALearntSecretInEverySpelling(t *testing.T) {
	r := New()
	r.Learn(KindClientSecret, marked)
	for name, spelling := range redacttest.Spellings(marked) {
		for _, around := range []string{"%s", "before %s after", `{"message":"%s"}`, "<b title='%s'>"} {
			in := fmt.Sprintf(around, spelling)
			out := r.Text(in)
			if found := redacttest.Leaks(out, marked); found != "" || !strings.Contains(out, "[redacted client_secret 1, 21 characters]") {
				t.Errorf("%s: %q became %q (%s)", name, in, out, found)
			}
		}
	}
	if out := r.Text("nothing of it here: client_secret, s3cr"); out != "nothing of it here: client_secret, s3cr" {
		t.Errorf("innocent text became %q", out)
	}
}

func TestTextKnowsShapes(t *testing.T) {
	jwt := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1PTEifQ.c2lnbmF0dXJl"
	for in, want := range map[string]string{
		"token " + jwt + "!":                                                 "token [redacted token, 52 characters]!",
		"jwe eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn":                               "jwe [redacted token, 32 characters]",
		base64.StdEncoding.EncodeToString([]byte(jwt)):                       "[redacted token, 72 characters]",
		"S1234567D and t7654321z, S12345678D":                                "[redacted nric, 9 characters] and [redacted nric, 9 characters], S12345678D",
		"id=%531234567D":                                                     "id=[redacted nric, 9 characters]",
		"Authorization: Bearer abcdef123456":                                 "Authorization: Bearer [redacted credentials, 12 characters]",
		"the bearer authorization is bad":                                    "the bearer authorization is bad",
		"GET /cb?code=abcdefgh&state=1":                                      "GET /cb?code=[redacted code, 8 characters]&state=1",
		"cb?code&#x3D;abcdefgh&amp;state=1":                                  "cb?code&#x3D;[redacted code, 8 characters]&amp;state=1",
		`\"access_token\":\"abcdefgh\"`:                                      `\"access_token\":\"[redacted access_token, 8 characters]\"`,
		"error_code=12345678":                                                "error_code=12345678",
		"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nrest": "[redacted private_key, 58 characters]\nrest",
	} {
		if got := New().Text(in); got != want {
			t.Errorf("%q\n became %q\n    want %q", in, got, want)
		}
	}
}

func TestTextIsInert(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[31mred\x00":            `a\x1b[31mred\x00`,
		"line\r\nnext\ttab":           "line\nnext\ttab",
		"bare\rreturn":                `bare\rreturn`,
		"evil\u202etxt\u2066x\u200b.": `evil\u202Etxt\u2066x\u200B.`,
		"bad \xff\xc3( utf8":          `bad \xff\xc3( utf8`,
		"c1 \u0085 bom \ufeff":        `c1 \u0085 bom \uFEFF`,
		"tag \U000e0041":              `tag \U000E0041`,
		"fine: é 漢字 🙂":                "fine: é 漢字 🙂",
	} {
		got := New().Text(in)
		if got != want || !utf8.ValidString(got) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := New().line("a\r\nb\tc"); got != `a\r\nb\tc` {
		t.Errorf("one line became %q", got)
	}
}

func TestLearn(t *testing.T) {
	r := New()
	r.Learn(KindCode, "code-number-one")
	r.Learn(KindCode, "code-number-two")
	r.Learn(KindCode, "code-number-one")
	r.Learn(KindPersonal, "TAN AH KOW")
	r.Learn(KindPersonal, "NA")
	r.Learn(KindPersonal, "MALE")
	r.Learn(KindPersonal, "BLK 1 LORONG\n#01-01\nSINGAPORE 123456")
	r.Learn(KindCookie, "x")
	if got, want := r.Text("name=Tan+Ah+Kow&n=%54AN+AH+KOW"), "name=[redacted personal 1, 10 characters]&n=[redacted personal 1, 10 characters]"; got != want {
		t.Errorf("in a form: %q", got)
	}
	if got, want := r.Text("code-number-two code-number-one code-number-two"), "[redacted code 2, 15 characters] [redacted code 1, 15 characters] [redacted code 2, 15 characters]"; got != want {
		t.Errorf("labels: %q", got)
	}
	got := r.Text("Tan Ah Kow, tan ah kow, MALE, FEMALE, NA x, Lorong: BLK 1 LORONG, SINGAPORE 123456")
	if want := "[redacted personal 1, 10 characters], [redacted personal 1, 10 characters], [redacted personal 2, 4 characters], FEMALE, NA x, Lorong: [redacted personal 4, 12 characters], [redacted personal 6, 16 characters]"; got != want {
		t.Errorf("personal: %q", got)
	}
	r.ShowPersonalData()
	if got := r.Text("TAN AH KOW S1234567D code-number-one"); got != "TAN AH KOW S1234567D [redacted code 1, 15 characters]" {
		t.Errorf("shown: %q", got)
	}
}

func TestExchangeIsRedacted(t *testing.T) {
	r := New()
	r.Learn(KindClientSecret, "configured-secret")
	idToken := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1PTExMTEtMjIyMiJ9.c2ln"
	e := &exchange.Exchange{
		Request: exchange.Request{
			Method: "POST", URL: "http://user:pass-word@127.0.0.1:1/token?code=in-the-query&x=1",
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"sid=cookie-value-1; b=2"}, "Authorization": {"Bearer bearer-token-1"}},
			Body:   []byte("client_id=me&client_secret=configured-secret&code=the-code-1&code_verifier=verifier-1&grant_type=authorization_code&transaction=tx-12345"),
		},
		Response: &exchange.Response{
			Status: 200,
			Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"sid=cookie-value-2; Path=/; HttpOnly"}, "Location": {"/cb?code=redirect-code#access_token=frag-token-1"}, "X-Echo": {"configured-secret and the-code-1"}},
			Body:   []byte(`{"access_token":"access-token-1","id_token":"` + idToken + `","token_type":"Bearer","expires_in":3600,"name":"Tan","n1":91234567,"data":{"issuer":"plain data"},"key":"k","error":"S1234567D","scope":"openid"}`),
		},
	}
	r.Observe(e)
	out := string(redacttest.Must(json.Marshal(r.Exchange(e))))
	for _, secret := range []string{"pass-word", "in-the-query", "cookie-value", "bearer-token", "configured-secret", "the-code-1", "verifier-1", "tx-12345", "redirect-code", "frag-token", "access-token-1", idToken, "Tan", "91234567", "plain data", "S1234567D"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is still there", secret)
		}
	}
	for _, kept := range []string{"client_id=me", "grant_type=authorization_code", "HttpOnly", `\"token_type\":\"Bearer\"`, `\"expires_in\":3600`, `\"scope\":\"openid\"`, "client_secret 1, 17 characters"} {
		if !strings.Contains(out, kept) {
			t.Errorf("%q is gone: %s", kept, out)
		}
	}
	if got := r.Text("later: the-code-1 u=1111-2222"); got != "later: [redacted code 2, 10 characters] [redacted sub 1, 11 characters]" {
		t.Errorf("not learnt: %q", got)
	}
}

func TestErrorsKeepTheirCode(t *testing.T) {
	e := &exchange.Exchange{Response: &exchange.Response{Status: 400, Header: http.Header{"Content-Type": {"application/json"}},
		Body: []byte(`{"error":"invalid_grant","error_description":"code S1234567D is spent","code":"E42","data":"x-data"}`)}}
	want := `{"error":"invalid_grant","error_description":"code [redacted nric, 9 characters] is spent","code":"E42","data":"[redacted value, 6 characters]"}`
	if got := New().Exchange(e).Response.Body; got != want {
		t.Errorf("got %s", got)
	}
}

func TestPagesLoseWhatTheyOffer(t *testing.T) {
	got := New().Exchange(&exchange.Exchange{Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"text/html"}},
		Body: []byte(`<p>Welcome</p><input type="hidden" name="t" value="tx-secret"><label><input type=radio value=p1> Tan Ah Kow</label><option value='a' data-url="/cb?code=abcdefgh&amp;s=1">Ann</option><input type=submit value="Log in"><script>"\u003cb>"</script>`)}}).Response.Body
	for _, gone := range []string{"tx-secret", "p1", "Tan Ah Kow", "Ann", "abcdefgh"} {
		if strings.Contains(got, gone) {
			t.Errorf("%q is still there: %s", gone, got)
		}
	}
	for _, kept := range []string{"<p>Welcome</p>", `name="t"`, `value="Log in"`} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is gone: %s", kept, got)
		}
	}
}

func TestBodiesAreCut(t *testing.T) {
	secret := strings.Repeat("0123456789abcdef", 8)
	for _, tt := range []struct {
		name, media string
		body        string
		want        string
	}{
		{"long text", "text/plain", strings.Repeat("a", 20<<10), "[cut: 20480 bytes in all, SHA-256 "},
		{"binary by type", "image/png", "abc", "[binary, 3 bytes, SHA-256 "},
		{"binary by content", "", strings.Repeat("\x00\x01", 50), "[binary, 100 bytes, SHA-256 "},
		{"a secret across the cut", "text/plain", strings.Repeat("a ", 8<<10)[:keptBody-20] + secret + strings.Repeat(" b", 9<<10), "[cut: "},
		{"a secret across the window", "text/plain", strings.Repeat("S1234567D ", readBody/10)[:readBody-40] + secret, "[cut: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := New()
			r.Learn(KindCode, secret)
			got := r.Exchange(&exchange.Exchange{Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {tt.media}}, Body: []byte(tt.body)}}).Response.Body
			if !strings.Contains(got, tt.want) || len(got) > keptBody+200 {
				t.Errorf("%d bytes: …%q", len(got), got[max(0, len(got)-200):])
			}
			if strings.Contains(got, "0123456789abcdef") {
				t.Error("part of the secret is left")
			}
		})
	}
}

func TestCurlRepeatsTheRequest(t *testing.T) {
	r := New()
	r.LearnAs(KindClientSecret, "configured-secret", "SGID_CLIENT_SECRET")
	q := exchange.Request{Method: "POST", URL: "http://127.0.0.1/token?a='b'$(id)&c=\"`x`", Header: http.Header{"X-Odd": {"é\x01\x1b[0m\tend"}, "Content-Type": {"application/x-www-form-urlencoded"}},
		Body: []byte("client_secret=configured-secret&code=the-code-9&code_verifier=verif'ier-9&x=it's&client_secret=wrong-secret-2")}
	r.Observe(&exchange.Exchange{Request: q})
	line := r.Curl(q)
	for _, b := range []byte(line) {
		if b < 0x20 || b >= 0x7f {
			t.Fatalf("the line holds byte %#x: %q", b, line)
		}
	}
	script := `curl() { for a in "$@"; do printf '%s\n' "$a"; done; }; SGID_CLIENT_SECRET=cs WRONG_CLIENT_SECRET=wrong CODE=co CODE_VERIFIER=cv; ` + line
	out, err := exec.Command("sh", "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{"-sS", "-i", "-X", "POST", "--path-as-is", "--globoff", q.URL,
		"-H", "Content-Type: application/x-www-form-urlencoded", "-H", "X-Odd: é\x01\x1b[0m\tend", "-H", "Accept:",
		"--data-urlencode", "client_secret=cs", "--data-urlencode", "code=co", "--data-urlencode", "code_verifier=cv", "--data-raw", "x=it's", "--data-urlencode", "client_secret=wrong", ""}, "\n")
	if string(out) != want {
		t.Errorf("the shell read\n%s\nwant\n%s\nfrom %s", out, want, line)
	}
}

// MockPass takes any client secret, and its README has one of three letters.
func TestAShortSecretHasItsVariable(t *testing.T) {
	for _, secret := range []string{"a", "any", "four", "and a long one"} {
		r := New()
		r.LearnAs(KindClientSecret, secret, "SGID_CLIENT_SECRET")
		sent := func(field string) string {
			return r.Curl(exchange.Request{Method: "POST", Header: http.Header{"Content-Type": {formType}}, Body: []byte(field)})
		}
		if line := sent("client_secret=" + url.QueryEscape(secret)); !strings.Contains(line, `'client_secret='"$SGID_CLIENT_SECRET"`) {
			t.Errorf("%q itself: %s", secret, line)
		}
		if line := sent("client_secret=other"); !strings.Contains(line, `'client_secret='"$WRONG_CLIENT_SECRET"`) {
			t.Errorf("another than %q: %s", secret, line)
		}
		if line := sent("code=any"); !strings.Contains(line, `'code='"$CODE"`) && secret == "any" {
			t.Errorf("a code that is the same by chance: %s", line)
		}
		if got := r.Text("in any way"); got != "in any way" {
			t.Errorf("%q is looked for: %s", secret, got)
		}
	}
}

func TestQuoteSurvivesTheShell(t *testing.T) {
	for _, in := range []string{"", "plain", "it's", `back\slash`, "$HOME `id` \"x\" !", "a\nb\n", "\r\x7f\xff", "-n", "%s%%", "\t\x01'\x02"} {
		out, err := exec.Command("sh", "-c", "printf %s "+Quote(in)).Output()
		if err != nil || string(out) != in {
			t.Errorf("%q came back as %q (%v) from %s", in, out, err, Quote(in))
		}
	}
}

func TestExchangeWithoutAnswer(t *testing.T) {
	r := New()
	r.Learn(KindCode, "the-code-1")
	e := &exchange.Exchange{Err: errors.New("dial the-code-1\x1b failed")}
	if got := r.Exchange(e); got.Response != nil || got.Error != `dial [redacted code 1, 10 characters]\x1b failed` {
		t.Errorf("%+v", got)
	}
}

// A block key opens the data in whatever form its octets stand.
func TestTheOctetsOfABlockKeyAreRedacted(t *testing.T) {
	key := []byte("\x01\xfb\xff0123456789\x80abcdefghijklmnopqr")
	r := New()
	r.Learn(KindBlockKey, base64.RawURLEncoding.EncodeToString(key))
	for name, text := range map[string]string{
		"k":                     base64.RawURLEncoding.EncodeToString(key),
		"hexadecimal":           hex.EncodeToString(key),
		"upper hexadecimal":     strings.ToUpper(hex.EncodeToString(key)),
		"base64":                base64.StdEncoding.EncodeToString(key),
		"octets":                string(key),
		"hexadecimal of k":      hex.EncodeToString([]byte(base64.RawURLEncoding.EncodeToString(key))),
		"octets within base64":  base64.StdEncoding.EncodeToString(append([]byte("key="), key...)),
		"octets percent-escape": url.QueryEscape(string(key)),
	} {
		want := "[redacted block_key 1, 43 characters]"
		if got := r.Text("x " + text + " y"); !strings.Contains(got, want) || len(got) > len(want)+len("x  y")+8 {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What is learnt of a person covers the parts by which a check finds it.
func TestPartsOfAPersonsDataAreRedacted(t *testing.T) {
	r := New()
	r.Learn(KindPersonal, `[{"vehicle_number":"SZZ9901A","engine":{"no":"EN-4711"},"year":1998},{"vehicle_number":"FZZ\u00399902B","odometer":123456789}]`)
	r.Learn(KindPersonal, "999 EXAMPLE AVENUE 4\n#05-67\nSINGAPORE 099999")
	r.Learn(KindPersonal, "Tan Mei Ling")
	for _, text := range []string{
		"SZZ9901A", "EN-4711", "FZZ99902B", "123456789", "#05-67", "999 example avenue 4", "no. SINGAPORE 099999.",
		base64.StdEncoding.EncodeToString([]byte("name=tan mei ling;")), base64.RawURLEncoding.EncodeToString([]byte("TAN MEI LING")), hex.EncodeToString([]byte("tan mei ling")),
	} {
		if got := r.Text(text); !strings.Contains(got, "[redacted personal") {
			t.Errorf("%s stays: %s", text, got)
		}
	}
	if got := r.Text("since 1998"); got != "since 1998" {
		t.Errorf("a year by chance: %s", got)
	}
	many := New()
	var lines strings.Builder
	for i := range 5 * mostParts {
		fmt.Fprintf(&lines, "line %d\n", i)
	}
	many.Learn(KindPersonal, lines.String())
	if n := many.Known(KindPersonal); n > mostParts+10 {
		t.Errorf("%d parts of one value are learnt", n)
	}
}

// No half of a client secret is shown, whichever it is and in whatever encoding.
func TestHalfAClientSecretIsNotShown(t *testing.T) {
	const secret = "q7Jw2mZp9XcV4bN8tR6yK3sD5fG1hL0a"
	r := New()
	r.Learn(KindClientSecret, secret)
	for at := range len(secret)/2 + 1 {
		half := secret[at : at+len(secret)/2]
		for _, text := range []string{half, "x" + half + "x", url.QueryEscape(half), base64.StdEncoding.EncodeToString([]byte("ab:" + half)), hex.EncodeToString([]byte(half))} {
			if got := r.Text("expected " + text + "..."); !strings.Contains(got, "[redacted part_of_client_secret 1]") {
				t.Errorf("%d: %s of %s", at, got, text)
			}
		}
	}
	if got := r.Text("the secret " + secret + " is not " + secret[:12]); got != "the secret [redacted client_secret 1, 32 characters] is not "+secret[:12] {
		t.Error(got)
	}
	for what, short := range map[string]string{"short": "a-short-secret-ofx", "observed": "sgidcheck-not-the-secret"} {
		r := New()
		if what == "observed" {
			r.Observe(&exchange.Exchange{Request: exchange.Request{URL: "http://127.0.0.1/", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte("client_secret=" + short)}})
		} else {
			r.Learn(KindClientSecret, short)
		}
		if half := short[:len(short)/2]; r.Text(short) == short || r.Text(half) != half {
			t.Errorf("%s: %s, its half %s", what, r.Text(short), r.Text(half))
		}
	}
	long := strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz-", 40)
	r = New()
	r.Learn(KindClientSecret, long)
	if got := r.Text("x " + long[300:1300] + " y"); got != "x [redacted part_of_client_secret 1] y" {
		t.Errorf("1000 characters of %d: %s", len(long), got)
	}
}
