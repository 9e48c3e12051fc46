package reports

import (
	"os"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func waived(c run.Check) run.Check {
	c.Verdict = run.Waived
	return c
}

func waivedWarning(c run.Check) run.Check {
	c.Verdict, c.Waiver = run.Waived, &run.Waiver{Covers: run.Warn, Reason: "r", Until: "2999-01-01"}
	return c
}

func outside(id string) run.Check {
	return run.Check{ID: id, Level: "MUST", Verdict: run.Skip, Gap: run.NotApplicable}
}

func TestThreats(t *testing.T) {
	check := func(id string, v run.Verdict) run.Check { return run.Check{ID: id, Level: "MUST", Verdict: v} }
	all := func(v run.Verdict, but ...run.Check) (out []run.Check) {
		for _, id := range []string{"TOKEN-05", "TOKEN-06", "TOKEN-07", "TOKEN-25", "TOKEN-33", "BROW-08"} {
			c := check(id, v)
			for _, b := range but {
				if b.ID == id {
					c = b
				}
			}
			out = append(out, c)
		}
		return out
	}
	for _, c := range []struct {
		name   string
		checks []run.Check
		want   mitigation
	}{
		{"a code was taken twice", all(run.Pass, judgedBy("TOKEN-05", 200)), threatOpen},
		{"a page with 200 and no token", all(run.Pass, judgedWith("TOKEN-05", &run.Response{Status: 200, Body: "<h1>Error</h1> no access_token"})), threatWeakened},
		{"a null token", all(run.Pass, judgedWith("TOKEN-05", &run.Response{Status: 200, Body: `{"access_token":null}`})), threatWeakened},
		{"a redirect, which is no token response", all(run.Pass, judgedBy("TOKEN-05", 302)), threatWeakened},
		{"a failure without a judged exchange", all(run.Pass, check("TOKEN-05", run.Fail)), threatWeakened},
		{"refused with the wrong code", all(run.Pass, judgedBy("TOKEN-05", 400)), threatWeakened},
		{"refused by falling over", all(run.Pass, judgedBy("TOKEN-05", 500)), threatWeakened},
		{"no answer", all(run.Pass, judgedBy("TOKEN-05", 0)), threatWeakened},
		{"a SHOULD does not hold", all(run.Pass, check("TOKEN-06", run.Warn)), threatWeakened},
		{"waived, and a code was taken twice", all(run.Pass, waived(judgedBy("TOKEN-05", 200))), threatAccepted},
		{"a warning is waived, beside a code that was taken twice", all(run.Pass, waivedWarning(judgedBy("TOKEN-05", 200))), threatWeakened},
		{"waived, without evidence", all(run.Pass, check("TOKEN-05", run.Waived)), threatWeakened},
		{"one waived, another open", all(run.Pass, waived(judgedBy("TOKEN-05", 200)), judgedBy("TOKEN-07", 200)), threatOpen},
		{"one guard does not apply", all(run.Pass, outside("BROW-08")), threatMitigated},
		{"no guard applies", []run.Check{outside("TOKEN-05"), outside("TOKEN-06"), outside("TOKEN-07"), outside("TOKEN-25"), outside("TOKEN-33"), outside("BROW-08")}, threatNotApplicable},
		{"an observation judges no guard", all(run.Pass, check("TOKEN-06", run.Info)), threatPartly},
		{"one guard not in the run", all(run.Pass)[1:], threatPartly},
		{"one guard skipped", all(run.Pass, check("TOKEN-25", run.Skip)), threatPartly},
		{"one guard blocked", all(run.Pass, check("TOKEN-05", run.Blocked)), threatPartly},
		{"all guards hold", all(run.Pass), threatMitigated},
		{"all guards blocked", all(run.Blocked), threatUntested},
		{"no guard in the run", []run.Check{check("DISC-01", run.Pass)}, threatUntested},
	} {
		for _, d := range judgeThreats(&run.Record{Checks: c.checks}) {
			if d.Name == "Code replayed" && d.State != c.want {
				t.Errorf("%s: %s, want %s", c.name, d.State, c.want)
			}
		}
	}
}

func TestThreatsOfSilenceAndContent(t *testing.T) {
	state := func(name string, checks ...run.Check) mitigation {
		for _, d := range judgeThreats(&run.Record{Checks: checks}) {
			if d.Name == name {
				return d.State
			}
		}
		t.Fatalf("no threat %q", name)
		return ""
	}
	if got := state("Service taken down", judgedBy("UINFO-09", 0)); got != threatOpen {
		t.Errorf("any request without an answer opens it: %s", got)
	}
	if got := state("Service taken down", judgedBy("TOKEN-22", 500)); got != threatWeakened {
		t.Errorf("a 500 does not: %s", got)
	}
	if got := state("Internals disclosed", judgedBy("TOKEN-23", 500)); got != threatOpen {
		t.Errorf("a stack trace in a 500 is one: %s", got)
	}
	if got := state("Script in the login page", judgedBy("AUTHZ-23", 400)); got != threatOpen {
		t.Errorf("script in an error page runs, too: %s", got)
	}
}

// Whoever reads "Mitigated" believes that nothing of the kind was seen: a waiver accepts
// that a request takes the service down, and does not unsee it.
func TestAWaiverDoesNotHideThatTheServiceWasTakenDown(t *testing.T) {
	for _, c := range []struct {
		covers   run.Verdict
		state    mitigation
		clause   bool
		severity Severity // of a check that guards against nothing
	}{{run.Fail, threatAccepted, true, Medium}, {run.Warn, threatMitigated, false, NoSeverity}} {
		var checks []run.Check
		for _, id := range []string{"TOKEN-22", "UINFO-05", "AUTHZ-18", "TOKEN-21", "AUTHZ-31"} {
			checks = append(checks, run.Check{ID: id, Level: "MUST", Verdict: run.Pass})
		}
		down := judgedBy("UINFO-03", 0)
		down.Verdict, down.Waiver = run.Waived, &run.Waiver{Covers: c.covers, Reason: "r", Until: "2999-01-01"}
		r := &run.Record{Complete: true, Checks: append(checks, down), Coverage: &run.Coverage{}}
		r.Count()
		for _, j := range judgeThreats(r) {
			if j.Name == "Service taken down" && j.State != c.state {
				t.Errorf("waived %s: %s, want %s", c.covers, j.State, c.state)
			}
		}
		if said := strings.Contains(Verdict(r), "lets a single request take the service down"); said != c.clause {
			t.Errorf("waived %s: %s", c.covers, Verdict(r))
		}
		down.ID = "DISC-01"
		if got := severity(&down); got != c.severity {
			t.Errorf("waived %s: severity %s, want %s", c.covers, got.Words(), c.severity.Words())
		}
	}
}

// A threat is open only where the run has seen the attack go through.
func TestThreatsAreOpenOnEvidence(t *testing.T) {
	redirect := func(status int, to string) *run.Response {
		return &run.Response{Status: status, Headers: []run.Header{{Name: "location", Value: to}}}
	}
	page := &run.Response{Status: 200, Body: "<form>"}
	for _, c := range []struct {
		name, threat string
		check        run.Check
		want         mitigation
	}{
		{"an unregistered redirect URI leads to a login page", "Code sent to the attacker", judgedWith("AUTHZ-08", page), threatWeakened},
		{"an unregistered redirect URI receives an error", "Code sent to the attacker", judgedWith("AUTHZ-08", redirect(302, "https://sgidcheck.example/callback?error=access_denied")), threatWeakened},
		{"an unregistered redirect URI receives a code", "Code sent to the attacker", judgedWith("AUTHZ-08", redirect(302, "https://sgidcheck.example/callback?state=1&code=[redacted]")), threatOpen},
		{"a code in a fragment", "Code sent to the attacker", judgedWith("AUTHZ-14", redirect(303, "https://sgidcheck.example/callback#code=[redacted]")), threatOpen},
		{"a parameter that only ends like a code", "Code sent to the attacker", judgedWith("AUTHZ-08", redirect(302, "https://sgidcheck.example/callback?error_code=7")), threatWeakened},
		{"an error goes to an unregistered redirect URI", "Open redirect", judgedWith("AUTHZ-08", redirect(302, "https://sgidcheck.example/callback?error=access_denied")), threatOpen},
		{"a redirect to a page of the provider's", "Open redirect", judgedWith("AUTHZ-08", redirect(302, "/error")), threatWeakened},
		{"a login page without a challenge", "PKCE downgraded", judgedWith("PKCE-01", page), threatWeakened},
		{"a code without a challenge", "PKCE downgraded", judgedWith("PKCE-01", redirect(302, "http://127.0.0.1/callback?code=[redacted]")), threatOpen},
		{"an unknown client sees a login page", "Impersonation across clients", judgedWith("AUTHZ-07", page), threatWeakened},
		{"data without a token", "Personal data without a token", judgedWith("UINFO-03", &run.Response{Status: 200, Body: `{"sub":"[redacted]","data":{}}`}), threatOpen},
		{"an empty answer without a token", "Personal data without a token", judgedWith("UINFO-03", &run.Response{Status: 200, Body: `{}`}), threatWeakened},
		{"a code redirect with 307", "Login data sent on", judgedWith("AUTHZ-26", redirect(307, "http://127.0.0.1/callback?code=[redacted]")), threatOpen},
		{"a code redirect with 301", "Login data sent on", judgedWith("AUTHZ-26", redirect(301, "http://127.0.0.1/callback?code=[redacted]")), threatWeakened},
		{"private keys published", "Forged identity", judgedWith("JWKS-02", page), threatOpen},
		{"another signature algorithm", "Forged identity", judgedWith("IDT-01", page), threatWeakened},
		{"an incomplete certificate chain", "Eavesdropping", run.Check{ID: "TLS-01", Level: "MUST", Verdict: run.Fail}, threatWeakened},
		{"codes that can be guessed", "Codes and tokens guessed", run.Check{ID: "AUTHZ-29", Level: "MUST", Verdict: run.Fail}, threatOpen},
	} {
		found := false
		for _, j := range judgeThreats(&run.Record{Checks: []run.Check{c.check}}) {
			if j.Name != c.threat {
				continue
			}
			found = true
			if j.State != c.want {
				t.Errorf("%s: %s, want %s", c.name, j.State, c.want)
			}
		}
		if !found {
			t.Errorf("%s: there is no threat %q", c.name, c.threat)
		}
	}
}

func TestThreatsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, th := range slices.Concat(threats, applicationThreats) {
		if th.Name == "" || th.Lets == "" || th.Story == "" || len(th.Refs) == 0 || len(th.Guards) == 0 {
			t.Errorf("%s lacks something", th.Name)
		}
		if key := th.Name + th.Story; seen[key] {
			t.Errorf("%s twice", th.Name)
		} else {
			seen[key] = true
		}
		for _, r := range th.Refs {
			if link(r.Basis()) == "" {
				t.Errorf("%s: no link for %v", th.Name, r)
			}
		}
		sorted := slices.Compact(slices.Sorted(slices.Values(th.ids())))
		if len(sorted) != len(th.Guards) {
			t.Errorf("%s: a guard twice", th.Name)
		}
	}
	// The catalogue's IDs are a contract, and this is the list of them.
	published, err := os.ReadFile("../cmd/sgidcheck/testdata/published-ids.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, id := range strings.Fields(string(published)) {
		known[id] = true
	}
	for _, th := range threats {
		for _, id := range th.ids() {
			if !known[id] {
				t.Errorf("%s is guarded by %s, which is no check", th.Name, id)
			}
		}
	}
}

func TestFailingPutsTheWorstFirst(t *testing.T) {
	r := &run.Record{Checks: []run.Check{judgedBy("DISC-01", 200), judgedBy("TOKEN-05", 200), judgedBy("TOKEN-08", 500), judgedBy("TOKEN-14", 200)}}
	var got []string
	for _, c := range failing(r) {
		got = append(got, c.ID)
	}
	if want := []string{"TOKEN-14", "TOKEN-05", "DISC-01", "TOKEN-08"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
