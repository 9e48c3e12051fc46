package suites

import (
	"testing"

	"sgidcheck/internal/run"
)

// at_hash is made with the hash of the token's alg (OpenID Connect Core section
// 3.1.3.6): another alg than RS256 is one failure, of IDT-01.
func TestTheHashOfAnotherAlgIsNotHeldAgainstThatOfRS256(t *testing.T) {
	w := newWorld(t)
	for alg, want := range map[string]run.Verdict{"RS512": run.Blocked, "ES384": run.Blocked, "RS256": run.Fail} {
		for _, hash := range []string{"at_hash", "c_hash"} {
			w.rewriting("/oauth/token", func(answer map[string]any) map[string]any {
				answer = inToken(0)(w, answer, func(header map[string]any) { header["alg"] = alg })
				return inToken(1)(w, answer, func(claims map[string]any) { claims[hash] = "MzJuZC1vZi1hLXNoYS01MTItaGFzaC1vZi1pdCEhIQ" })
			})
			c := w.judge(t, "IDT-01", "IDT-10")["IDT-10"]
			if c.Verdict != want || want == run.Blocked && c.BlockedBy != "IDT-01" {
				t.Errorf("%s, %s: %s by %q: %s%s", alg, hash, c.Verdict, c.BlockedBy, c.Observed, c.Reason)
			}
		}
	}
	w.rewriting("/oauth/token", func(answer map[string]any) map[string]any {
		return inToken(0)(w, answer, func(header map[string]any) { header["alg"] = "RS512" })
	})
	if c := w.judge(t, "IDT-10")["IDT-10"]; c.Verdict != run.Pass {
		t.Errorf("neither hash is there: %s: %s%s", c.Verdict, c.Observed, c.Reason)
	}
}
