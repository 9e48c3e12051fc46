package judge

import (
	"context"
	"math"
	"reflect"
	"slices"
	"testing"

	"sgidcheck/internal/run"
)

func TestNextRideSharesWhatGoesTogether(t *testing.T) {
	ask := func(id string, level Level, code CodeUse, varies ...string) Ask {
		return Ask{Check: Check{ID: id, Level: level}, Want: Want{Varies: varies, Code: code}}
	}
	state, nonce := ask("AUTHZ-02", MUST, Unused, "state"), ask("NONCE-01", MUST, Redeemed, "nonce")
	wrong, short := ask("PKCE-07", MUST, Refused), ask("PKCE-11", SHOULD, Unfit, "code_challenge")
	second, verifier := ask("IDT-12", MUST, Redeemed, Client), ask("PKCE-06", MUST, Redeemed, "code_challenge")
	crossed, paired := ask("PKCE-10", MUST, Crossed), ask("NONCE-04", MUST, Paired, Both)
	alone, solo := nonce, wrong
	alone.Alone, solo.Solo = true, true
	for _, tt := range []struct {
		name          string
		asks          []Ask
		left, reserve int
		on, earlier   []string
	}{
		{"different parameters", []Ask{state, nonce}, 9, 0, []string{"AUTHZ-02", "NONCE-01"}, nil},
		{"the same parameter", []Ask{nonce, ask("NONCE-05", SHOULD, Redeemed, "nonce")}, 9, 0, []string{"NONCE-01"}, nil},
		{"refusals and what is redeemed after them", []Ask{wrong, nonce}, 9, 0, []string{"NONCE-01", "PKCE-07"}, nil},
		{"no verifier that may not work where refusals need the code", []Ask{wrong, verifier}, 9, 0, []string{"PKCE-07"}, nil},
		{"no redemption where there is no right one", []Ask{short, state}, 9, 0, []string{"AUTHZ-02", "PKCE-11"}, nil},
		{"nothing but looks beside what has no right redemption", []Ask{short, ask("NONCE-05", INFO, Redeemed, "nonce")}, 9, 0, []string{"PKCE-11"}, nil},
		{"the second client first, with what varies its request", []Ask{wrong, second, nonce}, 9, 0, []string{"IDT-12", "NONCE-01"}, nil},
		{"the second client's refusals, on its one login", []Ask{second, ask("TOKEN-32", MUST, Refused, Client), nonce}, 9, 0, []string{"IDT-12", "NONCE-01", "TOKEN-32"}, nil},
		{"the second use of the second client's code, after its one use", []Ask{second, ask("TOKEN-32", MUST, Reused, Client), nonce}, 9, 0, []string{"IDT-12", "NONCE-01", "TOKEN-32"}, nil},
		{"no verifier that may not work beside the second client's refusals", []Ask{second, ask("TOKEN-32", MUST, Refused, Client), verifier}, 9, 0, []string{"IDT-12", "TOKEN-32"}, nil},
		{"the last login is the first client's", []Ask{wrong, second}, 1, 0, []string{"PKCE-07"}, nil},
		{"two logins at once, for all who want them", []Ask{crossed, paired, nonce}, 9, 0, []string{"NONCE-01", "NONCE-04", "PKCE-10"}, nil},
		{"two logins at once, and who rides on the first", []Ask{crossed, paired, ask("NONCE-05", SHOULD, Redeemed, "nonce"), ask("UINFO-10", SHOULD, Redeemed, "nonce")}, 9, 0,
			[]string{"NONCE-04", "NONCE-05", "PKCE-10"}, []string{"UINFO-10"}},
		{"not two where one is left", []Ask{crossed}, 1, 0, nil, nil},
		{"what wants a login of its own", []Ask{alone, state}, 9, 0, []string{"AUTHZ-02"}, nil},
		{"a code that burns is lent to one", []Ask{solo, nonce, state}, 9, 0, []string{"AUTHZ-02", "PKCE-07"}, nil},
		{"a SHOULD leaves what is kept for MUSTs", []Ask{short}, 2, 2, nil, nil},
		{"a MUST does not", []Ask{wrong}, 2, 2, []string{"PKCE-07"}, nil},
		{"none is left", []Ask{wrong}, 0, 0, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ride := NextRide(tt.asks, tt.left, tt.reserve)
			named := func(indices []int) []string {
				var out []string
				for _, i := range indices {
					out = append(out, tt.asks[i].Check.ID)
				}
				slices.Sort(out)
				return out
			}
			if on, earlier := named(ride.On), named(ride.Earlier); !slices.Equal(on, tt.on) || !slices.Equal(earlier, tt.earlier) {
				t.Errorf("%v after %v, want %v after %v", on, earlier, tt.on, tt.earlier)
			}
		})
	}
}

