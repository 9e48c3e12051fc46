package suites

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/target"
)

// Exchange is one request and its response, as evidence of a check.
type Exchange struct {
	*target.Exchange
	redactor *target.Redactor
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
		return fmt.Sprintf("status %d without a content type", e.Status())
	}
	return fmt.Sprintf("status %d with %s", e.Status(), e.Type())
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
func (s *Session) keep(e *target.Exchange) *Exchange {
	kept := &Exchange{e, s.Redactor}
	s.Keep(kept)
	s.watch(kept)
	s.timing(kept)
	return kept
}

// Get requests a URL with GET.
func (s *Session) Get(url string) *Exchange {
	return s.Do(target.Request{Method: http.MethodGet, URL: url})
}
