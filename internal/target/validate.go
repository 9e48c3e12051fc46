package target

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/sgid"
)

// maxPathLength is how long a text may be to be taken for a path.
const maxPathLength = 512

// partyDraft is a client's settings before they are put together.
type partyDraft struct {
	id, secret, secretFile, key, keyFile, redirect, redirects, scopes given
}

func (p *partyDraft) any() bool {
	for _, g := range []given{p.id, p.secret, p.secretFile, p.key, p.keyFile, p.redirect, p.redirects, p.scopes} {
		if g.set() {
			return true
		}
	}
	return false
}

// finish puts the parties together and holds the whole against itself.
func (l *loader) finish() {
	c := l.c
	for _, entry := range c.Resolve {
		if _, _, err := ParseResolve(entry); err != nil {
			l.wrong(l.given("resolve"), fmt.Sprintf("%q cannot be read", entry), "write host:address or host:port:address, such as idp.example:127.0.0.1")
		}
	}
	for _, name := range c.CAFiles {
		if _, err := authorities([]string{name}); err != nil {
			l.wrong(l.given("ca-file"), fmt.Sprintf("%s is not usable: %s", name, plain(err)), "name a PEM file with the authority's certificate")
		}
	}
	for _, key := range []string{"waivers", "openapi", "chrome"} {
		g := l.given(key)
		if name := map[string]string{"waivers": c.Waivers, "openapi": c.OpenAPI, "chrome": c.Chrome}[key]; name != "" {
			if _, err := os.Stat(name); err != nil {
				l.wrong(g, fmt.Sprintf("%s cannot be read: %s", name, plain(err)), "name a file that exists")
			}
		}
	}
	if c.Out == "" {
		l.wrong(l.given("out"), "it is empty", "name a directory")
	} else if info, err := os.Stat(c.Out); err == nil && !info.IsDir() {
		l.wrong(l.given("out"), c.Out+" is a file", "name a directory")
	}
	if c.Persona != "" && c.Persona == c.SecondPersona {
		l.wrong(l.given("second-persona"), "it is the first persona", "name another person, or leave it out")
	}
	if c.Embedded() {
		if l.first.any() || l.second.any() {
			l.warn("client settings are ignored without an issuer: the embedded provider brings its own clients")
		}
		if c.Login == LoginInteractive {
			l.wrong(l.given("login"), "nobody needs to log in at the embedded provider", "take direct or browser, or name an issuer")
		}
		return
	}
	l.issuer()
	c.First = l.party(&l.first, "", true)
	if l.second.any() {
		second := l.party(&l.second, "second-", false)
		c.Second = &second
		if second.ClientID == c.First.ClientID && second.ClientID != "" {
			l.wrong(l.second.id, "the second client is the first", "register another client, or leave the second one out")
		}
		if second.Key != nil && c.First.Key != nil && second.Key.Equal(c.First.Key) {
			l.warn("both clients have the same private key: that the data is encrypted to the right one cannot be told")
		}
	}
}

// given is a setting's value as it was resolved, for messages.
func (l *loader) given(key string) given {
	for _, v := range l.c.Values {
		if v.Setting.Key == key {
			g := given{setting: v.Setting, origin: v.Origin}
			if g.origin == "not set" {
				g.origin = ""
			}
			return g
		}
	}
	return given{}
}

