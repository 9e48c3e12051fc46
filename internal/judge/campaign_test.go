package judge

import (
	"context"
	"slices"
	"testing"

	"sgidcheck/internal/run"
)

func TestCampaignJudgesInOrderUntilInterrupted(t *testing.T) {
	catalogueOf(t)
	ctx, interrupt := context.WithCancel(context.Background())
	var sequence []string
	bodies := map[string]func(*T){}
	add := func(c Check, body func(*T)) { registry, bodies[c.ID] = append(registry, c), body }
	add(Check{ID: "DISC-01", Level: MUST}, func(t *T) { t.Fail("", "broken", nil) })
	add(Check{ID: "DISC-02", Level: MUST}, func(t *T) { held(t)() })
	add(Check{ID: "DISC-03", Level: MUST, Needs: []Need{HTTPS}}, func(t *T) { held(t)() })
	add(Check{ID: "TOKEN-07", Level: MUST, Phase: Crowding}, func(t *T) { held(t)() })
	add(Check{ID: "UINFO-03", Level: MUST, Phase: Disrupting}, func(t *T) { interrupt(); t.Fail("", "cut short", nil) })
	add(Check{ID: "TOKEN-17", Level: MUST, Phase: Closing}, func(t *T) { held(t)() })

	var outcomes []run.Check
	c := &Campaign{
		Plan:    Plan(Choice{Missing: map[Need]string{HTTPS: "plain http"}}),
		Body:    func(id string) func(*T) { return bodies[id] },
		Waivers: []run.Waiver{{Check: "DISC-02", Reason: "r", Until: "2999-01-01"}},
		After:   func(out run.Check) { outcomes = append(outcomes, out) },
		Between: func(_ context.Context, c Check) { sequence = append(sequence, c.ID) },
	}
	if unreached := c.Run(ctx); unreached != 2 {
		t.Errorf("%d checks unreached, want the one cut short and the one after it", unreached)
	}
	var got []string
	for _, o := range outcomes {
		got = append(got, o.ID+" "+string(o.Verdict))
	}
	want := []string{"DISC-01 fail", "DISC-02 stale-waiver", "DISC-03 skip", "TOKEN-07 pass"}
	if !slices.Equal(got, want) {
		t.Errorf("outcomes %v, want %v", got, want)
	}
	if !slices.Equal(sequence, []string{"TOKEN-07"}) {
		t.Errorf("health asked after %v", sequence)
	}
}
