package main

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/reports"
)

func TestEveryListNamesChecksOfTheCatalogue(t *testing.T) {
	known := func(id string) bool { _, ok := judge.Lookup(id); return ok }
	for _, id := range reports.Guards() {
		if !known(id) {
			t.Errorf("the threats name %s, which the catalogue does not have", id)
		}
	}
	proven := map[string]bool{}
	for _, f := range provider.Faults() {
		for _, id := range f.Checks {
			proven[id] = true
			if !known(id) {
				t.Errorf("fault %s is made for %s, which the catalogue does not have", f.Name, id)
			}
		}
		for id, why := range f.Collateral {
			if !known(id) || why == "" {
				t.Errorf("fault %s lists %s as collateral with the reason %q", f.Name, id, why)
			}
		}
	}
	for _, f := range demoapp.Flaws() {
		for _, id := range f.Checks {
			proven[id] = true
			if !known(id) {
				t.Errorf("flaw %s is made for %s, which the catalogue does not have", f.Name, id)
			}
		}
		for id, why := range f.Collateral {
			if !known(id) || why == "" {
				t.Errorf("flaw %s lists %s as collateral with the reason %q", f.Name, id, why)
			}
		}
	}
	for _, v := range provider.Variants() {
		for id := range v.Warns {
			if c, there := judge.Lookup(id); !there || c.Level != judge.SHOULD {
				t.Errorf("variant %s may make %s warn, which is no SHOULD check", v.Name, id)
			}
		}
		for id := range v.Skips {
			if !known(id) {
				t.Errorf("variant %s skips %s, which the catalogue does not have", v.Name, id)
			}
		}
	}
	for _, c := range judge.Catalogue() {
		if c.Level != judge.INFO && !proven[c.ID] {
			t.Errorf("no fault proves %s", c.ID)
		}
	}
}

// A failure's title is its check's problem: what is wrong, in a few words of its own.
func TestEveryCheckThatCanFailSaysTheProblem(t *testing.T) {
	said := map[string]string{}
	for _, c := range judge.Catalogue() {
		if c.Level == judge.INFO {
			if c.Problem != "" {
				t.Errorf("%s observes, and has the problem %q", c.ID, c.Problem)
			}
			continue
		}
		switch n := len(c.Problem); {
		case n == 0:
			t.Errorf("%s does not say what is wrong where it fails", c.ID)
		case n > 100, strings.HasSuffix(c.Problem, "."), strings.Contains(c.Problem, "\n"):
			t.Errorf("%s: the problem is no title: %q", c.ID, c.Problem)
		case c.Problem == c.Title:
			t.Errorf("%s: title and problem are both %q", c.ID, c.Title)
		}
		if other := said[c.Area()+c.Problem]; other != "" {
			t.Errorf("%s and %s have the same problem: %s", other, c.ID, c.Problem)
		}
		said[c.Area()+c.Problem] = c.ID
	}
}

//go:embed testdata/published-ids.txt
var published string

// The catalogue has the published IDs and no others: users put them into waivers and
// dashboards.
func TestPublishedIDsAreThere(t *testing.T) {
	ids := strings.Fields(published)
	for _, id := range ids {
		if _, ok := judge.Lookup(id); !ok {
			t.Errorf("%s is published, and not in the catalogue: give its check the ID back; an ID is never taken away, renamed or used again", id)
		}
	}
	for _, c := range judge.Catalogue() {
		if !slices.Contains(ids, c.ID) {
			t.Errorf("%s is new: add a line with it to cmd/sgidcheck/testdata/published-ids.txt; from then on it never changes its meaning", c.ID)
		}
	}
}

func TestChecksAsJSON(t *testing.T) {
	got := sgidcheck(t, "checks", "--format", "json")
	var listed []struct {
		ID, Level string
		Basis     []struct{ Source, Section, URL string }
		Needs     []string
	}
	if err := json.Unmarshal([]byte(got.out), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != len(judge.Catalogue()) {
		t.Errorf("%d checks listed, %d in the catalogue", len(listed), len(judge.Catalogue()))
	}
	for _, c := range listed {
		if c.ID == "" || !slices.Contains([]string{"MUST", "SHOULD", "INFO"}, c.Level) || len(c.Basis) == 0 || c.Needs == nil {
			t.Errorf("%+v lacks an ID, a level, a basis or its needs", c)
		}
	}
}

func TestDryRunPlansAndSendsNothing(t *testing.T) {
	got := sgidcheck(t, "conformance", "--issuer", "http://127.0.0.1:1/v2", "--dry-run")
	if got.code != exitUsage {
		t.Errorf("exit code %d without credentials", got.code)
	}
	got = program{args: []string{"conformance", "--issuer", "http://127.0.0.1:1/v2", "--dry-run", "--login-budget", "2"}, env: invented()}.run(t)
	if got.code != exitPass || !strings.Contains(got.out, "and 2 logins; nothing was sent") {
		t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
}
