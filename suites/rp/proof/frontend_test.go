package proof_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/loopback"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp"
	"sgidcheck/suites/rp/proof"
)

// frontEnd serves the start page of an application on a port of its own. It is a part
// of the application's process, and starts with it.
type frontEnd struct {
	rp.Process
	address string
	app     *url.URL

	mu     sync.Mutex
	server *http.Server
}

// Start starts both parts.
func (f *frontEnd) Start(ctx context.Context) error {
	return errors.Join(f.Process.Start(ctx), f.serve())
}

// End ends both.
func (f *frontEnd) End() {
	f.Process.End()
	f.die()
}

// serve takes connections; a request under another host is its end.
func (f *frontEnd) serve() error {
	l, err := net.Listen("tcp", f.address)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	proxy := httputil.NewSingleHostReverseProxy(f.app)
	f.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "evil.example" {
			f.die()
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	})}
	go f.server.Serve(l)
	return nil
}

func (f *frontEnd) die() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.server.Close()
}

// A front end that a request has ended is missed, also where the rest of the
// application answers, and waited for.
func TestAFrontEndThatARequestEnds(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	campaign, end, err := trials.Open(t.Context(), demoapp.Options{}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	start, err := url.Parse(campaign.Site.Start)
	if err != nil {
		t.Fatal(err)
	}
	port := loopback.FreePort(t)
	f := &frontEnd{Process: campaign.Process, address: fmt.Sprintf("127.0.0.1:%d", port), app: &url.URL{Scheme: "http", Host: start.Host}}
	if err := f.serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.die)
	campaign.Process = f
	campaign.Site.Start = fmt.Sprintf("http://localhost:%d%s", port, start.Path)
	if err := campaign.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := judged(t.Context(), t, campaign, "RP-09"); got.Verdict != run.Blocked || got.BlockedBy != "RP-71" {
		t.Errorf("RP-09: %s by %s: %s%s", got.Verdict, got.BlockedBy, got.Observed, got.Reason)
	}
	got := judged(t.Context(), t, campaign, "RP-71")
	if got.Verdict != run.Fail || !strings.Contains(got.Observed, fmt.Sprintf("it no longer takes connections at localhost:%d", port)) {
		t.Errorf("RP-71: %s %s%s", got.Verdict, got.Observed, got.Reason)
	}
}
