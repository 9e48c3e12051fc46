package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// interruption is one way to disturb a run.
type interruption struct {
	name     string
	external bool           // against a provider of its own, at some request; else at some time
	signal   syscall.Signal // sent to the program
	fault    string         // what happens to the target: reset, killed, restarted
	disk     bool           // the disk has room for part of what is written
	deaf     bool           // nobody reads what it prints
	browser  bool           // a browser logs in
}

var interruptions = []interruption{
	{name: "SIGINT", signal: syscall.SIGINT},
	{name: "SIGINT at a request", signal: syscall.SIGINT, external: true},
	{name: "SIGTERM", signal: syscall.SIGTERM},
	{name: "SIGTERM at a request", signal: syscall.SIGTERM, external: true},
	{name: "SIGHUP", signal: syscall.SIGHUP},
	{name: "SIGKILL", signal: syscall.SIGKILL},
	{name: "SIGKILL at a request", signal: syscall.SIGKILL, external: true},
	{name: "connection reset", fault: "reset", external: true},
	{name: "target killed", fault: "killed", external: true},
	{name: "target killed and started again", fault: "restarted", external: true},
	{name: "disk full", disk: true},
	{name: "output closed", deaf: true},
	{name: "SIGTERM with a browser", signal: syscall.SIGTERM, browser: true},
	{name: "SIGKILL with a browser", signal: syscall.SIGKILL, browser: true},
}

// TestRandomInterruptions disturbs runs at random moments. INTERRUPTIONS says
// how many (24), SEED repeats a series. Each must leave a readable record in
// which nothing passes that an undisturbed run does not pass, or nothing but a
// clear refusal; no process, and no file but the report's.
func TestRandomInterruptions(t *testing.T) {
	many, seed := 24, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("INTERRUPTIONS")); err == nil {
		many = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("SEED=%d INTERRUPTIONS=%d", seed, many)
	lab := newLab(t, rand.New(rand.NewPCG(seed, seed)))
	tally := map[string]int{}
	for i := range many {
		how := interruptions[i%len(interruptions)]
		if how.disk && !lab.mounts {
			tally["disk full: not tried, a small file system cannot be mounted here"]++
			continue
		}
		t.Run(fmt.Sprintf("%d %s", i, how.name), func(t *testing.T) { tally[how.name+": "+lab.disturb(t, how)]++ })
	}
	for _, what := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%s: %d", what, tally[what])
	}
}

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

