package judge

import "sgidcheck/internal/run"

// Mixed says that what is judged was seen in a login whose other parts other
// checks vary. Where it does not hold, it is judged once more with a login of
// its own.
func (t *T) Mixed() { t.mixed = true }

// Alone reports that a login of its own is wanted now.
func (t *T) Alone() bool { return t.alone }

// surely runs body, and once more by itself where what it found may be another
// check's doing. Where no login is left for that, what was found stands, and the
// record says so.
func (t *T) surely(body func()) (ended *stop) {
	t.mixed = false
	kept := *t
	ended = t.guard(body)
	if !t.mixed || t.broken != "" || len(t.findings) == len(kept.findings) && (ended == nil || ended.kind != stopBlocked) || t.Context.Err() != nil {
		return ended
	}
	first, how := *t, ended
	t.assertions, t.findings, t.cases, t.seen, t.skipped, t.blocked, t.root = kept.assertions, kept.findings, kept.cases, kept.seen, kept.skipped, kept.blocked, kept.root
	t.alone = true
	ended = t.guard(body)
	t.alone, t.mixed = false, false
	if ended != nil && ended.kind == stopSkipped && ended.gap == run.WantLogins {
		t.assertions, t.findings, t.cases, t.seen, t.skipped, t.blocked, t.root = first.assertions, first.findings, first.cases, first.seen, first.skipped, first.blocked, first.root
		t.Observe("seen in a login that other checks shared, and no login was left to see it in one of its own")
		return how
	}
	return ended
}

// Certain says that what was found can be nobody else's doing.
func (t *T) Certain() { t.mixed = false }
