package suites

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// Who the ID token is about: sub, and that nothing else tells.

var IDT07 = judge.Check{
	ID: "IDT-07", Title: "sub is a short ASCII string",
	Problem: "sub is not a short ASCII string", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("2")},
	Expect: "sub is a non-empty string of at most 255 ASCII characters.",
	Why:    "Agencies store sub as the key of the citizen's account.",
	Remedy: "Set sub to a string of at most 255 ASCII characters.",
	Needs:  []judge.Need{judge.Login}, Covers: []string{"HasRequiredClaimsTest"},
}

var _ = ginkgo.It("IDT-07 sub is a short ASCII string", check(IDT07, func(s *Session) {
	tokens := s.Shared().Tokens
	claim := s.IDToken(tokens).Claims["sub"]
	sub, ok := claim.(string)
	foreign := strings.ContainsFunc(sub, func(c rune) bool { return c < 0x20 || c > 0x7e })
	s.Require(claim != nil, "sub", "no sub", tokens.Reply.Exchange)
	s.Require(ok, "a string", "a sub of another type", tokens.Reply.Exchange)
	s.Require(sub != "", "a sub that is not empty", "an empty sub", tokens.Reply.Exchange)
	s.Require(len(sub) <= 255, "at most 255 characters", fmt.Sprintf("%d bytes", len(sub)), tokens.Reply.Exchange)
	s.Require(!foreign, "ASCII characters", "other characters", tokens.Reply.Exchange)
}))

var IDT08 = judge.Check{
	ID: "IDT-08", Title: "sub contains no NRIC or FIN",
	Problem: "sub contains an NRIC or FIN", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID")},
	Expect: "sub is a pseudonym: it contains no NRIC or FIN, neither in plain text nor in base64 or escaped.",
	Why:    "sub ends up in the logs and databases of every agency; an identity number in it is exposed there.",
	Remedy: "Use a random identifier for each person and client as sub.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("IDT-08 sub contains no NRIC or FIN", check(IDT08, func(s *Session) {
	tokens := s.Shared().Tokens
	s.Require(!holdsNRIC(s.subject(tokens)), "", "sub contains an NRIC or FIN", tokens.Reply.Exchange)
}))

// holdsNRIC reports whether an NRIC or FIN stands in a text or in what it
// says once its encodings are undone.
func holdsNRIC(text string) bool {
	return slices.ContainsFunc(readings(text), func(reading string) bool { return len(sgid.FindNRIC(reading)) > 0 })
}

// aboutAPerson are claims that are personal data whatever their value.
var aboutAPerson = []string{
	"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
	"email", "phone_number", "address", "birthdate", "gender", "nric", "nric_number", "uinfin", "fin", "mobile_number",
}

// aboutTheToken are claims in which values may stand by chance.
var aboutTheToken = []string{"iss", "aud", "azp", "exp", "iat", "nbf", "auth_time", "nonce", "at_hash", "c_hash", "jti", "sid", "acr", "amr"}

var IDT09 = judge.Check{
	ID: "IDT-09", Title: "the ID token holds no personal data",
	Problem: "the ID token holds personal data", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.SGIDDATA("Data Catalog")},
	Expect: "No claim and no header member contains an NRIC or FIN, a value of the data catalogue, or any other personal data.",
	Why:    "ID tokens are signed but not encrypted: anyone who sees one can read everything in it.",
	Remedy: "Return personal data only in the encrypted response of the userinfo endpoint.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("IDT-09 the ID token holds no personal data", check(IDT09, func(s *Session) {
	tokens := s.Shared().Tokens
	t := s.IDToken(tokens)
	var places []place
	walkJSON(t.Header, func(member, text string) {
		places = append(places, place{"the header member " + shorten(member), text})
	})
	walkJSON(t.Claims, func(member, text string) {
		first, _, _ := strings.Cut(member, ".")
		personal := slices.Contains(aboutAPerson, first) || strings.HasPrefix(member, "myinfo.") || strings.HasPrefix(member, "pocdex.")
		holds := member != "sub" && holdsNRIC(text) // sub is IDT-08's
		if s.Assert(!personal, "no personal data", "the claim "+shorten(member), tokens.Reply.Exchange) &&
			s.Assert(!holds, "no personal data", "an NRIC or FIN is in the claim "+shorten(member), tokens.Reply.Exchange) &&
			!slices.Contains(aboutTheToken, first) {
			places = append(places, place{"the claim " + shorten(member), text})
		}
	})
	for _, p := range places {
		holds := strings.HasPrefix(p.name, "the header") && holdsNRIC(p.text)
		s.Assert(!holds, "no personal data", "an NRIC or FIN is in "+p.name, tokens.Reply.Exchange)
	}
	s.noCatalogueValue(places, tokens)
}))

