package suites

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/config"
)

// A trick is a redirect URI made from a registered one that a careless
// comparison takes for it. An empty URI: this registered URI has no such variant.
type trick = named[string]

// parts are a redirect URI cut without normalising anything.
type parts struct{ scheme, host, port, path, query string }

func cut(uri string) parts {
	var p parts
	var rest string
	p.scheme, rest, _ = strings.Cut(uri, "://")
	rest, p.query, _ = strings.Cut(rest, "?")
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		p.path = "/" + path
	}
	p.host = authority
	if u, err := url.Parse(uri); err == nil && u.Port() != "" {
		p.host, p.port = strings.TrimSuffix(authority, ":"+u.Port()), ":"+u.Port()
	}
	return p
}

func (p parts) String() string {
	uri := p.scheme + "://" + p.host + p.port + p.path
	if p.query != "" {
		uri += "?" + p.query
	}
	return uri
}

// with is the URI with one part changed.
func (p parts) with(change func(*parts)) string {
	change(&p)
	return p.String()
}

// onPath is the URI with another path.
func (p parts) onPath(path string) string { return p.with(func(p *parts) { p.path = path }) }

// onHost is the URI at another host, with the same port.
func (p parts) onHost(host string) string { return p.with(func(p *parts) { p.host = host }) }

// appendedToPath are tricks that add to the path of a registered URI.
func appendedToPath(registered string) cases[string] {
	p := cut(registered)
	path := p.path
	if path == "" {
		path = "/"
	}
	add := func(text string) string { return p.onPath(path + text) }
	slash := add("/")
	if strings.HasSuffix(path, "/") {
		slash = add("//")
	}
	return cases[string]{
		{"trailing slash", slash},
		{"another segment", add("/sgidcheck")},
		{"more letters", add("sgidcheck")},
		{"encoded slash", add("%2fsgidcheck")},
		{"path parameter", add(";sgidcheck=1")},
		{"encoded question mark", add("%3fsgidcheck=1")},
		{"encoded NUL", add("%00sgidcheck")},
		{"NUL", add("\x00sgidcheck")},
		{"line break", add("\r\nsgidcheck")},
		{"another URI after a space", add(" " + anotherHost)},
		{"another URI after a comma", add("," + anotherHost)},
		{"encoded line break", add("%0d%0asgidcheck")},
		{"encoded space", add("%20")},
		{"dot", add(".")},
	}
}

// queryChanged are tricks on the query of a registered URI.
func queryChanged(registered string) cases[string] {
	p := cut(registered)
	query := func(query string) string { return p.with(func(p *parts) { p.query = query }) }
	tricks := cases[string]{{"empty query", registered + "?"}, {"parameter added", query("sgidcheck=1")}, {"code added", query("code=planted")}, {"state added", query("state=sgidcheck")}}
	changed := cases[string]{{"parameter changed", ""}, {"query dropped", ""}}
	if p.query != "" {
		tricks = cases[string]{{"empty query", registered + "&"}, {"parameter added", query(p.query + "&sgidcheck=1")}, {"code added", query(p.query + "&code=planted")}, {"state added", query(p.query + "&state=sgidcheck")}}
		changed = cases[string]{{"parameter changed", query(p.query + "x")}, {"query dropped", query("")}}
	}
	return append(tricks, changed...)
}

// registeredQueryChanged are the same tricks on a registered URI that has a query;
// where there is none, empty ones.
func registeredQueryChanged(registered string) cases[string] {
	tricks := queryChanged(registered)
	if p := cut(registered); p.query != "" {
		tricks = append(tricks, trick{"parameter put first", p.with(func(p *parts) { p.query = "sgidcheck=1&" + p.query })})
	} else {
		tricks = append(tricks, trick{name: "parameter put first"})
	}
	for i := range tricks {
		tricks[i].name = "registered query, " + tricks[i].name
		if registered == "" {
			tricks[i].input = ""
		}
	}
	return tricks
}

