package suites

import (
	"context"
	"slices"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
)

// counting is a login driver that says of itself that a person logs in, and
// counts the logins that end with a code.
type counting struct {
	login.Driver
	logins int
}

func (c *counting) Name() string { return "interactive" }

func (c *counting) Authorize(ctx context.Context, a login.Authorization) (*login.Response, error) {
	response, err := c.Driver.Authorize(ctx, a)
	if err == nil && response.Code() != "" {
		c.logins++
	}
	return response, err
}

// spared are the logins of the catalogue that a person at the embedded provider
// is spared: it refuses the request before anybody logs in, has a single page
// (AUTHZ-23), or the login is made by a program alone (AUTHZ-19, UINFO-15).
var spared = map[string]int{"AUTHZ-14": 1, "AUTHZ-19": 1, "AUTHZ-22": 1, "AUTHZ-23": 1, "AUTHZ-27": 1, "UINFO-15": 2, "PKCE-08": 1, "TOKEN-04": 1}

// What the catalogue says of a check is what the check does: the cases in the
// record are the cases it lists, and it spends the logins it names, beside the
// one that many share. A budget of logins is planned by that figure.
func TestTheCatalogueSaysWhatEachCheckDoes(t *testing.T) {
	w := newWorld(t)
	var counted *counting
	w.driver = func(d login.Driver) login.Driver {
		counted = &counting{Driver: d}
		return counted
	}
	for _, c := range judge.Catalogue() {
		if c.Area() == "BROW" || c.Has(judge.HTTPS) || c.Has(judge.Time) {
			continue
		}
		got := w.judge(t, "AUTHZ-01", c.ID)[c.ID] // AUTHZ-01 makes the shared login
		if got.Verdict == run.Blocked {
			t.Errorf("%s is blocked: %s", c.ID, got.Reason)
			continue
		}
		var tried []string
		for _, one := range got.Cases {
			tried = append(tried, one.Name)
		}
		listed := slices.Clone(c.Cases)
		slices.Sort(listed)
		slices.Sort(tried)
		if got.Verdict != run.Skip && !slices.Equal(listed, tried) {
			t.Errorf("%s lists the cases %q, and tries %q", c.ID, listed, tried)
		}
		spent := counted.logins - 1
		if want := c.Logins - spared[c.ID]; got.Verdict != run.Skip && spent != want {
			t.Errorf("%s spends %d logins, want %d: the catalogue names %d", c.ID, spent, want, c.Logins)
		}
	}
}
