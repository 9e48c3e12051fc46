package login

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// PageText is what a page, or another answer, says to a person: its text without
// script, style, head and foot, spaces collapsed, cut off after atMost characters.
func PageText(body []byte, atMost int) string {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	var words []string
	for n := doc; n != nil; n = following(n) {
		if n.Type != html.TextNode {
			continue
		}
		if aside(n) {
			continue
		}
		words = append(words, strings.Fields(n.Data)...)
	}
	text := strings.Join(words, " ")
	if utf8.RuneCountInString(text) > atMost {
		text = string([]rune(text)[:atMost]) + "…"
	}
	return text
}

// aside reports whether a text stands where a page says nothing of its own.
func aside(n *html.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		switch n.Data {
		case "script", "style", "noscript", "template", "head", "header", "footer", "nav":
			return true
		}
	}
	return false
}
