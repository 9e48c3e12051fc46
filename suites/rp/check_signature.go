package rp

import (
	"bytes"
	"fmt"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// RP-35 to RP-40: header and signature of the ID token.

const whyToken = "Whoever can put such a token in front of the application logs in as whom they like."

var RP35 = judge.Check{
	ID: "RP-35", Title: "an ID token without a signature is refused",
	Problem: "an ID token without a signature is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("8725", "3.1"), judge.OIDCCORE("3.1.3.7")},
	Expect: "An ID token with alg none, in whatever case, or without alg, logs nobody in.",
	Why:    "Anybody can make such a token. " + whyToken,
	Remedy: "Give the JWT library the list of algorithms that are allowed, [\"RS256\"] alone, instead of trusting the token's own alg.",
	Cases:  named(unsigned), Logins: len(unsigned),
}

var unsigned = []trial{
	{"alg none", withAlg("none", noSignature)},
	{"alg none, spelled with a capital", withAlg("None", noSignature)},
	{"alg none, in capitals", withAlg("NONE", noSignature)},
	{"alg none, with a signature left behind it", withAlg("none", func(t *provider.IDToken) func([]byte) []byte { return hs256([]byte("sgidcheck")) })},
	{"no alg, and no signature", provider.Conduct{IDToken: func(t *provider.IDToken) { delete(t.Header, "alg"); t.Sign = noSignature(t) }}},
}

func noSignature(*provider.IDToken) func([]byte) []byte { return emptied }

var _ = ginkgo.It("RP-35 an ID token without a signature is refused", check(RP35, func(s *Session) { s.RefusesEach(unsigned) }))

var RP36 = judge.Check{
	ID: "RP-36", Title: "an ID token with another algorithm is refused",
	Problem: "an ID token with another algorithm is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("8725", "3.1"), judge.SGIDSDK("callback")},
	Expect: "An ID token signed with HS256, by the client secret, by what everybody knows (the public key, the client's identifier) or by nothing, or with PS256, logs nobody in.",
	Why:    "The public key is public: where it serves as the secret of HS256, anybody can sign. " + whyToken,
	Remedy: "Give the JWT library the list of algorithms that are allowed, [\"RS256\"] alone, and never a key whose use depends on the token's alg.",
	Cases:  named(otherAlgorithms), Logins: len(otherAlgorithms),
	Levels: map[string]judge.Level{"PS256, by the right key": judge.SHOULD},
}

var otherAlgorithms = []trial{
	{"HS256, by the client secret", withAlg("HS256", func(t *provider.IDToken) func([]byte) []byte { return hs256([]byte(t.Secret)) })},
	{"HS256, by the public key in PEM", withAlg("HS256", func(t *provider.IDToken) func([]byte) []byte { return hs256(publicPEM(&t.Key.PublicKey)) })},
	{"HS256, by the public key in PEM without its last line break", withAlg("HS256", func(t *provider.IDToken) func([]byte) []byte {
		return hs256(bytes.TrimSpace(publicPEM(&t.Key.PublicKey)))
	})},
	{"HS256, by the public key in PEM, as PKCS #1", withAlg("HS256", func(t *provider.IDToken) func([]byte) []byte { return hs256(publicPKCS1(&t.Key.PublicKey)) })},
	{"HS256, by the public key in DER", withAlg("HS256", func(t *provider.IDToken) func([]byte) []byte { return hs256(publicDER(&t.Key.PublicKey)) })},
	{"HS256, by an empty secret", withAlg("HS256", func(*provider.IDToken) func([]byte) []byte { return hs256(nil) })},
	{"HS256, by the client's identifier", withAlg("HS256", func(t *provider.IDToken) func([]byte) []byte { return hs256([]byte(fmt.Sprint(t.Claims["aud"]))) })},
	{"PS256, by the right key", withAlg("PS256", func(t *provider.IDToken) func([]byte) []byte { return ps256(t.Key) })},
}

var _ = ginkgo.It("RP-36 an ID token with another algorithm is refused", check(RP36, func(s *Session) { s.RefusesEach(otherAlgorithms) }))

var RP37 = judge.Check{
	ID: "RP-37", Title: "the ID token's signature is verified",
	Problem: "the ID token's signature is not verified", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDSDK("callback"), judge.OIDCCORE("3.1.3.7")},
	Expect: "An ID token whose signature is broken or empty, or whose claims were changed after it was signed, logs nobody in.",
	Why:    "A token that is only decoded is a text that anybody can write. " + whyToken,
	Remedy: "Verify the token with the provider's key set (jose: jwtVerify, not decodeJwt; jsonwebtoken: verify, not decode; openid-client 6: enableNonRepudiationChecks).",
	Cases:  named(badSignatures), Logins: len(badSignatures),
}

var badSignatures = []trial{
	{"signature broken", then(func(compact string) string { return withPart(compact, 2, flipped) })},
	{"signature empty", then(func(compact string) string { return withPart(compact, 2, emptied) })},
	{"claims changed", then(func(compact string) string {
		return withPart(compact, 1, func(b []byte) []byte { return bytes.Replace(b, []byte("{"), []byte(`{"acr":"changed",`), 1) })
	})},
}

