package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Faults of PKCE.

// checking is a fault in how the token endpoint judges the verifier: usual is
// the conformant way.
func checking(name, checks, breaks string, judge func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		usual := c.verify
		c.verify = func(g *codeGrant, verifier string) *oauthError { return judge(g, verifier, usual) }
	})
}

// uncompared is a fault in which a well-formed verifier passes where the login's
// request was an odd one.
func uncompared(name, breaks string, odd func(*authorization) bool) Fault {
	return checking(name, "PKCE-08", breaks, func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if isVerifier(verifier) && odd(g.request) {
			return nil
		}
		return usual(g, verifier)
	})
}

// byBasic is a fault in which right credentials are taken from the header, and some
// verifiers that come with them are not looked at.
func byBasic(name, checks, breaks string, passes func(verifier string) bool) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			id, secret, sent := t.http.BasicAuth()
			cl := p.clients[id]
			if !sent || t.form.Has("client_secret") || cl == nil || !c.secretRight(cl, secret) {
				return
			}
			t.http.Header.Del("Authorization")
			t.form.Set("client_id", id)
			t.form.Set("client_secret", secret)
			if passes(t.form.Get("code_verifier")) {
				t.form.Set("code_verifier", skipVerifier)
			}
		})
		skipVerified(c)
	})
}

