package application

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"

	"golang.org/x/net/html"
)

// Bounds of the refreshes that are followed: a page that sends the browser on
// after longer is one that is read, and no part of the way.
const (
	longestRefresh = 5 * time.Second
	mostRefreshes  = 5
)

// refreshed is the address to which a response sends the browser by a Refresh
// header or a meta element, without the wait; empty: it does not, or it is the
// response's own.
func refreshed(e *exchange.Exchange, at *url.URL) string {
	after, to := login.Refresh(e.Header().Get("Refresh"))
	base := at
	if to == "" && bytes.Contains(bytes.ToLower(e.Body()), []byte("refresh")) {
		page, err := login.ReadPage(e.Body())
		if err != nil {
			return ""
		}
		after, to = page.RefreshAfter, page.Refresh
		base = page.BaseAt(at)
	}
	u, err := base.Parse(to)
	if to == "" || err != nil || after > longestRefresh {
		return ""
	}
	u.Fragment = ""
	if u.String() == at.String() {
		return ""
	}
	return u.String()
}

// Refreshed is the address to which the page at the end of a navigation will soon send
// the browser by itself, for who looks at it before; empty: to none.
func Refreshed(way *Way) string {
	at, err := url.Parse(way.URL)
	if err != nil || way.Last() == nil || way.NoResponse() {
		return ""
	}
	return refreshed(way.Last(), at)
}

// leadsOn is what a script says that gives the page another address.
var leadsOn = regexp.MustCompile(`\blocation\b|\bhistory\b|\.submit\b|\.click\b`)

// MayLeadOn reports whether a page has a script that may give it another address:
// one that is loaded, whatever it says, or one that stands in it and says so.
func MayLeadOn(page []byte) bool {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return false
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "script" {
			continue
		}
		loaded := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "src" })
		if loaded || n.FirstChild != nil && leadsOn.MatchString(n.FirstChild.Data) {
			return true
		}
	}
	return false
}

// Scripts are the addresses of the scripts that the page at the end of a navigation
// loads.
func Scripts(way *Way) (out []string) {
	at, err := url.Parse(way.URL)
	doc, unread := html.Parse(bytes.NewReader(way.Body()))
	if err != nil || unread != nil {
		return nil
	}
	base := at
	if page, err := login.ReadPage(way.Body()); err == nil {
		base = page.BaseAt(at)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "script" {
			continue
		}
		for _, a := range n.Attr {
			if to, err := base.Parse(a.Val); a.Key == "src" && err == nil {
				out = append(out, to.String())
			}
		}
	}
	return out
}
