package loadtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

// Starting by the clock.
const (
	// DefaultMintAhead is how long before its use a code is minted at most: later, and
	// it may not be there; earlier, and it may have run out, which some do in a minute.
	DefaultMintAhead = 30 * time.Second
	mostLate         = time.Second           // a process that is later sends nothing
	beforeStart      = 50 * time.Millisecond // the pacer waits for the rest
	maxParts         = 10_000
)

// shard says which part of a load this process sends; the process's name is new
// each time.
func (o *Options) shard() *run.Shard {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return &run.Shard{Part: o.Part, Process: rand.Text(), Host: host}
}

// applyShare puts the flags of a load that several processes send into options.
func (f *Flags) applyShare(o *Options, c *config.Config) (err error) {
	if f.startAt == "" && f.shard != "" {
		return errors.New("--shard needs --start-at TIME, the same for every part: the parts share a clock and nothing else")
	}
	if f.startAt == "" && c.OnCommandLine("loadtest-mint-ahead") && (o.Scenario == Userinfo || o.Live && c.Login == config.LoginDirect) {
		return errors.New("--mint-ahead is for codes that are minted ahead: of token, or of login with --authorize ahead")
	}
	o.MintAhead = f.mintAhead
	if f.startAt != "" {
		if o.StartAt, err = parseStart(f.startAt, time.Now()); err != nil {
			return err
		}
	}
	if f.shard == "" {
		return nil
	}
	if strings.HasPrefix(f.startAt, "+") {
		return fmt.Errorf("--start-at %s: with --shard it is a time of the clock, such as %s: counted from now, each part would begin at a time of its own", f.startAt, o.StartAt.UTC().Format(time.RFC3339))
	}
	part, parts, ok := strings.Cut(f.shard, "/")
	i, err := strconv.Atoi(part)
	n, err2 := strconv.Atoi(parts)
	if !ok || err != nil || err2 != nil || n < 1 || n > maxParts || i < 0 || i >= n {
		return fmt.Errorf("--shard %q: want I/N, part I of N, with N up to %d and I from 0 to N-1, such as 0/3", f.shard, maxParts)
	}
	o.Shared, o.Part, o.Parts = true, i, n
	return nil
}

// parseStart reads a time of the clock with its zone, or +DURATION from now.
func parseStart(s string, now time.Time) (time.Time, error) {
	if after, ok := strings.CutPrefix(s, "+"); ok {
		if d, err := time.ParseDuration(after); err == nil && d >= 0 {
			return now.Add(d), nil
		}
	} else if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("--start-at %q: want a time with its zone, such as %s, or +2m", s, now.Add(2*time.Minute).UTC().Format(time.RFC3339))
}

// completeShare says what of a share of a load cannot be used.
func (o *Options) completeShare() error {
	setDefault(&o.Parts, 1)
	setDefault(&o.MintAhead, DefaultMintAhead)
	switch {
	case o.Parts < 1 || o.Parts > maxParts:
		return optionError("a load has from 1 to %d parts, not %d", maxParts, o.Parts)
	case o.Part < 0 || o.Part >= o.Parts:
		return optionError("the parts of %d are numbered from 0 to %d, and %d is none of them", o.Parts, o.Parts-1, o.Part)
	case o.Shared && o.StartAt.IsZero():
		return optionError("the parts of a load need a common time to start at")
	case o.Shared && o.FindMax != nil:
		return optionError("a search for the highest rate cannot be split: each of its steps depends on the one before")
	case o.Shared && o.Attended:
		return optionError("a load whose logins a person makes cannot be split")
	}
	plan := o.plan(o.Rate, o.RampTo, o.Duration)
	if o.Shared && plan.total < uint64(o.Parts) {
		return optionError("the plan has %d requests for %d parts: take fewer parts", plan.total, o.Parts)
	}
	if o.Scenario == Userinfo {
		o.Tokens = max(1, int(shareOf(uint64(o.Tokens), o.Part, o.Parts)))
	}
	return o.affordable(plan)
}

// plan is this process's share of the load at a rate.
func (o *Options) plan(from, to float64, duration time.Duration) schedule {
	whole := newSchedule(from, to, o.Warmup, duration, o.MaxRequests/o.requests())
	return whole.split(uint64(o.Part), uint64(max(1, o.Parts)))
}

// shareOf is part's share of n, which the parts have between them.
func shareOf(n uint64, part, parts int) uint64 {
	return schedule{part: uint64(part), parts: uint64(parts)}.share(n)
}

