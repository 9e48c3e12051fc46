package provider

import (
	"net/http"
	"net/url"
	"slices"
)

// Faults that an error page, or what looks like one, can hide.

// servedWithWarning is a fault that shows an error on the login page, and logs
// in all the same.
func servedWithWarning(name, checks, breaks string, wrong func(p *Provider, v url.Values) bool, mend func(p *Provider, v url.Values)) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, r *http.Request) {
			if wrong(p, v) {
				mend(p, v)
				r.Header.Set("X-Warned", "1")
			}
		})
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Warned") != "" {
				page.extra = append(page.extra, beforeEnd("<p>Error: invalid_request. The request is not valid.</p>"))
			}
		})
	})
}

var faultsErrorPage = []Fault{
	fault("error-page-status-200", "AUTHZ-32", "Error pages have status 200.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusBadRequest, func(a *held, _ *http.Request) { a.status = http.StatusOK })
	}),
	servedWithWarning("response-type-warned-of", "AUTHZ-05", "An unknown response_type is shown as an error on the login page, but treated as code.", func(_ *Provider, v url.Values) bool {
		return len(v["response_type"]) == 1 && v.Get("response_type") != "" && v.Get("response_type") != "code"
	}, func(_ *Provider, v url.Values) { v.Set("response_type", "code") }),
	servedWithWarning("client-unknown-warned-of", "AUTHZ-07", "An unknown client is shown as an error on the login page, but treated as the owner of the redirect_uri.", func(p *Provider, v url.Values) bool {
		return len(v["client_id"]) == 1 && v.Get("client_id") != "" && p.clients[v.Get("client_id")] == nil && p.ownerOf(v.Get("redirect_uri")) != nil
	}, func(p *Provider, v url.Values) { v.Set("client_id", p.ownerOf(v.Get("redirect_uri")).ID) }),
	servedWithWarning("redirect-warned-of", "AUTHZ-08 AUTHZ-10 AUTHZ-11 AUTHZ-12 AUTHZ-13",
		"A redirect_uri that is not registered is shown as an error on the login page, but the login continues with the client's first one.", func(p *Provider, v url.Values) bool {
			cl := p.clients[v.Get("client_id")]
			return cl != nil && len(v["redirect_uri"]) == 1 && v.Get("redirect_uri") != "" && !slices.Contains(cl.RedirectURIs, v.Get("redirect_uri"))
		}, func(p *Provider, v url.Values) {
			v.Set("redirect_uri", p.clients[v.Get("client_id")].RedirectURIs[0])
		}),
}
