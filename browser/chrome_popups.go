package browser

import (
	"context"
	"slices"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	cdptarget "github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// maxTabs bounds the tabs of a profile: a page that keeps opening more does
// not get them.
const maxTabs = 20

// holdTabs makes every new tab wait until it is released: what a page opens is
// watched before it does anything, so that a dialog of its first script is
// answered, and its first requests are seen.
func (p *process) holdTabs(ctx context.Context) error {
	err := chromedp.ListenBrowser(ctx, func(event any) {
		if e, ok := event.(*cdptarget.EventAttachedToTarget); ok && e.WaitingForDebugger && e.TargetInfo.OpenerID == "" {
			go p.release(e.SessionID) // a tab of ours
		}
	})
	if err != nil {
		return err
	}
	wait, flat := true, true
	_, err = chromedp.CallBrowser(ctx, cdptarget.SetAutoAttach, cdptarget.SetAutoAttachParams{
		AutoAttach: wait, WaitForDebuggerOnStart: wait, Flatten: &flat, Filter: cdptarget.Filter{{Type: "page"}},
	})
	return err
}

// release ends the session that holds a tab.
func (p *process) release(session cdptarget.SessionID) {
	_, _ = chromedp.CallBrowser(p.ctx, cdptarget.DetachFromTarget, cdptarget.DetachFromTargetParams{SessionID: session})
}

// watch follows the tabs that pages of the profile open by themselves.
func (p *profile) watch() {
	user := p.tabs[0].user
	_ = chromedp.ListenBrowser(p.tabs[0].ctx, func(event any) {
		p := user.Load().profile
		switch e := event.(type) {
		case *cdptarget.EventAttachedToTarget:
			if e.WaitingForDebugger && e.TargetInfo.BrowserContextID == p.id && e.TargetInfo.OpenerID != "" {
				p.stray(e.TargetInfo)
				go func() {
					p.take(e.TargetInfo.TargetID)
					p.proc.release(e.SessionID)
				}()
			}
		case *cdptarget.EventTargetDestroyed:
			p.mu.Lock()
			for _, t := range p.tabs {
				t.gone = t.gone || t.id == string(e.TargetID)
			}
			p.broadcast()
			p.mu.Unlock()
		case *cdptarget.EventTargetInfoChanged:
			if e.TargetInfo.BrowserContextID == p.id && e.TargetInfo.Type == "page" {
				p.stray(e.TargetInfo)
			}
		}
	})
}

func (p *profile) stray(info *cdptarget.Info) {
	if p.strayed != nil && info.URL != "" && info.OpenerID != "" {
		go p.strayed(info.URL)
	}
}

// take attaches to a tab that a page opened, and lets it run; one too many is
// closed.
func (p *profile) take(id cdptarget.ID) {
	p.mu.Lock()
	left := p.closed || slices.ContainsFunc(p.tabs, func(t *tab) bool { return t.id == string(id) })
	full := len(slices.DeleteFunc(slices.Clone(p.tabs), func(t *tab) bool { return t.gone })) >= maxTabs
	p.mu.Unlock()
	if left {
		return
	}
	if full {
		_, _ = chromedp.CallBrowser(p.proc.ctx, cdptarget.CloseTarget, cdptarget.CloseTargetParams{TargetID: id})
		return
	}
	t, err := p.open(context.Background(), p.tabs[0].ctx, chromedp.WithTargetID(id))
	if err != nil {
		return
	}
	_, _ = chromedp.Call(t.ctx, runtime.RunIfWaitingForDebugger, cdp.Empty{})
	p.wake()
}
