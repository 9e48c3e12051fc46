package suites

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// probeName is the element, attribute and header field that a probe tries to
// bring into a response.
const probeName = "sgidprobe"

// The probes: each breaks out of the place in a page or header where it is
// written without being escaped for it.
const (
	quotesProbe = probeName + `"` + probeName + `'`
	markupProbe = quotesProbe + probeName + " " + probeName + `=1 \"` + probeName + `\'` + probeName + "`" + probeName +
		` ></script></title></textarea></style>--><` + probeName + `>`
	headerProbe  = probeName + "\r\nX-" + probeName + ": 1\r\n\r\n<" + probeName + ">"
	encodedProbe = probeName + "%0d%0aX-" + probeName + ":%201"
	scriptProbe  = "javascript:" + probeName
)

// reflection says how a probe comes back unescaped in a response; empty: it does not.
func reflection(e *Exchange) string {
	if e.Response == nil {
		return ""
	}
	for name, values := range e.Response.Header {
		if strings.EqualFold(name, "X-"+probeName) {
			return "a header field made by the request"
		}
		for _, value := range values {
			if strings.Contains(value, "<"+probeName) || strings.Contains(value, probeName+`"`) {
				return "unescaped in the header field " + http.CanonicalHeaderKey(name)
			}
		}
	}
	if t := e.Type(); t == "" || strings.Contains(t, "html") || strings.Contains(t, "xml") {
		return inMarkup(e.Body())
	}
	return ""
}

// inMarkup says how a probe comes back unescaped in a page.
func inMarkup(page []byte) string {
	if !bytes.Contains(bytes.ToLower(page), []byte(probeName)) {
		return ""
	}
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return ""
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			if problem := inElement(n); problem != "" {
				return problem
			}
		}
		if n.Type == html.TextNode && n.Parent != nil && n.Parent.Data == "script" && inScript(n.Data, scriptType(n.Parent)) {
			return inPageScript
		}
	}
	return ""
}

const inPageScript = "unescaped in a script of the page"

// scriptType is the media type of a script element, in lower case.
func scriptType(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "type" {
			media, _, _ := strings.Cut(strings.ToLower(a.Val), ";")
			return strings.TrimSpace(media)
		}
	}
	return ""
}

// inScript reports whether a probe stands in a script as code, be it because it has
// ended the string that it was written into. In data that alone counts, and in a
// template, of which nobody knows the rules, that its quotes are as they were sent.
func inScript(text, media string) bool {
	at := places(text, probeName)
	runs := media == "" || media == "module" || strings.Contains(media, "script") || strings.Contains(media, "babel")
	switch code := slices.Index(at, inCode); {
	case runs, strings.Contains(media, "json"), media == "importmap", media == "speculationrules":
		return code > 0 || code == 0 && runs
	}
	return strings.Contains(text, quotesProbe)
}

var linkAttributes = []string{"href", "src", "action", "formaction", "data", "content"}

func inElement(n *html.Node) string {
	if n.Data == probeName {
		return "unescaped in the page, as an element"
	}
	for _, a := range n.Attr {
		value := strings.ToLower(strings.TrimSpace(a.Val))
		switch {
		case strings.HasPrefix(a.Key, probeName):
			return "unescaped in the page, as an attribute"
		case strings.HasPrefix(a.Key, "on") && inScript(a.Val, ""),
			slices.Contains(linkAttributes, a.Key) && strings.HasPrefix(value, "javascript:") && inScript(plainly(a.Val), ""):
			return inPageScript
		case slices.Contains(linkAttributes, a.Key) && (strings.HasPrefix(value, scriptProbe) || a.Key == "content" && strings.Contains(value, "url="+scriptProbe)):
			return "in a link of the page that runs script"
		}
	}
	return ""
}
