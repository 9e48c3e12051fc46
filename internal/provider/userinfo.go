package provider

import (
	"crypto/rsa"
	"net/http"
	"strings"

	"sgidcheck/internal/sgid"
)

// tokenGrant is what an access token stands for.
type tokenGrant struct {
	request *authorization // the login's
	client  *client
	person  *Persona
	scopes  []string
	sub     string
}

// bearerError is a refusal of RFC6750 3.1. Without a code the request carried
// no authentication at all, and is told no more than the scheme.
type bearerError struct {
	status      int
	code        string
	description string
}

// refuse answers with WWW-Authenticate (RFC6750 3).
func (e *bearerError) refuse(w http.ResponseWriter) {
	challenge := `Bearer realm="sgID"`
	if e.code == "" {
		w.Header().Set("WWW-Authenticate", challenge)
		sendJSON(w, e.status, []byte("{}"))
		return
	}
	challenge += `, error="` + e.code + `", error_description="` + e.description + `"`
	w.Header().Set("WWW-Authenticate", challenge)
	sendJSON(w, e.status, mustJSON(map[string]string{"error": e.code, "error_description": e.description}))
}

// userinfoDraft is a userinfo response before it is encrypted.
type userinfoDraft struct {
	token     string
	grant     *tokenGrant
	sub       string
	fields    []field
	recipient *rsa.PublicKey
}

// field is one member of data: its plaintext under its scope's name.
type field struct{ scope, plaintext string }

// userinfo is the userinfo endpoint (OIDC-CORE 5.3, SGID-API).
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		(&bearerError{http.StatusMethodNotAllowed, "invalid_request", "Ask with GET or POST."}).refuse(w)
		return
	}
	token, refused := p.conduct.findToken(r)
	if refused != nil {
		refused.refuse(w)
		return
	}
	g, there := p.conduct.accessGranted(token)
	if !there {
		(&bearerError{http.StatusUnauthorized, "invalid_token", "The access token is unknown, expired or revoked."}).refuse(w)
		return
	}
	draft := &userinfoDraft{token: token, grant: g, sub: g.sub, recipient: g.client.key}
	for _, scope := range g.scopes {
		if text, ok := g.person.Data[scope]; ok {
			draft.fields = append(draft.fields, field{scope, text})
		}
	}
	for _, edit := range p.conduct.editUserinfo {
		edit(draft)
	}
	body, err := p.sealed(draft)
	if err != nil {
		sendJSON(w, http.StatusInternalServerError, []byte(`{"error":"server_error"}`))
		return
	}
	sendJSON(w, http.StatusOK, body)
}

// bearerToken reads the token from the Authorization header, the only place
// where it is taken from (RFC6750 2.1; RFC9700 4.3.2 on the query).
func bearerToken(r *http.Request) (string, *bearerError) {
	malformed := func(why string) *bearerError { return &bearerError{http.StatusBadRequest, "invalid_request", why} }
	headers := r.Header.Values("Authorization")
	if r.URL.Query().Has("access_token") {
		return "", malformed("The access token does not belong in the query.")
	}
	if len(headers) == 0 {
		return "", &bearerError{status: http.StatusUnauthorized}
	}
	if len(headers) > 1 {
		return "", malformed("Authorization may be sent only once.")
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", &bearerError{status: http.StatusUnauthorized}
	}
	token = strings.TrimLeft(token, " ")
	if !isBearerToken(token) {
		return "", malformed("The Authorization header is not a well-formed Bearer token.")
	}
	return token, nil
}

// isBearerToken is b64token of RFC6750 2.1.
func isBearerToken(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.IndexByte("-._~+/", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// sealed is the response's JSON: sub, and with data scopes key and data, encrypted.
func (p *Provider) sealed(d *userinfoDraft) ([]byte, error) {
	b := make([]byte, 0, 1024+512*len(d.fields))
	b = append(b, `{"sub":`...)
	b = appendJSON(b, d.sub)
	if len(d.fields) > 0 {
		e := newEnvelope(d.recipient, p.fieldAlgorithm())
		for _, edit := range p.conduct.editEnvelope {
			edit(e)
		}
		key, err := e.sealKey()
		if err != nil {
			return nil, err
		}
		b = append(b, `,"key":`...)
		b = appendJSON(b, key)
		b = append(b, `,"data":{`...)
		for i, f := range d.fields {
			if i > 0 {
				b = append(b, ',')
			}
			jwe, err := e.appendField(nil, f.plaintext)
			if err != nil {
				return nil, err
			}
			b = append(appendJSON(b, f.scope), ':')
			b = appendJSON(b, string(jwe))
		}
		b = append(b, '}')
	}
	b = append(b, '}')
	if len(p.conduct.editSealed) == 0 {
		return b, nil
	}
	answer := members(b)
	for _, edit := range p.conduct.editSealed {
		edit(d, answer)
	}
	return mustJSON(answer), nil
}

func (p *Provider) fieldAlgorithm() string {
	if p.options.FieldAlgorithm == "" {
		return sgid.AlgA256GCMKW
	}
	return p.options.FieldAlgorithm
}
