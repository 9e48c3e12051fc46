package application

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// Process is the application's process, started by a command of the user's.
type Process struct {
	Command string   // for the shell
	Env     []string // added to the harness's own
	Address string   // an address of the application, where nothing may answer before the command is started
	Hosts   []string // other hosts of it, with ports: it is there once these and the address's take connections
	Wait    time.Duration
	Log     func([]byte) // takes what it writes; may be nil

	mu      sync.Mutex
	cmd     *exec.Cmd
	gone    chan struct{} // closed when the command has ended
	state   string
	tail    tail
	starts  int
	stopped bool
}

// Start starts the command and waits until the application takes connections.
// Something that takes them already is an error: it would be judged instead.
func (p *Process) Start(ctx context.Context) error {
	if host := HostOf(p.Address); p.starts == 0 && listens(ctx, host) {
		return fmt.Errorf("something answers at %s already; end it, or leave out --start-command and have it judged", host)
	}
	p.mu.Lock()
	if p.stopped {
		p.mu.Unlock()
		return errors.New("the run has ended")
	}
	p.starts++
	cmd := exec.Command("sh", "-c", p.Command)
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Stdout, cmd.Stderr = p, p
	cmd.WaitDelay = time.Second // of a child that keeps the output open
	ownGroup(cmd)
	err := cmd.Start()
	gone := make(chan struct{})
	p.cmd, p.gone, p.state = cmd, gone, ""
	p.mu.Unlock()
	if err != nil {
		close(gone)
		return fmt.Errorf("--start-command: %w", err)
	}
	go func() {
		err := cmd.Wait()
		killGroup(cmd.Process.Pid)
		p.mu.Lock()
		p.state = "exit status 0"
		if err != nil {
			p.state = err.Error()
		}
		p.mu.Unlock()
		close(gone)
	}()
	return p.ready(ctx, gone)
}

// ready waits until the application takes connections.
func (p *Process) ready(ctx context.Context, gone chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, p.Wait)
	defer cancel()
	quiet := await(ctx, p.hosts(), gone)
	switch {
	case len(quiet) == 0:
		return nil
	case ctx.Err() == nil:
		return fmt.Errorf("the application did not start, its command has ended: %s\n%s", p.State(), p.Tail())
	}
	return fmt.Errorf("the application takes no connections at %s after %s\n%s", strings.Join(quiet, " and "), p.Wait, p.Tail())
}

// Alive reports whether the command still runs.
func (p *Process) Alive() bool {
	p.mu.Lock()
	gone := p.gone
	p.mu.Unlock()
	select {
	case <-gone:
		return false
	default:
		return gone != nil
	}
}

// Gone is closed when the command has ended.
func (p *Process) Gone() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// State says how the command ended; empty: it has not.
func (p *Process) State() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Starts is how often it was started.
func (p *Process) Starts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.starts
}

// End ends the command and everything that it has started.
func (p *Process) End() {
	p.mu.Lock()
	cmd, gone := p.cmd, p.gone
	p.mu.Unlock()
	if cmd == nil || cmd.Process == nil {
		return
	}
	endGroup(cmd.Process.Pid)
	select {
	case <-gone:
	case <-time.After(2 * time.Second):
	}
	killGroup(cmd.Process.Pid)
	<-gone
}

// Stop ends the command for good.
func (p *Process) Stop() {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.End()
}

func (p *Process) hosts() []string {
	own := HostOf(p.Address)
	return append([]string{own}, slices.DeleteFunc(slices.Clone(p.Hosts), func(host string) bool { return host == own })...)
}

// HostOf is the host and port of an address, the port also where it is the
// scheme's own.
func HostOf(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return address
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

// await waits until the hosts take connections; it returns those that do not when ctx
// ends or gone is closed.
func await(ctx context.Context, hosts []string, gone <-chan struct{}) (quiet []string) {
	quiet = hosts
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if now := unreached(ctx, hosts); !isOver(ctx) { // without time left, none is reached
			quiet = now
		}
		if len(quiet) == 0 {
			return nil
		}
		select {
		case <-gone:
			return quiet
		case <-ctx.Done():
			return quiet
		case <-tick.C:
		}
	}
}

// isOver reports whether ctx has ended, or is about to: a connection's time ends with
// its deadline, and maybe before the context itself.
func isOver(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	return ctx.Err() != nil || bounded && !time.Now().Before(deadline)
}

// unreached are those of the hosts that take no connections.
func unreached(ctx context.Context, hosts []string) (out []string) {
	for _, host := range hosts {
		if !listens(ctx, host) {
			out = append(out, host)
		}
	}
	return out
}

// listens reports whether a host and port take connections.
func listens(ctx context.Context, host string) bool {
	d := net.Dialer{Timeout: time.Second}
	c, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// Write takes what the command writes.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	p.tail.add(b)
	p.mu.Unlock()
	if p.Log != nil {
		p.Log(b)
	}
	return len(b), nil
}

// Tail is the end of what the command wrote.
func (p *Process) Tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tail.String()
}

// keptTail is how much of what the command wrote is kept for messages.
const keptTail = 4 << 10

type tail struct{ b []byte }

func (t *tail) add(b []byte) {
	t.b = append(t.b, b...)
	if len(t.b) > keptTail {
		t.b = append([]byte(nil), t.b[len(t.b)-keptTail:]...)
	}
}

func (t *tail) String() string { return string(bytes.TrimSpace(t.b)) }
