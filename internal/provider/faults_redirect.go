package provider

import (
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Faults in comparing redirect URIs. Exact comparison is the one right way
// (RFC9700 2.1); each of these is a shortcut that somebody took.

// matching is a fault that also accepts a redirect URI which likens to a
// registered one.
func matching(name, checks, breaks string, likens func(registered, uri string) bool) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		exact := c.redirectRegistered
		c.redirectRegistered = func(cl *client, uri string) bool {
			return exact(cl, uri) || slices.ContainsFunc(cl.RedirectURIs, func(r string) bool { return likens(r, uri) })
		}
	})
}

// parsed is a fault that compares parsed URIs part by part.
func parsed(name, checks, breaks string, likens func(registered, uri *url.URL) bool) Fault {
	return matching(name, checks, breaks, func(registered, uri string) bool {
		a, errA := url.Parse(registered)
		b, errB := url.Parse(uri)
		// A fragment, also an empty one that parsing drops, is another mistake.
		return errA == nil && errB == nil && !strings.Contains(uri, "#") && likens(a, b)
	})
}

// rewritten is a fault that normalises the URI before it compares.
func rewritten(name, check, breaks string, normal func(uri string) string) Fault {
	return matching(name, check, breaks, func(registered, uri string) bool { return normal(uri) == registered })
}

var (
	plainSegment = regexp.MustCompile(`^/[a-z]+$`)
	dotSegments  = regexp.MustCompile(`/\.{1,2}/`)
)

const sameComparison = "the same comparison lets it through"

