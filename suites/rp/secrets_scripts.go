package rp

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
)

// What the scripts that pages load give away.

const (
	// longestScript is how much of a script is read, in octets: front ends come in
	// files of several MiB.
	longestScript = 16 << 20
	// mostScripts is how many scripts of an application are looked into.
	mostScripts = 30
)

// scriptsHoldNoSecret judges the scripts that the pages of a login load. Of one
// that did not come whole it is not known.
func (s *Session) scriptsHoldNoSecret(l *Login) {
	var found []judge.Finding
	var unread []string
	addresses := s.scriptsOf(l)
	for _, address := range addresses[:min(len(addresses), mostScripts)] {
		b := s.browserWith(address, l.Browser.Cookies(address))
		way := b.Submit(s.Context, exchange.Request{URL: address, MaxBody: longestScript}, address)
		holds, why := s.holdsSecret(way)
		name := brief(pathOf(address))
		switch {
		case holds != nil:
			found = append(found, judge.Finding{Observed: "the client secret stands in a script that a page loads: " + name, Evidence: l.step(holds)})
		case why != "":
			unread = append(unread, name+" ("+why+")")
		}
	}
	if left := len(addresses) - mostScripts; left > 0 {
		unread = append(unread, plural(left, "further script", "further scripts"))
	}
	l.AssertNone("", found)
	if len(found) == 0 && len(unread) > 0 {
		s.Skip("not all scripts of the pages could be read whole, and what was read holds no secret: %s", strings.Join(unread, ", "))
	}
}

// holdsSecret is the answer to a request for a script that holds the client secret,
// in what came of it. Where none does, why says what of the script is not known;
// empty: nothing.
func (s *Session) holdsSecret(way *application.Way) (holds *exchange.Exchange, why string) {
	allRead := true
	for _, e := range way.Steps {
		if e.Response == nil {
			continue
		}
		there, whole := standing([]string{string(e.Response.Body)}, 2, []secret{s.clientSecret()})
		if len(there) > 0 {
			return e, ""
		}
		allRead = allRead && whole
	}
	if why := notWhole(way); why != "" || allRead {
		return nil, why
	}
	return nil, "there is more that may be encoded than was looked into"
}

// pathOf is the path of an address.
func pathOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Path
	}
	return address
}

// notWhole says why a script that was asked for is not known whole; empty: it is.
func notWhole(way *application.Way) string {
	e := way.Last()
	switch {
	case way.Leads != "" || e == nil:
		return "it leads to another site"
	case e.NoResponse():
		return e.Reason()
	case e.Status() != http.StatusOK:
		return fmt.Sprintf("it is answered %d", e.Status())
	case e.Response.Truncated:
		return "it ends before its time"
	}
	switch coding := strings.ToLower(strings.TrimSpace(e.Header().Get("Content-Encoding"))); coding {
	case "", "identity", "gzip", "x-gzip":
		return ""
	default:
		return "it is encoded as " + brief(coding) + ", though nobody has asked for that"
	}
}

// scriptsOf are the addresses of the application's own scripts that the pages of a
// login load.
func (s *Session) scriptsOf(l *Login) (out []string) {
	for _, way := range l.ways {
		for _, address := range application.Scripts(way) {
			if u, err := url.Parse(address); err == nil && s.Site.Own(u) && !slices.Contains(out, address) {
				out = append(out, address)
			}
		}
	}
	return out
}
