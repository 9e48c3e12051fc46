package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"

	"sgidcheck/internal/client"
	"sgidcheck/internal/redact"
)

var stagingOrigin = strings.TrimSuffix(sgid.IssuerStaging, sgid.IssuerPath)

// withoutValue says which settings are named and have no value, but for the
// variable of a secret in whose place a flag names a file.
func (l *loader) withoutValue() {
	instead := map[string]given{
		"client-secret": l.first.secretFile, "private-key-pem": l.first.keyFile,
		"second-client-secret": l.second.secretFile, "second-private-key-pem": l.second.keyFile,
	}
	for _, g := range l.blanks {
		if strings.HasPrefix(instead[g.setting.Key].origin, "flag") {
			continue
		}
		switch remedy := "give it a value, or remove the line"; {
		case strings.HasPrefix(g.origin, "flag"):
			l.wrong(g, "it is empty", "give it a value, or omit the flag")
		case strings.HasPrefix(g.origin, "environment"):
			remedy = "give it a value, or unset it; CI systems set the variable of a missing secret to an empty value"
			fallthrough
		default:
			l.wrong(g, "it is empty", remedy)
		}
	}
}

// told says whether it was said already that a setting is wrong.
func (l *loader) told(key string) bool {
	return slices.ContainsFunc(l.errors, func(e *Error) bool { return e.Setting == key })
}

// chooseIssuer settles the issuer where the origin is given, as the SDKs take
// it, and returns the setting that decided. Both in one place must agree; else
// the stronger place wins.
func (l *loader) chooseIssuer() given {
	g := l.given("issuer")
	if !l.hostname.set() {
		return g
	}
	origin := strings.TrimSuffix(strings.TrimSpace(l.hostname.text()), "/")
	u, err := url.Parse(origin)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		l.wrong(l.hostname, redact.QuotedURL(origin)+" is not an origin", "write scheme and host, such as "+stagingOrigin)
		return g
	case u.User != nil:
		l.wrong(l.hostname, "it holds a user name or password", "remove everything up to the @")
		return g
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(origin, "?#"):
		l.wrong(l.hostname, redact.QuotedURL(origin)+" is more than an origin (scheme and host)", "write only scheme and host, such as "+stagingOrigin+", or set SGID_ISSUER instead")
		return g
	}
	issuer := origin + sgid.IssuerPath
	switch mine, other := place(l.hostname), place(g); {
	case g.set() && mine == other && l.c.Issuer != issuer && !l.told("issuer"):
		l.wrong(l.hostname, fmt.Sprintf("it makes the issuer %s, but issuer (%s) is set to another one", redact.QuotedURL(issuer), g.origin), "remove one of the two, or make them agree: the issuer is the origin followed by "+sgid.IssuerPath)
		return g
	case g.set() && other > mine:
		return g
	}
	l.c.Issuer = issuer
	return l.hostname
}

// place ranks where a value comes from: flags over environment over file.
func place(g given) int {
	switch {
	case strings.HasPrefix(g.origin, "flag"):
		return 2
	case strings.HasPrefix(g.origin, "environment"):
		return 1
	}
	return 0
}

// clientWithoutIssuer refuses the settings of a client where no target is named:
// the embedded provider brings its own, and a run against it says nothing of the
// target that was meant.
func (l *loader) clientWithoutIssuer() {
	origins := slices.Concat(l.first.origins(), l.second.origins())
	if len(origins) == 0 || l.told("issuer") || l.told("hostname") {
		return
	}
	l.errors = append(l.errors, &Error{
		Setting: "issuer", Problem: "it is missing, although client settings are present (" + strings.Join(origins, ", ") + ")",
		Remedy: "set SGID_ISSUER, SGID_HOSTNAME or --issuer; to test the embedded provider, which has its own clients, unset the client settings",
	})
}

// issuer holds the issuer against OIDC-DISC 3 and the sgID rule: origin and /v2.
func (l *loader) issuer(g given) {
	issuer := l.c.Issuer
	u, err := url.Parse(issuer)
	shown, right := redact.QuotedURL(issuer), sgid.IssuerStaging
	if err == nil && u.Host != "" && !redact.MayBeSecret(u.Host) {
		right = u.Scheme + "://" + u.Host + sgid.IssuerPath
	}
	switch {
	case err != nil || !u.IsAbs() || u.Host == "":
		remedy := "write an absolute URL such as " + sgid.IssuerStaging
		if !strings.Contains(issuer, "://") && err == nil || strings.Contains(issuer, ".") && !strings.Contains(issuer, "://") {
			remedy = "include the scheme, such as https://"
			if shown != redact.ItsValue {
				remedy += strings.TrimLeft(issuer, "/")
			}
		}
		l.wrong(g, shown+" is not an absolute URL", remedy)
	case u.Scheme != "https" && u.Scheme != "http":
		l.wrong(g, shown+" is neither https nor http", "write an absolute URL such as "+sgid.IssuerStaging)
	case u.User != nil:
		l.wrong(g, "it holds a user name or password", "remove everything up to the @")
	case strings.ContainsRune(issuer, '#'):
		l.wrong(g, shown+" has a fragment", "remove the # and what follows")
	case strings.ContainsRune(issuer, '?'):
		l.wrong(g, shown+" has a query", "remove the ? and what follows")
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		l.wrong(g, shown+" is the URL of the metadata", "write "+right)
	case strings.HasSuffix(issuer, "/"):
		l.wrong(g, shown+" ends in a slash, and issuers are compared character for character", "write "+right)
	case u.Path != sgid.IssuerPath:
		l.wrong(g, fmt.Sprintf("%s does not have the path %s: the sgID issuer is the origin followed by %s", shown, sgid.IssuerPath, sgid.IssuerPath), "write "+right)
	case u.Scheme == "http" && !client.IsLoopback(issuer) && !l.c.Allows(u.Hostname()):
		l.wrong(g, shown+" would send the client secret unencrypted to another machine", "use https, or pass --allow-host "+redact.NameOr(u.Hostname(), "HOST")+" for a test network")
	}
}
