package redact

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"

	"sgidcheck/internal/exchange"
)

// How much of a body is stored, and how much of it is read to make that.
const (
	keptBody   = 16 << 10
	readBody   = 64 << 10
	keptHeader = 4 << 10
)

// Exchange is what is stored of an exchange: secrets and people's data gone,
// everything else inert, and a curl line that repeats the request with its
// secrets as shell variables.
func (r *Redactor) Exchange(e *exchange.Exchange) run.Exchange {
	out := run.Exchange{
		Case:       inert.Line(e.Case),
		DurationMS: float64(e.Duration.Microseconds()) / 1000,
		Request: run.Request{
			Method:  r.line(e.Request.Method),
			URL:     cut(render(r.segments(e.Request.URL, r.urlMarks(e.Request.URL)...), false), keptHeader),
			Headers: r.headers(e.Request.Header),
			Body:    r.body(e.Request.Header, e.Request.Body, 0),
		},
		Curl: r.Curl(e.Request),
	}
	if !e.Started.IsZero() {
		sent := e.Started.UTC().Truncate(time.Microsecond)
		out.Started = &sent
	}
	if e.Response != nil {
		out.Response = &run.Response{
			Status:  e.Response.Status,
			Headers: r.headers(e.Response.Header),
			Body:    r.body(e.Response.Header, e.Response.Body, e.Response.Status),
		}
		if e.Response.Truncated {
			out.Response.Body += "\n[the body did not end here]"
		}
	}
	if e.Err != nil {
		out.Error = inert.Line(r.Sentence(e.Reason()))
	}
	return out
}

// headers redacts header fields, sorted by name.
func (r *Redactor) headers(h http.Header) []run.Header {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []run.Header
	for _, name := range names {
		for _, v := range h[name] {
			out = append(out, run.Header{Name: r.line(name), Value: cut(render(r.segments(v, r.headerMarks(name, v)...), false), keptHeader)})
		}
	}
	return out
}

// headerMarks marks the secrets of a header value by what the field means.
func (r *Redactor) headerMarks(name, value string) []span {
	switch http.CanonicalHeaderKey(name) {
	case "Authorization", "Proxy-Authorization":
		i := strings.IndexByte(value, ' ')
		switch {
		case i < 0 && knownScheme(value):
			return nil
		case i < 0:
			return r.mark(nil, KindCredentials, value, 0, len(value))
		}
		kind := KindCredentials
		if strings.EqualFold(value[:i], "bearer") {
			kind = KindAccessToken
		}
		for i < len(value) && value[i] == ' ' {
			i++
		}
		return r.mark(nil, kind, value, i, len(value))
	case "Cookie":
		var out []span
		at := 0
		for part := range strings.SplitSeq(value, ";") {
			out = r.cookieMark(out, value, at, at+len(part))
			at += len(part) + 1
		}
		return out
	case "Set-Cookie":
		pair, _, _ := strings.Cut(value, ";")
		return r.cookieMark(nil, value, 0, len(pair))
	case "Location", "Referer", "Content-Location", "Origin":
		return r.urlMarks(value)
	}
	return nil
}

func knownScheme(s string) bool {
	switch strings.ToLower(s) {
	case "bearer", "basic", "digest", "dpop", "negotiate":
		return true
	}
	return false
}

// mark adds s[from:to] as a value of that kind; an empty value is none.
func (r *Redactor) mark(out []span, kind, s string, from, to int) []span {
	if from >= to {
		return out
	}
	return append(out, span{from, to, r.label(kind, s[from:to]), rankPlace})
}

// cookieMark marks the value of a name=value pair.
func (r *Redactor) cookieMark(out []span, s string, from, to int) []span {
	if i := strings.IndexByte(s[from:to], '='); i >= 0 {
		from += i + 1
	}
	return r.mark(out, KindCookie, s, from, to)
}

// urlMarks marks the password in a URL's authority, and the parameters of its
// query and fragment by their names.
func (r *Redactor) urlMarks(raw string) []span {
	var out []span
	if i := strings.Index(raw, "://"); i >= 0 {
		start := i + 3
		end := start + strings.IndexAny(raw[start:]+"/", "/?#")
		if at := strings.LastIndexByte(raw[:end], '@'); at > i {
			if colon := strings.IndexByte(raw[start:at], ':'); colon >= 0 {
				out = r.mark(out, KindCredentials, raw, start+colon+1, at)
			}
		}
	}
	hash := len(raw)
	if i := strings.IndexByte(raw, '#'); i >= 0 {
		hash = i
		out = r.formMarks(out, raw, hash+1, len(raw))
	}
	if i := strings.IndexByte(raw[:hash], '?'); i >= 0 {
		out = r.formMarks(out, raw, i+1, hash)
	}
	return out
}

