package suites

import "sgidcheck/internal/disclosure"

// Leak is a response that shows the target's internals.
type Leak struct {
	Exchange *Exchange
	What     string // a stack trace, a file path, …
}

// watch notes a response that shows the target's internals, once for each
// status and kind of sign.
func (s *Session) watch(e *Exchange) {
	what := disclosure.Of(e.Exchange)
	if what == "" {
		return
	}
	same := 0
	for _, l := range s.Seen.Leaks {
		if l.What == what && l.Exchange.Status() == e.Status() {
			same++
		}
	}
	if same < 3 {
		s.Seen.Leaks = append(s.Seen.Leaks, Leak{e, what})
	}
}