// issuer holds the issuer against OIDC-DISC 3 and the sgID rule: origin and /v2.
func (l *loader) issuer() {
	g, issuer := l.given("issuer"), l.c.Issuer
	u, err := url.Parse(issuer)
	shown := inert.Line(issuer)
	switch {
	case err != nil || !u.IsAbs() || u.Host == "":
		remedy := "write an absolute URL such as " + sgid.IssuerStaging
		if !strings.Contains(issuer, "://") && err == nil || strings.Contains(issuer, ".") && !strings.Contains(issuer, "://") {
			remedy = "write the scheme, too, such as https://" + strings.TrimLeft(issuer, "/")
		}
		l.wrong(g, fmt.Sprintf("%q is not an absolute URL", shown), remedy)
	case u.Scheme != "https" && u.Scheme != "http":
		l.wrong(g, fmt.Sprintf("%q is neither https nor http", shown), "write an absolute URL such as "+sgid.IssuerStaging)
	case u.User != nil:
		l.wrong(g, "it holds a user name or password", "remove everything up to the @")
	case strings.ContainsRune(issuer, '#'):
		l.wrong(g, fmt.Sprintf("%q has a fragment", shown), "remove the # and what follows")
	case strings.ContainsRune(issuer, '?'):
		l.wrong(g, fmt.Sprintf("%q has a query", shown), "remove the ? and what follows")
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		l.wrong(g, fmt.Sprintf("%q is the metadata's URL", shown), "write "+strings.TrimSuffix(issuer, "/.well-known/openid-configuration"))
	case strings.HasSuffix(issuer, "/"):
		trimmed := strings.TrimRight(issuer, "/")
		if !strings.HasSuffix(trimmed, sgid.IssuerPath) {
			trimmed = u.Scheme + "://" + u.Host + sgid.IssuerPath
		}
		l.wrong(g, fmt.Sprintf("%q ends in a slash, and issuers are compared character for character", shown), "write "+trimmed)
	case u.Path != sgid.IssuerPath:
		l.wrong(g, fmt.Sprintf("%q has not the path %s: the sgID issuer is the origin and %s", shown, sgid.IssuerPath, sgid.IssuerPath), "write "+u.Scheme+"://"+u.Host+sgid.IssuerPath)
	case u.Scheme == "http" && !IsLoopback(issuer) && !slices.Contains(l.c.AllowHosts, u.Hostname()):
		l.wrong(g, fmt.Sprintf("%q would send the client secret in the clear to another machine", shown), "use https, or say --allow-host "+u.Hostname()+" for a test network")
	}
}

// party puts one client together; missing says that what is missing is an error
// even when nothing of the client is set.
func (l *loader) party(d *partyDraft, prefix string, first bool) Party {
	p := Party{ClientID: strings.TrimSpace(d.id.text()), RedirectURI: strings.TrimSpace(d.redirect.text()), RedirectURIs: d.redirects.items}
	missing := func(key, what string) {
		s, _ := SettingByKey(prefix + key)
		remedy := "set " + s.Env[0]
		if !s.NoFlag() {
			remedy += " or --" + s.Flag
		} else if key == "client-secret" {
			remedy += " or --" + prefix + "client-secret-file"
		}
		l.errors = append(l.errors, &ConfigError{Setting: s.Key, Problem: what + " is missing", Remedy: remedy})
	}
	whose := map[bool]string{true: "", false: " of the second client"}[first]
	if p.ClientID == "" {
		missing("client-id", "the client ID"+whose)
	}
	if p.ClientSecret = l.secret(d); p.ClientSecret == "" && !d.secret.set() && !d.secretFile.set() {
		missing("client-secret", "the client secret"+whose)
	}
	if p.RedirectURI == "" {
		missing("redirect-uri", "the redirect URI"+whose)
	} else {
		l.redirect(d.redirect, p.RedirectURI)
	}
	for _, uri := range p.RedirectURIs {
		l.redirect(d.redirects, uri)
	}
	if d.key.set() || d.keyFile.set() {
		l.key(d, &p)
	} else {
		missing("private-key", "the private key"+whose)
	}
	if !d.scopes.set() {
		p.Scopes = []string{sgid.ScopeOpenID, "myinfo.name"}
		if !first {
			p.Scopes = l.c.First.Scopes
		}
	} else {
		p.Scopes = l.scopes(d.scopes)
	}
	return p
}

// secret takes the client secret from the environment or its file: a file named
// by a flag comes first, then the environment.
func (l *loader) secret(d *partyDraft) string {
	value, g, where := d.secret.text(), d.secret, "it"
	if d.secretFile.set() && (!g.set() || strings.HasPrefix(d.secretFile.origin, "flag")) {
		g = d.secretFile
		body, err := readBounded(g.text())
		if err != nil {
			l.wrong(g, fmt.Sprintf("%s cannot be read: %s", g.text(), plain(err)), "name a file with the client secret and nothing else")
			return ""
		}
		l.readableByOthers(g.text())
		value = string(bytes.TrimRight(body, "\r\n"))
		where = g.text()
	}
	switch {
	case !g.set():
		return ""
	case strings.TrimSpace(value) == "":
		l.wrong(g, where+" is empty", "put the client secret there")
		return ""
	case strings.ContainsAny(value, "\r\n\x00"):
		l.wrong(g, where+" holds more than one line", "put the client secret there and nothing else")
		return ""
	case strings.TrimSpace(value) != value:
		l.warn("the client secret (%s) begins or ends with a space: if that was not meant, remove it", g.origin)
	}
	return value
}

