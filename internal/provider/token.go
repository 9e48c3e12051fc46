package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/sgid"
)

// tokenRequest is a token request before it is judged.
type tokenRequest struct {
	http *http.Request
	form url.Values
}

// tokenAnswer is a successful token response before it is sent.
type tokenAnswer struct {
	grant   *codeGrant
	members map[string]any
}

// token is the token endpoint (RFC6749 3.2, 4.1.3).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodPost) {
		refused := invalidRequest("The token endpoint takes POST.")
		refused.status = http.StatusMethodNotAllowed
		refused.refuse(w)
		return
	}
	t, refused := p.readTokenRequest(r)
	var g *codeGrant
	var token string
	if refused == nil {
		g, token, refused = p.redeem(t.form)
	}
	if refused != nil {
		refused.refuse(w)
		return
	}
	idToken, err := p.idToken(g, token, t.form.Get("code"))
	if err != nil {
		(&oauthError{status: http.StatusInternalServerError, code: "server_error", description: "The ID token could not be signed."}).refuse(w)
		return
	}
	answer := &tokenAnswer{grant: g, members: map[string]any{
		"access_token": token,
		"token_type":   "Bearer",
		"expires_in":   int(p.options.TokenLifetime.Seconds()),
		"scope":        strings.Join(g.scopes, " "),
		"id_token":     idToken,
	}}
	for _, edit := range p.conduct.editToken200 {
		edit(answer)
	}
	sendJSON(w, http.StatusOK, mustJSON(answer.members))
}

// readTokenRequest takes the form and authenticates the client by
// client_secret_post, the one method that is advertised.
func (p *Provider) readTokenRequest(r *http.Request) (*tokenRequest, *oauthError) {
	form, refused := readForm(r)
	if refused != nil {
		return nil, refused
	}
	t := &tokenRequest{http: r, form: form}
	for _, edit := range p.conduct.editToken {
		edit(t)
	}
	if repeated(t.form) != "" {
		return nil, invalidRequest("A parameter may be sent only once.")
	}
	for name := range r.URL.Query() {
		switch name {
		case "client_id", "client_secret", "code", "code_verifier", "grant_type", "redirect_uri":
			return nil, invalidRequest("Parameters belong in the body, not in the query.")
		}
	}
	id, secret := t.form.Get("client_id"), t.form.Get("client_secret")
	if r.Header.Get("Authorization") != "" {
		if secret != "" {
			return nil, invalidRequest("The client authenticates in two ways at once.")
		}
		return nil, invalidClient("The client must authenticate by client_secret_post.")
	}
	c := p.clients[id]
	if c == nil || !p.conduct.secretRight(c, secret) {
		return nil, invalidClient("The client is unknown or its secret is wrong.")
	}
	switch t.form.Get("grant_type") {
	case sgid.GrantTypeAuthorizationCode:
		return t, nil
	case "":
		return nil, invalidRequest("grant_type is missing.")
	}
	return nil, &oauthError{status: http.StatusBadRequest, code: "unsupported_grant_type",
		description: "grant_type must be authorization_code."}
}

const deadCode = "The code is unknown, used, expired, or another client's."

// redeem exchanges a code for an access token. The client is authenticated.
func (p *Provider) redeem(form url.Values) (*codeGrant, string, *oauthError) {
	code := form.Get("code")
	if code == "" {
		return nil, "", invalidRequest("code is missing.")
	}
	g, there := p.codes.get(code)
	if !there || !p.conduct.bound(g, p.clients[form.Get("client_id")]) || p.conduct.codeExpired(g, p.now()) && !g.used() {
		return nil, "", invalidGrant(deadCode)
	}
	if !g.used() {
		if refused := p.conduct.redirectSame(g, form.Get("redirect_uri")); refused != nil {
			return nil, "", refused
		}
		if refused := p.conduct.verify(g, form.Get("code_verifier")); refused != nil {
			return nil, "", refused
		}
	}
	if !p.conduct.claim(g) {
		return nil, "", p.conduct.replayed(g)
	}
	token := p.conduct.newToken(g, code)
	p.grantAccess(g, token)
	return g, token, nil
}

// sameRedirect: the token request repeats the login's redirect URI (RFC6749 4.1.3).
func (g *codeGrant) sameRedirect(uri string) *oauthError {
	switch uri {
	case g.redirectURI:
		return nil
	case "":
		return invalidRequest("redirect_uri is missing.")
	}
	return invalidGrant("redirect_uri is not the login's.")
}

// verify compares the verifier's hash with the login's challenge (RFC7636 4.6).
func (g *codeGrant) verify(verifier string) *oauthError {
	if verifier == "" {
		return invalidRequest("code_verifier is missing.")
	}
	if !isVerifier(verifier) || !fits(g.challenge, verifier) {
		return invalidGrant("code_verifier does not fit the login's code_challenge.")
	}
	return nil
}

func fits(challenge, verifier string) bool {
	h := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(h[:])), []byte(challenge)) == 1
}

// isVerifier is the ABNF of RFC7636 4.1.
func isVerifier(s string) bool {
	if len(s) < sgid.PKCEMinLength || len(s) > sgid.PKCEMaxLength {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '-' || c == '.' || c == '_' || c == '~') {
			return false
		}
	}
	return true
}

// claim is true for exactly one caller: the one that may redeem the code.
func (g *codeGrant) claim() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := !g.spent
	g.spent = true
	return first
}

func (g *codeGrant) used() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.spent
}

// grantAccess makes token good for the grant's data.
func (p *Provider) grantAccess(g *codeGrant, token string) {
	t := &tokenGrant{request: g.request, client: g.client, person: g.person, sub: g.sub, scopes: g.scopes}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.token = token
	if !g.undone {
		p.tokens.put(token, t, p.options.TokenLifetime)
	}
}

// refuseReplay refuses a code that was redeemed before, and takes back what it gave.
func (p *Provider) refuseReplay(g *codeGrant) *oauthError {
	p.revoke(g)
	return invalidGrant(deadCode)
}

// revoke ends the access that a code gave (RFC6749 4.1.2), also when the token
// is only just being made.
func (p *Provider) revoke(g *codeGrant) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.undone = true
	if g.token != "" {
		p.tokens.drop(g.token)
	}
}
