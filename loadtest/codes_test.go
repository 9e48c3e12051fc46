package loadtest

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/login"
	"sgidcheck/internal/sgid"
)

// redirecting is a login driver for which every login succeeds, unless land
// changes where it ends.
type redirecting struct {
	login.Driver
	land func(url.Values, *login.Response)
}

func (d redirecting) Authorize(_ context.Context, a login.Authorization) (*login.Response, error) {
	l := &login.Response{Kind: login.ResponseCallback, Status: 303, Params: url.Values{"code": {"c-" + a.Params.Get("nonce")}, "state": {a.Params.Get("state")}}}
	if d.land != nil {
		d.land(a.Params, l)
	}
	return l, nil
}

func TestLoginMinterTakesAFreshVerifierNonceAndStateEachTime(t *testing.T) {
	seen := map[string]bool{}
	var last url.Values
	m := NewLoginMinter(redirecting{land: func(v url.Values, _ *login.Response) { last = v }}, "http://127.0.0.1/v2/oauth/authorize",
		sgid.AuthorizeRequest{ClientID: "c", RedirectURI: "http://127.0.0.1:1/cb", Scopes: []string{"openid"}}, 0)
	for range 3 {
		code, err := m.Mint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if sgid.ChallengeS256(code.Verifier) != last.Get("code_challenge") || code.Nonce != last.Get("nonce") || code.Value != "c-"+code.Nonce {
			t.Errorf("code %+v does not belong to %v", code, last)
		}
		for _, v := range []string{code.Verifier, code.Nonce, last.Get("state")} {
			if v == "" || seen[v] {
				t.Errorf("%q was used before", v)
			}
			seen[v] = true
		}
	}
}

func TestLoginMinterSaysWhyThereIsNoCode(t *testing.T) {
	for says, land := range map[string]func(url.Values, *login.Response){
		"error=access_denied": func(_ url.Values, l *login.Response) { l.Params = url.Values{"error": {"access_denied"}} },
		"another state":       func(_ url.Values, l *login.Response) { l.Params.Set("state", "x") },
		"without a code":      func(_ url.Values, l *login.Response) { l.Params.Del("code") },
		"status 400":          func(_ url.Values, l *login.Response) { l.Kind, l.Status = login.ResponseRefusal, 400 },
		"no form":             func(_ url.Values, l *login.Response) { l.Kind, l.FormError = login.ResponsePage, "no form" },
	} {
		m := NewLoginMinter(redirecting{land: land}, "http://127.0.0.1/", sgid.AuthorizeRequest{}, 0)
		if _, err := m.Mint(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want it to say %q", err, says)
		}
	}
}

func TestMintingThatFailsIsAnErrorBeforeTheLoad(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Token)
	o.Minters = 1
	minted := 0
	o.Minter = minterFunc(func(ctx context.Context) (*Code, error) {
		if minted++; minted > referenceLogins+20 {
			return nil, errors.New("the login page is gone")
		}
		return NewFuncMinter(s.mint, 0).Mint(ctx)
	})
	_, err := Run(t.Context(), o, nil)
	if err == nil || !strings.Contains(err.Error(), "the login page is gone") || !strings.Contains(err.Error(), "20 of 200") {
		t.Errorf("%v", err)
	}
	if got := s.tokens.Load(); got != referenceLogins {
		t.Errorf("%d token requests; the load was begun", got)
	}
}

// Codes that are minted too slowly are the harness's limit, and no request of
// the target's is counted for them.
func TestCodesThatAreNotReadyAreTheHarnesssLimit(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Token)
	o.Rate, o.Duration, o.limitCores = 200, 200*time.Millisecond, cpuLimit
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	store := newCodeStore(ctx, minting{minters: 1, plan: newSchedule(10, 10, 0, time.Second, 0), minter: minterFunc(func(ctx context.Context) (*Code, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})})
	defer store.close()
	if c, _ := store.take(time.Now()); c != nil {
		t.Errorf("%+v", c)
	}
	a := (&attack{o: &o, judge: &judge{}}).at(200, 200, o.Duration)
	a.codes = store
	a.missing.Store(3)
	l := a.acc.load(Token, o.Duration)
	if reasons := strings.Join(a.limits(l, 0, time.Second, false), "; "); !strings.Contains(reasons, "3 requests were not sent because no authorization code was ready") {
		t.Errorf("%q", reasons)
	}
}

func TestACodeThatRanOutIsReplaced(t *testing.T) {
	var mu sync.Mutex
	minted := 0
	plan := newSchedule(3, 3, 0, time.Second, 0)
	store := newCodeStore(t.Context(), minting{minters: 1, plan: plan, ahead: time.Minute, minter: minterFunc(func(context.Context) (*Code, error) {
		mu.Lock()
		defer mu.Unlock()
		minted++
		age := time.Duration(0)
		if minted <= 2 {
			age = time.Hour
		}
		return &Code{Value: "x", MintedAt: time.Now().Add(-age), Lifetime: time.Minute}, nil
	})})
	defer store.close()
	if err := store.fill(t.Context(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	if c, ranOut := store.take(time.Now()); c == nil || ranOut != 2 {
		t.Fatalf("%+v, %d ran out", c, ranOut)
	}
	if err := waitFor(t, func() bool { return len(store.ready) == 2 }); err != nil {
		t.Error("the two that ran out were not replaced")
	}
}

// waitFor waits until a condition that another goroutine brings about holds.
func waitFor(t *testing.T, holds func() bool) error {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for !holds() {
		if err := client.Sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func TestWhenARefusedCodeWasSimplyTooOld(t *testing.T) {
	for name, c := range map[string]struct {
		lifetime, age, accepted time.Duration
		ranOut                  bool
	}{
		"lifetime known, younger":                  {time.Minute, 59 * time.Second, 0, false},
		"lifetime known, older":                    {10 * time.Second, 11 * time.Second, 0, true},
		"lifetime unknown, fresh":                  {0, time.Second, 0, false},
		"lifetime unknown, aged":                   {0, time.Minute, time.Second, true},
		"lifetime unknown, an older one was taken": {0, time.Minute, 2 * time.Minute, false},
	} {
		s := &codeStore{}
		s.accepted(c.accepted)
		if got := s.ranOut(&Code{Lifetime: c.lifetime}, c.age); got != c.ranOut {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestAccessTokensAreRenewed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reference := map[string]string{"myinfo.name": "A"}
	ring := newGrantRing([]*grant{{accessToken: "1", subject: "s", reference: reference}, {accessToken: "2", subject: "s"}})
	logins := 0
	ring.renew(ctx, 2*time.Millisecond, func(context.Context) (*grant, error) {
		switch logins++; logins {
		case 1:
			return &grant{accessToken: "3", subject: "s"}, nil
		case 2:
			return &grant{accessToken: "4", subject: "another"}, nil
		case 3:
			return nil, errors.New("no login")
		}
		cancel()
		return nil, ctx.Err()
	})
	if a, b := ring.at(0), ring.at(1); a.accessToken != "3" || a.reference["myinfo.name"] != "A" || b.accessToken != "2" {
		t.Errorf("%+v, %+v", a, b)
	}
}
