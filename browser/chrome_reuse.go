package browser

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/domdebugger"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// Opening a profile costs as much as several pages, and a run opens hundreds of
// them. What an ordinary login leaves behind can be removed for less, and the next
// login then finds what it finds in a fresh profile. After anything else the
// profile is given up.
const (
	maxSpares = 8       // emptied profiles that wait for a login
	maxLogins = 100     // that a profile serves
	maxPlain  = 1 << 20 // octets that an ordinary login loads
	blankPage = "about:blank"
)

// emptyWithin is how long a profile may take to be emptied: a page that keeps its
// browser busy is not waited for.
func (c *Chrome) emptyWithin() time.Duration { return c.opt.Patience / 5 }

// loginProfile opens a profile for one login, as newProfile does, and may take one
// that another login has left and that was emptied. Configure sets its gate.
func (c *Chrome) loginProfile(ctx context.Context, configure func(*profile)) (*profile, *tab, error) {
	proc, err := c.start(ctx)
	if err != nil {
		return nil, nil, err
	}
	for old := proc.takeSpare(); old != nil; old = proc.takeSpare() {
		p := &profile{chrome: c, proc: proc, id: old.profile.id, log: newNetworkLog(), changed: make(chan struct{}), logins: old.logins + 1}
		configure(p)
		t := &tab{profile: p, ctx: old.ctx, cancel: old.cancel, id: old.id, user: old.user}
		p.tabs = []*tab{t}
		if p.isEmpty() && old.profile.left() { // in this order: what a page does when it is left is told by then
			t.user.Store(t)
			return p, t, nil
		}
		p.unplain = true
		p.close()
	}
	return c.newProfile(ctx, func(p *profile) { p.logins = 1; configure(p) })
}

func (p *process) takeSpare() *tab {
	p.spareLock.Lock()
	defer p.spareLock.Unlock()
	last := len(p.spares) - 1
	if last < 0 {
		return nil
	}
	t := p.spares[last]
	p.spares = p.spares[:last]
	return t
}

// keepSpare keeps an emptied profile for the next login; it reports whether there
// was room for it.
func (p *process) keepSpare(t *tab) bool {
	p.spareLock.Lock()
	defer p.spareLock.Unlock()
	if len(p.spares) == maxSpares || p.dead() {
		return false
	}
	p.spares = append(p.spares, t)
	return true
}

// plain reports whether all that the profile's login may have left is what empty
// removes: it had one tab, loaded ordinary pages to their end, opened no dialog and
// kept nothing in the storage of its session.
func (p *profile) plain() bool {
	p.mu.Lock()
	plain := p.logins > 0 && p.logins < maxLogins && !p.unplain && p.crashed == "" && len(p.tabs) == 1 && !p.tabs[0].gone && !p.chrome.opt.Visible
	p.mu.Unlock()
	if !plain || p.proc.dead() || !p.log.ordinary() {
		return false
	}
	ctx, cancel := context.WithTimeout(p.proc.ctx, p.chrome.emptyWithin()/2)
	defer cancel()
	return p.await(ctx, p.atRest) == nil && p.log.ordinary()
}

// left reports whether the profile's last page has done nothing out of the ordinary
// since it was found plain.
func (p *profile) left() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.unplain && p.log.ordinary()
}

// atRest reports whether all that was asked for has come to its end. What a page
// that is gone has asked for may never be told to have ended once it is answered.
func (p *profile) atRest() bool {
	hops := p.log.all()
	last := lastDocument(hops, p.tabs[0].ident())
	return !slices.ContainsFunc(hops, func(h *hop) bool {
		return !h.Done && (h.Status == 0 || last == nil || h.Loader == last.Loader)
	})
}

// ordinary reports whether nothing was loaded but a little of what leaves no more
// than cookies and cached responses.
func (l *networkLog) ordinary() bool {
	octets := int64(0)
	for _, h := range l.all() {
		if octets += h.Bytes; octets > maxPlain || !h.ordinary() {
			return false
		}
	}
	return true
}

