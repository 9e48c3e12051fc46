package provider

import (
	"net/http"
	"strings"

	"sgidcheck/internal/sgid"
)

// metadata is the provider's configuration document (OIDC-DISC 3, RFC8414 2).
// Defaults that would promise more than is served are spelled out.
func (p *Provider) metadata() map[string]any {
	origin := strings.TrimSuffix(p.issuer, sgid.IssuerPath)
	scopes := []any{}
	for _, s := range sgid.Scopes() {
		scopes = append(scopes, s.Name)
	}
	return map[string]any{
		"issuer":                                         p.conduct.issuer(),
		"authorization_endpoint":                         origin + sgid.PathAuthorize,
		"token_endpoint":                                 origin + sgid.PathToken,
		"userinfo_endpoint":                              origin + sgid.PathUserInfo,
		"jwks_uri":                                       origin + sgid.PathJWKS,
		"response_types_supported":                       []any{sgid.ResponseTypeCode},
		"response_modes_supported":                       []any{"query"},
		"grant_types_supported":                          []any{sgid.GrantTypeAuthorizationCode},
		"subject_types_supported":                        []any{sgid.SubjectTypePairwise},
		"id_token_signing_alg_values_supported":          []any{sgid.AlgRS256},
		"token_endpoint_auth_methods_supported":          []any{sgid.ClientAuthenticationPost},
		"code_challenge_methods_supported":               []any{sgid.CodeChallengeMethodS256},
		"scopes_supported":                               scopes,
		"claims_supported":                               []any{"iss", "sub", "aud", "exp", "iat", "nonce", "auth_time"},
		"claims_parameter_supported":                     false,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false,
		"authorization_response_iss_parameter_supported": true,
	}
}

// discovery serves the provider metadata.
func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	doc := p.metadata()
	for _, edit := range p.conduct.editDiscovery {
		edit(doc)
	}
	public(w, r, "application/json", "", mustJSON(doc))
}

// jwks serves the signing keys. A client may keep the set for five minutes,
// far less than the time a key is published before it is used.
func (p *Provider) jwks(w http.ResponseWriter, r *http.Request) {
	keys := p.ring.at(p.now())
	set := keys.published()
	for _, edit := range p.conduct.editJWKS {
		edit(set)
	}
	public(w, r, "application/json", keys.etag, mustJSON(set))
}

// public sends a document that anyone may read and cache for five minutes.
func public(w http.ResponseWriter, r *http.Request, mediaType, etag string, body []byte) {
	if !allow(w, r, http.MethodGet, http.MethodHead) {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=300")
	if etag != "" {
		h.Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", mediaType)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}
