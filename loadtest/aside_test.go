package loadtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// A wrong response is reported wherever it comes: in the preparation, in the warm-up,
// or in a step of a search whose figures are given up.
func TestWrongAnswersOutsideTheFiguresAreKept(t *testing.T) {
	t.Run("preparation", func(t *testing.T) {
		s := newStandIn(t, httptest.NewServer)
		s.start(nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				w.Write(s.answers[1])
			}
			return n == 1
		})
		asides(t, s, func(*Options) {}, "wrong-person", 1)
	})
	t.Run("preparation, another sub", func(t *testing.T) {
		s := newStandIn(t, httptest.NewServer)
		foreign := sealAnswer(t, "u=person-1", standInPersons[1])
		s.start(nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				w.Write(foreign)
			}
			return n == 1
		})
		asides(t, s, func(*Options) {}, "wrong-sub", 1)
	})
	for name, number := range map[string]uint64{"first": 0, "last": 2} {
		t.Run("preparation, the "+name+" login is another person's", func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			s.mistake(t, number)
			asides(t, s, func(*Options) {}, "wrong-sub", 1)
		})
	}
	t.Run("preparation, the second of two logins is another person's", func(t *testing.T) {
		s := newStandIn(t, httptest.NewServer)
		s.mistake(t, 1)
		asides(t, s, func(o *Options) { o.Tokens = 2 }, "wrong-sub", 1)
	})
	t.Run("warm-up", func(t *testing.T) {
		s := newStandIn(t, httptest.NewServer)
		l := asides(t, s, func(o *Options) { o.Warmup = 100 * time.Millisecond }, "wrong-person", 1, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
			if n == 2 {
				w.Write(s.answers[1])
			}
			return n == 2
		})
		if len(l.Examples) != 1 || l.Examples[0].Kind != "wrong-person" {
			t.Errorf("examples %+v", l.Examples)
		}
	})
	t.Run("search", func(t *testing.T) {
		s := newStandIn(t, httptest.NewServer)
		l := asides(t, s, func(o *Options) {
			o.Duration = 100 * time.Millisecond
			o.Rate, o.FindMax = 20, &Search{Step: 100 * time.Millisecond, Max: 40}
		}, "wrong-person", 1, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
			if n == 0 {
				w.Write(s.answers[1])
			}
			return n == 0
		})
		if l.Search[0].OK || !strings.Contains(l.Search[0].Reason, "1 answers were wrong") || !l.Search[len(l.Search)-1].OK || len(l.Examples) != 1 {
			t.Errorf("search %+v, examples %+v", l.Search, l.Examples)
		}
	})
}

// Several people may log in at a load that waits for people.
func TestLoginsOfPeopleMayBeOfSeveral(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	s.mistake(t, 1)
	o := s.options(t, Userinfo)
	o.Attended, o.Rate, o.Duration = true, 50, 200*time.Millisecond
	l, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Aside)+len(l.Errors) != 0 || l.Judge().Failed() {
		t.Errorf("aside %v, errors %v", l.Aside, l.Errors)
	}
}

