package judge

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"sgidcheck/internal/nearest"
	"sgidcheck/internal/run"
)

// Planned is a check with its place in a run: judged, or skipped for a reason
// known beforehand.
type Planned struct {
	Check  Check
	Skip   string  // why it is not judged; empty: it is
	Gap    run.Gap // what is lacking, where it is not judged
	Logins int     // logins it will spend of its own
	// Gravity is how much a failure would let an attacker do; the smaller, the worse.
	Gravity int
	// Rides are the logins that it shares with others, each with its number and
	// the case it is for; Left are the cases for which no login is left.
	Rides []Riding
	Held  []string // its cases that an earlier part of the run has seen hold
	Left  []string
}

// Riding is a check's part in a login that several share.
type Riding struct {
	Login int
	Case  string
}

// Choice says which checks a run is asked for and what it has to judge them with.
type Choice struct {
	Select, Skip []string        // check IDs, areas or globs; no Select: all
	Areas        []string        // restricts to these areas; empty: all that judge a provider
	Missing      map[Need]string // needs that are not met, each with the reason
	Scopes       []string        // the scopes asked for; nil: not restricted
	LoginBudget  int             // how many logins may be spent; 0: no limit
	Mock         bool            // the target is on this machine: plain http is its nature
	FewLogins    bool            // checks share logins
	// Judged are checks that an earlier part of the run has judged: they are not
	// planned. LoginKnown says that it has seen a login work, so that any of the
	// logins to come serves as the one that many share.
	Judged     []string
	LoginKnown bool
	// Again are checks that judge a whole run and held in an earlier part of it: they
	// are planned where another check of this part logs in, as what such logins are
	// given has been judged by nobody.
	Again []string
	// Held are the cases, by check, that an earlier part of the run has seen hold.
	Held map[string][]string
	// Gravity places a check by what its failure would let an attacker do: the
	// smaller, the worse. Nil: all alike.
	Gravity func(id string) int
}

// Selected reports whether id is chosen by any of the patterns: an ID, an
// area, or a glob over IDs.
func Selected(patterns []string, id string) bool {
	area, _, _ := strings.Cut(id, "-")
	return slices.ContainsFunc(patterns, func(p string) bool {
		p = strings.ToUpper(p)
		ok, _ := path.Match(p, id)
		return ok || p == id || p == area
	})
}

// CheckPatterns returns an error that names the first pattern that chooses
// nothing, and the nearest ID or area.
func CheckPatterns(patterns []string) error {
	for _, p := range patterns {
		if !slices.ContainsFunc(registry, func(c Check) bool { return Selected([]string{p}, c.ID) }) {
			return fmt.Errorf("%q names no check, no area and no glob that matches one; did you mean %s? (sgidcheck checks lists them)", p, NearestID(p))
		}
	}
	return nil
}

// NearestID returns the ID or area most like the text.
func NearestID(text string) string {
	area, number, _ := strings.Cut(strings.ToUpper(text), "-")
	if padded := fmt.Sprintf("%s-%02s", area, number); len(number) == 1 && slices.ContainsFunc(registry, func(c Check) bool { return c.ID == padded }) {
		return padded
	}
	known := run.Areas()
	for _, c := range registry {
		known = append(known, c.ID)
	}
	best, _ := nearest.Of(text, known)
	return best
}

// Plan orders the chosen checks by phase and catalogue order, skips those
// whose needs are not met, and spends the login budget: first on the login
// that many share, then on MUSTs before SHOULDs, the cheapest first.
func Plan(c Choice) []Planned {
	var plan []Planned
	for _, check := range registry {
		if !c.speaksOf(check) || !c.selects(check) || slices.Contains(c.Judged, check.ID) {
			continue
		}
		p := Planned{Check: check, Logins: c.loginsOf(check), Held: c.Held[check.ID]}
		p.Gap, p.Skip = c.unmet(check)
		if c.Gravity != nil {
			p.Gravity = c.Gravity(check.ID)
		}
		plan = append(plan, p)
	}
	plan = c.withoutRepeats(plan)
	slices.SortStableFunc(plan, func(a, b Planned) int {
		if d := a.Check.Phase - b.Check.Phase; d != 0 {
			return int(d)
		}
		return compareIDs(a.Check, b.Check)
	})
	switch {
	case c.FewLogins:
		share(plan, c.LoginBudget, c.LoginKnown)
	case c.LoginBudget > 0:
		spend(plan, c.LoginBudget)
	}
	return plan
}

// withoutRepeats leaves out the checks of Again where no other check logs in.
func (c Choice) withoutRepeats(plan []Planned) []Planned {
	again := func(p Planned) bool { return slices.Contains(c.Again, p.Check.ID) }
	if slices.ContainsFunc(plan, func(p Planned) bool {
		return !again(p) && p.Skip == "" && p.Check.Phase != Closing && (p.Check.Has(Login) || p.Logins > 0)
	}) {
		return plan
	}
	return slices.DeleteFunc(plan, again)
}

// loginsOf is how many logins of its own a check spends. Where a person logs in,
// the browser's checks look at a login that is made for others.
func (c Choice) loginsOf(check Check) int {
	if _, byPerson := c.Missing[LoginForm]; byPerson && check.Has(Browser) {
		return 0
	}
	return check.Logins
}

func (c Choice) speaksOf(check Check) bool {
	if len(c.Areas) == 0 {
		return check.Area() != run.AreaRP
	}
	return slices.Contains(c.Areas, check.Area())
}

