package provider

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/sgid"
)

// Faults of the token endpoint's successful answers, of codes, and of what a
// code is bound to. Faults in refusing requests are in faults_refusal.go.

// tokens is a fault that edits the members of a successful token response.
func tokens(name, checks, breaks string, edit func(a *tokenAnswer)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editToken200 = append(c.editToken200, edit)
	})
}

// tokenMember is a fault that sets a member of it; nil leaves it out.
func tokenMember(name, checks, breaks, key string, value any) Fault {
	return tokens(name, checks, breaks, func(a *tokenAnswer) {
		if value == nil {
			delete(a.members, key)
			return
		}
		a.members[key] = value
	})
}

// answerOf is a fault that edits an endpoint's answers with a status.
func answerOf(at endpoint, status int, name, checks, breaks string, edit func(a *held)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.reanswerWhere(at, status, func(a *held, _ *http.Request) { edit(a) })
	})
}

// form is a fault that edits a token request before it is judged.
func form(name, checks, breaks string, edit func(p *Provider, v url.Values)) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) { edit(p, t.form) })
	})
}

const codeTwice = "the browser's callback can be redeemed again, too"

var faultsToken = []Fault{
	tokenMember("token-without-id-token", "TOKEN-01", "The token response has no id_token.", "id_token", nil),
	tokenMember("token-without-access-token", "TOKEN-01", "The token response has no access_token.", "access_token", nil),
	tokenMember("token-access-token-empty", "TOKEN-01", "The token response has an empty access_token.", "access_token", ""),
	answerOf(atToken, http.StatusOK, "token-as-html", "TOKEN-01", "The token response comes as text/html.", func(a *held) {
		a.header.Set("Content-Type", "text/html; charset=utf-8")
	}),
	answerOf(atToken, http.StatusOK, "token-status-201", "TOKEN-01", "The token response comes with status 201.", func(a *held) { a.status = http.StatusCreated }),
	answerOf(atToken, http.StatusOK, "token-as-form", "TOKEN-01", "The token response is a form instead of JSON.", func(a *held) {
		var members map[string]any
		_ = json.Unmarshal(a.body.Bytes(), &members)
		v := url.Values{}
		for _, name := range []string{"access_token", "id_token"} {
			if text, ok := members[name].(string); ok {
				v.Set(name, text)
			}
		}
		a.replace(http.StatusOK, "application/x-www-form-urlencoded", v.Encode())
	}),

	answerOf(atToken, http.StatusOK, "token-cacheable", "TOKEN-02", "The token response has no Cache-Control.", func(a *held) {
		a.header.Del("Cache-Control")
		a.header.Del("Pragma")
	}),
	answerOf(atToken, http.StatusOK, "token-cache-private", "TOKEN-02", "The token response may be kept by the client's cache.", func(a *held) {
		a.header.Set("Cache-Control", "private, max-age=60")
	}),

	tokenMember("token-type-mac", "TOKEN-03", "token_type is mac.", "token_type", "mac"),
	tokenMember("token-type-jwt", "TOKEN-03", "token_type is JWT.", "token_type", "JWT"),
	tokenMember("token-type-left-out", "TOKEN-29", "token_type is omitted.", "token_type", nil),

	tokenMember("expires-in-text", "TOKEN-04", "expires_in is a string.", "expires_in", "600s"),
	tokenMember("expires-in-zero", "TOKEN-04", "expires_in is 0.", "expires_in", 0),
	tokenMember("expires-in-negative", "TOKEN-04", "expires_in is negative.", "expires_in", -600),
	fault("scope-dropped-silently", "TOKEN-04", "A scope that is not registered is dropped, and the token response's scope does not report it.", func(_ *Provider, c *conduct) {
		registered := c.scopeAllowed
		c.scopeAllowed = func(*client, string) bool { return true }
		c.scopeGranted = func(cl *client, scope string) bool { return registered(cl, scope) }
		c.editToken200 = append(c.editToken200, func(a *tokenAnswer) {
			if len(a.grant.asked) != len(a.grant.scopes) {
				delete(a.members, "scope")
			}
		})
	}),

	tokens("token-response-with-name", "TOKEN-31", "The token response has the person's name.", func(a *tokenAnswer) {
		a.members["user"] = map[string]any{"displayed": a.grant.person.Name}
	}),
	fault("access-token-with-nric", "TOKEN-31", "The access token is a JWT with the person's identity number.", func(_ *Provider, c *conduct) {
		c.newToken = func(g *codeGrant, _ string) string {
			return encoded(map[string]any{"alg": "RS256"}) + "." + encoded(map[string]any{"sub": g.sub, "person": g.person.Data["myinfo.nric_number"], "jti": randomText(12)}) + "." + randomText(32)
		}
	}),

	fault("code-reusable", "TOKEN-05 TOKEN-07 TOKEN-33", "A code can be redeemed any number of times.", func(_ *Provider, c *conduct) {
		c.claim = func(*codeGrant) bool { return true }
	}).with("the second use is granted", "TOKEN-06").with(codeTwice, "BROW-08"),
	fault("code-reusable-for-a-second", "TOKEN-05 TOKEN-07", "A code can be redeemed again within a second, as a retry.", func(p *Provider, c *conduct) {
		var firstUse sync.Map // *codeGrant: time.Time
		c.claim = func(g *codeGrant) bool {
			g.claim()
			first, _ := firstUse.LoadOrStore(g, p.now())
			return p.now().Sub(first.(time.Time)) < time.Second
		}
	}).with("the second use is granted", "TOKEN-06").with(codeTwice, "BROW-08"),
	fault("used-codes-forgotten", "TOKEN-33", "Only the last four codes that were redeemed are remembered: those before them work again.", func(_ *Provider, c *conduct) {
		var mu sync.Mutex
		var last []*codeGrant
		c.claim = func(g *codeGrant) bool {
			mu.Lock()
			defer mu.Unlock()
			if slices.Contains(last, g) {
				return false
			}
			g.claim()
			last = append(last[max(0, len(last)-3):], g)
			return true
		}
	}),
	secondUse("code-reuse-as-invalid-request", "The second use of a code is refused with invalid_request.",
		invalidRequest("The code was used already.")),
	secondUse("code-reuse-crashes", "The second use of a code gets 500.",
		somethingWrong()).
		with("the later ones of many redemptions at once crash it, too", "TOKEN-07").
		with("its refusal is none of RFC6749 5.2", "TOKEN-17"),

	fault("code-replay-not-revoked", "TOKEN-06", "The second use of a code does not revoke the access token of the first.", func(_ *Provider, c *conduct) {
		c.replayed = func(*codeGrant) *oauthError { return invalidGrant("The code was used already.") }
	}),

	fault("code-redeemed-in-parallel", "TOKEN-07", "Looking up whether a code was used and marking it as used are two separate steps.", func(_ *Provider, c *conduct) {
		c.claim = func(g *codeGrant) bool {
			if g.used() {
				return false
			}
			time.Sleep(50 * time.Millisecond)
			g.claim()
			return true
		}
	}),

	form("code-last-character-ignored", "TOKEN-08", "The last character of a code is not compared.", func(p *Provider, v url.Values) {
		code := v.Get("code")
		if len(code) != 43 || !single(v, "code") {
			return
		}
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			if _, there := p.codes.get(code[:42] + string(last)); there {
				v.Set("code", code[:42]+string(last))
				return
			}
		}
	}),
	form("code-by-beginning", "TOKEN-08", "Characters after a code are ignored.", func(_ *Provider, v url.Values) {
		if code := v.Get("code"); len(code) > 43 && single(v, "code") {
			v.Set("code", code[:43])
		}
	}),
	form("code-any-case", "TOKEN-08", "A code is compared case-insensitively.", func(p *Provider, v url.Values) {
		if other := swapCase(v.Get("code")); single(v, "code") {
			if _, there := p.codes.get(other); there {
				v.Set("code", other)
			}
		}
	}),

	form("grant-type-optional", "TOKEN-10", "A missing grant_type is treated as authorization_code.", func(_ *Provider, v url.Values) {
		if v.Get("grant_type") == "" {
			v.Set("grant_type", sgid.GrantTypeAuthorizationCode)
		}
	}),
	form("grant-type-unchecked", "TOKEN-10", "Any grant_type is treated as authorization_code.", func(_ *Provider, v url.Values) {
		if v.Get("grant_type") != "" && single(v, "grant_type") {
			v.Set("grant_type", sgid.GrantTypeAuthorizationCode)
		}
	}),
	grantServed("client-credentials-served", "client_credentials"),
	grantServed("password-grant-served", "password"),
	grantServed("refresh-grant-served", "refresh_token"),

	form("redirect-unchecked-at-token", "TOKEN-14", "The token endpoint does not compare redirect_uri.", func(p *Provider, v url.Values) {
		if g, there := p.codes.get(v.Get("code")); there && v.Get("redirect_uri") != "" && single(v, "redirect_uri") {
			v.Set("redirect_uri", g.redirectURI)
		}
	}),
	form("redirect-any-registered-at-token", "TOKEN-14", "The token endpoint accepts any registered redirect_uri of the client.", func(p *Provider, v url.Values) {
		if g, there := p.codes.get(v.Get("code")); there && slices.Contains(g.client.RedirectURIs, v.Get("redirect_uri")) && single(v, "redirect_uri") {
			v.Set("redirect_uri", g.redirectURI)
		}
	}),
	form("redirect-by-beginning-at-token", "TOKEN-14", "The token endpoint compares redirect_uri by its beginning.", func(p *Provider, v url.Values) {
		if g, there := p.codes.get(v.Get("code")); there && strings.HasPrefix(v.Get("redirect_uri"), g.redirectURI) && single(v, "redirect_uri") {
			v.Set("redirect_uri", g.redirectURI)
		}
	}),
	fault("redirect-mismatch-as-invalid-request", "TOKEN-14", "Another redirect_uri is refused with invalid_request.", func(_ *Provider, c *conduct) {
		usual := c.redirectSame
		c.redirectSame = func(g *codeGrant, uri string) *oauthError {
			if refusal := usual(g, uri); refusal != nil {
				return invalidRequest(refusal.description)
			}
			return nil
		}
	}),
	form("redirect-optional-at-token", "TOKEN-15", "A token request without redirect_uri is granted.", func(p *Provider, v url.Values) {
		if g, there := p.codes.get(v.Get("code")); there && v.Get("redirect_uri") == "" {
			v.Set("redirect_uri", g.redirectURI)
		}
	}),

	fault("code-not-bound-to-client", "TOKEN-16", "A code of one client can be redeemed by another.", func(_ *Provider, c *conduct) {
		c.bound = func(*codeGrant, *client) bool { return true }
	}),

	fault("code-never-expires", "TOKEN-25", "Codes never expire.", func(p *Provider, c *conduct) {
		c.codeExpired = func(*codeGrant, time.Time) bool { return false }
		p.options.CodeLifetime = 100 * 24 * time.Hour
	}),
	fault("code-lives-an-hour", "TOKEN-25", "Codes expire after an hour.", func(p *Provider, _ *conduct) { p.options.CodeLifetime = time.Hour }),

	fault("access-token-is-code", "TOKEN-26 UINFO-09", "The access token is the authorization code.", func(_ *Provider, c *conduct) {
		c.newToken = func(_ *codeGrant, code string) string { return code }
	}),
	accessTokens("access-token-short", "Access tokens have eight characters.", func() string { return randomText(6) }),
	accessTokens("access-token-long-prefix", "Access tokens share all but their last eight characters.", func() string {
		return "sgid-access-token-2024-production-cluster-" + randomText(6)
	}),
	fault("access-token-counted", "TOKEN-26", "Access tokens are sequential numbers.", func(_ *Provider, c *conduct) {
		var n atomic.Uint64
		c.newToken = func(*codeGrant, string) string { return counted(n.Add(1) * 104729) }
	}).with("its neighbour is another login's token", "UINFO-04"),

	tokenMember("refresh-token-given", "TOKEN-27", "A refresh token is issued.", "refresh_token", "r-0a6d2a9fb1f34d0c8a7e4c3b5d6e7f80"),
}

