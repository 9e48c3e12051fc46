package judge

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// Spec is what Ginkgo's It takes beside the text of a check's spec: the labels
// area, ID and level, the place in the order of a run, and a body that judges
// the check with the campaign of its context (see Campaign.Within).
func Spec(c Check) []any {
	return []any{
		ginkgo.Label(c.Area(), c.ID, string(c.Level)),
		ginkgo.SpecPriority(-place(c)),
		func(ctx ginkgo.SpecContext) { judgeSpec(ctx, c.ID) },
	}
}

// Bodies are the functions that judge a package's checks with a session S, by
// ID. They are added while the package is initialised, and only read from then on.
type Bodies[S any] map[string]func(S)

// Add registers a check with the function that judges it, and returns what
// Ginkgo's It takes beside the text of its spec (see Spec).
func (b Bodies[S]) Add(c Check, body func(S)) []any {
	c = Register(c)
	b[c.ID] = body
	return Spec(c)
}

// With is the function that judges the check with the given ID, in the session
// that in makes and ends around it; nil: the check is none of the package's.
func (b Bodies[S]) With(id string, in func(t *T, body func(S))) func(*T) {
	body := b[id]
	if body == nil {
		return nil
	}
	return func(t *T) { in(t, body) }
}

// place is where the check comes in a run: by phase, then in the order of the
// catalogue.
func place(c Check) int {
	number, _ := strconv.Atoi(strings.TrimPrefix(c.ID, c.Area()+"-"))
	return (int(c.Phase)*100+run.PlaceOf(c.Area()))*1000 + number
}

type campaignKey struct{}

// Within is a context for specs that are judged with the campaign c. It is
// for Ginkgo's AroundNode.
func (c *Campaign) Within(ctx context.Context) context.Context {
	return context.WithValue(ctx, campaignKey{}, c)
}

// judgeSpec judges a planned check of the context's campaign and tells Ginkgo
// what came of it.
func judgeSpec(ctx context.Context, id string) {
	c, _ := ctx.Value(campaignKey{}).(*Campaign)
	if c == nil {
		ginkgo.Fail("no target was opened: the suite's BeforeSuite opens it")
	}
	at := slices.IndexFunc(c.Plan, func(p Planned) bool { return p.Check.ID == id })
	if at < 0 {
		ginkgo.Skip("the run does not ask for it")
	}
	out, judged := c.judgeOne(ctx, c.Plan[at])
	if !judged {
		ginkgo.Skip("the run was interrupted")
	}
	report(out)
}

// judgeOne judges a planned check, and with it as many others as it takes where
// checks are judged together.
func (c *Campaign) judgeOne(ctx context.Context, p Planned) (out run.Check, judged bool) {
	if !c.pools(p) {
		return c.judge(ctx, p)
	}
	if c.early == nil {
		c.early = map[string]run.Check{}
	}
	if _, known := c.early[p.Check.ID]; !known && !c.judgeTogether(ctx, p, false, func(out run.Check) { c.early[out.ID] = out }) {
		return out, false
	}
	out, judged = c.early[p.Check.ID]
	return out, judged
}

func report(out run.Check) {
	switch out.Verdict {
	case run.Fail:
		ginkgo.Fail(told(out))
	case run.Blocked:
		ginkgo.Fail(fmt.Sprintf("blocked by %s: %s", out.BlockedBy, out.Reason))
	case run.Skip:
		ginkgo.Skip(out.Reason)
	case run.Warn, run.Info, run.Waived, run.StaleWaiver:
		ginkgo.AddReportEntry(string(out.Verdict), out.Observed)
	}
}

// told is a failed check in words.
func told(out run.Check) string {
	return fmt.Sprintf("expected: %s\nobserved: %s\nremedy: %s", out.Expected, out.Observed, out.Remediation)
}
