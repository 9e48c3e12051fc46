package rp

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"

	"golang.org/x/net/html"
)

// The ways in which an answer leads a browser to the attacker's host.

// leadsAway says how the login leads the browser to the attacker, and which
// answer does; empty: it does not.
func (l *Login) leadsAway() (how string, evidence judge.Recorded) {
	for _, way := range l.ways {
		for _, e := range way.Steps {
			if how := answerLeads(e); how != "" {
				return how, l.step(e)
			}
		}
		if leadsTo(way.Leads) {
			return sent + brief(way.Leads), l.Evidence()
		}
		if how := pageLeads(way.Shows); how != "" {
			return how, l.step(way.Last())
		}
	}
	return "", nil
}

// astray reports whether the login leads the browser to the attacker.
func (l *Login) astray() bool {
	how, _ := l.leadsAway()
	return how != ""
}

const sent = "the browser is sent to "

// answerLeads says how an answer leads to the attacker; empty: it does not.
func answerLeads(e *exchange.Exchange) string {
	location := e.Header().Get("Location")
	if leadsTo(location) {
		return sent + brief(location)
	}
	if _, to := login.Refresh(e.Header().Get("Refresh")); leadsTo(to) {
		return sent + brief(to)
	}
	if redirects := e.Status() >= 300 && e.Status() < 400 && location != ""; redirects || !isPage(e.Body(), e.Header().Get("Content-Type")) {
		return ""
	}
	return pageLeads(e.Body())
}

// pageLeads says how a page leads to the attacker: by itself, or by what people
// press on it. That it holds the address otherwise is nothing.
func pageLeads(page []byte) string {
	if !bytes.Contains(bytes.ToLower(page), []byte(evil)) {
		return ""
	}
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return ""
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if how := elementLeads(n); how != "" {
			return how
		}
	}
	return ""
}

// leading are the attributes that hold where an element leads, and what it then is.
var leading = map[string]struct{ attribute, is string }{
	"a":      {"href", "a link of the page leads to "},
	"area":   {"href", "a link of the page leads to "},
	"base":   {"href", "the page has the base address "},
	"form":   {"action", "a form of the page is sent to "},
	"button": {"formaction", "a form of the page is sent to "},
	"input":  {"formaction", "a form of the page is sent to "},
}

func elementLeads(n *html.Node) string {
	if n.Data == "script" && n.FirstChild != nil {
		if to := scriptLeads(n.FirstChild.Data); to != "" {
			return "a script of the page goes to " + brief(to)
		}
	}
	at, refreshes, content := leading[n.Data], false, ""
	for _, a := range n.Attr {
		switch {
		case a.Key == at.attribute && leadsTo(a.Val) && strings.Contains(strings.ToLower(a.Val), evil):
			return at.is + brief(a.Val)
		case strings.HasPrefix(a.Key, "on"):
			if to := scriptLeads(a.Val); to != "" {
				return "a script of the page goes to " + brief(to)
			}
		case a.Key == "http-equiv":
			refreshes = strings.EqualFold(a.Val, "refresh")
		case a.Key == "content":
			content = a.Val
		}
	}
	if _, to := login.Refresh(content); n.Data == "meta" && refreshes && leadsTo(to) {
		return sent + brief(to)
	}
	return ""
}

// going is a script that gives the page another address, as a literal: location =
// "…", location.href = "…", location.replace("…"). A variable or a member of
// another object that has that name is none.
var going = regexp.MustCompile("(?:^|[^.\\w$])((?:var|let|const)\\s+)?(?:(?:window|self|top|parent|document|globalThis)\\s*\\.\\s*)?location" +
	"(?:(?:\\s*\\.\\s*href)?\\s*=|\\s*\\.\\s*(?:replace|assign)\\s*\\()\\s*" +
	"(?:\"((?:[^\"\\\\\\n]|\\\\.)*)\"|'((?:[^'\\\\\\n]|\\\\.)*)'|`((?:[^`\\\\]|\\\\.)*)`)")

// scriptLeads is the attacker's address to which a script goes; empty: to none.
func scriptLeads(script string) string {
	for _, m := range going.FindAllStringSubmatch(script, -1) {
		if to := literal(m[2] + m[3] + m[4]); m[1] == "" && leadsTo(to) && strings.Contains(strings.ToLower(to), evil) {
			return to
		}
	}
	return ""
}

var escaped = regexp.MustCompile(`\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)`)

// literal is what the inside of a JavaScript string literal says.
func literal(inside string) string {
	return escaped.ReplaceAllStringFunc(inside, func(sequence string) string {
		if code, err := strconv.ParseUint(sequence[2:], 16, 16); err == nil && len(sequence) > 2 {
			return string(rune(code))
		}
		switch sequence[1] {
		case 't':
			return "\t"
		case 'n':
			return "\n"
		case 'r':
			return "\r"
		}
		return sequence[1:]
	})
}

// leadsTo reports whether browsers, which read a backslash as a slash and drop
// control characters, go from an address to the attacker's host, or run script.
func leadsTo(address string) bool {
	address = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case r <= ' ':
			return -1
		}
		return r
	}, address)
	scheme, rest, absolute := strings.Cut(address, ":")
	if strings.EqualFold(scheme, "javascript") {
		return true
	}
	switch {
	case strings.HasPrefix(address, "//"):
		rest = address
	case !absolute || strings.ContainsAny(scheme, "/?#"):
		return false
	}
	host := strings.TrimLeft(rest, "/")
	host = host[:strings.IndexAny(host+"/", "/?#")]
	return strings.Contains(strings.ToLower(host), evil)
}
