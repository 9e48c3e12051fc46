package provider

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sgidcheck/internal/sgid"
)

// authorization is an authorization request that has been judged.
type authorization struct {
	client      *client
	redirectURI string
	scopes      []string // granted, in the order asked
	asked       []string
	state       string // empty: none was sent
	nonce       string // empty: none was sent
	challenge   string
	authTime    bool // max_age was asked, so auth_time is owed (OIDC-CORE 2)
}

// redirect is an authorization answer on its way to the client (RFC6749 4.1.2).
type redirect struct {
	request *authorization
	uri     string
	params  url.Values
	status  int
	// fragment appends the parameters after # instead of ?.
	fragment bool
	// suffix is appended to the finished URL.
	suffix string
}

// authorize is the authorization endpoint: it judges the request and shows the
// login page.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		p.errorPage(w, http.StatusMethodNotAllowed, "Method not allowed", "Start a login with GET or POST.")
		return
	}
	if p.options.LoginPage == LoginPageApp {
		p.sendPage(w, http.StatusOK, scripted, p.qrPage(nil))
		return
	}
	request, refused := p.ask(r)
	switch {
	case refused == nil:
		p.showLogin(w, r, request)
	case request == nil:
		p.errorPage(w, http.StatusBadRequest, "This login cannot start", refused.message)
	default:
		p.sendBack(w, request, url.Values{"error": {refused.code}, "error_description": {refused.message}})
	}
}

// notAsked is why an authorization request is refused.
type notAsked struct{ code, message string }

// ask judges an authorization request. Where it is refused, the request comes
// back with the reason only when a redirect may say so.
func (p *Provider) ask(r *http.Request) (*authorization, *notAsked) {
	values, refused := authorizeValues(r)
	if refused != nil {
		return nil, &notAsked{refused.code, refused.description}
	}
	for _, edit := range p.conduct.editAuthorize {
		edit(values, r)
	}
	client, reason := p.recipient(values)
	if client == nil {
		return nil, &notAsked{"invalid_request", reason}
	}
	request, refused := p.judge(client, values)
	if refused != nil {
		return request, &notAsked{refused.code, refused.description}
	}
	return request, nil
}

// authorizeValues reads the request's parameters: from the query, and on a POST
// from the form, too (OIDC-CORE 3.1.2.1).
func authorizeValues(r *http.Request) (url.Values, *oauthError) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalidRequest("The query is not well formed.")
	}
	if r.Method != http.MethodPost {
		return values, nil
	}
	form, refused := readForm(r)
	for name, v := range form {
		values[name] = append(values[name], v...)
	}
	return values, refused
}

// recipient finds the client and makes sure that the redirect URI is its own.
// Without both there is nobody to redirect to; the reason is for the error page.
func (p *Provider) recipient(values url.Values) (*client, string) {
	if len(values["client_id"]) > 1 || len(values["redirect_uri"]) > 1 {
		return nil, "client_id and redirect_uri may be sent only once."
	}
	c := p.clients[values.Get("client_id")]
	if c == nil {
		return nil, "The service that sent you here is not registered (client_id)."
	}
	if uri := values.Get("redirect_uri"); uri == "" || !p.conduct.redirectRegistered(c, uri) {
		return nil, "The address to return to is not registered for this service (redirect_uri)."
	}
	return c, ""
}

