package reports

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// The colours of a headline.
const (
	green = "green" // everything that applies was judged and holds
	amber = "amber" // nothing fails, and not everything is known
	red   = "red"   // something fails
)

// headline is the first line of every report: how much was judged, and what it
// came to. Rest is clauses without a full stop.
type headline struct {
	Word string // Ready, Incomplete or Measured; mostly empty
	Rest string
	Tone string
}

// Verdict returns the first line of every report: for people who read no
// further. "Ready" stands in it only where a whole run against a target that is
// no mock has judged every MUST check that applies, and each holds.
func Verdict(r *run.Record) string { return headlineOf(r).String() }

func (h headline) String() string {
	if h.Word == "" {
		return h.Rest + "."
	}
	return h.Word + ": " + h.Rest + "."
}

// Lead is what the headline begins with and its colour marks: the word, or the
// first clause. Tail is the rest.
func (h headline) Lead() string {
	if h.Word != "" {
		return h.Word + ":"
	}
	first, _, _ := strings.Cut(h.Rest, ";")
	return first
}

// Tail is what follows Lead.
func (h headline) Tail() string { return strings.TrimPrefix(h.String(), h.Lead()) }

// Short is the headline in a few words.
func (h headline) Short() string {
	if h.Word != "" {
		return h.Word
	}
	first, _, _ := strings.Cut(h.Rest, ";")
	first, _, _ = strings.Cut(first, ":")
	return first
}

func headlineOf(r *run.Record) headline {
	c, whole := coverageOf(r)
	switch {
	case r.Verdict == run.RunFail:
		return headline{"", clausesOf(failures(r, c, whole), accepted(r, c), unjudgedShort(c), endedEarly(r), unlooked(r.Load)), red}
	case r.Verdict == run.RunIncomplete:
		return headline{"Incomplete", clausesOf(undecided(r), accepted(r, c), unjudged(c), unlooked(r.Load)), amber}
	case len(r.Checks) == 0 && r.Coverage == nil:
		return measured(r)
	case c.Waived > 0:
		return headline{"", clausesOf(clausesOf(accepted(r, c), unjudged(c))+scope(c), warnings(r), underLoad(r)), amber}
	case len(c.NotJudged) > 0:
		return headline{"", clausesOf("No failure, but "+unjudged(c)+scope(c), warnings(r), underLoad(r)), amber}
	case !whole:
		return headline{"", clausesOf(fmt.Sprintf("No failure among %s; the record does not say what it left out", plural(c.Judged, "MUST check")), warnings(r), underLoad(r)), amber}
	case c.Applicable == 0:
		return headline{"", clausesOf("No MUST check applies, and so none was judged"+scope(c), warnings(r), underLoad(r)), amber}
	}
	h := headline{"", fmt.Sprintf("All %s MUST checks that apply hold", thousands(c.Applicable)), green}
	if c.Applicable == 1 {
		h.Rest = "The one MUST check that applies holds"
	}
	if r.Ready() {
		h.Word, h.Rest = "Ready", strings.ToLower(h.Rest[:1])+h.Rest[1:]
	}
	h.Rest = clausesOf(h.Rest+scope(c), warnings(r), underLoad(r))
	return h
}

func clausesOf(clauses ...string) string {
	return strings.Join(slices.DeleteFunc(clauses, func(s string) bool { return s == "" }), "; ")
}

// coverageOf is the record's coverage. For a record that has none it is what can
// be told from its checks, and whole is false.
func coverageOf(r *run.Record) (c *run.Coverage, whole bool) {
	if r.Coverage != nil {
		return r.Coverage, true
	}
	old := run.Record{Checks: r.Checks, Coverage: &run.Coverage{}}
	old.Count()
	return old.Coverage, false
}

// failures says what fails. Its numbers are those of the failures in JUnit's.
func failures(r *run.Record, c *run.Coverage, whole bool) string {
	var parts []string
	if n := r.Summary.Fail; n > 0 {
		text := plural(n, "MUST check") + verb(n, " fails", " fail")
		if whole {
			text = fmt.Sprintf("%s of %s%s", thousands(n), plural(c.Applicable, "MUST check"), verb(n, " fails", " fail"))
		}
		parts = append(parts, text, worst(r, n, func(t judgedThreat) bool { return t.State == threatOpen }))
	}
	parts = append(parts, loadFailures(r))
	if n := r.Summary.Warnings(); n > 0 && r.Strict {
		parts = append(parts, plural(n, "warning")+verb(n, " counts", " count")+" as failure under --strict")
	}
	return clausesOf(parts...)
}

// worst says what the gravest of the threats that are meant lets happen, as one
// of n findings; "" where there is none.
func worst(r *run.Record, n int, meant func(judgedThreat) bool) string {
	judged := judgeThreats(r)
	for _, t := range threatsOf(r) {
		for _, j := range judged {
			if j.Name == t.Name && meant(j) {
				return verb(n, "it ", "the worst ") + t.Lets
			}
		}
	}
	return ""
}

// accepted says which MUST failures waivers cover.
func accepted(r *run.Record, c *run.Coverage) string {
	if c.Waived == 0 {
		return ""
	}
	return clausesOf(plural(c.Waived, "MUST failure")+verb(c.Waived, " is accepted by a waiver", " are accepted by waivers"),
		worst(r, c.Waived, func(t judgedThreat) bool { return t.accepted }))
}

