package browser

import (
	"context"
	"slices"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	cdptarget "github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// watch follows the tabs that pages of the profile open by themselves.
func (p *profile) watch() {
	_ = chromedp.ListenBrowser(p.tabs[0].ctx, func(event any) {
		switch e := event.(type) {
		case *cdptarget.EventTargetCreated:
			if e.TargetInfo.BrowserContextID == p.id && e.TargetInfo.Type == "page" && e.TargetInfo.OpenerID != "" {
				p.stray(e.TargetInfo)
				go p.take(e.TargetInfo.TargetID)
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

// take attaches to a tab that a page opened.
func (p *profile) take(id cdptarget.ID) {
	p.mu.Lock()
	known := p.closed || slices.ContainsFunc(p.tabs, func(t *tab) bool { return t.id == string(id) })
	p.mu.Unlock()
	if known {
		return
	}
	t, err := p.open(context.Background(), p.tabs[0].ctx, chromedp.WithTargetID(id))
	if err != nil {
		return
	}
	// What it shows was loaded before anybody listened.
	if tree, err := chromedp.Call(t.ctx, page.GetFrameTree, cdp.Empty{}); err == nil {
		state, _ := chromedp.Run(t.ctx, chromedp.Evaluate[string]("document.readyState"))
		p.mu.Lock()
		if f := tree.FrameTree.Frame; t.loader == "" {
			t.loader, t.address = f.LoaderID, f.URL
		}
		t.ready = t.ready || state != "loading"
		t.loaded = t.loaded || state == "complete"
		p.mu.Unlock()
		p.log.missed(t.id, tree.FrameTree.Frame)
	}
	if p.adopt != nil {
		p.adopt(t)
	}
	p.wake()
}
