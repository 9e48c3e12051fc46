package rp

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/onsi/ginkgo/v2"
)

// RP-53 to RP-57: userinfo and its encryption.

// dataShown reports whether the page that a login came to shows data of a
// person: more than the identifier.
func dataShown(l *Login, person string) bool {
	for _, p := range provider.People() {
		if p.ID == person {
			return l.showsDataOf(&p)
		}
	}
	return false
}

// showsDataOf is dataShown for somebody who need not be one of the people.
func (l *Login) showsDataOf(p *provider.Persona) bool {
	if l.Look.Way == nil || l.Look.Way.NoResponse() {
		return false
	}
	return len(application.Shown([]application.Person{{ID: p.ID, Marks: provider.Marks(p)}}, l.Look.Way.Body())) > 0
}

// needsData ends the check where the protected page does not show the data that
// each login brings, so that nothing tells whether they were read.
func (s *Session) needsData() {
	s.needsUserinfo()
	if !dataShown(s.baseline, personOf(s.baseline.Attempt.Conduct)) {
		s.Skip("the protected page shows none of the person's data; name a page in --protected that does")
	}
	if s.showsAnew {
		return
	}
	anew := drawn()
	l := s.logInGiven(bringing(anew, provider.Conduct{}))
	s.showsAnew = l.showsDataOf(anew)
	if !s.showsAnew {
		l.Keep()
		s.sure(l.Look.In)
		s.Skip("the protected page does not show data that were changed since an earlier login, and so not whether those of a login were read; name a page in --protected that does")
	}
}

// HidesEach tries each case in a login of its own: data that come so do not show.
// Trials are the cases, with the person whose data come in one of them.
func (s *Session) HidesEach(trials func(of *provider.Persona) []trial) {
	for i, t := range trials(&another) {
		s.Case(t.Case, func() {
			anew := drawn()
			s.Hides(anew, trials(anew)[i].conduct())
		})
	}
}

// Hides judges that data that come so do not show: those of this login, which an
// application cannot have kept of an earlier one.
func (s *Session) Hides(of *provider.Persona, c provider.Conduct) *Login {
	l := s.logInAsking(sgid.PathUserInfo, bringing(of, c))
	if !l.Assert(!l.showsDataOf(of), "", "the data are taken: the protected page shows those of this login", l.Evidence()) {
		return l
	}
	s.showedAll(l)
	s.count5xx(l)
	return l
}

// answering is a login whose userinfo response is edited after the encryption.
func answering(edit func(answer map[string]any)) provider.Conduct {
	return provider.Conduct{Answer: edit}
}

// eachField replaces every field of a userinfo response.
func eachField(change func(scope, jwe string) string) provider.Conduct {
	return answering(func(answer map[string]any) {
		data, _ := answer["data"].(map[string]any)
		for scope, value := range data {
			text, _ := value.(string)
			data[scope] = change(scope, text)
		}
	})
}

// another is the person whose data are put into the answers of the first's login.
var another = provider.People()[1]

var RP53 = judge.Check{
	ID: "RP-53", Title: "another person's userinfo is refused",
	Problem: "another person's userinfo is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.OIDCCORE("5.3.2")},
	Expect: "Userinfo whose sub is missing, or is not to the letter that of the ID token, logs nobody in.",
	Why:    "Without the comparison an access token of somebody else's makes the application show, and keep, their data under this login.",
	Remedy: "Compare userinfo's sub with the ID token's (SDK: give userinfo the sub that callback returned; openid-client 6: fetchUserInfo's expectedSubject).",
	Cases:  named(othersUserinfo(nil)), Logins: 3,
}

var _ = ginkgo.It("RP-53 another person's userinfo is refused", check(RP53, func(s *Session) {
	for _, t := range othersUserinfo(s.Front.Sub) {
		s.Case(t.Case, func() { s.refusesOnceAsked(sgid.PathUserInfo, t.conduct()) })
	}
}))

// othersUserinfo are userinfo responses that are not the person's who logged in; sub
// is what the provider calls a person.
func othersUserinfo(sub func(*provider.Persona) string) []trial {
	return []trial{
		{"another person's", provider.Conduct{Userinfo: func(u *provider.Userinfo) {
			u.Sub = sub(&another)
			for scope := range u.Data {
				u.Data[scope] = another.Data[scope]
			}
		}}},
		{"upper case", provider.Conduct{Userinfo: func(u *provider.Userinfo) { u.Sub = strings.ToUpper(u.Sub) }}},
		{"missing", answering(func(answer map[string]any) { delete(answer, "sub") })},
	}
}

