package reports

import (
	"testing"

	"sgidcheck/internal/run"
)

func TestSeverity(t *testing.T) {
	for id, want := range map[string]Severity{
		"TOKEN-05": High,       // lets a code be used twice
		"IDT-02":   Medium,     // its failure alone forges no identity
		"AUTHZ-26": Medium,     // guards against a medium threat
		"TOKEN-27": Low,        // weakens what stands against a medium threat
		"TOKEN-17": Low,        // guards against a low one
		"PKCE-07":  High,       // against two threats
		"RP-41":    High,       // the attack itself in one, a weakening in another
		"RP-70":    Medium,     //
		"DISC-01":  NoSeverity, // guards against nothing
		"NEW-01":   NoSeverity, // not known
	} {
		if got := SeverityOf(id); got != want {
			t.Errorf("%s: %s, want %s", id, got.Words(), want.Words())
		}
	}
}

// The headline names the first open threat as the worst: no later one may be graver.
func TestThreatsStandInTheOrderOfTheirSeverity(t *testing.T) {
	for _, table := range [][]threat{threats, applicationThreats} {
		for i, threat := range table {
			if threat.Severity < Low || threat.Severity > High {
				t.Errorf("%s has severity %d", threat.Name, threat.Severity)
			}
			if i > 0 && threat.Severity > table[i-1].Severity {
				t.Errorf("%s is graver than %s before it", threat.Name, table[i-1].Name)
			}
		}
	}
}

func TestWhatTakesTheTargetDownIsSevereWhateverTheCheck(t *testing.T) {
	c := run.Check{ID: "DISC-01", Verdict: run.Fail, Exchanges: []run.Exchange{{Judged: true, Error: "connection reset"}}}
	if got := severity(&c); got != Medium {
		t.Errorf("without an answer: %s", got.Words())
	}
	c.Exchanges[0].Response = &run.Response{Status: 404}
	if got := severity(&c); got != NoSeverity {
		t.Errorf("with an answer: %s", got.Words())
	}
	c.Exchanges[0].Response, c.Verdict = nil, run.Blocked
	if got := severity(&c); got != NoSeverity {
		t.Errorf("blocked: %s", got.Words())
	}
	if got := severity(&run.Check{ID: "TOKEN-05", Verdict: run.Fail, Exchanges: []run.Exchange{{Judged: true}}}); got != High {
		t.Errorf("a graver threat besides: %s", got.Words())
	}
}
