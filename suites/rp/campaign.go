package rp

import (
	"context"
	"slices"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/client"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
)

// Options is what the checks have to judge an application with.
type Options struct {
	Front    *provider.Front
	Site     *application.Site
	Client   *client.Client // sends what the browser driver http sends
	Redactor *redact.Redactor
	Process  Process // nil: the user has started the application
	// NewBrowser makes a browser without cookies; nil: one that runs no script.
	NewBrowser func(*application.Site, application.Manner) (application.Browser, error)
	// RestartWait is how long an application that went down may take to come back.
	RestartWait time.Duration
	Slow        bool
	// Advance moves the application's clock; nil: time must be waited for.
	Advance func(time.Duration)
	// Patient sends what an application may take Patience to answer; nil: Client.
	Patient *client.Client
	// AppLog returns what the application has logged during the run; nil: not known.
	AppLog func() ([]byte, error)
	// Note takes what a reader must know beside the verdicts; may be nil.
	Note func(string)
}

// Process is an application that is the harness's to start and to end.
type Process interface {
	Start(context.Context) error // it takes connections once Start has returned
	End()
	Alive() bool
	Gone() <-chan struct{} // closed when it has ended
	State() string         // how it ended
	Tail() string          // the end of what it wrote
}

// Campaign is what the checks of one run share.
type Campaign struct {
	Options
	people []application.Person
	signs  *application.Signs

	// What keeps everything but its owner from being judged.
	cause, causeReason string
	baseline           *Login // the first clean login
	nobody             application.Look
	keepStrict         bool // the login works only with cookies that no browser sends
	showsAnew          bool // the protected page was seen to show data that came with a later login

	attempts []*provider.Attempt // all logins of the run
	unknown  newcomers           // whom the application does not know

	clean   []*Login // those that worked
	seven   []*Login
	deaths  []death
	down    string    // why the application is down for good; empty: it is not
	fives   []answer  // refusals that were answered 5xx
	told    []told    // answers that tell of the application's inside
	spilled []spilled // secrets in answers
	last    string    // the check judged last
	foreign bool      // what belongs to no login is answered with another provider's metadata
	unclean bool      // it has sent what may have left something behind
	broken  string    // the check after which a clean login no longer works
}

// death is a request after which the application was gone.
type death struct {
	check, caseName string
	evidence        *step
	how             string
}

// answer is one of the application's, with the check in which it came.
type answer struct {
	check, caseName string
	evidence        *step
}

// told is the first answer that tells something of the application's inside.
type told struct {
	what string
	answer
}

// spilled is a secret in an answer of a login.
type spilled struct {
	what      string
	redirects bool // the answer leads to an address
	login     *Login
	answer
}

// Open returns a campaign over the application of o. It sends nothing.
func Open(o Options) *Campaign {
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.RestartWait <= 0 {
		o.RestartWait = 30 * time.Second
	}
	return &Campaign{Options: o, people: People(o.Front)}
}

// People are those who log in at the front, with what makes them known on a page.
func People(f *provider.Front) (out []application.Person) {
	for _, p := range slices.Concat(provider.People(), provider.Newcomers()) {
		out = append(out, application.Person{ID: p.ID, Marks: append(provider.Marks(&p), f.Sub(&p))})
	}
	return out
}

// Body returns the function that judges the check with the given ID; nil: it is
// none of this suite's.
func (c *Campaign) Body(id string) func(*judge.T) {
	return bodies.With(id, func(t *judge.T, body func(*Session)) {
		s := &Session{T: t, Campaign: c, kept: map[*step]bool{}}
		defer s.close()
		defer s.learnSecrets() // before what the check keeps is recorded
		s.takeOver(c.baseline)
		s.takeOver(c.seven...)
		s.standUp()
		body(s)
		s.leftWorking()
	})
}

var bodies = judge.Bodies[*Session]{}

// check registers a check and returns what Ginkgo takes for it.
func check(c judge.Check, body func(*Session)) []any {
	return bodies.Add(c, body)
}

// Session is one check's view of the application.
type Session struct {
	*judge.T
	*Campaign
	kept map[*step]bool // what the check has kept as evidence
	open []application.Browser
}

// close gives up the browsers that the check has opened.
func (s *Session) close() {
	for _, b := range s.open {
		b.Close()
	}
}

// takeOver makes logins of earlier checks evidence of this one.
func (s *Session) takeOver(logins ...*Login) {
	for _, l := range logins {
		if l != nil {
			l.s = s
		}
	}
}

// standUp ends a check that cannot be judged, for what another has found.
func (s *Session) standUp() {
	id := s.Check.ID
	defer func() { s.last = id }()
	switch {
	case s.Check.Phase == judge.Closing && s.cause == "":
		return // it judges what the run has seen
	case s.down != "":
		s.Block("RP-71", "%s", s.down)
	case s.cause == id:
		s.causeFound()
	case s.cause != "":
		s.Block(s.cause, "%s", s.causeReason)
	case s.cause == "" && id != "RP-18":
		s.stillWorks()
	}
}

// causeFound fails the check by what keeps everything else from being judged.
func (s *Session) causeFound() {
	if s.baseline == nil {
		s.Fail("", s.causeReason, nil)
	}
	s.baseline.Keep()
	s.Fail("", s.causeReason, s.baseline.Evidence())
}

// stillWorks makes a clean login where the check before has ended early and may
// have left something behind; when it fails, what follows is blocked by that check.
func (s *Session) stillWorks() {
	if before := s.last; s.broken == "" && s.unclean {
		l := s.tryClean()
		s.unclean = false
		if !l.Look.In {
			if before == s.Check.ID {
				before = "RP-18"
			}
			s.broken = before
		}
	}
	if s.broken != "" {
		s.Block(s.broken, "a clean login, which worked before, no longer does after it")
	}
}

// leftWorking makes a clean login after a check that may have left something behind:
// where it fails, what the check saw refused may have been refused for the same
// reason, as by a lock after failures, and what follows is blocked by the check.
func (s *Session) leftWorking() {
	if s.cause != "" || s.broken != "" || s.down != "" || !s.unclean || s.Context.Err() != nil {
		return
	}
	l := s.whole(provider.Conduct{})
	if l.unanswered() != nil && s.Context.Err() == nil && s.back() {
		l = s.whole(provider.Conduct{})
	}
	if l.unanswered() != nil || l.failed() != "" || l.limited() != nil || s.Context.Err() != nil {
		return // the next check tries again, and tells it
	}
	s.unclean = false
	if !l.Look.In {
		s.broken = s.Check.ID
		l.Keep()
		s.Block("application", "a clean login, which worked before, no longer does at its end, and what was refused in it may have been refused for that: %s%s", l.Look.Shows(), l.how())
	}
}
