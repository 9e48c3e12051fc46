package provider

import "net/http"

// Variants of the login page that a browser shows.

var variantsBrowser = []Variant{
	variant("page-with-dialogs", "The login page opens dialogs by itself: a notice when it is shown, a question when it is left.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, _ *http.Request) {
			withDirective(a.header, "script-src", "'unsafe-inline'")
			a.edit(beforeEnd(`<script>alert("Maintenance tonight from 1 a.m."); document.addEventListener("submit", e => { if (!confirm("Share your data?")) e.preventDefault() });` +
				` addEventListener("beforeunload", e => e.preventDefault())</script>`))
		})
	}),
	variant("page-with-notice-window", "The login page shows a notice in a window of its own, with a dialog in it.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atAuthorize, http.StatusOK, func(a *held, _ *http.Request) {
			withDirective(a.header, "script-src", "'unsafe-inline'")
			a.edit(beforeEnd(`<script>const notice = open("", "notice", "width=300,height=200"); notice && notice.setTimeout(() => notice.alert("Maintenance tonight from 1 a.m."), 0)</script>`))
		})
	}),
}
