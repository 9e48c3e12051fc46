package suites

import (
	"strings"
	"unicode"
)

// Where a text stands in a script. What is reflected there is safe within a string
// whose quotes it cannot end, and nowhere else.

// Places in a script, where they are not the quote of the string that is open.
const (
	inCode    = 'c'
	inComment = '/'
)

// places are where a word stands in a script, one for each time: in code, in a
// comment, or in the string or template that the quote opens. A string that its line
// ends before is none any more.
func places(script, word string) []byte {
	var found []byte
	l := scriptText{text: script}
	for l.at < len(script) {
		if strings.HasPrefix(script[l.at:], word) {
			found = append(found, l.place())
			l.at += len(word)
			l.before = word
			continue
		}
		l.step()
	}
	return found
}

// scriptText is a script that is read up to a place in it.
type scriptText struct {
	text    string
	at      int
	quote   byte   // of the open string or template; 0: none
	block   bool   // a comment is open that a line does not end
	line    bool   // one that it does
	braces  []int  // for each template around the code, the braces that are open in it
	before  string // the last word or sign of code
	noRegex int    // no regular expression ends before this place
}

func (l *scriptText) place() byte {
	switch {
	case l.quote != 0:
		return l.quote
	case l.block, l.line:
		return inComment
	}
	return inCode
}

// step goes on by what belongs together.
func (l *scriptText) step() {
	c, rest := l.text[l.at], l.text[l.at:]
	l.at++
	newline := c == '\n' || c == '\r'
	switch {
	case l.block:
		if strings.HasPrefix(rest, "*/") {
			l.at, l.block = l.at+1, false
		}
	case l.line:
		l.line = !newline
	case l.quote != 0:
		l.within(c, rest)
	case strings.HasPrefix(rest, "/*"):
		l.at, l.block = l.at+1, true
	case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "<!--"):
		l.line = true
	case c == '"', c == '\'', c == '`':
		l.quote = c
	case c == '/' && l.regexMayBegin():
		l.regex()
	default:
		l.code(c)
	}
}

// within goes on in an open string or template.
func (l *scriptText) within(c byte, rest string) {
	switch {
	case c == '\\' && strings.HasPrefix(rest, "\\\r\n"):
		l.at += 2
	case c == '\\' && len(rest) > 1:
		l.at++
	case c == l.quote, l.quote != '`' && (c == '\n' || c == '\r'):
		l.quote, l.before = 0, ")"
	case l.quote == '`' && strings.HasPrefix(rest, "${"):
		l.at, l.quote, l.before = l.at+1, 0, "("
		l.braces = append(l.braces, 0)
	}
}

func (l *scriptText) code(c byte) {
	inTemplate := len(l.braces) - 1
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return
	case c == '{' && inTemplate >= 0:
		l.braces[inTemplate]++
	case c == '}' && inTemplate >= 0 && l.braces[inTemplate] == 0:
		l.braces, l.quote = l.braces[:inTemplate], '`'
	case c == '}' && inTemplate >= 0:
		l.braces[inTemplate]--
	}
	if !wordly(c) {
		l.before = l.text[l.at-1 : l.at]
		return
	}
	end := l.at
	for begin := l.at - 1; begin > 0 && end-begin < len("instanceof")+2; begin-- {
		if !wordly(l.text[begin-1]) {
			l.before = l.text[begin:end]
			return
		}
	}
	l.before = "name"
}

func wordly(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))
}

// regexMayBegin tells a regular expression from a division by what stands before.
func (l *scriptText) regexMayBegin() bool {
	switch l.before {
	case "", "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "instanceof", "await", "yield":
		return true
	}
	return len(l.before) == 1 && strings.Contains("(,=:[!&|?{};+-*%~^<>", l.before)
}

// regex goes to the end of a regular expression. Where its line has none it was a
// division.
func (l *scriptText) regex() {
	l.before = "/"
	if l.at < l.noRegex {
		return
	}
	class := false
	for i := l.at; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '\n' || c == '\r':
			l.noRegex = i
			return
		case c == '/' && !class:
			l.at, l.before = i+1, ")"
			return
		}
	}
	l.noRegex = len(l.text)
}