// families are the ways in which sgID, its SDK's fixtures and its mock encrypt.
var families = []trial{
	{"RSA-OAEP-256 and A128GCMKW", provider.Conduct{Faults: []string{"data-by-a128gcmkw"}}},
	{"RSA-OAEP, A128CBC-HS256 and dir", provider.Conduct{Faults: []string{"data-by-dir"}}},
	{"RSA-OAEP-256 and A256GCMKW", provider.Conduct{}},
}

var RP54 = judge.Check{
	ID: "RP-54", Title: "the person's data are decrypted in every way that sgID encrypts them",
	Problem: "data encrypted in a way that sgID uses are not shown", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDSDK("userinfo")},
	Expect: "Data encrypted as in the SDK's own fixtures (MUST), as MockPass does it, and with A256GCMKW are shown.",
	Why:    "Which algorithms sgID takes is not promised; an application that knows one family fails on the day of a change.",
	Remedy: "Decrypt with the SDK, or with jose and lists of all of these: RSA-OAEP and RSA-OAEP-256 for key; dir, A128GCMKW and A256GCMKW for the fields.",
	Cases:  named(families), Logins: len(families),
	Levels: map[string]judge.Level{"RSA-OAEP, A128CBC-HS256 and dir": judge.SHOULD, "RSA-OAEP-256 and A256GCMKW": judge.SHOULD},
}

var _ = ginkgo.It("RP-54 the person's data are decrypted in every way that sgID encrypts them", check(RP54, func(s *Session) {
	s.needsData()
	for _, t := range families {
		s.Case(t.Case, func() {
			anew := drawn()
			l := s.logInGiven(bringing(anew, t.Conduct))
			shown := l.showsDataOf(anew)
			s.sure(shown)
			l.Assert(shown, "", "the data do not show: "+l.Look.Shows()+l.how(), l.Evidence())
		})
	}
}))

var RP55 = judge.Check{
	ID: "RP-55", Title: "a block key encrypted with RSA1_5 is refused",
	Problem: "a block key encrypted with RSA1_5 is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("8725", "3.2"), judge.SGIDSDK("userinfo")},
	Expect: "Data whose block key is encrypted with RSA1_5 are not shown.",
	Why:    "How long a refusal of RSA1_5 takes tells an attacker, bit by bit, what was encrypted.",
	Remedy: "Name the algorithms: jose's compactDecrypt with keyManagementAlgorithms [\"RSA-OAEP\", \"RSA-OAEP-256\"]. The SDK names none, and decrypts RSA1_5 where the Node runtime does (24 does, 20 does not).",
	Logins: 1,
}

var _ = ginkgo.It("RP-55 a block key encrypted with RSA1_5 is refused", check(RP55, func(s *Session) {
	s.needsData()
	s.Hides(drawn(), provider.Conduct{Wrong: "the block key is encrypted with RSA1_5", Faults: []string{"key-rsa1-5"}})
}))

var RP56 = judge.Check{
	ID: "RP-56", Title: "data that were tampered with are refused",
	Problem: "data that were tampered with are accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7516", "5.2"), judge.RFC("7518", "5.3")},
	Expect: "Where the tag of key, or of the fields, is broken or too short, the data are not shown, and nobody else's are in their place.",
	Why:    "The tag is what tells that nobody changed the ciphertext on its way.",
	Remedy: "Decrypt with a JOSE library instead of with a cipher alone (in Node, name authTagLength: 16, and compare the HMAC of A128CBC-HS256), and treat its error as a login that failed.",
	Cases:  append(named(brokenTags), formerPerson), Logins: len(brokenTags) + 2,
}

// brokenTags are broken with each kind of content encryption that sgID uses: a program
// that decrypts by itself has code of its own for each.
var brokenTags = []trial{
	{"tag of key", taggedKey(nil, flipped)},
	{"tags of the fields", taggedFields(nil, flipped)},
	{"tag of key by A128CBC-HS256", taggedKey([]string{"data-by-dir"}, flipped)},
	{"tags of the fields by dir", taggedFields([]string{"data-by-dir"}, flipped)},
	{"tag of key cut to four octets", taggedKey(nil, cutToFour)},
	{"tags of the fields cut to four octets", taggedFields(nil, cutToFour)},
}

const formerPerson = "the data of whoever logged in before"

// tag is the index of the tag among the parts of a compact JWE.
const tag = 4

// cutToFour is the shortest that some cipher interfaces take for a tag.
func cutToFour(b []byte) []byte { return b[:4] }