var _ = ginkgo.It("RP-37 the ID token's signature is verified", check(RP37, func(s *Session) {
	s.RefusesEach(badSignatures)
}))

var RP38 = judge.Check{
	ID: "RP-38", Title: "an ID token by a key that is not in the key set is refused",
	Problem: "an ID token by a key that is not in the key set is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDSDK("callback"), judge.OIDCCORE("10.1")},
	Expect: "An ID token signed with another key logs nobody in, under an unknown kid and under that of the provider's key.",
	Why:    whyToken,
	Remedy: "Take keys from the provider's jwks_uri alone, and refuse a token whose kid is not there after one look at the current set.",
	Cases:  named(otherKeys), Logins: len(otherKeys),
}

var otherKeys = []trial{
	{"under an unknown kid", provider.Conduct{IDToken: func(t *provider.IDToken) { t.Key, t.Header["kid"] = strangerKey(), "sgidcheck-unknown" }}},
	{"under the kid of the provider's key", provider.Conduct{IDToken: func(t *provider.IDToken) { t.Key = strangerKey() }}},
	{"without a kid", provider.Conduct{IDToken: func(t *provider.IDToken) { t.Key = strangerKey(); delete(t.Header, "kid") }}},
}

var _ = ginkgo.It("RP-38 an ID token by a key that is not in the key set is refused", check(RP38, func(s *Session) { s.RefusesEach(otherKeys) }))

// ownKey is a member of an ID token's header that brings a key along; away is the
// address of a server that is not the provider.
type ownKey struct {
	name, header string
	kid          string // empty: the header has none
	value        func(away string) any
}

func ownJWK(string) any { return jwkOf(&strangerKey().PublicKey, "sgidcheck-own") }

var ownKeys = []ownKey{
	{"jwk", "jwk", "sgidcheck-own", ownJWK},
	{"jwk, and no kid", "jwk", "", ownJWK},
	{"x5c", "x5c", "sgidcheck-own", func(string) any { return []string{certificateOf(strangerKey())} }},
	{"jku", "jku", "sgidcheck-own", func(away string) any { return away + "/jwks.json" }},
	{"x5u", "x5u", "sgidcheck-own", func(away string) any { return away + "/certificate.pem" }},
}

var RP39 = judge.Check{
	ID: "RP-39", Title: "keys that the ID token itself supplies are not trusted",
	Problem: "a key that the ID token itself supplies is trusted or fetched", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("8725", "3.10"), judge.RFC("7515", "4.1")},
	Expect: "An ID token signed with a key that its header holds or points to (jwk, x5c, jku, x5u) logs nobody in, and nothing is fetched from there.",
	Why:    "Whoever makes the token chooses what its header says. " + whyToken + " A URL that is fetched reaches into the application's own network.",
	Remedy: "Do not use a JWT library's functions that take the key from the header (jose: EmbeddedJWK); give it the provider's key set.",
	Cases:  judge.Names(ownKeys, func(k ownKey) string { return k.name }), Logins: len(ownKeys),
}

var _ = ginkgo.It("RP-39 keys that the ID token itself supplies are not trusted", check(RP39, func(s *Session) {
	away := s.Front.Elsewhere()
	for _, k := range ownKeys {
		s.Case(k.name, func() {
			l := s.Refuses(provider.Conduct{Wrong: "the ID token's header has " + k.name, IDToken: func(token *provider.IDToken) {
				token.Key, token.Header["kid"], token.Header[k.header] = strangerKey(), k.kid, k.value(away)
				if k.kid == "" {
					delete(token.Header, "kid")
				}
			}})
			if fetched := l.Attempt.At(provider.Elsewhere); len(fetched) > 0 {
				l.Keep()
				s.Found("", fmt.Sprintf("it fetches what %s names: %s %s", k.header, fetched[0].Method, fetched[0].URL), l.AtProvider(fetched[0]))
			}
		})
	}
}))

var RP40 = judge.Check{
	ID: "RP-40", Title: "an ID token that demands an extension is refused",
	Problem: "an ID token that demands an unknown extension is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7515", "4.1.11")},
	Expect: "An ID token whose crit names an extension that nobody knows logs nobody in.",
	Why:    "crit says that a token means something else without the extension; a relying party that ignores it accepts a token that was not made for it.",
	Remedy: "Use a JWT library that refuses unknown crit, as jose and PyJWT 2.10 do.",
	Cases:  named(demanding), Logins: len(demanding),
}

var demanding = []trial{
	{"an unknown extension", withHeader(func(h map[string]any) {
		h["crit"], h["sg.gov.purpose"] = []any{"sg.gov.purpose"}, "another"
	})},
}

var _ = ginkgo.It("RP-40 an ID token that demands an extension is refused", check(RP40, func(s *Session) { s.RefusesEach(demanding) }))
