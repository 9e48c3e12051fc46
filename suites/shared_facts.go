package suites

import (
	"encoding/json"
	"net/http"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/sgid"
)

// Discovery returns the response of the discovery endpoint, fetched once a run.
func (s *Session) Discovery() *Exchange {
	if s.discovery == nil {
		e := s.Get(s.discoveryURL())
		if e.NoResponse() {
			s.owned("DISC-01", e, "the discovery endpoint gives no answer: %s", e.Reason())
		}
		s.discovery = e
		return e
	}
	s.Keep(s.discovery)
	return s.discovery
}

// Metadata returns the provider metadata. DISC-01 owns its being readable.
func (s *Session) Metadata() *sgid.Metadata {
	e := s.Discovery()
	if s.metadata != nil {
		return s.metadata
	}
	if e.Status() != http.StatusOK {
		s.owned("DISC-01", e, "the discovery endpoint answers %s", e.Saw())
	}
	m, err := sgid.ParseMetadata(e.Body())
	if m == nil {
		s.owned("DISC-01", e, "the metadata cannot be read: %s", e.unread(err))
	}
	s.metadata = m
	return m
}

// The names of the endpoints, as Endpoint takes them.
const (
	authorization = "authorization_endpoint"
	token         = "token_endpoint"
	userinfo      = "userinfo_endpoint"
	jwks          = "jwks_uri"
)

// Advertised returns the URL that the metadata gives for an endpoint, empty
// where it gives none.
func (s *Session) Advertised(name string) string {
	m := s.Metadata()
	switch name {
	case authorization:
		return m.AuthorizationEndpoint
	case token:
		return m.TokenEndpoint
	case userinfo:
		return m.UserInfoEndpoint
	}
	return m.JWKSURI
}

// Endpoint returns the URL to use for an endpoint: the documented path, or
// with --endpoints discovery the advertised one. An endpoint that is not
// advertised blocks by DISC-03 (DISC-10 for userinfo), one that is advertised
// and not served by DISC-05.
func (s *Session) Endpoint(name string) string {
	if s.Config.EndpointsMode == "documented" {
		return s.documented(name)
	}
	url := s.Advertised(name)
	if url == "" {
		owner := "DISC-03"
		if name == userinfo {
			owner = "DISC-10"
		}
		s.owned(owner, s.discovery, "the metadata has no %s", name)
	}
	s.sendable(name, url)
	if e := s.Unserved(name); e != nil {
		s.answersInTime(name, e)
		s.owned("DISC-05", e, "the advertised %s is not served: %s", name, e.Saw())
	}
	return url
}

func (s *Session) documented(name string) string {
	e, err := sgid.DocumentedEndpoints(s.Config.Issuer)
	if err != nil {
		s.Block("configuration", "the documented endpoints cannot be derived: %v", err)
	}
	switch name {
	case authorization:
		return e.Authorization
	case token:
		return e.Token
	case userinfo:
		return e.UserInfo
	}
	return e.JWKS
}

// Unserved returns the exchange with an advertised endpoint when it is a 404 or
// has no response; nil: it is served, or may be. The userinfo endpoint is not asked here: a weak target may not
// survive a request without a token, so UserInfo notes it.
func (s *Session) Unserved(name string) *Exchange {
	e := s.probe(name)
	switch {
	case e == nil, !e.NoResponse() && e.Status() != http.StatusNotFound:
		return nil
	case name == token && mayRefuse(e) && !s.tokenMissing: // its probe is a request to refuse
		return nil
	}
	return e
}

// mayRefuse reports a 404 that may be a refusal of what was asked: JSON with an
// error or a message. Some servers answer so where nothing is served, too.
func mayRefuse(e *Exchange) bool {
	var said map[string]any
	if e.Status() != http.StatusNotFound || json.Unmarshal(e.Body(), &said) != nil {
		return false
	}
	return said["error"] != nil || said["message"] != nil
}

// answers is the check that owns an endpoint's answering a valid request.
var answers = map[string]string{authorization: "AUTHZ-01", token: "TOKEN-01", jwks: "JWKS-01", userinfo: "UINFO-01"}

// answersInTime ends the check where an endpoint is served, and takes too long.
func (s *Session) answersInTime(name string, e *Exchange) {
	if e.Kind() == exchange.FailedTimeout {
		s.owned(answers[name], e, "the advertised %s gives no answer: %s", name, e.Reason())
	}
}

// probe asks an advertised endpoint, once a run, with its own method and
// nothing that could be granted, and returns the response; nil where it was not
// asked: not advertised, or userinfo and no login has asked it yet.
func (s *Session) probe(name string) *Exchange {
	if e, asked := s.probed[name]; asked || name == userinfo {
		if e != nil {
			s.Keep(e)
		}
		return e
	}
	url := s.Advertised(name)
	if url == "" {
		return nil
	}
	r := exchange.Request{Method: http.MethodGet, URL: url}
	switch name {
	case authorization:
		r.URL = sgid.WithQuery(url, s.request().params.Encode())
	case token:
		r = form(url, sgid.TokenRequest{ClientID: s.Config.First.ClientID, Code: "unserved-endpoint-probe"}.Values())
	}
	e := s.Do(r)
	s.noteProbe(name, e)
	return e
}

func (s *Session) noteProbe(name string, e *Exchange) {
	if s.probed == nil {
		s.probed = map[string]*Exchange{}
	}
	s.probed[name] = e
}

// KeySet returns the provider's signing keys, fetched once a run. JWKS-01 owns
// their being readable.
func (s *Session) KeySet() *sgid.KeySet {
	e := s.JWKS()
	if s.keys != nil {
		return s.keys
	}
	if e.Status() != http.StatusOK {
		s.owned("JWKS-01", e, "the key set endpoint answers %s", e.Saw())
	}
	keys, err := sgid.ParseKeySet(e.Body())
	if err != nil {
		s.owned("JWKS-01", e, "the key set cannot be read: %s", e.unread(err))
	}
	s.keys = keys
	s.published = append(s.published, keys)
	return keys
}

// JWKS returns the response of the key set endpoint, fetched once a run.
func (s *Session) JWKS() *Exchange {
	if s.jwks == nil {
		e := s.Get(s.Endpoint(jwks))
		if e.NoResponse() {
			s.owned("JWKS-01", e, "the key set endpoint gives no answer: %s", e.Reason())
		}
		s.jwks = e
		return e
	}
	s.Keep(s.jwks)
	return s.jwks
}
