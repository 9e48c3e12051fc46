package judge

import (
	"maps"
	"slices"
	"testing"

	"sgidcheck/internal/run"
)

// catalogueOf replaces the registered checks for one test.
func catalogueOf(t *testing.T, checks ...Check) {
	t.Helper()
	kept := registry
	t.Cleanup(func() { registry = kept })
	registry = slices.Clone(checks)
}

func ids(plan []Planned, skipped bool) []string {
	var out []string
	for _, p := range plan {
		if (p.Skip != "") == skipped {
			out = append(out, p.Check.ID)
		}
	}
	return out
}

func TestPlanOrdersByPhaseAndCatalogue(t *testing.T) {
	catalogueOf(t,
		Check{ID: "UINFO-03", Phase: Disrupting}, Check{ID: "TOKEN-10", Phase: Refusing}, Check{ID: "TOKEN-02", Phase: Refusing},
		Check{ID: "DISC-02"}, Check{ID: "AUTHZ-01", Phase: LoggingIn}, Check{ID: "DISC-01"}, Check{ID: "TOKEN-17", Phase: Closing})
	want := []string{"DISC-01", "DISC-02", "AUTHZ-01", "TOKEN-02", "TOKEN-10", "UINFO-03", "TOKEN-17"}
	if got := ids(Plan(Choice{}), false); !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestPlanSelects(t *testing.T) {
	catalogueOf(t, Check{ID: "DISC-01"}, Check{ID: "DISC-02"}, Check{ID: "TOKEN-01"}, Check{ID: "TOKEN-11"}, Check{ID: "BROW-01"})
	tests := []struct {
		name   string
		choice Choice
		want   []string
	}{
		{"a glob less one ID", Choice{Select: []string{"TOKEN-*"}, Skip: []string{"TOKEN-11"}}, []string{"TOKEN-01"}},
		{"an area in lower case", Choice{Select: []string{"disc"}}, []string{"DISC-01", "DISC-02"}},
		{"the areas of a command", Choice{Areas: []string{"BROW"}}, []string{"BROW-01"}},
		{"everything", Choice{}, []string{"DISC-01", "DISC-02", "TOKEN-01", "TOKEN-11", "BROW-01"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ids(Plan(tt.choice), false); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	if err := CheckPatterns([]string{"TOKEN-*", "TOKEN-99"}); err == nil {
		t.Error("a pattern that chooses nothing is taken")
	}
}

func TestPlanSkipsWhatIsMissing(t *testing.T) {
	catalogueOf(t, Check{ID: "TOKEN-16", Needs: []Need{Login, SecondClient}}, Check{ID: "DATA-01", Scope: "myinfo.name"}, Check{ID: "DATA-02", Scope: "myinfo.sex"})
	plan := Plan(Choice{Missing: map[Need]string{SecondClient: "no second client"}, Scopes: []string{"openid", "myinfo.name"}})
	if got := ids(plan, true); !slices.Equal(got, []string{"TOKEN-16", "DATA-02"}) {
		t.Errorf("skipped %v", got)
	}
}

// What is lacking is distinguished from what does not apply to the target.
func TestPlanSaysWhatIsLacking(t *testing.T) {
	catalogueOf(t,
		Check{ID: "TOKEN-16", Level: MUST, Needs: []Need{Login, SecondClient}}, Check{ID: "DATA-01", Level: MUST, Scope: "myinfo.name"}, Check{ID: "DATA-02", Level: MUST, Scope: "myinfo.sex"},
		Check{ID: "TLS-01", Level: MUST, Needs: []Need{HTTPS}}, Check{ID: "TLS-02", Level: MUST, Needs: []Need{Disruption, HTTPS}},
		Check{ID: "TOKEN-25", Level: SHOULD, Needs: []Need{Time}}, Check{ID: "UINFO-14", Level: MUST, Needs: []Need{Time}}, Check{ID: "BROW-01", Level: MUST, Needs: []Need{Browser, LoginForm}},
		Check{ID: "BROW-07", Level: MUST, Needs: []Need{LoginForm}}, Check{ID: "NONCE-03", Level: MUST, Needs: []Need{Concurrency}}, Check{ID: "TOKEN-07", Level: MUST, Needs: []Need{Unattended}},
		Check{ID: "IDT-14", Level: MUST, Needs: []Need{SecondPerson}}, Check{ID: "DISC-01", Level: MUST})
	missing := map[Need]string{}
	for _, n := range []Need{SecondClient, HTTPS, Time, Browser, LoginForm, Disruption, Concurrency, Unattended, SecondPerson} {
		missing[n] = "no " + string(n)
	}
	mock := Choice{Missing: missing, Scopes: []string{"openid", "myinfo.name"}, Mock: true}
	want := map[string]run.Gap{
		"TOKEN-16": run.WantClient, "DATA-02": run.NotApplicable, "TLS-01": run.NotApplicable, "TLS-02": run.NotApplicable, "TOKEN-25": run.WantTime,
		"UINFO-14": run.WantTime, "BROW-01": run.WantBrowser, "BROW-07": run.WantPerson, "NONCE-03": run.WantConsent, "TOKEN-07": run.WantLogins, "IDT-14": run.WantPerson,
	}
	for _, p := range Plan(mock) {
		if p.Gap != want[p.Check.ID] || (p.Gap == "") != (p.Skip == "") {
			t.Errorf("%s lacks %q (%s), want %q", p.Check.ID, p.Gap, p.Skip, want[p.Check.ID])
		}
		if p.Skip == "" {
			continue
		}
		if out := p.skipped(t.Context()); out.Verdict != run.Skip || out.Gap != p.Gap || out.Reason != p.Skip {
			t.Errorf("%s in the record: %s, %q, %s", p.Check.ID, out.Verdict, out.Gap, out.Reason)
		}
	}
	far := mock
	far.Mock = false
	for _, p := range Plan(far) {
		if p.Check.ID == "TLS-01" && p.Gap != run.WantHTTPS {
			t.Errorf("TLS on plain http outside this machine: %q", p.Gap)
		}
	}
	if n := len(mock.Coverage().NotJudged); n != 9 {
		t.Errorf("%d MUST checks may apply, want 9: %+v", n, mock.Coverage())
	}
}

func TestCoverageOfAChoice(t *testing.T) {
	catalogueOf(t, Check{ID: "DISC-01", Level: MUST}, Check{ID: "DISC-02", Level: MUST}, Check{ID: "DISC-03", Level: SHOULD}, Check{ID: "TOKEN-01", Level: MUST}, Check{ID: "BROW-01", Level: MUST})
	gaps := func(c Choice) map[string]run.Gap {
		out := map[string]run.Gap{}
		for _, u := range c.Coverage().NotJudged {
			out[u.ID] = u.Gap
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		choice Choice
		want   map[string]run.Gap
	}{
		{"everything", Choice{}, map[string]run.Gap{"DISC-01": run.NotReached, "DISC-02": run.NotReached, "TOKEN-01": run.NotReached, "BROW-01": run.NotReached}},
		{"one area's command", Choice{Areas: []string{"BROW"}}, map[string]run.Gap{"BROW-01": run.NotReached}},
		{"one selected", Choice{Select: []string{"DISC-02"}, Areas: []string{"DISC", "TOKEN"}}, map[string]run.Gap{"DISC-01": run.NotSelected, "DISC-02": run.NotReached, "TOKEN-01": run.NotSelected}},
		{"one left out", Choice{Skip: []string{"DISC-02"}, Areas: []string{"DISC"}}, map[string]run.Gap{"DISC-01": run.NotReached, "DISC-02": run.NotSelected}},
	} {
		if got := gaps(tt.choice); !maps.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestPlanSpendsTheLoginBudget(t *testing.T) {
	login := []Need{Login}
	catalogueOf(t,
		Check{ID: "IDT-01", Level: MUST, Needs: login}, Check{ID: "IDT-02", Level: MUST, Needs: login},
		Check{ID: "NONCE-05", Level: SHOULD, Needs: login, Logins: 1},
		Check{ID: "PKCE-07", Level: MUST, Needs: login, Logins: 1}, Check{ID: "TOKEN-07", Level: MUST, Needs: login, Logins: 5},
		Check{ID: "DISC-01", Level: MUST})
	plan := Plan(Choice{LoginBudget: 2})
	if got := ids(plan, false); !slices.Equal(got, []string{"DISC-01", "PKCE-07", "IDT-01", "IDT-02"}) {
		t.Errorf("judged %v", got)
	}
	for _, p := range plan {
		if p.Skip != "" && p.Gap != run.WantLogins {
			t.Errorf("%s lacks %q", p.Check.ID, p.Gap)
		}
	}
	if n := PlannedLogins(plan); n != 2 {
		t.Errorf("%d logins planned", n)
	}
}

// What held over an earlier part is judged again where this part logs in, and not
// for its own sake.
func TestPlanRepeatsWhatJudgesAWholeRun(t *testing.T) {
	login := []Need{Login}
	catalogueOf(t, Check{ID: "JWKS-01"}, Check{ID: "TOKEN-01", Phase: LoggingIn, Needs: login},
		Check{ID: "IDT-17", Phase: Closing, Needs: login}, Check{ID: "IDT-18", Phase: Closing, Needs: login})
	for name, c := range map[string]struct {
		judged, want []string
	}{
		"a login is left":          {[]string{"IDT-18"}, []string{"JWKS-01", "TOKEN-01", "IDT-17"}},
		"no login is left":         {[]string{"TOKEN-01", "IDT-18"}, []string{"JWKS-01"}},
		"another of its kind left": {[]string{"JWKS-01", "TOKEN-01"}, []string{"IDT-18"}},
	} {
		if got := ids(Plan(Choice{Judged: c.judged, Again: []string{"IDT-17"}}), false); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
