package suites

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// JWKS: the provider's signing keys.

var JWKS01 = judge.Check{
	ID: "JWKS-01", Title: "the key set is served and each key is a valid JWK",
	Problem: "the key set is not served, or holds an invalid JWK", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("7517", "5"), judge.SGIDAPI("JWKS")},
	Expect: "The key set endpoint returns 200 with JSON that has keys, a non-empty array of valid JWKs.",
	Why:    "Without the key set no ID token can be verified, and one invalid key makes strict clients reject all of them.",
	Remedy: "Serve the public signing keys as a JWK set; give each key kty and the members that its type requires.",
	Covers: []string{"oidcc ValidateJwks"},
}

var _ = ginkgo.It("JWKS-01 the key set is served and each key is a valid JWK", check(JWKS01, func(s *Session) {
	e := s.JWKS()
	s.Expect(e).To(HaveStatus(http.StatusOK))
	set := s.KeySet()
	s.Expect(e).To(BeJSON())
	s.Require(len(set.Keys) > 0, "", "keys is an empty array", e)
	for i := range set.Keys {
		problem := invalidJWK(&set.Keys[i])
		s.Assert(problem == "", "a valid JWK", keyName(set, i)+": "+problem, e)
	}
}))

// invalidJWK says why a key is no JWK of RFC 7517; empty: it is one. How its
// numbers are written and how strong they are, other checks judge. A key of a
// type that is not known is to be ignored (RFC 7517 section 5).
func invalidJWK(k *sgid.Key) string {
	switch {
	case k.Raw == nil:
		return "it cannot be read as an object"
	case k.KTY == "":
		return "it has no kty"
	}
	for _, name := range []string{"use", "alg", "kid", "x5u", "x5t", "x5t#S256"} {
		if raw, there := k.Raw[name]; there && !isString(raw) {
			return name + " is not a string"
		}
	}
	if raw, there := k.Raw["key_ops"]; there {
		var ops []string
		if json.Unmarshal(raw, &ops) != nil || ops == nil {
			return "key_ops is not an array of strings"
		}
		if slices.Sort(ops); len(slices.Compact(ops)) != len(ops) {
			return "key_ops has a duplicate value"
		}
	}
	switch k.KTY {
	case "RSA":
		for _, name := range []string{"n", "e"} {
			if raw, there := k.Raw[name]; !there || !isString(raw) || string(raw) == `""` {
				return "it is an RSA key without " + name
			}
		}
	case "EC", "OKP", "AKP":
		if k.Err != nil {
			return k.Err.Error()
		}
	}
	return ""
}

func isString(raw json.RawMessage) bool {
	var text *string
	return json.Unmarshal(raw, &text) == nil && text != nil
}

// keyName names a key of the set: by its kid, or by its place.
func keyName(set *sgid.KeySet, i int) string {
	if set.Keys[i].KID != "" {
		return nameOfKey(&set.Keys[i], i)
	}
	return fmt.Sprintf("key %d of %d", i+1, len(set.Keys))
}

func nameOfKey(k *sgid.Key, i int) string {
	if k.KID != "" {
		return fmt.Sprintf("key %q", clip(k.KID))
	}
	return fmt.Sprintf("key %d", i+1)
}

var JWKS02 = judge.Check{
	ID: "JWKS-02", Title: "the key set contains only public keys",
	Problem: "the key set contains private or symmetric key material", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("7517", "9.2")},
	Expect: "No key has a member with private or symmetric key material (d, p, q, dp, dq, qi, oth, k), and none has kty oct.",
	Why:    "Anyone who reads a private key here can sign ID tokens for any person at every agency.",
	Remedy: "Publish only the public members. Treat every key that was published this way as compromised and replace it now.",
	Covers: []string{"oidcc EnsureServerJwksDoesNotContainPrivateOrSymmetricKeys"},
}

var _ = ginkgo.It("JWKS-02 the key set contains only public keys", check(JWKS02, func(s *Session) {
	e := s.JWKS()
	for i, key := range publishedKeys(e.Body()) {
		k := asRead(key)
		private := k.PrivateMembers()
		for _, name := range private {
			for _, value := range key[name] {
				var secret string
				if json.Unmarshal(value, &secret) == nil && len(secret) > 8 {
					s.Redactor.Learn(redact.KindPrivateKey, secret)
				}
			}
		}
		name := nameOfKey(k, i)
		s.Assert(len(private) == 0, "public members alone", name+" has "+strings.Join(private, ", "), e)
		s.Assert(len(private) > 0 || k.KTY != "oct", "public keys alone", name+" is symmetric", e)
	}
	set := s.KeySet()
	s.unreadableKeys(set)
	s.emptySet(set)
}))

// emptySet ends the check where there is no key to judge: JWKS-01 owns that.
func (s *Session) emptySet(set *sgid.KeySet) {
	if len(set.Keys) == 0 {
		s.owned("JWKS-01", s.jwks, "keys is an empty array")
	}
}

