package suites

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// authorizationErrors are the error codes registered for the authorization
// endpoint: RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6, and the
// registry of OAuth extension errors.
var authorizationErrors = []string{
	"invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope",
	"server_error", "temporarily_unavailable", "interaction_required", "login_required",
	"account_selection_required", "consent_required", "invalid_request_uri", "invalid_request_object",
	"request_not_supported", "request_uri_not_supported", "registration_not_supported",
	"unmet_authentication_requirements", "invalid_target", "unsupported_response_mode",
}

// malformedError says how a redirect with an error departs from RFC 6749
// section 4.1.2.1; empty: not at all. Only a request that asked for tokens
// straight from this endpoint may be answered in the fragment.
func (l *AuthorizationResponse) malformedError() string {
	from := l.errorParams()
	if !l.Response.Params.Has("error") {
		if types := l.Sent["response_type"]; len(types) == 0 || slices.Contains(types, "code") || slices.Contains(types, "") {
			return "the error stands in the fragment"
		}
	}
	code := from.Get("error")
	switch {
	case l.Granted():
		return "an error together with a code or token"
	case len(from["error"]) != 1:
		return "several values of error"
	case !slices.Contains(authorizationErrors, code):
		return fmt.Sprintf("error %q is not a registered one", shorten(code))
	case strings.ContainsFunc(from.Get("error_description"), illegalInErrors):
		return "error_description has characters that RFC 6749 does not allow"
	case strings.ContainsFunc(from.Get("error_uri"), func(c rune) bool { return c == ' ' || illegalInErrors(c) }):
		return "error_uri has characters that RFC 6749 does not allow"
	}
	return l.wrongState(from["state"])
}

// errorParams are the parameters that an error came with, in the query or in
// the fragment.
func (l *AuthorizationResponse) errorParams() url.Values {
	if l.Response.Params.Has("error") {
		return l.Response.Params
	}
	return l.InFragment()
}

// wrongState says what is wrong with the state that came back; empty: nothing.
func (l *AuthorizationResponse) wrongState(returned []string) string {
	sent := l.Sent["state"]
	switch {
	case len(sent) > 1:
		// Which of several to return is nowhere said; none of another's may come.
		for _, r := range returned {
			if !slices.Contains(sent, r) {
				return "a state comes back that was not sent"
			}
		}
	case len(sent) == 1 && !legalState(sent[0]):
		return "" // what comes back for it is nowhere said
	case len(sent) == 1 && sent[0] != "" && len(returned) == 0:
		return "no state comes back"
	case len(returned) > 1:
		return "several values of state come back"
	case len(sent) == 1 && sent[0] != "" && returned[0] != sent[0]:
		return fmt.Sprintf("the state comes back changed, as %q", shorten(returned[0]))
	case (len(sent) == 0 || sent[0] == "") && len(returned) == 1 && returned[0] != "":
		return fmt.Sprintf("no state was sent, yet %q comes back", shorten(returned[0]))
	case len(sent) == 0 && len(returned) == 1:
		return "no state was sent, yet an empty one comes back"
	}
	return ""
}

// legalState reports whether a state has only the characters of RFC 6749 appendix
// A.5. A provider may refuse another one, or leave the rest of its characters out.
func legalState(state string) bool {
	return !strings.ContainsFunc(state, func(c rune) bool { return c < 0x20 || c > 0x7e })
}

// illegalInErrors reports a character outside %x20-21 / %x23-5B / %x5D-7E.
func illegalInErrors(c rune) bool { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' }

// shorten bounds what is quoted of a value that the target or the harness made.
func shorten(text string) string {
	const most = 48
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:most], ""), len(text))
}