// noCatalogueValue judges that no decrypted value of the login stands in any
// of the places.
func (s *Session) noCatalogueValue(places []place, tokens *Tokens) {
	answer := s.SharedUserInfo()
	if len(answer.Data) == 0 {
		return
	}
	members := s.Open(answer)
	for _, scope := range answer.DataOrder {
		m := members[scope]
		if m.err != nil {
			continue
		}
		for _, value := range tellingValues(m.text) {
			for _, p := range places {
				if p.name == "the claim sub" && len(sgid.FindNRIC(value)) > 0 && holdsNRIC(p.text) {
					continue // IDT-08 judges it
				}
				if p.shows(value) {
					s.Found("no personal data", fmt.Sprintf("the value of %s appears in %s", shorten(scope), p.name), tokens.Reply.Exchange)
					return
				}
			}
		}
	}
}

var IDT11 = judge.Check{
	ID: "IDT-11", Title: "the same person at the same client has the same sub",
	Problem: "the same person gets a different sub at the next login", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("8")},
	Expect: "The same person has the same sub when logging in again.",
	Why:    "A citizen whose sub changes loses their account.",
	Remedy: "Derive sub from person and client, or store it.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"oidcc AbstractOIDCCSameAuthTwiceServerTest"},
	Wants: []judge.Want{{Code: judge.Redeemed}},
}

var _ = ginkgo.It("IDT-11 the same person at the same client has the same sub", check(IDT11, func(s *Session) {
	first := s.subject(s.Shared().Tokens)
	again := s.Tokens(s.LogIn())
	s.root(s.subject(again) != first)
	s.Require(s.subject(again) == first, "the sub of the first login", "another sub", again.Reply.Exchange)
}))

var IDT12 = judge.Check{
	ID: "IDT-12", Title: "the same person has a different sub at another client",
	Problem: "the same person can be recognised by sub at two clients", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.OIDCCORE("8.1")},
	Expect: "At another client the same person has a different sub, which shares no identifier of the person with the first, neither in plain text nor in base64 or escaped.",
	Why:    "With the same sub, or the same identifier in it, everywhere, agencies can link what they know about a citizen without consent.",
	Remedy: "Derive sub from person and client by a keyed hash, or store a random one for each pair.",
	Needs:  []judge.Need{judge.Login, judge.SecondClient}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{judge.Client}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("IDT-12 the same person has a different sub at another client", check(IDT12, func(s *Session) {
	first := s.subject(s.Shared().Tokens)
	second := s.SharedSecond().Tokens
	sub := s.subject(second)
	s.Require(sub != first, "another sub", "the same sub at both clients", second.Reply.Exchange)
	s.steadySub()
	shared := sharedText(first, sub, s.ofAnotherPerson(), s.Config.First.ClientID, s.Config.Second.ClientID, s.Config.Issuer)
	s.Require(shared == "", "another sub, by which nobody can find the first", fmt.Sprintf("the subs at both clients share %d characters in a row", len(shared)), second.Reply.Exchange)
}))

var IDT14 = judge.Check{
	ID: "IDT-14", Title: "two people have different subs",
	Problem: "two people have the same sub", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("8")},
	Expect: "Another person at the same client has a different sub.",
	Why:    "Two citizens with one sub share one account.",
	Remedy: "Derive sub from something unique to each person.",
	Needs:  []judge.Need{judge.Login, judge.SecondPerson}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{judge.Person}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("IDT-14 two people have different subs", check(IDT14, func(s *Session) {
	first := s.subject(s.Shared().Tokens)
	other := s.Tokens(s.LogIn(BySecondPerson()))
	s.Require(s.subject(other) != first, "another sub", "the same sub for both people", other.Reply.Exchange)
	s.steadySub()
}))
