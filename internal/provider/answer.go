package provider

import (
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
)

var discardLog = log.New(io.Discard, "", 0)

// oauthError is an error response of RFC6749 4.1.2.1 or 5.2.
type oauthError struct {
	status      int // of the token endpoint's response
	code        string
	description string
	challenge   bool // with WWW-Authenticate
}

func invalidRequest(description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: "invalid_request", description: description}
}

func invalidGrant(description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: "invalid_grant", description: description}
}

// invalidClient is a 401, which always names a scheme (RFC9110 15.5.2).
func invalidClient(description string) *oauthError {
	return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: description, challenge: true}
}

// sendJSON writes a response that no cache may keep.
func sendJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// refuse sends the error object of RFC6749 5.2.
func (e *oauthError) refuse(w http.ResponseWriter) {
	if e.challenge {
		w.Header().Set("WWW-Authenticate", `Basic realm="sgID token endpoint"`)
	}
	sendJSON(w, e.status, mustJSON(map[string]string{"error": e.code, "error_description": e.description}))
}

// repeated names a parameter that stands more than once in values, or "".
func repeated(values url.Values) string {
	first := ""
	for name, v := range values {
		if len(v) > 1 && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// Bodies above formLimit are refused; up to drainLimit they are read to their
// end first, so that a client still sending sees the response instead of a reset.
const (
	formLimit  = 64 << 10
	drainLimit = 32 << 20
)

// readForm reads an application/x-www-form-urlencoded body.
func readForm(r *http.Request) (url.Values, *oauthError) {
	body, err := io.ReadAll(io.LimitReader(r.Body, formLimit+1))
	if err != nil {
		return nil, invalidRequest("The body could not be read.")
	}
	if len(body) > formLimit {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, drainLimit))
		return nil, invalidRequest("The body is too large.")
	}
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "application/x-www-form-urlencoded") {
		return nil, invalidRequest("The body must be application/x-www-form-urlencoded.")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("The body is not a well-formed form.")
	}
	return values, nil
}
