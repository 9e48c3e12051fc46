package suites

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
)

// broker makes logins for checks that wait for one. Where a login that several
// share does not work, it is made again for each half of them, until it is found
// whose variation breaks it.
type broker struct {
	*Campaign
	burns bool // a request that must be refused uses the code up
	plain bool // what is tried on a code that must live goes without other variations
	waits map[*judge.Parked]*wish
}

// Broker serves the checks of the campaign that share logins; nil where each
// makes its own.
func (c *Campaign) Broker() judge.Broker {
	if !c.FewLogins {
		return nil
	}
	b := &broker{Campaign: c}
	return b.serve
}

func (b *broker) serve(waiting []*judge.Parked, reserve int) {
	b.waits = map[*judge.Parked]*wish{}
	var asks []judge.Ask
	var who, at []*judge.Parked
	for _, w := range waiting {
		switch wished := w.Wish().(type) {
		case *wish:
			b.waits[w] = wished
			asks = append(asks, b.ask(w, wished))
			who = append(who, w)
		case *othersEnd:
			at = append(at, w)
		case *made:
			w.Resume(turn{wait: true})
			return
		default:
			w.Resume(turn{life: dead}) // whoever could show it has come to its end
			return
		}
	}
	if len(asks) == 0 {
		for _, w := range at {
			w.Resume(turn{})
		}
		return
	}
	ride := judge.NextRide(asks, b.loginsLeft(), reserve)
	if len(ride.On) == 0 {
		for _, w := range who {
			w.Resume(turn{left: fmt.Sprintf("the login budget of %d is spent on other checks (--login-budget)", b.LoginBudget)})
		}
		return
	}
	on, earlier := chosen(who, ride.On), chosen(who, ride.Earlier)
	if b.took > codeIsFresh { // a code that waits for another login may run out
		earlier = b.of(earlier, judge.Unused)
	}
	if b.plain && b.any(on, judge.Refused, judge.Crossed) {
		on, earlier = b.of(on, judge.Refused, judge.Crossed), nil
	}
	if ride.Logins() == 2 {
		b.tryTwo(earlier, on)
		return
	}
	b.try(on)
}

func (b *broker) ask(w *judge.Parked, wished *wish) judge.Ask {
	code := wished.want.Code
	return judge.Ask{
		Check: w.Check, Want: wished.want, Gravity: w.Gravity, Served: w.Served, Alone: wished.alone,
		Solo: b.burns && (code == judge.Refused || code == judge.Crossed),
	}
}

func chosen(who []*judge.Parked, indices []int) []*judge.Parked {
	var out []*judge.Parked
	for _, i := range indices {
		out = append(out, who[i])
	}
	return out
}

// of are those who still wait for a login and use its code in one of the ways.
func (b *broker) of(all []*judge.Parked, uses ...judge.CodeUse) []*judge.Parked {
	var out []*judge.Parked
	for _, use := range uses {
		for _, w := range all {
			if wished, ok := w.Wish().(*wish); ok && wished == b.waits[w] && wished.want.Code == use {
				out = append(out, w)
			}
		}
	}
	return out
}

func (b *broker) any(all []*judge.Parked, uses ...judge.CodeUse) bool {
	return len(b.of(all, uses...)) > 0
}

var everyUse = []judge.CodeUse{judge.Unused, judge.Crossed, judge.Refused, judge.Redeemed, judge.Paired, judge.Reused, judge.Unfit}

// open makes a login with the variations of those who share it, in the name of
// one of the makers. It returns nil where all of those have come to their end.
func (b *broker) open(makers, riders []*judge.Parked) *made {
	var vary []Vary
	var serves []string
	for _, w := range riders {
		vary = append(vary, b.waits[w].vary...)
	}
	for _, w := range append(slices.Clone(riders), makers...) {
		if !slices.Contains(serves, w.Check.ID) {
			serves = append(serves, w.Check.ID)
		}
	}
	for _, w := range makers {
		w.Resume(turn{making: true, make: vary, serves: strings.Join(serves, ", ")})
		if m, ok := w.Wish().(*made); ok {
			w.Resume(turn{wait: true})
			if m.login != nil {
				m.login.riders = max(len(riders), 1)
			}
			return m
		}
	}
	return nil
}

