// Package disclosure finds what a response tells of the inside of the program
// that sent it: stack traces, file paths, texts of exceptions, messages of
// databases.
package disclosure

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
)

// A sign of internals in a response. Those that a page's own script may hold
// count only in the answers to errors. A response that holds none of the texts in
// needs cannot match the pattern, which takes far longer to find that out.
type sign struct {
	what       string
	pattern    *regexp.Regexp
	errorsOnly bool
	needs      []string // in lower case
}

// possible takes the body in lower case.
func (s sign) possible(lower []byte) bool {
	return slices.ContainsFunc(s.needs, func(text string) bool { return bytes.Contains(lower, []byte(text)) })
}

var signs = []sign{
	{"a stack trace", regexp.MustCompile(`(?m)^\s*at (async )?[\w$.<>\[\] ]*\(?(file:|node:|/|[A-Z]:\\)[^\s()]*:\d+(:\d+)?\)?`), false,
		[]string{"\nat ", "\n at ", "  at ", "\tat ", "\t at ", "\rat ", "\r at ", "\fat ", "\f at "}},
	{"a stack trace", regexp.MustCompile(`Traceback \(most recent call last\)|goroutine \d+ \[\w|\bat [\w$]+(\.[\w$<>]+)+\([\w$]+\.(java|kt|scala|groovy):\d+\)|\bat [\w.]+\(.*\) in \S+\.cs:line \d+|\.rb:\d+:in [\x60']|\.php(:| on line )\d+|File "[^"]+\.py", line \d+`), false,
		[]string{"traceback", "goroutine ", ".java:", ".kt:", ".scala:", ".groovy:", ".cs:line ", ".rb:", ".php", `.py"`}},
	{"a source file and line", regexp.MustCompile(`\b[\w-]+\.(go|js|mjs|cjs|ts|py|rb|java|cs|rs|php):\d+\b`), true,
		[]string{".go:", ".js:", ".mjs:", ".cjs:", ".ts:", ".py:", ".rb:", ".java:", ".cs:", ".rs:", ".php:"}},
	{filePath, regexp.MustCompile(`(^|[\s"'(=:,\[>])/((usr|var|opt|srv|etc|tmp)/[\w.@-]+/[\w./@-]+|(home|root|app|Users|workspace|src)/[\w./@-]+\.(js|cjs|mjs|ts|go|py|rb|java|php|json|pem|key|env|html|yaml|yml))\b|\bnode_modules/|\b[A-Z]:\\\\?[\w .-]+\\`), true,
		[]string{"usr/", "var/", "opt/", "srv/", "etc/", "tmp/", "home/", "root/", "app/", "users/", "workspace/", "src/", "node_modules/", `:\`}},
	{"an exception text", regexp.MustCompile(`\b(\w+\.)*[A-Z]\w*(Exception|Error)\b(: |\n| at )|\b(Uncaught|Unhandled) (\w*Exception|\w*Error|promise)|\bpanic: |\bruntime error: |invalid memory address|nil pointer|NullPointer|Cannot (read|set) propert(y|ies) |Cannot destructure property|\S is not (a function|iterable)\b|Unexpected token .{0,20}in JSON|Unexpected token .{0,20}is not valid JSON|Unexpected end of (JSON )?input|\bof undefined\b|\bECONN(REFUSED|RESET)\b|\bENOENT\b|\bsegmentation fault\b`), true,
		[]string{"exception", "error: ", "error\n", "error at ", "uncaught", "unhandled", "panic: ", "runtime error: ", "invalid memory", "nil pointer", "nullpointer",
			"cannot read ", "cannot set ", "cannot destructure ", "is not a function", "is not iterable", "unexpected token ", "unexpected end of ", "of undefined", "econn", "enoent", "segmentation fault"}},
	{"a database message", regexp.MustCompile(`\bSQLSTATE\b|syntax error at or near|\bORA-\d{5}\b|(?i:you have an error in your sql)|\bpq: |\b(?i:sqlite)3?[._ ]|\bMongo(Server)?Error\b|\bSELECT\s+[\w*,\s."]+\s+FROM\s+\w|\bINSERT\s+INTO\s+\w|duplicate key value|relation "[^"]+" does not exist|\bWRONGTYPE\b|\bPrismaClient|\bSequelize[A-Z]`), true,
		[]string{"sqlstate", "syntax error at or near", "ora-", "error in your sql", "pq: ", "sqlite", "mongo", "select", "insert", "duplicate key value", "relation \"", "wrongtype", "prismaclient", "sequelize"}},
}

const filePath = "a file path"

// linked is a tag up to the value, or within it, of an attribute that holds an
// address: what stands there is where a browser finds something.
var linked = regexp.MustCompile(`(?is)^<[a-z][^<>]*[\s"'/]([\w:@.-]*(src|srcset|href|url|action|poster)|data|content|manifest|cite|background|ping|hx-\w+)\s*=\s*(\\?["'])?[^"'<>]*$`)

// tagAtMost is how far before an attribute's value its tag begins.
const tagAtMost = 4 << 10

// isAddress reports whether a path in a page, from at on, is an address of the
// application's: the value of a link, or, in a script, a file under the first folder
// of the page's own address.
func isAddress(body []byte, at int, path string, page *url.URL, scripts [][]int) bool {
	before := body[max(0, at-tagAtMost):at]
	if linked.Match(before[max(0, bytes.LastIndexByte(before, '<')):]) {
		return true
	}
	folder, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return strings.HasPrefix(path, "/") && page != nil && strings.HasPrefix(page.Path, "/"+folder+"/") &&
		slices.ContainsFunc(scripts, func(part []int) bool { return part[0] < at && at < part[1] })
}

var script = regexp.MustCompile(`(?is)<script\b.*?(</script|$)`)

// scannedAtMost bounds how much of a response is searched.
const scannedAtMost = 256 << 10

// Of says what a response shows of the inside of whoever sent it, such as a stack
// trace; empty: nothing.
// What the request itself held and the response repeats is no leak.
func Of(e *exchange.Exchange) string {
	body := e.Body()
	if len(body) == 0 || e.NoResponse() {
		return ""
	}
	if len(body) > scannedAtMost {
		body = body[:scannedAtMost]
	}
	// A line break in a JSON string still ends a line of the trace.
	body = bytes.ReplaceAll(append([]byte("\n"), body...), []byte(`\n`), []byte("\n"))
	lower := bytes.ToLower(body)
	sent := e.Request.URL + "\n" + string(e.Request.Body)
	page, _ := url.Parse(e.Request.URL)
	for _, s := range signs {
		if s.errorsOnly && e.Status() < 400 || !s.possible(lower) {
			continue
		}
		var scripts [][]int
		if s.what == filePath {
			scripts = script.FindAllIndex(body, -1)
		}
		for _, at := range s.pattern.FindAllIndex(body, -1) {
			found := string(body[at[0]:at[1]])
			if s.what == filePath {
				found = strings.TrimLeft(found, " \t\r\n\"'(=:,[>")
				if isAddress(body, at[1]-len(found), found, page, scripts) {
					continue
				}
			}
			if !strings.Contains(sent, strings.TrimSpace(found)) {
				return s.what
			}
		}
	}
	return ""
}
