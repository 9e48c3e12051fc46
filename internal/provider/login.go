package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// login is a login page that was shown and not answered yet.
type login struct {
	request *authorization
	browser [sha256.Size]byte // hash of the cookie set with the page
	phone   *handoff          // nil: the page itself decides
}

// showLogin shows the login page. It is bound to the browser by a cookie of its
// own, so that a page taken from one browser is of no use in another (login
// CSRF), and two tabs do not disturb each other.
func (p *Provider) showLogin(w http.ResponseWriter, r *http.Request, a *authorization) {
	if p.conduct.show != nil {
		p.conduct.show(w, r, a)
		return
	}
	if r.Method == http.MethodHead {
		p.sendPage(w, http.StatusOK, "form-action 'self'", "")
		return
	}
	id, cookie := p.openLogin(a)
	page := &loginPage{
		request: a, transaction: id, personas: Personas(), escape: p.conduct.escape,
		cookie: cookie, formAction: "'self' " + originOf(a.redirectURI),
	}
	for _, edit := range p.conduct.editPage {
		edit(page, w, r)
	}
	if page.cookie != nil {
		http.SetCookie(w, page.cookie)
	}
	if p.byPhone() {
		p.sendPage(w, http.StatusOK, scripted, p.qrPage(page))
		return
	}
	p.sendPage(w, http.StatusOK, "form-action "+page.formAction, page.html())
}

// openLogin remembers a login that waits for its person, and returns its name
// and the cookie that binds it to the browser.
func (p *Provider) openLogin(a *authorization) (id string, cookie *http.Cookie) {
	id, secret := randomText(24), randomText(24)
	l := &login{request: a, browser: sha256.Sum256([]byte(secret))}
	if p.byPhone() {
		l.phone = newHandoff()
		p.phones.put(l.phone.code, l, loginLifetime)
	}
	p.logins.put(id, l, loginLifetime)
	return id, &http.Cookie{
		Name: cookieName(id), Value: secret, Path: pathLogin,
		MaxAge: int(loginLifetime.Seconds()), HttpOnly: true, Secure: p.secure,
		SameSite: http.SameSiteStrictMode,
	}
}

// cookieName names the cookie of one login page. The name is no secret; the value is.
func cookieName(transaction string) string { return "sgid_login_" + transaction[:8] }

// originOf is the origin of a registered redirect URI, for the CSP's form-action:
// browsers apply it to the redirect that follows the form, too.
func originOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// sameBrowser reports whether r carries the cookie that was set with l's page.
func (p *Provider) sameBrowser(r *http.Request, l *login) bool {
	cookie, err := r.Cookie(cookieName(r.PostFormValue("transaction")))
	if err != nil {
		return false
	}
	h := sha256.Sum256([]byte(cookie.Value))
	return subtle.ConstantTimeCompare(h[:], l.browser[:]) == 1
}

// decide takes the login page's form: who logs in, or that nobody does.
func (p *Provider) decide(w http.ResponseWriter, r *http.Request) {
	const over = "This login page was used already, stood open too long, or was opened in another browser. Go back to the service and start again."
	if !allow(w, r, http.MethodPost) {
		p.errorPage(w, http.StatusMethodNotAllowed, "This login cannot continue", "Go back to the service and start again.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	if err := r.ParseForm(); err != nil {
		p.errorPage(w, http.StatusBadRequest, "This login cannot continue", "The form was not understood.")
		return
	}
	id := r.PostFormValue("transaction")
	if len(id) < 8 {
		p.errorPage(w, http.StatusBadRequest, "This login cannot continue", over)
		return
	}
	// The browser is judged first: another browser must not use up the page.
	l, there := p.logins.get(id)
	if !there || !p.conduct.loginBound(r, l) {
		p.errorPage(w, http.StatusBadRequest, "This login cannot continue", over)
		return
	}
	var person *Persona
	decision := r.PostFormValue("decision")
	switch decision {
	case "cancel":
	case "login":
		if person = personaByID(r.PostFormValue("persona")); person == nil {
			p.errorPage(w, http.StatusBadRequest, "This login cannot continue", "Choose a person to log in as.")
			return
		}
	default:
		p.errorPage(w, http.StatusBadRequest, "This login cannot continue", "The form was not understood.")
		return
	}
	if l, there = p.logins.take(id); !there {
		p.errorPage(w, http.StatusBadRequest, "This login cannot continue", over)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName(id), Path: pathLogin, MaxAge: -1,
		HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteStrictMode})
	if person == nil {
		p.sendBack(w, l.request, url.Values{
			"error":             {"access_denied"},
			"error_description": {"The login was cancelled."},
		})
		return
	}
	p.sendBack(w, l.request, url.Values{"code": {p.issueCode(l.request, person)}})
}

// codeGrant is what an authorization code stands for.
type codeGrant struct {
	authorization
	request *authorization
	person  *Persona
	sub     string
	issued  int64 // seconds, when the person logged in
	expires time.Time

	mu     sync.Mutex
	spent  bool
	token  string // the access token the code was redeemed for
	undone bool   // redeemed again: the token must not live
}

// issueCode makes the code of a login. The grant outlives the code by the
// lifetime of a token, so that a second redemption can still revoke it.
func (p *Provider) issueCode(a *authorization, person *Persona) string {
	now := p.now()
	g := &codeGrant{
		authorization: *a, request: a, person: person, sub: p.conduct.subject(a.client, person),
		issued: now.Unix(), expires: now.Add(p.options.CodeLifetime),
	}
	code := p.conduct.newCode()
	p.codes.put(code, g, p.options.CodeLifetime+p.options.TokenLifetime)
	return code
}

// Mint logs a person (an index into Personas) in at a client without the page:
// the redirect URI is the client's first, scopes are judged as at the
// authorization endpoint. An empty nonce means none. The code is as any other.
func (p *Provider) Mint(clientID string, persona int, scopes []string, challenge, nonce string) (string, error) {
	c := p.clients[clientID]
	if c == nil {
		return "", fmt.Errorf("client %q is not registered", clientID)
	}
	people := Personas()
	if persona < 0 || persona >= len(people) {
		return "", fmt.Errorf("persona %s: want 0 to %d", strconv.Itoa(persona), len(people)-1)
	}
	for _, s := range scopes {
		if !p.conduct.scopeAllowed(c, s) {
			return "", fmt.Errorf("scope %q is not registered for client %q", s, clientID)
		}
	}
	if !isChallenge(challenge) {
		return "", fmt.Errorf("code challenge of %d characters: want the 43 of base64url SHA-256", len(challenge))
	}
	a := &authorization{client: c, redirectURI: c.RedirectURIs[0], asked: scopes, scopes: scopes,
		nonce: nonce, challenge: challenge}
	return p.issueCode(a, &people[persona]), nil
}
