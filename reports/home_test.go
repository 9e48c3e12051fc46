package reports

import (
	"testing"

	"sgidcheck/internal/run"
)

func TestCatalogueOf(t *testing.T) {
	token := &run.Check{ID: "TOKEN-04", Area: "TOKEN", Title: "expires_in is a positive number, and scope reports a different grant"}
	rp := &run.Check{ID: "RP-02", Area: run.AreaRP, Title: "PKCE is used, with S256"}
	for _, c := range []struct {
		repository, version string
		check               *run.Check
		want                string
	}{
		{"github.com/OWNER/sgidcheck", "v1.0.0", token, ""},
		{"github.com/agency/sgidcheck", "v1.0.0", token, "https://github.com/agency/sgidcheck/blob/v1.0.0/docs/checks.md#token-04-expires_in-is-a-positive-number-and-scope-reports-a-different-grant"},
		{"github.com/agency/sgidcheck", "dev", rp, "https://github.com/agency/sgidcheck/blob/main/docs/checks-rp.md#rp-02-pkce-is-used-with-s256"},
		{"github.com/agency/sgidcheck", "v1.0.0/../../x", rp, "https://github.com/agency/sgidcheck/blob/main/docs/checks-rp.md#rp-02-pkce-is-used-with-s256"},
	} {
		if got := catalogueOf(c.repository, c.version, c.check); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.repository, c.version, got, c.want)
		}
	}
}
