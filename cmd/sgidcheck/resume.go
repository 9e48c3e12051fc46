package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// earlierRun is a run that stopped, and what of it stands. Nil: there was none.
type earlierRun struct {
	record *run.Record
	judged []run.Check
	held   map[string][]string  // the cases that hold, of checks that were not judged to their end
	faulty map[string]run.Check // those of them that found something, which stands until they are judged again
}

// readEarlier reads the record in the folder that a run goes on with; without
// a folder there is none. A run is resumed against the same target alone,
// asked in the same way and as the same client: verdicts of two do not make one.
// A complete one is resumed for what it left out for want of logins, or of something
// that is supplied now: missing are the needs that are not met.
func readEarlier(dir string, now run.Target, settings []run.Setting, keys []string, waivers []run.Waiver, missing map[judge.Need]string) (*earlierRun, error) {
	if dir == "" {
		return nil, nil
	}
	refuse := func(format string, args ...any) (*earlierRun, error) {
		return nil, exit(exitUsage, fmt.Errorf("--resume %s: %w", dir, fmt.Errorf(format, args...)))
	}
	record, err := run.Read(recordIn(dir))
	if err != nil {
		return refuse("%w", err)
	}
	then := record.Target
	differs := sameSettings(now.Kind, record.Settings, settings)
	if differs == nil {
		differs = sameKeys(record.Keys, keys)
	}
	switch {
	case then.Kind != now.Kind:
		return refuse("that run was against %s, and this would be against %s", named(then), named(now))
	case then.Kind == "external" && then.Issuer != now.Issuer:
		return refuse("that run was against %s, not %s", then.Issuer, now.Issuer)
	case !slices.Equal(then.Faults, now.Faults):
		return refuse("that run had %s, and this would have %s", flagged("fault", then.Faults), flagged("fault", now.Faults))
	case !slices.Equal(then.Variants, now.Variants):
		return refuse("that run had %s, and this would have %s", flagged("variant", then.Variants), flagged("variant", now.Variants))
	case then.Endpoints != now.Endpoints:
		return refuse("that run had --endpoints %s, not %s", then.Endpoints, now.Endpoints)
	case differs != nil:
		return refuse("%w", differs)
	case then.Kind == "external" && then.Local != now.Local:
		return refuse("that run reached %s %s, and this would reach it %s; set resolve as it was, or start a new run without --resume", then.Issuer, reached(then), reached(now))
	}
	left := func(gap run.Gap) bool { return gap == run.WantLogins || supplied(gap, record, settings, missing) }
	if record.Complete && record.Summary.Blocked == 0 && !slices.ContainsFunc(record.Checks, func(c run.Check) bool { return lacked(c, left) }) {
		return refuse("that run is complete, and nothing that it left out can be judged now; 'sgidcheck report --out %s %s' draws its reports", dir, dir)
	}
	e := &earlierRun{record: record, held: map[string][]string{}, faulty: map[string]run.Check{}}
	for _, b := range record.Begun {
		e.held[b.ID] = b.Cases
	}
	for _, c := range record.Checks {
		open := c.Verdict == run.Blocked || c.Verdict == run.Skip
		again := open || lacked(c, left)
		if again && !open {
			e.held[c.ID] = holding(c)
		}
		switch c = judge.WaiveAnew(c, waivers, time.Now()); {
		case !again:
			e.judged = append(e.judged, c)
		case c.Faulty():
			e.faulty[c.ID] = c
		}
	}
	return e, nil
}

func named(t run.Target) string {
	if t.Kind == "embedded" {
		return "the embedded provider"
	}
	return t.Issuer
}

// reached is where the issuer's name led.
func reached(t run.Target) string {
	if t.Local {
		return "on this machine (resolve)"
	}
	return "where its name leads"
}

// flagged is how names were given on the command line by a repeatable flag.
func flagged(flag string, names []string) string {
	if len(names) == 0 {
		return "no --" + flag
	}
	return "--" + flag + " " + strings.Join(names, " --"+flag+" ")
}

// into puts what stands of the earlier run into the head of a record, so that
// there is no moment at which the file lacks it.
func (e *earlierRun) into(head *run.Record) {
	if e == nil {
		return
	}
	head.Checks, head.Resumed = slices.Clone(e.judged), e.record.Resumed+1
	for _, c := range e.record.Checks {
		if found, ok := e.faulty[c.ID]; ok {
			head.Checks = append(head.Checks, found)
		}
	}
	if e.record.Coverage != nil && head.Coverage != nil {
		head.Coverage.Join(e.record.Coverage)
	}
	for id, cases := range e.held {
		head.Begun = append(head.Begun, run.Begun{ID: id, Cases: cases})
	}
	slices.SortFunc(head.Begun, func(a, b run.Begun) int { return strings.Compare(a.ID, b.ID) })
	head.Logins = slices.Clone(e.record.Logins)
	head.Browser, head.Load, head.Decrypt = e.record.Browser, e.record.Load, e.record.Decrypt
	note := fmt.Sprintf("this run resumes one that stopped at %s; %d verdicts are from that run", e.record.Started.Format("2006-01-02 15:04:05 MST"), len(e.judged))
	if e.record.Tool.Version != version {
		note += ", by version " + e.record.Tool.Version
	}
	head.Notes = append(slices.Clone(e.record.Notes), note)
}