func s256(text string) string {
	h := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// noChallenge stands for a challenge that was not sent.
var noChallenge = strings.Repeat("-", 43)

// asPlain makes the usual comparison with S256 one with plain.
func asPlain(v url.Values) {
	v.Set("code_challenge", s256(v.Get("code_challenge")))
	v.Set("code_challenge_method", "S256")
}

// single reports whether a parameter stands once or not at all.
func single(v url.Values, name string) bool { return len(v[name]) <= 1 }

var faultsPKCE = []Fault{
	checking("pkce-not-enforced", "PKCE-07 PKCE-08 PKCE-09 PKCE-10 PKCE-12", "The token endpoint does not check code_verifier.", func(*codeGrant, string, func(*codeGrant, string) *oauthError) *oauthError {
		return nil
	}).with("verifiers of any length pass", "PKCE-11"),

	fault("challenge-optional", "PKCE-01", "A login without code_challenge is served, and its code redeemed with any verifier.", func(_ *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			if !v.Has("code_challenge") {
				v.Set("code_challenge", noChallenge)
			}
		})
		usual := c.verify
		c.verify = func(g *codeGrant, verifier string) *oauthError {
			if g.challenge == noChallenge {
				return nil
			}
			return usual(g, verifier)
		}
	}),
	request("challenge-empty-accepted", "PKCE-01", "An empty code_challenge is accepted.", func(v url.Values) {
		if v.Has("code_challenge") && single(v, "code_challenge") && v.Get("code_challenge") == "" {
			v.Set("code_challenge", noChallenge)
		}
	}),

	byPOST("challenge-optional-by-post", "PKCE-01", "A POST without code_challenge is served.", func(v url.Values) {
		if !v.Has("code_challenge") {
			v.Set("code_challenge", noChallenge)
			v.Set("code_challenge_method", "S256")
		}
	}),

	request("method-missing-is-plain", "PKCE-02", "A missing code_challenge_method is treated as plain.", func(v url.Values) {
		if v.Get("code_challenge_method") == "" && v.Get("code_challenge") != "" && single(v, "code_challenge") {
			asPlain(v)
		}
	}),
	request("method-missing-is-s256", "PKCE-02", "A missing code_challenge_method is treated as S256.", func(v url.Values) {
		if v.Get("code_challenge_method") == "" {
			v.Set("code_challenge_method", "S256")
		}
	}),

	request("plain-accepted", "PKCE-03", "code_challenge_method=plain is accepted.", func(v url.Values) {
		if v.Get("code_challenge_method") == "plain" && single(v, "code_challenge_method") && single(v, "code_challenge") && v.Get("code_challenge") != "" {
			asPlain(v)
		}
	}),
	request("plain-as-s256", "PKCE-03", "code_challenge_method=plain is treated as S256.", func(v url.Values) {
		if v.Get("code_challenge_method") == "plain" && single(v, "code_challenge_method") {
			v.Set("code_challenge_method", "S256")
		}
	}),

	request("method-any-case", "PKCE-04", "code_challenge_method is compared case-insensitively.", func(v url.Values) {
		if single(v, "code_challenge_method") && strings.EqualFold(v.Get("code_challenge_method"), "S256") {
			v.Set("code_challenge_method", "S256")
		}
	}),
	request("method-unknown-accepted", "PKCE-04", "An unknown code_challenge_method is treated as S256.", func(v url.Values) {
		switch m := v.Get("code_challenge_method"); {
		case !single(v, "code_challenge_method"), m == "", m == "plain":
		default:
			v.Set("code_challenge_method", "S256")
		}
	}),

	fault("challenge-unchecked", "PKCE-05", "code_challenge may have any length and characters.", func(_ *Provider, c *conduct) {
		c.challengeValid = func(string) bool { return true }
	}),
	fault("challenge-length-unchecked", "PKCE-05", "code_challenge may have any length.", func(_ *Provider, c *conduct) {
		c.challengeValid = func(challenge string) bool {
			return strings.Trim(challenge, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
		}
	}),
	fault("challenge-alphabet-unchecked", "PKCE-05", "code_challenge may have any characters.", func(_ *Provider, c *conduct) {
		c.challengeValid = func(challenge string) bool { return len(challenge) == 43 }
	}),

	checking("verifier-128-refused", "PKCE-06", "A verifier of 128 characters is refused.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if len(verifier) == 128 {
			return invalidGrant("code_verifier is too long.")
		}
		return usual(g, verifier)
	}),
	checking("verifier-43-refused", "PKCE-06", "A verifier of 43 characters is refused.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if len(verifier) == 43 {
			return invalidGrant("code_verifier is too short.")
		}
		return usual(g, verifier)
	}).with("an ordinary login has a verifier of this length, so no token request succeeds", "TOKEN-01"),
	checking("verifier-punctuation-refused", "PKCE-06", "A verifier that begins and ends with two of -._~ is refused.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if n := len(verifier); n > 4 && strings.Trim(verifier[:2]+verifier[n-2:], "-._~") == "" {
			return invalidGrant("code_verifier has characters that are not allowed.")
		}
		return usual(g, verifier)
	}),

	checking("verifier-tilde-refused", "PKCE-06", "A verifier that contains ~ is refused.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if strings.Contains(verifier, "~") {
			return invalidRequest("code_verifier has characters that are not allowed.")
		}
		return usual(g, verifier)
	}),

	fault("verifier-only-when-sent", "PKCE-07", "A token request without code_verifier is accepted.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			if !t.form.Has("code_verifier") {
				t.form.Set("code_verifier", skipVerifier)
			}
		})
		skipVerified(c)
	}),

	checking("verifier-mismatch-as-invalid-request", "PKCE-08", "A wrong verifier is refused with invalid_request.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if refusal := usual(g, verifier); refusal != nil {
			return invalidRequest(refusal.description)
		}
		return nil
	}),
	fault("verifier-not-compared", "PKCE-08", "Any well-formed verifier is accepted, unless it is another login's or the challenge itself.", func(_ *Provider, c *conduct) {
		seen := rememberChallenges(c)
		usual := c.verify
		c.verify = func(g *codeGrant, verifier string) *oauthError {
			if isVerifier(verifier) && verifier != g.challenge && !seen.has(s256(verifier)) {
				return nil
			}
			return usual(g, verifier)
		}
	}),
	checking("verifier-any-case", "PKCE-08", "The verifier is compared case-insensitively.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		for _, v := range []string{verifier, swapCase(verifier), strings.ToLower(verifier), strings.ToUpper(verifier)} {
			if usual(g, v) == nil {
				return nil
			}
		}
		return usual(g, verifier)
	}),
	checking("verifier-by-beginning", "PKCE-08", "The last character of the verifier is not compared.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" {
			if verifier != "" && isVerifier(verifier) && usual(g, verifier[:len(verifier)-1]+string(last)) == nil {
				return nil
			}
		}
		return usual(g, verifier)
	}),

	uncompared("verifier-not-compared-without-nonce", "The verifier is not compared where the login had no nonce.", func(a *authorization) bool { return a.nonce == "" }),
	uncompared("verifier-not-compared-for-openid-alone", "The verifier is not compared where the login asked for openid alone.", func(a *authorization) bool {
		return len(a.scopes) == 1
	}).with("where checks share logins, theirs may have asked for openid alone", "PKCE-10"),
	byBasic("verifier-not-compared-by-basic", "PKCE-08", "A client may authenticate by HTTP Basic, and its verifier is then not compared.", isVerifier),
	byBasic("verifier-optional-by-basic", "PKCE-07", "A client may authenticate by HTTP Basic, and needs no verifier then.", func(verifier string) bool { return verifier == "" }),

	checking("challenge-as-verifier", "PKCE-09", "The challenge itself is accepted as the verifier.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if verifier == g.challenge {
			return nil
		}
		return usual(g, verifier)
	}),

	fault("verifier-of-any-login", "PKCE-10", "The verifier of any login of the client is accepted.", func(_ *Provider, c *conduct) {
		seen := rememberChallenges(c)
		usual := c.verify
		c.verify = func(g *codeGrant, verifier string) *oauthError {
			if isVerifier(verifier) && seen.has(s256(verifier)) {
				return nil
			}
			return usual(g, verifier)
		}
	}),

	checking("verifier-length-unchecked", "PKCE-11", "A verifier of any length is accepted if its hash matches.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if verifier != "" && fits(g.challenge, verifier) {
			return nil
		}
		return usual(g, verifier)
	}),
	checking("verifier-short-accepted", "PKCE-11", "A short verifier is accepted if its hash matches.", func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {
		if verifier != "" && len(verifier) < 43 && fits(g.challenge, verifier) {
			return nil
		}
		return usual(g, verifier)
	}),

	fault("verifier-empty-accepted", "PKCE-12", "An empty code_verifier is accepted.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			if v := t.form["code_verifier"]; len(v) == 1 && v[0] == "" {
				t.form.Set("code_verifier", skipVerifier)
			}
		})
		skipVerified(c)
	}),
}

// skipVerifier stands for a verifier that is not looked at. No request can hold it.
const skipVerifier = "\x00"

func skipVerified(c *conduct) {
	usual := c.verify
	c.verify = func(g *codeGrant, verifier string) *oauthError {
		if verifier == skipVerifier {
			return nil
		}
		return usual(g, verifier)
	}
}

// challenges remembers the challenges of logins, in a fault that mixes them up.
type challenges struct{ m sync.Map }

func (s *challenges) has(challenge string) bool { _, ok := s.m.Load(challenge); return ok }

func rememberChallenges(c *conduct) *challenges {
	s := &challenges{}
	valid := c.challengeValid
	c.challengeValid = func(challenge string) bool {
		if valid(challenge) {
			s.m.Store(challenge, true)
			return true
		}
		return false
	}
	return s
}
