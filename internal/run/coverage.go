package run

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// Gap says why an applicable check was not judged, or that it does not apply.
type Gap string

// The gaps. Only NotApplicable takes a check out of what a run is measured by.
const (
	NotApplicable Gap = "not-applicable" // the target's nature leaves nothing to judge
	WantLogins    Gap = "logins"         // it takes more logins than the run may spend
	WantClient    Gap = "client"         // a second client, or more of the client's registration
	WantPerson    Gap = "person"         // a person, or a second one, at the login page
	WantBrowser   Gap = "browser"        // a browser
	WantTime      Gap = "time"           // --slow
	WantConsent   Gap = "permission"     // --allow-disruptive
	WantHTTPS     Gap = "https"          // a target on https
	WantEvidence  Gap = "evidence"       // the run met nothing to judge it by
	NotSelected   Gap = "not-selected"   // --select or --skip
	NotReached    Gap = "not-reached"    // the run ended before it
	WasBlocked    Gap = "blocked"        // something it builds on is broken
)

// Coverage says how much of what applies to the target a run has judged. It
// counts MUST checks alone.
type Coverage struct {
	Areas      []string   `json:"areas,omitempty"` // what the command judges; empty: the whole catalogue
	Applicable int        `json:"applicable"`
	Judged     int        `json:"judged"`
	Failed     int        `json:"failed"`
	Waived     int        `json:"waived"` // in whole or in part: of some, other cases were not judged
	NotJudged  []Unjudged `json:"not_judged"`
}

// Unjudged is an applicable MUST check that a run has not judged, or not in full.
type Unjudged struct {
	ID     string   `json:"id"`
	Gap    Gap      `json:"gap"`
	Reason string   `json:"reason"`
	Cases  []string `json:"cases,omitempty"` // what was left out of a check that was judged in part; none: all of it
}

// RequireComplete is the value of Record.Require by which a run that left an
// applicable MUST check unjudged is incomplete.
const RequireComplete = "complete"

const must = "MUST"

// count derives the figures from the record's checks. What no check of the
// record speaks of stays as it was: not selected, or not reached.
func (c *Coverage) count(checks []Check) {
	known := make(map[string]bool, len(checks))
	for i := range checks {
		known[checks[i].ID] = true
	}
	var open []Unjudged
	for _, u := range c.NotJudged {
		if !known[u.ID] {
			open = append(open, u)
		}
	}
	c.Judged, c.Failed, c.Waived = 0, 0, 0
	for i := range checks {
		check := &checks[i]
		if check.Level != must {
			continue
		}
		switch check.Verdict {
		case Skip:
			if check.Gap != NotApplicable {
				open = append(open, Unjudged{ID: check.ID, Gap: orGap(check.Gap, WantEvidence), Reason: check.Reason})
			}
			continue
		case Fail:
			c.Failed++
		case Waived:
			if check.WaivedFailure() {
				c.Waived++
			}
		case Pass, Warn, Info, StaleWaiver:
		default:
			open = append(open, Unjudged{ID: check.ID, Gap: WasBlocked, Reason: check.Reason})
			continue
		}
		if left := check.LeftOut(); len(left) > 0 {
			open = append(open, inPart(check.ID, left))
			continue
		}
		c.Judged++
	}
	c.NotJudged = append([]Unjudged{}, open...)
	c.Applicable = c.Judged + len(c.NotJudged)
}

// WaivedFailure says whether a waiver accepts a failure of the check. One that accepts
// a warning leaves the check as it would be with the warning.
func (c *Check) WaivedFailure() bool {
	return c.Verdict == Waived && (c.Waiver == nil || c.Waiver.Covers != Warn)
}

// LeftOut are the cases that keep a check from being judged in full: those that apply
// to the target, that this run has not tried, and whose level is not below the check's.
// There are none where the verdict stands whatever they come to: it fails, a waiver
// accepts its failure as a whole, or nothing of it was judged.
func (c *Check) LeftOut() []Case {
	var out []Case
	switch c.Verdict {
	case Pass, Info, StaleWaiver:
	case Warn:
		if c.Level != must {
			return nil
		}
	case Waived:
		if c.Waiver == nil || c.Waiver.Case == "" && (c.WaivedFailure() || c.Level != must) {
			return nil
		}
	default:
		return nil
	}
	for _, one := range c.Cases {
		lower := one.Level == "INFO" || one.Level == "SHOULD" && c.Level == must
		if one.Verdict == Skip && one.Gap != "" && one.Gap != NotApplicable && !lower {
			out = append(out, one)
		}
	}
	return out
}

