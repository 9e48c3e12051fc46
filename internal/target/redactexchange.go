package target

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"sgidcheck/internal/run"
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
func (r *Redactor) Exchange(e *Exchange) run.Exchange {
	out := run.Exchange{
		Case:       r.line(e.Case),
		DurationMS: float64(e.Duration.Microseconds()) / 1000,
		Request: run.Request{
			Method:  r.line(e.Request.Method),
			URL:     cut(render(r.urlSegments(e.Request.URL), false), keptHeader),
			Headers: r.headers(e.Request.Header),
			Body:    r.body(e.Request.Header, e.Request.Body, 0),
		},
		Curl: r.Curl(e.Request),
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
		out.Error = r.line(e.Reason())
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
			out = append(out, run.Header{Name: r.line(name), Value: cut(render(r.headerSegments(name, v), false), keptHeader)})
		}
	}
	return out
}

// headerSegments redacts one header value by what the field means.
func (r *Redactor) headerSegments(name, value string) []segment {
	switch http.CanonicalHeaderKey(name) {
	case "Authorization", "Proxy-Authorization":
		if value == "" {
			return nil
		}
		i := strings.IndexByte(value, ' ')
		if i < 0 && !knownScheme(value) {
			return r.secret(KindCredentials, value)
		}
		if i < 0 {
			return r.segments(value)
		}
		kind := KindCredentials
		if strings.EqualFold(value[:i], "bearer") {
			kind = KindAccessToken
		}
		credentials := strings.TrimLeft(value[i:], " ")
		lead := value[:len(value)-len(credentials)]
		return append(r.segments(lead), r.secret(kind, credentials)...)
	case "Cookie":
		var out []segment
		for i, part := range strings.Split(value, ";") {
			if i > 0 {
				out = append(out, segment{text: ";"})
			}
			out = append(out, r.cookie(part)...)
		}
		return out
	case "Set-Cookie":
		pair, attributes, more := strings.Cut(value, ";")
		out := r.cookie(pair)
		if more {
			out = append(out, segment{text: ";"})
			out = append(out, r.segments(attributes)...)
		}
		return out
	case "Location", "Referer", "Content-Location", "Origin":
		return r.urlSegments(value)
	}
	return r.segments(value)
}

func knownScheme(s string) bool {
	switch strings.ToLower(s) {
	case "bearer", "basic", "digest", "dpop", "negotiate":
		return true
	}
	return false
}

func (r *Redactor) cookie(pair string) []segment {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		return r.secret(KindCookie, pair)
	}
	return append(append(r.segments(name), segment{text: "="}), r.secret(KindCookie, value)...)
}

// secret is one whole value as a secret; an empty value is none.
func (r *Redactor) secret(kind, value string) []segment {
	if value == "" {
		return nil
	}
	l := r.label(kind, value)
	return []segment{{secret: &l}}
}

// urlSegments redacts a URL: credentials in its authority, and the parameters of
// its query and fragment by their names.
func (r *Redactor) urlSegments(raw string) []segment {
	var out []segment
	if i := strings.Index(raw, "://"); i >= 0 {
		end := i + 3 + strings.IndexAny(raw[i+3:]+"/", "/?#")
		if at := strings.LastIndexByte(raw[:end], '@'); at > i {
			if colon := strings.IndexByte(raw[i+3:at], ':'); colon >= 0 {
				out = append(out, r.segments(raw[:i+3+colon+1])...)
				out = append(out, r.secret(KindCredentials, raw[i+3+colon+1:at])...)
				raw = raw[at:]
			}
		}
	}
	rest, fragment, hasFragment := strings.Cut(raw, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	out = append(out, r.segments(path)...)
	if hasQuery {
		out = append(append(out, segment{text: "?"}), r.formSegments(query)...)
	}
	if hasFragment {
		out = append(append(out, segment{text: "#"}), r.formSegments(fragment)...)
	}
	return out
}

// formSegments redacts application/x-www-form-urlencoded text.
func (r *Redactor) formSegments(s string) []segment {
	var out []segment
	for i, part := range strings.Split(s, "&") {
		if i > 0 {
			out = append(out, segment{text: "&"})
		}
		name, value, ok := strings.Cut(part, "=")
		kind, secret := fieldKind(unescape(name))
		if !ok || !secret || value == "" {
			out = append(out, r.segments(part)...)
			continue
		}
		l := r.label(kind, unescape(value))
		out = append(append(out, r.segments(name)...), segment{text: "="}, segment{secret: &l})
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
		return r.formSegments(text)
	case looksJSON(media, body):
		return r.jsonSegments(text, status >= 400)
	case strings.Contains(media, "html"), bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return r.htmlSegments(text)
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

// htmlSegments redacts a page: the values of its form fields and the people it
// offers to choose from, and then whatever else is a secret.
func (r *Redactor) htmlSegments(s string) []segment {
	var out []segment
	z := html.NewTokenizer(strings.NewReader(s))
	within := "" // the element whose text is a choice
	for {
		kind := z.Next()
		raw := string(z.Raw())
		if kind == html.ErrorToken {
			return append(out, r.segments(raw)...)
		}
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
				out = append(out, r.tag(raw)...)
				continue
			}
		case html.TextToken:
			if within != "" && strings.TrimSpace(raw) != "" {
				out = append(out, segment{secret: &label{kind: "choice", length: utf8.RuneCountInString(strings.TrimSpace(raw))}})
				continue
			}
		}
		out = append(out, r.segments(raw)...)
	}
}

var buttonType = regexp.MustCompile(`(?i)\stype\s*=\s*["']?(?:submit|button|reset|image)`)

func isButton(tag string) bool { return buttonType.MatchString(tag) }

// tag redacts the value attribute of a start tag.
func (r *Redactor) tag(raw string) []segment {
	m := valueAttribute.FindStringSubmatchIndex(raw)
	if m == nil {
		return r.segments(raw)
	}
	value := raw[m[4]:m[5]]
	trimmed := strings.Trim(value, `"'`)
	if trimmed == "" {
		return r.segments(raw)
	}
	l := r.label(KindLogin, html.UnescapeString(trimmed))
	out := append(r.segments(raw[:m[4]]), segment{text: `"`}, segment{secret: &l}, segment{text: `"`})
	return append(out, r.segments(raw[m[5]:])...)
}
