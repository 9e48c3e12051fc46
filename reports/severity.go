package reports

import (
	"slices"

	"sgidcheck/internal/run"
)

// Severity is what an attacker gains where a check does not hold. It stands
// beside the check's level, which says how binding its clause is.
type Severity int

// The severities. No severity has a check that guards against no attack: where it
// does not hold, logins break or relying parties are hampered.
const (
	NoSeverity Severity = iota
	Low
	Medium
	High
)

// SeverityRule says in the words of a document how the severity comes about.
const SeverityRule = "Severity says what an attacker gains if the check fails: that of the gravest threat that the check guards against, and one grade " +
	"lower if the failure alone does not allow the attack but weakens a defence against it. " +
	"High: the attacker gets somebody else's identity, data or codes. Medium: it brings an attack closer, or harms the service. Low: it helps to prepare an attack. " +
	"A check without a severity guards against no attack: its failure breaks logins or hampers relying parties. " +
	"The level says how binding the clause is, whatever the severity."

// String is the severity as every report writes it; "" where there is none.
func (s Severity) String() string { return [...]string{"", "low", "medium", "high"}[s] }

// Words is String where a word has to stand.
func (s Severity) Words() string {
	if s == NoSeverity {
		return "none"
	}
	return s.String()
}

// SeverityOf returns the severity of the check of that ID.
func SeverityOf(id string) Severity {
	worst := NoSeverity
	for _, t := range slices.Concat(threats, applicationThreats) {
		for _, g := range t.Guards {
			if g.ID == id {
				worst = max(worst, g.severity(t))
			}
		}
	}
	return worst
}

// severity is that of the threat; one grade lower for a guard whose failure does
// not show the attack.
func (g guard) severity(t threat) Severity {
	if g.By == byNothing {
		return max(t.Severity-1, Low)
	}
	return t.Severity
}

// severity is that of the check, and at least that of a service taken down where
// this run has seen that.
func severity(c *run.Check) Severity {
	s := SeverityOf(c.ID)
	if !failed(c) || !bySilence.shown(c) {
		return s
	}
	for _, t := range threats {
		if slices.ContainsFunc(t.Guards, func(g guard) bool { return g.By == bySilence }) {
			s = max(s, t.Severity)
		}
	}
	return s
}

// GuardedBy returns the names of the threats that the check of that ID guards
// against, the gravest first.
func GuardedBy(id string) []string {
	var names []string
	for _, t := range guardedBy(id) {
		names = append(names, t.Name)
	}
	return names
}

// levelWords is the level with the severity beside it: "MUST, severity high".
func levelWords(c *run.Check) string {
	if s := severity(c); s != NoSeverity {
		return inertLine(c.Level) + ", severity " + s.String()
	}
	return inertLine(c.Level)
}
