package suites

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// world is an embedded provider behind a way that a test can break: nothing
// but the way differs from an ordinary run.
type world struct {
	mu          sync.Mutex
	credentials *provider.Credentials
	provider    *provider.Provider
	server      *httptest.Server
	served      int                                                      // requests that came so far
	on          func(n int, w http.ResponseWriter, r *http.Request) bool // takes a request instead of the provider
	dial        func(n int) error                                        // refuses the n-th connection
	dialled     int
	driver      func(login.Driver) login.Driver // takes the place of the direct login driver
	notes       []string
	limits      func(*config.Config)                // other limits than judge sets
	worked      map[string]bool                     // what an earlier part of the run has seen hold
	few         bool                                // checks share logins
	faults      []string                            // of the provider, from its next start on
	through     func(n int, conn net.Conn) net.Conn // takes the place of the n-th connection; nil: nothing does
	host        string                              // the name that the provider goes by; empty: it is on loopback
	advance     func(time.Duration)                 // moves the provider's clock; nil: checks that wait are left out
}

var testCredentials = sync.OnceValues(provider.NewCredentials)

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldAt(t, "")
}

// newWorldAt is a world whose provider goes by that host name and has the faults.
func newWorldAt(t *testing.T, host string, faults ...string) *world {
	t.Helper()
	credentials, err := testCredentials()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{credentials: credentials, host: host, faults: faults}
	w.start(t, "")
	t.Cleanup(func() { w.provider.Close() })
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	return w
}

// start makes a provider that knows nothing of what an earlier one has issued.
func (w *world) start(t *testing.T, addr string) {
	p, err := provider.Start(context.WithoutCancel(t.Context()), provider.Options{Addr: addr, Credentials: w.credentials, Faults: w.faults, Host: w.host})
	if err != nil {
		t.Error(err)
		return
	}
	w.provider = p
}

// restart puts a fresh provider in place of the old one, at the same address.
func (w *world) restart(t *testing.T) {
	issuer, err := url.Parse(w.provider.Issuer())
	if err != nil {
		t.Error(err)
		return
	}
	w.provider.Close()
	w.start(t, issuer.Host)
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	n, on := w.served, w.on
	w.served++
	w.mu.Unlock()
	if on != nil && on(n, rw, r) {
		return
	}
	w.mu.Lock()
	p := w.provider
	w.mu.Unlock()
	p.Handler().ServeHTTP(rw, r)
}

func (w *world) open(ctx context.Context, network, _ string) (net.Conn, error) {
	w.mu.Lock()
	n, dial := w.dialled, w.dial
	w.dialled++
	w.mu.Unlock()
	if dial != nil {
		if err := dial(n); err != nil {
			return nil, err
		}
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, w.server.Listener.Addr().String())
	if err == nil && w.through != nil {
		conn = w.through(n, conn)
	}
	return conn, err
}

// judge runs the chosen checks and returns their verdicts.
func (w *world) judge(t *testing.T, selected ...string) map[string]run.Check {
	t.Helper()
	w.served, w.dialled, w.notes = 0, 0, nil
	settings := &config.Config{
		Issuer: w.provider.Issuer(), EndpointsMode: config.EndpointsDiscovery, Login: config.LoginDirect,
		ClockSkew: time.Minute, Timeout: 20 * time.Second, RestartWait: 10 * time.Second, MaxBody: 1 << 20,
	}
	for i, c := range w.provider.Clients()[:2] {
		key, err := sgid.ParsePrivateKey([]byte(c.PrivateKey))
		if err != nil {
			t.Fatal(err)
		}
		party := config.Registration{ClientID: c.ID, ClientSecret: c.Secret, RedirectURI: c.RedirectURIs[0], RedirectURIs: c.RedirectURIs, Scopes: c.Scopes, Key: key}
		if i == 0 {
			settings.First = party
		} else {
			settings.Second = &party
		}
	}
	if w.limits != nil {
		w.limits(settings)
	}
	redactor := redact.New()
	settings.Teach(redactor)
	o := settings.ClientOptions("test", redactor)
	o.Dial, o.NoProxy = w.open, true
	httpClient, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer httpClient.Close()
	direct := login.NewDirect(httpClient, "", "")
	var driver login.Driver = direct
	if w.driver != nil {
		driver = w.driver(direct)
	}
	campaign, err := Open(Options{Config: settings, Client: httpClient, Redactor: redactor, Driver: driver, Direct: direct,
		Worked: w.worked, Advance: w.advance, FewLogins: w.few, Note: func(text string) { w.notes = append(w.notes, text) }})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]run.Check{}
	missing := map[judge.Need]string{judge.HTTPS: "plain http", judge.Time: "too long"}
	if w.advance != nil {
		delete(missing, judge.Time)
	}
	plan := slices.DeleteFunc(judge.Plan(judge.Choice{Select: selected, Missing: missing, FewLogins: w.few}), func(p judge.Planned) bool { return p.Skip != "" })
	judging := judge.Campaign{Plan: plan, Body: campaign.Body, Broker: campaign.Broker(), After: func(c run.Check) { out[c.ID] = c }}
	if n := judging.Run(t.Context()); n > 0 {
		t.Errorf("%d checks were not reached", n)
	}
	w.mu.Lock() // what answered the requests has been done with the world
	defer w.mu.Unlock()
	return out
}

func (w *world) noted(text string) int {
	n := 0
	for _, note := range w.notes {
		if strings.Contains(note, text) {
			n++
		}
	}
	return n
}

// differing names the checks whose verdict is not the control's.
func differing(control, got map[string]run.Check) map[string]run.Check {
	out := map[string]run.Check{}
	for id, c := range got {
		if c.Verdict != control[id].Verdict {
			out[id] = c
		}
	}
	return out
}

// A few checks that use every endpoint, and codes that are good once.
var everyEndpoint = []string{"DISC-01", "JWKS-01", "AUTHZ-01", "TOKEN-01", "TOKEN-05", "IDT-02", "UINFO-01", "UINFO-16", "UINFO-04"}

func control(t *testing.T, w *world, selected ...string) (map[string]run.Check, int) {
	t.Helper()
	verdicts := w.judge(t, selected...)
	for id, c := range verdicts {
		if c.Verdict == run.Blocked {
			t.Fatalf("%s is blocked without any disturbance: %s", id, c.Reason)
		}
	}
	if w.noted("") > 0 {
		t.Fatalf("an undisturbed run has notes: %q", w.notes)
	}
	return verdicts, w.served
}

// peek reads the form that a request brings, and leaves it there.
func peek(r *http.Request) url.Values {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	return form
}

// hangUp ends the connection without another byte.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		conn.Close()
	}
}
