package suites

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// UINFO, continued: time, and many people at once.

var UINFO14 = judge.Check{
	ID: "UINFO-14", Title: "an access token expires",
	Problem: "an access token past its lifetime does not get 401", Level: judge.MUST, Phase: judge.Waiting,
	Basis:  []run.Basis{judge.RFC("6750", "3.1"), judge.RFC("6749", "4.2.2")},
	Expect: "After expires_in an access token gets 401 and no data.",
	Why:    "A token copied from a log or a backup must not give access to somebody's data forever.",
	Remedy: "Store the expiry time of each access token, and check it on every request.",
	Needs:  []judge.Need{judge.Login, judge.Time}, Logins: 1,
}

var _ = ginkgo.It("UINFO-14 an access token expires", check(UINFO14, func(s *Session) {
	tokens := s.Tokens(s.LogIn())
	s.UserInfo(tokens)
	life, known := lifetime(tokens)
	raw, there := tokens.Raw["expires_in"]
	switch {
	case known:
	case there && life > 0:
		s.Skip("expires_in %s is longer than any check's patience", shorten(string(raw)))
	case there:
		s.owned("TOKEN-04", tokens.Reply.Exchange, "expires_in is not a positive number: %s", shorten(string(raw)))
	case s.Advance != nil:
		life = 24 * time.Hour
	default:
		s.Skip("the token response has no expires_in, so the token's expiry is unknown")
	}
	s.LetPass(life + time.Minute)
	e := s.AskUserInfo("Bearer " + tokens.AccessToken)
	s.SharedUserInfo() // a new token is taken still
	s.Expect(e).To(HaveStatus(http.StatusUnauthorized), "after %s", life)
	s.Expect(e).To(HoldNoData())
}))

// longestLife is how long an access token may live for its end to be judged.
const longestLife = 10 * 365 * 24 * time.Hour

// lifetime is how long an access token lives by what came with it, in whole
// seconds, where that is a number that can be judged: RFC 8259 section 6 lets it
// have a fraction or an exponent. Of a longer one it is the longest.
func lifetime(t *Tokens) (life time.Duration, known bool) {
	if t.ExpiresIn == nil {
		return 0, false
	}
	seconds, err := t.ExpiresIn.Float64()
	switch {
	case err != nil || seconds <= 0:
		return 0, false
	case seconds > longestLife.Seconds():
		return longestLife, false
	}
	return time.Duration(math.Ceil(seconds)) * time.Second, true
}

var UINFO15 = judge.Check{
	ID: "UINFO-15", Title: "concurrent requests of different people do not mix",
	Problem: "concurrent requests of different people mix", Level: judge.MUST, Phase: judge.Crowding,
	Basis:  []run.Basis{judge.ASVS("4")},
	Expect: "When two people's codes are redeemed and their userinfo requested concurrently, no response has the other's sub or data.",
	Why:    "A service that returns another citizen's data under load harms both.",
	Remedy: "Store everything that belongs to a login with its code and token; share no mutable state between requests.",
	Needs:  []judge.Need{judge.Login, judge.Unattended, judge.SecondPerson, judge.Concurrency}, Logins: 10,
	Cases: []string{"codes redeemed at the same time", "login pages open at the same time"},
}

var _ = ginkgo.It("UINFO-15 concurrent requests of different people do not mix", check(UINFO15, func(s *Session) {
	truth := [2]*UserInfoResponse{s.UserInfo(s.Tokens(s.LogIn())), nil}
	if again := s.AskAgain(truth[0].Tokens); s.differs(truth[0], again) != "" {
		s.owned("UINFO-16", again.Exchange, "two requests, one after the other, already get different responses: %s", s.differs(truth[0], again))
	}
	truth[1] = s.UserInfoOfAnother()
	if s.subject(truth[0].Tokens) == s.subject(truth[1].Tokens) {
		s.owned("IDT-14", truth[1].Tokens.Reply.Exchange, "two people have the same sub")
	}
	s.Case("codes redeemed at the same time", func() {
		s.besideEachOther(2*crowdOfEach, func() bool { return s.redeemedTogether(truth) })
	})
	s.Case("login pages open at the same time", func() { s.openTogether(truth) })
}))

// crowdOfEach is how many logins each of two people has in a crowd.
const crowdOfEach = 3

// redeemedTogether judges many codes of two people that are redeemed at once, and
// reports whether requests of the one were under way beside the other's; truth is what
// each gets alone.
func (s *Session) redeemedTogether(truth [2]*UserInfoResponse) (beside bool) {
	const asked = 6
	var crowd []*visitor
	for range crowdOfEach {
		for person, vary := range [][]Vary{nil, {BySecondPerson()}} {
			login := s.LogIn(vary...)
			crowd = append(crowd, &visitor{login: login, truth: truth[person], token: form(s.Endpoint(token), s.TokenForm(login))})
		}
	}
	address := s.Endpoint(userinfo)
	s.standUp()
	together(s, len(crowd), crowd[0].token.URL, func(ctx context.Context, i int) bool {
		crowd[i].visit(ctx, s.Client, address, asked)
		return true
	})
	s.stopIfInterrupted()
	for _, v := range crowd {
		s.judgeVisitor(v)
		beside = beside || slices.ContainsFunc(crowd, v.beside)
	}
	return beside
}

