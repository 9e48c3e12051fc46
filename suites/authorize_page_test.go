package suites

import (
	"context"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
)

func TestFrameable(t *testing.T) {
	for _, tt := range []struct {
		name      string
		policy    []string
		options   []string
		frameable bool
	}{
		{name: "a policy for every site beats X-Frame-Options", policy: []string{"frame-ancestors *"}, options: []string{"DENY"}, frameable: true},
		{name: "every https site", policy: []string{"frame-ancestors https:"}, frameable: true},
		{name: "every https host", policy: []string{"frame-ancestors https://*"}, frameable: true},
		{name: "another directive alone", policy: []string{"default-src 'none'"}, frameable: true},
		{name: "nothing", frameable: true},
		{name: "ALLOWALL", options: []string{"ALLOWALL"}, frameable: true},
		{name: "ALLOW-FROM", options: []string{"ALLOW-FROM https://a"}, frameable: true},
		{name: "conflicting options", options: []string{"DENY", "ALLOWALL"}, frameable: true},
		{name: "the first of two directives", policy: []string{"frame-ancestors *; frame-ancestors 'none'"}, frameable: true},
		{name: "none", policy: []string{"default-src 'self'; frame-ancestors 'none'"}},
		{name: "no source at all", policy: []string{"frame-ancestors"}},
		{name: "named sites", policy: []string{"frame-ancestors 'self' https://a.gov.sg https://*.b.gov.sg"}},
		{name: "the stricter of two policies", policy: []string{"frame-ancestors *", "frame-ancestors 'self'"}},
		{name: "deny", options: []string{"deny"}},
		{name: "same origin", options: []string{"SAMEORIGIN"}},
	} {
		if got := frameable(tt.policy, tt.options); (got != "") != tt.frameable {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestReferrerPolicy(t *testing.T) {
	for header, want := range map[string]string{
		"no-referrer": "no-referrer", "unsafe-url, Strict-Origin": "strict-origin", "no-referrer, unsafe-url": "unsafe-url",
		"never": "", "": "", "same-origin, sgidcheck": "same-origin",
	} {
		if got := referrerPolicy(header); got != want {
			t.Errorf("%q is taken as %q, want %q", header, got, want)
		}
	}
}

// What follows the login page is judged whatever else the run judges: alone, and in a
// run whose earlier part has logged in.
func TestPagesAfterTheLoginPageAreJudged(t *testing.T) {
	for _, tt := range []struct {
		fault, id string
		verdict   run.Verdict
		says      string // of the case that fails
	}{
		{"consent-page-framable", "AUTHZ-24", run.Fail, pagesAfterIt},
		{"consent-page-cacheable", "AUTHZ-25", run.Warn, cachingAfterIt},
		{"consent-page-repeats-hint", "AUTHZ-23", run.Fail, "login_hint on further pages"},
	} {
		for name, w := range map[string]*world{
			"alone": {}, "with few logins": {few: true},
			"resumed":                  {worked: map[string]bool{"AUTHZ-01": true, "TOKEN-01": true}},
			"resumed, with few logins": {worked: map[string]bool{"AUTHZ-01": true, "TOKEN-01": true}, few: true},
		} {
			t.Run(tt.fault+" "+name, func(t *testing.T) {
				faulty := newWorld(t)
				faulty.few, faulty.worked, faulty.faults = w.few, w.worked, []string{tt.fault}
				faulty.restart(t)
				c := faulty.judge(t, tt.id)[tt.id]
				if c.Verdict != tt.verdict {
					t.Fatalf("%s: %s%s", c.Verdict, c.Reason, c.Observed)
				}
				for _, one := range c.Cases {
					if (one.Name == tt.says) != (one.Verdict == tt.verdict) {
						t.Errorf("%s: %s (%s)", one.Name, one.Verdict, one.Observed)
					}
				}
			})
		}
	}
}

// blind is a driver that says it is a person, whose browser shows no page to us.
type blind struct{ login.Driver }

func (blind) Name() string { return config.LoginInteractive }

func (b blind) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	l, err := b.Driver.Authorize(ctx, a)
	if err == nil {
		l.Exchanges = nil
	}
	return l, err
}

// What a person's browser is shown after the first page is told as not judged.
func TestPagesThatNobodySawAreNotJudged(t *testing.T) {
	w := newWorld(t)
	w.faults = []string{"consent-page-framable"}
	w.restart(t)
	w.driver = func(d login.Driver) login.Driver { return blind{d} }
	got := w.judge(t, "AUTHZ-01", "AUTHZ-23", "AUTHZ-24", "AUTHZ-25")
	for id, name := range map[string]string{"AUTHZ-23": "login_hint on further pages", "AUTHZ-24": pagesAfterIt, "AUTHZ-25": cachingAfterIt} {
		for _, one := range got[id].Cases {
			if want := map[bool]run.Verdict{true: run.Skip, false: run.Pass}[one.Name == name]; one.Verdict != want || want == run.Skip && !strings.Contains(one.Observed, "person's browser") {
				t.Errorf("%s %s: %s (%s)", id, one.Name, one.Verdict, one.Observed)
			}
		}
	}
}