var JWKS03 = judge.Check{
	ID: "JWKS-03", Title: "there is a key for RS256",
	Problem: "there is no key for RS256", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDSDK("ID token verification"), judge.RFC("7517", "4.2")},
	Expect: "At least one RSA key has use, alg and key_ops that, if present, allow RS256 signatures.",
	Why:    "The official SDKs verify ID tokens with RS256 and a key of this set; without one every login fails.",
	Remedy: `Publish the RSA signing key with use "sig" and alg "RS256".`,
	Covers: []string{"SigningKeySecureTest"},
}

var _ = ginkgo.It("JWKS-03 there is a key for RS256", check(JWKS03, func(s *Session) {
	set := s.KeySet()
	s.emptySet(set)
	var kinds []string
	usable := false
	for i := range set.Keys {
		k := &set.Keys[i]
		usable = usable || forRS256(k)
		kinds = append(kinds, fmt.Sprintf("%s (kty %q, use %q, alg %q)", keyName(set, i), clip(k.KTY), clip(k.USE), clip(k.ALG)))
	}
	if !usable {
		s.unreadableKeys(set)
	}
	s.Require(usable, "", "no key can verify RS256: "+clip(strings.Join(kinds, ", ")), s.jwks)
}))

// forRS256 reports whether a key offers itself for RS256; its numbers are for
// JWKS-05 and JWKS-06 to judge.
func forRS256(k *sgid.Key) bool {
	if k.KTY != "RSA" || k.USE != "" && k.USE != "sig" || k.ALG != "" && k.ALG != sgid.AlgRS256 {
		return false
	}
	if raw, there := k.Raw["key_ops"]; there {
		var ops []string
		return json.Unmarshal(raw, &ops) == nil && slices.Contains(ops, "verify")
	}
	return true
}

var JWKS04 = judge.Check{
	ID: "JWKS-04", Title: "several keys are distinguished by kid",
	Problem: "several keys are not distinguished by kid", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCCORE("10.1"), judge.RFC("7517", "4.5")},
	Expect: "If there are several keys, each has a kid, and no two are the same.",
	Why:    "During key rotation, kid is the only way for a client to find the right key.",
	Remedy: "Give each key a unique kid, such as its RFC 7638 thumbprint, and put that kid into the header of ID tokens.",
	Covers: []string{"oidcc CheckForKeyIdInServerJWKs", "oidcc CheckDistinctKeyIdValueInServerJWKs"},
}

var _ = ginkgo.It("JWKS-04 several keys are distinguished by kid", check(JWKS04, func(s *Session) {
	set := s.KeySet()
	s.emptySet(set)
	if len(set.Keys) == 1 {
		s.Observe("there is only one key, which needs no kid")
	}
	seen := map[string]bool{}
	for i := range set.Keys {
		if unreadable(set.Keys[i]) {
			continue
		}
		kid := set.Keys[i].KID
		s.Assert(kid != "" || len(set.Keys) == 1, "a kid on each of several keys", keyName(set, i)+" has no kid", s.jwks)
		s.Assert(kid == "" || !seen[kid], "no two keys with the same kid", fmt.Sprintf("two keys have the kid %q", clip(kid)), s.jwks)
		seen[kid] = true
	}
	s.unreadableKeys(set)
}))

var JWKS05 = judge.Check{
	ID: "JWKS-05", Title: "RSA keys are strong",
	Problem: "an RSA key is weak", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("7518", "3.3")},
	Expect: "Each RSA key has a modulus of 2048 bits or more and an odd public exponent above 1.",
	Why:    "A short modulus can be factored, after which any ID token can be forged.",
	Remedy: "Generate a new RSA key of 2048 bits or more with the exponent 65537, and retire the weak one.",
	Covers: []string{"SigningKeySecureTest"},
}

var _ = ginkgo.It("JWKS-05 RSA keys are strong", check(JWKS05, func(s *Session) {
	s.eachRSAKey(func(name string, k *sgid.Key) {
		n, e := s.rsaNumber(name, k, "n"), s.rsaNumber(name, k, "e")
		s.Assert(n.BitLen() >= 2048, "2048 bits or more", fmt.Sprintf("%s has a modulus of %d bits", name, n.BitLen()), s.jwks)
		s.Assert(n.Bit(0) == 1, "an odd modulus", name+" has an even modulus", s.jwks)
		s.Assert(e.Bit(0) == 1 && e.Cmp(big.NewInt(1)) > 0, "an odd exponent above 1", fmt.Sprintf("%s has the exponent %s", name, clip(e.String())), s.jwks)
	})
}))

// eachRSAKey visits the RSA keys of the set; JWKS-03 owns there being one.
func (s *Session) eachRSAKey(visit func(name string, k *sgid.Key)) {
	set := s.KeySet()
	found := false
	for i := range set.Keys {
		if k := &set.Keys[i]; k.KTY == "RSA" {
			found = true
			visit(keyName(set, i), k)
		}
	}
	s.unreadableKeys(set)
	if !found {
		s.owned("JWKS-03", s.jwks, "the set has no RSA key")
	}
}

