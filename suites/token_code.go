package suites

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The code: it works once, and only as it was issued.

var TOKEN05 = judge.Check{
	ID: "TOKEN-05", Title: "a code works once",
	Problem: "a code that was used before is not refused with invalid_grant", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "Redeeming the same code a second time is refused with invalid_grant.",
	Why:    "Anyone who finds a code in a history or a log could log in with it again.",
	Remedy: "Mark a code as used in the same step that looks it up, and refuse it from then on.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"oidcc-codereuse", "MultipleCodeExchangesTest"},
	Wants: []judge.Want{{Code: judge.Reused}},
}

var _ = ginkgo.It("TOKEN-05 a code works once", check(TOKEN05, func(s *Session) {
	login := s.LogIn()
	s.Tokens(login)
	s.root(!s.Use(login, 2).refuses())
	s.Expect(s.Use(login, 2)).To(BeRefusedWith("invalid_grant"))
	s.Expect(s.Use(login, 3)).To(BeRefusedWith("invalid_grant"), "the third time")
}))

var TOKEN06 = judge.Check{
	ID: "TOKEN-06", Title: "a second use of the code revokes the access token",
	Problem: "a second use of the code does not revoke the access token", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "After a code has been sent a second time, the access token issued for it no longer works.",
	Why:    "Two uses mean that somebody else has the code, and it is unknown which of the two received the token.",
	Remedy: "Revoke the tokens of a code when it is used again.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"oidcc-codereuse-30seconds", "TokenValidAfterMultiExchangeTest"},
	Wants: []judge.Want{{Code: judge.Reused}},
}

var _ = ginkgo.It("TOKEN-06 a second use of the code revokes the access token", check(TOKEN06, func(s *Session) {
	login := s.LogIn()
	tokens := s.Tokens(login)
	s.UserInfo(tokens)
	s.Use(login, 2) // TOKEN-05 judges what comes of it
	s.Expect(s.AskUserInfo("Bearer "+tokens.AccessToken)).To(HaveStatus(401), "the access token no longer works")
}))

const (
	atOnce = 20 // requests with the same code
	rounds = 3  // a race is not lost every time
)

var TOKEN07 = judge.Check{
	ID: "TOKEN-07", Title: "a code redeemed many times concurrently works once",
	Problem: "a code redeemed many times concurrently does not work exactly once", Level: judge.MUST, Phase: judge.Crowding,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: fmt.Sprintf("Of %d concurrent requests with the same code exactly one succeeds, and the others are refused.", atOnce),
	Why:    "A code that works twice in quick succession works for an attacker who is fast enough.",
	Remedy: "Remove the code from the store in one atomic step.",
	Needs:  []judge.Need{judge.Login, judge.Concurrency, judge.Unattended}, Logins: rounds,
	Cases: []string{"round 1", "round 2", "round 3"}, Covers: []string{"SingleFastACExchangeTest", "MultiFastACExchangeTest"},
}

var _ = ginkgo.It("TOKEN-07 a code redeemed many times concurrently works once", check(TOKEN07, func(s *Session) {
	s.NeedsLogin()
	for round := range rounds {
		s.Case(fmt.Sprintf("round %d", round+1), func() {
			s.besideEachOther(1, func() bool { return s.onceAmongMany(s.LogIn()) })
		})
	}
}))

// onceAmongMany judges a code that is redeemed many times at once, and reports whether
// any two of the requests were under way beside each other.
func (s *Session) onceAmongMany(login *Login) (beside bool) {
	requests := make([]exchange.Request, atOnce)
	for i := range requests {
		requests[i] = form(s.Endpoint(token), s.TokenForm(login))
	}
	granted := 0
	var last *Exchange
	replies, beside := s.SendTogether(requests...)
	for _, e := range replies {
		reply := s.tokenReply(e)
		switch {
		case reply.grants():
			s.gotIDToken(login, reply, true)
			granted++
			last = reply.Exchange
		case !reply.refuses():
			s.Found("one success, and refusals", reply.Saw(), e)
		default:
			s.Expect(reply).To(BeRefused())
		}
	}
	s.Require(granted > 0, "exactly one success", fmt.Sprintf("none of %d requests got tokens", atOnce), nil)
	s.Require(granted == 1, "exactly one success", fmt.Sprintf("%d of %d requests got tokens", granted, atOnce), last)
	return beside
}

// tampered are wrong codes made from a good one.
var tampered = altered{
	{"last character changed", func(c string) string { return changed(c, len(c)-1) }},
	{"first character changed", func(c string) string { return changed(c, 0) }},
	{"one character less", func(c string) string { return c[:len(c)-1] }},
	{"one character more", func(c string) string { return c + "x" }},
	{"other case", otherCase},
	{"space before", func(c string) string { return " " + c }},
	{"space behind", func(c string) string { return c + " " }},
	{"a letter percent-encoded", escapedLetter},
}