// hand gives a check the login that it waits for.
func (b *broker) hand(w *judge.Parked, t turn) {
	if wished, ok := w.Wish().(*wish); ok && wished == b.waits[w] {
		w.Served++
		w.Resume(t)
	}
}

// try makes one login for all of them.
func (b *broker) try(on []*judge.Parked) {
	on = b.of(on, everyUse...)
	if len(on) == 0 || b.loginsLeft() < 1 {
		return
	}
	m := b.open(on, on)
	switch {
	case m == nil:
	case m.problem == "":
		b.use(m.login, on)
	case len(on) == 1:
		b.hand(on[0], turn{login: m.login, problem: m.problem})
	default:
		b.halves(on)
	}
}

func (b *broker) halves(of []*judge.Parked) {
	b.try(of[:len(of)/2])
	b.try(of[len(of)/2:])
}

// use lets those who share a login take their turns: first who looks where it
// led, then who tries what must be refused, then the right request, and last who
// sends that again.
func (b *broker) use(login *Login, on []*judge.Parked) {
	b.look(login, on)
	for _, w := range b.of(on, judge.Refused, judge.Unfit) {
		if !login.spent {
			b.hand(w, turn{login: login})
		}
	}
	b.redeem(login, on)
}

func (b *broker) look(login *Login, on []*judge.Parked) {
	for _, w := range b.of(on, judge.Unused) {
		b.hand(w, turn{login: login})
	}
}

// redeem sends the right request where anybody waits for what comes of it.
func (b *broker) redeem(login *Login, on []*judge.Parked) {
	tokens := b.of(on, judge.Redeemed, judge.Reused)
	proofs := provers(login, on)
	if len(tokens)+len(proofs) == 0 {
		return
	}
	if login.spent {
		answer(proofs, alive)
		return // the others wait for another login
	}
	if !right(login, append(tokens, proofs...)) {
		answer(provers(login, on), dead)
		return
	}
	if login.uses[0].unsuccessful() == "" {
		for _, w := range b.of(on, judge.Redeemed) {
			b.hand(w, turn{login: login})
		}
		answer(provers(login, on), alive) // some of those use the code again
		// Who asks for data before the second use sees what that revokes: SHOULDs first.
		for _, w := range slices.Backward(b.of(on, judge.Reused)) {
			b.hand(w, turn{login: login})
		}
		return
	}
	if login.uses[0].grants() {
		answer(provers(login, on), alive)
	}
	b.failed(login, on)
}

// failed finds out why the right request was not granted.
func (b *broker) failed(login *Login, on []*judge.Parked) {
	if login.wrong > 0 && !login.uses[0].grants() && (b.plain || login.unknown && !b.varied(on)) { // nothing else is left that it could be
		b.burns = true
		answer(provers(login, on), dead)
		return // the others wait for another login
	}
	if len(provers(login, on)) > 0 {
		b.plain = true
		answer(provers(login, on), doubtful)
	}
	if login.wrong > 0 {
		return // as above: it may have been what was tried before
	}
	switch tokens := b.of(on, judge.Redeemed, judge.Reused); {
	case len(tokens) == 1:
		b.hand(tokens[0], turn{login: login})
	case len(tokens) > 1:
		b.halves(tokens)
	}
}

// varied reports that others have, or had, a variation on the login with which its
// code may not work.
func (b *broker) varied(on []*judge.Parked) bool {
	return slices.ContainsFunc(on, func(w *judge.Parked) bool {
		want := b.waits[w].want
		return len(want.Varies) > 0 && want.Code != judge.Refused
	})
}

// right has the code redeemed as it should be by one of those who wait, and
// reports whether it was sent.
func right(login *Login, by []*judge.Parked) bool {
	for _, w := range by {
		if len(login.uses) == 0 {
			w.Resume(turn{redeem: login})
		}
	}
	return len(login.uses) > 0
}

// provers are those who wait for the proof that the login's code was good.
func provers(login *Login, on []*judge.Parked) []*judge.Parked {
	var out []*judge.Parked
	for _, w := range on {
		if p, ok := w.Wish().(*proof); ok && p.login == login {
			out = append(out, w)
		}
	}
	return out
}

func answer(provers []*judge.Parked, l life) {
	for _, w := range provers {
		w.Resume(turn{life: l})
	}
}
