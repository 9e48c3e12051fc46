package suites

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// Every ID token of the run: the checks of single claims look at one login, and
// what is wrong with the third, or with another client's, is seen here alone.

// Issued is an ID token that came for a login's code.
type Issued struct {
	Login *Login
	Reply *TokenReply
	Among bool // others' codes were redeemed at the same time
}

// gotIDToken takes down what a login's code was redeemed for.
func (c *Campaign) gotIDToken(login *Login, reply *TokenReply, among bool) {
	if reply.Parsed != nil && reply.Parsed.IDToken != "" {
		c.Seen.Issued = append(c.Seen.Issued, Issued{login, reply, among})
	}
}

var IDT17 = judge.Check{
	ID: "IDT-17", Title: "every ID token of the run verifies",
	Problem: "an ID token does not verify, although that of another login does", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.OIDCCORE("3.1.3.7"), judge.OIDCCORE("10.1")},
	Expect: "Every ID token of the run, for each client and with each kind of request, is signed with RS256 by a published key, and has the issuer, the client, the nonce and, where it has at_hash, the access token of its own login.",
	Why:    "A relying party rejects a token that does not verify, so that some logins fail; one that accepts such tokens accepts forged ones as well.",
	Remedy: "Use the same code and the same published key for every ID token, whatever the client, the scopes and the nonce.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"signature", "iss", "aud", "nonce", "at_hash"},
}

var _ = ginkgo.It("IDT-17 every ID token of the run verifies", check(IDT17, func(s *Session) {
	s.someLogin()
	s.Case("signature", func() { s.everyIDToken("IDT-01 IDT-02", s.unverified) })
	s.Case("iss", func() {
		issuer := s.Issuer()
		s.everyIDToken("IDT-03", func(t *sgid.IDToken, _ Issued) string {
			if t.Claims["iss"] == any(issuer) {
				return ""
			}
			return "iss " + said(t.Claims["iss"])
		})
	})
	s.Case("aud", func() {
		s.everyIDToken("IDT-04", func(t *sgid.IDToken, one Issued) string {
			_, saw := foreignAudience(t, one.Login.Client.ClientID)
			return saw
		})
	})
	s.Case("nonce", func() {
		s.everyIDToken("NONCE-01 NONCE-03 NONCE-04", func(t *sgid.IDToken, one Issued) string {
			// Values that were made to be changed on the way are those of the area NONCE.
			if one.Login.ownNonce || t.Claims["nonce"] == any(one.Login.Nonce) {
				return ""
			}
			return "nonce " + said(t.Claims["nonce"])
		})
	})
	s.Case("at_hash", func() {
		s.everyIDToken("IDT-01 IDT-10", func(t *sgid.IDToken, one Issued) string {
			hash, there := t.Claims["at_hash"]
			if !there || t.Algorithm != sgid.AlgRS256 || hash == any(sgid.LeftHash(one.Reply.Parsed.AccessToken)) {
				return ""
			}
			return "at_hash that is not the access token's"
		})
	})
}))

// someLogin makes sure that the run was given an ID token.
func (s *Session) someLogin() {
	if len(s.Seen.Issued) == 0 {
		s.Shared()
	}
}

// everyIDToken judges each ID token that the run was given; wrong says what is
// wrong with one, empty for nothing. What the owners have found wrong is theirs.
func (s *Session) everyIDToken(owners string, wrong func(*sgid.IDToken, Issued) string) {
	for _, owner := range strings.Fields(owners) {
		if s.isRoot(owner) {
			s.Block(owner, "it has found an ID token wrong in this already")
		}
	}
	judged := 0
	found := map[string]bool{}
	for _, one := range s.Seen.Issued {
		t, err := sgid.ParseIDToken(one.Reply.Parsed.IDToken)
		if err != nil && (!strings.Contains(owners, "IDT-01") || !ascii(one.Login.Nonce)) {
			continue // its signature is judged, and NONCE-05
		}
		judged++
		var saw string
		if err != nil {
			saw = fmt.Sprintf("the ID token cannot be read: %v", err)
		} else {
			saw = wrong(t, one)
		}
		if saw != "" && one.Login.Second {
			saw += ", for the second client"
		}
		s.Assert(saw == "" || found[saw], "as in the other ID tokens", saw, one.Reply.Exchange)
		found[saw] = true
	}
	if judged == 0 {
		s.Block("IDT-01", "no ID token of this run can be read")
	}
	s.Observe("%d ID tokens", judged)
}

