package sgid

import (
	"fmt"
	"net/url"
	"strings"
)

// Endpoints are the absolute URLs of the five endpoints.
type Endpoints struct{ Authorization, Token, UserInfo, JWKS, Discovery string }

// DocumentedEndpoints gives the five documented paths under the origin of
// issuer, which must be an absolute http or https URL whose path is /v2
// (SGID-API, SGID-SDK). The error says what to write instead.
func DocumentedEndpoints(issuer string) (Endpoints, error) {
	u, err := parseIssuer(issuer)
	if err != nil {
		return Endpoints{}, err
	}
	if u.Path != IssuerPath {
		if strings.HasSuffix(u.Path, IssuerPath+"/") {
			return Endpoints{}, fmt.Errorf("issuer %q ends in a slash: write %q", issuer, strings.TrimRight(issuer, "/"))
		}
		return Endpoints{}, fmt.Errorf("issuer %q has no path %s: the documented endpoints lie under ORIGIN%s, so write %q",
			issuer, IssuerPath, IssuerPath, u.Scheme+"://"+u.Host+IssuerPath)
	}
	origin := u.Scheme + "://" + u.Host
	return Endpoints{
		Authorization: origin + PathAuthorize,
		Token:         origin + PathToken,
		UserInfo:      origin + PathUserInfo,
		JWKS:          origin + PathJWKS,
		Discovery:     origin + PathDiscovery,
	}, nil
}

// DiscoveryURL is where the metadata of issuer is published: the issuer with
// /.well-known/openid-configuration appended (OIDC-DISC 4). The issuer must be
// an absolute http or https URL without query, fragment or trailing slash.
func DiscoveryURL(issuer string) (string, error) {
	if _, err := parseIssuer(issuer); err != nil {
		return "", err
	}
	if strings.HasSuffix(issuer, "/") {
		return "", fmt.Errorf("issuer %q ends in a slash: write %q", issuer, strings.TrimRight(issuer, "/"))
	}
	return issuer + "/.well-known/openid-configuration", nil
}

// parseIssuer holds issuer against OIDC-DISC 3.
func parseIssuer(issuer string) (*url.URL, error) {
	if issuer == "" {
		return nil, fmt.Errorf("issuer is empty: write an absolute URL such as %s", IssuerStaging)
	}
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return nil, fmt.Errorf("issuer is not a URL: write one such as %s", IssuerStaging)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("issuer %q is not an absolute http or https URL: write one such as %s", issuer, IssuerStaging)
	case u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("issuer %q names no host: write one such as %s", issuer, IssuerStaging)
	case u.User != nil:
		return nil, fmt.Errorf("issuer holds a user name or password: leave them out")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(issuer, "#"):
		return nil, fmt.Errorf("issuer %q has a query or fragment: leave it out", issuer)
	}
	return u, nil
}
