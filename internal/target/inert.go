package target

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// inert makes a text harmless to print: whatever could move a cursor, turn the
// direction of writing, hide, or break an encoding becomes a visible escape.
// multiline keeps newlines (and drops the carriage return of a CRLF) and tabs.
func inert(s string, multiline bool) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= 0x20 && s[i] < 0x7f || multiline && (s[i] == '\n' || s[i] == '\t')
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
		case multiline && (c == '\n' || c == '\t'):
			b.WriteRune(c)
		case multiline && c == '\r' && strings.HasPrefix(s[i+1:], "\n"):
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		case hidden(c):
			if c > 0xffff {
				fmt.Fprintf(&b, `\U%08X`, c)
			} else {
				fmt.Fprintf(&b, `\u%04X`, c)
			}
		default:
			b.WriteRune(c)
		}
		i += n
	}
	return b.String()
}

// hidden says whether a character is invisible or steers how others are shown.
func hidden(c rune) bool {
	switch {
	case c >= 0x80 && c <= 0x9f, c == 0xad, c == 0x61c, c == 0x115f, c == 0x1160, c == 0x17b4, c == 0x17b5, c == 0x180e:
		return true
	case c >= 0x200b && c <= 0x200f, c >= 0x2028 && c <= 0x202e, c >= 0x2060 && c <= 0x206f:
		return true
	case c == 0x3164, c == 0xfeff, c == 0xffa0, c >= 0xfff0 && c <= 0xfffb, c >= 0xe0000 && c <= 0xe0fff:
		return true
	case c >= 0xfe00 && c <= 0xfe0f, c >= 0xd800 && c <= 0xdfff:
		return true
	}
	return c >= 0xfdd0 && c <= 0xfdef || c&0xfffe == 0xfffe
}
