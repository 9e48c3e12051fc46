package rp

import (
	"slices"
	"strings"
)

// inCode reports whether a word of the markup stands in the code of a script:
// outside string literals, comments and regular expressions (ECMA-262 12). It is
// false also for a script that cannot be told apart with certainty up to there.
func inCode(script string) bool {
	r := &codeReader{rest: script}
	for r.rest != "" && !r.unsure {
		switch strings.ToLower(r.next()) {
		case markedElement, markedAttribute:
			return true
		}
	}
	return false
}

// codeReader takes a script apart, as far as its strings need it.
type codeReader struct {
	rest   string
	last   string // the token of the code before, one that is a value: "
	nested []int  // for each ${ of a template literal, the braces that are open in it
	heads  []bool // for each ( that is open, whether a statement stands behind its )
	closed bool   // that of the ) that came last
	unsure bool   // what follows may be code or text
}

// next is the next word or sign of the code, empty for what is none.
func (r *codeReader) next() string {
	c := r.rest[0]
	switch {
	case strings.HasPrefix(r.rest, "//"), strings.HasPrefix(r.rest, "<!--"):
		r.skipPast("\n")
	case strings.HasPrefix(r.rest, "/*"):
		r.skipPast("*/")
	case c == '\'', c == '"':
		r.skipLiteral(c)
	case c == '/':
		r.skipSlash()
	case c == '`', c == '}' && r.endsNested():
		r.skipTemplate()
	case c <= ' ':
		r.rest = r.rest[1:]
	case isWord(c):
		return r.word()
	default:
		r.countBraces(c)
		r.countParentheses(c)
		r.last, r.rest = r.rest[:1], r.rest[1:]
		return r.last
	}
	return ""
}

func (r *codeReader) skipPast(end string) {
	_, r.rest, _ = strings.Cut(r.rest, end)
}

// skipLiteral passes over what ends on its line with the character, without a
// backslash before it.
func (r *codeReader) skipLiteral(end byte) {
	inClass := false // of a regular expression, in which a slash is no end
	for i := 1; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '\\':
			i++
		case c == '\n':
			r.unsure = true
			return
		case end == '/' && (c == '[' || c == ']'):
			inClass = c == '['
		case c == end && !inClass:
			r.last, r.rest = `"`, r.rest[i+1:]
			return
		}
	}
	r.unsure = true
}

// skipTemplate passes over a template literal up to its end or to the code in it.
func (r *codeReader) skipTemplate() {
	for i := 1; i < len(r.rest); i++ {
		switch {
		case r.rest[i] == '\\':
			i++
		case r.rest[i] == '`':
			r.last, r.rest = `"`, r.rest[i+1:]
			return
		case strings.HasPrefix(r.rest[i:], "${"):
			r.nested = append(r.nested, 0)
			r.last, r.rest = "", r.rest[i+2:]
			return
		}
	}
	r.unsure = true
}

// endsNested reports whether a brace ends the code in a template literal.
func (r *codeReader) endsNested() bool {
	top := len(r.nested) - 1
	if top < 0 || r.nested[top] > 0 {
		return false
	}
	r.nested = r.nested[:top]
	return true
}

func (r *codeReader) countBraces(c byte) {
	if top := len(r.nested) - 1; top >= 0 && (c == '{' || c == '}') {
		r.nested[top] += map[byte]int{'{': 1, '}': -1}[c]
	}
}

func (r *codeReader) countParentheses(c byte) {
	switch top := len(r.heads) - 1; {
	case c == '(':
		r.heads = append(r.heads, slices.Contains([]string{"if", "while", "for", "with"}, r.last))
	case c == ')' && top >= 0:
		r.closed, r.heads = r.heads[top], r.heads[:top]
	}
}

// beforeExpression are the words after which a slash begins a regular expression.
var beforeExpression = []string{"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "yield", "await"}

// skipSlash passes over a regular expression or a sign of division.
func (r *codeReader) skipSlash() {
	switch {
	case r.last == "}": // of a block or of a value
		line, _, _ := strings.Cut(r.rest[1:], "\n")
		r.unsure = strings.Contains(line, "/")
	case r.last == ")" && r.closed, r.last == "", slices.Contains(beforeExpression, r.last), !endsValue(r.last[0]):
		r.skipLiteral('/')
		return
	}
	r.last, r.rest = "/", r.rest[1:]
}

// endsValue reports whether a value may end with a character of the code.
func endsValue(c byte) bool { return c == '"' || c == ')' || c == ']' || isWord(c) }

func (r *codeReader) word() string {
	end := 1
	for end < len(r.rest) && isWord(r.rest[end]) {
		end++
	}
	r.last, r.rest = r.rest[:end], r.rest[end:]
	return r.last
}

// isWord reports whether a byte is part of a name or a number.
func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
