package demoapp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"

	"sgidcheck/internal/sgid"
)

// conduct is what the application does at each step that can go wrong. right
// fills it; a flaw replaces one step, or edits what one step made.
type conduct struct {
	// The start of a login.
	findEndpoints func(ctx context.Context) (endpoints, error)
	editLogin     []func(l *attempt, s *session, r *http.Request)
	redirectURI   func(r *http.Request) string
	editAuthorize []func(v url.Values, l *attempt)
	afterwards    func(next string) string // where next may lead: a local path, or nothing
	toProvider    func(w http.ResponseWriter, r *http.Request, to string)

	// The callback.
	readAnswer func(q url.Values) (answer, error)
	mayBelong  func(s *session) []*attempt // logins that a response in this browser may belong to
	sameState  func(sent, returned string) bool
	spend      func(s *session, l *attempt) bool
	unknown    func(w http.ResponseWriter, r *http.Request, s *session, got answer)
	admit      func(w http.ResponseWriter, s *session, p *person)
	onward     func(w http.ResponseWriter, r *http.Request, l *attempt, t *tokens, p *person)
	refuse     func(w http.ResponseWriter, r *http.Request, err error)

	// The token request and its response.
	tokenRequest func(ctx context.Context, to string, form url.Values) (*http.Request, error)
	tries        int
	anyStatus    bool // a response's status is not looked at
	noIDToken    bool // a login without an ID token is one
	mayRedirect  func(next *http.Request, via []*http.Request) error
	readTokens   map[string]func(t *tokens, members map[string]any) error

	// The ID token: rules by the member that they are about.
	headerRules map[string]func(h header) error
	signed      func(ctx context.Context, token string, h header, l *attempt) error
	chooseKey   func(keys []signingKey, h header) *signingKey
	keyUsable   func(k jwkMembers) bool
	mayRefetch  func() bool
	keysFailed  func(err error)
	claimRules  map[string]func(c claims, l *attempt, t *tokens) error

	// userinfo and its decryption.
	userInfoRequest func(ctx context.Context, to, token string) (*http.Request, error)
	sameSubject     func(want string, members map[string]any) error
	keyAlgorithms   []string // of the block key
	fieldAlgorithms []string
	openKey         func(text string) ([]byte, error) // of the fields
	open            func(part jwe, key any) ([]byte, error)
	readField       func(name, value string, blockKey []byte) (string, error)
	headersAllowed  func(part jwe, algorithms []string) error
	editData        []func(data map[string]string) error
	userInfoFailed  func(err error) error
	readUserInfo    func(ctx context.Context, token, sub string, l *attempt) (map[string]string, error)

	// Pages, cookies, sessions.
	whoIs      func(r *http.Request) *person
	nobody     func(w http.ResponseWriter, r *http.Request)
	escape     func(text string) string
	editHeader []func(h http.Header)
	editCookie []func(c *http.Cookie)
	logOut     func(w http.ResponseWriter, s *session)
	wrap       []func(next http.Handler) http.Handler
	tell       []func(l *attempt, t *tokens, p *person) // to the log, of a login that succeeded
}

// right is the conduct without a flaw.
func right(a *App) *conduct {
	c := &conduct{
		findEndpoints: func(context.Context) (endpoints, error) { return a.documented(), nil },
		redirectURI:   func(*http.Request) string { return a.settings.RedirectURI },
		afterwards:    localPath,
		toProvider:    func(w http.ResponseWriter, r *http.Request, to string) { http.Redirect(w, r, to, http.StatusFound) },
		readAnswer:    readAnswer,
		mayBelong:     func(s *session) []*attempt { return a.sessions.underWay(s) },
		sameState: func(sent, returned string) bool {
			return subtle.ConstantTimeCompare([]byte(sent), []byte(returned)) == 1
		},
		spend:           a.sessions.spend,
		admit:           a.admit,
		onward:          a.onward,
		refuse:          a.refuse,
		tokenRequest:    postForm,
		tries:           1,
		mayRedirect:     func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		readTokens:      tokenRules(),
		headerRules:     headerRules(),
		signed:          a.signed,
		chooseKey:       chooseKey,
		keyUsable:       jwkMembers.verifiesRS256,
		keysFailed:      func(error) {},
		claimRules:      a.claimRules(),
		userInfoRequest: getWithToken,
		sameSubject:     sameSubject,
		keyAlgorithms:   []string{sgid.AlgRSAOAEP, sgid.AlgRSAOAEP256},
		fieldAlgorithms: []string{sgid.AlgDir, sgid.AlgA128GCMKW, sgid.AlgA256GCMKW},
		openKey:         a.openKey,
		open:            open,
		readField:       a.openField,
		headersAllowed:  jwe.allowed,
		userInfoFailed:  func(err error) error { return err },
		readUserInfo:    a.userInfo,
		whoIs:           func(r *http.Request) *person { return a.sessions.personOf(a.sessionOf(r)) },
		nobody:          a.nobody,
		escape:          html.EscapeString,
		logOut:          a.endSession,
	}
	c.mayRefetch = func() bool { return a.keys.look(a.now()) }
	c.unknown = func(w http.ResponseWriter, r *http.Request, _ *session, _ answer) {
		c.refuse(w, r, refusal("this login is not under way in this browser"))
	}
	return c
}

// draw makes the values of one login: everything random, and bound to it alone
// (RFC7636 4.1, 4.2; OIDC-CORE 15.5.2).
func draw() *attempt {
	l := &attempt{state: random(), nonce: random(), verifier: random()}
	l.challenge = challengeOf(l.verifier)
	return l
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
