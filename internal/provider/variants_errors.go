package provider

import (
	"net/http"
	"net/url"
)

// Variants in how the authorization endpoint refuses: the API documentation
// says "an error code and error message" and gives no form, and no status but 200.

// refusingBy is a variant that refuses every bad authorization request without a
// redirect. say makes the response from the error code and message.
func refusingBy(name, differs string, say func(p *Provider, a *held, code, message string)) Variant {
	return variant(name, differs, func(p *Provider, c *conduct) {
		c.reanswer(atAuthorize, func(a *held, r *http.Request) {
			code, message := "invalid_request", "The request cannot be served."
			switch {
			case r.Method != http.MethodGet && r.Method != http.MethodPost:
				return
			case a.status >= 400 && a.status < 500:
			case a.status == http.StatusSeeOther || a.status == http.StatusFound:
				to, err := url.Parse(a.header.Get("Location"))
				if err != nil || !to.Query().Has("error") {
					return
				}
				code, message = to.Query().Get("error"), to.Query().Get("error_description")
				a.header.Del("Location")
			default:
				return
			}
			say(p, a, code, message)
		})
	})
}

const documentedPage = "the API documentation describes the error page under 200"

// onPages names the SHOULD that asks for an error on a redirect.
const onPages = "no error comes back on a redirect"

var variantsErrors = []Variant{
	refusingBy("error-page-200",
		"Every refused authorization request is answered by a page with status 200 that holds an error code and a message, as the API documentation says, and by no redirect.", func(p *Provider, a *held, code, message string) {
			page := &held{header: http.Header{}}
			p.errorPage(page, http.StatusOK, "Error", code+": "+message)
			a.header.Set("Content-Security-Policy", page.header.Get("Content-Security-Policy"))
			a.replace(http.StatusOK, "text/html; charset=utf-8", page.body.String())
		}).warning(documentedPage, "AUTHZ-32").warning(onPages, "AUTHZ-20"),
	refusingBy("error-page-400", "Every refused authorization request is answered by a page with status 400, and by no redirect.", func(p *Provider, a *held, code, message string) {
		page := &held{header: http.Header{}}
		p.errorPage(page, http.StatusBadRequest, "Error", code+": "+message)
		a.header.Set("Content-Security-Policy", page.header.Get("Content-Security-Policy"))
		a.replace(http.StatusBadRequest, "text/html; charset=utf-8", page.body.String())
	}).warning(onPages, "AUTHZ-20"),
	refusingBy("error-json-200", "Every refused authorization request is answered by a JSON object with status 200, and by no redirect.", func(_ *Provider, a *held, code, message string) {
		a.replace(http.StatusOK, "application/json", string(mustJSON(map[string]string{"code": code, "message": message})))
	}).warning(documentedPage, "AUTHZ-32").warning(onPages, "AUTHZ-20"),
	refusingBy("error-text-400", "Every refused authorization request is answered by a line of plain text with status 400, and by no redirect.", func(_ *Provider, a *held, code, message string) {
		a.replace(http.StatusBadRequest, "text/plain; charset=utf-8", code+": "+message+"\n")
	}).warning(onPages, "AUTHZ-20"),
	refusingBy("error-text-200", "Every refused authorization request is answered by a line of plain text with status 200, and by no redirect.", func(_ *Provider, a *held, code, message string) {
		a.replace(http.StatusOK, "text/plain; charset=utf-8", code+": "+message+"\n")
	}).warning(documentedPage, "AUTHZ-32").warning(onPages, "AUTHZ-20"),
}
