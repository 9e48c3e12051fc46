package suites

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// The ID token, by the list of OpenID Connect Core 3.1.3.7. Each check judges
// one claim; who the token is about is in idtoken_subject.go.

var IDT01 = judge.Check{
	ID: "IDT-01", Title: "the ID token is a JWS signed with RS256",
	Problem: "the ID token is not a JWS signed with RS256", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDSDK("callback"), judge.RFC("8725", "3.1")},
	Expect: "The ID token is a compact JWS whose alg is RS256: neither unsigned, nor signed with a shared secret, nor encrypted.",
	Why:    "Anyone can create an unsigned token, and the official SDKs accept only RS256.",
	Remedy: "Sign ID tokens with RS256 and one of the published RSA keys.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-idtoken-unsigned", "oidcc-idtoken-rs256", "IsSignedTest"},
}

var _ = ginkgo.It("IDT-01 the ID token is a JWS signed with RS256", check(IDT01, func(s *Session) {
	tokens := s.Shared().Tokens
	read, err := sgid.ParseIDToken(tokens.TokenResponse.IDToken)
	s.root(err != nil || read.Algorithm != sgid.AlgRS256)
	t := s.IDToken(tokens)
	s.Require(t.Algorithm == sgid.AlgRS256, "alg RS256", "alg "+said(t.Header["alg"]), tokens.Reply.Exchange)
}))

// said says what stands in a claim or header member, shortened.
func said(value any) string {
	switch v := value.(type) {
	case nil:
		return "missing"
	case string:
		return fmt.Sprintf("%q", shorten(v))
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "of an unknown type"
	}
	return shorten(string(text))
}

var IDT02 = judge.Check{
	ID: "IDT-02", Title: "the signature verifies with a published key",
	Problem: "the ID token's signature does not verify with a published key", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("10.1"), judge.OIDCCORE("3.1.3.7")},
	Expect: "The signature verifies with the key of the JWKS that the header's kid names; kid is present if the set has several keys.",
	Why:    "A token that does not verify is rejected by every relying party, or accepted by those that do not check.",
	Remedy: "Publish the signing key, and put its kid into the token's header.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"oidcc-idtoken-signature", "KeyReferencesTest"},
}

var _ = ginkgo.It("IDT-02 the signature verifies with a published key", check(IDT02, func(s *Session) {
	tokens := s.Shared().Tokens
	t := s.IDToken(tokens)
	if t.Algorithm != sgid.AlgRS256 {
		s.owned("IDT-01", tokens.Reply.Exchange, "the ID token's alg is %s", said(t.Header["alg"]))
	}
	err := sgid.VerifySignature(t.Raw, s.KeySet())
	if err != nil { // keys may have been rotated since the set was fetched
		s.jwks, s.keys = nil, nil
		err = sgid.VerifySignature(t.Raw, s.KeySet())
	}
	s.root(err != nil)
	if err != nil {
		s.keysToBlame(t)
	}
	s.Require(err == nil, "a signature that verifies", strings.ReplaceAll(fmt.Sprint(err), "\n", "; "), tokens.Reply.Exchange)
}))

// keysToBlame blocks a check of the signature where the key set itself is
// what is wrong.
func (s *Session) keysToBlame(t *sgid.IDToken) {
	keys := s.KeySet().Keys
	if kid, _ := t.Header["kid"].(string); !slices.ContainsFunc(keys, func(k sgid.Key) bool { return !unreadable(k) && k.KID == kid }) {
		s.unreadableKeys(s.KeySet()) // it may be the one
	}
	if !slices.ContainsFunc(keys, func(k sgid.Key) bool { return k.UsableForRS256() }) {
		s.owned("JWKS-03", s.jwks, "the key set has no key for RS256 signatures")
	}
	ids := map[string]int{}
	for _, k := range keys {
		ids[k.KID]++
	}
	digest := sha256.Sum256([]byte(t.SigningInput))
	verifies := slices.ContainsFunc(keys, func(k sgid.Key) bool {
		return k.UsableForRS256() && rsa.VerifyPKCS1v15(k.RSA(), crypto.SHA256, digest[:], t.Signature) == nil
	})
	if verifies && len(keys) > 1 && (ids[""] > 0 || len(ids) < len(keys)) {
		s.owned("JWKS-04", s.jwks, "the keys of the set cannot be distinguished by kid")
	}
}