// lacked reports that a check, or cases of one that was judged, were left out for such
// a gap.
func lacked(c run.Check, such func(run.Gap) bool) bool {
	return c.Verdict == run.Skip && such(c.Gap) || slices.ContainsFunc(c.LeftOut(), func(one run.Case) bool { return such(one.Gap) })
}

// wants reports that something was left out for one of the gaps.
func wants(r *run.Record, gaps ...run.Gap) bool {
	return slices.ContainsFunc(r.Checks, func(c run.Check) bool {
		return lacked(c, func(gap run.Gap) bool { return slices.Contains(gaps, gap) })
	})
}

// suppliable are the gaps that a setting closes, which a run that is resumed may have.
var suppliable = map[run.Gap]struct {
	need    judge.Need
	setting string
}{
	run.WantClient:  {judge.SecondClient, "second-client-id"},
	run.WantPerson:  {judge.SecondPerson, "people"},
	run.WantTime:    {judge.Time, "slow"},
	run.WantConsent: {judge.Disruption, "allow-disruptive"},
}

// supplied reports that the earlier run lacked what closes the gap, and this one has it.
func supplied(gap run.Gap, then *run.Record, now []run.Setting, missing map[judge.Need]string) bool {
	if gap == run.WantBrowser {
		return then.Browser == nil && missing[judge.Browser] == ""
	}
	by, known := suppliable[gap]
	value := func(settings []run.Setting) string {
		i := slices.IndexFunc(settings, func(s run.Setting) bool { return s.Name == by.setting })
		if i < 0 {
			return ""
		}
		return settings[i].Value
	}
	return known && missing[by.need] == "" && value(then.Settings) != value(now)
}

func holding(c run.Check) []string {
	out := []string{} // the record wants a list, also where none holds
	for _, one := range c.Cases {
		if one.Verdict == run.Pass {
			out = append(out, one.Name)
		}
	}
	return out
}

// goesOn tells a choice what need not be judged again.
func (e *earlierRun) goesOn(c judge.Choice) judge.Choice {
	if e == nil {
		return c
	}
	worked := e.worked()
	for _, judged := range e.judged {
		if e.heldOver(judged.ID) {
			c.Again = append(c.Again, judged.ID)
		} else {
			c.Judged = append(c.Judged, judged.ID)
		}
	}
	c.Held, c.LoginKnown = e.held, worked["AUTHZ-01"] && worked["TOKEN-01"]
	return c
}

// heldOver reports that a check judges a whole run, and has held over the part before.
func (e *earlierRun) heldOver(id string) bool {
	if e == nil {
		return false
	}
	check, _ := judge.Lookup(id)
	return check.Phase == judge.Closing && slices.ContainsFunc(e.judged, func(c run.Check) bool { return c.ID == id && c.Verdict == run.Pass })
}

// stands reports whether what a check came to now changes nothing: it held over the
// part before, and this part found nothing against it.
func (e *earlierRun) stands(now run.Check) bool {
	return now.Verdict != run.Fail && now.Verdict != run.Warn && now.Verdict != run.Waived && e.heldOver(now.ID)
}

// with is what the record holds of a check that was judged again: what the part before
// found stands where this part has not tried the same.
func (e *earlierRun) with(now run.Check) run.Check {
	if e == nil {
		return now
	}
	found, ok := e.faulty[now.ID]
	open := func(v run.Verdict) bool { return v == run.Skip || v == run.Blocked }
	untried := func(name string) bool {
		i := slices.IndexFunc(now.Cases, func(c run.Case) bool { return c.Name == name })
		return i < 0 && name != run.OutsideCases || i >= 0 && open(now.Cases[i].Verdict)
	}
	switch {
	case !ok || !open(now.Verdict) && !slices.ContainsFunc(found.Objecting(), untried):
		return now
	case now.Faulty():
		return run.MergeCheck(&found, &now)
	}
	return found
}

// worked are the checks that were seen to hold; nil where there was no earlier run.
func (e *earlierRun) worked() map[string]bool {
	if e == nil {
		return nil
	}
	worked := map[string]bool{}
	for _, c := range e.judged {
		if c.Verdict == run.Pass {
			worked[c.ID] = true
		}
	}
	for id, cases := range e.held {
		for _, name := range cases {
			worked[id+" "+name] = true
		}
	}
	return worked
}

// roots are the checks that found the cause of what others would find; nil where there
// was no earlier run.
func (e *earlierRun) roots() map[string]bool {
	if e == nil {
		return nil
	}
	roots := map[string]bool{}
	for _, c := range e.judged {
		roots[c.ID] = c.Root
	}
	return roots
}
