package reports

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// mitigation is how the target stands to one threat.
type mitigation string

const (
	threatOpen          mitigation = "open"           // a guard fails, and the run has seen the attack go through
	threatAccepted      mitigation = "accepted"       // the same, and a waiver in force accepts it
	threatWeakened      mitigation = "weakened"       // a guard does not hold, without having shown the attack
	threatUntested      mitigation = "not-judged"     // no guard was judged
	threatPartly        mitigation = "partly-judged"  // what was judged holds, and some guards were not judged
	threatMitigated     mitigation = "mitigated"      // every guard that applies was judged and holds
	threatNotApplicable mitigation = "not-applicable" // no guard applies to this target
)

// Words says the state in the report's words.
func (m mitigation) Words() string {
	return map[mitigation]string{
		threatOpen: "Open", threatAccepted: "Open, accepted by waiver", threatWeakened: "Mitigation weakened",
		threatUntested: "Not judged", threatPartly: "Not judged in full", threatMitigated: "Mitigated", threatNotApplicable: "Does not apply here",
	}[m]
}

// judgedThreat is a threat with what this run says of it.
type judgedThreat struct {
	threat
	State    mitigation
	Broken   []string // guards that fail or warn
	Through  []string // those of them that let the attack through
	Accepted []string // guards that are waived
	Held     []string // guards that hold
	InPart   []string // guards that hold as far as they were judged
	Untested []string // guards skipped, blocked, or not in this run
	Outside  []string // guards that do not apply to this target
	accepted bool     // a waived guard lets the attack through
}

// judgeThreats judges every threat by the checks of the run, open ones first,
// each group with the gravest first.
func judgeThreats(r *run.Record) []judgedThreat {
	checks := map[string]*run.Check{}
	for i := range r.Checks {
		checks[r.Checks[i].ID] = &r.Checks[i]
	}
	out := make([]judgedThreat, 0, len(threats))
	for _, t := range threatsOf(r) {
		out = append(out, judge(t, checks, r.Checks))
	}
	order := []mitigation{threatOpen, threatAccepted, threatWeakened, threatUntested, threatPartly, threatMitigated, threatNotApplicable}
	slices.SortStableFunc(out, func(a, b judgedThreat) int {
		return slices.Index(order, a.State) - slices.Index(order, b.State)
	})
	return out
}

func judge(t threat, checks map[string]*run.Check, all []run.Check) judgedThreat {
	j := judgedThreat{threat: t}
	for _, g := range t.Guards {
		j.add(g, checks[g.ID])
	}
	if slices.ContainsFunc(t.Guards, func(g guard) bool { return g.By == bySilence }) {
		// Whatever request took the target down shows this attack.
		for i := range all {
			if c := &all[i]; failed(c) && bySilence.shown(c) && !slices.Contains(t.ids(), c.ID) {
				j.add(guard{c.ID, bySilence}, c)
			}
		}
	}
	switch {
	case len(j.Through) > 0:
		j.State = threatOpen
	case j.accepted:
		j.State = threatAccepted
	case len(j.Broken)+len(j.Accepted) > 0:
		j.State = threatWeakened
	case len(j.Held) > 0 && len(j.Untested)+len(j.InPart) == 0:
		j.State = threatMitigated
	case len(j.Held)+len(j.InPart) > 0:
		j.State = threatPartly
	case len(j.Untested) > 0:
		j.State = threatUntested
	default:
		j.State = threatNotApplicable
	}
	return j
}

// add sorts a guard by what its check came to; nil: it is not in the run.
func (j *judgedThreat) add(g guard, c *run.Check) {
	if c == nil {
		j.Untested = append(j.Untested, g.ID)
		return
	}
	switch c.Verdict {
	case run.Fail:
		if g.By.shown(c) {
			j.Through = append(j.Through, g.ID)
		}
		j.Broken = append(j.Broken, g.ID)
	case run.Warn:
		j.Broken = append(j.Broken, g.ID)
	case run.Waived:
		j.accepted = j.accepted || c.Level == "MUST" && c.WaivedFailure() && g.By.shown(c)
		j.Accepted = append(j.Accepted, g.ID)
	case run.Pass, run.StaleWaiver:
		if len(c.LeftOut()) > 0 {
			j.InPart = append(j.InPart, g.ID)
			return
		}
		j.Held = append(j.Held, g.ID)
	case run.Skip:
		if c.Gap == run.NotApplicable {
			j.Outside = append(j.Outside, g.ID)
		} else {
			j.Untested = append(j.Untested, g.ID)
		}
	default: // blocked, or an observation that judges nothing
		j.Untested = append(j.Untested, g.ID)
	}
}

