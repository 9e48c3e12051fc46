package suites

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// PKCE at the token endpoint: only the verifier whose hash is the challenge of
// this login redeems the code.

// verifiers begin with another length than an ordinary login's.
var verifiers = cases[func() string]{
	{"128 characters", func() string { return verifier(128) }},
	{"43 characters", func() string { return verifier(43) }},
	{"with - . _ ~", func() string { return strings.Repeat("-._~", 10) + verifier(20) + strings.Repeat("~_.-", 5) }},
}

var PKCE06 = judge.Check{
	ID: "PKCE-06", Title: "the correct verifier works at every allowed length",
	Problem: "a correct verifier does not redeem its code", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("7636", "4.1")},
	Expect: "The correct verifier redeems the code, whether it has 43 or 128 characters, and with the characters - . _ ~.",
	Why:    "Client libraries choose their own length; a relying party whose length is not accepted cannot log anybody in.",
	Remedy: "Accept verifiers of 43 to 128 unreserved characters, and hash their ASCII bytes unchanged.",
	Needs:  []judge.Need{judge.Login}, Logins: len(verifiers), Cases: verifiers.names(),
	Wants:  caseWants(verifiers.names(), judge.Redeemed, "code_challenge"),
	Covers: []string{"oidcc-ensure-request-with-valid-pkce-succeeds", "IsPkceImplementedTest", "HashedPkceDisabledTest"},
}

var _ = ginkgo.It("PKCE-06 the correct verifier works at every allowed length", check(PKCE06, func(s *Session) {
	worked := slices.ContainsFunc(verifiers.names(), s.Holds)
	verifiers.each(s, func(verifier func() string) {
		reply := s.Redeem(s.LogIn(WithVerifier(verifier())))
		worked = worked || reply.unsuccessful() == ""
		if !worked {
			s.NeedsLogin() // where no exchange works at all, it is not for this check to say
		}
		s.Expect(reply).To(Succeed())
	})
}))

// verifier is a fresh code verifier of letters and digits, of any length.
func verifier(length int) string {
	text := random(length)
	return strings.NewReplacer("-", "0", "_", "1").Replace(text)[:length]
}

var PKCE07 = judge.Check{
	ID: "PKCE-07", Title: "a token request without a verifier is refused",
	Problem: "a token request without a verifier is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7636", "4.5")},
	Expect: "A token request without code_verifier is refused, also where the client authenticates by HTTP Basic.",
	Why:    "A verifier that is only checked when it is sent protects nobody: the attacker omits it.",
	Remedy: "Return invalid_grant or invalid_request if code_verifier is missing.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: []string{verifierByBasic}, Covers: []string{"IsPkceDowngradeDetectedTest"},
	Wants: ofOneCode,
}

const verifierByBasic = "by HTTP Basic"

var _ = ginkgo.It("PKCE-07 a token request without a verifier is refused", check(PKCE07, func(s *Session) {
	s.NeedsLogin()
	s.onOneCode(func() *Login { return s.LogIn() }, s.refused("", []Change{Omitting("code_verifier")}),
		s.refusedByBasic(verifierByBasic, Omitting("code_verifier")))
}))

// refusedByBasic is an attempt whose client sends its right credentials by HTTP
// Basic alone. A target that does not take them so refuses it for that.
func (s *Session) refusedByBasic(name string, change Change) attempt {
	a := s.refused(name, nil)
	a.send = func(login *Login) *TokenReply {
		c := login.Client
		credentials := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(c.ClientID) + ":" + url.QueryEscape(c.ClientSecret)))
		s.Redactor.Learn("credentials", credentials)
		return s.RedeemByHeader(login, "Basic "+credentials, Omitting("client_id"), Omitting("client_secret"), change)
	}
	return a
}

// wrongVerifiers are made from the right one in ways that a careless
// comparison misses.
var wrongVerifiers = altered{
	{"another verifier", func(string) string { return verifier(64) }},
	{"last character changed", func(v string) string { return changed(v, len(v)-1) }},
	{"one character more", func(v string) string { return v + "x" }},
	{"one character less", func(v string) string { return v[:len(v)-1] }},
	{"other case", otherCase},
	{"line break at the end", func(v string) string { return v + "\n" }},
	{"space at the end", func(v string) string { return v + " " }},
	{"a letter percent-encoded", escapedLetter},
	{"another verifier of 43 characters", func(string) string { return verifier(43) }},
	{"NUL and more behind", func(v string) string { return v + "\x00x" }},
}

// wrongChallenge is sent with the login in place of the right one; the verifier is
// then the right one, for only so the comparison is reached with two values that are
// nearly the same. Its login lacks what a request may leave out, too: a provider may
// compare nothing where that is missing, and a person makes no login more for it.
type wrongChallenge struct {
	madeOf func(right string) string
	varies string // the parameter that its request lacks; empty: none
	vary   Vary
	so     string // of which login it is
}

