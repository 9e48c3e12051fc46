package suites

import (
	"crypto/sha256"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"

	"golang.org/x/net/html"
)

// How much of what a target says is searched for what it must not say, in octets.
const (
	longestText  = 64 << 10 // of what is no error and no token response: a token, a claim
	longestBody  = client.DefaultMaxBody
	mostSearched = 16 << 20
)

// told is what a response says beyond what its own request said.
type told struct {
	from *Exchange
	text string
	sent []string // values of the request
}

// searched are different responses, and what they say put together: a value that
// is not in that is in none, and need not be looked for in each.
type searched struct {
	all            []told
	left           int // responses of which something was not searched
	joined, base64 string
}

// searching are the texts of responses, each once. Long ones come last, so that
// they leave room for the others.
func searching(responses []*Exchange) searched {
	var out searched
	var joined strings.Builder
	seen := map[[sha256.Size]byte]bool{}
	long := func(e *Exchange) bool { return len(e.Body()) > longestText }
	responses = slices.Clone(responses)
	slices.SortStableFunc(responses, func(a, b *Exchange) int {
		switch {
		case long(a) == long(b):
			return 0
		case long(a):
			return 1
		}
		return -1
	})
	for _, e := range responses {
		if e.Response == nil {
			continue
		}
		text, whole := saidBy(e)
		t := told{e, text, valuesSent(e.Request)}
		id := sha256.Sum256([]byte(t.text + "\x00" + strings.Join(t.sent, "\x00")))
		switch {
		case seen[id]:
			continue
		case joined.Len()+len(t.text) > mostSearched:
			out.left++
		default:
			out.all = append(out.all, t)
			joined.WriteString(t.text + "\n")
			if !whole {
				out.left++
			}
		}
		seen[id] = true
	}
	out.joined = joined.String()
	out.base64 = base64URL.Replace(out.joined)
	return out
}

// saidBy is a response's body, and its header fields but those that always differ.
// Where it is not the whole of them, it says so.
func saidBy(e *Exchange) (text string, whole bool) {
	body := e.Body()
	var fields strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.Response.Header)) {
		if name != "Date" && name != "Content-Length" {
			fields.WriteString("\n" + strings.Join(e.Response.Header[name], "\n"))
		}
	}
	whole = len(body) <= longestBody && fields.Len() <= longestBody && !tooLong(e)
	return string(body[:min(len(body), longestBody)]) + fields.String()[:min(fields.Len(), longestBody)], whole
}

// tooLong reports a response of which the client took no more than its limit.
func tooLong(e *Exchange) bool {
	var failure *exchange.Failure
	return errors.As(e.Err, &failure) && failure.Kind == exchange.FailedTooLong
}

// valuesSent are the parameters and the credentials of a request, the longest
// first, without those too short to tell anything by.
func valuesSent(r exchange.Request) []string {
	var sent []string
	add := func(values url.Values) {
		for _, list := range values {
			sent = append(sent, list...)
		}
	}
	if u, err := url.Parse(r.URL); err == nil {
		add(u.Query())
	}
	if body, err := url.ParseQuery(string(r.Body)); err == nil {
		add(body)
	}
	for _, field := range r.Header.Values("Authorization") {
		sent = append(sent, strings.Fields(field)...)
	}
	sent = slices.DeleteFunc(sent, func(v string) bool { return len(v) < 8 })
	slices.SortFunc(sent, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(sent)
}

// beyond is the text without what the request sent, which a response may repeat;
// the secrets themselves it may not.
func (t told) beyond(secrets []string) string {
	text := t.text
	for _, v := range t.sent {
		if !slices.Contains(secrets, v) {
			text = strings.ReplaceAll(text, v, " ")
		}
	}
	return text
}

// choosing are the elements in which a form offers who may log in.
var choosing = []string{"select", "datalist", "label", "button"}

// withoutChoices is a page without what its forms offer to choose from, and every
// other text as it is. What is left open at the end of its form, or of the page, is
// nothing to choose from.
func withoutChoices(text string) string {
	if !strings.Contains(strings.ToLower(text), "<form") {
		return text
	}
	var out, choice strings.Builder
	form, open := false, ""
	for page := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := page.Next()
		raw := string(page.Raw())
		token := page.Token()
		begins, ends := kind == html.StartTagToken || kind == html.SelfClosingTagToken, kind == html.EndTagToken
		switch {
		case kind == html.ErrorToken, token.Data == "form" && (begins || ends):
			out.WriteString(choice.String() + raw)
			choice.Reset()
			form, open = begins, ""
			if kind == html.ErrorToken {
				return out.String()
			}
		case open != "" && ends && token.Data == open:
			choice.Reset()
			open = ""
			out.WriteString(" ")
		case open != "":
			choice.WriteString(raw)
		case form && begins && slices.Contains(choosing, token.Data):
			choice.WriteString(raw)
			open = token.Data
		case form && begins && token.Data == "input" && !searches(token):
			out.WriteString(" ")
		default:
			out.WriteString(raw)
		}
	}
}

// searches reports a field in which something is looked for, and nobody chosen.
func searches(input html.Token) bool {
	return slices.ContainsFunc(input.Attr, func(a html.Attribute) bool {
		return a.Key == "type" && strings.EqualFold(a.Val, "search") || a.Key == "name" && a.Val == "q"
	})
}