// judge decides on everything that may be answered by a redirect
// (RFC6749 4.1.2.1, OIDC-CORE 3.1.2.2 and 3.1.2.6). The request comes back also
// with a refusal, as far as the response needs it.
func (p *Provider) judge(c *client, values url.Values) (*authorization, *oauthError) {
	a := &authorization{
		client:      c,
		redirectURI: values.Get("redirect_uri"),
		nonce:       values.Get("nonce"),
		challenge:   values.Get("code_challenge"),
	}
	if len(values["state"]) <= 1 {
		a.state = values.Get("state")
	}
	if name := repeated(values); name != "" {
		return a, invalidRequest("A parameter may be sent only once.")
	}
	if refused := judgeUnsupported(values); refused != nil {
		return a, refused
	}
	switch values.Get("response_type") {
	case sgid.ResponseTypeCode:
	case "":
		return a, invalidRequest("response_type is missing.")
	default:
		return a, &oauthError{code: "unsupported_response_type", description: "response_type must be code."}
	}
	if mode := values.Get("response_mode"); mode != "" && mode != "query" {
		return a, invalidRequest("response_mode must be query.")
	}
	var refused *oauthError
	if a.asked, a.scopes, refused = p.judgeScope(c, values.Get("scope")); refused != nil {
		return a, refused
	}
	switch {
	case a.challenge == "":
		return a, invalidRequest("code_challenge is missing.")
	case values.Get("code_challenge_method") != sgid.CodeChallengeMethodS256:
		return a, invalidRequest("code_challenge_method must be S256.")
	case !p.conduct.challengeValid(a.challenge):
		return a, invalidRequest("code_challenge is not a base64url SHA-256 hash.")
	}
	if age := values.Get("max_age"); age != "" {
		if n, err := strconv.Atoi(age); err != nil || n < 0 {
			return a, invalidRequest("max_age must be a number of seconds.")
		}
		a.authTime = true
	}
	return a, judgePrompt(values.Get("prompt"))
}

// judgeUnsupported refuses what would change the request's meaning were it ignored.
func judgeUnsupported(values url.Values) *oauthError {
	for _, name := range []string{"request", "request_uri", "registration"} {
		if values.Get(name) != "" {
			return &oauthError{code: name + "_not_supported", description: name + " is not supported."}
		}
	}
	return nil
}

// judgeScope returns the scopes asked and granted. All of them must be
// registered for the client, openid among them (RFC6749 3.3, SGID-SDK).
func (p *Provider) judgeScope(c *client, scope string) (asked, granted []string, refused *oauthError) {
	invalid := func(why string) *oauthError { return &oauthError{code: "invalid_scope", description: why} }
	for name := range strings.SplitSeq(scope, " ") {
		if !isScopeToken(name) {
			return nil, nil, invalid("scope must be scope names with single spaces between them.")
		}
		if slices.Contains(asked, name) {
			continue
		}
		asked = append(asked, name)
		if !p.conduct.scopeAllowed(c, name) {
			return nil, nil, invalid("scope holds a value that is not registered for this client.")
		}
		if p.conduct.scopeGranted(c, name) {
			granted = append(granted, name)
		}
	}
	if !slices.Contains(asked, sgid.ScopeOpenID) {
		return nil, nil, invalid("scope must hold openid.")
	}
	return asked, granted, nil
}

// judgePrompt refuses prompt=none, as no one is ever logged in already.
func judgePrompt(prompt string) *oauthError {
	wishes := strings.Fields(prompt)
	switch {
	case !slices.Contains(wishes, "none"):
		return nil
	case len(wishes) > 1:
		return invalidRequest("prompt=none stands alone.")
	}
	return &oauthError{code: "login_required", description: "Nobody is logged in."}
}

// isScopeToken is the scope-token of RFC6749 3.3.
func isScopeToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// isChallenge: an S256 challenge is 43 characters of base64url (RFC7636 4.2).
func isChallenge(s string) bool {
	if len(s) != 43 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// sendBack redirects to the client with params, the request's state and the
// issuer (RFC6749 4.1.2, RFC9207 2). 303 turns the form's POST into a GET, so
// that nothing typed here is sent on (RFC9700 4.12).
func (p *Provider) sendBack(w http.ResponseWriter, a *authorization, params url.Values) {
	to := p.back(a, params)
	h := w.Header()
	h.Set("Location", to.location())
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(to.status)
}

// back is the redirect that sendBack sends.
func (p *Provider) back(a *authorization, params url.Values) *redirect {
	to := &redirect{request: a, uri: a.redirectURI, params: params, status: http.StatusSeeOther}
	if a.state != "" {
		params.Set("state", a.state)
	}
	params.Set("iss", p.conduct.issuer())
	for _, edit := range p.conduct.editRedirect {
		edit(to)
	}
	return to
}

// location is the redirect's URL; a registered query stays (RFC6749 3.1.2).
func (to *redirect) location() string {
	separator := "?"
	if to.fragment {
		separator = "#"
	} else if strings.Contains(to.uri, "?") {
		separator = "&"
	}
	return to.uri + separator + to.params.Encode() + to.suffix
}
