package provider

import (
	"net/http"
	"strings"

	"sgidcheck/internal/sgid"
)

// Faults of the provider metadata.

// document is a fault that edits the metadata.
func document(name, checks, breaks string, edit func(doc map[string]any)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editDiscovery = append(c.editDiscovery, edit)
	})
}

// member is a fault that sets a member of the metadata; nil leaves it out.
func member(name, check, breaks, key string, value any) Fault {
	return document(name, check, breaks, func(doc map[string]any) {
		if value == nil {
			delete(doc, key)
			return
		}
		doc[key] = value
	})
}

// discoveryAnswer is a fault that replaces the response of the discovery endpoint.
func discoveryAnswer(name, breaks string, edit func(a *held)) Fault {
	return fault(name, "DISC-01", breaks, func(_ *Provider, c *conduct) {
		c.reanswer(atDiscovery, func(a *held, _ *http.Request) { edit(a) })
	})
}

// renamed is a fault that names another issuer everywhere, consistently.
func renamed(name, breaks string, rename func(issuer string) string) Fault {
	return fault(name, "DISC-02", breaks, func(p *Provider, c *conduct) {
		c.issuer = func() string { return rename(p.issuer) }
	})
}

// moved is a fault that advertises an endpoint at another URL, and serves it there.
func moved(name, check, breaks, key string, at endpoint, move func(url string) string) Fault {
	return fault(name, check, breaks, func(_ *Provider, c *conduct) {
		c.aliases[move(string(at))] = at
		c.editDiscovery = append(c.editDiscovery, func(doc map[string]any) {
			url := doc[key].(string)
			doc[key] = strings.TrimSuffix(url, string(at)) + move(string(at))
		})
	})
}

