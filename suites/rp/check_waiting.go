package rp

import (
	"context"
	"crypto/rsa"
	"net/http"
	"sync"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// RP-51: a provider that does not answer.

// Patience is how long an application may wait for the provider before it gives
// the login up.
const Patience = 15 * time.Second

var RP51 = judge.Check{
	ID: "RP-51", Title: "a provider that never answers is given up on, and holds nobody else up",
	Problem: "a provider that never answers is waited for too long, or holds others up", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "Where the token endpoint, userinfo or the key set never answers, the callback is answered within 15 seconds (SHOULD), and others are served meanwhile (MUST).",
	Why:    "Requests that wait for ever pile up until the application serves nobody.",
	Remedy: "Give every request to the provider a time limit (fetch: AbortSignal.timeout(5000); requests: timeout=5; the SDK has 3.5 s of its own), and await without holding a lock.",
	Cases:  []string{others, "token", "userinfo", keySetCase}, Logins: 4,
	Levels: map[string]judge.Level{"token": judge.SHOULD, "userinfo": judge.SHOULD, keySetCase: judge.SHOULD},
}

const (
	others     = "others meanwhile"
	keySetCase = "key set"
)

// hanging is a login in which an endpoint never answers.
type hanging struct {
	name     string
	login    *Login
	callback *application.Way
	look     application.Look
	took     time.Duration
	reached  chan struct{} // closed when the endpoint was asked
	answered chan struct{} // closed when the callback was answered, after took
	done     chan struct{} // closed when all above is there
}

var _ = ginkgo.It("RP-51 a provider that never answers is given up on, and holds nobody else up", check(RP51, func(s *Session) {
	release := make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	defer let()
	unknown := ""
	if s.keepsData() {
		unknown = s.unknownPerson("")
	}
	s.freshLook()
	all := []*hanging{
		s.hang("token", sgid.PathToken, provider.Conduct{}, release),
		s.hang("userinfo", sgid.PathUserInfo, provider.Conduct{Person: unknown}, release),
		s.hang(keySetCase, sgid.PathJWKS, withOwnKey(spareKeys[0](), nil), release),
	}
	limit, cancel := context.WithTimeout(s.Context, Patience)
	defer cancel()
	for _, h := range all {
		h.begin(limit)
	}
	s.Case(others, func() {
		s.servesOthers(limit, all, func() *hanging {
			h := s.hang("token", sgid.PathToken, provider.Conduct{}, release)
			h.begin(limit)
			return h
		})
	})
	alone := false
	for _, h := range all {
		if alone = h.name == keySetCase && s.Process != nil && over(h.done) && !over(h.reached); alone {
			continue
		}
		s.Case(h.name, func() { s.givesUp(limit, h) })
	}
	let()
	for _, h := range all {
		<-h.done
	}
	if alone {
		s.Case(keySetCase, func() { s.givesUpAlone() })
	}
	if s.Process != nil {
		s.freshLook() // what it has made of a key set that it could not have is RP-61's to tell
	}
}))

// givesUpAlone judges a login in which the key set never answers, of an application
// that was started anew and so has none: one that has just fetched it for other logins
// may not look again for half a minute.
func (s *Session) givesUpAlone() {
	s.freshLook()
	release := make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	defer let()
	h := s.hang(keySetCase, sgid.PathJWKS, withOwnKey(spareKeys[0](), nil), release)
	limit, cancel := context.WithTimeout(s.Context, Patience)
	defer cancel()
	h.begin(limit)
	defer func() { let(); <-h.done }()
	s.givesUp(limit, h)
}

// hang begins a login that will hang, in a browser that waits longer than an
// application may.
func (s *Session) hang(name, path string, c provider.Conduct, release <-chan struct{}) *hanging {
	b := s.browserAt(s.Site, application.Manner{Timeout: Patience + 2*time.Second})
	h := &hanging{name: name, reached: make(chan struct{}), answered: make(chan struct{}), done: make(chan struct{})}
	reached := sync.OnceFunc(func() { close(h.reached) })
	never := s.Front.NeverResponds(release)
	c.Wrong = "the provider never answers: " + name
	c.At = answeredBy(path, "", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		reached()
		never(w, r, next)
	}).At
	h.login = s.Begun(b, c)
	return h
}