// taggedKey is a login in which the tag of key is changed.
func taggedKey(faults []string, change func(b []byte) []byte) provider.Conduct {
	c := answering(func(answer map[string]any) {
		if key, isText := answer["key"].(string); isText {
			answer["key"] = withPart(key, tag, change)
		}
	})
	c.Faults = faults
	return c
}

// taggedFields is a login in which the tag of every field is changed.
func taggedFields(faults []string, change func(b []byte) []byte) provider.Conduct {
	c := eachField(func(_, jwe string) string { return withPart(jwe, tag, change) })
	c.Faults = faults
	return c
}

var _ = ginkgo.It("RP-56 data that were tampered with are refused", check(RP56, func(s *Session) {
	s.needsData()
	s.HidesEach(func(*provider.Persona) []trial { return brokenTags })
	s.Case(formerPerson, func() {
		s.needsPerson()
		former := s.logInAsking(sgid.PathUserInfo, provider.Conduct{Person: attacker})
		s.sure(s.works(former))
		c := taggedFields(nil, flipped)
		c.Person, c.Wrong = victim, "the tags of the fields are broken, after another person's login in another browser"
		l := s.logInAsking(sgid.PathUserInfo, c)
		l.Require(!l.Shows(personOf(former.Attempt.Conduct)), "", "the protected page shows the data of the person who logged in before, in another browser", l.Evidence())
		s.showedAll(l)
	})
}))

var RP57 = judge.Check{
	ID: "RP-57", Title: "data that the block key does not open are refused",
	Problem: "data that the block key does not open are accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDINT("Custom Integration")},
	Expect: "Fields in the clear or in base64, under another block key, encrypted to the client's public key, and a block key that is not encrypted, or for another client, are not shown.",
	Why:    "The public key is public: anyone who can change the response could write data of their own into it.",
	Remedy: "Show what decryption returned and nothing else, and let a field that fails end the login.",
	Cases:  named(unopened(nil, &another)),
	Logins: 8,
}

var _ = ginkgo.It("RP-57 data that the block key does not open are refused", check(RP57, func(s *Session) {
	s.needsData()
	client := s.Front.Client()
	public, err := sgid.ParsePrivateKey([]byte(client.PrivateKey))
	if err != nil {
		s.Block("harness", "the client's key: %v", err)
	}
	s.HidesEach(func(of *provider.Persona) []trial { return unopened(&public.PublicKey, of) })
}))

// unopened are data of a person that the block key does not open; public is the
// client's key.
func unopened(public *rsa.PublicKey, of *provider.Persona) []trial {
	return []trial{
		{"fields in the clear", eachField(func(scope, _ string) string { return of.Data[scope] })},
		{"fields in the clear, without key", answering(func(answer map[string]any) {
			eachField(func(scope, _ string) string { return of.Data[scope] }).Answer(answer)
			delete(answer, "key")
		})},
		{"fields in base64", eachField(func(scope, _ string) string { return base64.StdEncoding.EncodeToString([]byte(of.Data[scope])) })},
		{"fields under another block key", eachField(func(scope, _ string) string { return sealed(of.Data[scope], jwa.A256GCMKW, make([]byte, 32)) })},
		{"fields encrypted to the public key", eachField(func(scope, _ string) string { return sealed(of.Data[scope], jwa.RSA_OAEP_256, public) })},
		{"block key in the clear", underPlainKey(of, func(jwk string) string { return jwk })},
		{"block key in base64", underPlainKey(of, func(jwk string) string { return base64.StdEncoding.EncodeToString([]byte(jwk)) })},
		{"block key for another client", provider.Conduct{Userinfo: func(u *provider.Userinfo) { u.Recipient = &strangerKey().PublicKey }}},
	}
}

// underPlainKey are a person's data under a block key that is not encrypted.
func underPlainKey(of *provider.Persona, write func(jwk string) string) provider.Conduct {
	blockKey := make([]byte, 32)
	fields := eachField(func(scope, _ string) string { return sealed(of.Data[scope], jwa.A256GCMKW, blockKey) }).Answer
	return answering(func(answer map[string]any) {
		fields(answer)
		answer["key"] = write(`{"kty":"oct","alg":"A256GCMKW","k":"` + encode(blockKey) + `"}`)
	})
}

// sealed is a compact JWE of a text.
func sealed(text string, alg jwa.KeyEncryptionAlgorithm, key any) string {
	out, err := jwe.Encrypt([]byte(text), jwe.WithKey(alg, key), jwe.WithContentEncryption(jwa.A256GCM))
	if err != nil {
		panic(fmt.Sprintf("%s: %v", alg, err)) // keys of the right length
	}
	return string(out)
}