var faultsDiscovery = []Fault{
	discoveryAnswer("discovery-as-html", "The metadata comes as text/html.", func(a *held) {
		a.header.Set("Content-Type", "text/html; charset=utf-8")
	}),
	discoveryAnswer("discovery-as-array", "The metadata comes as a JSON array.", func(a *held) {
		a.replace(http.StatusOK, "application/json", "["+a.body.String()+"]")
	}),
	discoveryAnswer("discovery-cut-off", "The metadata ends in the middle.", func(a *held) {
		a.body.Truncate(a.body.Len() - 40)
	}),
	discoveryAnswer("discovery-two-objects", "A second JSON object follows the metadata.", func(a *held) {
		a.body.WriteString("\n{}")
	}),
	discoveryAnswer("discovery-not-found", "The discovery endpoint returns 404.", func(a *held) {
		a.replace(http.StatusNotFound, "application/json", `{"message":"Not Found"}`)
	}),
	discoveryAnswer("discovery-status-203", "The metadata comes with status 203.", func(a *held) { a.status = http.StatusNonAuthoritativeInfo }),

	renamed("issuer-trailing-slash", "issuer has a trailing slash.", func(i string) string { return i + "/" }),
	renamed("issuer-with-query", "issuer has a query.", func(i string) string { return i + "?env=test" }),
	renamed("issuer-of-another", "issuer is another provider's.", func(string) string { return sgid.IssuerStaging }),
	renamed("issuer-without-version", "issuer lacks /v2.", func(i string) string { return strings.TrimSuffix(i, sgid.IssuerPath) }),

	member("discovery-boolean-as-text", "DISC-03", "A member that is a boolean comes as a string.", "claims_parameter_supported", "false"),
	member("discovery-list-as-text", "DISC-03", "A member that is an array comes as a string.", "claims_supported", "iss sub aud"),
	member("discovery-empty-list", "DISC-03", "A list without elements is sent instead of omitted.", "ui_locales_supported", []any{}),
	member("discovery-without-subject-types", "DISC-03", "The required subject_types_supported is omitted.", "subject_types_supported", nil),
	member("discovery-number-in-list", "DISC-03", "A list of strings holds a number.", "response_modes_supported", []any{"query", 1}),

	moved("endpoint-double-slash", "DISC-04", "The token endpoint is advertised with an empty path segment.", "token_endpoint", atToken,
		func(path string) string { return strings.Replace(path, "/v2/", "/v2//", 1) }),
	moved("endpoint-dot-segment", "DISC-04", "The token endpoint is advertised with a dot segment.", "token_endpoint", atToken,
		func(path string) string { return strings.Replace(path, "/oauth/", "/./oauth/", 1) }),
	document("endpoint-fragment", "DISC-04", "The userinfo endpoint is advertised with a fragment.", func(doc map[string]any) {
		doc["userinfo_endpoint"] = doc["userinfo_endpoint"].(string) + "#top"
	}),
	document("end-session-not-served", "DISC-05", "An end_session_endpoint is advertised that is not served.", func(doc map[string]any) {
		doc["end_session_endpoint"] = doc["issuer"].(string) + "/oauth/logout"
	}),
	member("endpoint-plain-http", "DISC-04", "An additional endpoint is plain http on a public host.", "revocation_endpoint", "http://sgid.example/v2/oauth/revoke"),
	member("endpoint-relative", "DISC-04", "An additional endpoint is only a path.", "end_session_endpoint", "/v2/logout"),

	fault("jwks-not-served", "DISC-05", "The advertised jwks_uri returns 404.", func(_ *Provider, c *conduct) {
		c.reanswer(atJWKS, func(a *held, _ *http.Request) { a.replace(http.StatusNotFound, "text/plain", "not found\n") })
	}),
	fault("token-not-served", "DISC-05", "The advertised token endpoint returns 404.", func(_ *Provider, c *conduct) {
		c.reanswer(atToken, func(a *held, _ *http.Request) { a.replace(http.StatusNotFound, "text/plain", "not found\n") })
	}),
	fault("userinfo-not-served", "DISC-05", "The advertised userinfo endpoint returns 404.", func(_ *Provider, c *conduct) {
		c.reanswer(atUserInfo, func(a *held, _ *http.Request) { a.replace(http.StatusNotFound, "text/plain", "not found\n") })
	}),

	moved("endpoint-elsewhere", "DISC-06", "The token endpoint is advertised, and served, at another path than the documented one.", "token_endpoint", atToken,
		func(string) string { return "/v2/oauth2/token" }),
	moved("endpoint-without-version", "DISC-06", "The userinfo endpoint is advertised, and served, without /v2.", "userinfo_endpoint", atUserInfo,
		func(path string) string { return strings.TrimPrefix(path, "/v2") }),
	moved("jwks-elsewhere", "DISC-06", "The key set is advertised, and served, at another path than the documented one.", "jwks_uri", atJWKS,
		func(string) string { return "/v2/keys" }),

	member("response-types-with-token", "DISC-07", "The implicit flow is advertised in addition to code.", "response_types_supported", []any{"code", "token"}),
	member("response-types-hybrid", "DISC-07", "A hybrid flow is advertised instead of code.", "response_types_supported", []any{"code id_token"}),

	member("signing-algs-with-none", "DISC-08", "Unsigned ID tokens are advertised.", "id_token_signing_alg_values_supported", []any{"RS256", "none"}),
	member("signing-algs-without-rs256", "DISC-08", "RS256 is not among the advertised algorithms.", "id_token_signing_alg_values_supported", []any{"ES256"}),

	document("scopes-without-openid", "DISC-09", "openid is not among the advertised scopes.", func(doc map[string]any) {
		doc["scopes_supported"] = doc["scopes_supported"].([]any)[1:]
	}),
	document("scopes-joined", "DISC-09", "Two scopes are advertised as one value with a space.", func(doc map[string]any) {
		doc["scopes_supported"] = append(doc["scopes_supported"].([]any), "myinfo.name myinfo.email")
	}),

	member("userinfo-not-advertised", "DISC-10", "userinfo_endpoint is omitted.", "userinfo_endpoint", nil),

	member("subjects-advertised-public", "DISC-11", "Public subjects are advertised instead of pairwise ones.", "subject_types_supported", []any{"public"}),

	member("grants-left-out", "DISC-12", "grant_types_supported is omitted, which includes implicit by default.", "grant_types_supported", nil),
	member("grants-with-implicit", "DISC-12", "The implicit grant is advertised.", "grant_types_supported", []any{"authorization_code", "implicit"}),
	member("grants-with-refresh", "DISC-12", "Refresh tokens are advertised.", "grant_types_supported", []any{"authorization_code", "refresh_token"}),

	member("auth-methods-left-out", "DISC-13", "token_endpoint_auth_methods_supported is omitted, which means basic.", "token_endpoint_auth_methods_supported", nil),
	member("auth-methods-basic", "DISC-13", "Only client_secret_basic is advertised.", "token_endpoint_auth_methods_supported", []any{"client_secret_basic"}),

	member("pkce-methods-left-out", "DISC-14", "code_challenge_methods_supported is omitted.", "code_challenge_methods_supported", nil),
	member("pkce-methods-with-plain", "DISC-14", "plain is advertised in addition to S256.", "code_challenge_methods_supported", []any{"S256", "plain"}),
	member("pkce-methods-lower-case", "DISC-14", "S256 is advertised in lower case.", "code_challenge_methods_supported", []any{"s256"}),

	member("scopes-left-out", "DISC-16", "scopes_supported is omitted.", "scopes_supported", nil),
}
