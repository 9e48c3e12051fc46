package loadtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestAnInterruptGivesTheFiguresSoFar(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Login)
	o.Rate, o.Duration = 100, time.Hour
	o.MaxRequests = 2000 // so that codes for an hour are not minted first
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hang := make(chan struct{})
	defer close(hang)
	began := afterPreparation(s, nil, func(n uint64, _ http.ResponseWriter, r *http.Request) bool {
		if n == 20 {
			cancel()
		}
		if n >= 20 {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}
		return false
	})
	load, err := Run(ctx, o, began)
	if err != nil {
		t.Fatal(err)
	}
	if load.Requests < 1 || load.Requests > 20 || len(load.Errors) != 0 {
		t.Errorf("%d requests, errors %v; want up to 20 and none: what was under way says nothing of the target", load.Requests, load.Errors)
	}
	if !strings.Contains(load.Stopped, "interrupted") || load.DurationS > 10 {
		t.Errorf("stopped %q after %g s", load.Stopped, load.DurationS)
	}
	checkRecord(t, load)
}

func TestAnInterruptBetweenTwoSendsEndsTheWait(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration = 1.0/3600, 10*time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load, err := Run(ctx, o, func(p Progress) {
		if p.Ended == 1 {
			cancel()
		}
	})
	if err != nil || load.Requests != 1 {
		t.Fatalf("%v, %+v", err, load)
	}
}

func TestATargetThatGoesDownEndsTheLoad(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration = 200, time.Hour
	gone := make(chan struct{})
	load, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
		if n == 50 {
			go func() {
				s.Listener.Close()
				s.CloseClientConnections()
				close(gone)
			}()
			<-gone
		}
		return false
	}))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(load.Stopped, "went down") || !strings.Contains(load.Stopped, "refused") {
		t.Errorf("stopped: %q", load.Stopped)
	}
	if load.Errors["refused"] < failuresBeforeProbe-2 {
		t.Errorf("errors %v", load.Errors)
	}
	failed := 0
	for _, n := range load.Errors {
		failed += n
	}
	if load.Answers < 50 || load.Answers+uint64(failed) != load.Requests || !load.Judge().Failed() {
		t.Errorf("%d requests, %d answers, errors %v, %+v: it took answers and then took none", load.Requests, load.Answers, load.Errors, load.Judge())
	}
}

// A target that is gone before the load's first request has shown nothing.
func TestATargetThatIsGoneFromTheStart(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration = 200, time.Hour
	load, err := Run(t.Context(), o, func(p Progress) {
		if p.Phase == "sending" {
			s.Listener.Close()
			s.CloseClientConnections()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	j := load.Judge()
	if !strings.Contains(load.Stopped, "the target went down") || load.Answers != 0 || load.Requests == 0 || j.Failed() || len(j.Unmeasured) != 1 {
		t.Errorf("stopped %q, %d of %d answered, %+v", load.Stopped, load.Answers, load.Requests, j)
	}
}

func TestKeepGoingOutlastsATargetThatIsDown(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.KeepGoing = 200, time.Second, true
	load, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
		if n == 20 {
			go s.Listener.Close()
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
			return true
		}
		w.Header().Set("Connection", "close")
		return false
	}))
	if err != nil {
		t.Fatal(err)
	}
	if load.Stopped != "" || load.Requests != 200 || load.Errors["refused"] == 0 {
		t.Errorf("stopped %q, %d requests, errors %v", load.Stopped, load.Requests, load.Errors)
	}
}

func TestErrorsAloneDoNotEndTheLoad(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration = 200, 500*time.Millisecond
	load, err := Run(t.Context(), o, afterPreparation(s, nil, func(_ uint64, w http.ResponseWriter, _ *http.Request) bool {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
		}
		return true
	}))
	if err != nil {
		t.Fatal(err)
	}
	if load.Stopped != "" || load.Errors["reset"] != 100 {
		t.Errorf("stopped %q, errors %v: a target that drops every request and answers for its health is not down", load.Stopped, load.Errors)
	}
}

func TestHTTPSCountsHandshakes(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newStandIn(t, func(h http.Handler) *httptest.Server {
			srv := httptest.NewUnstartedServer(h)
			srv.EnableHTTP2 = true
			srv.StartTLS()
			return srv
		})
		o := s.options(t, Userinfo)
		o.TLS = s.Client().Transport.(*http.Transport).TLSClientConfig
		o.HTTP2, o.Connections, o.Rate, o.Duration = http2, 1, 100, 100*time.Millisecond
		var load, err = Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, r *http.Request) bool {
			if n == 4 && r.ProtoMajor == 1 {
				w.Header().Set("Connection", "close")
			}
			if want := map[bool]int{false: 1, true: 2}[http2]; r.ProtoMajor != want {
				t.Errorf("HTTP/%d, want %d", r.ProtoMajor, want)
			}
			return false
		}))
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]uint64{false: 1, true: 0}[http2]; load.Handshakes != want || load.Connections != want || len(load.Errors) != 0 {
			t.Errorf("HTTP/2 %t: %d handshakes, %d connections, errors %v; want %d: the first was made in the preparation", http2, load.Handshakes, load.Connections, load.Errors, want)
		}
	}
}

func TestJudgingThatCannotKeepUpIsTheHarnesssLimit(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.Judges, o.Backlog = 4000, 500*time.Millisecond, 1, 2
	load, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if load.Requests != uint64(load.Parts["decrypt"].Count) || len(load.Errors) != 0 {
		t.Errorf("%d requests, %d decrypted, errors %v: no answer goes unjudged", load.Requests, load.Parts["decrypt"].Count, load.Errors)
	}
	if !load.Harness.Limited || !strings.Contains(strings.Join(load.Harness.Reasons, " "), "judging could not keep up") {
		t.Errorf("harness %+v", load.Harness)
	}
}

// What this machine cannot do is not counted against the target.
func TestRunningOutOfFileDescriptorsIsTheHarnesssLimit(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Rate, o.Duration, o.KeepGoing = 100, 200*time.Millisecond, true
	var out atomic.Bool
	o.Dial = func(ctx context.Context, network, hostport string) (net.Conn, error) {
		if out.Load() {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.EMFILE)}
		}
		return (&net.Dialer{}).DialContext(ctx, network, hostport)
	}
	load, err := Run(t.Context(), o, afterPreparation(s, nil, func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
		out.Store(true)
		w.Header().Set("Connection", "close")
		return false
	}))
	if err != nil {
		t.Fatal(err)
	}
	if load.Errors["local"] == 0 || len(load.Errors) != 1 || !load.Harness.Limited {
		t.Errorf("errors %v, harness %+v", load.Errors, load.Harness)
	}
}
