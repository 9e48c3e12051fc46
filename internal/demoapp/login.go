package demoapp

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/sgid"
)

// endpoints are the provider's.
type endpoints struct {
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	UserInfo  string `json:"userinfo_endpoint"`
	KeySet    string `json:"jwks_uri"`
}

// documented are the endpoints of SGID-API under the provider's origin.
func (a *App) documented() endpoints {
	host := a.settings.Hostname
	return endpoints{host + sgid.PathAuthorize, host + sgid.PathToken, host + sgid.PathUserInfo, host + sgid.PathJWKS}
}

// metadata are the provider's own metadata, as far as the application uses them.
type metadata struct {
	Issuer string `json:"issuer"`
	endpoints
}

// discover fetches the endpoints (OIDC-DISC 4).
func (a *App) discover(rules ...func(m metadata) error) func(ctx context.Context) (endpoints, error) {
	return func(ctx context.Context) (endpoints, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.settings.Hostname+sgid.PathDiscovery, nil)
		if err != nil {
			return endpoints{}, err
		}
		var m metadata
		if err := a.fetchJSON(r, &m); err != nil {
			return endpoints{}, err
		}
		for _, rule := range rules {
			if err := rule(m); err != nil {
				return endpoints{}, err
			}
		}
		return m.endpoints, nil
	}
}

// issuerIsOurs refuses the metadata of another provider (OIDC-DISC 4.3).
func (a *App) issuerIsOurs(m metadata) error {
	if m.Issuer != a.settings.issuer() {
		return refusal("the metadata are another issuer's")
	}
	return nil
}

// endpointsAreThere refuses metadata that lead away from the provider.
func (a *App) endpointsAreThere(m metadata) error {
	for _, each := range []string{m.Authorize, m.Token, m.UserInfo, m.KeySet} {
		if !strings.HasPrefix(each, a.settings.Hostname+"/") {
			return refusal("the metadata name an endpoint on another host")
		}
	}
	return nil
}

// login starts one: it draws the login's values, keeps them in the browser's
// session, and sends the browser to the provider.
func (a *App) login(w http.ResponseWriter, r *http.Request) {
	l := draw()
	var err error
	if l.endpoints, err = a.conduct.findEndpoints(r.Context()); err != nil {
		a.conduct.refuse(w, r, err)
		return
	}
	s := a.sessionOf(r)
	if s == nil {
		s = a.sessions.open(nil, nil)
		a.setCookie(w, s.id)
	}
	l.expires = a.now().Add(attemptLifetime)
	l.next = a.conduct.afterwards(r.URL.Query().Get("next"))
	for _, edit := range a.conduct.editLogin {
		edit(l, s, r)
	}
	a.sessions.add(s, l)
	a.conduct.toProvider(w, r, a.authorizeURL(l, r))
}

// authorizeURL is the authorization request (SGID-API; OIDC-CORE 3.1.2.1).
func (a *App) authorizeURL(l *attempt, r *http.Request) string {
	v := url.Values{
		"response_type": {"code"}, "client_id": {a.settings.ClientID}, "redirect_uri": {a.conduct.redirectURI(r)},
		"scope": {strings.Join(a.settings.Scopes, " ")}, "code_challenge": {l.challenge}, "code_challenge_method": {"S256"},
		"state": {l.state}, "nonce": {l.nonce},
	}
	for _, edit := range a.conduct.editAuthorize {
		edit(v, l)
	}
	return l.endpoints.Authorize + "?" + v.Encode()
}

// localPath lets next lead to a page of this application alone: nothing with a
// host, and nothing that a browser reads as one.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.ContainsAny(next, "\\\t\r\n") || strings.HasPrefix(next, "//") {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return ""
	}
	return u.String()
}
