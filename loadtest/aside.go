package loadtest

import (
	"maps"
	"sync"

	"sgidcheck/internal/run"
)

// aside counts the errors that enter no figure: of the preparation, the
// warm-up, renewed access tokens, and the other steps of a search. A wrong
// answer among them is a failure all the same. It is safe for concurrent use.
type aside struct {
	mu    sync.Mutex
	kinds map[string]int
}

func (s *aside) add(kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kinds == nil {
		s.kinds = map[string]int{}
	}
	s.kinds[kind]++
}

// counts is a copy of what was counted; nil when there was nothing.
func (s *aside) counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.kinds)
}

// keep puts the errors, and an example of each kind of wrong response, of a load
// that is given up in favour of another into that one.
func keep(from, into *run.Load) {
	if from == into {
		return
	}
	for kind, n := range from.Errors {
		if into.Aside == nil {
			into.Aside = map[string]int{}
		}
		into.Aside[kind] += n
	}
	shown := map[string]bool{}
	for _, e := range into.Examples {
		shown[e.Kind] = true
	}
	for _, e := range from.Examples {
		if run.Wrong(e.Kind) && !shown[e.Kind] {
			into.Examples = append(into.Examples, e)
		}
	}
}