// disturb makes one run, disturbs it, and says in a few words what came of it.
func (l *lab) disturb(t *testing.T, how interruption) string {
	out, tmp := filepath.Join(t.TempDir(), "out"), shortTempDir(t)
	command := []string{"conformance", "run"}[l.random.IntN(2)]
	switch {
	case how.external:
		command = "external"
	case how.browser:
		command = "browser"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if how.disk {
		room := 1 + l.random.IntN(1500)
		t.Logf("%s with %d KiB", command, room)
		if err := os.Mkdir(out, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := mountSmall(out, max(room, 8)); err != nil {
			t.Fatal(err)
		}
		defer unmount(t, out)
	}
	cmd := l.command(ctx, command, out, tmp)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if how.deaf {
		cmd.Stdout, cmd.Stderr = deafEnd(t), deafEnd(t)
	}
	started := make(chan struct{})
	l.mu.Lock()
	l.served, l.at, l.then, l.fault = 0, -1, nil, how.fault
	if how.external {
		l.at = l.random.IntN(l.requests)
		t.Logf("at request %d", l.at)
		l.then = func() {
			switch {
			case how.signal != 0:
				<-started
				cmd.Process.Signal(how.signal)
			case how.fault == "restarted":
				l.mu.Lock()
				defer l.mu.Unlock()
				l.restart(t)
			}
		}
	}
	l.mu.Unlock()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	if how.signal != 0 && !how.external {
		after := time.Duration(l.random.Int64N(int64(l.took[command])))
		t.Logf("%s after %s", command, after)
		alarm := time.AfterFunc(after, func() { cmd.Process.Signal(how.signal) })
		defer alarm.Stop()
	}
	err := cmd.Wait()
	l.mu.Lock()
	l.at, l.then = -1, nil
	l.mu.Unlock()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) || ctx.Err() != nil {
		t.Fatalf("it did not end: %v\n%s", err, said.String())
	}
	l.leftNothing(t, how, tmp, out)
	return l.outcome(t, how, command, out, cmd.ProcessState, said.String())
}

// deafEnd is the writing end of a pipe that nobody reads.
func deafEnd(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}

// outcome judges what a run left.
func (l *lab) outcome(t *testing.T, how interruption, command, out string, state *os.ProcessState, said string) string {
	code := state.ExitCode()
	body, err := os.ReadFile(filepath.Join(out, "run.json"))
	if err != nil {
		switch {
		case code == -1 || code == exitIncomplete:
			return "ended before the record was begun"
		case code == exitUsage && strings.Contains(said, "cannot be"):
			return "refused, no record can be kept"
		}
		t.Errorf("no record, and exit code %d\n%s", code, said)
		return "no record"
	}
	if err := run.Validate(body); err != nil {
		t.Fatalf("the record is not valid: %v", err)
	}
	record, err := run.Decode(body)
	if err != nil {
		t.Fatalf("the record cannot be read: %v", err)
	}
	want := verdicts(l.control[command])
	changed := 0
	for _, c := range record.Checks {
		if c.Verdict == want[c.ID].Verdict {
			continue
		}
		changed++
		if c.Verdict == run.Pass {
			t.Errorf("%s passes, and did not undisturbed: %s", c.ID, want[c.ID].Verdict)
		}
		if how.fault == "reset" || how.fault == "" {
			t.Errorf("%s: %s, undisturbed %s: %s%s", c.ID, c.Verdict, want[c.ID].Verdict, c.Observed, c.Reason)
		}
	}
	if how.fault == "restarted" && changed > 2 {
		t.Errorf("%d verdicts are not those of an undisturbed run", changed)
	}
	whole := record.Complete && record.Verdict == run.RunPass
	switch {
	case code == -1 && record.Complete:
		return "killed when the record was complete"
	case code == -1:
		if l.random.IntN(3) == 0 {
			l.resume(t, command, out)
			return "killed, and gone on with to the undisturbed verdicts"
		}
		return "killed, the record holds what was judged"
	case how.disk && code != exitPass:
		if !strings.Contains(said, "free disk space") {
			t.Errorf("exit code %d without saying what to do:\n%s", code, said)
		}
		return "told that the disk is full, the record holds what was written"
	case code != run.ExitCode(record):
		t.Errorf("exit code %d, the record says %s", code, record.Verdict)
	}
	if whole {
		return "ended as if undisturbed"
	}
	if !record.Complete && record.Stopped == "" {
		t.Error("the record does not say why it ended")
	}
	if how.signal != 0 && l.random.IntN(3) == 0 {
		l.resume(t, command, out)
		return "interrupted, and gone on with to the undisturbed verdicts"
	}
	return map[bool]string{true: "went on and says what happened", false: "interrupted, the record says so"}[record.Complete]
}

// resume goes on with an interrupted run: it must come to the same verdicts.
func (l *lab) resume(t *testing.T, command, out string) {
	said, err := l.command(t.Context(), command, out, shortTempDir(t), "--resume", out).CombinedOutput()
	if err != nil {
		t.Fatalf("going on: %v\n%s", err, said)
	}
	l.onlyReports(t, out, 0)
	got, want := verdicts(recordOf(t, out)), verdicts(l.control[command])
	for id, c := range want {
		if got[id].Verdict != c.Verdict {
			t.Errorf("after going on %s: %q, undisturbed %s", id, got[id].Verdict, c.Verdict)
		}
	}
}

// reportFiles is what a run may leave in its folder.
var reportFiles = []string{"run.json", "report.html", "junit.xml", "summary.md", "results.sarif", "browser.har", "screenshots"}

// leftNothing judges what is still there when the program has ended. One that
// was killed while it wrote may leave that one file, which the next run there
// removes.
func (l *lab) leftNothing(t *testing.T, how interruption, tmp, out string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for left := processesWith(tmp); len(left) > 0; left = processesWith(tmp) {
		if time.Now().After(deadline) {
			t.Errorf("processes are left: %v", left)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	entries, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s is left among the temporary files", e.Name())
	}
	if how.signal == syscall.SIGKILL {
		l.onlyReports(t, out, 1)
	} else {
		l.onlyReports(t, out, 0)
	}
}

// onlyReports judges that nothing but reports is in their folder, and at most
// so many that were half written.
func (l *lab) onlyReports(t *testing.T, out string, half int) {
	t.Helper()
	entries, _ := os.ReadDir(out) // none where the run ended before it made the folder
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			half--
		} else if !slices.Contains(reportFiles, e.Name()) {
			t.Errorf("%s is left in the report's folder", e.Name())
		}
	}
	if half < 0 {
		t.Errorf("%d half-written files too many are left", -half)
	}
}

// shortTempDir is a folder for temporary files whose name leaves room for the
// path of a browser's socket.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "i")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// processesWith lists the processes whose temporary files are to go to tmp, and
// those that were started with a name in it.
func processesWith(tmp string) []string {
	var out []string
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		environ, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if bytes.Contains(environ, []byte(marker+tmp+"\x00")) || bytes.Contains(line, []byte(tmp+"/")) {
			out = append(out, e.Name())
		}
	}
	return out
}
