package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// lab is what the interruptions share: the program, an undisturbed run of each
// command, and a provider whose way can be broken.
type lab struct {
	random   *rand.Rand
	program  string
	env      []string // the embedded provider's
	external []string // the other one's
	control  map[string]*run.Record
	took     map[string]time.Duration
	requests int // of an undisturbed run against the other provider
	mounts   bool

	mu          sync.Mutex
	credentials *provider.Credentials
	provider    *provider.Provider
	server      *httptest.Server
	served      int
	at          int    // the request at which something happens
	then        func() // what
	fault       string
}

func newLab(t *testing.T, random *rand.Rand) *lab {
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := provider.NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{
		random: random, program: program, credentials: credentials,
		control: map[string]*run.Record{}, took: map[string]time.Duration{}, at: -1,
	}
	l.start(t, "127.0.0.1:0")
	t.Cleanup(func() { l.provider.Close() })
	l.server = httptest.NewUnstartedServer(http.HandlerFunc(l.serve))
	l.server.Config.ErrorLog = nil
	l.server.Start()
	t.Cleanup(l.server.Close)
	for i, prefix := range []string{"SGID_", "SGID_SECOND_"} {
		c := l.provider.Clients()[i]
		l.external = append(l.external, peerClient{ID: c.ID, Secret: c.Secret, RedirectURIs: c.RedirectURIs, Scopes: c.Scopes, PrivateKey: c.PrivateKey}.environment(prefix)...)
	}
	issuer, err := url.Parse(l.provider.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	l.external = append(l.external, "SGID_ISSUER="+l.provider.Issuer(), "SGIDCHECK_RESOLVE="+issuer.Host+":"+l.server.Listener.Addr().String())
	for _, command := range []string{"conformance", "run", "external", "browser"} {
		out := t.TempDir()
		cmd := l.command(t.Context(), command, out, shortTempDir(t))
		begun := time.Now()
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("an undisturbed %s: %v\n%s", command, err, said)
		}
		l.took[command], l.control[command] = time.Since(begun), recordOf(t, out)
	}
	l.requests = l.served
	dir := t.TempDir()
	if l.mounts = mountSmall(dir, 64) == nil; l.mounts {
		unmount(t, dir)
	}
	return l
}

func mountSmall(dir string, kib int) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kib))
}

func unmount(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
		t.Error(err)
	}
}

func (l *lab) start(t *testing.T, addr string) {
	p, err := provider.Start(context.WithoutCancel(t.Context()), provider.Options{Addr: addr, Credentials: l.credentials})
	if err != nil {
		t.Fatal(err)
	}
	l.provider = p
}

// restart puts a provider that has forgotten everything in place of the old one.
func (l *lab) restart(t *testing.T) {
	issuer, err := url.Parse(l.provider.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	l.provider.Close()
	l.start(t, issuer.Host)
}

func (l *lab) serve(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	n, at, then, fault := l.served, l.at, l.then, l.fault
	l.served++
	l.mu.Unlock()
	if at >= 0 && n == at && then != nil {
		then()
	}
	lost := at >= 0 && (fault == "reset" && n == at || fault == "killed" && n >= at || fault == "restarted" && n >= at && n < at+3)
	if lost {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			conn.Close()
		}
		return
	}
	l.mu.Lock()
	p := l.provider
	l.mu.Unlock()
	p.Handler().ServeHTTP(w, r)
}

// marker stands in the environment of everything that a run starts.
const marker = "INTERRUPTED_RUN="

func (l *lab) command(ctx context.Context, command, out, tmp string, more ...string) *exec.Cmd {
	args, env := []string{"conformance"}, l.env
	switch command {
	case "run":
		args = []string{"run", "--skip", "BROW", "--load-duration", "300ms"}
	case "external":
		env = l.external
	case "browser":
		args = []string{"browser", "--select", "BROW-01,BROW-03,BROW-08"}
	}
	args = append(args, "--out", out, "--progress", "plain", "--restart-wait", "1s")
	cmd := exec.CommandContext(ctx, l.program, append(args, more...)...)
	cmd.Env = slices.Concat(cleanEnvironment(), env, []string{"TMPDIR=" + tmp, marker + tmp})
	cmd.Dir = tmp
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
