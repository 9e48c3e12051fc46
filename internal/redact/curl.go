package redact

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
)

// Curl is a command line for a POSIX shell that repeats the request. Every byte
// is quoted, whatever a target put into it; secrets stand as variables such as
// "$CODE" that the reader sets. Of a body that no line can hold it is a comment.
func (r *Redactor) Curl(q exchange.Request) string {
	v := variables{taken: map[label]string{}, used: map[string]int{}, wrong: r.wrongIn(q)}
	from, body, said := r.curlBody(&v, q)
	if said != "" {
		return said
	}
	parts := []string{"curl -sS -i"}
	if from != "" {
		parts[0] = from + " | " + parts[0]
	}
	switch {
	case q.Method == http.MethodHead && len(q.Body) == 0:
		parts = append(parts, "-I")
	case q.Method != "" && q.Method != http.MethodGet:
		parts = append(parts, "-X "+v.quote(r.segments(q.Method)))
	case len(q.Body) > 0:
		parts = append(parts, "-X GET") // with a body curl would send POST
	}
	parts = append(parts, "--path-as-is --globoff "+v.quote(r.segments(q.URL, r.urlMarks(q.URL)...)))
	parts = append(parts, r.curlHeaders(&v, q.Header, len(body) > 0)...)
	parts = append(parts, body...)
	line := strings.Join(parts, " ")
	if r.Holds(line) {
		// Taken apart, the request hid a secret that shows in the whole line.
		return "# a secret was taken out of this line, which repeats nothing: " + r.line(line)
	}
	return line
}

// curlHeaders is the options for the header fields, and those that keep curl from
// sending fields of its own that the request did not have.
func (r *Redactor) curlHeaders(v *variables, h http.Header, body bool) []string {
	var parts []string
	unset := map[string]bool{"Accept": true, "Content-Type": body}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if name == "Accept-Encoding" || name == "User-Agent" {
			continue
		}
		for _, value := range h[name] {
			unset[http.CanonicalHeaderKey(name)] = false
			field, sep := name, ": "
			if value == "" {
				field, sep = strings.TrimSuffix(name, ":"), ";" // curl's way of sending an empty field
			}
			segs := append(r.segments(field), segment{text: sep})
			parts = append(parts, "-H "+v.quote(append(segs, r.segments(value, r.headerMarks(name, value)...)...)))
		}
	}
	for _, name := range []string{"Accept", "Content-Type"} {
		if unset[name] {
			parts = append(parts, "-H '"+name+":'")
		}
	}
	return parts
}

// data is the options for a body. Of a form, a field that holds a secret gets an
// option of its own, so that curl encodes what the reader puts into the variable.
func (r *Redactor) data(v *variables, q exchange.Request) []string {
	if !formLike(q) {
		return []string{"--data-raw " + v.quote(r.bodySegments(q.Header, q.Body, 0))}
	}
	var parts, plain []string
	flush := func() {
		if len(plain) > 0 {
			parts = append(parts, "--data-raw "+v.quote(r.segments(strings.Join(plain, "&"))))
			plain = nil
		}
	}
	for field := range strings.SplitSeq(string(q.Body), "&") {
		name, value, _ := strings.Cut(field, "=")
		if kind, secret := fieldKind(Unescape(name)); secret && value != "" {
			flush()
			l := r.label(kind, Unescape(value))
			parts = append(parts, "--data-urlencode "+v.quote(append(r.segments(name+"="), segment{secret: &l})))
			continue
		}
		plain = append(plain, field)
	}
	flush()
	return parts
}

// variables names the shell variables of one command line.
type variables struct {
	taken map[label]string
	used  map[string]int
	wrong func(label) bool
}

// name is the variable for a secret: the kind in capitals, numbered when the
// line holds several of it. The configured client secrets have the names by
// which they are configured; what was wrong on purpose has a name that says so.
func (v *variables) name(l label) string {
	if name, ok := v.taken[l]; ok {
		return name
	}
	if l.variable != "" {
		v.taken[l] = l.variable
		return l.variable
	}
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' {
			return c - 'a' + 'A'
		}
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, l.kind)
	if v.wrong(l) {
		name = "WRONG_" + name
	}
	if v.used[name]++; v.used[name] > 1 {
		name = fmt.Sprintf("%s_%d", name, v.used[name])
	}
	v.taken[l] = name
	return name
}

// quote makes one shell word of the segments.
func (v *variables) quote(segs []segment) string {
	var b, plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			b.WriteString(Quote(plain.String()))
			plain.Reset()
		}
	}
	for _, s := range segs {
		if s.secret == nil {
			plain.WriteString(s.text)
			continue
		}
		flush()
		fmt.Fprintf(&b, `"$%s"`, v.name(*s.secret))
	}
	flush()
	if b.Len() == 0 {
		return "''"
	}
	return b.String()
}

// Quote makes one word of a POSIX shell of s. Bytes that a terminal would act
// upon, and those that are not ASCII, are written through printf, so that the
// line is harmless to show and still exact; a NUL, which no command line can
// hold, becomes the four characters \x00.
func Quote(s string) string {
	plain := func(b byte) bool { return b >= 0x20 && b < 0x7f || b == '\n' }
	var b strings.Builder
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && plain(s[i]) {
			i++
		}
		if i > start {
			b.WriteString("'" + strings.ReplaceAll(s[start:i], "'", `'\''`) + "'")
		}
		if i == len(s) {
			break
		}
		b.WriteString(`"$(printf '`)
		for i < len(s) && !plain(s[i]) {
			if s[i] == 0 {
				b.WriteString(`\\x00`)
			} else {
				fmt.Fprintf(&b, `\%03o`, s[i])
			}
			i++
		}
		b.WriteString(`')"`)
	}
	if b.Len() == 0 {
		return "''"
	}
	return b.String()
}
