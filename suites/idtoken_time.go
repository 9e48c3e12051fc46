package suites

import (
	"encoding/json"
	"fmt"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// The times of the ID token. A NumericDate may have a fraction (RFC 7519
// section 2); that many clients cannot read one, IDT-16 alone judges.

var IDT05 = judge.Check{
	ID: "IDT-05", Title: "exp is in the future",
	Problem: "exp is missing or not a sensible time in the future", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("2"), judge.SGIDSDK("callback")},
	Expect: "exp is a number of seconds, in the future, after iat, and within a year.",
	Why:    "An exp in milliseconds is valid for fifty thousand years; an expired one locks everybody out.",
	Remedy: "Set exp in seconds since 1970, a few minutes after iat.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("IDT-05 exp is in the future", check(IDT05, func(s *Session) {
	tokens := s.Shared().Tokens
	t := s.IDToken(tokens)
	exp, ok := sgid.NumericDate(t.Claims["exp"])
	iat, issued := sgid.NumericDate(t.Claims["iat"])
	now := s.received(tokens, iat)
	issued = issued && iat.Sub(now).Abs() <= s.Config.ClockSkew // otherwise IDT-06 fails
	s.Require(ok, "a number of seconds", "exp "+said(t.Claims["exp"]), tokens.Reply.Exchange)
	s.Require(exp.After(now), "a time after the token was received", fmt.Sprintf("exp is %s before that", now.Sub(exp).Round(time.Second)), tokens.Reply.Exchange)
	s.Require(!issued || exp.After(iat), "a time after iat", fmt.Sprintf("exp is %s before iat", iat.Sub(exp)), tokens.Reply.Exchange)
	s.Require(!exp.After(now.AddDate(1, 0, 0)), "a time within a year", "exp "+said(t.Claims["exp"])+" is more than a year ahead", tokens.Reply.Exchange)
}))

var IDT06 = judge.Check{
	ID: "IDT-06", Title: "iat is the current time",
	Problem: "iat is missing or not the current time, or nbf is in the future", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("2"), judge.RFC("7519", "4.1.5")},
	Expect: "iat is a number of seconds and the current time within the allowed clock skew; nbf, if present, is not in the future.",
	Why:    "Relying parties reject tokens from the future, and without iat cannot distinguish a fresh one from a replayed one.",
	Remedy: "Set iat in seconds since 1970, and keep the clock synchronised.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("IDT-06 iat is the current time", check(IDT06, func(s *Session) {
	tokens := s.Shared().Tokens
	t, skew := s.IDToken(tokens), s.Config.ClockSkew
	iat, ok := sgid.NumericDate(t.Claims["iat"])
	s.Require(ok, "a number of seconds", "iat "+said(t.Claims["iat"]), tokens.Reply.Exchange)
	off, expected := iat.Sub(tokens.At), fmt.Sprintf("the current time, within %s", skew)
	s.Require(s.received(tokens, iat).Equal(tokens.At), expected,
		fmt.Sprintf("the target's clock is %s this machine's, according to iat and to the Date header of the response", ahead(off)), tokens.Reply.Exchange)
	s.Require(off <= skew, expected, fmt.Sprintf("iat is %s ahead", off.Round(time.Second)), tokens.Reply.Exchange)
	earliest := -skew - tokens.Reply.Duration - time.Second // iat mostly has no fractions
	s.Require(off >= earliest, expected, fmt.Sprintf("iat is %s in the past", (-off).Round(time.Second)), tokens.Reply.Exchange)
	if claim, there := t.Claims["nbf"]; there {
		nbf, ok := sgid.NumericDate(claim)
		s.Require(ok && nbf.Sub(tokens.At) <= skew, "nbf not in the future", "nbf "+said(claim), tokens.Reply.Exchange)
	}
}))

var IDT13 = judge.Check{
	ID: "IDT-13", Title: "auth_time is present if max_age was requested",
	Problem: "auth_time is missing or invalid although max_age was requested", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("2"), judge.SGIDAPI(apiPage)},
	Expect: "When the request had max_age, the ID token has auth_time. The sgID documentation does not list it, so this is a recommendation.",
	Why:    "Without it, a relying party that requested a fresh login cannot tell whether it got one.",
	Remedy: "Set auth_time to the time of the login if max_age was requested.",
	Needs:  []judge.Need{judge.Login}, Logins: 1, Covers: []string{"oidcc-max-age-10000"},
	Wants: []judge.Want{{Varies: []string{"max_age"}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("IDT-13 auth_time is present if max_age was requested", check(IDT13, func(s *Session) {
	s.NeedsLogin()
	withAge := With("max_age", "10000")
	aged, response := s.TryLogIn(withAge)
	if aged == nil {
		// AUTHZ-21 looks no further than the login page.
		first := s.Authorize(withAge)
		s.Require(first.Kind != login.ResponsePage && !first.Granted(), "a login with max_age to lead to the redirect URI with a code", "the login led to "+response.Saw(), response.Evidence)
		s.owned("AUTHZ-21", response.Evidence, "a request with max_age leads to %s", response.Saw())
	}
	tokens := s.Tokens(aged)
	t := s.IDToken(tokens)
	at, ok := sgid.NumericDate(t.Claims["auth_time"])
	iat, _ := sgid.NumericDate(t.Claims["iat"])
	s.Require(ok && !at.After(s.received(tokens, iat).Add(s.Config.ClockSkew)), "auth_time, in seconds, not in the future", "auth_time "+said(t.Claims["auth_time"]), tokens.Reply.Exchange)
}))

var IDT16 = judge.Check{
	ID: "IDT-16", Title: "exp, iat and nbf are whole numbers",
	Problem: "exp, iat or nbf is not a whole number", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.PRACTICE(), judge.RFC("7519", "2")},
	Expect: "exp, iat and, if present, nbf are written as whole numbers of seconds: no fraction, no exponent. RFC 7519 allows both, so this is a recommendation.",
	Why:    "Many client libraries read these claims as integers, and reject the login or fail on a fraction.",
	Remedy: "Round exp, iat and nbf to whole seconds and write them without a decimal point.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("IDT-16 exp, iat and nbf are whole numbers", check(IDT16, func(s *Session) {
	tokens := s.Shared().Tokens
	t := s.IDToken(tokens)
	var broken []string
	for _, name := range []string{"exp", "iat", "nbf"} {
		claim, there := t.Claims[name]
		if n, ok := claim.(json.Number); ok {
			_, err := n.Int64()
			s.Assert(err == nil, "a whole number", name+" "+said(claim), tokens.Reply.Exchange)
		} else if there || name != "nbf" {
			broken = append(broken, name)
		}
	}
	for _, name := range broken {
		owner := "IDT-06"
		if name == "exp" {
			owner = "IDT-05"
		}
		s.owned(owner, tokens.Reply.Exchange, "%s is %s", name, said(t.Claims[name]))
	}
}))
