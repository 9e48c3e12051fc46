package judge

import (
	"math"
	"slices"
)

// share plans who shares which login: the first is the one that many share, and
// the others follow. What cannot share spends what the budget leaves; a budget of
// 0 has no end. Where a login is known to work, the first is shared as all are. What only reads, or asks for no login of its own, comes before
// what must wait for one, so that it is judged whatever becomes of that.
func share(plan []Planned, budget int, loginKnown bool) {
	slices.SortStableFunc(plan, func(a, b Planned) int {
		switch {
		case station(a.Check.Phase) != station(b.Check.Phase):
			return 0
		case station(a.Check.Phase) == Refusing:
			return min(len(a.Check.Wants), 1) - min(len(b.Check.Wants), 1)
		}
		// Later, the login that they wait for gives the others a token that is fresh.
		return min(len(b.Check.Wants), 1) - min(len(a.Check.Wants), 1)
	})
	left := math.MaxInt
	if budget > 0 {
		left = budget
	}
	number := 0
	if !loginKnown && slices.ContainsFunc(plan, func(p Planned) bool { return p.Skip == "" && p.Check.Has(Login) }) {
		left, number = left-1, 1
	}
	var stations []Phase
	for i := range plan {
		if p := &plan[i]; p.Skip == "" && len(p.Check.Wants) > 0 {
			p.Logins = 0
			if s := station(p.Check.Phase); !slices.Contains(stations, s) {
				stations = append(stations, s)
			}
		}
	}
	for _, s := range stations {
		for _, ride := range rides(plan, s, left, laterMusts(plan, s), false) {
			left -= ride.logins
			for _, r := range ride.riders {
				p := &plan[r.place]
				p.Rides = append(p.Rides, Riding{Login: number + r.nth, Case: r.want.Case})
			}
			number += ride.logins
		}
	}
	for i := range plan {
		plan[i].leftOut()
	}
	if budget > 0 {
		var own []*Planned
		for i := range plan {
			if p := &plan[i]; p.Skip == "" && p.Logins > 0 {
				own = append(own, p)
			}
		}
		slices.SortStableFunc(own, func(a, b *Planned) int { return rank(a.Check.Level) - rank(b.Check.Level) })
		spendOn(own, max(left, 0), budget, true)
	}
}

// firmWants are the logins that the check asks for whatever the target does.
func (p Planned) firmWants() []Want {
	return slices.DeleteFunc(slices.Clone(p.Check.Wants), func(w Want) bool {
		return w.Perhaps || w.Case != "" && slices.Contains(p.Held, w.Case)
	})
}

// leftOut notes the cases for which no login is left.
func (p *Planned) leftOut() {
	firm := p.firmWants()
	for _, w := range firm[min(len(p.Rides), len(firm)):] {
		if p.Skip == "" {
			p.Left = append(p.Left, w.Case)
		}
	}
}

// shared is a planned login, or two that are open at once, with who shares it.
type shared struct {
	logins int
	riders []rider
}

type rider struct {
	place int // in the plan
	want  Want
	nth   int // 1, or 2 for those on the later of two logins
}

// rides plans the logins of the pooled checks of one station.
func rides(plan []Planned, at Phase, left, reserve int, mustsOnly bool) []shared {
	served := make([]int, len(plan))
	var out []shared
	for {
		var asks []Ask
		var places []int
		for i, p := range plan {
			if p.Skip != "" || station(p.Check.Phase) != at || served[i] >= len(p.firmWants()) || mustsOnly && p.Check.Level != MUST {
				continue
			}
			asks = append(asks, Ask{Check: p.Check, Want: p.firmWants()[served[i]], Gravity: p.Gravity, Served: served[i]})
			places = append(places, i)
		}
		ride := NextRide(asks, left, reserve)
		if len(ride.On) == 0 {
			return out
		}
		s := shared{logins: ride.Logins()}
		add := func(indices []int, nth int) {
			for _, i := range indices {
				s.riders = append(s.riders, rider{places[i], asks[i].Want, nth})
				served[places[i]]++
			}
		}
		add(ride.Earlier, 1)
		add(ride.On, s.logins)
		out = append(out, s)
		left -= s.logins
	}
}

// laterMusts is how many logins the MUSTs need that come after a station.
func laterMusts(plan []Planned, after Phase) int {
	total := 0
	for at := after + 1; at <= Closing; at++ {
		for _, r := range rides(plan, at, math.MaxInt, 0, true) {
			total += r.logins
		}
		for _, p := range plan {
			if p.Skip == "" && p.Check.Phase == at && p.Check.Level == MUST && len(p.Check.Wants) == 0 && !p.Check.Has(Unattended) {
				total += p.Logins
			}
		}
	}
	return total
}