// begin goes on with the login until it hangs: what the provider receives without
// a code or a token belongs to the login that came last, and so the next must wait.
func (h *hanging) begin(limit context.Context) {
	l := h.login
	to := l.Attempt.Back()
	go func() {
		defer close(h.done)
		began := time.Now()
		h.callback = l.Browser.Return(l.s.Context, to)
		h.took = time.Since(began)
		close(h.answered)
		h.look = l.s.Look(l.Browser)
	}()
	select {
	case <-h.reached:
	case <-h.done:
	case <-limit.Done():
	}
}

// over reports whether a channel is closed.
func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// servesOthers judges that somebody logs in while other logins hang; once more,
// with another that hangs, where those were over before.
func (s *Session) servesOthers(limit context.Context, all []*hanging, again func() *hanging) {
	l, meanwhile := s.logInMeanwhile(limit, all)
	if l.Look.In && !meanwhile {
		one := again()
		l, meanwhile = s.logInMeanwhile(limit, []*hanging{one})
		<-one.done
		meanwhile = meanwhile || one.took < time.Second // it gives up so soon that nobody waits
	}
	if l.Assert(l.Look.In, "", "while other logins await the provider, a clean one does not work: "+l.Look.Shows()+l.how(), l.Evidence()) {
		l.Assert(meanwhile, "", "a clean login is served only when those that await the provider are over", l.Evidence())
	}
}

// atOnce is how much later than it came a busy machine may take note of an answer:
// of two that come as close together, either may seem to be the first.
const atOnce = 100 * time.Millisecond

// logInMeanwhile makes a clean login, and reports whether one of those that hang was
// answered clearly later than its callback, or not within the limit: what a browser then
// does with the pages takes time of its own.
func (s *Session) logInMeanwhile(limit context.Context, all []*hanging) (l *Login, meanwhile bool) {
	l = s.wholly(provider.Conduct{})
	for _, h := range all {
		select {
		case <-h.answered:
			meanwhile = answeredAt(h.callback).Sub(answeredAt(l.Callback)) > atOnce
		case <-limit.Done():
			meanwhile = !over(h.answered)
		}
		if meanwhile {
			break
		}
	}
	return l, meanwhile
}

// answeredAt is when the first request of a navigation was answered; zero: not at all.
func answeredAt(way *application.Way) time.Time {
	if way == nil || len(way.Steps) == 0 {
		return time.Time{}
	}
	return way.Steps[0].Started.Add(way.Steps[0].Duration)
}

// givesUp judges that a login that hangs is answered within Patience, and is not
// one.
func (s *Session) givesUp(limit context.Context, h *hanging) {
	select {
	case <-h.done:
	case <-limit.Done():
	}
	l := h.login
	if !over(h.done) || h.callback.NoResponse() || h.look.Way.NoResponse() || len(h.callback.Open) > 0 {
		l.Keep()
		s.Found("an answer within "+Patience.String(), "the application gives no answer", l.step(l.Start.Last()))
		return
	}
	l.Callback, l.Look = h.callback, h.look
	l.add(h.callback)
	l.add(h.look.Way)
	s.notFailed(l)
	if !over(h.reached) {
		s.Skip("the application did not ask for the %s in this login", h.name)
	}
	s.cameToRest(l)
	if l.AssertAt(judge.MUST, !h.look.In, "", "it is accepted: "+h.look.Shows(), l.Evidence()) {
		s.count5xx(l)
	}
}

// withOwnKey is a login whose ID token is signed with a key that the provider's
// key set holds in this login alone, so that an application must look at the set
// again; edit, where it is set, changes the set further.
func withOwnKey(key *rsa.PrivateKey, edit func(keys []any) []any) provider.Conduct {
	kid := encode(key.N.Bytes()[:12])
	return provider.Conduct{
		IDToken: func(t *provider.IDToken) { t.Key, t.Header["kid"] = key, kid },
		KeySet: func(set map[string]any) {
			keys, _ := set["keys"].([]any)
			keys = append(keys, jwkOf(&key.PublicKey, kid))
			if edit != nil {
				keys = edit(keys)
			}
			set["keys"] = keys
		},
	}
}
