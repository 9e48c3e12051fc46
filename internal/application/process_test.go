package application_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/application"
	"sgidcheck/internal/loopback"
)

// twoPorts is an application whose protected page is on one port, and whose start
// page is on another that takes connections later: once the first has been looked at
// a few times.
type twoPorts struct {
	site *application.Site
	both atomic.Bool // both take connections
}

func newTwoPorts(t *testing.T) *twoPorts {
	at := func(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", loopback.FreePort(t), path) }
	protected := at("/me")
	return &twoPorts{site: &application.Site{Protected: protected, Start: at("/login"), RedirectURI: protected}}
}

// listen begins to take connections; it is called once.
func (p *twoPorts) listen(t *testing.T) {
	protected, err := net.Listen("tcp", application.HostOf(p.site.Protected))
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { protected.Close() })
	go func() {
		for looks := 1; ; looks++ {
			c, err := protected.Accept()
			if err != nil {
				return
			}
			c.Close()
			if looks != 3 {
				continue
			}
			start, err := net.Listen("tcp", application.HostOf(p.site.Start))
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { start.Close() })
			p.both.Store(true)
		}
	}()
}

// A front end with the start page may come up after the API with the protected page.
func TestTheApplicationIsThereOnceAllItsHostsAre(t *testing.T) {
	app := newTwoPorts(t)
	p := &application.Process{Command: "echo starting; exec sleep 600", Address: app.site.Protected, Hosts: app.site.Hosts(), Wait: 20 * time.Second}
	var started atomic.Bool
	p.Log = func([]byte) {
		if !started.Swap(true) {
			app.listen(t)
		}
	}
	defer p.Stop()
	if err := p.Start(t.Context()); err != nil || !app.both.Load() {
		t.Errorf("%v; both take connections: %t", err, app.both.Load())
	}
}

// Where one of its hosts stays silent, that one is named.
func TestTheHostThatStaysSilentIsNamed(t *testing.T) {
	app := newTwoPorts(t)
	l, err := net.Listen("tcp", application.HostOf(app.site.Start))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &application.Process{Command: "exec sleep 600", Address: app.site.Protected, Hosts: app.site.Hosts(), Wait: 100 * time.Millisecond}
	defer p.Stop()
	err = p.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), application.HostOf(app.site.Protected)) || strings.Contains(err.Error(), application.HostOf(app.site.Start)) {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got := app.site.Await(ctx); !slices.Equal(got, []string{application.HostOf(app.site.Protected)}) {
		t.Error(got)
	}
	if got := app.site.Silent(t.Context()); !slices.Equal(got, []string{application.HostOf(app.site.Protected)}) {
		t.Error(got)
	}
}
