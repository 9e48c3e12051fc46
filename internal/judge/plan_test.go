package judge

import (
	"slices"
	"testing"
)

// catalogueOf replaces the registered checks for one test.
func catalogueOf(t *testing.T, checks ...Check) {
	t.Helper()
	kept := registry
	t.Cleanup(func() { registry = kept })
	registry = nil
	for _, c := range checks {
		registry = append(registry, registered{check: c, body: func(*T) {}})
	}
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
	if n := PlannedLogins(plan); n != 2 {
		t.Errorf("%d logins planned", n)
	}
}