var faultsRedirect = []Fault{
	fault("redirect-unchecked", "AUTHZ-08 AUTHZ-10 AUTHZ-11 AUTHZ-12 AUTHZ-13", "Any redirect_uri is accepted.", func(_ *Provider, c *conduct) {
		c.redirectRegistered = func(*client, string) bool { return true }
	}).with(sameComparison, "AUTHZ-14").with("a script in redirect_uri is returned as a link", "AUTHZ-23"),
	fault("redirect-of-any-client", "AUTHZ-08", "A redirect_uri that is registered for another client is accepted.", func(p *Provider, c *conduct) {
		c.redirectRegistered = func(_ *client, uri string) bool { return p.ownerOf(uri) != nil }
	}),
	parsed("redirect-path-ignored", "AUTHZ-08 AUTHZ-10 AUTHZ-12", "Only the scheme and host of redirect_uri are compared.", func(a, b *url.URL) bool {
		return a.Scheme == b.Scheme && a.Host == b.Host && b.User == nil && b.RawQuery == "" && !b.ForceQuery
	}).with(sameComparison, "AUTHZ-11 AUTHZ-14"),
	fault("redirect-unregistered-redirects", "AUTHZ-08", "A redirect_uri that is not registered is refused by a redirect to it.", func(p *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			v, err := url.ParseQuery(r.URL.RawQuery)
			cl := p.clients[v.Get("client_id")]
			uri := v.Get("redirect_uri")
			if err != nil || cl == nil || repeated(v) != "" || uri == "" || slices.Contains(cl.RedirectURIs, uri) {
				return false
			}
			// Tricky ones are refused well: this is about the plain case.
			if u, err := url.Parse(uri); err != nil || u.Scheme != "https" || u.Path != "/callback" {
				return false
			}
			a := &authorization{redirectURI: uri, state: v.Get("state")}
			p.sendBack(w, a, url.Values{"error": {"invalid_request"}})
			return true
		})
	}).with("one of its URIs differs from the registered one in the scheme alone", "AUTHZ-13"),

	fault("redirect-optional", "AUTHZ-09", "A missing redirect_uri is replaced by the client's first one.", func(p *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			if cl := p.clients[v.Get("client_id")]; cl != nil && v.Get("redirect_uri") == "" {
				v.Set("redirect_uri", cl.RedirectURIs[0])
			}
		})
	}),
	fault("redirect-missing-redirects", "AUTHZ-09", "A request without redirect_uri is refused by a redirect to the client's first one.", func(p *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			v, err := url.ParseQuery(r.URL.RawQuery)
			cl := p.clients[v.Get("client_id")]
			if err != nil || cl == nil || v.Get("redirect_uri") != "" {
				return false
			}
			a := &authorization{client: cl, redirectURI: cl.RedirectURIs[0], state: v.Get("state")}
			p.sendBack(w, a, url.Values{"error": {"invalid_request"}})
			return true
		})
	}),

	matching("redirect-by-beginning", "AUTHZ-10", "redirect_uri is compared by prefix only.", func(registered, uri string) bool {
		return strings.HasPrefix(uri, registered)
	}).with(sameComparison, "AUTHZ-11 AUTHZ-12 AUTHZ-14").with("what follows the registered part is returned", "AUTHZ-23"),
	matching("redirect-further-segment", "AUTHZ-10", "A further segment may follow the registered path.", func(registered, uri string) bool {
		return strings.HasPrefix(uri, registered) && plainSegment.MatchString(uri[len(registered):])
	}).
		with("an encoded character behind the path is one more segment", "AUTHZ-11"),
	rewritten("redirect-trailing-slash", "AUTHZ-10", "A trailing slash of redirect_uri is ignored.", func(uri string) string { return strings.TrimSuffix(uri, "/") }),
	rewritten("redirect-path-parameter", "AUTHZ-10", "A path parameter of redirect_uri is ignored.", func(uri string) string {
		uri, _, _ = strings.Cut(uri, ";")
		return uri
	}),
	rewritten("redirect-cut-at-nul", "AUTHZ-10", "redirect_uri is compared up to an encoded NUL.", func(uri string) string {
		start, _, _ := strings.Cut(uri, "%00")
		return start
	}),

	rewritten("redirect-query-ignored", "AUTHZ-11", "The query of redirect_uri is not compared.", func(uri string) string {
		uri, _, _ = strings.Cut(uri, "?")
		return uri
	}),
	rewritten("redirect-empty-query", "AUTHZ-11", "An empty query of redirect_uri is ignored.", func(uri string) string { return strings.TrimSuffix(uri, "?") }),

	rewritten("redirect-normalised", "AUTHZ-12", "Dot segments are removed before redirect_uri is compared.", func(uri string) string {
		u, err := url.Parse(uri)
		if err != nil || u.Host == "" || !dotSegments.MatchString(u.Path) {
			return uri
		}
		return u.Scheme + "://" + u.Host + path.Clean(u.Path)
	}),
	rewritten("redirect-percent-decoded", "AUTHZ-12", "redirect_uri is percent-decoded before it is compared.", func(uri string) string {
		if plain, err := url.PathUnescape(uri); err == nil {
			return plain
		}
		return uri
	}),
	parsed("redirect-path-any-case", "AUTHZ-12", "The path of redirect_uri is compared case-insensitively.", func(a, b *url.URL) bool {
		return b.String() != a.String() && strings.EqualFold(a.String(), b.String()) && a.Host == b.Host && a.Scheme == b.Scheme
	}),
	rewritten("redirect-backslash", "AUTHZ-12", "A backslash in redirect_uri counts as a slash.", func(uri string) string { return strings.ReplaceAll(uri, `\`, "/") }),
	rewritten("redirect-doubled-slash", "AUTHZ-12", "Double slashes in redirect_uri count as one.", func(uri string) string {
		scheme, rest, found := strings.Cut(uri, "://")
		if !found {
			return uri
		}
		return scheme + "://" + strings.ReplaceAll(rest, "//", "/")
	}),
	rewritten("redirect-tabs-dropped", "AUTHZ-12", "Tabs in redirect_uri are dropped before it is compared.", func(uri string) string { return strings.ReplaceAll(uri, "\t", "") }),

	parsed("redirect-port-ignored", "AUTHZ-13", "The port of redirect_uri is not compared.", func(a, b *url.URL) bool {
		return a.Scheme == b.Scheme && a.Hostname() == b.Hostname() && rest(a) == rest(b) && b.User == nil
	}).with("another client's URI differs in the port alone", "AUTHZ-08"),
	parsed("redirect-scheme-ignored", "AUTHZ-13", "The scheme of redirect_uri is not compared.", func(a, b *url.URL) bool {
		return b.Scheme != "" && a.Host == b.Host && rest(a) == rest(b) && b.User == nil
	}),
	parsed("redirect-userinfo-ignored", "AUTHZ-13", "A user name in redirect_uri is ignored.", func(a, b *url.URL) bool {
		return a.Scheme == b.Scheme && a.Host == b.Host && rest(a) == rest(b)
	}),
	parsed("redirect-host-by-beginning", "AUTHZ-13", "The host of redirect_uri is compared by prefix only.", func(a, b *url.URL) bool {
		return a.Scheme == b.Scheme && strings.HasPrefix(b.Hostname(), a.Hostname()) && a.Port() == b.Port() && rest(a) == rest(b) && b.User == nil
	}),
	parsed("redirect-subdomain", "AUTHZ-13", "A subdomain of the registered host is accepted.", func(a, b *url.URL) bool {
		return a.Scheme == b.Scheme && strings.HasSuffix(b.Hostname(), "."+a.Hostname()) && a.Port() == b.Port() && rest(a) == rest(b) && b.User == nil
	}),
	matching("redirect-by-its-end", "AUTHZ-13", "redirect_uri is compared by suffix only.", func(registered, uri string) bool { return strings.HasSuffix(uri, registered) }).with(sameComparison, "AUTHZ-12"),
	parsed("redirect-any-loopback", "AUTHZ-13", "Any name of the loopback address is accepted for any other.", func(a, b *url.URL) bool {
		return a.Scheme == b.Scheme && isLoopback(a.Hostname()) && isLoopback(b.Hostname()) && a.Port() == b.Port() && rest(a) == rest(b) && b.User == nil
	}),

	matching("redirect-fragment-kept", "AUTHZ-14", "A fragment of redirect_uri is accepted and stays in the redirect.", func(registered, uri string) bool {
		uri, fragment, found := strings.Cut(uri, "#")
		return uri == registered && found && fragment != ""
	}),
	fault("redirect-fragment-moved", "AUTHZ-14", "A fragment of redirect_uri is accepted and appended after the code.", func(_ *Provider, c *conduct) {
		exact := c.redirectRegistered
		c.redirectRegistered = func(cl *client, uri string) bool {
			uri, _, _ = strings.Cut(uri, "#")
			return exact(cl, uri)
		}
		c.editRedirect = append(c.editRedirect, func(to *redirect) {
			uri, fragment, found := strings.Cut(to.uri, "#")
			if to.uri = uri; found && !strings.ContainsAny(fragment, "\"<>'\r\n") {
				to.suffix = "#" + fragment
			}
		})
	}),
}

// rest is a URI's path and query as they were written.
func rest(u *url.URL) string {
	text := u.EscapedPath()
	if u.ForceQuery || u.RawQuery != "" {
		text += "?" + u.RawQuery
	}
	return text
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
