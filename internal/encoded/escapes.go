package encoded

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape is one kind of escaping. It returns what the escape at the start of a text
// stands for and how long it is in octets, 0 where there is none.
type Escape func(text string) (plain string, length int)

// Escapes are those that are known: of addresses, of JSON and scripts, of HTML.
func Escapes() []Escape { return []Escape{percentAt, jsonAt, htmlAt} }

// Begins reports whether an escape may begin with the octet.
func Begins(b byte) bool { return b == '%' || b == '\\' || b == '&' }

// unescaped is a text with one kind of escape undone, and whether there was one.
func unescaped(text string, escape Escape) (string, bool) {
	var out strings.Builder
	kept := 0
	for i := 0; i < len(text); {
		plain, n := "", 0
		if Begins(text[i]) {
			plain, n = escape(text[i:])
		}
		if n == 0 {
			i++
			continue
		}
		out.WriteString(text[kept:i])
		out.WriteString(plain)
		i += n
		kept = i
	}
	if kept == 0 {
		return text, false
	}
	out.WriteString(text[kept:])
	return out.String(), true
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

func percentAt(s string) (string, int) {
	if len(s) >= 3 && s[0] == '%' {
		if b, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			return string([]byte{byte(b)}), 3
		}
	}
	return "", 0
}

func jsonAt(s string) (string, int) {
	if len(s) < 2 || s[0] != '\\' {
		return "", 0
	}
	switch s[1] {
	case '"', '\\', '/', '\'':
		return s[1:2], 2
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case 'x':
		if len(s) >= 4 {
			if b, err := strconv.ParseUint(s[2:4], 16, 8); err == nil {
				return string([]byte{byte(b)}), 4
			}
		}
	case 'u':
		r, n := unit(s)
		if n == 0 {
			return "", 0
		}
		if utf16.IsSurrogate(r) {
			if low, m := unit(s[n:]); m > 0 {
				if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
					return string(full), n + m
				}
			}
		}
		return string(r), n
	}
	return "", 0
}

func unit(s string) (rune, int) {
	if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		if u, err := strconv.ParseUint(s[2:6], 16, 16); err == nil {
			return rune(u), 6
		}
	}
	return 0, 0
}

func htmlAt(s string) (string, int) {
	if s[0] != '&' {
		return "", 0
	}
	end := 1
	for end < len(s) && end < 34 && (s[end] == '#' || isWord(s[end])) {
		end++
	}
	if end < len(s) && s[end] == ';' {
		end++
	}
	if end < 3 {
		return "", 0
	}
	if decoded := html.UnescapeString(s[:end]); decoded != s[:end] {
		return decoded, end
	}
	return "", 0
}
