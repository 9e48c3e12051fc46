package suites

import "sgidcheck/internal/judge"

// named is one case of a check: its name, and what is tried under it.
type named[T any] struct {
	name  string
	input T
}

// cases are the cases of a check that are tried alike: the catalogue lists their
// names, and the body tries each, so that none can be listed and not tried.
type cases[T any] []named[T]

// altered are cases whose value is made from the right one.
type altered = cases[func(right string) string]

func (c cases[T]) names() []string {
	return judge.Names(c, func(one named[T]) string { return one.name })
}

// each tries every case of the table.
func (c cases[T]) each(s *Session, try func(input T)) {
	for _, one := range c {
		s.Case(one.name, func() { try(one.input) })
	}
}

// missingOrEmpty are an authorization request without the parameter and one in
// which it is empty.
func missingOrEmpty(parameter string) cases[Vary] {
	return cases[Vary]{{"missing", Without(parameter)}, {"empty", With(parameter, "")}}
}

// omittedOrEmpty are the same of a token request.
func omittedOrEmpty(parameter string) cases[Change] {
	return cases[Change]{{"missing", Omitting(parameter)}, {"empty", Sending(parameter, "")}}
}
