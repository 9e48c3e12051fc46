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

// lead is how something leads to the attacker.
type lead struct {
	how     string // empty: it does not
	pressed bool   // somebody has to press it, and may have been warned
}

// leadsAway says how the login leads the browser to the attacker, and which answer
// does. What sends the browser there by itself goes before what is pressed.
func (l *Login) leadsAway() (away lead, evidence judge.Recorded) {
	found := func(next lead, from judge.Recorded) {
		if next.how != "" && (away.how == "" || away.pressed && !next.pressed) {
			away, evidence = next, from
		}
	}
	for _, way := range l.ways {
		for _, e := range way.Steps {
			found(answerLeads(e), l.step(e))
		}
		if leadsTo(way.Leads) {
			found(lead{how: sent + brief(way.Leads)}, l.Evidence())
		}
		if len(way.Shows) > 0 {
			found(pageLeads(way.Shows), l.step(way.Last()))
		}
	}
	return away, evidence
}

// astray reports whether the login leads the browser to the attacker.
func (l *Login) astray() bool {
	away, _ := l.leadsAway()
	return away.how != ""
}

const sent = "the browser is sent to "

// answerLeads says how an answer leads to the attacker.
func answerLeads(e *exchange.Exchange) lead {
	location := e.Header().Get("Location")
	if leadsTo(location) {
		return lead{how: sent + brief(location)}
	}
	if _, to := login.Refresh(e.Header().Get("Refresh")); leadsTo(to) {
		return lead{how: sent + brief(to)}
	}
	if redirects := e.Status() >= 300 && e.Status() < 400 && location != ""; redirects || !isPage(e.Body(), e.Header().Get("Content-Type")) {
		return lead{}
	}
	return pageLeads(e.Body())
}

// pageLeads says how a page leads to the attacker: by itself, or by what people
// press on it. That it holds the address otherwise is nothing.
func pageLeads(page []byte) (away lead) {
	if !bytes.Contains(bytes.ToLower(page), []byte(evil)) {
		return lead{}
	}
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return lead{}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if next := elementLeads(n); next.how != "" {
			if away = next; !away.pressed {
				return away
			}
		}
	}
	return away
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

func elementLeads(n *html.Node) lead {
	if n.Data == "script" && n.FirstChild != nil {
		if to := scriptLeads(n.FirstChild.Data); to != "" {
			return lead{how: "a script of the page goes to " + brief(to)}
		}
	}
	at, refreshes, content := leading[n.Data], false, ""
	for _, a := range n.Attr {
		switch {
		case a.Key == at.attribute && leadsTo(a.Val) && strings.Contains(strings.ToLower(a.Val), evil):
			return lead{how: at.is + brief(a.Val), pressed: n.Data != "base"}
		case strings.HasPrefix(a.Key, "on"):
			if to := scriptLeads(a.Val); to != "" {
				return lead{how: "a script of the page goes to " + brief(to)}
			}
		case a.Key == "http-equiv":
			refreshes = strings.EqualFold(a.Val, "refresh")
		case a.Key == "content":
			content = a.Val
		}
	}
	if _, to := login.Refresh(content); n.Data == "meta" && refreshes && leadsTo(to) {
		return lead{how: sent + brief(to)}
	}
	return lead{}
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
