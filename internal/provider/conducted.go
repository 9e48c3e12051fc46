package provider

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"
)

// Conduct is how a Front behaves in one login. The zero value is right.
type Conduct struct {
	Wrong  string   // what it does wrong on purpose, in words, for a reader; empty: nothing
	Person string   // who logs in, a key of People; empty: the first
	Faults []string // named faults that are switched on

	// Each edits what is sent; nil: it is sent as it should be.
	Callback func(query url.Values)        // the authorization response
	Metadata func(document map[string]any) // the discovery document
	KeySet   func(set map[string]any)      // the key set
	IDToken  func(t *IDToken)              // before it is signed, or after
	Token    func(members map[string]any)  // the token response
	Userinfo func(u *Userinfo)             // before it is encrypted
	Answer   func(members map[string]any)  // the userinfo response, encrypted

	// At answers what an endpoint, named by its path, receives; next is what
	// would answer it otherwise.
	At map[string]func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

// IDToken is an ID token on its way out.
type IDToken struct {
	Header, Claims map[string]any
	Key            *rsa.PrivateKey // signs, RS256; the provider's own unless it is replaced
	Secret         string          // the relying party's client secret
	// Sign, where it is set, makes the signature of the signing input (RFC7515
	// 5.1) in place of RS256.
	Sign func(input []byte) []byte
	// Then, where it is set, changes the finished token.
	Then func(compact string) string
}

// Userinfo is a userinfo response before it is encrypted.
type Userinfo struct {
	Sub       string
	Person    *Persona
	Data      map[string]string // plaintext by scope, of the scopes that were granted
	Recipient *rsa.PublicKey    // whose key it is encrypted to
}

// apply sets c up for the login.
func (a *Attempt) apply(c *conduct) {
	want, f := a.Conduct, a.front
	c.show = a.show
	c.newCode = remembered(f, a, c.newCode, func(a *Attempt, code string) { a.code = code; f.byCode[code] = a })
	newToken := c.newToken
	c.newToken = func(g *codeGrant, code string) string {
		return remembered(f, a, func() string { return newToken(g, code) }, func(a *Attempt, token string) {
			a.tokens = append(a.tokens, token)
			f.byToken[token] = a
		})()
	}
	c.editDiscovery = append(c.editDiscovery, func(doc map[string]any) {
		doc["authorization_response_iss_parameter_supported"] = false
		if want.Metadata != nil {
			want.Metadata(doc)
		}
	})
	if want.KeySet != nil {
		c.editJWKS = append(c.editJWKS, want.KeySet)
	}
	c.editRedirect = append(c.editRedirect, a.redirected)
	if want.IDToken != nil {
		c.editIDToken = append(c.editIDToken, a.editIDToken)
	}
	c.editToken200 = append(c.editToken200, func(answer *tokenAnswer) {
		if want.Token != nil {
			want.Token(answer.members)
		}
		token, _ := answer.members["id_token"].(string)
		f.mu.Lock()
		defer f.mu.Unlock()
		a.idToken = token
	})
	if want.Userinfo != nil {
		c.editUserinfo = append(c.editUserinfo, a.editUserinfo)
	}
	if want.Answer != nil {
		c.editSealed = append(c.editSealed, func(_ *userinfoDraft, answer map[string]any) { want.Answer(answer) })
	}
	for path, answer := range want.At {
		c.around(endpoint(path), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, next) })
		})
	}
}

// remembered makes a value and notes it under the front's lock.
func remembered(f *Front, a *Attempt, value func() string, note func(*Attempt, string)) func() string {
	return func() string {
		v := value()
		f.mu.Lock()
		defer f.mu.Unlock()
		note(a, v)
		return v
	}
}

// redirected notes a refusal of the authorization request, which is told by a redirect.
func (a *Attempt) redirected(to *redirect) {
	a.front.mu.Lock()
	defer a.front.mu.Unlock()
	if code := to.params.Get("error"); code != "" {
		a.refused = code + ": " + to.params.Get("error_description")
	}
}

// show is the login page: whoever the conduct names logs in at once, and the
// page takes the browser back. It says so in a link, which whatever drives the
// browser follows, so that the way back begins at the provider's site.
func (a *Attempt) show(w http.ResponseWriter, _ *http.Request, request *authorization) {
	p := a.provider
	person := frontPerson(a.Conduct.Person)
	params := url.Values{"code": {p.issueCode(request, person)}}
	if request.state != "" {
		params.Set("state", request.state)
	}
	if a.Conduct.Callback != nil {
		a.Conduct.Callback(params)
	}
	to := &redirect{request: request, uri: request.redirectURI, params: params}
	a.front.mu.Lock()
	a.back = to.location()
	a.query = url.Values{
		"redirect_uri": {request.redirectURI}, "scope": {strings.Join(request.asked, " ")}, "state": {request.state},
		"nonce": {request.nonce}, "code_challenge": {request.challenge},
	}
	back := a.back
	a.front.mu.Unlock()
	p.sendPage(w, http.StatusOK, "form-action 'none'", returnPage(back))
}

// returnPage is a page of the provider's with a link back; to may be empty.
func returnPage(to string) string {
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>sgidcheck</title></head><body>` +
		`<main><h1>sgidcheck</h1><p><a id="back" href="` + html.EscapeString(to) + `">Back to the application</a></p></main></body></html>`
}

func (a *Attempt) editIDToken(d *idTokenDraft) {
	t := &IDToken{Header: d.header, Claims: d.claims, Key: d.key.private, Secret: d.grant.client.Secret}
	a.Conduct.IDToken(t)
	if d.compact != "" && t.Then == nil {
		return // a fault has made the token
	}
	d.header, d.claims = t.Header, t.Claims
	compact := d.compact
	if compact == "" {
		input := encoded(t.Header) + "." + encoded(t.Claims)
		sign := t.Sign
		if sign == nil {
			sign = func(input []byte) []byte { return signatureOf(t.Key, input) }
		}
		compact = input + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(input)))
	}
	if t.Then != nil {
		compact = t.Then(compact)
	}
	d.compact = compact
}

// signatureOf is the RS256 signature of input (RFC7518 3.3).
func signatureOf(key *rsa.PrivateKey, input []byte) []byte {
	digest := sha256.Sum256(input)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // the key is large enough
	}
	return signature
}

func (a *Attempt) editUserinfo(d *userinfoDraft) {
	u := &Userinfo{Sub: d.sub, Person: d.grant.person, Data: map[string]string{}, Recipient: d.recipient}
	for _, f := range d.fields {
		u.Data[f.scope] = f.plaintext
	}
	a.Conduct.Userinfo(u)
	d.sub, d.recipient, d.fields = u.Sub, u.Recipient, nil
	for _, scope := range sgid.Scopes() {
		if text, there := u.Data[scope.Name]; there {
			d.fields = append(d.fields, field{scope.Name, text})
			delete(u.Data, scope.Name)
		}
	}
	var beyond []string
	for scope := range u.Data {
		beyond = append(beyond, scope)
	}
	slices.Sort(beyond)
	for _, scope := range beyond {
		d.fields = append(d.fields, field{scope, u.Data[scope]})
	}
}
