package run

import (
	"fmt"
	"slices"
	"strings"
)

// Masked says that the value is not shown, as it is or may be a secret.
func (s Setting) Masked() bool {
	return strings.HasPrefix(s.Value, "(set, ") || strings.Contains(s.Value, "[redacted ")
}

// sameClients is an error where the records are of two clients: what one left
// unjudged is not what holds of another.
func sameClients(records []*Record) error {
	if who := OtherClients(records...); who != "" {
		return fmt.Errorf("the records are of different clients, %s: compare them instead", who)
	}
	return nil
}

// OtherClients names the two clients that the records are of, or is empty. A record that
// does not say who its client was, such as one against the embedded provider, which makes
// its own, may be of any.
func OtherClients(records ...*Record) string {
	for _, key := range []string{"client-id", "second-client-id"} {
		known := ""
		for _, r := range records {
			i := slices.IndexFunc(r.Settings, func(s Setting) bool { return s.Name == key })
			if i < 0 || r.Settings[i].Masked() {
				continue
			}
			switch id := strings.TrimSpace(r.Settings[i].Value); {
			case id == "" || id == known:
			case known == "":
				known = id
			default:
				return fmt.Sprintf("%s %q and %q", key, known, id)
			}
		}
	}
	return ""
}

// OtherLoads says in what the loads of two runs were not the same, or is empty. The rate
// that a search ended with is what it found, and not what was asked for.
func OtherLoads(a, b *Load) string {
	switch {
	case a == nil || b == nil:
	case a.Scenario != b.Scenario:
		return fmt.Sprintf("the scenario is %s in one and %s in the other", a.Scenario, b.Scenario)
	case a.RateAsked != b.RateAsked && len(a.Search)+len(b.Search) == 0:
		return fmt.Sprintf("%g a second were asked for in one and %g in the other", a.RateAsked, b.RateAsked)
	case a.Plan != nil && b.Plan != nil:
		return a.Plan.differs(b.Plan)
	}
	return ""
}