// affordable is an error for a load that takes more logins than may be spent.
func (o *Options) affordable(plan schedule) error {
	if o.LoginBudget == 0 || o.Minter == nil || o.FindMax != nil {
		return nil
	}
	parts, needs := uint64(o.Parts), plan.total
	switch {
	case o.Scenario == Userinfo && len(o.Logins) > 0:
		return nil
	case o.Scenario == Userinfo:
		needs = uint64(o.Tokens) * parts
	case o.Check == CheckFull:
		needs += referenceLogins * parts
	}
	if needs > o.LoginBudget {
		return optionError("the load takes %d logins, and --login-budget allows %d: lower the rate or the duration, set --max-requests, or allow more", needs, o.LoginBudget)
	}
	return nil
}

// budgeted is a minter that spends no more than this process's share of the logins
// that may be spent.
type budgeted struct {
	Minter
	left *atomic.Int64
}

var errBudget = errors.New("this process's share of --login-budget is spent")

func (m budgeted) Mint(ctx context.Context) (*Code, error) {
	if m.left.Add(-1) < 0 {
		return nil, errBudget
	}
	return m.Minter.Mint(ctx)
}

func (o *Options) bound(m Minter) Minter {
	if o.LoginBudget == 0 || m == nil {
		return m
	}
	left := new(atomic.Int64)
	left.Store(int64(shareOf(o.LoginBudget, o.Part, o.Parts)))
	return budgeted{m, left}
}

// recordPlan is the whole plan as the record has it.
func (o *Options) recordPlan() *run.LoadPlan {
	s := o.plan(o.Rate, o.RampTo, o.Duration)
	p := &run.LoadPlan{
		Parts: o.Parts, StartAt: o.StartAt.UTC(), Rate: o.Rate, RampTo: o.RampTo,
		WarmupS: o.Warmup.Seconds(), Warm: s.warm, DurationS: o.Duration.Seconds(), EndsS: s.duration.Seconds(),
		MaxRequests: o.MaxRequests, Planned: s.total - s.warm, Check: string(o.Check),
	}
	if o.Scenario == Login {
		p.Authorize = map[bool]string{true: authorizeLive, false: authorizeAhead}[o.Live]
	}
	for _, t := range o.Thresholds {
		p.Thresholds = append(p.Thresholds, t.Expression)
	}
	return p
}

// mark puts into the figures how answers were checked, and which part of which plan
// they are of.
func (a *attack) mark(l *run.Load) *run.Load {
	l.Check = string(a.o.Check)
	if a.o.Shared {
		shard := *a.shard
		if a.clockSeen.Load() {
			ahead := round(time.Duration(a.clockAhead.Load()).Seconds(), 3)
			shard.ClockS = &ahead
		}
		l.Plan, l.Shard = a.o.recordPlan(), &shard
	}
	return l
}

// empty is the figures of a load of which nothing has been sent.
func (a *attack) empty() *run.Load {
	return a.mark(a.acc.load(a.o.Scenario, 0))
}

// tooLate is how long after its time the load would begin, where that is too long;
// else 0.
func (o *Options) tooLate() time.Duration {
	if o.StartAt.IsZero() {
		return 0
	}
	if late := time.Since(o.StartAt); late > mostLate {
		return late
	}
	return 0
}

// late is the record of a load that was not sent, because it came too late.
func (a *attack) late(by time.Duration) *run.Load {
	l := a.empty()
	a.cut = true
	l.Stopped = fmt.Sprintf("it was ready %.1f s after the time to start at, and sent nothing", by.Seconds())
	if l.Shard != nil {
		l.Shard.LateS = round(by.Seconds(), 3)
	}
	return l
}

// waitUntil waits for a moment of the clock, less ahead; it says so as it goes.
func (o *Options) waitUntil(ctx context.Context, ahead time.Duration, phase string, progress func(Progress)) error {
	for !o.StartAt.IsZero() {
		left := time.Until(o.StartAt.Add(-ahead))
		if left <= 0 {
			break
		}
		progress(Progress{Phase: fmt.Sprintf("%s at %s", phase, o.StartAt.Add(-ahead).UTC().Format("15:04:05 UTC"))})
		if err := client.Sleep(ctx, min(left, time.Second)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// noteClock learns from a response how the target's clock stands to this machine's:
// its Date is cut down to whole seconds and older than the response, so that the most
// it ever was ahead is nearest the truth.
func (a *attack) noteClock(got *answer) {
	date, err := http.ParseTime(got.header.Get("Date"))
	if err != nil {
		return
	}
	ahead := int64(date.Sub(got.ended.Round(0))) // by the clock, not the monotonic one
	for {
		old := a.clockAhead.Load()
		if a.clockSeen.Load() && ahead <= old {
			return
		}
		if a.clockAhead.CompareAndSwap(old, ahead) {
			a.clockSeen.Store(true)
			return
		}
	}
}