// malformedCodes are codes that no provider issues. Those that hold more than
// RFC 6749 lets a code hold may be refused as a malformed request, too.
var malformedCodes = cases[string]{
	{"unknown", ""}, // made afresh
	{"one character", "x"},
	{"wildcard", "*"},
	{"4096 characters", strings.Repeat("x", 4096)},
	{"quotes and SQL", "' OR '1'='1"},
	{"path", "../../etc/passwd"},
	{"percent signs", "%00%zz%"},
	{"JSON", `{"$ne":null}`},
	{"not ASCII", "\u7b26\u53f7\U0001f511"},
	{"NUL", "a\x00b"},
	{"line break", "a\r\nb"},
}

const codeWorks = "the code itself still works"

var TOKEN08 = judge.Check{
	ID: "TOKEN-08", Title: "unknown, malformed and tampered codes are refused with invalid_grant",
	Problem: "an unknown, malformed or tampered code is not refused with invalid_grant", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "5.2")},
	Expect: "A code that was not issued, or differs in a single character, is refused with invalid_grant.",
	Why:    "A code that is not compared exactly is easier to guess; one that causes a server error reveals a weakness.",
	Remedy: "Look up the code exactly as it was sent, and return invalid_grant if it is not found.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Cases: slices.Concat(tampered.names(), []string{codeWorks}, malformedCodes.names()),
	Wants: ofOneCode,
}

var _ = ginkgo.It("TOKEN-08 unknown, malformed and tampered codes are refused with invalid_grant", check(TOKEN08, func(s *Session) {
	s.NeedsLogin()
	lived := s.wrongCodesRefused(wrongCodes())
	s.Case(codeWorks, func() {
		if lived != alive {
			s.Block("a token request", "after the tampered codes the code itself does not work either, so that their refusal proves nothing")
		}
		s.Expect(lived).To(Equal(alive))
	})
}))

// wrongCode is a code that is refused, made from a good one or of nothing.
type wrongCode struct {
	name   string
	madeOf func(good string) string
	errors []string
}

func wrongCodes() []wrongCode {
	var all []wrongCode
	for _, t := range tampered {
		all = append(all, wrongCode{t.name, t.input, []string{"invalid_grant"}})
	}
	for _, m := range malformedCodes {
		code, errors := m.input, []string{"invalid_grant"}
		if code == "" {
			code = random(32)
		}
		if strings.ContainsFunc(code, func(c rune) bool { return c < 0x20 || c > 0x7e }) {
			errors = append(errors, "invalid_request")
		}
		all = append(all, wrongCode{m.name, func(string) string { return code }, errors})
	}
	return all
}

// wrongCodesRefused judges wrong codes beside a good one, and returns whether that was
// good in the end.
func (s *Session) wrongCodesRefused(of []wrongCode) life {
	of = slices.DeleteFunc(of, func(w wrongCode) bool { return s.Holds(w.name) && s.held(w.name) })
	if len(of) == 0 && s.Holds(codeWorks) {
		return alive
	}
	var attempts []attempt
	for _, w := range of {
		attempts = append(attempts, attempt{send: func(login *Login) *TokenReply { return s.Redeem(login, Sending("code", w.madeOf(login.Code))) }})
	}
	var login *Login
	var replies []*TokenReply
	lived := doubtful
	for lived == doubtful || lived == dead && login.wrong > len(replies) { // what other checks tried may have used it up
		login = s.LogIn()
		replies, lived = s.tryEach(login, attempts)
	}
	for i, reply := range replies {
		s.Case(of[i].name, func() {
			if of[i].madeOf(login.Code) == login.Code {
				s.NotApplicable("this variant does not exist for this code")
			}
			s.mayBeFirewalled(reply)
			s.Expect(reply).To(BeRefusedWith(of[i].errors...))
			if lived != alive {
				s.refusedSoFar(false)
			}
		})
	}
	if rest := of[len(replies):]; len(rest) > 0 {
		return s.wrongCodesRefused(rest) // on a code that is still good
	}
	return lived
}

var TOKEN09 = judge.Check{
	ID: "TOKEN-09", Title: "a missing code is refused with invalid_request",
	Problem: "a token request without a code is not refused with invalid_request", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "5.2")},
	Expect: "A token request without code, or with an empty one, is refused with invalid_request.",
	Why:    "A request without its main parameter must be rejected before any lookup.",
	Remedy: "Return invalid_request if code is missing or empty.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"missing", "empty", "object in its place"},
}

var _ = ginkgo.It("TOKEN-09 a missing code is refused with invalid_request", check(TOKEN09, func(s *Session) {
	login := s.Shared().Login
	s.Case("missing", func() { s.Expect(s.Redeem(login, Omitting("code"))).To(BeRefusedWith("invalid_request")) })
	s.Case("empty", func() {
		s.Expect(s.Redeem(login, Sending("code", ""))).To(BeRefusedWith("invalid_request", "invalid_grant"))
	})
	s.Case("object in its place", func() {
		reply := s.Redeem(login, Omitting("code"), Sending("code[$ne]", "x"))
		s.mayBeFirewalled(reply)
		s.Expect(reply).To(BeRefusedWith("invalid_request", "invalid_grant"))
	})
}))