// key takes the private key from the environment or its file.
func (l *loader) key(d *partyDraft, p *Party) {
	g, pem := d.key, []byte(d.key.text())
	if d.keyFile.set() && (!g.set() || strings.HasPrefix(d.keyFile.origin, "flag")) {
		g = d.keyFile
		body, err := readBounded(g.text())
		if err != nil {
			l.wrong(g, fmt.Sprintf("%s cannot be read: %s", inert.Line(g.text()), plain(err)), "name the PEM file that the developer portal gave")
			return
		}
		l.readableByOthers(g.text())
		pem = body
	}
	key, err := sgid.ParsePrivateKey(pem)
	if err != nil {
		problem, remedy := err.Error(), "take the PEM file that the developer portal gave"
		var says *sgid.KeyError
		if errors.As(err, &says) {
			problem, remedy = says.Problem, says.Remedy
		}
		if g.setting.Secret && !bytes.ContainsAny(pem, "\n{") && len(pem) < maxPathLength {
			remedy += "; for a file, set " + g.setting.Env[0] + "_FILE or --" + strings.TrimSuffix(g.setting.Key, "-pem")
		}
		l.wrong(g, problem, remedy)
		return
	}
	p.Key = key
}

// readableByOthers warns about a file with credentials that other users can read.
func (l *loader) readableByOthers(name string) {
	if runtime.GOOS == "windows" {
		return
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		l.warn("%s can be read by other users of this machine (mode %04o): chmod 600 %s", name, info.Mode().Perm(), name)
	}
}

// redirect holds a redirect URI against RFC 6749 section 3.1.2.
func (l *loader) redirect(g given, uri string) {
	u, err := url.Parse(uri)
	shown := inert.Line(uri)
	switch {
	case err != nil || !u.IsAbs() || u.Host == "":
		l.wrong(g, fmt.Sprintf("%q is not an absolute URL", shown), "write the redirect URI as it is registered, such as http://127.0.0.1:8085/callback")
	case u.Scheme != "https" && u.Scheme != "http":
		l.wrong(g, fmt.Sprintf("%q is neither https nor http", shown), "write the redirect URI as it is registered")
	case strings.ContainsRune(uri, '#'):
		l.wrong(g, fmt.Sprintf("%q has a fragment, which a redirect URI must not (RFC 6749 section 3.1.2)", shown), "remove the # and what follows")
	case strings.ContainsRune(uri, '*'):
		l.wrong(g, fmt.Sprintf("%q holds a wildcard", shown), "write one redirect URI exactly as it is registered")
	case u.User != nil:
		l.wrong(g, "it holds a user name or password", "remove everything up to the @")
	case u.Scheme == "http" && !IsLoopback(uri):
		l.warn("the redirect URI %s carries codes in the clear to another machine: use https", shown)
	}
}

var scopeShape = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`)

// scopes reads the scopes and holds them against RFC 6749 section 3.3 and the
// data catalogue.
func (l *loader) scopes(g given) []string {
	scopes := ScopeList(g.text())
	if !slices.Contains(scopes, sgid.ScopeOpenID) {
		l.wrong(g, "openid is not among the scopes", "add openid: sgID answers no request without it")
	}
	var known []string
	for _, s := range sgid.Scopes() {
		known = append(known, s.Name)
	}
	for _, scope := range scopes {
		if !scopeShape.MatchString(scope) {
			l.wrong(g, fmt.Sprintf("%q is not a scope", inert.Line(scope)), "separate scopes by spaces")
		} else if _, ok := sgid.LookupScope(scope); !ok {
			l.warn("the data catalogue has no scope %s: %s", scope, nearest(scope, known))
		}
	}
	return scopes
}
