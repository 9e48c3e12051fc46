// Package inert makes text harmless to show. It is the one place that says
// which characters may not reach a terminal, a page or a file as they came.
package inert

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unseen are the characters that are not shown themselves, or that steer how
// others are: controls, format characters, private use and surrogates (category C
// without the unassigned, which a newer Unicode may show), line and paragraph
// separators, whatever a renderer may leave out (Default_Ignorable_Code_Point,
// Unicode 5.21), and code points that are no characters (Unicode 23.7).
var unseen = []*unicode.RangeTable{
	unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
	unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
	unicode.Noncharacter_Code_Point,
}

// Hidden says whether a character is shown by something other than itself, or
// not at all. Newline and tab are; whether they may stay is for the caller.
func Hidden(c rune) bool {
	if c >= 0x20 && c < 0x7f {
		return false
	}
	return c < 0 || c > unicode.MaxRune || unicode.IsOneOf(unseen, c)
}

// Text is s with every hidden character, and every byte that is not UTF-8, as a
// visible escape such as \x1b, \u202E or \U000E0041. Newlines and tabs stay; a
// CRLF becomes a newline. What s may do as HTML, XML or Markdown is for the
// writer of that form.
func Text(s string) string { return escape(s, true) }

// Line is Text for what must stay on one line: newlines, carriage returns and
// tabs become \n, \r and \t.
func Line(s string) string { return escape(s, false) }

func escape(s string, lines bool) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= 0x20 && s[i] < 0x7f || lines && (s[i] == '\n' || s[i] == '\t')
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case lines && (c == '\n' || c == '\t'):
			b.WriteRune(c)
		case lines && c == '\r' && strings.HasPrefix(s[i+1:], "\n"):
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case !Hidden(c):
			b.WriteRune(c)
		case c < 0x80:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, c)
		default:
			fmt.Fprintf(&b, `\u%04X`, c)
		}
		i += n
	}
	return b.String()
}