// failed says whether c came to a failure, whether or not a waiver accepts it.
func failed(c *run.Check) bool {
	return c.Verdict == run.Fail || c.Level == "MUST" && c.WaivedFailure()
}

// shown says whether the failure of c is evidence that the attack goes through:
// by the failure itself, or by an exchange that the verdict rests on.
func (p proof) shown(c *run.Check) bool {
	if p == byFailure {
		return true
	}
	return slices.ContainsFunc(c.Exchanges, func(e run.Exchange) bool {
		return e.Judged && (p.in(&e) || p == byRedirect && redirectsAsAsked(c, &e))
	})
}

func (p proof) in(e *run.Exchange) bool {
	a := e.Response
	if a == nil {
		return p == bySilence
	}
	redirects := a.Status >= 300 && a.Status < 400
	succeeds := a.Status >= 200 && a.Status < 300
	switch p {
	case byToken:
		return succeeds && hasMember(a.Body, "access_token")
	case byData:
		return succeeds && (hasMember(a.Body, "data") || hasMember(a.Body, "sub"))
	case byCode:
		return redirects && carriesCode(location(a))
	case byRepetition:
		return a.Status == http.StatusTemporaryRedirect || a.Status == http.StatusPermanentRedirect
	case byAcceptance:
		return a.Status < 400
	case byContent:
		return true
	}
	return false
}

// hasMember says whether body is a JSON object with that member, not null. A
// body that was cut when it was recorded is looked through as text.
func hasMember(body, name string) bool {
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &object); err != nil {
		return strings.HasPrefix(strings.TrimSpace(body), "{") && strings.Contains(body, `"`+name+`"`)
	}
	value, ok := object[name]
	return ok && string(value) != "null"
}

func location(a *run.Response) string {
	for _, h := range a.Headers {
		if strings.EqualFold(h.Name, "Location") {
			return h.Value
		}
	}
	return ""
}

// carriesCode says whether the address has a code or a token in its query or
// fragment.
func carriesCode(address string) bool {
	before, fragment, _ := strings.Cut(address, "#")
	_, query, _ := strings.Cut(before, "?")
	for _, part := range []string{query, fragment} {
		for pair := range strings.SplitSeq(part, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if value != "" && slices.Contains([]string{"code", "access_token", "id_token"}, name) {
				return true
			}
		}
	}
	return false
}

// redirectsAsAsked says whether e redirects to the host of a redirect URI that
// the same case of the check has asked for.
func redirectsAsAsked(c *run.Check, e *run.Exchange) bool {
	if e.Response == nil || e.Response.Status < 300 || e.Response.Status >= 400 {
		return false
	}
	to, err := url.Parse(location(e.Response))
	if err != nil || to.Host == "" {
		return false
	}
	return slices.ContainsFunc(c.Exchanges, func(asking run.Exchange) bool {
		request, err := url.Parse(asking.Request.URL)
		if err != nil || asking.Case != e.Case {
			return false
		}
		wanted, err := url.Parse(request.Query().Get("redirect_uri"))
		return err == nil && strings.EqualFold(to.Host, wanted.Host)
	})
}

// Missing says how many of the guards were not judged in full, or "".
func (j judgedThreat) Missing() string {
	var parts []string
	if n := len(j.Untested); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d guards not judged", n, len(j.Guards)))
	}
	if n := len(j.InPart); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d guards judged in part", n, len(j.Guards)))
	}
	return strings.Join(parts, ", ")
}

// Wide says whether the report gives the threat the room of a finding.
func (j judgedThreat) Wide() bool {
	return j.State == threatOpen || j.State == threatAccepted || j.State == threatWeakened
}

// Otherwise returns the guards that fail or warn without letting the attack through.
func (j judgedThreat) Otherwise() []string {
	var out []string
	for _, id := range j.Broken {
		if !slices.Contains(j.Through, id) {
			out = append(out, id)
		}
	}
	return out
}

// failing returns the failed checks, those behind the gravest open threat
// first, the rest in the order of the run.
func failing(r *run.Record) []*run.Check {
	place := map[string]int{}
	for i, j := range judgeThreats(r) {
		for _, id := range j.Through {
			if _, ok := place[id]; !ok {
				place[id] = i - len(threats)
			}
		}
	}
	var out []*run.Check
	for i := range r.Checks {
		if r.Checks[i].Verdict == run.Fail {
			out = append(out, &r.Checks[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *run.Check) int { return place[a.ID] - place[b.ID] })
	return out
}

// guardedBy returns the threats that the check guards against.
func guardedBy(id string) []threat {
	var out []threat
	for _, t := range slices.Concat(threats, applicationThreats) {
		if slices.Contains(t.ids(), id) {
			out = append(out, t)
		}
	}
	return out
}
