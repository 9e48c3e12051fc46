package rp

import (
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

var RP72 = judge.Check{
	ID: "RP-72", Title: "the log contains no token, secret or NRIC",
	Problem: "the log contains a token, a secret or an NRIC", Level: judge.SHOULD, Phase: judge.Closing,
	Basis:  []run.Basis{judge.ASVS("7.1")},
	Expect: "What the application logs during the run contains no access token, ID token, code verifier or client secret, and no NRIC of the people, also not encoded.",
	Why:    "Logs are read by many, kept for long, and copied to other systems.",
	Remedy: "Log that a login succeeded or failed and why, by an identifier of your own; take request and response bodies out of debug logs.",
	Needs:  []judge.Need{judge.AppLog},
}

var _ = ginkgo.It("RP-72 the log contains no token, secret or NRIC", check(RP72, func(s *Session) {
	if s.AppLog == nil {
		s.Skip("the application's log is not known; give it with --app-log")
	}
	text, err := s.AppLog()
	if err != nil {
		s.Block("application", "--app-log: %v", err)
	}
	if len(s.Campaign.clean) == 0 {
		s.Block("RP-18", "no login has worked")
	}
	if len(text) == 0 {
		s.Skip("the application has logged nothing")
	}
	sought := s.loggable()
	there, whole := standing(linesTogether(string(text)), 2, sought)
	for _, what := range kindsOf(sought) {
		s.Assert(!slices.ContainsFunc(there, func(one secret) bool { return one.what == what }), "", what+" stands in the log", nil)
	}
	s.Observe("%d octets of log were searched", len(text))
	if !whole {
		s.Observe("there is more that may be encoded than was looked into")
	}
}))

// telling is how long a value is that stands in a log for no other reason. What
// an ID token is replaced by may be one word.
const telling = 20

// loggable are the secrets of all logins, and what of the people must not be logged.
func (s *Session) loggable() (all []secret) {
	known := map[secret]bool{}
	add := func(one secret) {
		if !known[one] {
			known[one] = true
			all = append(all, one)
		}
	}
	for _, a := range s.attempts {
		for _, one := range s.secretsOf(a) {
			if len(one.value) >= telling {
				add(one)
			}
		}
	}
	for _, p := range slices.Concat(provider.People(), provider.Newcomers()) {
		add(secret{"an NRIC", redact.KindNRIC, p.Data["myinfo.nric_number"]})
	}
	return all
}

// kindsOf are what secrets are called, each once.
func kindsOf(all []secret) (kinds []string) {
	for _, one := range all {
		if !slices.Contains(kinds, one.what) {
			kinds = append(kinds, one.what)
		}
	}
	return kinds
}

// linesTogether are the lines of a log, as many together as are not long: so much is
// decoded of each text that is searched, and a log may be long.
func linesTogether(log string) (texts []string) {
	const long = 64 << 10
	from := 0
	for at := 0; at < len(log); {
		n := strings.IndexByte(log[at:], '\n') + 1
		if n == 0 {
			n = len(log) - at
		}
		if at > from && at+n-from > long {
			texts = append(texts, log[from:at])
			from = at
		}
		at += n
	}
	return append(texts, log[from:])
}
