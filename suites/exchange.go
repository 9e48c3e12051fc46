package suites

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
)

// Exchange is one request and its response, as evidence of a check.
type Exchange struct {
	*exchange.Exchange
	redactor *redact.Redactor
	first    *Exchange // the same request, sent before, that got no response; nil: none
}

// Record returns the exchange redacted, as the run record holds it.
func (e *Exchange) Record() run.Exchange { return e.redactor.Exchange(e.Exchange) }

// recorded is e as evidence; a nil Exchange is no evidence.
func (e *Exchange) recorded() judge.Recorded {
	if e == nil {
		return nil
	}
	return e
}

// Header is a field of the response, empty where there is none.
func (e *Exchange) Header(name string) string {
	if e.Response == nil {
		return ""
	}
	return strings.Join(e.Response.Header.Values(name), ", ")
}

// Body is the response's body, nil where there is no response.
func (e *Exchange) Body() []byte {
	if e.Response == nil {
		return nil
	}
	return e.Response.Body
}

// Type is the media type of the response, in lower case without parameters.
func (e *Exchange) Type() string {
	media, _, err := mime.ParseMediaType(e.Header("Content-Type"))
	if err != nil {
		media, _, _ = strings.Cut(strings.ToLower(e.Header("Content-Type")), ";")
	}
	return strings.TrimSpace(media)
}

// IsJSON reports whether the response calls itself JSON.
func (e *Exchange) IsJSON() bool {
	return e.Type() == "application/json" || strings.HasSuffix(e.Type(), "+json")
}

// Saw says in a few words what came back.
func (e *Exchange) Saw() string {
	switch {
	case e.Response == nil:
		return "no answer: " + e.Reason()
	case e.Type() == "":
		return fmt.Sprintf("status %d without a content type%s", e.Status(), e.odd())
	}
	return fmt.Sprintf("status %d with %s%s", e.Status(), e.Type(), e.odd())
}

// unread is why the body could not be read, with what is odd about the response.
func (e *Exchange) unread(err error) string { return err.Error() + e.odd() }

// odd says what is unusual about the form in which a response came, as the end
// of a sentence; empty: nothing.
func (e *Exchange) odd() string {
	if e.Response == nil {
		return ""
	}
	var odd strings.Builder
	if types := e.Response.Header.Values("Content-Type"); len(types) > 1 {
		fmt.Fprintf(&odd, ", in %d Content-Type fields where there can be one (RFC 9110 section 8.3)", len(types))
	}
	if _, parameters, err := mime.ParseMediaType(e.Header("Content-Type")); err == nil && e.IsJSON() {
		if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
			fmt.Fprintf(&odd, ", with charset %s where JSON is UTF-8 (RFC 8259 section 8.1)", clip(charset))
		}
	}
	if coding := client.UnaskedCoding(e.Exchange); coding != "" {
		fmt.Fprintf(&odd, ", in the content coding %s, which was not asked for (RFC 9110 section 12.5.3)", clip(coding))
	}
	return odd.String()
}

// NoStore reports whether the response forbids every cache to keep it.
func (e *Exchange) NoStore() bool {
	for _, directive := range strings.Split(strings.ToLower(e.Header("Cache-Control")), ",") {
		if strings.TrimSpace(directive) == "no-store" {
			return true
		}
	}
	return false
}

// keep makes an exchange evidence of the check.
func (s *Session) keep(e *exchange.Exchange) *Exchange {
	kept := &Exchange{Exchange: e, redactor: s.Redactor}
	s.Keep(kept)
	s.watch(kept)
	s.noteError(kept)
	s.timing(kept)
	return kept
}

// Get requests a URL with GET.
func (s *Session) Get(url string) *Exchange {
	return s.Do(exchange.Request{Method: http.MethodGet, URL: url})
}
