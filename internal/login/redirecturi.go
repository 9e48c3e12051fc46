package login

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Redirect URIs, as places that a login comes back to: two spellings of one URL
// are one place (RFC 3986 section 6.2). What a provider must compare character
// for character, the checks compare as text themselves.

// AsBrowsersWriteIt is a URL as a browser writes it down: scheme and host in
// lower case, no default port, a path where there was none. Path, query and
// fragment stay as they are; so does what is no URL with a host, or has a user's
// name in it.
func AsBrowsersWriteIt(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return raw
	}
	_, rest, _ := strings.Cut(raw, "//")
	after := strings.IndexAny(rest, "/?#")
	if after < 0 {
		after = len(rest)
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[scheme] {
		host += ":" + port
	}
	path := rest[after:]
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return scheme + "://" + host + path
}

// IsCallback says whether a location is one of the redirect URIs: the same URL
// before the query, and with its query's parameters, where it has any.
func IsCallback(location string, redirectURIs []string) bool {
	at, query := splitQuery(AsBrowsersWriteIt(location))
	for _, uri := range redirectURIs {
		want, wantQuery := splitQuery(AsBrowsersWriteIt(uri))
		if at == want && keepsQuery(query, wantQuery) {
			return true
		}
	}
	return false
}

// keepsQuery reports whether a query holds the whole of another: at one of its ends,
// or, in whatever spelling, each parameter with its values in their order.
func keepsQuery(query, want string) bool {
	return keepsOctets(query, want) || keepsValues(pairs(query), pairs(want))
}

func keepsOctets(query, want string) bool {
	return want == "" || query == want || strings.HasPrefix(query, want+"&") || strings.HasSuffix(query, "&"+want)
}

// keepsValues goes by what a form's query says (RFC 6749 section 3.1.2). Values of the
// same name may be added before them or after.
func keepsValues(has, want [][2]string) bool {
	for _, pair := range want {
		got, due := valuesOf(has, pair[0]), valuesOf(want, pair[0])
		n := len(got) - len(due)
		if n < 0 || !slices.Equal(got[:len(due)], due) && !slices.Equal(got[n:], due) {
			return false
		}
	}
	return true
}

func valuesOf(pairs [][2]string, name string) (values []string) {
	for _, pair := range pairs {
		if pair[0] == name {
			values = append(values, pair[1])
		}
	}
	return values
}

// pairs are the parameters of a query, decoded where they can be.
func pairs(query string) (out [][2]string) {
	decoded := func(text string) string {
		if plain, err := url.QueryUnescape(text); err == nil {
			return plain
		}
		return text
	}
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, [2]string{decoded(name), decoded(value)})
	}
	return out
}

// Respelled says whether a location is one of the redirect URIs whose query it has in
// another spelling alone, such as next=%2Fhome for next=/home.
func Respelled(location string, redirectURIs []string) bool {
	_, query := splitQuery(AsBrowsersWriteIt(location))
	as := func(uri string) bool {
		_, want := splitQuery(AsBrowsersWriteIt(uri))
		return IsCallback(location, []string{uri}) && keepsOctets(query, want)
	}
	return IsCallback(location, redirectURIs) && !slices.ContainsFunc(redirectURIs, as)
}

// Differs says in what a location differs from the redirect URI that is nearest
// to it, such as "its query lacks tenant=1"; empty where there is none to hold it
// against. Nothing of the location's own query is shown: it may carry a code.
func Differs(location string, redirectURIs []string) string {
	at, err := url.Parse(AsBrowsersWriteIt(location))
	if err != nil || at.Host == "" {
		return ""
	}
	best, said := -1, ""
	for _, uri := range redirectURIs {
		want, err := url.Parse(AsBrowsersWriteIt(uri))
		if err != nil || want.Host == "" {
			continue
		}
		if near, how := compared(at, want); near > best {
			best, said = near, how
		}
	}
	return said
}

// compared says in what a place differs from a redirect URI, and how near it is.
func compared(at, want *url.URL) (near int, how string) {
	is := func(what, got, due string) string { return fmt.Sprintf("its %s is %q, not %q", what, got, due) }
	switch {
	case at.Hostname() != want.Hostname():
		return 0, is("host", at.Hostname(), want.Hostname())
	case at.User != nil:
		return 1, "it has a user's name before the host"
	case at.Scheme != want.Scheme:
		return 1, is("scheme", at.Scheme, want.Scheme)
	case at.Port() != want.Port():
		return 2, is("port", at.Port(), want.Port())
	case at.EscapedPath() != want.EscapedPath():
		return 3, is("path", at.EscapedPath(), want.EscapedPath())
	}
	has, due := pairs(at.RawQuery), pairs(want.RawQuery)
	var lost []string
	for i, pair := range strings.Split(want.RawQuery, "&") {
		if !slices.Contains(has, due[i]) {
			lost = append(lost, pair)
		}
	}
	if len(lost) == 0 {
		return 4, "its query has the redirect URI's parameters in another order"
	}
	return 4, "its query lacks " + strings.Join(lost, "&") + " of the redirect URI"
}

func splitQuery(raw string) (base, query string) {
	raw, _, _ = strings.Cut(raw, "#")
	base, query, _ = strings.Cut(raw, "?")
	return base, query
}
