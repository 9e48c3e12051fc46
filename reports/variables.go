package reports

import (
	"regexp"
	"slices"

	"sgidcheck/internal/run"
)

// variable is a shell variable of the curl lines: a secret that no record holds.
type variable struct {
	Name string
	Says string // what it is
	Get  string // how to have it, as a line for a shell; empty: by hand
}

// variables are those that curl lines use, by name; what is numbered beyond them
// is another value of the same kind.
var variables = []variable{
	{"SGID_CLIENT_SECRET", "the client secret", `export SGID_CLIENT_SECRET="$(cat client-secret.txt)"`},
	{"SGID_SECOND_CLIENT_SECRET", "the second client's secret", `export SGID_SECOND_CLIENT_SECRET="$(cat second-client-secret.txt)"`},
	{"WRONG_CLIENT_SECRET", "a client secret that was wrong on purpose", "export WRONG_CLIENT_SECRET=wrong"},
	{"CODE", "a fresh authorization code; it is good once, and not for long", `eval "$(sgidcheck code)"`},
	{"CODE_VERIFIER", "the code verifier of that login", `eval "$(sgidcheck code)"`},
	{"WRONG_CODE", "a code that was wrong on purpose: one that nobody issued, or a fresh one changed as the case says", `export WRONG_CODE="$(printf 'wrong%.0s' 1 2 3 4 5 6 7 8)"`},
	{"WRONG_CODE_VERIFIER", "a code verifier that is not the login's, or of a login that was begun wrong on purpose: the title and the case say how", `export WRONG_CODE_VERIFIER="$(printf 'wrong%.0s' 1 2 3 4 5 6 7 8 9 10)"`},
	{"ACCESS_TOKEN", "the access token of a fresh login", `eval "$(sgidcheck code --redeem)"`},
	{"WRONG_ACCESS_TOKEN", "an access token that was wrong on purpose: one that nobody issued, or a fresh one changed as the case says", `export WRONG_ACCESS_TOKEN="$(printf 'wrong%.0s' 1 2 3 4 5 6 7 8)"`},
	{"ID_TOKEN", "the ID token of a fresh login", `eval "$(sgidcheck code --redeem)"`},
}

var (
	usedVariable = regexp.MustCompile(`"\$([A-Z][A-Z0-9_]*)"`)
	numbered     = regexp.MustCompile(`_\d+$`)
)

// variablesOf explains the variables that the record's curl lines use.
func variablesOf(r *run.Record) []variable {
	used := map[string]bool{}
	for _, c := range r.Checks {
		for _, e := range c.Exchanges {
			for _, m := range usedVariable.FindAllStringSubmatch(e.Curl, -1) {
				used[m[1]] = true
			}
		}
	}
	var out []variable
	for _, v := range variables {
		if used[v.Name] {
			out = append(out, v)
			delete(used, v.Name)
		}
	}
	var others []string
	for name := range used {
		others = append(others, name)
	}
	slices.Sort(others)
	for _, name := range others {
		says := "a value that the record does not hold; put in one of your own"
		kind := numbered.ReplaceAllString(name, "")
		if i := slices.IndexFunc(variables, func(v variable) bool { return v.Name == kind }); kind != name && i >= 0 {
			says = "like " + kind + ", of another login or attempt"
		}
		out = append(out, variable{Name: name, Says: says})
	}
	return out
}