// openTogether judges two people whose login pages are open at the same time: who
// began first comes to the end last.
func (s *Session) openTogether(truth [2]*UserInfoResponse) {
	if s.Driver.Name() != config.LoginDirect {
		s.SkipFor(run.WantEvidence, "only the direct login leaves a page open while it completes another login")
	}
	pages := len(truth[0].Tokens.Login.Pages())
	if pages == 0 {
		s.NotApplicable("the target shows no login page: it redirects immediately")
	}
	another := []Vary{BySecondPerson()}
	both, crossed := s.LogInAcross(pages, nil, another)
	if !crossed && len(both) > 0 { // it was led over fewer pages, such as where a consent is remembered
		both, crossed = s.LogInAcross(len(both[0].Pages()), nil, another)
	}
	if !crossed {
		s.SkipFor(run.WantEvidence, "logins are led over different numbers of pages, so that none could be made while another was at its last page")
	}
	for _, login := range both {
		v := &visitor{login: login, truth: truth[login.Person], token: form(s.Endpoint(token), s.TokenForm(login))}
		v.visit(s.Context, s.Client, s.Endpoint(userinfo), 1)
		s.judgeVisitor(v)
	}
}

var UINFO17 = judge.Check{
	ID: "UINFO-17", Title: "two people have different data",
	Problem: "two people have the same data", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.OIDCCORE("5.3"), judge.ASVS("4")},
	Expect: "Two people with different subs at one client do not have the same identity number; where that was not asked for, they do not have all other data in common.",
	Why:    "A service that returns the data of whoever asked before gives one citizen's data to another, under the right sub.",
	Remedy: "Read the data by the grant behind the access token; keep no response for a client or a session.",
	Needs:  []judge.Need{judge.Login, judge.SecondPerson, judge.DataScope}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{judge.Person}, Code: judge.Redeemed}},
}

var _ = ginkgo.It("UINFO-17 two people have different data", check(UINFO17, func(s *Session) {
	one := s.Encrypted()
	other := s.UserInfoOfAnother()
	if s.subject(one.Tokens) == s.subject(other.Tokens) {
		s.owned("IDT-14", other.Tokens.Reply.Exchange, "two people have the same sub")
	}
	if len(other.Data) == 0 {
		s.needsDataGranted(other)
	}
	a, b := s.Open(one), s.Open(other)
	shared, differ := common(a, b)
	switch {
	case slices.Contains(shared, "myinfo.nric_number"):
		s.Fail("another identity number", "two people with different subs have one identity number", other.Exchange)
	case len(differ) > 0:
		s.Require(true, "data of another person", "", other.Exchange)
	case !telling(shared) && len(closed(a, b)) > 0:
		s.Block(s.ownerOfMembers(a), "too little of the data decrypts to tell two people apart: %s", closed(a, b))
	case len(shared) == 0:
		s.Skip("the two people have no value of the same scope, so that there is nothing to compare")
	case !telling(shared):
		s.NotApplicable("the data that both people have identify nobody")
	default:
		s.Fail("data of another person", "two people with different subs have all data in common: "+clip(strings.Join(shared, ", ")), other.Exchange)
	}
}))

// common are the scopes whose value two people have in common, and those in which
// they differ. What has no value, or does not open, counts as neither.
func common(a, b map[string]member) (shared, differ []string) {
	for scope, m := range a {
		n, there := b[scope]
		switch {
		case !there || m.err != nil || n.err != nil || m.text == sgid.NotAvailable && n.text == sgid.NotAvailable:
		case m.text == n.text:
			shared = append(shared, scope)
		default:
			differ = append(differ, scope)
		}
	}
	slices.Sort(shared)
	return shared, differ
}

