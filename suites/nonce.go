package suites

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// The nonce: what ties an ID token to the request that asked for it. It is
// judged here and nowhere else.

// nonces are values that a careless provider changes on the way, the most telling
// first: where logins are dear, the others may have to do without.
var nonces = cases[string]{
	{"every printable ASCII character", printable()},
	{"escaped once already", escapedAlready},
	{"255 characters", digits(255)}, // for who makes a number of them
	{"mixed case", "aBcDeFgHiJkLmNoPqRsTuVwXyZ-AbCdEfGhIjKlMnOpQrStUvWxYz"},
}

// digits are n random ones.
func digits(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = '0' + b[i]%10
	}
	return string(b)
}

var NONCE01 = judge.Check{
	ID: "NONCE-01", Title: "the nonce comes back unchanged",
	Problem: "the nonce comes back changed, or not at all", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("2")},
	Expect: "The ID token contains the nonce of the request, character for character.",
	Why:    "A relying party that compares the nonce rejects the login; one that does not is open to token replay.",
	Remedy: "Treat the nonce as an opaque string, and put it into the ID token unchanged.",
	Needs:  []judge.Need{judge.Login}, Logins: len(nonces), Cases: append([]string{"ordinary"}, nonces.names()...), Covers: []string{"oidcc-server", "NoncePresentInTokenTest"},
	Wants: caseWants(nonces.names(), judge.Redeemed, "nonce"),
}

var _ = ginkgo.It("NONCE-01 the nonce comes back unchanged", check(NONCE01, func(s *Session) {
	s.Case("ordinary", func() {
		tokens := s.Shared().Tokens
		s.root(s.IDToken(tokens).Claims["nonce"] != any(tokens.Login.Nonce))
		s.nonceIs(tokens.Login.Nonce, tokens)
	})
	nonces.each(s, s.nonceReturns)
}))

// nonceReturns logs in with a nonce of its own, which must work as any login
// does, and judges what comes back.
func (s *Session) nonceReturns(nonce string) {
	if !s.worked("IDT-01") {
		s.IDToken(s.Shared().Tokens)
	}
	login := s.LogIn(With("nonce", nonce))
	reply := s.Redeem(login)
	problem := reply.unsuccessful()
	s.Require(problem == "", "tokens for a login with this nonce", problem, reply.Exchange)
	tokens := s.granted(login, reply)
	_, err := sgid.ParseIDToken(tokens.TokenResponse.IDToken) // that of the shared login can be read
	s.Require(err == nil, "an ID token that can be read", fmt.Sprint(err), reply.Exchange)
	s.nonceIs(nonce, tokens)
}

func (s *Session) nonceIs(sent string, t *Tokens) {
	claim, there := s.IDToken(t).Claims["nonce"]
	got, isString := claim.(string)
	const expected = "the nonce of the request"
	s.Require(there, expected, "no nonce", t.Reply.Exchange)
	s.Require(isString, expected, "a nonce of another type", t.Reply.Exchange)
	s.Require(got == sent, expected, difference(sent, got), t.Reply.Exchange)
}

// difference says how a value differs from what was sent.
func difference(sent, got string) string {
	switch {
	case strings.EqualFold(sent, got):
		return "the nonce in another case"
	case got != "" && strings.HasPrefix(sent, got):
		return fmt.Sprintf("the first %d of %d characters", len(got), len(sent))
	}
	return fmt.Sprintf("another value, %q", shorten(got))
}