// inPart says what was left out of a check that was judged in part, and why: cases
// with the same reason are named together.
func inPart(id string, left []Case) Unjudged {
	u := Unjudged{ID: id, Gap: left[0].Gap}
	var reasons []string
	names := map[string][]string{}
	for _, c := range left {
		u.Cases = append(u.Cases, c.Name)
		if names[c.Observed] == nil {
			reasons = append(reasons, c.Observed)
		}
		names[c.Observed] = append(names[c.Observed], c.Name)
	}
	for i, why := range reasons {
		text := "its cases " + strings.Join(names[why], ", ") + " were left out"
		if len(names[why]) == 1 {
			text = "its case " + names[why][0] + " was left out"
		}
		reasons[i] = strings.TrimSuffix(text+": "+why, ": ")
	}
	u.Reason = strings.Join(reasons, "; ")
	return u
}

func orGap(g, otherwise Gap) Gap {
	if g == "" {
		return otherwise
	}
	return g
}

// Join adds what another part of the same run has left unjudged, and the areas
// that it speaks of. An ID that both name keeps the reason of c.
func (c *Coverage) Join(part *Coverage) {
	if len(c.Areas) == 0 || len(part.Areas) == 0 {
		c.Areas = nil
	} else {
		c.Areas = union(c.Areas, part.Areas)
	}
	for _, u := range part.NotJudged {
		if !slices.ContainsFunc(c.NotJudged, func(have Unjudged) bool { return have.ID == u.ID }) {
			c.NotJudged = append(c.NotJudged, u)
		}
	}
}

// clone is a copy that shares nothing with c; nil for nil.
func (c *Coverage) clone() *Coverage {
	if c == nil {
		return nil
	}
	out := *c
	out.Areas, out.NotJudged = slices.Clone(c.Areas), slices.Clone(c.NotJudged)
	for i := range out.NotJudged {
		out.NotJudged[i].Cases = slices.Clone(out.NotJudged[i].Cases)
	}
	return &out
}

// Mock says whether the target runs on this machine: the embedded provider, or
// one at a loopback address. That it behaves says nothing of what goes live.
func (t Target) Mock() bool {
	if t.Kind == "embedded" || t.Local {
		return true
	}
	u, err := url.Parse(t.Issuer)
	if err != nil {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// Ready says whether the run may be called the readiness of its target: the
// whole catalogue, every MUST check that applies judged and holding, nothing
// waived, and a target that is no mock.
func (r *Record) Ready() bool {
	c := r.Coverage
	return r.Verdict == RunPass && c != nil && len(c.Areas) == 0 && c.Judged > 0 &&
		len(c.NotJudged) == 0 && c.Failed == 0 && c.Waived == 0 && !r.Target.Mock()
}

// OtherTargets says that not all of the runs judged one target.
func OtherTargets(runs []*Record) bool {
	return slices.ContainsFunc(runs, func(r *Record) bool { return r.Target.other(runs[0].Target) })
}

// other says that two runs judged different targets. The issuer does not tell
// applications apart: for each of them it may be the address of the harness.
func (t Target) other(u Target) bool { return t.Issuer != u.Issuer || t.Application != u.Application }

// StandIn says that the run did not reach the target that it names, or is empty.
func (t Target) StandIn() string {
	if !t.Local || t.Kind == "embedded" {
		return ""
	}
	return "a stand-in on this machine"
}

// OtherStandIns says that some of the runs reached their target, and others a stand-in for it.
func OtherStandIns(runs []*Record) bool {
	return slices.ContainsFunc(runs, func(r *Record) bool { return r.Target.StandIn() != runs[0].Target.StandIn() })
}

// apart is what two different targets are called, so that one is told from the other.
func (t Target) apart(u Target) string {
	if t.Name() == u.Name() {
		return t.Name() + " with " + t.Issuer + " and with " + u.Issuer
	}
	return t.Name() + " and " + u.Name()
}

// Name is what the target is called: the issuer, or the relying party's start page.
func (t Target) Name() string {
	if t.Application != "" {
		return t.Application
	}
	return t.Issuer
}