// ordinary reports whether the hop leaves nothing but cookies and what a cache
// keeps. Header fields by which a browser may remember more are not known in full,
// and so those are listed that it forgets.
func (h *hop) ordinary() bool {
	switch h.Kind {
	case network.ResourceTypeDocument:
		if !h.document() {
			return false // a frame
		}
	case network.ResourceTypeScript, network.ResourceTypeStylesheet, network.ResourceTypeImage, network.ResourceTypeFont,
		network.ResourceTypeXHR, network.ResourceTypeFetch, network.ResourceTypeOther: // a page's icon
	default:
		return false
	}
	for name := range h.header() {
		name = strings.ToLower(name)
		if name == "strict-transport-security" && strings.HasPrefix(h.URL, "http:") {
			continue // browsers ignore it there
		}
		if _, known := slices.BinarySearch(forgotten, name); !known && !strings.HasPrefix(name, "x-") && !strings.HasPrefix(name, "access-control-") {
			return false
		}
	}
	return true
}

// forgotten are header fields of which nothing is kept but cookies and cached
// responses, by name, sorted.
var forgotten = []string{
	"accept-ranges", "age", "allow", "cache-control", "connection", "content-encoding", "content-language", "content-length",
	"content-security-policy", "content-type", "cross-origin-embedder-policy", "cross-origin-opener-policy", "cross-origin-resource-policy",
	"date", "etag", "expires", "keep-alive", "last-modified", "location", "origin-agent-cluster", "permissions-policy", "pragma",
	"referrer-policy", "retry-after", "server", "set-cookie", "transfer-encoding", "vary", "via",
}

// empty leaves the page of a plain login and removes cookies, what sites have
// stored, caches and history. It reports whether all of that went well.
func (p *profile) empty() bool {
	t := p.tabs[0]
	ctx, cancel := context.WithTimeout(t.ctx, p.chrome.emptyWithin())
	defer cancel()
	if !t.leavesQuietly(ctx) {
		return false
	}
	if _, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: blankPage}); err != nil {
		return false
	}
	if p.await(ctx, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return t.address == blankPage && t.loaded }) != nil {
		return false
	}
	if _, err := chromedp.CallBrowser(ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: p.id}); err != nil {
		return false
	}
	for _, origin := range p.log.origins() {
		if _, err := chromedp.Call(ctx, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: origin, StorageTypes: "all"}); err != nil {
			return false
		}
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		return false
	}
	_, err := chromedp.Call(ctx, page.ResetNavigationHistory, cdp.Empty{})
	return err == nil
}

// leavesQuietly reports whether no script of the page waits for its being left: what
// that does comes too late to be seen.
func (t *tab) leavesQuietly(ctx context.Context) bool {
	for _, of := range []string{"window", "document"} {
		object, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: of})
		if err != nil || object.Result == nil {
			return false
		}
		found, err := chromedp.Call(ctx, domdebugger.GetEventListeners, domdebugger.GetEventListenersParams{ObjectID: object.Result.ObjectID})
		if err != nil || slices.ContainsFunc(found.Listeners, func(l *domdebugger.EventListener) bool {
			return slices.Contains([]string{"beforeunload", "pagehide", "pageswap", "unload", "visibilitychange", "freeze"}, l.Type)
		}) {
			return false
		}
	}
	return true
}

// isEmpty reports whether a profile that was emptied shows nothing of its login.
func (p *profile) isEmpty() bool {
	ctx, cancel := context.WithTimeout(p.proc.ctx, p.chrome.emptyWithin())
	defer cancel()
	op, stop := contextOf(ctx, p.tabs[0])
	defer stop()
	kept, err := chromedp.CallBrowser(op, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: p.id})
	if err != nil || len(kept.Cookies) > 0 {
		return false
	}
	seen, err := chromedp.Run(op, chromedp.Evaluate[string](`location.href + ' ' + window.name`))
	return err == nil && seen == blankPage+" "
}

// origins are those of which anything was loaded, each once.
func (l *networkLog) origins() (out []string) {
	for _, h := range l.all() {
		if origin := originOf(h.URL); strings.HasPrefix(origin, "http") && !slices.Contains(out, origin) {
			out = append(out, origin)
		}
	}
	return out
}