// formMarks marks the secret fields of application/x-www-form-urlencoded text,
// which s[from:to] is.
func (r *Redactor) formMarks(out []span, s string, from, to int) []span {
	for part := range strings.SplitSeq(s[from:to], "&") {
		if name, value, ok := strings.Cut(part, "="); ok && value != "" {
			if kind, secret := fieldKind(Unescape(name)); secret {
				out = append(out, span{from + len(name) + 1, from + len(part), r.label(kind, Unescape(value)), rankPlace})
			}
		}
		from += len(part) + 1
	}
	return out
}

// body redacts a body by what it is, and cuts it. status is 0 for a request's.
func (r *Redactor) body(h http.Header, body []byte, status int) string {
	if len(body) == 0 {
		return ""
	}
	if isBinary(h.Get("Content-Type"), body) {
		return fmt.Sprintf("[binary, %d bytes, SHA-256 %x]", len(body), sha256.Sum256(body))
	}
	window := body[:min(len(body), readBody)]
	text := render(r.bodySegments(h, window, status), true)
	if len(text) <= keptBody && len(window) == len(body) {
		return text
	}
	if len(window) < len(body) {
		// What the window cut in two must not show its first half.
		text = text[:min(len(text), max(len(text)-keptHeader, 0))]
	}
	return cut(text, keptBody) + fmt.Sprintf("\n[cut: %d bytes in all, SHA-256 %x]", len(body), sha256.Sum256(body))
}

func (r *Redactor) bodySegments(h http.Header, body []byte, status int) []segment {
	text, media := string(body), strings.ToLower(h.Get("Content-Type"))
	switch {
	case strings.HasPrefix(media, "application/x-www-form-urlencoded"):
		return r.segments(text, r.formMarks(nil, text, 0, len(text))...)
	case looksJSON(media, body):
		return r.segments(text, r.jsonMarks(text, status >= 400)...)
	case strings.Contains(media, "html"), bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return r.segments(text, r.htmlMarks(text)...)
	}
	return r.segments(text)
}

// cut shortens a text to n bytes at a character's border; a placeholder that the
// cut goes through is dropped.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	if open := strings.LastIndex(s[:n], "[redacted "); open >= 0 && !strings.Contains(s[open:n], "]") {
		n = open
	}
	return s[:n] + "…"
}

// isBinary says whether a body is not text.
func isBinary(contentType string, body []byte) bool {
	media := strings.ToLower(contentType)
	for _, prefix := range []string{"image/", "audio/", "video/", "font/", "application/octet-stream", "application/pdf", "application/zip"} {
		if strings.HasPrefix(media, prefix) {
			return true
		}
	}
	odd, seen := 0, 0
	for i := 0; i < len(body) && i < keptBody; seen++ {
		c, n := utf8.DecodeRune(body[i:])
		if c == utf8.RuneError && n == 1 || c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b {
			odd++
		}
		i += n
	}
	return odd*10 > seen
}

var valueAttribute = regexp.MustCompile(`(?is)(\svalue\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)`)

// htmlMarks marks the values of a page's form fields and the people that it
// offers to choose from.
func (r *Redactor) htmlMarks(s string) []span {
	var out []span
	z := html.NewTokenizer(strings.NewReader(s))
	within := "" // the element whose text is a choice
	for at := 0; ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out
		}
		raw := string(z.Raw())
		from := at
		at += len(raw)
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := z.TagName()
			tag := string(name)
			switch {
			case kind == html.EndTagToken && tag == within:
				within = ""
			case kind == html.StartTagToken && (tag == "option" || tag == "label"):
				within = tag
			}
			if kind != html.EndTagToken && (tag == "input" && !isButton(raw) || tag == "option") {
				out = r.tagMark(out, s, from, raw)
			}
		case html.TextToken:
			if text := strings.TrimSpace(raw); within != "" && text != "" {
				from += strings.Index(raw, text)
				out = append(out, span{from, from + len(text), label{kind: "choice", length: utf8.RuneCountInString(text)}, rankPlace})
			}
		}
	}
}

var buttonType = regexp.MustCompile(`(?i)\stype\s*=\s*["']?(?:submit|button|reset|image)`)

func isButton(tag string) bool { return buttonType.MatchString(tag) }

// tagMark marks the value attribute of a start tag, which stands at s[from:].
func (r *Redactor) tagMark(out []span, s string, from int, raw string) []span {
	m := valueAttribute.FindStringSubmatchIndex(raw)
	if m == nil {
		return out
	}
	begin, end := m[4], m[5]
	if q := raw[begin]; (q == '"' || q == '\'') && end-begin >= 2 {
		begin, end = begin+1, end-1
	}
	if begin >= end {
		return out
	}
	return append(out, span{from + begin, from + end, r.label(KindLogin, html.UnescapeString(raw[begin:end])), rankPlace})
}
