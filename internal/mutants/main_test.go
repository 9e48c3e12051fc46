package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestMutantsOfASource(t *testing.T) {
	source := `package p

var limit = 2 << 10

func (r *R[T]) Method(ok bool, s []int) string {
	for i := 0; i < len(s); i++ {
		if ok && !r.done(s[i]) || s[i] == 3 {
			r.n += s[i] * 2
		}
	}
	if ok {
		return "a" + r.name
	}
	return ""
}
`
	want := []string{
		": 2 << 10 => 2 >> 10",
		"R.Method: i < len(s) => i <= len(s)",
		"R.Method: i < len(s) => i >= len(s)",
		"R.Method: i++ => i--",
		"R.Method: ok && !r.done(s[i]) || s[i] == 3 => ok && !r.done(s[i]) && s[i] == 3",
		"R.Method: ok && !r.done(s[i]) => ok || !r.done(s[i])",
		"R.Method: !r.done(s[i]) => r.done(s[i])",
		"R.Method: s[i] == 3 => s[i] != 3",
		"R.Method: r.n += s[i] * 2 => r.n -= s[i] * 2",
		"R.Method: s[i] * 2 => s[i] / 2",
		"R.Method: ok => !ok",
	}
	found, err := mutantsOf(&pkg{}, "p.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		got = append(got, m.key)
		changed := source[:m.from] + m.text + source[m.to:]
		if _, after, _ := strings.Cut(m.key, " => "); !strings.Contains(oneLine(changed), after) {
			t.Errorf("%s: the source became %s", m.key, changed)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// module makes a module of one package and goes there.
func module(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	files["go.mod"] = "module m\n\ngo 1.24\n"
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const code = `package m

func Max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func Unreached(ok bool) bool { return !ok }

func Joined(a string) string {
	b := a
	return a + b
}
`

const tests = `package m

import "testing"

func TestMax(t *testing.T) {
	if Max(1, 2) != 2 || Max(2, 1) != 2 || Joined("a") != "aa" {
		t.Error()
	}
}
`

func TestCount(t *testing.T) {
	const equal = "Max: a > b => a >= b\tof two equal numbers either is the greater\n"
	for _, tt := range []struct {
		name, equivalents, match string
		enough                   bool
		want                     []string
	}{
		{"what the tests let pass", "", "", false, []string{
			"survived: m.go:4:7 Max: a > b => a >= b\n",
			"survived, no test runs it: m.go:10:39 Unreached: !ok => ok\n",
			"killed 1 of 3 (0 by the time limit), survived 2; not counted: 1 do not compile, 0 are listed as equivalent\n"}},
		{"with one that changes nothing", "# a comment\n\n" + equal, "Max", true, []string{
			"killed 1 of 1 (0 by the time limit), survived 0; not counted: 0 do not compile, 1 are listed as equivalent\n"}},
		{"nothing to count", "", "^$", false, []string{"killed 0 of 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"m.go": code, "m_test.go": tests}
			if tt.equivalents != "" {
				files[equivalentsFile] = tt.equivalents
			}
			module(t, files)
			var out strings.Builder
			enough, err := count(t.Context(), &out, options{n: 85, seed: 1, jobs: 2, match: regexp.MustCompile(tt.match), packages: []string{"."}})
			if err != nil || enough != tt.enough {
				t.Errorf("%v, %v", enough, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in\n%s", want, out.String())
				}
			}
			if now, _ := os.ReadFile("m.go"); string(now) != code {
				t.Error("the source was changed")
			}
		})
	}
}

func TestCountSaysWhatKeepsItFromCounting(t *testing.T) {
	for _, tt := range []struct{ name, equivalents, tests, want string }{
		{"a mutant without a reason", "Max: a > b => a >= b\n", tests, "no reason"},
		{"a mutant that is gone", "Max: a > c => a >= c\twhy\n", tests, "no such mutant"},
		{"tests that fail", "", strings.Replace(tests, "!= 2", "!= 3", 1), "the tests must pass"},
		{"tests that do not compile", "", tests + "x", "the tests must pass"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			module(t, map[string]string{"m.go": code, "m_test.go": tt.tests, equivalentsFile: tt.equivalents})
			_, err := count(t.Context(), os.Stderr, options{match: regexp.MustCompile(""), packages: []string{"."}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := count(t.Context(), os.Stderr, options{}); err == nil {
		t.Error("no package is no error")
	}
}

func TestNineOfTenAreEnough(t *testing.T) {
	for _, tt := range []struct {
		killed, survived int
		want             bool
	}{{9, 1, true}, {8, 1, false}, {90, 10, true}, {89, 11, false}, {0, 0, false}, {1, 0, true}} {
		got := tally{killed: tt.killed, survived: make([]string, tt.survived)}
		if got.enough() != tt.want {
			t.Errorf("%d of %d: %v", tt.killed, tt.killed+tt.survived, got.enough())
		}
	}
}
