package main

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// fewLoginsDiffer holds what few logins judge otherwise than separate ones, as
// "MockPass TOKEN-05" or "MockPass TOKEN-08 one character", and why.
var fewLoginsDiffer = map[string]string{}

// twoWays is a target that is judged with separate logins and with few.
type twoWays struct {
	name   string
	env    []string
	args   []string
	differ map[string]int // verdicts that differed, and how often
}

func newTwoWays(name string, env []string, args ...string) *twoWays {
	return &twoWays{name: name, env: env, args: args, differ: map[string]int{}}
}

func twoWaysOfMockPass(t *testing.T) *twoWays {
	issuer := startMockPass(t, mockpassModes["with its login page"]...)
	return newTwoWays("MockPass", nil, append([]string{"--endpoints", "documented", "--restart-wait", "10m"}, mockpassArguments(t, issuer)...)...)
}

func twoWaysOfOIDCProvider(t *testing.T) *twoWays {
	issuer, clients := startOIDCProvider(t)
	env := append([]string{"SGID_ISSUER=" + issuer}, clients[0].environment("SGID_")...)
	return newTwoWays("oidc-provider", append(env, clients[1].environment("SGID_SECOND_")...))
}

// On real providers, too, the verdicts with few logins are those with separate
// ones.
func TestFewLoginsJudgeRealProvidersAlike(t *testing.T) {
	t.Run("MockPass", func(t *testing.T) {
		w := twoWaysOfMockPass(t)
		// What takes MockPass down takes no login, and long.
		w.args = append(w.args, "--select", "PKCE,NONCE,IDT,TOKEN-0*,TOKEN-1*,AUTHZ-02,AUTHZ-03,AUTHZ-17,AUTHZ-27")
		w.compare(t)
	})
	t.Run("oidc-provider", func(t *testing.T) { twoWaysOfOIDCProvider(t).compare(t) })
}

// The same with every check, on the embedded provider, too, and many times: `make
// few-logins`. MockPass, which many checks take down, is judged by all of them once,
// and then by those that log in. It goes on to the end, and names each verdict that differed.
func TestFewLoginsManyTimes(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("FEW_LOGINS"))
	if err != nil {
		t.Skip("make few-logins N=20 runs it: it takes minutes")
	}
	for name, open := range map[string]func(*testing.T) *twoWays{
		"MockPass":      twoWaysOfMockPass,
		"oidc-provider": twoWaysOfOIDCProvider,
		"embedded":      func(*testing.T) *twoWays { return newTwoWays("embedded", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			judged := 0
			for round := range rounds {
				if round == 1 && name == "MockPass" { // starting it anew takes most of the time
					w.args = append(w.args, "--select", strings.Join(loggingIn(), ","))
				}
				t.Run(strconv.Itoa(round+1), func(t *testing.T) { judged += w.compare(t) })
			}
			t.Logf("%s: %d times both ways, %d verdicts and cases in all; different: %v", w.name, rounds, judged, w.differ)
			for _, what := range slices.Sorted(maps.Keys(fewLoginsDiffer)) {
				if strings.HasPrefix(what, w.name+" ") && w.differ[what] == 0 {
					t.Errorf("%s no longer differs: take its explanation out", what)
				}
			}
		})
	}
}

// loggingIn are the checks that spend a login, and so may share one.
func loggingIn() (ids []string) {
	for _, c := range judge.Catalogue() {
		if c.Logins > 0 && c.Area() != run.AreaRP && c.Area() != "BROW" {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// compare judges the target in both ways, and returns how many verdicts and cases
// there were to compare.
func (w *twoWays) compare(t *testing.T) int {
	t.Helper()
	separate, _ := w.judge(t)
	few, said := w.judge(t, "--few-logins")
	for what, want := range separate {
		if got := few[what]; got.Verdict != want.Verdict {
			w.differ[w.name+" "+what]++
			if why := fewLoginsDiffer[w.name+" "+what]; why == "" {
				t.Errorf("%s: %s with few logins, %s with separate ones\n\t%s\n\t%s", what, got.Verdict, want.Verdict, got.Observed, want.Observed)
			}
		}
	}
	if len(few) != len(separate) {
		t.Errorf("%d verdicts and cases with few logins, %d with separate ones", len(few), len(separate))
	}
	if !strings.Contains(said, "login 2 serves ") {
		t.Errorf("the run does not say which login serves which checks:\n%s", said)
	}
	return len(separate)
}

// judge is what a run says of each check, and of each case as "CHECK case".
func (w *twoWays) judge(t *testing.T, more ...string) (map[string]run.Case, string) {
	t.Helper()
	out := t.TempDir()
	args := append([]string{"conformance", "--out", out, "--progress", "none"}, w.args...)
	got := program{args: append(args, more...), env: w.env}.run(t)
	said := map[string]run.Case{}
	for _, c := range recordOf(t, out).Checks {
		said[c.ID] = run.Case{Verdict: c.Verdict, Observed: c.Reason + c.Observed}
		for _, one := range c.Cases {
			said[c.ID+" "+one.Name] = one
		}
	}
	return said, got.err
}

// In a resumed run the first login is like the others.
func TestTheFirstLoginSaysWhatItServes(t *testing.T) {
	for known, want := range map[bool]string{
		false: "login 1 serves every check that needs no login of its own",
		true:  "login 1 serves NONCE-05, and every check that needs no login of its own",
	} {
		lines := sharedLogins(judge.Plan(judge.Choice{FewLogins: true, LoginKnown: known, Select: []string{"NONCE-05"}}))
		if len(lines) == 0 || lines[0] != want {
			t.Errorf("%q, want %q", lines, want)
		}
	}
}