var gapWords = map[run.Gap]string{
	run.WantLogins: "for want of logins", run.WantClient: "for want of a second client", run.WantPerson: "for want of a person",
	run.WantBrowser: "for want of a browser", run.WantTime: "for want of time (--slow)", run.WantConsent: "for want of permission (--allow-disruptive)",
	run.WantHTTPS: "for want of https", run.WantEvidence: "with nothing to judge them by", run.NotSelected: "not selected",
	run.NotReached: "not reached", run.WasBlocked: "blocked",
}

// unjudged says how many of the MUST checks that apply were not judged, and why.
func unjudged(c *run.Coverage) string {
	n := len(c.NotJudged)
	if n == 0 {
		return ""
	}
	count := map[run.Gap]int{}
	var gaps []run.Gap
	for _, u := range c.NotJudged {
		if count[u.Gap]++; count[u.Gap] == 1 {
			gaps = append(gaps, u.Gap)
		}
	}
	slices.SortStableFunc(gaps, func(a, b run.Gap) int { return count[b] - count[a] })
	words := make([]string, len(gaps))
	for i, g := range gaps {
		words[i] = thousands(count[g]) + " " + gapWords[g]
	}
	return fmt.Sprintf("%s of %s%s %s: %s", thousands(n), plural(c.Applicable, "MUST check"), verb(n, " was", " were"), notJudged(c), strings.Join(words, ", "))
}

func unjudgedShort(c *run.Coverage) string {
	n := len(c.NotJudged)
	if n == 0 {
		return ""
	}
	return thousands(n) + verb(n, " was", " were") + " " + notJudged(c)
}

// notJudged is what became of the checks that a run has left out, some of them in part.
func notJudged(c *run.Coverage) string {
	if slices.ContainsFunc(c.NotJudged, func(u run.Unjudged) bool { return len(u.Cases) > 0 }) {
		return "not judged in full"
	}
	return "not judged"
}

// scope says which areas a run speaks of that does not speak of all.
func scope(c *run.Coverage) string {
	if len(c.Areas) == 0 || slices.Equal(c.Areas, []string{"RP"}) { // all that judges a relying party
		return ""
	}
	var others []string
	for _, area := range run.ProviderAreas() {
		if !slices.Contains(c.Areas, area) {
			others = append(others, area)
		}
	}
	if len(others) > 0 && len(others) < len(c.Areas) {
		return ", in every area but " + listed(others)
	}
	return ", in " + listed(c.Areas) + " alone"
}

func listed(words []string) string {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = clip(w, 20)
	}
	if len(shown) < 2 {
		return strings.Join(shown, "")
	}
	last := len(shown) - 1
	return strings.Join(shown[:last], ", ") + " and " + shown[last]
}

func warnings(r *run.Record) string {
	if n := r.Summary.Warnings(); n > 0 {
		return plural(n, "warning")
	}
	return ""
}

// underLoad says what a load that failed in nothing does not show, or "".
func underLoad(r *run.Record) string {
	return clausesOf(harnessLimit(r.Load, "the limit of the load"), unlooked(r.Load))
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// endedEarly says why the run has not come to its end, or "".
func endedEarly(r *run.Record) string {
	switch {
	case r.Load != nil && len(r.Load.Shards) > 0 && r.Load.Stopped != "":
		return clip(r.Load.Stopped, 300)
	case !r.Complete && r.Stopped != "":
		return "the run ended early (" + clip(r.Stopped, 160) + ")"
	case !r.Complete:
		return "the run did not come to its end"
	case r.Load != nil && r.Load.Stopped != "":
		return "the load test ended early (" + clip(r.Load.Stopped, 160) + ")"
	}
	return ""
}

// broken says that a run as a whole came to less than was asked of it, beside what
// checks and thresholds say each for itself.
func broken(r *run.Record) bool { return !r.Complete || len(r.Load.Judge().Gaps) > 0 }

// incomplete says that a run found out less than was asked of it, whatever it found.
func incomplete(r *run.Record) bool { return broken(r) || r.Verdict == run.RunIncomplete }

func undecided(r *run.Record) string {
	var parts []string
	if r.Summary.Blocked > 0 {
		parts = append(parts, plural(r.Summary.Blocked, "check")+" could not be judged")
	}
	if early := endedEarly(r); early != "" {
		parts = append(parts, early)
	}
	for _, doubt := range r.Load.Judge().Doubts() {
		parts = append(parts, clip(doubt, 300))
	}
	if d := r.Decrypt; d != nil && len(d.Void) > 0 && len(r.Checks) == 0 {
		var causes []string // without the figures that follow
		for _, v := range d.Void {
			if cause, _, _ := strings.Cut(v.Reason, ":"); !slices.Contains(causes, cause) {
				causes = append(causes, cause)
			}
		}
		parts = append(parts, fmt.Sprintf("%s of decryption %s void: %s", plural(len(d.Void), "measurement"), verb(len(d.Void), "is", "are"), clip(strings.Join(causes, "; "), 300)))
	}
	if s := r.Summary; s.Skip > 0 && s.Skip == s.Total() {
		parts = append(parts, "every check was skipped")
	}
	switch {
	case len(r.Checks) > 0:
	case r.Load == nil && r.Decrypt == nil:
		parts = append(parts, "the record holds no check and no figure")
	case r.Coverage != nil && r.Complete:
		parts = append(parts, "no check was judged")
	}
	if c := r.Coverage; c != nil && len(c.NotJudged) > 0 && r.Require == run.RequireComplete {
		parts = append(parts, "not all that applies was judged (--require complete)")
	}
	if len(parts) == 0 {
		parts = append(parts, "the run is incomplete")
	}
	return strings.Join(parts, ", and ")
}
