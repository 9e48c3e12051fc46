package judge

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func TestRegisterRefusesWhatIsNotWhole(t *testing.T) {
	whole := statement(MUST)
	refused := func(c Check) (why any) {
		defer func() { why = recover() }()
		Register(c)
		return nil
	}
	for name, change := range map[string]func(*Check){
		"no ID": func(c *Check) { c.ID = "" }, "no title": func(c *Check) { c.Title = "" }, "no level": func(c *Check) { c.Level = "" }, "no basis": func(c *Check) { c.Basis = nil },
		"no expectation": func(c *Check) { c.Expect = "" }, "no reason": func(c *Check) { c.Why = "" }, "no remedy": func(c *Check) { c.Remedy = "" },
		"no problem": func(c *Check) { c.Problem = "" },
	} {
		catalogueOf(t)
		c := whole
		change(&c)
		if why, ok := refused(c).(string); !ok || !strings.Contains(why, "lacks") {
			t.Errorf("%s: %v", name, why)
		}
	}
	for name, levels := range map[string]map[string]Level{
		"a case that counts more than the check": {"a": MUST}, "a case that counts as the check does": {"a": SHOULD}, "the level of a case that is not listed": {"b": INFO},
	} {
		c := statement(SHOULD)
		c.Cases, c.Levels = []string{"a"}, levels
		if why, ok := refused(c).(string); !ok || !strings.Contains(why, "counts no less than the check") {
			t.Errorf("%s: %v", name, why)
		}
	}
	catalogueOf(t)
	if why := refused(whole); why != nil {
		t.Fatalf("a whole check: %v", why)
	}
	if why, ok := refused(whole).(string); !ok || !strings.Contains(why, "TOKEN-99 is registered twice") {
		t.Errorf("the same ID: %v", why)
	}
	other := whole
	other.ID = "TOKEN-98"
	if why := refused(other); why != nil {
		t.Errorf("another ID: %v", why)
	}
	if c, ok := Lookup("TOKEN-98"); !ok || c.ID != "TOKEN-98" {
		t.Errorf("looked up %+v, %v", c, ok)
	}
	if _, ok := Lookup("TOKEN-97"); ok {
		t.Error("a check that is not there is found")
	}
	var got []string
	bare := &Campaign{Plan: Plan(Choice{}), After: func(c run.Check) { got = append(got, c.ID+" "+string(c.Verdict)) }}
	if unreached := bare.Run(context.Background()); unreached > 0 || !slices.Equal(got, []string{"TOKEN-98 blocked", "TOKEN-99 blocked"}) {
		t.Errorf("without functions that judge them: %v, %d unreached", got, unreached)
	}
}

func TestCatalogueIsOrdered(t *testing.T) {
	catalogueOf(t, Check{ID: "BROW-01"}, Check{ID: "DISC-100"}, Check{ID: "DISC-20"}, Check{ID: "DISC-03"}, Check{ID: "JWKS-01"}, Check{ID: "AUTHZ-02"})
	var got []string
	for _, c := range Catalogue() {
		got = append(got, c.ID)
	}
	if want := []string{"DISC-03", "DISC-20", "DISC-100", "JWKS-01", "AUTHZ-02", "BROW-01"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestNearestID(t *testing.T) {
	catalogueOf(t, Check{ID: "TOKEN-51"}, Check{ID: "TOKEN-05"}, Check{ID: "DISC-01"}, Check{ID: "DISC-02"})
	for text, want := range map[string]string{
		"TOKEN-5": "TOKEN-05", "token-5": "TOKEN-05", "TOKEN-50": "TOKEN-51", "TOKN": "TOKEN", "disc-0": "DISC-01", "DISC-9": "DISC", "uinf": "UINFO", "DISK-02": "DISC-02",
	} {
		if got := NearestID(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if err := CheckPatterns([]string{"TOKEN-*", "disc", "DISC-02"}); err != nil {
		t.Error(err)
	}
	if err := CheckPatterns([]string{"DISC", "TOKEN-5"}); err == nil || !strings.Contains(err.Error(), `"TOKEN-5"`) || !strings.Contains(err.Error(), "did you mean TOKEN-05?") {
		t.Errorf("%v", err)
	}
}

func TestPlanKeepsToScopesAndAreas(t *testing.T) {
	catalogueOf(t, Check{ID: "DATA-01", Scope: "myinfo.name"}, Check{ID: "DATA-02", Scope: "myinfo.sex"}, Check{ID: "DISC-01"})
	for _, tt := range []struct {
		name    string
		choice  Choice
		skipped []string
		planned int
	}{
		{"no scopes named", Choice{}, nil, 3},
		{"one scope", Choice{Scopes: []string{"myinfo.sex"}}, []string{"DATA-01"}, 3},
		{"no scope", Choice{Scopes: []string{}}, []string{"DATA-01", "DATA-02"}, 3},
		{"an area", Choice{Areas: []string{"DATA"}}, nil, 2},
		{"an area that is skipped", Choice{Areas: []string{"DATA"}, Skip: []string{"DATA-02"}}, nil, 1},
		{"skipped alone", Choice{Skip: []string{"DATA"}}, nil, 1},
	} {
		plan := Plan(tt.choice)
		if got := ids(plan, true); !slices.Equal(got, tt.skipped) || len(plan) != tt.planned {
			t.Errorf("%s: skipped %v of %d", tt.name, got, len(plan))
		}
	}
}

func TestCitations(t *testing.T) {
	for _, tt := range []struct {
		b         run.Basis
		cite, url string
	}{
		{RFC("6749", "4.1.2"), "RFC6749 4.1.2", "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2"},
		{RFC("7636", "4.2"), "RFC7636 4.2", "https://www.rfc-editor.org/rfc/rfc7636#section-4.2"},
		{RFC("6749", "A.5"), "RFC6749 A.5", "https://www.rfc-editor.org/rfc/rfc6749#appendix-A.5"},
		{OIDCCORE("3.1.3.7"), "OIDC-CORE 3.1.3.7", "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation"},
		{OIDCCORE("99"), "OIDC-CORE 99", "https://openid.net/specs/openid-connect-core-1_0.html"},
		{OIDCDISC("4.2"), "OIDC-DISC 4.2", "https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationResponse"},
		{OIDCDISC("9"), "OIDC-DISC 9", "https://openid.net/specs/openid-connect-discovery-1_0.html"},
		{PRACTICE(), "PRACTICE", ""},
	} {
		if Cite(tt.b) != tt.cite || tt.b.URL != tt.url {
			t.Errorf("%q at %q, want %q at %q", Cite(tt.b), tt.b.URL, tt.cite, tt.url)
		}
	}
}
