package sgid

import (
	"fmt"
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

// AuthorizeURL appends v to the authorization endpoint, an absolute URL without
// a fragment. A query that the endpoint already has is kept (RFC6749 3.1).
func AuthorizeURL(endpoint string, v url.Values) (string, error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return "", fmt.Errorf("authorization endpoint is not a URL")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return "", fmt.Errorf("authorization endpoint %q is not an absolute http or https URL", endpoint)
	case strings.Contains(endpoint, "#"):
		return "", fmt.Errorf("authorization endpoint %q has a fragment (RFC 6749 section 3.1)", endpoint)
	}
	encoded := v.Encode()
	switch {
	case encoded == "":
		return endpoint, nil
	case !strings.Contains(endpoint, "?"):
		return endpoint + "?" + encoded, nil
	case strings.HasSuffix(endpoint, "?"), strings.HasSuffix(endpoint, "&"):
		return endpoint + encoded, nil
	}
	return endpoint + "&" + encoded, nil
}
