package suites

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/nesting"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// CRYPT: how the data are encrypted, one response at a time. What several responses
// or two clients show is in encryption_across.go.

var forData = []judge.Need{judge.Login, judge.DataScope}

var CRYPT01 = judge.Check{
	ID: "CRYPT-01", Title: "key is encrypted with RSA-OAEP",
	Problem: "key is not encrypted with RSA-OAEP", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("8725", "3.2"), judge.SGIDINT("sgID")},
	Expect: "key is a compact JWE with alg RSA-OAEP or RSA-OAEP-256 and an authenticated content cipher of RFC 7518; never RSA1_5.",
	Why:    "With RSA1_5, an attacker who can submit altered responses and observe the client's errors can decrypt them step by step.",
	Remedy: "Encrypt the block key with RSA-OAEP-256 and A256GCM.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-01 key is encrypted with RSA-OAEP", check(CRYPT01, func(s *Session) {
	a := s.Encrypted()
	j, err := sgid.ParseJWE(a.Key)
	s.Require(err == nil, "a compact JWE", fmt.Sprint(err), a.Exchange)
	s.Require(slices.Contains(sgid.KeyAlgorithms(), j.Alg), strings.Join(sgid.KeyAlgorithms(), " or "), fmt.Sprintf("key has alg %q", clip(j.Alg)), a.Exchange)
	s.Require(slices.Contains(sgid.ContentEncryptions(), j.Enc), "an authenticated content cipher", fmt.Sprintf("key has enc %q", clip(j.Enc)), a.Exchange)
	party := a.Tokens.Login.Client
	_, err = s.decrypter(party).BlockKey(a.Key)
	s.Require(keyOwner(err) != "CRYPT-01" || len(j.EncryptedKey) != party.Key.Size(), "", fmt.Sprint(err), a.Exchange)
	s.anothersKeyToo()
	s.Observe("%s with %s", j.Alg, j.Enc)
}))

// Encrypted is the shared login's user data, which has a key. UINFO-01 owns that.
// Where no data scope was granted, there is nothing that would be encrypted.
func (s *Session) Encrypted() *UserInfoResponse {
	a := s.SharedUserInfo()
	if a.Key == "" || len(a.Data) == 0 {
		s.needsDataGranted(a)
	}
	if a.Key == "" {
		s.owned("UINFO-01", a.Exchange, "the response has no key")
	}
	return a
}

// needsDataGranted ends the check where the shared login was granted no scope that
// stands for data, although some were asked for: that is not what the check can judge.
func (s *Session) needsDataGranted(a *UserInfoResponse) {
	if asked := dataScopes(a.Tokens.Login.Scopes); len(asked) > 0 && len(dataScopes(granted(a.Tokens))) == 0 {
		s.Skip("no data scope was granted: the token response has the scope %s, and %s were requested", said(*a.Tokens.Scope), clip(strings.Join(asked, ", ")))
	}
}

var CRYPT02 = judge.Check{
	ID: "CRYPT-02", Title: "key is encrypted with SHA-256, not SHA-1",
	Problem: "key is encrypted with SHA-1, not SHA-256", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDSDK("test fixtures"), judge.RFC("8725", "3.2")},
	Expect: "The key algorithm is RSA-OAEP-256.",
	Why:    "RSA-OAEP uses SHA-1, which auditors and hardened crypto libraries reject.",
	Remedy: "Set alg of key to RSA-OAEP-256; the official SDKs support it.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-02 key is encrypted with SHA-256, not SHA-1", check(CRYPT02, func(s *Session) {
	a := s.Encrypted()
	j, err := sgid.ParseJWE(a.Key)
	if err != nil {
		s.owned("CRYPT-01", a.Exchange, "key is not a compact JWE: %v", err)
	}
	if !slices.Contains(sgid.KeyAlgorithms(), j.Alg) {
		s.owned("CRYPT-01", a.Exchange, "key has alg %q", clip(j.Alg))
	}
	s.Require(j.Alg == sgid.AlgRSAOAEP256, sgid.AlgRSAOAEP256, "key has alg "+j.Alg, a.Exchange)
}))

var CRYPT03 = judge.Check{
	ID: "CRYPT-03", Title: "key decrypts with the client's private key",
	Problem: "key does not decrypt with the client's private key", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID")},
	Expect: "key decrypts with the private key that belongs to the client's registered public key, and its authentication tag verifies.",
	Why:    "Otherwise the agency gets data that it cannot read.",
	Remedy: "Encrypt to the public key registered for the client whose access token was presented. If the provider already does, the private key configured for this run is the wrong one.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-03 key decrypts with the client's private key", check(CRYPT03, func(s *Session) {
	a := s.Encrypted()
	first, second := a.Tokens.Login.Client, s.Config.Second
	mixedUp := second != nil && second.Key != nil && !s.opens(first, a) && s.opens(second, a)
	s.Require(!mixedUp, "", "it decrypts with the second client's private key, and not with the first's", a.Exchange)
	s.openKey(a, "CRYPT-04")
	s.anothersKeyToo()
}))

