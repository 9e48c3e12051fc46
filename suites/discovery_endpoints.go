package suites

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// DISC, continued: the endpoints that the metadata advertises.

var endpointNames = []string{authorization, token, userinfo, jwks}

// furtherEndpoints may be advertised; sgID documents none of them.
var furtherEndpoints = []string{"registration_endpoint", "revocation_endpoint", "introspection_endpoint", "end_session_endpoint"}

var DISC04 = judge.Check{
	ID: "DISC-04", Title: "every endpoint is a well-formed https URL",
	Problem: "an endpoint is not a well-formed https URL", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3"), judge.RFC("3986", "6.2")},
	Expect: "Each endpoint is an absolute https URL (http on loopback only), normalised, without an empty path segment and without a fragment.",
	Why:    "Codes, secrets and tokens travel to these URLs: over plain http anyone on the network path can read them, and clients, proxies and firewalls interpret a URL that is not normalised differently.",
	Remedy: "Publish the URL exactly as the endpoint is served. A double slash usually comes from joining a base URL that ends in a slash with a path that begins with one.",
	Cases:  slices.Concat(endpointNames, furtherEndpoints),
	Covers: []string{"oidcc CheckDiscEndpointAllEndpointsAreHttps"},
}

var _ = ginkgo.It("DISC-04 every endpoint is a well-formed https URL", check(DISC04, func(s *Session) {
	advertised := s.further()
	for _, name := range slices.Concat(endpointNames, furtherEndpoints) {
		s.Case(name, func() {
			address, further := advertised[name]
			switch {
			case !further:
				address = s.mustAdvertise(name)
			case address == "":
				s.NotApplicable("it is not advertised, and is optional")
			}
			problem := uncleanURL(address)
			s.Require(problem == "", "", fmt.Sprintf("%s is %q: %s", name, clip(address), problem), s.discovery)
		})
	}
}))

// mustAdvertise returns the URL of an endpoint; DISC-03 owns its being there,
// DISC-10 that of userinfo.
func (s *Session) mustAdvertise(name string) string {
	s.Metadata()
	if name == userinfo && !s.has(userinfo) {
		s.owned("DISC-10", s.discovery, "the metadata has no userinfo_endpoint")
	}
	s.mustHave(name)
	return s.Advertised(name)
}

// sendable returns an advertised URL that a request can be sent to; DISC-04
// owns its being one.
func (s *Session) sendable(name, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		s.owned("DISC-04", s.discovery, "%s is %q, which is not a usable URL", name, clip(address))
	}
	return address
}

// uncleanURL says why an endpoint's URL is not one to send secrets to; empty: it is.
func uncleanURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "it cannot be parsed as a URL"
	}
	host := u.Hostname()
	switch {
	case u.Scheme == "" || host == "":
		return "it is not absolute"
	case u.Scheme != "https" && u.Scheme != "http":
		return "its scheme is neither https nor, on loopback, http"
	case u.Scheme == "http" && !client.LoopbackHost(host):
		return "it is http, and " + host + " is not loopback"
	case u.User != nil:
		return "it holds a user name"
	case strings.Contains(raw, "#"):
		return "it has a fragment"
	case strings.Contains(u.EscapedPath(), "//"):
		return "it has an empty path segment"
	}
	if clean := normalised(u); clean != raw {
		return fmt.Sprintf("it is not normalised, and would be %q", clip(clean))
	}
	return ""
}

