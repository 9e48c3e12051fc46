package rp

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Data that an application carries in its state, such as the page to return to: who
// compares the random part alone, or nothing, believes the rest.

// stateEncodings are how many layers of encoding a state's data are sought in.
const stateEncodings = 4

// stateLeadingTo is a state with each address in it replaced, and each value that has
// one of the usual names of one; not ok: it carries none that can be read.
func stateLeadingTo(state, to string) (string, bool) { return leadingTo(state, to, stateEncodings) }

func leadingTo(text, to string, depth int) (string, bool) {
	if depth == 0 || !isText(text) {
		return "", false
	}
	if isAddress(text) {
		return to, true
	}
	for _, within := range []func(text, to string, depth int) (string, bool){withinJSON, withinQuery, withinBase64, withinParts} {
		if out, ok := within(text, to, depth-1); ok {
			return out, true
		}
	}
	return "", false
}

func isText(text string) bool {
	return text != "" && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func isAddress(text string) bool {
	return strings.HasPrefix(text, "/") || strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

func withinJSON(text, to string, depth int) (string, bool) {
	var members map[string]any
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &members) != nil {
		return "", false
	}
	replaced := false
	for name, value := range members {
		one, isText := value.(string)
		if !isText {
			continue
		}
		if other, ok := valueLeadingTo(name, one, to, depth); ok {
			members[name], replaced = other, true
		}
	}
	return encodeJSONText(members), replaced
}

// encodeJSONText is JSON as JavaScript writes it, without escapes for HTML.
func encodeJSONText(members map[string]any) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		panic(err) // it was JSON
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func withinQuery(text, to string, depth int) (string, bool) {
	if whole, err := url.QueryUnescape(text); err == nil && whole != text && !strings.Contains(text, "=") {
		out, ok := leadingTo(whole, to, depth)
		return url.QueryEscape(out), ok
	}
	q, err := url.ParseQuery(text)
	if err != nil || !strings.Contains(text, "=") {
		return "", false
	}
	replaced := false
	for name := range q {
		if other, ok := valueLeadingTo(name, q.Get(name), to, depth); ok {
			q.Set(name, other)
			replaced = true
		}
	}
	return q.Encode(), replaced
}

func valueLeadingTo(name, value, to string, depth int) (string, bool) {
	if slices.Contains(pageParameters, name) {
		return to, true
	}
	return leadingTo(value, to, depth)
}

func withinBase64(text, to string, depth int) (string, bool) {
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.StdEncoding} {
		plain, err := encoding.DecodeString(text)
		if err != nil {
			continue
		}
		if out, ok := leadingTo(string(plain), to, depth); ok {
			return encoding.EncodeToString([]byte(out)), true
		}
	}
	return "", false
}

// withinParts looks behind and before each character that parts a random value from
// data: none that base64url or a word has.
func withinParts(text, to string, depth int) (string, bool) {
	for i, r := range text {
		if !strings.ContainsRune(".,:;|~!*$# ", r) {
			continue
		}
		if out, ok := leadingTo(text[i+1:], to, depth); ok {
			return text[:i+1] + out, true
		}
		if out, ok := leadingTo(text[:i], to, depth); ok {
			return out + text[i:], true
		}
	}
	return "", false
}
