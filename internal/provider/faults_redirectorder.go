package provider

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"
)

// Faults in comparing redirect URIs that one request alone does not show: the
// order of the checks, the method, and what a list or a cut makes of the text.

// reportsFirst is a fault that reports a mistake to the request's redirect URI
// before that is compared.
func reportsFirst(name, breaks string, mistake func(v url.Values) bool) Fault {
	return fault(name, "AUTHZ-08", breaks, func(p *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			v, err := url.ParseQuery(r.URL.RawQuery)
			cl := p.clients[v.Get("client_id")]
			if err != nil || cl == nil || !single(v, "redirect_uri") || slices.Contains(cl.RedirectURIs, v.Get("redirect_uri")) || !mistake(v) {
				return false
			}
			p.sendBack(w, &authorization{redirectURI: v.Get("redirect_uri"), state: v.Get("state")}, url.Values{"error": {"invalid_request"}})
			return true
		})
	})
}

var faultsRedirectOrder = []Fault{
	reportsFirst("redirect-compared-after-response-type", "A wrong response_type is reported to a redirect_uri that is not registered.", func(v url.Values) bool {
		return v.Get("response_type") != sgid.ResponseTypeCode
	}),
	reportsFirst("redirect-compared-after-scope", "A scope without openid is reported to a redirect_uri that is not registered.", func(v url.Values) bool {
		return !slices.Contains(strings.Fields(v.Get("scope")), sgid.ScopeOpenID)
	}),
	reportsFirst("redirect-compared-after-challenge", "A missing code_challenge is reported to a redirect_uri that is not registered.", func(v url.Values) bool {
		return v.Get("code_challenge") == ""
	}),
	reportsFirst("redirect-compared-after-prompt", "prompt=none is answered at a redirect_uri that is not registered.", func(v url.Values) bool {
		return v.Get("prompt") == "none"
	}),
	fault("redirect-unchecked-by-post", "AUTHZ-08", "The redirect_uri of a POST is not compared.", func(p *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			v, _ := peekForm(r)
			cl := p.clients[v.Get("client_id")]
			if cl == nil || !single(v, "redirect_uri") {
				return false
			}
			a, refused := p.judge(cl, v)
			if refused == nil {
				p.showLogin(w, r, a)
			}
			return refused == nil
		})
	}),

	parsed("redirect-query-superset", "AUTHZ-11", "A redirect_uri may have parameters beside those of the registered query.", func(a, b *url.URL) bool {
		has := b.Query()
		for name, values := range a.Query() {
			if !slices.Equal(has[name], values) {
				return false
			}
		}
		return a.RawQuery != "" && a.Scheme == b.Scheme && a.Host == b.Host && a.EscapedPath() == b.EscapedPath() && b.User == nil
	}),
	fault("redirect-second-refused", "AUTHZ-34", "Of several registered redirect URIs the first alone is accepted.", func(_ *Provider, c *conduct) {
		exact := c.redirectRegistered
		c.redirectRegistered = func(cl *client, uri string) bool { return uri == cl.RedirectURIs[0] && exact(cl, uri) }
	}),
	answered("redirect-to-first", "AUTHZ-34", "The redirect leads to the first registered redirect URI.", func(to *redirect) {
		to.uri = to.request.client.RedirectURIs[0]
	}),
	answered("redirect-query-lost", "AUTHZ-34", "The redirect loses the query of the redirect_uri.", func(to *redirect) {
		to.uri, _, _ = strings.Cut(to.uri, "?")
	}),
	answered("redirect-query-doubled", "AUTHZ-34", "The redirect appends its parameters with a second question mark.", func(to *redirect) {
		if uri, query, found := strings.Cut(to.uri, "?"); found {
			to.uri, to.suffix, to.params = uri, query+"?"+to.params.Encode(), url.Values{}
		}
	}),

	rewritten("redirect-list", "AUTHZ-10", "Of a redirect_uri that is a list, the first is compared.", func(uri string) string {
		if fields := strings.FieldsFunc(uri, func(c rune) bool { return c == ' ' || c == ',' }); len(fields) > 1 {
			return fields[0]
		}
		return uri
	}),
	rewritten("redirect-cut-at-plain-nul", "AUTHZ-10", "redirect_uri is compared up to a NUL.", func(uri string) string {
		start, _, _ := strings.Cut(uri, "\x00")
		return start
	}),
	rewritten("redirect-trimmed", "AUTHZ-12", "Spaces around redirect_uri are dropped before it is compared.", strings.TrimSpace),
}
