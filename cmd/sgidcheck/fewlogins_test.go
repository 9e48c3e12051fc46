package main

import (
	"strings"
	"testing"
)

// On real providers, too, the verdicts with few logins are those with separate
// ones.
func TestFewLoginsJudgeRealProvidersAlike(t *testing.T) {
	t.Run("MockPass", func(t *testing.T) {
		issuer := startMockPass(t, mockpassModes["with its login page"]...)
		// What takes MockPass down takes no login, and long.
		judgedAlike(t, nil, append([]string{"--endpoints", "documented", "--select", "PKCE,NONCE,IDT,TOKEN-0*,TOKEN-1*,AUTHZ-02,AUTHZ-03,AUTHZ-17,AUTHZ-27"}, mockpassArguments(t, issuer)...)...)
	})
	t.Run("oidc-provider", func(t *testing.T) {
		issuer, clients := startOIDCProvider(t)
		env := append([]string{"SGID_ISSUER=" + issuer}, clients[0].environment("SGID_")...)
		judgedAlike(t, append(env, clients[1].environment("SGID_SECOND_")...), "--progress", "none")
	})
}

func judgedAlike(t *testing.T, env []string, args ...string) {
	t.Helper()
	judged := func(more ...string) (map[string]string, string) {
		out := t.TempDir()
		got := program{args: append(append([]string{"conformance", "--out", out}, args...), more...), env: env}.run(t)
		said := map[string]string{}
		for _, c := range recordOf(t, out).Checks {
			said[c.ID] = string(c.Verdict)
		}
		return said, got.err
	}
	separate, _ := judged()
	few, said := judged("--few-logins")
	for id, want := range separate {
		if few[id] != want {
			t.Errorf("%s: %s with few logins, %s with separate ones", id, few[id], want)
		}
	}
	if !strings.Contains(said, "login 2 serves ") {
		t.Errorf("the run does not say which login serves which checks:\n%s", said)
	}
}