// unverified says why a signature does not verify with any key set that was
// published during the run; empty: it does.
func (s *Session) unverified(t *sgid.IDToken, _ Issued) string {
	if t.Algorithm != sgid.AlgRS256 {
		return "alg " + said(t.Header["alg"])
	}
	s.KeySet()
	verifies := func(keys *sgid.KeySet) bool { return sgid.VerifySignature(t.Raw, keys) == nil }
	if slices.ContainsFunc(s.published, verifies) {
		return ""
	}
	if !s.keysAskedAgain { // they may have been rotated since
		s.keysAskedAgain = true
		s.jwks, s.keys = nil, nil
	}
	err := sgid.VerifySignature(t.Raw, s.KeySet())
	if err == nil {
		return ""
	}
	s.keysToBlame(t)
	if s.wasDown() {
		s.Block("target", "the target was down for a while, and may have signed with keys that nobody can ask for any more: %v", err)
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// foreignAudience says how aud or azp departs from what a token for the client
// has, with what was expected; empty: not at all.
func foreignAudience(t *sgid.IDToken, id string) (expected, saw string) {
	further := slices.ContainsFunc(t.Audience, func(aud string) bool { return aud != id })
	azp, there := t.Claims["azp"]
	switch {
	case !slices.Contains(t.Audience, id):
		return "aud " + id, "aud " + said(t.Claims["aud"])
	case further && !there:
		return "azp, because there are additional audiences", "aud " + said(t.Claims["aud"]) + " and no azp"
	case there && azp != any(id):
		return "azp " + id, "azp " + said(azp)
	}
	return "", ""
}

var IDT18 = judge.Check{
	ID: "IDT-18", Title: "sub does not depend on what a login asks for",
	Problem: "the same person gets a different sub when a login asks for something else", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.OIDCCORE("2"), judge.OIDCCORE("8")},
	Expect: "All ID tokens of the run for one person at one client have the same sub, whatever the scopes, the nonce and the other parameters of the login.",
	Why:    "A service that asks for one scope more loses all its accounts, and one person has several.",
	Remedy: "Derive sub from person and client alone.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("IDT-18 sub does not depend on what a login asks for", check(IDT18, func(s *Session) {
	s.someLogin()
	if s.isRoot("IDT-11") {
		s.Block("IDT-11", "two logins with the same request have two subs already")
	}
	seen := s.subjects()
	// The logins of the whole run may have been those before it was resumed.
	if resumed := s.worked("AUTHZ-01", "TOKEN-01"); seen.compared == 0 && (resumed || !s.sparing()) && s.loginsLeft() > 0 {
		// That such a login works is UINFO-10's.
		if login, _ := s.TryLogIn(WithScopes("openid")); login != nil {
			s.Redeem(login)
		}
		seen = s.subjects()
	}
	if seen.logins == 0 {
		s.Block("IDT-07", "no ID token of this run has a sub")
	}
	if seen.compared == 0 {
		s.SkipFor(run.WantLogins, "nobody logged in twice at one client, so that there is nothing to compare")
	}
	s.root(len(seen.changed) > 0)
	s.AssertNone("one sub for each person at each client", seen.changed)
	s.Observe("%d logins, %d subs", seen.logins, seen.subs)
}))

// subjects is what the run has seen of subs: of how many logins, how many of these
// were compared with an earlier one of the same person, and which differ.
type subjects struct {
	logins, compared, subs int
	changed                []judge.Finding
}

func (s *Session) subjects() (seen subjects) {
	type who struct {
		client  string
		person  int
		persona string
	}
	first := map[who]Issued{}
	subs := map[who]string{}
	var without []judge.Finding
	for _, one := range s.Seen.Issued {
		t, err := sgid.ParseIDToken(one.Reply.Parsed.IDToken)
		if err != nil || one.Among {
			continue // IDT-17's and UINFO-15's
		}
		if t.Subject == "" {
			without = append(without, judge.Finding{Observed: "no sub for a login with scope " + said(one.Login.Params.Get("scope")) + one.Login.nonceSent(), Evidence: one.Reply.Exchange})
			continue
		}
		seen.logins++
		w := who{one.Login.Client.ClientID, one.Login.Person, one.Login.Persona}
		sub, known := subs[w]
		if !known {
			subs[w], first[w] = t.Subject, one
			continue
		}
		if first[w].Login != one.Login { // a code that works twice gives one login two tokens
			seen.compared++
		}
		if sub != t.Subject && len(seen.changed) < 3 {
			seen.changed = append(seen.changed, judge.Finding{Observed: "another sub than before for a login with scope " + said(one.Login.Params.Get("scope")) + one.Login.nonceSent(), Evidence: one.Reply.Exchange})
		}
	}
	seen.subs = len(subs)
	if len(subs) > 0 && len(without) > 0 { // where none has one, that is IDT-07's
		seen.compared += len(without)
		seen.changed = append(seen.changed, without[:min(len(without), 3)]...)
	}
	return seen
}

func (l *Login) nonceSent() string {
	if l.Nonce == "" {
		return " and without nonce"
	}
	return ""
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c > unicode.MaxASCII })
}
