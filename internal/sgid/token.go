package sgid

import (
	"encoding/json"
	"errors"
	"net/url"
)

// TokenRequest holds the parameters of the code exchange; the client
// authenticates by client_secret_post (SGID-API, SGID-SDK).
type TokenRequest struct {
	ClientID, ClientSecret, Code, RedirectURI, CodeVerifier string
}

// Values gives the form, grant_type=authorization_code included.
func (r TokenRequest) Values() url.Values {
	return url.Values{
		"grant_type":    {GrantTypeAuthorizationCode},
		"client_id":     {r.ClientID},
		"client_secret": {r.ClientSecret},
		"code":          {r.Code},
		"redirect_uri":  {r.RedirectURI},
		"code_verifier": {r.CodeVerifier},
	}
}

// TokenResponse is a successful response of the token endpoint (RFC6749 5.1,
// OIDC-CORE 3.1.3.3). Optional members are nil when absent.
type TokenResponse struct {
	AccessToken, IDToken           string
	TokenType, Scope, RefreshToken *string
	ExpiresIn                      *json.Number
	Raw                            map[string]json.RawMessage // every member as it was written
}

// ParseTokenResponse reads a token response: one JSON object, at most 1 MiB, no
// member twice, nothing behind it. Where that much holds the result is not nil;
// the error then joins one *MemberError for each member that is of the wrong
// type, and for an access_token or id_token that is missing or empty.
func ParseTokenResponse(body []byte) (*TokenResponse, error) {
	o, err := parseObject("token response", body, maxDocument)
	if err != nil {
		return nil, err
	}
	a := &TokenResponse{
		AccessToken:  o.required("access_token"),
		IDToken:      o.required("id_token"),
		TokenType:    o.stringPtr("token_type"),
		Scope:        o.stringPtr("scope"),
		RefreshToken: o.stringPtr("refresh_token"),
		ExpiresIn:    o.number("expires_in"),
		Raw:          o.members,
	}
	return a, o.err()
}

// OAuthError is the error object of the token endpoint (RFC6749 5.2).
type OAuthError struct {
	Code, Description, URI string
	Raw                    map[string]json.RawMessage // every member as it was written
}

func (e *OAuthError) Error() string {
	if e.Description == "" {
		return e.Code
	}
	return e.Code + ": " + clip(e.Description)
}

// ParseOAuthError reads an error object. Where body is one JSON object the
// result is not nil; the error then says what breaks RFC 6749 section 5.2:
// error missing, a member of the wrong type, or characters that are not allowed.
func ParseOAuthError(body []byte) (*OAuthError, error) {
	o, err := parseObject("error response", body, maxDocument)
	if err != nil {
		return nil, err
	}
	e := &OAuthError{
		Code:        o.required("error"),
		Description: o.str("error_description"),
		URI:         o.str("error_uri"),
		Raw:         o.members,
	}
	check := func(member, value string, ok func(byte) bool, expected string) {
		for i := range len(value) {
			if !ok(value[i]) {
				o.errs = append(o.errs, &MemberError{o.document, member, expected, "other characters"})
				return
			}
		}
	}
	const legal = "printable ASCII without \" and \\ (RFC 6749 section 5.2)"
	check("error", e.Code, isErrorText, legal)
	check("error_description", e.Description, isErrorText, legal)
	check("error_uri", e.URI, func(b byte) bool { return b != ' ' && isErrorText(b) }, "a URI (RFC 6749 section 5.2)")
	return e, errors.Join(o.errs...)
}

// isErrorText is %x20-21 / %x23-5B / %x5D-7E.
func isErrorText(b byte) bool { return b >= 0x20 && b <= 0x7e && b != '"' && b != '\\' }