func accessTokens(name, breaks string, fresh func() string) Fault {
	return fault(name, "TOKEN-26", breaks, func(_ *Provider, c *conduct) {
		c.newToken = func(*codeGrant, string) string { return fresh() }
	})
}

// grantServed is a fault that answers another grant with tokens, whatever else
// the request holds.
func grantServed(name, grant string) Fault {
	return fault(name, "TOKEN-10", "The grant "+grant+" is served to an authenticated client.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			if t.form.Get("grant_type") != grant || !single(t.form, "grant_type") {
				return
			}
			cl := p.clients[t.form.Get("client_id")]
			if cl == nil {
				return
			}
			a := &authorization{client: cl, redirectURI: cl.RedirectURIs[0], scopes: []string{sgid.ScopeOpenID}, challenge: s256(inventedVerifier(grant))}
			t.form.Set("grant_type", sgid.GrantTypeAuthorizationCode)
			t.form.Set("code", p.issueCode(a, &Personas()[0]))
			t.form.Set("redirect_uri", a.redirectURI)
			t.form.Set("code_verifier", inventedVerifier(grant))
		})
	})
}

// inventedVerifier is a verifier for a login that never was.
func inventedVerifier(grant string) string { return (grant + strings.Repeat("-", 43))[:43] }

// secondUse is a fault in how the second use of a code is refused.
func secondUse(name, breaks string, refusal *oauthError) Fault {
	return fault(name, "TOKEN-05", breaks, func(p *Provider, c *conduct) {
		c.replayed = func(g *codeGrant) *oauthError {
			p.revoke(g)
			return refusal
		}
	})
}