func (c Choice) selects(check Check) bool {
	return (len(c.Select) == 0 || Selected(c.Select, check.ID)) && !Selected(c.Skip, check.ID)
}

// unmet says what the check lacks, and in what words; both are empty where it
// can be judged. What does not apply lacks nothing else.
func (c Choice) unmet(check Check) (lacks run.Gap, words string) {
	if check.Scope != "" && c.Scopes != nil && !slices.Contains(c.Scopes, check.Scope) {
		return run.NotApplicable, "the scope it judges was not requested"
	}
	for _, n := range check.Needs {
		reason, missing := c.Missing[n]
		switch gap := c.gap(n); {
		case missing && gap == run.NotApplicable:
			return gap, reason
		case missing && lacks == "":
			lacks, words = gap, reason
		}
	}
	return lacks, words
}

// gap is what a need that is not met stands for.
func (c Choice) gap(n Need) run.Gap {
	switch n {
	case SecondClient:
		return run.WantClient
	case SecondPerson, LoginForm, Cancellation:
		return run.WantPerson
	case Browser:
		return run.WantBrowser
	case Time:
		return run.WantTime
	case Disruption, Concurrency:
		return run.WantConsent
	case Login, Unattended:
		return run.WantLogins
	case HTTPS:
		if c.Mock {
			return run.NotApplicable
		}
		return run.WantHTTPS
	}
	return run.WantEvidence
}

// Coverage is what a run of this choice would leave unjudged if it judged no
// check at all: each MUST check that it speaks of and that may apply.
func (c Choice) Coverage() *run.Coverage {
	out := &run.Coverage{Areas: slices.Clone(c.Areas)}
	for _, check := range registry {
		lacks, _ := c.unmet(check)
		if check.Level != MUST || !c.speaksOf(check) || lacks == run.NotApplicable {
			continue
		}
		left := run.Unjudged{ID: check.ID, Gap: run.NotReached, Reason: "the run ended before it"}
		if !c.selects(check) {
			left.Gap, left.Reason = run.NotSelected, "it was not selected (--select, --skip)"
		}
		out.NotJudged = append(out.NotJudged, left)
	}
	return out
}

func spend(plan []Planned, budget int) {
	order := make([]*Planned, 0, len(plan))
	for i := range plan {
		if p := &plan[i]; p.Skip == "" && (p.Logins > 0 || p.Check.Has(Login)) {
			order = append(order, p)
		}
	}
	slices.SortStableFunc(order, func(a, b *Planned) int {
		if d := min(a.Logins, 1) - min(b.Logins, 1); d != 0 {
			return d
		}
		if d := rank(a.Check.Level) - rank(b.Check.Level); d != 0 {
			return d
		}
		return a.Logins - b.Logins
	})
	spendOn(order, budget, budget, false)
}

// spendOn spends what is left of the budget in the order given; shared says that
// the login that many share is paid for.
func spendOn(order []*Planned, left, budget int, shared bool) {
	for _, p := range order {
		cost := p.Logins
		if p.Check.Has(Login) && !shared {
			cost++
		}
		if cost > left {
			p.Gap, p.Skip = run.WantLogins, fmt.Sprintf("it needs %s, and the login budget of %d is used up by other checks (--login-budget)", logins(cost), budget)
			continue
		}
		left -= cost
		shared = shared || p.Check.Has(Login)
	}
}

func logins(n int) string {
	if n == 1 {
		return "a login of its own"
	}
	return fmt.Sprintf("%d logins", n)
}

func rank(l Level) int { return slices.Index([]Level{MUST, SHOULD, INFO}, l) }

// PlannedLogins is how many logins the plan will spend in all.
func PlannedLogins(plan []Planned) int {
	total, rides, shared := 0, 0, false
	for _, p := range plan {
		if p.Skip != "" {
			continue
		}
		total += p.Logins
		shared = shared || p.Check.Has(Login)
		for _, r := range p.Rides {
			rides = max(rides, r.Login-1)
		}
	}
	if shared {
		total++
	}
	return total + rides
}

// skipped is what the record says of a check that the plan skips.
func (p Planned) skipped(ctx context.Context) run.Check {
	return Judge(ctx, p.Check, func(t *T) { t.SkipFor(p.Gap, "%s", p.Skip) })
}

// What a plan sends, measured on the embedded provider: the metadata, the keys
// and the endpoints once, a login with its tokens and data, and one case of
// what must be refused. What only reads asks for nothing of its own.
const (
	requestsOfRun   = 6
	requestsOfLogin = 4
	requestsOfCase  = 1
)

// Requests is about how many requests the check will send by itself; 0 where it is
// skipped.
func (p Planned) Requests() int {
	if p.Skip != "" {
		return 0
	}
	return 1 + requestsOfLogin*(p.Logins+len(p.Rides)) + requestsOfCase*len(p.Check.Cases)
}

// PlannedRequests is about how many requests the plan will send. What a target
// answers decides how many follow, so it is an estimate.
func PlannedRequests(plan []Planned) int {
	total := requestsOfRun + requestsOfLogin*PlannedLogins(plan)
	for _, p := range plan {
		if p.Skip == "" && p.Check.Phase >= Refusing && p.Check.Phase != Browsing {
			total += requestsOfCase * max(len(p.Check.Cases), 1)
		}
	}
	return total
}