// openKey is BlockKey where failures of the named check do not matter to this
// one: a key whose content is no JWK has been opened all the same.
func (s *Session) openKey(a *UserInfoResponse, beside string) {
	_, err := s.decrypter(a.Tokens.Login.Client).BlockKey(a.Key)
	if err != nil && keyOwner(err) == beside {
		return
	}
	s.BlockKey(a)
}

var CRYPT04 = judge.Check{
	ID: "CRYPT-04", Title: "the block key is a symmetric JWK of a valid size",
	Problem: "the block key is not a symmetric JWK of a valid size", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("7518", "6.4"), judge.SGIDINT("sgID")},
	Expect: "The plaintext of key is a JWK with kty oct and k of 128, 192 or 256 bits, matching the algorithm that it names.",
	Why:    "The SDKs import this JWK unchanged; a short key can be found by brute force.",
	Remedy: "Generate k from 16, 24 or 32 random octets, as base64url without padding, and name an alg of that key size.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-04 the block key is a symmetric JWK of a valid size", check(CRYPT04, func(s *Session) {
	a := s.Encrypted()
	k := s.BlockKey(a)
	bits := 8 * len(k.K)
	saw := fmt.Sprintf("k has %d bits", bits)
	s.Require(properSize(bits), "128, 192 or 256 bits", saw, a.Exchange)
	want, known := keyBits[k.Alg]
	s.Require(!known || want == bits, fmt.Sprintf("%d bits for %s", want, k.Alg), saw, a.Exchange)
	s.Require(!slices.Equal(k.K, make([]byte, len(k.K))), "a random key", "k is all zeros", a.Exchange)
	s.anothersKeyToo()
	s.Observe("%d bits, alg %q", bits, clip(k.Alg))
}))

// properSize reports whether AES takes a key of so many bits.
func properSize(bits int) bool { return bits == 128 || bits == 192 || bits == 256 }

// keyBits is how long a key each algorithm takes (RFC 7518 sections 4.4, 4.7, 5.1).
var keyBits = map[string]int{
	"A128KW": 128, "A192KW": 192, "A256KW": 256, "A128GCMKW": 128, "A192GCMKW": 192, "A256GCMKW": 256,
	"A128GCM": 128, "A192GCM": 192, "A256GCM": 256, "A128CBC-HS256": 256, "A192CBC-HS384": 384, "A256CBC-HS512": 512,
}

var CRYPT05 = judge.Check{
	ID: "CRYPT-05", Title: "every member of data decrypts with the block key",
	Problem: "a member of data does not decrypt with the block key", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.RFC("7516", "5.2")},
	Expect: "Each member of data is a compact JWE that decrypts with the block key, its tag verified, its plaintext UTF-8.",
	Why:    "An unencrypted member exposes the person's data to every proxy and log; one that does not decrypt is lost to the agency.",
	Remedy: "Encrypt each value with the response's block key: dir or AES key wrap of the matching size, and an authenticated content cipher.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-05 every member of data decrypts with the block key", check(CRYPT05, func(s *Session) {
	a := s.Encrypted()
	if len(a.Data) == 0 {
		s.owned("UINFO-11", a.Exchange, "data has no members")
	}
	s.everyMemberOpens(a, "")
	if another := s.anothers(); another != nil {
		s.everyMemberOpens(another, "another person's ")
	}
}))

// everyMemberOpens judges each member of a response's data.
func (s *Session) everyMemberOpens(a *UserInfoResponse, whose string) {
	members := s.Open(a)
	for _, name := range a.DataOrder {
		_, malformed := sgid.ParseJWE(a.Data[name])
		m, shown := members[name], whose+clip(name)
		encrypted := malformed == nil || strings.Contains(a.Data[name], ".")
		if s.Assert(encrypted, "a compact JWE", shown+" is unencrypted, or not a JWE for another reason", a.Exchange) &&
			s.Assert(m.err == nil, "", fmt.Sprintf("%s does not decrypt: %v", shown, m.err), a.Exchange) {
			s.Assert(utf8.ValidString(m.text), "UTF-8", "the plaintext of "+shown+" is not UTF-8", a.Exchange)
		}
	}
}

