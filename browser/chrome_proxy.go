package browser

import (
	"net"
	"net/url"
	"strings"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/http/httpproxy"
)

// nowhere is the proxy of what the browser asks for by itself, in a form of
// --proxy-server: nothing listens on port 0, and so it reaches nobody. Pages
// are loaded in browser contexts that have a way of their own.
const nowhere = "http://127.0.0.1:0"

// wayOut is how pages reach the hosts that they ask for: the proxies that the
// environment names, as the direct client takes them, or straight.
type wayOut struct {
	server, bypass string                   // as --proxy-server and --proxy-bypass-list
	users          map[string]*url.Userinfo // credentials by host:port of a proxy
}

func newWayOut(environment *httpproxy.Config) wayOut {
	w := wayOut{server: "direct://", users: map[string]*url.Userinfo{}}
	all := httpproxy.Config{HTTPProxy: environment.HTTPProxy, HTTPSProxy: environment.HTTPSProxy}
	proxyFor := all.ProxyFunc()
	var servers []string
	for _, scheme := range []string{"http", "https"} {
		proxy, err := proxyFor(&url.URL{Scheme: scheme, Host: "sgid.invalid"})
		if err != nil || proxy == nil {
			continue
		}
		kind := strings.Replace(strings.ToLower(proxy.Scheme), "socks5h", "socks5", 1)
		port := proxy.Port()
		if port == "" {
			port = map[string]string{"https": "443", "socks5": "1080"}[kind]
		}
		if port == "" {
			port = "80"
		}
		host := net.JoinHostPort(proxy.Hostname(), port)
		servers = append(servers, scheme+"="+kind+"://"+host)
		if proxy.User != nil {
			w.users[strings.ToLower(host)] = proxy.User
		}
	}
	if len(servers) == 0 {
		return w
	}
	w.server = strings.Join(servers, ";")
	var bypass []string
	for entry := range strings.SplitSeq(environment.NoProxy, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		switch {
		case entry == "":
		case entry == "*":
			return wayOut{server: "direct://"}
		case isAddress(entry), strings.HasPrefix(entry, "."):
			bypass = append(bypass, entry)
		case strings.HasPrefix(entry, "*."):
			bypass = append(bypass, entry[1:])
		default: // a domain, and all below it
			bypass = append(bypass, entry, "."+entry)
		}
	}
	w.bypass = strings.Join(bypass, ",")
	return w
}

// isAddress reports whether an entry of NO_PROXY is an IP address, with a port
// or without, or a range of them.
func isAddress(entry string) bool {
	if _, _, err := net.ParseCIDR(entry); err == nil {
		return true
	}
	if host, _, err := net.SplitHostPort(entry); err == nil {
		entry = host
	}
	return net.ParseIP(strings.Trim(entry, "[]")) != nil
}

// context makes a browser context whose pages take this way.
func (w wayOut) context() chromedp.ContextOption {
	return chromedp.WithNewBrowserContext(func(p *target.CreateBrowserContextParams) {
		p.ProxyServer, p.ProxyBypassList = w.server, w.bypass
	})
}

// credentials answers the challenge of a proxy with the user and password that
// the environment has for it, once for each request. What a site asks for is
// left to the browser.
func (t *tab) credentials(e *fetch.EventAuthRequired) {
	answer := &fetch.AuthChallengeResponse{Response: fetch.AuthChallengeResponseResponseDefault}
	if e.AuthChallenge.Source == fetch.AuthChallengeSourceProxy {
		answer.Response = fetch.AuthChallengeResponseResponseCancelAuth
		_, host, _ := strings.Cut(strings.ToLower(e.AuthChallenge.Origin), "://")
		if user := t.proc.way.users[host]; user != nil && t.asksFirst(e.RequestID) {
			answer.Response = fetch.AuthChallengeResponseResponseProvideCredentials
			answer.Username = user.Username()
			answer.Password, _ = user.Password()
		}
	}
	_, _ = chromedp.Call(t.ctx, fetch.ContinueWithAuth, fetch.ContinueWithAuthParams{RequestID: e.RequestID, AuthChallengeResponse: answer})
}

// asksFirst reports whether a proxy challenges a request for the first time:
// credentials that it refused are not sent again.
func (p *profile) asksFirst(id fetch.RequestID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.challenged == nil {
		p.challenged = map[fetch.RequestID]bool{}
	}
	first := !p.challenged[id]
	p.challenged[id] = true
	return first
}
