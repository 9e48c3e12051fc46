package browser

import (
	"context"
	"sync"

	"sgidcheck/internal/application"
)

// Applications opens the browsers that drive an application, each in a profile
// of its own. While one is used the next is readied: opening takes longer than a
// login. Safe for concurrent use.
type Applications struct {
	ctx    context.Context
	chrome *Chrome

	closing sync.WaitGroup

	mu    sync.Mutex
	ready chan *ApplicationBrowser // holds the next one, or nil where it could not be opened; nil: none is awaited
}

// NewApplications readies nothing yet. What it opens ends with ctx; the caller
// calls Close before the browser's.
func NewApplications(ctx context.Context, c *Chrome) *Applications {
	return &Applications{ctx: ctx, chrome: c}
}

// Open returns a browser without cookies for the application at a site. The error
// says why the browser does not start.
func (a *Applications) Open(site *application.Site, manner application.Manner) (application.Browser, error) {
	b := a.take()
	if b == nil {
		var err error
		if b, err = openApplicationBrowser(a.ctx, a.chrome); err != nil {
			return nil, err
		}
	}
	b.serve(site, manner)
	b.close = func() { a.closing.Go(b.p.close) }
	return b, nil
}

// take is the browser that is ready, nil where there is none that works; the
// next is readied.
func (a *Applications) take() *ApplicationBrowser {
	a.mu.Lock()
	ready := a.ready
	next := make(chan *ApplicationBrowser, 1)
	a.ready = next
	a.mu.Unlock()
	go func() {
		b, _ := openApplicationBrowser(a.ctx, a.chrome) // who needs it learns of it when it fails again
		next <- b
	}()
	if ready == nil {
		return nil
	}
	b := <-ready
	if b != nil && b.p.proc.dead() {
		b.p.close()
		return nil
	}
	return b
}

// Close gives the browser that is ready up, and waits until those that were
// closed are gone.
func (a *Applications) Close() {
	defer a.closing.Wait()
	a.mu.Lock()
	ready := a.ready
	a.ready = nil
	a.mu.Unlock()
	if ready == nil {
		return
	}
	if b := <-ready; b != nil {
		b.p.close()
	}
}