var IDT03 = judge.Check{
	ID: "IDT-03", Title: "iss is the issuer",
	Problem: "iss is not the issuer", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7")},
	Expect: "iss equals the metadata's issuer, character for character.",
	Why:    "A relying party that uses several providers learns from iss which one authenticated the citizen.",
	Remedy: "Set iss to the issuer of the metadata.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"HasCorrectIssuerTest"},
}

var _ = ginkgo.It("IDT-03 iss is the issuer", check(IDT03, func(s *Session) {
	tokens := s.Shared().Tokens
	t, issuer := s.IDToken(tokens), s.Issuer()
	s.root(t.Claims["iss"] != any(issuer))
	s.Require(t.Claims["iss"] == any(issuer), fmt.Sprintf("iss %q", issuer), "iss "+said(t.Claims["iss"]), tokens.Reply.Exchange)
}))

var IDT04 = judge.Check{
	ID: "IDT-04", Title: "aud is the client",
	Problem: "aud is not the client", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7"), judge.OIDCCORE("2")},
	Expect: "aud is the client ID, or an array that contains it; with additional audiences azp is the client ID.",
	Why:    "A token issued to another client, or to several, lets one agency log in as the citizen at another.",
	Remedy: "Set aud to the client ID only.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"HasCorrectAudienceTest", "HasAzpForMultiAudienceTest"},
}

var _ = ginkgo.It("IDT-04 aud is the client", check(IDT04, func(s *Session) {
	tokens := s.Shared().Tokens
	t, id := s.IDToken(tokens), tokens.Login.Client.ClientID
	expected, saw := foreignAudience(t, id)
	s.root(saw != "")
	s.Require(saw == "", expected, saw, tokens.Reply.Exchange)
}))

var IDT10 = judge.Check{
	ID: "IDT-10", Title: "at_hash and c_hash, if present, are correct",
	Problem: "at_hash or c_hash is wrong", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.6"), judge.OIDCCORE("3.3.2.11")},
	Expect: "at_hash, if present, is the left half of the access token's SHA-256 hash as base64url; c_hash likewise for the code.",
	Why:    "Relying parties that compare them reject a login whose tokens do not belong together.",
	Remedy: "Compute at_hash over the ASCII bytes of the access token and c_hash over those of the code, or omit them.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"at_hash", "c_hash"}, Covers: []string{"IsAccessTokenHashCorrectTest", "CodeHashValidTest"},
}

var _ = ginkgo.It("IDT-10 at_hash and c_hash, if present, are correct", check(IDT10, func(s *Session) {
	tokens := s.Shared().Tokens
	t := s.IDToken(tokens)
	hashes := func(name, of string) {
		s.Case(name, func() {
			claim, there := t.Claims[name]
			if there && t.Algorithm != sgid.AlgRS256 { // the hash is that of alg
				s.owned("IDT-01", tokens.Reply.Exchange, "the ID token's alg is %s", said(t.Header["alg"]))
			}
			wrong := there && claim != any(sgid.LeftHash(of))
			s.root(wrong)
			s.Require(!wrong, "the hash of the value issued with it", name+" is a different value", tokens.Reply.Exchange)
		})
	}
	hashes("at_hash", tokens.AccessToken)
	hashes("c_hash", tokens.Login.Code)
}))

var IDT15 = judge.Check{
	ID: "IDT-15", Title: "aud is a plain string",
	Problem: "aud is not a plain string", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDSDK("callback, Python")},
	Expect: "aud is a string, not an array: the official Python SDK compares it as one.",
	Why:    "Agencies that use that SDK cannot log anybody in if aud is an array.",
	Remedy: "Set aud to the client ID, as a string.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("IDT-15 aud is a plain string", check(IDT15, func(s *Session) {
	tokens := s.Shared().Tokens
	t := s.IDToken(tokens)
	if len(t.Audience) == 0 {
		s.owned("IDT-04", tokens.Reply.Exchange, "aud is %s", said(t.Claims["aud"]))
	}
	s.Require(t.AudienceIsString, "a string", "an array", tokens.Reply.Exchange)
}))
