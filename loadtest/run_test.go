package loadtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

func TestErrorAccountingIsExact(t *testing.T) {
	const total = 2002 // 2 * 7 * 11 * 13: every overlap occurs
	for _, scenario := range []Scenario{Userinfo, Login} {
		t.Run(string(scenario), func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			o := s.options(t, scenario)
			o.Rate, o.MaxRequests = 2000, total*scenario.requests()
			o.Duration = time.Minute
			o.grace, o.Timeout, o.KeepGoing = 10*time.Minute, 5*time.Minute, true // however busy this machine is
			want := map[string]int{}
			for n := range uint64(total) {
				switch {
				case n%13 == 0:
					want["reset"]++
				case n%7 == 0:
					want["status-503"]++
				case n%11 == 0:
					want["wrong-person"]++
				}
			}
			load, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
				switch {
				case n%13 == 0:
					conn, _, err := w.(http.Hijacker).Hijack()
					if err == nil {
						conn.Close()
					}
				case n%7 == 0:
					w.WriteHeader(http.StatusServiceUnavailable)
				case n%11 == 0:
					w.Write(s.answers[1])
				default:
					return false
				}
				return true
			}))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.userinfos.Load(); got != total {
				t.Errorf("the target saw %d userinfo requests, want %d", got, total)
			}
			if load.Requests != total {
				t.Errorf("%d requests, want %d", load.Requests, total)
			}
			sum := 0
			for kind, n := range want {
				sum += n
				if load.Errors[kind] != n {
					t.Errorf("%s: %d, want %d", kind, load.Errors[kind], n)
				}
			}
			if len(load.Errors) != len(want) {
				t.Errorf("kinds of error %v, want %v", load.Errors, want)
			}
			if p := load.Parts[partNames[scenario.main()]]; p.Count != total || p.Errors != uint64(sum) {
				t.Errorf("part: %d with %d errors, want %d with %d", p.Count, p.Errors, total, sum)
			}
			var sent, done, errors uint64
			for _, p := range load.Series {
				sent, done, errors = sent+p.Sent, done+p.Done, errors+p.Errors
			}
			if sent != total || done != total || errors != uint64(sum) {
				t.Errorf("the series adds up to %d sent, %d done, %d errors", sent, done, errors)
			}
			if len(load.Examples) != len(want) {
				t.Errorf("%d examples, want one of each of %d kinds", len(load.Examples), len(want))
			}
			text, _ := json.Marshal(load)
			for _, secret := range []string{"code-0000", "at-code", standInSecret, "AH KOW", "BEE HOON"} {
				if strings.Contains(string(text), secret) {
					t.Errorf("the record holds %q", secret)
				}
			}
			checkRecord(t, load)
		})
	}
}

// checkRecord holds the figures against the schema of the run record.
func checkRecord(t *testing.T, load *run.Load) {
	t.Helper()
	r := &run.Record{Schema: run.Schema, Tool: run.Tool{Name: "sgidcheck", Version: "test"}, Load: load, Complete: true,
		Started: time.Now().UTC(), Target: run.Target{Issuer: "http://127.0.0.1/v2", Kind: "external"}, Checks: []run.Check{}}
	r.Count()
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Validate(body); err != nil {
		t.Errorf("the record is not valid: %v", err)
	}
}

func TestEveryScenarioGivesItsParts(t *testing.T) {
	for scenario, parts := range map[Scenario]string{
		Login:    "decrypt login token userinfo verify",
		Token:    "token verify",
		Userinfo: "decrypt userinfo",
	} {
		for _, check := range []CheckMode{CheckFull, CheckNone} {
			t.Run(string(scenario)+" "+string(check), func(t *testing.T) {
				s := newStandIn(t, httptest.NewServer)
				o := s.options(t, scenario)
				o.Check, o.Rate, o.Duration, o.Warmup = check, 100, 500*time.Millisecond, 100*time.Millisecond
				load, err := Run(t.Context(), o, nil)
				if err != nil {
					t.Fatal(err)
				}
				if load.Requests != 50 || len(load.Errors) != 0 {
					t.Fatalf("%d requests with errors %v, want 50 without: the warm-up enters no figure", load.Requests, load.Errors)
				}
				for name := range strings.FieldsSeq(parts) {
					has := load.Parts[name].Count
					if want := check == CheckFull || name != "verify" && name != "decrypt"; (has == 50) != want {
						t.Errorf("part %s was counted %d times", name, has)
					}
				}
				if load.Check != string(check) {
					t.Errorf("the figures say that checking was %q", load.Check)
				}
				if load.BytesIn == 0 || load.BytesOut == 0 || load.RateAsked != 100 {
					t.Errorf("bytes %d in, %d out; rate asked %g", load.BytesIn, load.BytesOut, load.RateAsked)
				}
				checkRecord(t, load)
			})
		}
	}
}

