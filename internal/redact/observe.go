package redact

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/exchange"
)

// What one target can make the redactor remember.
const (
	observedLength   = 8 // values shorter than this are redacted by their field alone
	observedExchange = 64
	observedTotal    = 100_000
)

// Observe learns the secrets of an exchange: what was sent or came back as code,
// token, verifier, secret or cookie. The recording client calls it for every
// exchange before anybody sees it.
func (r *Redactor) Observe(e *exchange.Exchange) {
	left := observedExchange
	learn := func(kind, value string) {
		if len(value) < observedLength || left == 0 {
			return
		}
		left--
		r.observed(kind, value)
	}
	came := func(kind, value string) {
		learn(kind, value)
		r.issued(value)
	}
	r.observeHeader(e.Request.Header, learn)
	r.observeURL(e.Request.URL, func(string) {})
	if formLike(e.Request) {
		observeForm(string(e.Request.Body), learn)
	}
	if looksJSON(e.Request.Header.Get("Content-Type"), e.Request.Body) {
		observeJSON(string(e.Request.Body), learn)
	}
	if e.Response == nil {
		return
	}
	r.observeHeader(e.Response.Header, learn)
	for _, location := range e.Response.Header.Values("Location") {
		r.ObserveURL(location)
	}
	if looksJSON(e.Response.Header.Get("Content-Type"), e.Response.Body) && e.Response.Status < 400 {
		observeJSON(string(e.Response.Body), came)
	}
}

// ObserveURL learns the secrets in the query and fragment of a URL, such as the
// code on a callback that a browser saw.
func (r *Redactor) ObserveURL(raw string) { r.observeURL(raw, r.issued) }

func (r *Redactor) observed(kind, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.index.known) < observedTotal {
		r.learn(kind, value)
	}
}

// issued says that a value that was learnt is the target's.
func (r *Redactor) issued(value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.index.known[value]; l != nil {
		l.good = true
	}
}

func (r *Redactor) observeURL(raw string, learnt func(value string)) {
	rest, fragment, _ := strings.Cut(raw, "#")
	_, query, _ := strings.Cut(rest, "?")
	for _, part := range []string{query, fragment} {
		observeForm(part, func(kind, value string) {
			if len(value) >= observedLength {
				r.observed(kind, value)
				learnt(value)
			}
		})
	}
}

func (r *Redactor) observeHeader(h http.Header, learn func(kind, value string)) {
	for name, values := range h {
		for _, v := range values {
			switch http.CanonicalHeaderKey(name) {
			case "Authorization", "Proxy-Authorization":
				scheme, credentials, ok := strings.Cut(strings.TrimSpace(v), " ")
				credentials = strings.TrimSpace(credentials)
				switch {
				case !ok:
					learn(KindCredentials, scheme)
				case strings.EqualFold(scheme, "bearer"):
					learn(KindAccessToken, credentials)
				default:
					learn(KindCredentials, credentials)
				}
			case "Cookie":
				for part := range strings.SplitSeq(v, ";") {
					_, value, _ := strings.Cut(part, "=")
					learn(KindCookie, strings.TrimSpace(value))
				}
			case "Set-Cookie":
				pair, _, _ := strings.Cut(v, ";")
				_, value, _ := strings.Cut(pair, "=")
				learn(KindCookie, strings.Trim(strings.TrimSpace(value), `"`))
			}
		}
	}
}

func observeForm(body string, learn func(kind, value string)) {
	for part := range strings.SplitSeq(body, "&") {
		name, value, _ := strings.Cut(part, "=")
		kind, secret := fieldKind(Unescape(name))
		if secret {
			learn(kind, Unescape(value))
		}
	}
}

// fieldKind says whether a form field or query parameter holds a secret.
func fieldKind(name string) (kind string, secret bool) {
	if kind, ok := secretFields[strings.ToLower(name)]; ok {
		return kind, true
	}
	if !plainParameters[strings.ToLower(name)] && loginField.MatchString(name) {
		return KindLogin, true
	}
	return "", false
}

func observeJSON(body string, learn func(kind, value string)) {
	jsonValues(body, func(v jsonValue) {
		if v.number {
			return
		}
		if kind, ok := secretFields[v.name]; ok {
			learn(kind, v.text)
		}
		if v.topMember("sub") {
			learn("sub", v.text)
		}
		if v.name == "id_token" {
			if parts := strings.Split(v.text, "."); len(parts) == 3 {
				if payload, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
					jsonValues(string(payload), func(claim jsonValue) {
						if claim.topMember("sub") && !claim.number {
							learn("sub", claim.text)
						}
					})
				}
			}
		}
	})
}

func Unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

func formLike(r exchange.Request) bool {
	media := strings.ToLower(r.Header.Get("Content-Type"))
	return strings.HasPrefix(media, "application/x-www-form-urlencoded")
}

func looksJSON(contentType string, body []byte) bool {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	media = strings.TrimSpace(media)
	if media == "application/json" || strings.HasSuffix(media, "+json") {
		return true
	}
	for _, b := range body {
		switch b {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return b == '{' || b == '['
	}
	return false
}