var wrongChallenges = cases[wrongChallenge]{
	{"challenge in other case", wrongChallenge{otherCase, "nonce", Without("nonce"), "without nonce"}},
	{"challenge that differs at its end", wrongChallenge{func(c string) string { return changed(c, len(c)-2) }, "", nil, ""}},
	{"challenge that differs at its start", wrongChallenge{func(c string) string { return changed(c, 0) }, "scope", WithScopes(sgid.ScopeOpenID), "that asked for openid alone"}},
	{"challenge with more behind", wrongChallenge{func(c string) string { return c + c }, "", nil, ""}},
}

func wantsOfWrongChallenges() []judge.Want {
	var wants []judge.Want
	for _, wrong := range wrongChallenges {
		want := judge.Want{Case: wrong.name, Varies: []string{"code_challenge"}, Code: judge.Unfit}
		if wrong.input.varies != "" {
			want.Varies = append(want.Varies, wrong.input.varies)
		}
		wants = append(wants, want)
	}
	return wants
}

// sent makes the login, an ordinary one where the target serves none that lacks
// anything.
func (w wrongChallenge) sent(s *Session, right string) (login *Login, response *AuthorizationResponse, of string) {
	vary := []Vary{WithVerifier(right), With("code_challenge", w.madeOf(sgid.ChallengeS256(right)))}
	if w.varies != "" {
		if login, response = s.TryLogIn(append(vary, w.vary)...); login != nil {
			return login, response, "of a login " + w.so
		}
	}
	login, response = s.TryLogIn(vary...)
	return login, response, ""
}

// escapedLetter is text with its first character percent-encoded: the same text
// for whoever decodes once too often.
func escapedLetter(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%%%02X", text[0]) + text[1:]
}

// changed is text with another character at place.
func changed(text string, place int) string {
	return text[:place] + another(text[place]) + text[place+1:]
}

var PKCE08 = judge.Check{
	ID: "PKCE-08", Title: "a wrong verifier is refused with invalid_grant",
	Problem: "a wrong verifier is not refused with invalid_grant", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7636", "4.6")},
	Expect: "A verifier whose S256 hash is not, character for character, the challenge is refused with invalid_grant: also where the login had no nonce or asked for openid alone, and where the client authenticates by HTTP Basic.",
	Why:    "Otherwise anyone who steals a code can redeem it with any verifier.",
	Remedy: "Compare BASE64URL(SHA256(code_verifier)) with the stored challenge, in full and case-sensitively.",
	Needs:  []judge.Need{judge.Login}, Logins: 2 + len(wrongChallenges), Cases: slices.Concat(wrongVerifiers.names(), []string{verifierByBasic}, wrongChallenges.names()), Covers: []string{"IsPkceImplementedTest"},
	Wants: append([]judge.Want{{Varies: []string{"code_challenge"}, Code: judge.Refused}}, wantsOfWrongChallenges()...),
}

var _ = ginkgo.It("PKCE-08 a wrong verifier is refused with invalid_grant", check(PKCE08, func(s *Session) {
	s.NeedsLogin()
	right := verifier(120)
	var attempts []attempt
	for _, wrong := range wrongVerifiers {
		errors := []string{"invalid_grant"}
		if strings.ContainsAny(wrong.input("x"), "\n %\x00") {
			errors = append(errors, "invalid_request") // it is not only wrong, it is malformed
		}
		attempts = append(attempts, s.refused(wrong.name, []Change{Sending("code_verifier", wrong.input(right))}, errors...))
	}
	attempts = append(attempts, s.refusedByBasic(verifierByBasic, Sending("code_verifier", verifier(64))))
	s.onOneCode(func() *Login { return s.LogIn(WithVerifier(right)) }, attempts...)
	for _, wrong := range wrongChallenges {
		s.Case(wrong.name, func() {
			right := verifier(120) // one that no other login has
			login, response, of := wrong.input.sent(s, right)
			if login == nil {
				s.Expect(response).To(BeRefused()) // a challenge that no verifier fits may be refused at once
				return
			}
			s.Expect(s.Redeem(login)).To(BeRefusedWith("invalid_grant"), of)
			s.refusedSoFar(false)
		})
	}
}))

var PKCE09 = judge.Check{
	ID: "PKCE-09", Title: "the challenge itself is refused as verifier",
	Problem: "the challenge itself is not refused as verifier", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7636", "7.2")},
	Expect: "The challenge, sent as code_verifier, is refused.",
	Why:    "The challenge is visible in the address bar; a fallback to the plain method turns it into the verifier.",
	Remedy: "Never compare code_verifier with the challenge without hashing it.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"IsPkcePlainDowngradeDetectedTest"},
	Wants: ofOneCode,
}

var _ = ginkgo.It("PKCE-09 the challenge itself is refused as verifier", check(PKCE09, func(s *Session) {
	s.NeedsLogin()
	s.onOneCode(func() *Login { return s.LogIn() }, attempt{
		send:   func(login *Login) *TokenReply { return s.Redeem(login, Sending("code_verifier", login.PKCE.Challenge)) },
		expect: func(reply *TokenReply) { s.Expect(reply).To(BeRefused()) },
	})
}))