func TestWrongAnswersAreErrorsOfTheirOwnKind(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	foreign := sealAnswer(t, "u=person-1", standInPersons[1])
	missing := sealAnswer(t, "u=person-0", map[string]string{"myinfo.name": "TAN AH KOW"})
	damaged := []byte(strings.Replace(string(s.answers[0]), `"key":"`, `"key":"AAAA`, 1))
	body := func(b []byte) func(uint64, http.ResponseWriter, *http.Request) bool {
		return func(_ uint64, w http.ResponseWriter, _ *http.Request) bool { w.Write(b); return true }
	}
	idToken := func(change func(string) string) func(uint64, http.ResponseWriter, *http.Request) bool {
		return func(_ uint64, w http.ResponseWriter, r *http.Request) bool {
			s.mu.Lock()
			nonce := s.codes[r.PostFormValue("code")][1]
			s.mu.Unlock()
			json.NewEncoder(w).Encode(map[string]string{"access_token": "at-x", "id_token": change(nonce)})
			return true
		}
	}
	for kind, c := range map[string]struct {
		scenario        Scenario
		token, userinfo func(uint64, http.ResponseWriter, *http.Request) bool
	}{
		"wrong-sub":    {Userinfo, nil, body(foreign)},
		"wrong-fields": {Userinfo, nil, body(missing)},
		"decrypt":      {Userinfo, nil, body(damaged)},
		"schema":       {Userinfo, nil, body([]byte(`{"sub":["u=person-0"]}`))},
		"status-401":   {Userinfo, nil, func(_ uint64, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(401); return true }},
		"too-long":     {Userinfo, nil, body(make([]byte, 3<<20))},
		"id-token":     {Token, idToken(func(string) string { return s.idToken("u=person-0", "another nonce") }), nil},
		"signature": {Login, idToken(func(nonce string) string {
			token := s.idToken("u=person-0", nonce)
			i := strings.LastIndexByte(token, '.')
			return token[:i+1] + s.idToken("u=person-1", nonce)[i+1:]
		}), nil},
	} {
		t.Run(kind, func(t *testing.T) {
			o := s.options(t, c.scenario)
			o.Rate, o.Duration = 100, 100*time.Millisecond
			s.start(nil, nil)
			load, err := Run(t.Context(), o, afterPreparation(s, c.token, c.userinfo))
			if err != nil {
				t.Fatal(err)
			}
			if len(load.Errors) != 1 || load.Errors[kind] != 10 {
				t.Errorf("errors %v, want 10 of kind %s", load.Errors, kind)
			}
			if len(load.Examples) != 1 || load.Examples[0].Kind != kind || load.Examples[0].Detail == "" {
				t.Errorf("examples %+v", load.Examples)
			}
			checkRecord(t, load)
		})
	}
}

func TestCodesThatRanOutAreNotTheTargetsErrors(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Token)
	o.Rate, o.Duration = 100, 200*time.Millisecond
	minted := 0
	o.Minters = 1
	o.Minter = minterFunc(func(ctx context.Context) (*Code, error) {
		code, err := NewFuncMinter(s.mint, time.Minute).Mint(ctx)
		// Of the codes for the load, which follow those of the preparation, the
		// first five have run out, and the next five, of unknown lifetime, may have.
		switch minted++; {
		case minted <= referenceLogins:
		case minted <= referenceLogins+5:
			code.MintedAt = code.MintedAt.Add(-2 * time.Minute)
		case minted <= referenceLogins+10:
			code.MintedAt, code.Lifetime, code.Value = code.MintedAt.Add(-agedCode-time.Second), 0, "gone"
		}
		return code, err
	})
	load, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.ExpiredCodes != 10 || len(load.Errors) != 0 || load.Requests != 15 {
		t.Errorf("%d codes ran out, errors %v, %d requests; want 10, none, 15", load.ExpiredCodes, load.Errors, load.Requests)
	}
	said := strings.Join(load.Harness.Reasons, "; ")
	if !strings.Contains(said, "5 requests say nothing") || !strings.Contains(said, "--mint-ahead") || strings.Contains(said, "planned requests could not be sent") {
		t.Errorf("%q", said)
	}
}

type minterFunc func(context.Context) (*Code, error)

func (f minterFunc) Mint(ctx context.Context) (*Code, error) { return f(ctx) }

func TestInvalidGrantForAFreshCodeIsTheTargetsError(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Token)
	o.Rate, o.Duration = 100, 100*time.Millisecond
	load, err := Run(t.Context(), o, afterPreparation(s, func(_ uint64, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"error":"invalid_grant"}`))
		return true
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if load.Errors["status-400"] != 10 || load.ExpiredCodes != 0 {
		t.Errorf("errors %v, %d codes ran out", load.Errors, load.ExpiredCodes)
	}
}