var NONCE02 = judge.Check{
	ID: "NONCE-02", Title: "no nonce sent, none returned",
	Problem: "a login without nonce fails, or its ID token has one", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI(apiPage), judge.OIDCCORE("3.1.2.1")},
	Expect: "A request without nonce works, and its ID token has none.",
	Why:    "nonce is optional; an invented one is rejected by relying parties that sent none.",
	Remedy: "Accept requests without nonce, and omit the claim from their ID tokens.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"oidcc-ensure-request-without-nonce-succeeds-for-code-flow"},
	// By its state a login without a nonce is distinguished from others.
	Wants: []judge.Want{{Varies: []string{"nonce", "state", judge.Both}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("NONCE-02 no nonce sent, none returned", check(NONCE02, func(s *Session) {
	s.NeedsLogin()
	login := s.LogIn(Without("nonce"))
	reply := s.Redeem(login)
	problem := reply.unsuccessful()
	s.Require(problem == "", "tokens for a login without nonce", problem, reply.Exchange)
	claim, there := s.IDToken(s.granted(login, reply)).Claims["nonce"]
	s.Require(!there, "no nonce", "nonce "+said(claim), reply.Exchange)
}))

// crowd is how many logins are open at once.
const crowd = 10

var NONCE03 = judge.Check{
	ID: "NONCE-03", Title: "concurrent logins keep their own nonces",
	Problem: "concurrent logins do not keep their own nonces", Level: judge.MUST, Phase: judge.Crowding,
	Basis:  []run.Basis{judge.OIDCCORE("15.5.2")},
	Expect: fmt.Sprintf("With %d logins made and redeemed concurrently, each ID token has the nonce of its own request.", crowd),
	Why:    "A provider that mixes up logins under load gives one citizen's session to another.",
	Remedy: "Store the nonce with the code; share no mutable state between requests.",
	Needs:  []judge.Need{judge.Login, judge.Concurrency, judge.Unattended}, Logins: crowd,
}

var _ = ginkgo.It("NONCE-03 concurrent logins keep their own nonces", check(NONCE03, func(s *Session) {
	s.nonceHolds()
	s.besideEachOther(crowd, s.noncesOfACrowd)
}))

// noncesOfACrowd judges the nonces of logins that are made and redeemed concurrently,
// and reports whether they were.
func (s *Session) noncesOfACrowd() bool {
	logins, made := s.LogInTogether(crowd, func(int) []Vary { return nil })
	if len(logins) == 0 {
		return true // which was found
	}
	requests := make([]exchange.Request, len(logins))
	for i, login := range logins {
		requests[i] = form(s.Endpoint(token), s.TokenForm(login))
	}
	replies, redeemed := s.SendTogether(requests...)
	for i, e := range replies {
		reply := s.tokenReply(e)
		problem := reply.unsuccessful()
		s.gotIDToken(logins[i], reply, true)
		if s.Assert(problem == "", "tokens for each of many codes redeemed concurrently", problem, e) {
			s.ownNonce(s.granted(logins[i], reply), logins)
		}
	}
	return made && redeemed
}

// nonceHolds makes sure that a single login gets its nonce back, which is
// NONCE-01's to judge.
func (s *Session) nonceHolds() {
	if s.worked("NONCE-01") || s.worked("NONCE-01 ordinary") {
		return
	}
	tokens := s.Shared().Tokens
	if s.IDToken(tokens).Claims["nonce"] != any(tokens.Login.Nonce) {
		s.owned("NONCE-01", tokens.Reply.Exchange, "the nonce does not come back as it was sent")
	}
}

// ownNonce judges that a login's ID token has its own nonce and not another's.
func (s *Session) ownNonce(t *Tokens, others []*Login) {
	got, there := s.IDToken(t).Claims["nonce"]
	mixed := slices.ContainsFunc(others, func(other *Login) bool { return other != t.Login && got == any(other.Nonce) })
	saw := "nonce " + said(got)
	if mixed {
		saw = "the nonce of another login"
	}
	own := got == any(t.Login.Nonce) || !there && !t.Login.Params.Has("nonce")
	s.root(!own)
	s.Assert(own, "the nonce of its own request", saw, t.Reply.Exchange)
}

var NONCE04 = judge.Check{
	ID: "NONCE-04", Title: "two open logins keep their own nonces",
	Problem: "two open logins do not keep their own nonces", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("15.5.2")},
	Expect: "With two open logins, redeemed in reverse order, each ID token has the nonce of its own request.",
	Why:    "A nonce that is stored for the last login instead of the code does not bind the ID token to its request.",
	Remedy: "Store the nonce with the code.",
	Needs:  []judge.Need{judge.Login}, Logins: 2,
	Wants: []judge.Want{{Varies: []string{judge.Both}, Code: judge.Paired}},
}

var _ = ginkgo.It("NONCE-04 two open logins keep their own nonces", check(NONCE04, func(s *Session) {
	s.nonceHolds()
	first, second := s.TwoLogIns()
	both := []*Login{first, second}
	if waited := second.came.Sub(first.came); waited > codeIsFresh {
		if s.ownNonce(s.Tokens(second), both); !s.Redeem(first).grants() {
			s.SkipFor(run.WantEvidence, "the second login took %s, and the code of the first was refused by then: of the two, the second alone was judged", waited.Round(time.Second))
		}
	}
	for _, login := range []*Login{second, first} {
		s.ownNonce(s.Tokens(login), both)
	}
}))

var NONCE05 = judge.Check{
	ID: "NONCE-05", Title: "a nonce with non-ASCII characters comes back unchanged",
	Problem: "a nonce with non-ASCII characters does not come back unchanged", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("2")},
	Expect: "A nonce with accents, Chinese characters and an emoji comes back unchanged.",
	Why:    "A provider that fails on such a nonce will also fail on names and addresses.",
	Remedy: "Use UTF-8 throughout, from the query to the token.",
	Needs:  []judge.Need{judge.Login}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{"nonce"}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("NONCE-05 a nonce with non-ASCII characters comes back unchanged", check(NONCE05, func(s *Session) {
	s.nonceHolds()
	s.nonceReturns("nonce-\u00e9\u00df-\u65b0\u52a0\u5761-\U0001f511-" + random(8))
}))