var PKCE10 = judge.Check{
	ID: "PKCE-10", Title: "a verifier of another login is refused",
	Problem: "a verifier of another login is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7636", "1")},
	Expect: "With two open logins of one client, neither code can be redeemed with the other's verifier.",
	Why:    "An attacker who injects a stolen code into their own login could redeem it with their own verifier.",
	Remedy: "Store the challenge with the code, not with the client or the session.",
	Needs:  []judge.Need{judge.Login}, Logins: 3, Cases: []string{"a later login's", "an earlier login's"}, Covers: []string{"CodePollutionTest"},
	Wants: []judge.Want{{Code: judge.Crossed}, {Case: "a later login's", Code: judge.Refused, Perhaps: true}},
}

var _ = ginkgo.It("PKCE-10 a verifier of another login is refused", check(PKCE10, func(s *Session) {
	s.NeedsLogin()
	earlier, later := s.TwoLogIns()
	with := func(login, other *Login) *TokenReply {
		return s.Redeem(login, Sending("code_verifier", other.PKCE.Verifier))
	}
	anEarliers, aLaters := with(later, earlier), with(earlier, later)
	s.Case("a later login's", func() {
		if waited := later.came.Sub(earlier.came); waited > codeIsFresh && !aLaters.grants() {
			aLaters = s.withOneBegun(earlier, later, aLaters)
		}
		s.Expect(aLaters).To(BeRefused())
		s.refusedSoFar(false)
	})
	s.Case("an earlier login's", func() {
		s.Expect(anEarliers).To(BeRefused())
		s.refusedSoFar(false)
	})
}))

// withOneBegun is what a later login's verifier is answered with where the first
// of two codes may have run out before the second was there: a login that is only
// begun is a later one, too. Where the first code is good, it is what was tried.
func (s *Session) withOneBegun(earlier, later *Login, tried *TokenReply) *TokenReply {
	begin := func(login *Login) *TokenReply {
		verifier := verifier(64)
		s.Authorize(WithVerifier(verifier))
		return s.Redeem(login, Sending("code_verifier", verifier))
	}
	reply := begin(later)
	good := s.lived(later) // before the first: so they are redeemed where others share them
	switch {
	case reply.grants():
		return reply
	case s.lived(earlier) == alive:
		return tried
	case good != alive: // the wrong verifier before has used the second code up
		reply = begin(s.LogIn())
	}
	s.Observe("the second login took %s: the later one is one that was begun and not finished", later.came.Sub(earlier.came).Round(time.Second))
	return reply
}

// codeIsFresh is for how long a code is taken to be good without being tried.
const codeIsFresh = 20 * time.Second

var PKCE11 = judge.Check{
	ID: "PKCE-11", Title: "a verifier of invalid length is refused, even the correct one",
	Problem: "a verifier of invalid length is not refused", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7636", "4.1")},
	Expect: "A verifier shorter than 43 or longer than 128 characters is refused even if its hash is the challenge.",
	Why:    "A short verifier can be found by brute force; only the provider can notice that a client uses one.",
	Remedy: "Return invalid_grant or invalid_request if code_verifier is not 43 to 128 characters long.",
	Needs:  []judge.Need{judge.Login}, Logins: len(wrongLengths) + 1, Cases: wrongLengths.names(), Covers: []string{"ShortVerifierTest"},
	Wants: caseWants(wrongLengths.names(), judge.Unfit, "code_challenge"),
}

var wrongLengths = cases[int]{{"1 character", 1}, {"42 characters", 42}, {"129 characters", 129}}

var _ = ginkgo.It("PKCE-11 a verifier of invalid length is refused, even the correct one", check(PKCE11, func(s *Session) {
	s.NeedsLogin()
	wrongLengths.each(s, func(length int) {
		s.Expect(s.Redeem(s.LogIn(WithVerifier(verifier(length))))).To(BeRefused())
		s.refusedSoFar(false)
	})
}))

var PKCE12 = judge.Check{
	ID: "PKCE-12", Title: "an empty verifier is refused",
	Problem: "an empty verifier is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("7636", "4.5")},
	Expect: "An empty code_verifier is refused, even if the challenge is the hash of the empty string.",
	Why:    "An empty verifier that is treated as absent turns PKCE off.",
	Remedy: "Treat an empty code_verifier as missing, and refuse it.",
	Needs:  []judge.Need{judge.Login}, Logins: 3, Cases: []string{"empty", "empty, and the challenge its hash"}, Covers: []string{"IsPkceTokenDowngradeDetectedTest"},
	Wants: []judge.Want{{Code: judge.Refused}, {Case: "empty, and the challenge its hash", Varies: []string{"code_challenge"}, Code: judge.Unfit}},
}

var _ = ginkgo.It("PKCE-12 an empty verifier is refused", check(PKCE12, func(s *Session) {
	s.NeedsLogin()
	s.onOneCode(func() *Login { return s.LogIn() }, s.refused("empty", []Change{Sending("code_verifier", "")}))
	s.Case("empty, and the challenge its hash", func() {
		login, response := s.TryLogIn(WithVerifier(""))
		if login == nil {
			s.Expect(response).To(BeRefused())
			return
		}
		s.Expect(s.Redeem(login, Sending("code_verifier", ""))).To(BeRefused())
		s.refusedSoFar(false)
	})
}))