func TestARenewedAccessTokenOfAnotherPersonIsCounted(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	o.pause = func(context.Context, time.Duration) error { return nil }
	dial := o.Guard.dialContext((&net.Dialer{}).DialContext)
	a := &attack{o: &o, ctx: t.Context(), wire: newWire(&o, dial), dial: dial, aside: &aside{}}
	defer a.wire.close()
	if err := a.prepare(t.Context(), func(string, int, int) {}); err != nil {
		t.Fatal(err)
	}
	s.mistake(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := a.ring.at(0)
	a.ring.renew(ctx, time.Millisecond, func(ctx context.Context) (*grant, error) {
		defer cancel()
		return a.login(ctx)
	})
	after := a.ring.at(0)
	if n := a.aside.counts()["wrong-sub"]; n != 1 || after == before || after.subject != before.subject {
		t.Errorf("%d counted, renewed %t for %q", n, after != before, after.subject)
	}
}

// asides runs userinfo load and wants so many errors of a kind aside, none in
// the figures, and the verdict to be a failure.
func asides(t *testing.T, s *standIn, set func(*Options), kind string, count int, answer ...func(uint64, http.ResponseWriter, *http.Request) bool) *run.Load {
	t.Helper()
	o := s.options(t, Userinfo)
	o.Rate, o.Duration = 50, 200*time.Millisecond
	set(&o)
	progress := func(Progress) {}
	if len(answer) > 0 {
		progress = afterPreparation(s, nil, answer[0])
	}
	l, err := Run(t.Context(), o, progress)
	if err != nil {
		t.Fatal(err)
	}
	if l.Aside[kind] != count || len(l.Errors) != 0 || !l.Judge().Failed() {
		t.Errorf("aside %v, errors %v, %+v", l.Aside, l.Errors, l.Judge())
	}
	checkRecord(t, l)
	return l
}

// One busy moment of the target does not keep a load from beginning.
func TestThePreparationTriesAgain(t *testing.T) {
	fails := func(answer func(http.ResponseWriter)) func(uint64, http.ResponseWriter, *http.Request) bool {
		return func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
			if n == 0 {
				answer(w)
			}
			return n == 0
		}
	}
	status := func(code int, after string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if after != "" {
				w.Header().Set("Retry-After", after)
			}
			w.WriteHeader(code)
		}
	}
	reset := func(w http.ResponseWriter) {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
		}
	}
	for name, c := range map[string]struct {
		token, userinfo, jwks func(http.ResponseWriter)
		kind, note            string
		wait                  time.Duration
	}{
		"token 503":                    {token: status(503, ""), kind: "status-503", note: "the token endpoint answered with status 503", wait: againPause},
		"token 429 with Retry-After":   {token: status(429, "7"), kind: "status-429", note: "status 429", wait: 7 * time.Second},
		"userinfo reset":               {userinfo: reset, kind: "reset", note: "the userinfo endpoint gave no answer", wait: againPause},
		"userinfo 503 and Retry-After": {userinfo: status(503, "2"), kind: "status-503", note: "the userinfo endpoint", wait: 2 * time.Second},
		"keys 503":                     {jwks: status(503, ""), kind: "status-503", note: "the JWKS endpoint answered with status 503", wait: againPause},
	} {
		t.Run(name, func(t *testing.T) {
			var once sync.Once
			s := newStandIn(t, func(h http.Handler) *httptest.Server {
				return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if c.jwks != nil && strings.HasSuffix(r.URL.Path, "/jwks.json") {
						done := false
						if once.Do(func() { c.jwks(w); done = true }); done {
							return
						}
					}
					h.ServeHTTP(w, r)
				}))
			})
			if c.token != nil {
				s.token = fails(c.token)
			}
			if c.userinfo != nil {
				s.userinfo = fails(c.userinfo)
			}
			o := s.options(t, Userinfo)
			o.Rate, o.Duration = 50, 100*time.Millisecond
			var notes []string
			var waits []time.Duration
			o.Note = func(text string) { notes = append(notes, text) }
			o.pause = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			l, err := Run(t.Context(), o, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(notes) != 1 || !strings.Contains(notes[0], c.note) || len(waits) != 1 || waits[0] != c.wait {
				t.Errorf("notes %q, waits %v", notes, waits)
			}
			if l.Aside[c.kind] != 1 || l.Judge().Failed() || l.Judge().Undecided() {
				t.Errorf("aside %v, %+v", l.Aside, l.Judge())
			}
		})
	}
}

func TestThePreparationGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		after  string
		tries  uint64
		says   string
	}{
		"always 503":          {503, "", prepareTries, "preparing the load, login 1 of 3: the token endpoint answered with status 503"},
		"asks for an hour":    {503, "3600", 1, "it asks to be left alone for 1h0m0s"},
		"refuses":             {400, "", 1, "status 400"},
		"does not make sense": {503, "soon", prepareTries, "status 503"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			s.token = func(_ uint64, w http.ResponseWriter, _ *http.Request) bool {
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
				return true
			}
			o := s.options(t, Userinfo)
			o.pause = func(context.Context, time.Duration) error { return nil }
			_, err := Run(t.Context(), o, nil)
			if err == nil || !strings.Contains(err.Error(), c.says) || s.tokens.Load() != c.tries {
				t.Errorf("%v after %d tries", err, s.tokens.Load())
			}
		})
	}
}

// A key set that cannot be had once, under load, makes no signature wrong.
func TestKeysAreAskedForAgainWhenTheTargetIsBusy(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	handler := s.Config.Handler
	var asked sync.Once
	busy := false
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.rotated.Load() && strings.HasSuffix(r.URL.Path, "/jwks.json") {
			refuse := false
			if asked.Do(func() { refuse, busy = true, true }); refuse {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		handler.ServeHTTP(w, r)
	})
	o := s.options(t, Token)
	o.Rate, o.Duration, o.Judges, o.Workers = 20, 500*time.Millisecond, 1, 1
	l, err := Run(t.Context(), o, afterPreparation(s, func(uint64, http.ResponseWriter, *http.Request) bool { s.rotated.Store(true); return false }, nil))
	if err != nil {
		t.Fatal(err)
	}
	if !busy || len(l.Errors) > 0 || l.Requests != 10 {
		t.Errorf("busy %t, %d requests, errors %v", busy, l.Requests, l.Errors)
	}
}