// closed says which members of the data of two people do not decrypt in one of the
// responses, as a part of a sentence; empty: all do.
func closed(a, b map[string]member) string {
	var names []string
	for scope, m := range a {
		if n, there := b[scope]; there && (m.err != nil || n.err != nil) {
			names = append(names, clip(scope))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strings.Join(sorted(names), ", ") + " cannot be compared"
}

// ownerOfMembers is the check that judges why members of the first person's data do not
// decrypt; where they do, it looks at another person's only where that costs nothing.
func (s *Session) ownerOfMembers(first map[string]member) string {
	for _, m := range first {
		if m.err != nil {
			return "CRYPT-05"
		}
	}
	if s.sparing() {
		return "a userinfo response"
	}
	return "CRYPT-05"
}

// telling reports whether data that two people have in common show one person:
// one of a family may have another's name, address, or telephone.
func telling(shared []string) bool {
	n := 0
	for _, scope := range shared {
		if slices.Contains(identifying, scope) {
			n++
		}
	}
	return n >= 3 || slices.Contains(shared, "myinfo.passport_number")
}

// visitor is one login of a crowd, with what the same person's login said
// while nobody else was there.
type visitor struct {
	login  *Login
	truth  *UserInfoResponse
	token  exchange.Request
	reply  *exchange.Exchange
	asked  []*exchange.Exchange
	access string
}

// visit redeems the code and asks for the data several times at once. It runs
// beside others, and so records nothing.
func (v *visitor) visit(ctx context.Context, c *client.Client, address string, times int) {
	v.reply = c.Do(ctx, v.token)
	answer, _ := sgid.ParseTokenResponse(v.reply.Body()) // what else is wrong with it, other checks judge
	if v.reply.Status() != http.StatusOK || answer == nil || answer.AccessToken == "" {
		return
	}
	v.access = answer.AccessToken
	v.asked = make([]*exchange.Exchange, times)
	var all sync.WaitGroup
	for i := range v.asked {
		all.Go(func() {
			v.asked[i] = c.Do(ctx, exchange.Request{Method: http.MethodGet, URL: address, Header: http.Header{
				"Authorization": {"Bearer " + v.access}, "Accept": {"application/json"},
			}})
		})
	}
	all.Wait()
}

// beside reports whether a request was under way beside one of another person's visit.
func (v *visitor) beside(other *visitor) bool {
	if v.login.Person == other.login.Person {
		return false
	}
	for _, e := range append(other.asked, other.reply) {
		if e.Beside(v.reply) || slices.ContainsFunc(v.asked, e.Beside) {
			return true
		}
	}
	return false
}

func (s *Session) judgeVisitor(v *visitor) {
	reply := s.tokenReply(s.answered(v.reply, func() *exchange.Exchange { return s.Client.Do(s.Context, v.token) }))
	if problem := reply.unsuccessful(); problem != "" {
		s.unanswered(reply.Exchange, "one of several codes redeemed concurrently", problem)
		return
	}
	s.gotIDToken(v.login, reply, true)
	tokens := &Tokens{TokenResponse: reply.Parsed, Login: v.login, Reply: reply, At: time.Now()}
	s.Seen.AccessTokens = append(s.Seen.AccessTokens, tokens.AccessToken)
	if s.subject(tokens) != s.subject(v.truth.Tokens) {
		s.Found("the sub of the person who logged in", "an ID token with another sub", reply.Exchange)
	}
	for _, one := range v.asked {
		e := s.answered(one, func() *exchange.Exchange { return s.Client.Do(s.Context, one.Request) })
		if e.Status() != http.StatusOK {
			s.unanswered(e, "one of several concurrent requests", e.Saw())
			continue
		}
		info, err := sgid.ParseUserInfo(e.Body())
		if !s.Assert(err == nil, "a readable response", fmt.Sprint(err), e) {
			continue
		}
		// UINFO-02 compares sub with the ID token's.
		s.root(info.Subject != v.truth.Subject)
		s.Assert(info.Subject == v.truth.Subject, "the sub of the token's own person", "a response with a different sub", e)
		saw := s.differs(v.truth, s.toValid(tokens, info, e))
		s.Assert(saw == "", "the data of the token's own person", saw, e)
	}
}

// unanswered notes a request of the crowd that was not served. A target that
// limits requests says so with 429; that is no mistake, and no pass either.
func (s *Session) unanswered(e *Exchange, what, saw string) {
	if e.Status() == http.StatusTooManyRequests {
		s.Block("target", "%s was limited: %s", what, saw)
	}
	s.Found("200 for each", what+" got "+saw, e)
}

// differs says how the data of two answers to one person differ; empty: not at
// all. What does not open, CRYPT-05 judges; what was not granted, UINFO-11.
func (s *Session) differs(one, other *UserInfoResponse) string {
	if !slices.Equal(sorted(one.DataOrder), sorted(other.DataOrder)) {
		return fmt.Sprintf("%s in one, %s in the other", quoted(one.DataOrder), quoted(other.DataOrder))
	}
	if len(one.Data) == 0 {
		return ""
	}
	a := s.Open(one)
	if _, _, problem := s.usable(other); problem != "" {
		return "key decrypts in one, and not in the other: " + problem
	}
	b := s.Open(other)
	for _, scope := range granted(one.Tokens) {
		if _, there := one.Data[scope]; !there {
			continue
		}
		switch {
		case a[scope].err == nil && b[scope].err != nil:
			return clip(scope) + " decrypts in one, and not in the other"
		case a[scope].err == nil && a[scope].text != b[scope].text:
			return "two values of " + clip(scope)
		}
	}
	return ""
}

// UserInfoOfAnother is another person's user data at the first client, asked for
// once a run. AUTHZ-01 and UINFO-01 own its being had.
func (s *Session) UserInfoOfAnother() *UserInfoResponse {
	if s.other == nil {
		v := &Visit{Tokens: s.Tokens(s.LogIn(BySecondPerson()))}
		v.answer = s.UserInfo(v.Tokens)
		s.other = v
	}
	s.Keep(s.other.answer.Exchange)
	return s.other.answer
}