func TestTheWorstRidesFirst(t *testing.T) {
	of := func(id string, level Level, served, gravity int) Ask {
		return Ask{Check: Check{ID: id, Level: level}, Want: Want{Varies: []string{"state"}}, Served: served, Gravity: gravity}
	}
	asks := []Ask{of("AUTHZ-05", SHOULD, 0, 0), of("AUTHZ-04", MUST, 1, 0), of("AUTHZ-03", MUST, 0, 5), of("AUTHZ-02", MUST, 0, 1)}
	var got []string
	for len(asks) > 0 {
		on := NextRide(asks, math.MaxInt, 0).On
		got = append(got, asks[on[0]].Check.ID)
		asks = slices.Delete(asks, on[0], on[0]+1)
	}
	if want := []string{"AUTHZ-02", "AUTHZ-03", "AUTHZ-04", "AUTHZ-05"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Checks that wait are served together, and a finding in a login that others
// share is looked at once more alone.
func TestAPoolServesWhoWaits(t *testing.T) {
	catalogueOf(t,
		Check{ID: "AUTHZ-02", Level: MUST, Phase: LoggingIn, Wants: []Want{{Varies: []string{"state"}}}},
		Check{ID: "NONCE-01", Level: MUST, Phase: LoggingIn, Wants: []Want{{Varies: []string{"nonce"}}}},
		Check{ID: "DISC-01", Level: MUST})
	rounds := 0
	var told []string
	body := func(t *T) {
		if t.Await("a login") == "shared" {
			t.Mixed()
			if t.Check.ID == "NONCE-01" {
				t.Fail("", "another check's doing", nil)
			}
		}
		held(t)()
	}
	c := &Campaign{
		Plan: Plan(Choice{FewLogins: true}),
		Body: func(id string) func(*T) {
			if id == "DISC-01" {
				return func(t *T) { held(t)() }
			}
			return body
		},
		Broker: func(waiting []*Parked, _ int) {
			rounds++
			for _, w := range waiting {
				if rounds == 1 {
					w.Resume("shared")
				} else {
					w.Resume("own")
				}
			}
		},
		After: func(out run.Check) { told = append(told, out.ID+" "+string(out.Verdict)) },
	}
	if n := c.Run(t.Context()); n != 0 {
		t.Errorf("%d checks were not reached", n)
	}
	if want := []string{"DISC-01 pass", "AUTHZ-02 pass", "NONCE-01 pass"}; !slices.Equal(told, want) || rounds != 2 {
		t.Errorf("%v in %d rounds, want %v in 2", told, rounds, want)
	}
}

// What held in an earlier part of the run stays told while its check waits for
// another case, and while its turn has not come: the run may be stopped again.
func TestWhatHeldBeforeStaysTold(t *testing.T) {
	wants := []Want{{Case: "first"}}
	catalogueOf(t,
		Check{ID: "AUTHZ-02", Level: MUST, Phase: LoggingIn, Wants: wants, Cases: []string{"first", "second"}},
		Check{ID: "TOKEN-22", Level: MUST, Phase: Disrupting, Wants: wants, Cases: []string{"first", "second"}})
	var told [][]run.Begun
	c := &Campaign{
		Plan: Plan(Choice{FewLogins: true, Held: map[string][]string{"AUTHZ-02": {"second"}, "TOKEN-22": {"second"}}}),
		Body: func(string) func(*T) {
			return func(t *T) {
				t.Case("first", func() { t.Await("a login"); t.Await("another"); held(t)() })
				t.Case("second", func() { held(t)() })
			}
		},
		Broker: func(waiting []*Parked, _ int) {
			for _, w := range waiting {
				w.Resume(nil)
			}
		},
		Begun: func(begun []run.Begun) {
			if len(told) == 0 || !reflect.DeepEqual(told[len(told)-1], begun) {
				told = append(told, begun)
			}
		},
	}
	if n := c.Run(t.Context()); n != 0 {
		t.Errorf("%d checks were not reached", n)
	}
	both := []run.Begun{{ID: "AUTHZ-02", Cases: []string{"second"}}, {ID: "TOKEN-22", Cases: []string{"second"}}}
	if want := [][]run.Begun{both, both[1:], nil}; !reflect.DeepEqual(told, want) {
		t.Errorf("%v, want %v", told, want)
	}
}

// What has come to its end before an interrupt is told, though the login that it
// shared is in use still.
func TestAnInterruptTakesNoVerdictAlong(t *testing.T) {
	catalogueOf(t,
		Check{ID: "AUTHZ-02", Level: MUST, Phase: LoggingIn, Wants: []Want{{}}},
		Check{ID: "NONCE-01", Level: MUST, Phase: LoggingIn, Wants: []Want{{}}, Cases: []string{"first", "second"}},
		Check{ID: "UINFO-01", Level: MUST, Phase: LoggingIn, Wants: []Want{{}}})
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var told []string
	var begun []run.Begun
	c := &Campaign{
		Plan: Plan(Choice{FewLogins: true}),
		Body: func(id string) func(*T) {
			return func(t *T) {
				if id != "NONCE-01" {
					t.Await("a login")
					held(t)()
					return
				}
				t.Case("first", func() { t.Await("a login"); held(t)() })
				t.Case("second", func() { t.Await("a login"); held(t)() })
			}
		},
		Broker: func(waiting []*Parked, _ int) {
			for _, w := range waiting {
				if w.Check.ID == "UINFO-01" {
					interrupt()
				}
				w.Resume(nil)
			}
		},
		After: func(out run.Check) { told = append(told, out.ID) },
		Begun: func(b []run.Begun) { begun = b },
	}
	if n := c.Run(ctx); n != 2 {
		t.Errorf("%d checks were not reached", n)
	}
	if !slices.Equal(told, []string{"AUTHZ-02"}) || !reflect.DeepEqual(begun, []run.Begun{{ID: "NONCE-01", Cases: []string{"first"}}}) {
		t.Errorf("told %v, begun %v", told, begun)
	}
}

// Where a code fits no right request, another's that is redeemed later shows that its
// client was not locked out: so it goes first where that costs nobody a login.
func TestWhatNoRightRequestFollowsGoesEarly(t *testing.T) {
	of := func(id string, level Level, served int, code CodeUse, varies ...string) Ask {
		return Ask{Check: Check{ID: id, Level: level}, Want: Want{Varies: varies, Code: code}, Served: served}
	}
	fresh := of("NONCE-02", MUST, 0, Redeemed, "nonce")
	for _, tt := range []struct {
		name          string
		unfit         Ask
		left, reserve int
		first         string
	}{
		{"a MUST, and logins for both", of("PKCE-08", MUST, 1, Unfit, "code_challenge"), 2, 0, "PKCE-08"},
		{"a MUST, and a login for who has had none", of("PKCE-08", MUST, 1, Unfit, "code_challenge"), 1, 0, "NONCE-02"},
		{"a MUST, and a login that is kept", of("PKCE-08", MUST, 1, Unfit, "code_challenge"), 2, 1, "NONCE-02"},
		{"a SHOULD, and logins for both", of("PKCE-11", SHOULD, 0, Unfit, "code_challenge"), 2, 0, "PKCE-11"},
		{"a SHOULD, and a login for a MUST", of("PKCE-11", SHOULD, 0, Unfit, "code_challenge"), 1, 0, "NONCE-02"},
	} {
		asks := []Ask{fresh, tt.unfit}
		if on := NextRide(asks, tt.left, tt.reserve).On; asks[on[0]].Check.ID != tt.first {
			t.Errorf("%s: %s goes first", tt.name, asks[on[0]].Check.ID)
		}
	}
}

// Who tries the second client's credentials on a code of the first goes before the login
// of the second, which shows that it was not locked out.
func TestTheSecondClientsExchangeFollowsItsRefusals(t *testing.T) {
	asks := []Ask{
		{Check: Check{ID: "IDT-12", Level: MUST}, Want: Want{Varies: []string{Client}, Code: Redeemed}},
		{Check: Check{ID: "TOKEN-16", Level: MUST, Needs: []Need{Login, SecondClient}}, Want: Want{Code: Refused}},
	}
	if on := NextRide(asks, 2, 0).On; !slices.Equal(on, []int{1}) {
		t.Errorf("%v go first", on)
	}
}
