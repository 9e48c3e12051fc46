package suites

import "testing"

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
