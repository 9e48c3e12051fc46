// Package login is how an authorization code is obtained: the driver that
// follows redirects and submits forms, the authorization response that a login
// ends with, and what a page is that stands in between.
package login
