package sgid

import (
	"net/url"
	"strings"
)

// AuthorizeRequest holds the parameters of a login (SGID-API). An empty State,
// Nonce or CodeChallenge is not sent.
type AuthorizeRequest struct {
	ClientID, RedirectURI       string
	Scopes                      []string
	State, Nonce, CodeChallenge string
}

// Values gives the request's parameters, response_type=code and, with a
// challenge, code_challenge_method=S256 included.
func (r AuthorizeRequest) Values() url.Values {
	v := url.Values{
		"response_type": {ResponseTypeCode},
		"client_id":     {r.ClientID},
		"redirect_uri":  {r.RedirectURI},
		"scope":         {strings.Join(r.Scopes, " ")},
	}
	if r.State != "" {
		v.Set("state", r.State)
	}
	if r.Nonce != "" {
		v.Set("nonce", r.Nonce)
	}
	if r.CodeChallenge != "" {
		v.Set("code_challenge", r.CodeChallenge)
		v.Set("code_challenge_method", CodeChallengeMethodS256)
	}
	return v
}

// WithQuery is an endpoint's URL with query, which is encoded already, added to the
// query that it may have (RFC6749 3.1).
func WithQuery(endpoint, query string) string {
	switch {
	case query == "":
		return endpoint
	case !strings.Contains(endpoint, "?"):
		return endpoint + "?" + query
	case strings.HasSuffix(endpoint, "?"), strings.HasSuffix(endpoint, "&"):
		return endpoint + query
	}
	return endpoint + "&" + query
}
