package redact

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// view is a text with some escaping undone, and for each of its bytes the place
// in the original where that byte comes from. Secrets are looked for in the
// views, so that no way of spelling one hides it.
type view struct {
	text string
	at   []int // byte i of text comes from original[at[i]:at[i+1]]; nil: the original itself
}

// source gives the original's range for a range of the view.
func (v view) source(from, to int) (int, int) {
	if v.at == nil {
		return from, to
	}
	return v.at[from], v.at[to]
}

// escapings is how many layers of escaping are undone: an address in the query
// of an address, shown on a page or in a JSON text.
const escapings = 3

// views is the original and what comes of undoing percent, JSON and HTML
// escapes in every order.
func views(s string) []view {
	out := []view{{text: s}}
	level := out
	for range escapings {
		var next []view
		for _, v := range level {
			for _, undo := range [...]func(string) (string, int){percentAt, jsonAt, htmlAt} {
				w, changed := v.undo(undo)
				if changed && !slices.ContainsFunc(next, func(other view) bool { return other.text == w.text && slices.Equal(other.at, w.at) }) {
					next = append(next, w)
				}
			}
		}
		out = append(out, next...)
		level = next
	}
	return out
}

// undo applies one kind of unescaping. decode returns what the escape at the
// start of its argument stands for and how long it is, or 0 where there is none.
func (v view) undo(decode func(string) (string, int)) (view, bool) {
	var text strings.Builder
	var at []int
	changed := false
	for i := 0; i < len(v.text); {
		from, _ := v.source(i, i)
		if b := v.text[i]; b == '%' || b == '\\' || b == '&' || b == '+' {
			if decoded, n := decode(v.text[i:]); n > 0 {
				if !changed {
					changed = true
					text.WriteString(v.text[:i])
					at = make([]int, 0, len(v.text)+1)
					for j := range i {
						f, _ := v.source(j, j)
						at = append(at, f)
					}
				}
				text.WriteString(decoded)
				for range len(decoded) {
					at = append(at, from)
				}
				i += n
				continue
			}
		}
		if changed {
			text.WriteByte(v.text[i])
			at = append(at, from)
		}
		i++
	}
	if !changed {
		return view{}, false
	}
	end, _ := v.source(len(v.text), len(v.text))
	return view{text.String(), append(at, end)}, true
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
	for end < len(s) && end < 34 && (s[end] == '#' || wordByte(s[end]) && s[end] < 0x80) {
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
