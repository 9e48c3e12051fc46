package provider

import (
	"net/http"
	"net/url"
	"strings"
)

// Faults of the pages that their source and headers show. Those that take a
// browser to see are in faults_browser.go.

// page is a fault that edits the login page's headers and HTML.
func page(name, checks, breaks string, edit func(page *loginPage, h http.Header, r *http.Request)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editPage = append(c.editPage, func(page *loginPage, w http.ResponseWriter, r *http.Request) { edit(page, w.Header(), r) })
	})
}

// pageText is a fault that edits the login page's HTML.
func pageText(name, checks, breaks string, edit func(html string) string) Fault {
	return page(name, checks, breaks, func(page *loginPage, _ http.Header, _ *http.Request) {
		page.extra = append(page.extra, edit)
	})
}

// pageAnswer is a fault that edits the finished login page's headers.
func pageAnswer(name, checks, breaks string, edit func(h http.Header, r *http.Request)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, r *http.Request) { edit(a.header, r) })
	})
}

// withoutDirective drops a directive of the Content-Security-Policy.
func withoutDirective(h http.Header, name string) {
	var kept []string
	for directive := range strings.SplitSeq(h.Get("Content-Security-Policy"), ";") {
		if directive = strings.TrimSpace(directive); !strings.HasPrefix(directive, name) {
			kept = append(kept, directive)
		}
	}
	h.Set("Content-Security-Policy", strings.Join(kept, "; "))
}

// withDirective replaces a directive of the Content-Security-Policy.
func withDirective(h http.Header, name, sources string) {
	withoutDirective(h, name)
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; "+name+" "+sources)
}

// beforeEnd puts markup at the end of a page's main part.
func beforeEnd(markup string) func(html string) string {
	return func(html string) string { return strings.Replace(html, "</main>", markup+"</main>", 1) }
}

// inHead puts markup at the end of a page's head.
func inHead(markup string) func(html string) string {
	return func(html string) string { return strings.Replace(html, "</head>", markup+"</head>", 1) }
}

// repeats is a fault that writes a parameter of the request into the login page.
func repeats(name, breaks, parameter string, write func(value string) string) Fault {
	return page(name, "AUTHZ-23", breaks, func(page *loginPage, _ http.Header, r *http.Request) {
		if value := r.URL.Query().Get(parameter); value != "" {
			page.extra = append(page.extra, beforeEnd(write(value)))
		}
	})
}

func plainParagraph(value string) string { return "<p>" + value + "</p>" }

const framed = "a page without the header renders in a frame"

var faultsPage = []Fault{
	page("page-reflects-state", "AUTHZ-23", "The login page contains the state unescaped.", func(page *loginPage, _ http.Header, _ *http.Request) {
		page.extra = append(page.extra, beforeEnd(`<p hidden data-state="`+page.request.state+`"></p>`))
	}),
	page("page-comments-state", "AUTHZ-23", "The login page contains the state unescaped in a comment.", func(page *loginPage, _ http.Header, _ *http.Request) {
		page.extra = append(page.extra, beforeEnd("<!-- state: "+page.request.state+" -->"))
	}),
	repeats("page-links-hint", "The login page links to the login_hint of the request.", "login_hint", func(value string) string {
		return `<p><a href="` + escapeHTML(value) + `">Not you?</a></p>`
	}),
	repeats("page-script-parses-hint", "A script of the login page has the login_hint as JSON, in a string that an apostrophe ends.", "login_hint", func(value string) string {
		return "<script>var hint = JSON.parse('" + string(mustJSON(value)) + "')</script>"
	}),
	repeats("page-repeats-display", "The login page contains display unescaped.", "display", plainParagraph),
	repeats("page-repeats-id-token-hint", "The login page contains id_token_hint unescaped.", "id_token_hint", plainParagraph),
	fault("error-page-repeats-prompt", "AUTHZ-23", "Error pages contain the request's prompt unescaped.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusBadRequest, func(a *held, r *http.Request) {
			a.replace(a.status, "text/html; charset=utf-8", beforeEnd(plainParagraph(r.URL.Query().Get("prompt")))(a.body.String()))
		})
	}),
	fault("error-page-reflects-client-id", "AUTHZ-23", "Error pages contain the request's client_id unescaped.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusBadRequest, func(a *held, r *http.Request) {
			body := beforeEnd("<p>Service: " + r.URL.Query().Get("client_id") + "</p>")(a.body.String())
			a.replace(a.status, "text/html; charset=utf-8", body)
		})
	}),
	fault("error-page-links-redirect-uri", "AUTHZ-23", "Error pages link back to the redirect_uri of the request, whatever its scheme.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusBadRequest, func(a *held, r *http.Request) {
			body := beforeEnd(`<p><a href="` + escapeHTML(r.URL.Query().Get("redirect_uri")) + `">Back</a></p>`)(a.body.String())
			a.replace(a.status, "text/html; charset=utf-8", body)
		})
	}),
	fault("header-reflects-state", "AUTHZ-23", "A response header contains the state as it was sent.", func(_ *Provider, c *conduct) {
		c.around(atAuthorize, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				v, _ := url.ParseQuery(r.URL.RawQuery)
				w.Header().Set("X-Request-State", v.Get("state"))
				next.ServeHTTP(w, r)
			})
		})
	}),

	pageAnswer("page-framable", "AUTHZ-24", "Nothing prevents other sites from framing the login page.", func(h http.Header, _ *http.Request) {
		h.Del("X-Frame-Options")
		withoutDirective(h, "frame-ancestors")
	}).with(framed, "BROW-05"),
	pageAnswer("page-framable-by-all", "AUTHZ-24", "frame-ancestors lets every site frame the login page.", func(h http.Header, _ *http.Request) {
		withDirective(h, "frame-ancestors", "*")
	}).with(framed, "BROW-05"),
	pageAnswer("page-frame-header-unknown", "AUTHZ-24", "X-Frame-Options has a value that browsers ignore.", func(h http.Header, _ *http.Request) {
		h.Set("X-Frame-Options", "ALLOW-FROM https://sgid.example")
		withoutDirective(h, "frame-ancestors")
	}).with(framed, "BROW-05"),

	pageAnswer("page-without-referrer-policy", "AUTHZ-25", "The login page has no Referrer-Policy.", func(h http.Header, _ *http.Request) { h.Del("Referrer-Policy") }),
	pageAnswer("page-referrer-unsafe", "AUTHZ-25", "The login page's Referrer-Policy discloses its full URL.", func(h http.Header, _ *http.Request) {
		h.Set("Referrer-Policy", "unsafe-url")
	}).with("what the page loads or links to receives the URL", "BROW-04"),
	pageAnswer("page-cacheable", "AUTHZ-25", "The login page may be cached.", func(h http.Header, _ *http.Request) { h.Set("Cache-Control", "public, max-age=600") }),
	pageAnswer("page-without-cache-control", "AUTHZ-25", "The login page says nothing about caching.", func(h http.Header, _ *http.Request) { h.Del("Cache-Control") }),
}
