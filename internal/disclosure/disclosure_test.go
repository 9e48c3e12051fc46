package disclosure

import (
	"cmp"
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name, body, sent string
		url              string // empty: http://127.0.0.1/x
		status           int
		want             string
	}{
		{name: "a stack trace even where all went well", status: 200, body: "<script>x</script>\n    at Object.<anonymous> (/app/lib/token.js:12:7)", want: "a stack trace"},
		{name: "a stack trace in JSON", status: 500, body: `{"stack":"oops\n    at handle (/srv/x/y.js:1:2)"}`, want: "a stack trace"},
		{name: "a stack trace that begins the body", status: 500, body: "at handle (/srv/x/y.js:1:2)", want: "a stack trace"},
		{name: "Ruby", status: 500, body: "token.rb:12:in 'redeem'", want: "a stack trace"},
		{name: "PHP", status: 500, body: "in token.php on line 12", want: "a stack trace"},
		{name: "a frame of Python", status: 500, body: `File "/app/token.py", line 12`, want: "a stack trace"},
		{name: "C#", status: 500, body: `at Sgid.Token.Redeem(String code) in C:\token.cs:line 12`, want: "a stack trace"},
		{name: "a source file", status: 500, body: "token.ts:12 failed", want: "a source file and line"},
		{name: "a path of Windows", status: 500, body: `cannot open D:\keys\x`, want: "a file path"},
		{name: "what is undefined", status: 500, body: "cannot read properties of undefined", want: "an exception text"},
		{name: "what is no function", status: 500, body: "token is not a function", want: "an exception text"},
		{name: "a database in any case", status: 500, body: "You Have An Error In Your SQL", want: "a database message"},
		{name: "Go", status: 500, body: "goroutine 17 [running]:", want: "a stack trace"},
		{name: "Python", status: 500, body: "Traceback (most recent call last)", want: "a stack trace"},
		{name: "Java", status: 400, body: "at sg.id.Token.redeem(Token.java:41)", want: "a stack trace"},
		{name: "an exception text", status: 500, body: `{"message":"Cannot destructure property 'profile' of 'x(...)' as it is undefined."}`, want: "an exception text"},
		{name: "an exception's name", status: 400, body: "<pre>SyntaxError: oops</pre>", want: "an exception text"},
		{name: "a path", status: 400, body: `{"error":"open '/var/lib/sgid/keys.pem'"}`, want: "a file path"},
		{name: "SQL", status: 400, body: `syntax error at or near "x"`, want: "a database message"},
		{name: "a statement", status: 500, body: `SELECT id FROM codes`, want: "a database message"},
		{name: "what the request sent", status: 400, body: "unknown code SELECT 1 FROM x", sent: "code=SELECT 1 FROM x"},
		{name: "a page's own script", status: 200, body: "try{}catch(e){ if (e instanceof TypeError) throw new RangeError: x }"},
		{name: "an ordinary error", status: 400, body: `{"error":"invalid_request","error_description":"code_verifier is not defined; select a client from the portal"}`},
		{name: "links of an error page", status: 404, body: `<a href="/app/login">Error: not found</a> <a href='/home/help'>`},
		{name: "what an error page loads", status: 404, body: `<!doctype html><link rel=manifest href=/app/manifest.json><link data-turbo-track="reload" href='/src/x.mjs'>` +
			`<script type="module" src="/app/assets/index.js"></script><script src="/app/node_modules/x/y.js"></script><meta http-equiv=refresh content="9; url=/app/index.html">` +
			`<img srcset="/a.png 1x, /usr/share/a.png 2x"><form class="f" action="/app/login.php">`},
		{name: "more links than one", status: 404, body: strings.Repeat(`<a href="/app/index.html">x</a>`, 20) + `cannot open /app/keys.pem`, want: "a file path"},
		{name: "a path beside a link", status: 404, body: `<a href="/app/index.html">x</a><pre title='x'>open '/app/keys.pem'</pre>`, want: "a file path"},
		{name: "a path in a text that is no tag", status: 500, body: `a < b, src="/app/keys.pem"`, want: "a file path"},
		{name: "what a script loads from the page's own folder", status: 404, url: "http://127.0.0.1/app/x", body: `<script>import("/app/assets/index.js")</script>`},
		{name: "a path in a script", status: 404, body: `<script>failed("/app/keys.pem")</script>`, want: "a file path"},
		{name: "a path behind a script", status: 404, url: "http://127.0.0.1/app/x", body: `<script></script>"/app/keys.pem"`, want: "a file path"},
		{name: "the page's own address in quotes", status: 404, url: "http://127.0.0.1/app/x.php?code=1", body: `<p>"/app/x.php" is not there`},
		{name: "an error page's heading", status: 400, body: `<h1>Authorization Error: unexpected token type</h1>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &exchange.Exchange{
				Request:  exchange.Request{URL: cmp.Or(tt.url, "http://127.0.0.1/x"), Body: []byte(tt.sent)},
				Response: &exchange.Response{Status: tt.status, Header: http.Header{}, Body: []byte(tt.body)},
			}
			if got := Of(e); got != tt.want {
				t.Errorf("Of says %q, want %q", got, tt.want)
			}
		})
	}
}