// normalised writes a URL as RFC 3986 section 6.2 has it: scheme and host in
// lower case, no default port, no dot segments, nothing escaped without need,
// escapes in upper case, and no empty path segments.
func normalised(u *url.URL) string {
	host := strings.ToLower(u.Host)
	for scheme, port := range map[string]string{"https": ":443", "http": ":80"} {
		if strings.ToLower(u.Scheme) == scheme {
			host = strings.TrimSuffix(host, port)
		}
	}
	host = strings.TrimSuffix(host, ":")
	var segments []string
	parts := strings.Split(strings.TrimPrefix(unescaped(u.EscapedPath()), "/"), "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == "..":
			segments = segments[:max(0, len(segments)-1)]
		case part == "." || part == "" && !last:
		default:
			segments = append(segments, part)
			continue
		}
		if last {
			segments = append(segments, "")
		}
	}
	out := strings.ToLower(u.Scheme) + "://" + host
	if u.EscapedPath() != "" {
		out += "/" + strings.Join(segments, "/")
	}
	if u.RawQuery != "" || u.ForceQuery {
		out += "?" + unescaped(u.RawQuery)
	}
	return out
}

// unescaped undoes the escapes of unreserved characters, and writes the others
// in upper case (RFC 3986 sections 6.2.2.1 and 6.2.2.2).
func unescaped(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' || i+2 >= len(text) {
			out.WriteByte(text[i])
			continue
		}
		decoded, err := url.PathUnescape(text[i : i+3])
		if err != nil {
			out.WriteByte(text[i])
			continue
		}
		if c := decoded[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			out.WriteByte(c)
		} else {
			out.WriteString(strings.ToUpper(text[i : i+3]))
		}
		i += 2
	}
	return out.String()
}

var DISC05 = judge.Check{
	ID: "DISC-05", Title: "every advertised endpoint is served",
	Problem: "an advertised endpoint is not served", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDAPI("API Documentation"), judge.OIDCDISC("3")},
	Expect: "No advertised endpoint returns 404 to a request with its own method.",
	Why:    "A client configured by discovery sends its requests to these URLs, and its logins fail there.",
	Remedy: "Advertise the URL at which the endpoint is served, or serve it where it is advertised.",
	Needs:  []judge.Need{judge.Login},
	Cases:  []string{authorization, token, jwks, userinfo, "revocation_endpoint", "introspection_endpoint", "end_session_endpoint"},
}

var _ = ginkgo.It("DISC-05 every advertised endpoint is served", check(DISC05, func(s *Session) {
	s.Metadata()
	for _, name := range []string{authorization, token, jwks} {
		s.Case(name, func() {
			s.sendable(name, s.mustAdvertise(name))
			s.served(name, s.probe(name))
		})
	}
	s.Case(userinfo, func() {
		address := s.sendable(userinfo, s.mustAdvertise(userinfo))
		if s.Config.EndpointsMode != "documented" && (s.Unserved(authorization) != nil || s.Unserved(token) != nil) {
			s.Skip("without the other endpoints no access token can be obtained, and it is not requested without one")
		}
		login, e := s.Shared(), s.firstAnswer()
		if address != s.Endpoint(userinfo) {
			e = s.Do(exchange.Request{Method: http.MethodGet, URL: address, Header: http.Header{
				"Authorization": {"Bearer " + login.AccessToken}, "Accept": {"application/json"},
			}})
		}
		s.noteProbe(userinfo, e)
		s.served(userinfo, e)
	})
	for _, name := range furtherEndpoints[1:] { // a request for registration may register something
		s.Case(name, func() { s.furtherServed(name) })
	}
}))

// furtherServed asks an optional endpoint with its own method and nothing to act
// on: end_session with GET, the others with an empty form.
func (s *Session) furtherServed(name string) {
	address := s.further()[name]
	if address == "" {
		s.NotApplicable("it is not advertised, and is optional")
	}
	if problem := uncleanURL(address); problem != "" {
		s.owned("DISC-04", s.discovery, "%s is %q: %s", name, clip(address), problem)
	}
	r := form(address, nil)
	if name == "end_session_endpoint" {
		r = exchange.Request{Method: http.MethodGet, URL: address}
	}
	e := s.Do(r)
	told, _ := sgid.ParseOAuthError(e.Body())
	refused := told != nil && slices.Contains(revocationErrors, told.Code)
	if slices.Contains(fromGateways, e.Status()) || r.Method == http.MethodPost && mayRefuse(e) && !refused {
		s.Block("target", "%s, %s, returns %s, which does not show whether it is served", name, clip(address), e.Saw())
	}
	s.Require(!e.NoResponse() && (e.Status() != http.StatusNotFound || refused), "", fmt.Sprintf("%s, %s, returns %s", name, clip(address), e.Saw()), e)
}