// rsaNumber reads n or e of a key, however it is written. JWKS-01 owns its
// being there, JWKS-06 its being base64url.
func (s *Session) rsaNumber(name string, k *sgid.Key, member string) *big.Int {
	b, err := base64.RawURLEncoding.DecodeString(lenientURL.Replace(s.rsaText(name, k, member)))
	if err != nil {
		s.owned("JWKS-06", s.jwks, "%s of %s is not base64url", member, name)
	}
	return new(big.Int).SetBytes(b)
}

var lenientURL = strings.NewReplacer("+", "-", "/", "_", "=", "")

func (s *Session) rsaText(name string, k *sgid.Key, member string) string {
	var text string
	if json.Unmarshal(k.Raw[member], &text) != nil || text == "" {
		s.owned("JWKS-01", s.jwks, "%s has no %s", name, member)
	}
	return text
}

var JWKS06 = judge.Check{
	ID: "JWKS-06", Title: "n and e are encoded as the standard requires",
	Problem: "n or e is not encoded as the standard requires", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("7518", "6.3.1"), judge.RFC("7518", "2")},
	Expect: "n and e of each RSA key are base64url without padding, and without leading zero octets.",
	Why:    "Libraries differ in how they treat other encodings: some clients accept the key, others reject it.",
	Remedy: "Encode the unsigned big-endian number in as few octets as it needs, as base64url without padding.",
}

var _ = ginkgo.It("JWKS-06 n and e are encoded as the standard requires", check(JWKS06, func(s *Session) {
	s.eachRSAKey(func(name string, k *sgid.Key) {
		for _, member := range []string{"n", "e"} {
			text := s.rsaText(name, k, member)
			b, err := base64.RawURLEncoding.Strict().DecodeString(text)
			at := name + ": " + member
			if s.Assert(!strings.HasSuffix(text, "="), "no padding", at+" is padded with =", s.jwks) &&
				s.Assert(!strings.ContainsAny(text, "+/"), "the base64url alphabet", at+" is in the alphabet of plain base64", s.jwks) &&
				s.Assert(err == nil && !strings.ContainsAny(text, "\r\n"), "base64url", at+" is not base64url", s.jwks) {
				s.Assert(len(b) == 0 || b[0] != 0, "no leading zero octets", at+" begins with a zero octet", s.jwks)
			}
		}
	})
}))

var JWKS07 = judge.Check{
	ID: "JWKS-07", Title: "certificates and thumbprints match their key",
	Problem: "a certificate or thumbprint does not match its key", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("7517", "4.7"), judge.RFC("7517", "4.8"), judge.RFC("7517", "4.9")},
	Expect: "x5c, x5t and x5t#S256, if present, belong to the key that carries them.",
	Why:    "A client that reads the key from the certificate would verify with a different key than one that reads n and e.",
	Remedy: "Put the certificate of this key first in x5c, followed by its issuers, and compute the thumbprints from it; or omit all three.",
	Covers: []string{"oidcc ValidateServerJWKs"},
}

var _ = ginkgo.It("JWKS-07 certificates and thumbprints match their key", check(JWKS07, func(s *Session) {
	set := s.KeySet()
	s.emptySet(set)
	compared := false
	for i := range set.Keys {
		k := &set.Keys[i]
		if !certified(*k) {
			continue
		}
		problem := mismatched(k)
		if problem == "" && k.Raw["x5c"] == nil {
			s.Observe("%s has a thumbprint of the right form, and no x5c to compare it with", keyName(set, i))
			continue
		}
		compared = true
		s.Assert(problem == "", "", keyName(set, i)+": "+problem, s.jwks)
	}
	s.unreadableKeys(set)
	if compared {
		return
	}
	if slices.ContainsFunc(set.Keys, certified) {
		s.NotApplicable("no key has x5c, and a thumbprint alone can be compared with nothing")
	}
	s.NotApplicable("no key has x5c, x5t or x5t#S256")
}))

func certified(k sgid.Key) bool {
	return k.Raw["x5c"] != nil || k.Raw["x5t"] != nil || k.Raw["x5t#S256"] != nil
}

// mismatched says what is wrong with a key's certificates and thumbprints; empty:
// nothing, as far as there is a certificate to compare with.
func mismatched(k *sgid.Key) string {
	for name, octets := range map[string]int{"x5t": 20, "x5t#S256": 32} {
		raw, has := k.Raw[name]
		if !has {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return name + " is not a string"
		}
		if b, err := base64.RawURLEncoding.DecodeString(text); err != nil || len(b) != octets {
			return fmt.Sprintf("%s is not the base64url of %d octets", name, octets)
		}
	}
	if err := k.CheckCertificates(); err != nil {
		return strings.TrimPrefix(err.Error(), "key: ")
	}
	return ""
}
