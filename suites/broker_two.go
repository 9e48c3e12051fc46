package suites

import (
	"slices"

	"sgidcheck/internal/judge"
)

// tryTwo makes two logins that are open at the same time.
func (b *broker) tryTwo(early, on []*judge.Parked) {
	two := b.of(on, judge.Crossed, judge.Paired)
	first := b.open(append(slices.Clone(early), two...), early)
	if first != nil && first.problem != "" && len(early) > 0 {
		b.try(early)
		two, early = b.of(two, judge.Crossed, judge.Paired), nil
		if b.loginsLeft() < 2 {
			return // they are told so
		}
		first = b.open(two, nil)
	}
	if first == nil {
		return
	}
	if first.problem != "" {
		for _, w := range two {
			b.hand(w, turn{login: first.login, problem: first.problem})
		}
		return
	}
	b.look(first.login, early)
	second := b.open(on, on)
	switch {
	case second == nil:
		return
	case second.problem == "":
	case len(b.of(on, everyUse...)) == len(two):
		for _, w := range two {
			b.hand(w, turn{login: second.login, problem: second.problem})
		}
		return
	default:
		b.halves(slices.DeleteFunc(b.of(on, everyUse...), func(w *judge.Parked) bool { return slices.Contains(two, w) }))
		return // the two come again
	}
	b.useTwo(first.login, second.login, early, on)
}

func (b *broker) useTwo(first, second *Login, early, on []*judge.Parked) {
	b.look(second, on)
	for _, w := range b.of(on, judge.Crossed) {
		b.hand(w, turn{login: second, earlier: first})
	}
	b.use(second, on)
	paired := b.of(on, judge.Paired)
	if len(paired) > 0 && !second.spent && right(second, paired) && (second.uses[0].grants() || len(paired) == len(on)) {
		for _, w := range b.of(on, judge.Paired) {
			b.hand(w, turn{login: second, earlier: first})
		}
	}
	everybody := append(slices.Clone(early), on...)
	tokens := b.of(early, judge.Redeemed)
	if by := append(slices.Clone(tokens), provers(first, everybody)...); len(by) == 0 || first.spent || !right(first, by) {
		l := dead
		if first.spent {
			l = alive
		}
		answer(provers(first, everybody), l)
		return
	}
	if first.uses[0].unsuccessful() != "" {
		answer(provers(first, everybody), dead)
		return // the others wait for another login
	}
	answer(provers(first, everybody), alive)
	for _, w := range tokens {
		b.hand(w, turn{login: first})
	}
}
