package suites

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"sgidcheck/internal/disclosure"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// What a token endpoint must withstand, and what it must not give away.

// brokenBodies are requests that no client sends on purpose. None of them
// holds a code that is good.
var brokenBodies = []brokenBody{
	{name: "empty", media: formMedia},
	{name: "empty without a type"},
	{name: "broken percent-encoding", media: formMedia, body: []byte("grant_type=authorization_code&code=%ZZ%&client_id=%")},
	{name: "names without values", media: formMedia, body: []byte("grant_type&code&client_id&client_secret&&&=&=x")},
	{name: "1 MiB", media: formMedia, body: append([]byte("grant_type=authorization_code&code="), bytes.Repeat([]byte("x"), 1<<20)...)},
	{name: "10000 parameters", media: formMedia, body: bytes.Repeat([]byte("a=1&"), 10000)},
	{name: "deep brackets", media: formMedia, body: []byte("code" + strings.Repeat("[a]", 500) + "=x")},
	{name: "prototype", media: formMedia, body: []byte("__proto__[code]=x&constructor[prototype][code]=x&code[toString]=x")},
	{name: "NULs", media: formMedia, body: []byte("grant_type=authorization_code\x00&code=\x00\x00&client_id=%00")},
	{name: "not UTF-8", media: formMedia, body: []byte("grant_type=authorization_code&code=\xff\xfe\xc0\x80&client_id=%ff%fe")},
	{name: "wrong charset", media: formMedia + "; charset=sgidcheck", body: []byte("grant_type=authorization_code&code=x")},
	{name: "UTF-16 charset", media: formMedia + "; charset=utf-16", body: []byte("g\x00r\x00a\x00n\x00t")},
	{name: "broken type", media: "application/;;=", body: []byte("grant_type=authorization_code&code=x")},
	{name: "no type", body: []byte("grant_type=authorization_code&code=x")},
	{name: "text", media: "text/plain", body: []byte("grant_type=authorization_code&code=x")},
	{name: "JSON called a form", media: formMedia, body: []byte(`{"grant_type":"authorization_code"}`)},
	{name: "form called JSON", media: "application/json", body: []byte("grant_type=authorization_code&code=x")},
	{name: "broken JSON", media: "application/json", body: []byte(`{"grant_type":"authorization_code","code":`)},
	{name: "JSON of wrong types", media: "application/json", body: []byte(`{"grant_type":["authorization_code"],"code":{"$ne":null},"client_id":1,"client_secret":null}`)},
	{name: "JSON null", media: "application/json", body: []byte(`null`)},
	{name: "deep JSON", media: "application/json", body: []byte(strings.Repeat(`[`, 20000))},
	{name: "XML", media: "application/xml", body: []byte(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`)},
	{name: "multipart without a boundary", media: "multipart/form-data", body: []byte("--x\r\n\r\n")},
	{name: "broken multipart", media: "multipart/form-data; boundary=x", body: []byte("--x\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nx")},
	{name: "called gzip", media: formMedia, body: []byte("grant_type=authorization_code&code=x"), header: [2]string{"Content-Encoding", "gzip"}},
}

type brokenBody struct {
	name, media string
	body        []byte
	header      [2]string
}

const formMedia = "application/x-www-form-urlencoded"

var TOKEN22 = judge.Check{
	ID: "TOKEN-22", Title: "malformed bodies are refused without harm",
	Problem: "a malformed body is not refused, or takes the target down", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("6749", "5.2")},
	Expect: "Malformed, empty, huge and wrongly typed bodies get a 4xx status, and the target keeps running.",
	Why:    "Anyone can send a request that crashes the server, as often as they like.",
	Remedy: "Limit the body size, refuse anything that is not a form with 400, 413 or 415, and handle parsing errors.",
	Needs:  []judge.Need{judge.Login, judge.Disruption}, Cases: judge.Names(brokenBodies, func(b brokenBody) string { return b.name }),
}

var _ = ginkgo.It("TOKEN-22 malformed bodies are refused without harm", check(TOKEN22, func(s *Session) {
	s.NeedsLogin()
	for _, b := range brokenBodies {
		s.Case(b.name, func() {
			r := form(s.Endpoint(token), nil)
			r.Body = b.body
			r.Header.Del("Content-Type")
			if b.media != "" {
				r.Header.Set("Content-Type", b.media)
			}
			if b.header[0] != "" {
				r.Header.Set(b.header[0], b.header[1])
			}
			e := s.Do(r)
			s.noteRefusal(e)
			s.Expect(e).To(HoldNoToken())
			s.Expect(e).To(BeAClientError())
			if !s.well() {
				s.wentDown(e)
			}
		})
	}
}))

var TOKEN23 = judge.Check{
	ID: "TOKEN-23", Title: "no response shows internals",
	Problem: "a response shows internals", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.ASVS("7.4")},
	Expect: "No response in the run shows a stack trace, a file path, an exception text or a database message.",
	Why:    "Such details tell an attacker what software is running and what to try next.",
	Remedy: "Log the exception, and return a registered error with your own description.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"unknown code", "broken percent-encoding", "form called JSON", "unknown client", "over the run"},
}

var _ = ginkgo.It("TOKEN-23 no response shows internals", check(TOKEN23, func(s *Session) {
	login := s.Shared().Login
	clean := func(name string, ask func() *Exchange) {
		s.Case(name, func() {
			e := ask()
			s.Require(!e.NoResponse(), "an answer", e.Saw(), e)
			what := disclosure.Of(e.Exchange)
			s.Require(what == "", "no internals of the target", what+" in a response with status "+fmt.Sprint(e.Status()), e)
		})
	}
	body := func(media, text string) func() *Exchange {
		return func() *Exchange {
			r := form(s.Endpoint(token), nil)
			r.Header.Set("Content-Type", media)
			r.Body = []byte(text)
			return s.Do(r)
		}
	}
	clean("unknown code", func() *Exchange { return s.Redeem(login, Sending("code", random(32))).Exchange })
	clean("broken percent-encoding", body(formMedia, "code=%ZZ%"))
	clean("form called JSON", body("application/json", "grant_type=authorization_code"))
	clean("unknown client", func() *Exchange { return s.Authorize(With("client_id", "sgidcheck-unknown")).Evidence })
	s.Case("over the run", func() {
		var found []judge.Finding
		for _, l := range s.Seen.Leaks {
			found = append(found, judge.Finding{Observed: l.What + " in a response with status " + fmt.Sprint(l.Exchange.Status()), Evidence: l.Exchange})
		}
		s.AssertNone("no internals of the target", found)
	})
}))

var TOKEN25 = judge.Check{
	ID: "TOKEN-25", Title: "a code expires within ten minutes",
	Problem: "a code older than ten minutes is not refused with invalid_grant", Level: judge.SHOULD, Phase: judge.Waiting,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "A code that has not been redeemed for ten minutes is refused with invalid_grant.",
	Why:    "The longer a code is valid, the longer one found in a log or history can be used to log in.",
	Remedy: "Let codes expire after at most ten minutes; one minute is enough.",
	Needs:  []judge.Need{judge.Login, judge.Time}, Logins: 1, Covers: []string{"AuthorizationCodeTimeoutTest"},
}

var _ = ginkgo.It("TOKEN-25 a code expires within ten minutes", check(TOKEN25, func(s *Session) {
	s.NeedsLogin()
	login := s.LogIn()
	s.LetPass(10*time.Minute + 5*time.Second)
	s.Expect(s.Redeem(login)).To(BeRefusedWith("invalid_grant"))
}))

var TOKEN26 = judge.Check{
	ID: "TOKEN-26", Title: "access tokens cannot be guessed",
	Problem: "access tokens repeat, or can be guessed", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("6749", "10.10")},
	Expect: "The access tokens of many logins do not repeat, are long enough for 128 bits of entropy, and none is made of an authorization code: equal to it, with more around it, reversed, or its hash.",
	Why:    "Anyone who guesses an access token, or finds it in the address bar as a code, can read the citizen's data.",
	Remedy: "Generate access tokens with at least 128 bits from a cryptographic random source, separately from the code.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"not the code", "entropy"}, Covers: []string{"AccessTokenEntropyMinReqTest"},
}

var _ = ginkgo.It("TOKEN-26 access tokens cannot be guessed", check(TOKEN26, func(s *Session) {
	last := s.Shared().Tokens
	for len(s.Seen.AccessTokens) < enoughValues && !s.sparing() {
		last = s.Tokens(s.LogIn())
	}
	s.Case("not the code", func() {
		s.Require(last.AccessToken != last.Login.Code, "an access token apart from the code", "the access token is the authorization code", last.Reply.Exchange)
		codes := ofCodes(s.Seen.Codes)
		for _, token := range s.Seen.AccessTokens {
			s.stopIfInterrupted()
			made := madeOf(token, codes)
			s.Require(made == "", "an access token apart from the codes", "an access token is "+made, last.Reply.Exchange)
		}
	})
	s.Case("entropy", func() {
		if len(s.Seen.AccessTokens) < enoughValues/2 {
			s.SkipFor(run.WantLogins, "only %d access tokens were seen, too few to judge", len(s.Seen.AccessTokens))
		}
		s.Observe("%d access tokens seen", len(s.Seen.AccessTokens))
		problem := guessable(s.Seen.AccessTokens)
		s.Require(problem == "", "", problem, last.Reply.Exchange)
	})
}))