// reached are tricks that a normalising comparison takes for the registered
// path, or that climb out of it.
func reached(registered string) cases[string] {
	p := cut(registered)
	path := p.path
	if path == "" {
		path = "/"
	}
	dir, last := path[:strings.LastIndexByte(path, '/')+1], path[strings.LastIndexByte(path, '/')+1:]
	encoded, upper := "", ""
	if last != "" {
		encoded = p.onPath(dir + fmt.Sprintf("%%%02x", last[0]) + last[1:])
	}
	if changed := otherCase(path); changed != path {
		upper = p.onPath(changed)
	}
	return cases[string]{
		{"dot segments before", p.onPath("/sgidcheck/.." + path)},
		{"dot segments after", p.onPath(path + "/../" + last)},
		{"dot segments out of it", p.onPath(path + "/../sgidcheck")},
		{"encoded dot segments", p.onPath("/sgidcheck/%2e%2e" + path)},
		{"encoded dot segments out of it", p.onPath(path + "/%2e%2e/sgidcheck")},
		{"dot segments encoded twice", p.onPath("/sgidcheck/%252e%252e" + path)},
		{"encoded slashes", p.onPath(path + "%2f..%2fsgidcheck")},
		{"single dot", p.onPath("/." + path)},
		{"backslash", p.onPath(dir[:len(dir)-1] + `\` + last)},
		{"backslashes out of it", p.onPath(path + `\..\sgidcheck`)},
		{"encoded backslash", p.onPath(path + "%5c..%5csgidcheck")},
		{"doubled slash", p.onPath("/" + path)},
		{"doubled slash after", p.onPath(path + "//")},
		{"other case", upper},
		{"encoded letter", encoded},
		{"tab within", p.onPath("/\t" + path[1:])},
		{"space before", " " + registered},
		{"space after", registered + " "},
		{"line break after", registered + "\r\n"},
	}
}

const evil = "sgidcheck.example"

// otherHosts are URIs at hosts that look like the registered one.
func otherHosts(registered string) cases[string] {
	p := cut(registered)
	authority, rest := p.host+p.port, p.path
	at := func(authority string) string { return p.scheme + "://" + authority + rest }
	scheme, port := "http", ":8089"
	if strings.EqualFold(p.scheme, "http") {
		scheme = "https"
	}
	if p.port == port {
		port = ":8090"
	}
	tricks := cases[string]{
		{"another host", p.onHost(evil)},
		{"suffix", p.onHost(p.host + "." + evil)},
		{"suffix without a dot", p.onHost(p.host + "sgidcheck.example")},
		{"prefix", p.onHost("sgidcheck-" + p.host)},
		{"subdomain", p.onHost("sgidcheck." + p.host)},
		{"trailing dot", p.onHost(p.host + ".")},
		{"as userinfo", at(authority + "@" + evil)},
		{"as userinfo with password", at(p.host + ":x@" + evil + p.port)},
		{"with userinfo", at("sgidcheck@" + authority)},
		{"backslash before @", at(evil + `\@` + authority)},
		{"encoded @", at(authority + "%40" + evil)},
		{"backslash after the host", at(authority + `\.` + evil)},
		{"encoded slash after the host", at(authority + "%2f." + evil)},
		{"encoded NUL after the host", at(authority + "%00." + evil)},
		{"in the path of another", p.scheme + "://" + evil + "/" + authority + rest},
		{"in the query of another", p.scheme + "://" + evil + "/?" + registered},
		{"in the fragment of another", p.scheme + "://" + evil + "/#" + registered},
		{"fragment before @", at(evil + "#@" + authority)},
		{"other port", p.with(func(p *parts) { p.port = port })},
		{"port with more digits", p.with(func(p *parts) { p.port = morePort(p.port) })},
		{"no port", ""},
		{"other scheme", p.with(func(p *parts) { p.scheme = scheme })},
		{"scheme of its own", "sgidcheck://" + authority + rest},
		{"script", "javascript://" + authority + rest + "%0aalert(1)"},
		{"data", "data:text/html," + registered},
		{"no scheme", "//" + authority + rest},
		{"path alone", rest},
		{"wildcard", "*"},
	}
	for i := range tricks {
		if tricks[i].name == "no port" && p.port != "" {
			tricks[i].input = p.with(func(p *parts) { p.port = "" })
		}
	}
	return append(tricks, otherAddresses(p)...)
}

// portTricks are those of otherHosts that change the port alone.
var portTricks = []string{"other port", "port with more digits", "no port"}

// hostTricks are those of otherHosts on the redirect URI that every login uses; where
// the port of that does not count, another's is changed.
func hostTricks(r config.Registration) cases[string] {
	tricks := otherHosts(r.RedirectURI)
	at := slices.IndexFunc(r.Callbacks(), func(uri string) bool { return !onLoopback(cut(uri)) })
	if at < 0 || !onLoopback(cut(r.RedirectURI)) {
		return tricks
	}
	elsewhere := otherHosts(r.Callbacks()[at])
	for i := range tricks {
		if slices.Contains(portTricks, tricks[i].name) {
			tricks[i] = elsewhere[i]
		}
	}
	return tricks
}

// onLoopback reports a redirect URI whose port a provider may ignore (RFC 8252 section
// 7.3): native apps take what port is free.
func onLoopback(p parts) bool {
	ip := net.ParseIP(strings.Trim(p.host, "[]"))
	return strings.EqualFold(p.scheme, "http") && (ip != nil && ip.IsLoopback() || strings.EqualFold(p.host, "localhost"))
}

// differsInPort reports a URI that is a registered one on loopback but for its port.
func differsInPort(uri, registered string) bool {
	a, b := cut(uri), cut(registered)
	if a.port == b.port || !onLoopback(b) {
		return false
	}
	a.port = b.port
	return a == b
}

func morePort(port string) string {
	if port == "" {
		return ":80801"
	}
	return port + "1"
}

// otherAddresses are other spellings of a loopback address; where the host is
// a name they are simply another host.
func otherAddresses(p parts) cases[string] {
	spellings := cases[string]{{"localhost", "localhost"}, {"address as a decimal", "2130706433"}, {"address as hexadecimal", "0x7f000001"},
		{"shortened address", "127.1"}, {"address within IPv6", "[::ffff:127.0.0.1]"}, {"IPv6 loopback", "[::1]"}}
	dots := strings.ReplaceAll(p.host, ".", "\u3002")
	if net.ParseIP(p.host) == nil && !strings.Contains(p.host, ".") {
		dots = p.host + "\u3002"
	}
	spellings = append(spellings, trick{"ideographic full stops", dots})
	for i, s := range spellings {
		if s.input == p.host {
			spellings[i].input = ""
			continue
		}
		spellings[i].input = p.onHost(s.input)
	}
	return spellings
}
