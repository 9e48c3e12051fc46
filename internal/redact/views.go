package redact

import (
	"slices"
	"strings"

	"sgidcheck/internal/encoded"
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
			for _, escape := range encoded.Escapes() {
				w, changed := v.undo(escape)
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

// undo undoes one kind of escape.
func (v view) undo(escape encoded.Escape) (view, bool) {
	var text strings.Builder
	var at []int
	changed := false
	for i := 0; i < len(v.text); {
		from, _ := v.source(i, i)
		if encoded.Begins(v.text[i]) {
			if decoded, n := escape(v.text[i:]); n > 0 {
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