// revocationErrors are the error codes with which an empty form may be refused: those
// of the token endpoint and of RFC 7009 section 2.2.1.
var revocationErrors = append(slices.Clone(tokenErrors), "unsupported_token_type")

// fromGateways are the statuses that a gateway answers with where nothing behind it does.
var fromGateways = []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// further are the URLs of the optional endpoints, empty where not advertised.
func (s *Session) further() map[string]string {
	m := s.Metadata()
	return map[string]string{
		"registration_endpoint": m.RegistrationEndpoint, "revocation_endpoint": m.RevocationEndpoint,
		"introspection_endpoint": m.IntrospectionEndpoint, "end_session_endpoint": m.EndSessionEndpoint,
	}
}

// served judges an advertised endpoint by its first response.
func (s *Session) served(name string, e *Exchange) {
	s.answersInTime(name, e)
	missing := fmt.Sprintf("%s, %s, returns %s", name, clip(s.Advertised(name)), e.Saw())
	doubtful := e.Status() >= 500 || name == token && mayRefuse(e)
	s.Require(!e.NoResponse() && (e.Status() != http.StatusNotFound || doubtful), "", missing, e)
	switch {
	case !doubtful:
	case name == token && s.Endpoint(token) == s.Advertised(token):
		// A 5xx may come from a gateway with nothing behind it, and a 404 from a router:
		// an exchange that succeeds there shows that the endpoint is served.
		if !s.worked("AUTHZ-01", "TOKEN-01") {
			s.SharedLogin()
			s.Require(!mayRefuse(e) || !s.tokenMissing, "", missing, e)
		}
		s.NeedsLogin()
	default:
		s.Block(answers[name], "%s returns %s, which does not show whether it is served", name, e.Saw())
	}
}

var DISC06 = judge.Check{
	ID: "DISC-06", Title: "the endpoints are the documented paths",
	Problem: "an endpoint is not at its documented path", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("API Documentation")},
	Expect: "Each endpoint is at its documented path under the issuer's origin.",
	Why:    "The official SDKs do not read the metadata but use the documented paths; they do not find an endpoint elsewhere.",
	Remedy: "Serve and advertise /v2/oauth/authorize, /v2/oauth/token, /v2/oauth/userinfo and /v2/.well-known/jwks.json under the issuer's origin.",
	Cases:  endpointNames,
}

var _ = ginkgo.It("DISC-06 the endpoints are the documented paths", check(DISC06, func(s *Session) {
	documented, err := sgid.DocumentedEndpoints(s.Config.Issuer)
	if err != nil {
		s.Block("configuration", "the documented endpoints cannot be derived: %v", err)
	}
	want := map[string]string{authorization: documented.Authorization, token: documented.Token, userinfo: documented.UserInfo, jwks: documented.JWKS}
	s.Metadata()
	for _, name := range endpointNames {
		s.Case(name, func() {
			got := s.mustAdvertise(name)
			leads := sameWhenClean(got, want[name]) && uncleanURL(got) != ""
			if got != want[name] && leads {
				s.Observe("%q leads to the documented path; DISC-04 judges its form", clip(got))
			}
			s.Require(got == want[name] || leads, want[name], fmt.Sprintf("%s is %q", name, clip(got)), s.discovery)
		})
	}
}))

// sameWhenClean reports whether two URLs lead to one place, once got is made
// absolute, of the same scheme, and normalised.
func sameWhenClean(got, want string) bool {
	a, errA := url.Parse(got)
	b, errB := url.Parse(want)
	if errA != nil || errB != nil {
		return false
	}
	a = b.ResolveReference(a)
	a.Scheme = b.Scheme
	return normalised(a) == normalised(b)
}
