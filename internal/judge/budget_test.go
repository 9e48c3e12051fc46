package judge

import (
	"slices"
	"strings"
	"testing"
)

func TestLoginBudgetIsSpentInOrder(t *testing.T) {
	shared := []Need{Login}
	for _, tt := range []struct {
		name   string
		budget int
		checks []Check // in catalogue order
		judged []string
		logins int
	}{
		{"a MUST before a SHOULD that costs the same", 1, []Check{
			{ID: "PKCE-01", Level: SHOULD, Logins: 1}, {ID: "PKCE-02", Level: MUST, Logins: 1},
		}, []string{"PKCE-02"}, 1},
		{"a SHOULD before an observation", 1, []Check{
			{ID: "PKCE-01", Level: INFO, Logins: 1}, {ID: "PKCE-02", Level: SHOULD, Logins: 1},
		}, []string{"PKCE-02"}, 1},
		{"a dear MUST before a cheap SHOULD", 3, []Check{
			{ID: "PKCE-01", Level: SHOULD, Logins: 1}, {ID: "PKCE-02", Level: MUST, Logins: 3},
		}, []string{"PKCE-02"}, 3},
		{"the cheapest of one level first", 3, []Check{
			{ID: "PKCE-01", Level: MUST, Logins: 3}, {ID: "PKCE-02", Level: MUST, Logins: 2}, {ID: "PKCE-03", Level: MUST, Logins: 1},
		}, []string{"PKCE-02", "PKCE-03"}, 3},
		{"the shared login before a login of one's own, whatever the level", 1, []Check{
			{ID: "PKCE-01", Level: MUST, Logins: 1}, {ID: "PKCE-02", Level: INFO, Needs: shared},
		}, []string{"PKCE-02"}, 1},
		{"the shared login is paid for once", 2, []Check{
			{ID: "IDT-01", Level: MUST, Needs: shared}, {ID: "IDT-02", Level: MUST, Needs: shared}, {ID: "IDT-03", Level: MUST, Needs: shared, Logins: 1},
		}, []string{"IDT-01", "IDT-02", "IDT-03"}, 2},
		{"a login of its own comes on top of the shared one", 1, []Check{
			{ID: "IDT-03", Level: MUST, Needs: shared, Logins: 1},
		}, nil, 0},
		{"what is too dear leaves the budget to what is not", 2, []Check{
			{ID: "PKCE-01", Level: MUST, Logins: 9}, {ID: "PKCE-02", Level: SHOULD, Logins: 2},
		}, []string{"PKCE-02"}, 2},
		{"checks without logins are judged after the budget is spent", 1, []Check{
			{ID: "DISC-01", Level: MUST}, {ID: "PKCE-01", Level: MUST, Logins: 1}, {ID: "PKCE-02", Level: MUST, Logins: 1}, {ID: "UINFO-01", Level: INFO},
		}, []string{"DISC-01", "PKCE-01", "UINFO-01"}, 1},
		{"what is skipped anyway spends nothing", 1, []Check{
			{ID: "PKCE-01", Level: MUST, Logins: 1, Needs: []Need{HTTPS}}, {ID: "PKCE-02", Level: SHOULD, Logins: 1},
		}, []string{"PKCE-02"}, 1},
		{"a budget of zero is no limit", 0, []Check{
			{ID: "IDT-01", Level: MUST, Needs: shared}, {ID: "PKCE-01", Level: SHOULD, Logins: 40},
		}, []string{"IDT-01", "PKCE-01"}, 41},
	} {
		t.Run(tt.name, func(t *testing.T) {
			catalogueOf(t, tt.checks...)
			plan := Plan(Choice{LoginBudget: tt.budget, Missing: map[Need]string{HTTPS: "plain http"}})
			got := ids(plan, false)
			slices.Sort(got)
			if !slices.Equal(got, tt.judged) {
				t.Errorf("judged %v, want %v", got, tt.judged)
			}
			if n := PlannedLogins(plan); n != tt.logins {
				t.Errorf("%d logins planned, want %d", n, tt.logins)
			}
		})
	}
}

func TestSkipForTheBudgetNamesBoth(t *testing.T) {
	catalogueOf(t, Check{ID: "PKCE-01", Level: MUST, Logins: 1}, Check{ID: "PKCE-02", Level: MUST, Logins: 1}, Check{ID: "PKCE-03", Level: MUST, Logins: 5})
	for _, p := range Plan(Choice{LoginBudget: 1}) {
		want := map[string]string{"PKCE-01": "", "PKCE-02": "it needs a login of its own, and the login budget of 1 is used up", "PKCE-03": "it needs 5 logins, and the login budget of 1 is used up"}[p.Check.ID]
		if want == "" && p.Skip != "" || !strings.Contains(p.Skip, want) {
			t.Errorf("%s: %q, want %q", p.Check.ID, p.Skip, want)
		}
	}
}

func TestPlannedRequests(t *testing.T) {
	for _, tt := range []struct {
		name string
		add  Check
		want int // beside what every run sends
	}{
		{"what only reads asks for nothing of its own", Check{ID: "DISC-01", Cases: []string{"a", "b"}}, 0},
		{"a login", Check{ID: "PKCE-01", Phase: LoggingIn, Logins: 2, Cases: []string{"a", "b"}}, 2 * requestsOfLogin},
		{"a refusal for each case", Check{ID: "TOKEN-02", Phase: Refusing, Cases: []string{"a", "b", "c"}}, 3 * requestsOfCase},
		{"a refusal without cases", Check{ID: "TOKEN-02", Phase: Refusing}, requestsOfCase},
		{"what the browser sends is not counted", Check{ID: "BROW-01", Phase: Browsing, Cases: []string{"a", "b"}}, 0},
		{"what comes after the browser is", Check{ID: "UINFO-03", Phase: Crowding}, requestsOfCase},
		{"a check that is skipped", Check{ID: "TOKEN-02", Phase: Refusing, Needs: []Need{HTTPS}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			catalogueOf(t, tt.add)
			plan := Plan(Choice{Missing: map[Need]string{HTTPS: "plain http"}})
			if got := PlannedRequests(plan) - requestsOfRun; got != tt.want {
				t.Errorf("%d requests, want %d", got, tt.want)
			}
		})
	}
}