var CRYPT08 = judge.Check{
	ID: "CRYPT-08", Title: "headers have no zip and no crit, and kids match",
	Problem: "a header has zip or crit, or the kids differ", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("8725", "3.6"), judge.RFC("7516", "4.1.13"), judge.RFC("7516", "4.1.6")},
	Expect: "No header has zip or crit, and if a member of data and the block key both have a kid, it is the same.",
	Why:    "Compression before encryption leaks information through the length, and an unknown crit makes every client that follows the standard reject the response.",
	Remedy: "Omit zip and crit; put the block key's kid into the headers of data, or no kid at all.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-08 headers have no zip and no crit, and kids match", check(CRYPT08, func(s *Session) {
	a := s.Encrypted()
	k := s.BlockKey(a)
	judgeHeader := func(name, compact string) {
		j, err := sgid.ParseJWE(compact)
		if err != nil {
			return // CRYPT-01 and CRYPT-05 judge that
		}
		zip := ""
		if j.Zip != nil {
			zip = *j.Zip
		}
		kidsMatch := name == "key" || j.KID == "" || k.KID == "" || j.KID == k.KID
		s.Assert(j.Zip == nil, "no zip", fmt.Sprintf("%s has zip %q", name, clip(zip)), a.Exchange)
		s.Assert(j.Crit == nil, "no crit", fmt.Sprintf("%s has crit %s", name, quoted(j.Crit)), a.Exchange)
		s.Assert(kidsMatch, "the block key's kid", fmt.Sprintf("%s has the kid %q, and the block key %q", name, clip(j.KID), clip(k.KID)), a.Exchange)
	}
	judgeHeader("key", a.Key)
	for _, name := range a.DataOrder {
		judgeHeader(clip(name), a.Data[name])
	}
}))

var CRYPT10 = judge.Check{
	ID: "CRYPT-10", Title: "no value appears unencrypted in the response",
	Problem: "a value appears unencrypted in the response", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.SGIDDATA("Data Catalog")},
	Expect: "Neither a decrypted value nor the block key appears in the response outside its JWE, in any encoding: not in another member, an HTTP header or a JWE header.",
	Why:    "The encryption ensures that proxies and logs between provider and agency learn nothing; one unencrypted copy defeats it.",
	Remedy: "Remove the copy; return nothing about the person except sub, key and data.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-10 no value appears unencrypted in the response", check(CRYPT10, func(s *Session) {
	s.root(true) // whatever it finds
	a := s.Encrypted()
	members := s.Open(a)
	sub := s.subject(a.Tokens)
	places := outsideTheCiphertexts(a)
	unopened := ""
	for _, name := range a.DataOrder {
		m := members[name]
		if m.err != nil {
			unopened = name
			continue
		}
		for _, value := range tellingValues(m.text) {
			for _, p := range places {
				shown := p.shows(value)
				if shown && p.text == sub {
					owner := "IDT-09"
					if holdsNRIC(sub) && len(sgid.FindNRIC(value)) > 0 {
						owner = "IDT-08"
					}
					s.Block(owner, "sub contains the value of %s, and equals the ID token's sub", clip(name))
				}
				if !s.Assert(!shown, "no unencrypted values", fmt.Sprintf("the value of %s appears in %s", clip(name), p.name), a.Exchange) {
					break
				}
			}
		}
	}
	key := s.BlockKey(a)
	for _, p := range places {
		s.Assert(!p.givesAway(key.K), "no unencrypted values", "the block key, which decrypts data, is in "+p.name, a.Exchange)
		s.Assert(p.text == sub || len(sgid.FindNRIC(p.text)) == 0, "no unencrypted values", "an NRIC or FIN is in "+p.name, a.Exchange)
	}
	if unopened != "" {
		s.owned("CRYPT-05", a.Exchange, "data member %s does not decrypt, so its value is not known", clip(unopened))
	}
	if len(members) == 0 {
		s.owned("UINFO-11", a.Exchange, "data has no members")
	}
}))

// tellingValues are the parts of a plaintext that would give it away: itself,
// and, of a structured one, each string and number within.
func tellingValues(plaintext string) []string {
	values := []string{plaintext}
	var parts any
	if strings.ContainsAny(plaintext, "[{") && nesting.JSON([]byte(plaintext)) == nil && json.Unmarshal([]byte(plaintext), &parts) == nil {
		walkJSON(parts, func(_, text string) { values = append(values, text) })
	}
	if strings.Contains(plaintext, "\n") {
		values = append(values, strings.Split(plaintext, "\n")...)
	}
	return slices.DeleteFunc(values, func(v string) bool { return utf8.RuneCountInString(strings.TrimSpace(v)) < 4 })
}
