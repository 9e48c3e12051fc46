// Package judge is what every check stands on: the catalogue of checks, the
// campaign that judges them, by itself or as Ginkgo specs, and the rules that
// turn what a check saw into a verdict. It knows nothing of sgID; the checks do.
package judge

import (
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// Level says how much a check counts.
type Level string

// The levels of DESIGN.md, "Levels".
const (
	MUST   Level = "MUST"   // does not hold: the target fails
	SHOULD Level = "SHOULD" // does not hold: a warning
	INFO   Level = "INFO"   // an observation; never counts against the target
)

// Phase places a check in the order of a run: what only reads comes first,
// what may hurt the target last.
type Phase int

// The phases in the order in which they run.
const (
	Reading    Phase = iota // only reads
	LoggingIn               // needs logins that succeed
	Refusing                // sends what must be refused
	Browsing                // drives a browser
	Crowding                // many requests at once
	Waiting                 // needs time to pass
	Disrupting              // may take a weak target down
	Closing                 // sends little or nothing: judges what the run has seen
)

func (p Phase) String() string {
	return [...]string{"reading", "logging in", "refusing", "browsing", "crowding", "waiting", "disrupting", "closing"}[p]
}

// Need is something that must be there for a check to be judged.
type Need string

// The needs. A check whose need is not met is skipped with the reason.
const (
	Login        Need = "login"         // the login that many checks share
	SecondClient Need = "second client" // another registered client with its own key
	SecondPerson Need = "second person" // another person who can log in
	Browser      Need = "browser"
	Time         Need = "time"         // runs with --slow
	HTTPS        Need = "https"        // an https target
	Disruption   Need = "disruptive"   // may take a weak target down
	Concurrency  Need = "concurrency"  // many requests at once
	Unattended   Need = "unattended"   // more logins than a person would give
	DataScope    Need = "data scope"   // a scope that was asked for
	LoginForm    Need = "login page"   // a page that a program can read
	Cancellation Need = "cancellation" // a page that offers to give up
	Logout       Need = "logout"       // the address that logs out of a relying party
	AppLog       Need = "log"          // what a relying party logs
)

// Check is one testable statement. Its ID, once published, never changes its meaning.
type Check struct {
	ID      string // AREA-NN
	Title   string // what must hold, in a few words
	Problem string // what is wrong where it does not hold, in a few words: true in whatever way it fails
	Level   Level
	Phase   Phase
	Basis   []run.Basis
	Expect  string           // what is expected, one sentence
	Why     string           // why it matters, one sentence
	Remedy  string           // how to fix it, one or two sentences
	Needs   []Need           // in addition to a target that answers
	Logins  int              // how many logins of its own it spends, besides the shared one
	Wants   []Want           // the same logins as data, for sharing them with other checks; nil: it does not share
	Cases   []string         // the named inputs it tries, where there are several
	Levels  map[string]Level // of cases that count less than the check does
	Covers  []string         // tests of other public suites that ask the same
	Scope   string           // the scope whose data it judges, for the DATA area
}

// Area is the part of the ID before the dash.
func (c Check) Area() string {
	area, _, _ := strings.Cut(c.ID, "-")
	return area
}

// Has reports whether the check has need n.
func (c Check) Has(n Need) bool { return slices.Contains(c.Needs, n) }

// NeedsProgram reports whether no run can judge the check in which a person logs in:
// it takes a program at the login page.
func (c Check) NeedsProgram() bool { return c.Has(Unattended) || c.Has(LoginForm) }

// registry is filled while the packages of checks are initialised, and only
// read from then on.
var registry []Check

// Register adds a check to the catalogue; it is called while packages are
// initialised. It panics where the ID is taken or a member is missing: that is
// a mistake in the program, found by the first test that runs.
func Register(c Check) Check {
	for _, r := range registry {
		if r.ID == c.ID {
			panic("judge: check " + c.ID + " is registered twice")
		}
	}
	if c.ID == "" || c.Title == "" || c.Expect == "" || c.Remedy == "" || c.Why == "" || len(c.Basis) == 0 || c.Level == "" {
		panic(fmt.Sprintf("judge: check %q lacks a title, a level, a basis, an expectation, a reason or a remedy", c.ID))
	}
	if c.Problem == "" && c.Level != INFO {
		panic(fmt.Sprintf("judge: check %q lacks a problem: what is wrong where it does not hold", c.ID))
	}
	for name, level := range c.Levels {
		if rank(level) <= rank(c.Level) || !slices.Contains(c.Cases, name) {
			panic(fmt.Sprintf("judge: check %q has a case %q that it does not list, or that counts no less than the check", c.ID, name))
		}
	}
	registry = append(registry, c)
	return c
}

// Catalogue returns every registered check, ordered by area as run.Areas
// lists them and by ID.
func Catalogue() []Check {
	out := slices.Clone(registry)
	slices.SortStableFunc(out, compareIDs)
	return out
}

// CatalogueOf is the part of Catalogue that is of these areas.
func CatalogueOf(areas ...string) []Check {
	return slices.DeleteFunc(Catalogue(), func(c Check) bool { return !slices.Contains(areas, c.Area()) })
}

// Lookup returns the check with the given ID.
func Lookup(id string) (Check, bool) {
	for _, c := range registry {
		if c.ID == id {
			return c, true
		}
	}
	return Check{}, false
}

func compareIDs(a, b Check) int {
	if d := run.PlaceOf(a.Area()) - run.PlaceOf(b.Area()); d != 0 {
		return d
	}
	if d := len(a.ID) - len(b.ID); d != 0 {
		return d
	}
	return strings.Compare(a.ID, b.ID)
}
