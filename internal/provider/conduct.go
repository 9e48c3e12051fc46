package provider

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// conduct holds the points at which a fault may make the provider differ from
// the standards. The decisions are functions that conformant sets; a fault wraps
// or replaces one. The edits are lists that are empty on the conformant
// provider; a fault adds to one. Everything else in this package is the
// conformant provider and knows nothing of faults.
type conduct struct {
	// Decisions.
	redirectRegistered func(c *client, uri string) bool
	scopeAllowed       func(c *client, scope string) bool
	scopeGranted       func(c *client, scope string) bool // of those that are allowed
	challengeValid     func(challenge string) bool
	secretRight        func(c *client, secret string) bool
	bound              func(g *codeGrant, c *client) bool              // is the code this client's
	claim              func(g *codeGrant) bool                         // true for the one redemption that counts
	codeExpired        func(g *codeGrant, now time.Time) bool          //
	redirectSame       func(g *codeGrant, uri string) *oauthError      // the redirect_uri of the token request
	verify             func(g *codeGrant, verifier string) *oauthError // the code_verifier of the token request
	replayed           func(g *codeGrant) *oauthError                  // a code was redeemed again
	newCode            func() string
	newToken           func(g *codeGrant, code string) string
	findToken          func(r *http.Request) (string, *bearerError)
	accessGranted      func(token string) (*tokenGrant, bool)
	subject            func(c *client, person *Persona) string
	issuer             func() string                        // as tokens, redirects and metadata name it
	loginBound         func(r *http.Request, l *login) bool // is this the browser that asked for the page
	escape             func(text string) string             // in the pages

	// show sends the login page in place of the usual one, where it is set.
	show func(w http.ResponseWriter, r *http.Request, a *authorization)

	// Edits of requests, before they are judged.
	editAuthorize []func(values url.Values, r *http.Request)
	editToken     []func(t *tokenRequest)

	// Edits of responses, before they are sent.
	editDiscovery []func(doc map[string]any)
	editJWKS      []func(set map[string]any)
	editRedirect  []func(to *redirect)
	editPage      []func(page *loginPage, w http.ResponseWriter, r *http.Request)
	editIDToken   []func(draft *idTokenDraft)
	editToken200  []func(answer *tokenAnswer)
	editUserinfo  []func(draft *userinfoDraft)
	editEnvelope  []func(e *envelope)
	editSealed    []func(draft *userinfoDraft, answer map[string]any)

	// wrap surrounds an endpoint; aliases are further paths that lead to one.
	wrap    map[endpoint]func(http.Handler) http.Handler
	aliases map[string]endpoint

	// Transport.
	noHSTS      bool
	plainToo    bool
	certificate certificateWish
	editTLS     []func(config *tls.Config)
}

// conformant is the conduct without a fault.
func conformant(p *Provider) *conduct {
	return &conduct{
		redirectRegistered: func(c *client, uri string) bool { return slices.Contains(c.RedirectURIs, uri) },
		scopeAllowed:       func(c *client, scope string) bool { return slices.Contains(c.Scopes, scope) },
		scopeGranted:       func(*client, string) bool { return true },
		challengeValid:     isChallenge,
		secretRight:        (*client).hasSecret,
		bound:              func(g *codeGrant, c *client) bool { return g.client == c },
		claim:              (*codeGrant).claim,
		codeExpired:        func(g *codeGrant, now time.Time) bool { return !now.Before(g.expires) },
		redirectSame:       (*codeGrant).sameRedirect,
		verify:             (*codeGrant).verify,
		replayed:           p.refuseReplay,
		newCode:            func() string { return randomText(32) },
		newToken:           func(*codeGrant, string) string { return randomText(32) },
		findToken:          bearerToken,
		accessGranted:      func(token string) (*tokenGrant, bool) { return p.tokens.get(token) },
		subject:            p.pairwise,
		issuer:             func() string { return p.issuer },
		loginBound:         p.sameBrowser,
		escape:             escapeHTML,
		wrap:               make(map[endpoint]func(http.Handler) http.Handler),
		aliases:            make(map[string]endpoint),
	}
}

// around adds a wrapper to an endpoint; the one added last is outermost.
func (c *conduct) around(at endpoint, wrap func(http.Handler) http.Handler) {
	inner := c.wrap[at]
	if inner == nil {
		c.wrap[at] = wrap
		return
	}
	c.wrap[at] = func(h http.Handler) http.Handler { return wrap(inner(h)) }
}
