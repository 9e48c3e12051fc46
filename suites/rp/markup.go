package rp

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/judge"

	"golang.org/x/net/html"
)

// Markup that must not come back as markup.

const (
	markedElement   = "zqtag"
	markedAttribute = "zqset"
	// markup breaks out of text at once, and of an attribute, a script's string, a
	// comment, a title, a style, a text area or a script that is not escaped for
	// what it is. It is short, as applications cut what is long.
	markup = `<zqtag>' zqset " zqset --></title></style></textarea></script><zqtag>`
	// markedLink runs as script where it is followed as a link.
	markedLink = "javascript:zqset"
)

// noMarkup judges that no page of the login holds the markup unescaped, as it was
// sent or as its scripts have written it.
func (s *Session) noMarkup(l *Login) {
	text, evidence := "", judge.Recorded(nil)
	for _, way := range l.ways {
		if where := brokenOut(way.Shows, "text/html"); text == "" && where != "" {
			text, evidence = where, l.step(way.Last())
		}
		for _, e := range way.Steps {
			where := brokenOut(e.Body(), e.Header().Get("Content-Type"))
			if text != "" || where == "" {
				continue
			}
			text, evidence = where, l.step(e)
			if e.Header().Get("Content-Security-Policy") != "" {
				text += " (it has a Content-Security-Policy, which may keep script from running)"
			}
		}
	}
	l.Assert(text == "", "", text, evidence)
}

// needsShown ends the case where no page that a browser without scripts is shown at
// the end of a navigation tells what becomes of the markup: the page was another
// site's, or a script may yet write it. One that holds it as text tells enough.
// With data, the page must be one that shows them: an answer in JSON is shown elsewhere.
func (l *Login) needsShown(way *application.Way, data bool) {
	last := way.Last()
	if l.s.NewBrowser != nil || last == nil || way.Login {
		return
	}
	page := isPage(last.Body(), last.Header().Get("Content-Type"))
	held := page && holdsMarked(string(last.Body()))
	switch to, err := url.Parse(way.Leads); {
	case way.Leads != "" && err == nil && to.Host != "":
		l.s.Skip("the browser is led on to %s, and what that page shows is not known: --login browser opens it where it is the application's own", brief(to.Scheme+"://"+to.Host))
	case data && !page:
		l.s.Skip("the protected page is none that a browser shows with markup, and the page that shows what it says is not known: name that page in --protected, and take --login browser")
	case page && !held && (data || holdsMarked(way.URL)) && application.MayLeadOn(last.Body()):
		l.s.Skip("a script of the page may write what came into it; --login browser runs it")
	}
}

// holdsMarked reports whether a text holds the markup, escaped or not.
func holdsMarked(text string) bool {
	return strings.Contains(text, markedElement) || strings.Contains(text, markedAttribute)
}

// keptAsText are the elements whose content browsers take for text up to their
// end tag. Nothing that stands in them with < as it came is escaped.
var keptAsText = []string{"noscript", "iframe", "noembed", "noframes", "xmp"}

// brokenOut says where in a page the markup is more than text, as browsers read
// the page; empty: nowhere, or it is no page.
func brokenOut(page []byte, mediaType string) string {
	if !isPage(page, mediaType) {
		return ""
	}
	z := html.NewTokenizer(bytes.NewReader(page))
	z.AllowCDATA(strings.Contains(strings.ToLower(mediaType), "xml"))
	inScript := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.TextToken:
			if inScript && inCode(string(z.Text())) {
				return "the page holds the markup in a script, outside any string"
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			inScript = isScript(tag)
			if slices.Contains(keptAsText, tag.Data) {
				z.NextIsNotRawText()
			}
			if where := inTag(tag); where != "" {
				return where
			}
		default:
			inScript = false
		}
	}
}

// isPage reports whether browsers show an answer of that media type as a page with
// markup. Without a type they look at how it begins.
func isPage(body []byte, mediaType string) bool {
	if mediaType == "" {
		return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
	}
	mediaType = strings.ToLower(mediaType)
	return strings.Contains(mediaType, "html") || strings.Contains(mediaType, "svg") || strings.Contains(mediaType, "xml")
}

// isScript reports whether a tag begins a script that browsers run: one of another
// type, such as application/json, holds data.
func isScript(tag html.Token) bool {
	if tag.Data != "script" {
		return false
	}
	kind := ""
	for _, a := range tag.Attr {
		if a.Key == "type" {
			kind = strings.ToLower(strings.TrimSpace(a.Val))
		}
	}
	return kind == "" || kind == "module" || strings.HasSuffix(kind, "/javascript") || strings.HasSuffix(kind, "/ecmascript") || strings.HasSuffix(kind, "/x-javascript")
}

// linkAttributes hold an address that browsers follow or load.
var linkAttributes = []string{"href", "xlink:href", "src", "action", "formaction", "data"}

// inTag says how a tag is, or holds, the markup; empty: it does not.
func inTag(tag html.Token) string {
	if strings.HasPrefix(tag.Data, markedElement) {
		return "the page holds the markup as an element"
	}
	for _, a := range tag.Attr {
		switch {
		case strings.HasPrefix(a.Key, markedAttribute):
			return "the page holds the markup in an attribute, from which it breaks out"
		case slices.Contains(linkAttributes, a.Key) && inCode(scriptOf(a.Val)):
			return "the page holds the value as a link that runs script"
		case strings.HasPrefix(a.Key, "on") && inCode(a.Val):
			return "the page holds the markup in the script of an attribute, outside any string"
		case a.Key == "srcdoc":
			if where := brokenOut([]byte(a.Val), "text/html"); where != "" {
				return where
			}
		}
	}
	return ""
}

// scriptOf is the script that a link runs; empty: none.
func scriptOf(link string) string {
	link = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(link)
	link = strings.TrimLeftFunc(link, func(r rune) bool { return r <= ' ' })
	const scheme = "javascript:"
	if len(link) < len(scheme) || !strings.EqualFold(link[:len(scheme)], scheme) {
		return ""
	}
	script := link[len(scheme):]
	if decoded, err := url.PathUnescape(script); err == nil {
		return decoded
	}
	return script
}
