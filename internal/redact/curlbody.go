package redact

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
)

// How much of a body a curl line holds: an odd byte takes four characters of it.
const (
	keptOdd    = 4 << 10
	keptPeriod = 64
)

// curlBody is the options for a request's body and the command, if any, that
// writes the body into curl. Where neither can tell it, said is a comment of the
// shell that says so, and what to do.
func (r *Redactor) curlBody(v *variables, q exchange.Request) (from string, options []string, said string) {
	binary := isBinary(q.Header.Get("Content-Type"), q.Body)
	switch odd := bytes.IndexByte(q.Body, 0) >= 0 || binary; {
	case len(q.Body) == 0 && slices.Contains([]string{"POST", "PUT", "PATCH"}, q.Method):
		return "", []string{"--data-raw ''"}, "" // without it curl sends no Content-Length
	case len(q.Body) == 0:
		return "", nil, ""
	case len(q.Body) > keptBody:
		if from = r.repeated(q); from != "" {
			return from, []string{"--data-binary @-"}, ""
		}
	case !odd:
		return "", r.data(v, q), ""
	case len(q.Body) <= keptOdd && (!binary || r.telling(q)):
		return v.printf(r.bodySegments(q.Header, q.Body, 0)), []string{"--data-binary @-"}, ""
	}
	return "", nil, fmt.Sprintf("# no line repeats this request: its body has %d bytes, SHA-256 %x, and is not shown; run the check again to send it", len(q.Body), sha256.Sum256(q.Body))
}

// telling says whether a body that is no text may be shown byte for byte: nothing
// in it is to be taken out, in one byte a character or in more, and it is not
// packed, where nothing could be found.
func (r *Redactor) telling(q exchange.Request) bool {
	if q.Header.Get("Content-Encoding") != "" || bytes.HasPrefix(q.Body, []byte{0x1f, 0x8b}) || bytes.HasPrefix(q.Body, []byte("PK")) {
		return false
	}
	return r.nothingIn(q, q.Body) && r.nothingIn(q, bytes.ReplaceAll(q.Body, []byte{0}, nil))
}

func (r *Redactor) nothingIn(q exchange.Request, body []byte) bool {
	return !slices.ContainsFunc(r.bodySegments(q.Header, body, 0), func(s segment) bool { return s.secret != nil })
}

// repeated is a command that writes a body which is the same few bytes over and
// over; empty where it is not, or holds what is to be taken out.
func (r *Redactor) repeated(q exchange.Request) string {
	for n := 1; n <= keptPeriod; n++ {
		if !bytes.Equal(q.Body[n:], q.Body[:len(q.Body)-n]) {
			continue
		}
		unit := q.Body[:n]
		shown := bytes.ContainsFunc(unit, func(c rune) bool { return c < 0x20 || c >= 0x7f })
		if shown || unit[0] == '-' || !r.nothingIn(q, q.Body[:keptBody/4]) {
			return ""
		}
		return fmt.Sprintf("yes %s | tr -d '\\n' | head -c %d", Quote(string(unit)), len(q.Body))
	}
	return ""
}

// printf is a command that writes the segments byte for byte, NUL too, which no
// argument of a program holds.
func (v *variables) printf(segs []segment) string {
	var format, values strings.Builder
	for _, s := range segs {
		if s.secret != nil {
			format.WriteString("%s")
			fmt.Fprintf(&values, ` "$%s"`, v.name(*s.secret))
			continue
		}
		for _, b := range []byte(s.text) {
			switch {
			case b == '%':
				format.WriteString("%%")
			case b < 0x20 || b >= 0x7f || b == '\\' || b == '\'' || b == '-' && format.Len() == 0:
				fmt.Fprintf(&format, `\%03o`, b)
			default:
				format.WriteByte(b)
			}
		}
	}
	return "printf '" + format.String() + "'" + values.String()
}
