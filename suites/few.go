package suites

import (
	"fmt"
	"slices"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
)

// Few logins: a check says, as data, what its login varies and what becomes of
// the code (judge.Want). Checks that are judged together wait with what they wish
// for, and a broker makes a login that serves many of them (broker.go).

// wish is a login that a check waits for.
type wish struct {
	want  judge.Want
	vary  []Vary
	alone bool // it shares it with nobody
}

// proof is the wait for what shows that a login's code was good to the end.
type proof struct{ login *Login }

// othersEnd is the wait for the end of all who are judged together with the check.
type othersEnd struct{}

// made is a login that was made for the broker.
type made struct {
	login   *Login
	problem string // why it is none; empty: it is one
}

// turn is what the broker hands to a check that waits: something to do for all,
// or what it waited for.
type turn struct {
	make   []Vary // make a login that is varied so
	serves string // which checks it is for
	making bool
	redeem *Login // redeem it as it should be
	wait   bool   // go on waiting

	left    string // why there is no login for it
	login   *Login
	earlier *Login // open since before login was
	problem string
	life    life
}

// life is what is known of a code after requests that must be refused.
type life int

const (
	dead     life = iota // it does not work any more
	alive                // it was good to the end
	doubtful             // something else kept it from working
)

// sparing reports that no login is made that is not asked for.
func (c *Campaign) sparing() bool {
	return c.FewLogins || c.Driver.Name() == config.LoginInteractive
}

// loginsLeft is how many logins may still be made.
func (c *Campaign) loginsLeft() int {
	if c.LoginBudget == 0 {
		return 1 << 30
	}
	return c.LoginBudget - c.made
}

// obtain makes a login, or waits for one that other checks share.
func (s *Session) obtain(vary ...Vary) (*Login, string) {
	if !s.Pooled() {
		return s.tryLogIn(vary...)
	}
	r := s.request(vary...)
	want, alone := s.want(r)
	// What is refused before anybody logs in takes no login.
	if response := s.authorize(s.Direct, r, true); response.Kind != login.ResponsePage {
		return s.arrived(r, response)
	}
	got := s.await(&wish{want, vary, alone})
	return got.login, got.problem
}

// TwoLogIns makes two logins that are open at the same time.
func (s *Session) TwoLogIns() (earlier, later *Login) {
	if !s.Pooled() {
		return s.LogIn(), s.LogIn()
	}
	want, alone := s.want(s.request())
	got := s.await(&wish{want: want, alone: alone})
	if got.problem != "" {
		s.noLogin(got.login, got.problem)
	}
	return got.earlier, got.login
}

// want is what the check has declared of the login that it asks for now; alone
// says that it is one to share with nobody.
func (s *Session) want(r *request) (want judge.Want, alone bool) {
	fits := func(w judge.Want) bool {
		return slices.Contains(w.Varies, judge.Client) == r.second && slices.Contains(w.Varies, judge.Person) == (r.person > 0)
	}
	for _, name := range []string{s.CaseName(), ""} {
		for _, w := range s.Check.Wants {
			if w.Case == name && fits(w) {
				return w, s.Alone() || w.Perhaps && !r.second
			}
		}
	}
	return judge.Want{Code: judge.Redeemed}, true
}

// await waits until the broker serves the wish, and does meanwhile what the
// broker asks it to do for all.
func (s *Session) await(wished any) turn {
	tell := wished
	for {
		t := s.Await(tell).(turn)
		tell = wished
		switch {
		case t.left != "":
			s.SkipFor(run.WantLogins, "%s", t.left)
		case t.making:
			s.serving = t.serves
			login, problem := s.tryLogIn(t.make...)
			s.serving = ""
			tell = &made{login, problem}
		case t.redeem != nil:
			if reply := s.Use(t.redeem, 1); !reply.grants() && t.redeem.wrong > 0 {
				t.redeem.unknown = s.likeAnUnknownCode(reply)
			}
		case t.wait:
		default:
			if t.login != nil && t.login.Evidence != nil {
				s.Keep(t.login.Evidence)
			}
			if t.login != nil && t.login.riders > 1 {
				s.Mixed()
			}
			return t
		}
	}
}

// afterOthers waits until every check that is judged together with this one has come
// to its end: what one of them finds may be the cause of what this one has seen.
func (s *Session) afterOthers() {
	if s.Pooled() {
		s.await(&othersEnd{})
	}
}

// lived says whether a code is good after requests that must be refused: the
// right request, which comes last, shows it.
func (s *Session) lived(login *Login) life {
	switch {
	case login.spent:
		return alive // it was until one of them was granted
	case s.Pooled() && login.riders > 0:
		return s.await(&proof{login}).life
	case s.Redeem(login).grants():
		return alive
	}
	return dead
}

// purpose says to a person which login it is.
func (s *Session) purpose() string {
	serves := s.serving
	if serves == "" {
		serves = s.Check.ID
	}
	if s.made > s.planned {
		return fmt.Sprintf("Login %d, beyond the planned, for %s", s.made, serves)
	}
	return fmt.Sprintf("Login %d of %d, for %s", s.made, s.planned, serves)
}
