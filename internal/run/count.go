package run

// Of returns how many checks have the verdict v.
func (s Summary) Of(v Verdict) int {
	if n := s.counter(v); n != nil {
		return *n
	}
	return 0
}

// Total returns how many checks were counted.
func (s Summary) Total() int {
	total := 0
	for _, v := range Verdicts() {
		total += s.Of(v)
	}
	return total
}

func (s *Summary) counter(v Verdict) *int {
	switch v {
	case Pass:
		return &s.Pass
	case Fail:
		return &s.Fail
	case Warn:
		return &s.Warn
	case Info:
		return &s.Info
	case Skip:
		return &s.Skip
	case Blocked:
		return &s.Blocked
	case Waived:
		return &s.Waived
	case StaleWaiver:
		return &s.StaleWaiver
	}
	return nil
}

// Count derives Summary, Coverage and Verdict from everything else in the record. A check
// without a known verdict counts as blocked: nothing was said of it.
func (r *Record) Count() {
	r.Summary = Summary{}
	for i := range r.Checks {
		n := r.Summary.counter(r.Checks[i].Verdict)
		if n == nil {
			n = &r.Summary.Blocked
		}
		*n++
	}
	if r.Coverage != nil {
		r.Coverage.count(r.Checks)
	}
	r.Verdict = r.verdict()
}

func (r *Record) verdict() string {
	s, load := r.Summary, r.Load.Judge()
	switch {
	case s.Fail > 0, r.Strict && s.Warn+s.StaleWaiver > 0, load.Failed():
		return RunFail
	case s.Blocked > 0, !r.Complete, r.Load != nil && r.Load.Stopped != "", load.Undecided():
		return RunIncomplete
	case len(r.Checks) == 0 && r.Load == nil && r.Decrypt.undecided():
		// Where checks were judged, figures stand beside them and decide nothing.
		return RunIncomplete
	case r.Require == RequireComplete && r.Coverage != nil && len(r.Coverage.NotJudged) > 0:
		return RunIncomplete
	case s.Total() == s.Skip && (r.Coverage != nil || r.Load == nil && r.Decrypt == nil):
		// Checks were to be judged, and none was: that is no pass, whatever was measured beside them.
		return RunIncomplete
	}
	return RunPass
}

// The exit codes of every command.
const (
	ExitPass       = 0 // complete, no failure
	ExitFail       = 1 // a MUST failed, or a threshold was crossed
	ExitUsage      = 2 // bad usage or configuration; nothing was sent to the target, and there is no record
	ExitIncomplete = 3 // target unreachable, checks blocked, or interrupted
)

// ExitCode returns the exit code of a run from its verdict: 0 for pass, 1 for
// fail, 3 for incomplete. A run that is both failed and incomplete has failed. One
// part of a load judges nothing: 0 says that its record is whole, 3 that it is not.
func ExitCode(r *Record) int {
	if isPart(r) {
		if r.Complete && r.Load.Stopped == "" {
			return ExitPass
		}
		return ExitIncomplete
	}
	switch r.Verdict {
	case RunPass:
		return ExitPass
	case RunFail:
		return ExitFail
	}
	return ExitIncomplete
}

// fill puts empty lists where the schema wants a list and Go has nil.
func (r *Record) fill() {
	r.Schema = Schema
	if r.Checks == nil {
		r.Checks = []Check{}
	}
	for i := range r.Checks {
		r.Checks[i].fill()
	}
	if c := r.Coverage; c != nil && c.NotJudged == nil {
		c.NotJudged = []Unjudged{}
	}
	if l := r.Load; l != nil {
		if l.Errors == nil {
			l.Errors = map[string]int{}
		}
		if l.Parts == nil {
			l.Parts = map[string]Part{}
		}
		if l.Series == nil {
			l.Series = []Second{}
		}
	}
	if d := r.Decrypt; d != nil {
		if d.Floor == nil {
			d.Floor = []Floor{}
		}
		if d.Cells == nil {
			d.Cells = []Cell{}
		}
	}
}

func (c *Check) fill() {
	if c.Basis == nil {
		c.Basis = []Basis{}
	}
	if c.Exchanges == nil {
		c.Exchanges = []Exchange{}
	}
}
