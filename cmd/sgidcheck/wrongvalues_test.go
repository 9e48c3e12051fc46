package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A curl line names what was wrong on purpose otherwise than what a reader has of `code`.
func TestCurlLinesOfWrongRequestsSayWhatWasWrong(t *testing.T) {
	lines := map[string]struct {
		variables string // of each line that the check is about
		least     int    // how many such lines its evidence has
	}{
		"TOKEN-01": {"CODE CODE_VERIFIER", 1},
		"TOKEN-05": {"CODE CODE_VERIFIER", 3},
		"PKCE-08":  {"CODE WRONG_CODE_VERIFIER", 5},
		"PKCE-09":  {"CODE WRONG_CODE_VERIFIER", 1},
		"PKCE-10":  {"CODE WRONG_CODE_VERIFIER", 2},
		"PKCE-11":  {"CODE WRONG_CODE_VERIFIER", 2},
		"TOKEN-08": {"WRONG_CODE CODE_VERIFIER", 5},
		"UINFO-01": {"ACCESS_TOKEN", 1},
		"UINFO-04": {"WRONG_ACCESS_TOKEN", 4},
	}
	out := t.TempDir()
	got := sgidcheck(t, "conformance", "--progress", "none", "--out", out, "--select", strings.Join(slices.Sorted(maps.Keys(lines)), ","))
	if got.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	found := verdicts(recordOf(t, out))
	variable := regexp.MustCompile(`"\$((?:WRONG_)?(?:CODE|CODE_VERIFIER|ACCESS_TOKEN))"`)
	for id, want := range lines {
		seen := map[string]int{}
		for _, e := range found[id].Exchanges {
			var names []string
			for _, m := range variable.FindAllStringSubmatch(e.Curl, -1) {
				names = append(names, m[1])
			}
			seen[strings.Join(names, " ")]++
		}
		if seen[want.variables] < want.least {
			t.Errorf("%s has %v, want %q at least %d times", id, seen, want.variables, want.least)
		}
		if wrong := seen["CODE WRONG_CODE_VERIFIER"] + seen["WRONG_CODE CODE_VERIFIER"] + seen["WRONG_ACCESS_TOKEN"]; wrong > 0 && !strings.Contains(want.variables, "WRONG_") {
			t.Errorf("%s calls wrong what is right: %v", id, seen)
		}
	}
}
