// Package disclosure finds what a response tells of the inside of the program
// that sent it: stack traces, file paths, texts of exceptions, messages of
// databases.
package disclosure

import (
	"bytes"
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
	{"a file path", regexp.MustCompile(`(^|[\s"'(=:,\[>])/((usr|var|opt|srv|etc|tmp)/[\w.@-]+/[\w./@-]+|(home|root|app|Users|workspace|src)/[\w./@-]+\.(js|cjs|mjs|ts|go|py|rb|java|php|json|pem|key|env|html|yaml|yml))\b|\bnode_modules/|\b[A-Z]:\\\\?[\w .-]+\\`), true,
		[]string{"usr/", "var/", "opt/", "srv/", "etc/", "tmp/", "home/", "root/", "app/", "users/", "workspace/", "src/", "node_modules/", `:\`}},
	{"an exception text", regexp.MustCompile(`\b(\w+\.)*[A-Z]\w*(Exception|Error)\b(: |\n| at )|\b(Uncaught|Unhandled) (\w*Exception|\w*Error|promise)|\bpanic: |\bruntime error: |invalid memory address|nil pointer|NullPointer|Cannot (read|set) propert(y|ies) |Cannot destructure property|\S is not (a function|iterable)\b|Unexpected token .{0,20}in JSON|Unexpected token .{0,20}is not valid JSON|Unexpected end of (JSON )?input|\bof undefined\b|\bECONN(REFUSED|RESET)\b|\bENOENT\b|\bsegmentation fault\b`), true,
		[]string{"exception", "error: ", "error\n", "error at ", "uncaught", "unhandled", "panic: ", "runtime error: ", "invalid memory", "nil pointer", "nullpointer",
			"cannot read ", "cannot set ", "cannot destructure ", "is not a function", "is not iterable", "unexpected token ", "unexpected end of ", "of undefined", "econn", "enoent", "segmentation fault"}},
	{"a database message", regexp.MustCompile(`\bSQLSTATE\b|syntax error at or near|\bORA-\d{5}\b|(?i:you have an error in your sql)|\bpq: |\b(?i:sqlite)3?[._ ]|\bMongo(Server)?Error\b|\bSELECT\s+[\w*,\s."]+\s+FROM\s+\w|\bINSERT\s+INTO\s+\w|duplicate key value|relation "[^"]+" does not exist|\bWRONGTYPE\b|\bPrismaClient|\bSequelize[A-Z]`), true,
		[]string{"sqlstate", "syntax error at or near", "ora-", "error in your sql", "pq: ", "sqlite", "mongo", "select", "insert", "duplicate key value", "relation \"", "wrongtype", "prismaclient", "sequelize"}},
}

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
	for _, s := range signs {
		if s.errorsOnly && e.Status() < 400 || !s.possible(lower) {
			continue
		}
		for _, found := range s.pattern.FindAll(body, 8) {
			if !strings.Contains(sent, strings.TrimSpace(string(found))) {
				return s.what
			}
		}
	}
	return ""
}
