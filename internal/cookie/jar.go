// Package cookie keeps cookies as a browser does: RFC 6265 section 5, values as
// they were sent, and this machine's own addresses as safe as https. The
// standard library's jar drops values that browsers keep.
package cookie

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// most is how many cookies a jar holds; the oldest go first.
const most = 300

// Jar holds cookies. The zero value is empty; all methods may be called at once.
type Jar struct {
	// Now tells the time; time.Now if nil.
	Now func() time.Time

	mu      sync.Mutex
	cookies []*stored // in the order of their making
}

type stored struct {
	Cookie
	hostOnly bool
	persists bool // expires counts
}

func (j *Jar) now() time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}

// Take stores the Set-Cookie fields of a response from u (RFC 6265 section 5.3).
// Those that a browser would refuse are left out.
func (j *Jar) Take(u *url.URL, fields []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, field := range fields {
		if c, ok := Parse(field); ok {
			j.take(u, c)
		}
	}
	if over := len(j.cookies) - most; over > 0 {
		j.cookies = slices.Delete(j.cookies, 0, over)
	}
}

func (j *Jar) take(u *url.URL, c Cookie) {
	host := strings.ToLower(u.Hostname())
	s := &stored{Cookie: c, hostOnly: c.Domain == ""}
	if suffix, _ := publicsuffix.PublicSuffix(c.Domain); c.Domain != "" && suffix == c.Domain {
		if c.Domain != host {
			return
		}
		s.hostOnly = true
	}
	if s.hostOnly {
		s.Domain = host
	} else if !domainMatches(host, c.Domain) {
		return
	}
	if !strings.HasPrefix(s.Path, "/") {
		s.Path = defaultPath(u)
	}
	if c.Secure && !trustworthy(u) || !prefixKept(c, trustworthy(u)) || !c.Secure && c.crosses() {
		return
	}
	now := j.now()
	switch {
	case c.HasMaxAge:
		s.persists, s.Expires = true, now.Add(c.MaxAge)
	case !c.Expires.IsZero():
		s.persists = true
	}
	at := slices.IndexFunc(j.cookies, func(o *stored) bool { return o.Name == s.Name && o.Domain == s.Domain && o.Path == s.Path })
	gone := s.persists && !s.Expires.After(now)
	switch {
	case at >= 0 && gone:
		j.cookies = slices.Delete(j.cookies, at, at+1)
	case at >= 0:
		j.cookies[at] = s // it keeps the place of the one before (RFC 6265 5.3, 11.3)
	case !gone:
		j.cookies = append(j.cookies, s)
	}
}

// Header is the Cookie field of a request to u, empty where it has none (RFC
// 6265 section 5.4): longer paths first, then older cookies.
func (j *Jar) Header(u *url.URL) string { return j.header(u, func(*stored) bool { return true }) }

// Across is Header for a navigation that a page of another site began: without
// cookies that are SameSite=Strict, and without those that are Lax, or say
// nothing and so are, unless the request is safe, as GET is.
func (j *Jar) Across(u *url.URL, safe bool) string {
	return j.header(u, func(c *stored) bool {
		return c.crosses() || safe && !strings.EqualFold(c.SameSite, "strict")
	})
}

// Cookies are those that a request to u carries, in the order of Header.
func (j *Jar) Cookies(u *url.URL) (out []Cookie) {
	j.header(u, func(c *stored) bool { out = append(out, c.Cookie); return true })
	return out
}

// Clone is a jar that holds the same cookies.
func (j *Jar) Clone() *Jar {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := &Jar{Now: j.Now}
	for _, c := range j.cookies {
		same := *c
		out.cookies = append(out.cookies, &same)
	}
	return out
}

// Replace makes j hold the cookies of from, and no others.
func (j *Jar) Replace(from *Jar) {
	same := from.Clone()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies = same.cookies
}

func (j *Jar) header(u *url.URL, sends func(*stored) bool) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	host, now := strings.ToLower(u.Hostname()), j.now()
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	var sent []*stored
	for _, c := range j.cookies {
		switch {
		case c.persists && !c.Expires.After(now):
		case c.hostOnly && c.Domain != host, !c.hostOnly && !domainMatches(host, c.Domain):
		case !pathMatches(path, c.Path), c.Secure && !trustworthy(u):
		default:
			sent = append(sent, c)
		}
	}
	slices.SortStableFunc(sent, func(a, b *stored) int { return cmp.Compare(len(b.Path), len(a.Path)) })
	var pairs []string
	for _, c := range sent {
		if sends(c) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

// domainMatches is RFC 6265 section 5.1.3.
func domainMatches(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain) && net.ParseIP(host) == nil
}

// pathMatches is RFC 6265 section 5.1.4.
func pathMatches(path, cookie string) bool {
	return path == cookie || strings.HasPrefix(path, cookie) && (strings.HasSuffix(cookie, "/") || path[len(cookie)] == '/')
}

// defaultPath is RFC 6265 section 5.1.4, too.
func defaultPath(u *url.URL) string {
	path := u.EscapedPath()
	if at := strings.LastIndexByte(path, '/'); at > 0 && path[0] == '/' {
		return path[:at]
	}
	return "/"
}

// trustworthy reports whether browsers keep Secure cookies of the URL's host:
// over https, and on this machine, where nobody listens in.
func trustworthy(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	ip := net.ParseIP(host)
	return strings.EqualFold(u.Scheme, "https") || host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// crosses reports whether a cookie comes along wherever a request begins. Browsers
// take none that does so and is not Secure (RFC 6265bis section 5.7).
func (c Cookie) crosses() bool { return strings.EqualFold(c.SameSite, "none") }

// prefixKept reports whether a cookie keeps what its name promises.
func prefixKept(c Cookie, safe bool) bool {
	switch {
	case strings.HasPrefix(c.Name, "__Host-"):
		return c.Secure && safe && c.Domain == "" && c.Path == "/"
	case strings.HasPrefix(c.Name, "__Secure-"):
		return c.Secure && safe
	}
	return true
}
