package config

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"sgidcheck/internal/client"
	"sgidcheck/internal/redact"
)

// partyDraft is a client's settings before they are put together.
type partyDraft struct {
	id, secret, secretFile, key, keyFile, redirect, redirects, scopes given
}

// origins says where the client's settings come from; empty: there are none.
func (p *partyDraft) origins() []string {
	var out []string
	for _, g := range []given{p.id, p.secret, p.secretFile, p.key, p.keyFile, p.redirect, p.redirects, p.scopes} {
		if g.set() {
			out = append(out, g.origin)
		}
	}
	return out
}

// finish puts the parties together and holds the whole against itself.
func (l *loader) finish() {
	c := l.c
	for _, entry := range c.Resolve {
		if _, _, err := client.ParseResolve(entry); err != nil {
			l.wrong(l.given("resolve"), redact.Quoted(entry)+" cannot be read", "write host:address or host:port:address, such as idp.example:127.0.0.1")
		}
	}
	c.authorities = map[string][]byte{}
	for _, name := range c.CAFiles {
		keep := func(name string) (body []byte, err error) {
			if body, err = c.readAuthority(name); err == nil {
				c.authorities[name] = body
			}
			return body, err
		}
		if _, err := client.Authorities([]string{name}, keep); err != nil {
			l.wrong(l.given("ca-file"), fmt.Sprintf("%s is not usable: %s", redact.FileNamed(name, false), strings.ReplaceAll(Plain(err), name, "it")), "name a PEM file with the authority's certificate")
		}
	}
	l.production()
	l.waiversNamed(c.Waivers)
	for _, key := range []string{"openapi", "chrome"} {
		g := l.given(key)
		if name := map[string]string{"openapi": c.OpenAPI, "chrome": c.Chrome}[key]; name != "" {
			if _, err := os.Stat(name); err != nil {
				l.wrong(g, fmt.Sprintf("%s cannot be read: %s", redact.FileNamed(name, false), Plain(err)), "name a file that exists")
			}
		}
	}
	if info, err := os.Stat(c.Out); err == nil && !info.IsDir() {
		l.wrong(l.given("out"), redact.FileNamed(c.Out, false)+" is a file", "name a directory")
	}
	if c.Verbose && c.Quiet {
		l.wrong(l.given("quiet"), "it excludes verbose, which is set as well", "leave one of them out")
	}
	if c.Persona != "" && c.Persona == c.SecondPersona {
		l.wrong(l.given("second-persona"), "it is the same as persona", "name another person, or leave it out")
	}
	l.fewLogins()
	l.withoutValue()
	issuer := l.chooseIssuer()
	if c.Embedded() {
		l.clientWithoutIssuer()
		if c.Login == LoginInteractive {
			l.wrong(l.given("login"), "the embedded provider does not need a person to log in", "use direct or browser, or set an issuer")
		}
		return
	}
	l.issuer(issuer)
	c.First = l.party(&l.first, "", true)
	if len(l.second.origins()) > 0 {
		second := l.party(&l.second, "second-", false)
		c.Second = &second
		if second.ClientID == c.First.ClientID && second.ClientID != "" {
			l.wrong(l.second.id, "the second client is the same as the first", "register another client, or remove the second one")
		}
		if second.Key != nil && c.First.Key != nil && second.Key.Equal(c.First.Key) {
			l.warn("both clients have the same private key, so it cannot be verified that data is encrypted to the right one")
		}
	}
}

// given is a setting's value as it was resolved, for messages.
func (l *loader) given(key string) given {
	for _, v := range l.c.Values {
		if v.Setting.Key == key {
			g := given{setting: v.Setting, origin: v.Origin}
			if g.origin == notSet {
				g.origin = ""
			}
			return g
		}
	}
	return given{}
}

// party puts one client together; missing says that what is missing is an error
// even when nothing of the client is set.
func (l *loader) party(d *partyDraft, prefix string, first bool) Registration {
	p := Registration{ClientID: strings.TrimFunc(d.id.text(), unseen), RedirectURI: strings.TrimSpace(d.redirect.text()), RedirectURIs: d.redirects.items}
	missing := func(key, what string) {
		s, _ := table.ByKey(prefix + key)
		if l.told(s.Key) {
			return
		}
		remedy := "set " + s.Env[0]
		if !s.NoFlag() {
			remedy += " or --" + s.Flag
		} else if key == "client-secret" {
			remedy += " or --" + prefix + "client-secret-file"
		}
		l.errors = append(l.errors, &Error{Setting: s.Key, Problem: what + " is missing", Remedy: remedy})
	}
	whose := map[bool]string{true: "", false: " of the second client"}[first]
	if p.ClientID == "" {
		missing("client-id", "the client ID"+whose)
	} else {
		l.credential(d.id, "client ID", p.ClientID)
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
	} else if !l.told(prefix + "private-key-pem") {
		missing("private-key", "the private key"+whose)
	}
	if !d.scopes.set() {
		p.Scopes = UnsetScopes()
		if !first {
			p.Scopes = l.c.First.Scopes
		}
	} else {
		p.Scopes = l.scopes(d.scopes)
	}
	return p
}

// redirect holds a redirect URI against RFC 6749 section 3.1.2.
func (l *loader) redirect(g given, uri string) {
	u, err := url.Parse(uri)
	shown := redact.QuotedURL(uri)
	switch {
	case err != nil || !u.IsAbs() || u.Host == "":
		l.wrong(g, shown+" is not an absolute URL", "write the redirect URI as it is registered, such as http://127.0.0.1:8085/callback")
	case u.Scheme != "https" && u.Scheme != "http":
		l.wrong(g, shown+" is neither https nor http", "write the redirect URI as it is registered")
	case strings.ContainsRune(uri, '#'):
		l.wrong(g, shown+" has a fragment, which a redirect URI must not have (RFC 6749 section 3.1.2)", "remove the # and what follows")
	case strings.ContainsRune(uri, '*'):
		l.wrong(g, shown+" contains a wildcard", "write one redirect URI exactly as it is registered")
	case u.User != nil:
		l.wrong(g, "it holds a user name or password", "remove everything up to the @")
	case u.Scheme == "http" && !client.IsLoopback(uri):
		l.warn("the redirect URI %s sends codes unencrypted to another machine: use https", shown)
	}
}

// fewLogins makes few logins the default where a person logs in.
func (l *loader) fewLogins() {
	if l.c.origin("few-logins") == "default" && l.c.Login == LoginInteractive {
		l.c.FewLogins = true
		l.c.Follows("few-logins", "true", "default with --login interactive")
	}
}
