package suites

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"
)

// A web application firewall in front of the target turns away what looks like an
// attack before the token endpoint sees it, mostly with a page and 403. RFC 6749 says
// nothing of that, and no token comes; what the endpoint would have said, nobody knows.

// firewalled reports a response to a token request that is a firewall's: a 403 without
// an error object, to a form that looks like an attack, where an ordinary wrong code is
// refused in another way.
func (s *Session) firewalled(e *Exchange) bool {
	if e.Status() != http.StatusForbidden || !s.looksLikeAnAttack(e.Request.Body) {
		return false
	}
	if refusal, _ := sgid.ParseOAuthError(e.Body()); refusal != nil && refusal.Code != "" {
		return false
	}
	return !s.likeAnUnknownCode(&TokenReply{Exchange: e})
}

// mayBeFirewalled ends the case where a firewall has answered in place of the target.
func (s *Session) mayBeFirewalled(reply *TokenReply) {
	if s.firewalled(reply.Exchange) {
		s.NotApplicable("%s: a firewall in front of the target turned it away as an attack, and the token endpoint has not seen it", reply.Saw())
	}
}

// looksLikeAnAttack reports a form that has in a name or a value what rules against
// injection look for, beside the clients' own credentials.
func (s *Session) looksLikeAnAttack(body []byte) bool {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return false
	}
	own := []string{s.Config.First.ClientSecret}
	if s.Config.Second != nil {
		own = append(own, s.Config.Second.ClientSecret)
	}
	suspect := func(text string) bool {
		return strings.ContainsAny(text, "'\"<>$\x00\r\n") || strings.Contains(text, "../") || strings.Contains(text, "%00")
	}
	for name, values := range form {
		if suspect(name) || slices.ContainsFunc(values, func(v string) bool { return suspect(v) && !slices.Contains(own, v) }) {
			return true
		}
	}
	return false
}
