package login

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	peopleParameter = regexp.MustCompile(`(?i)^(?:persona|person|user|username|login|nric|fin|account|identity|profile|uid|sub|as)(?:_?id)?$`)
	peopleFolder    = regexp.MustCompile(`(?i)(?:^|[/_-])(?:personas?|persons?|people|users?|identit(?:y|ies)|accounts?|profiles?|nric|login-?as|as)/$`)
)

// people are the links of a page that each log in another person: two or more
// that lead to the same place of the same site and differ in one value alone.
func (p *Page) people() []Option {
	groups := map[string][]Option{}
	best := ""
	for _, l := range p.Links {
		shape, value := takeApart(l.URL)
		if shape == "" || l.Text == "" || cancelWords.MatchString(l.Text) {
			continue
		}
		if slices.ContainsFunc(groups[shape], func(o Option) bool { return o.Value == value }) {
			continue
		}
		groups[shape] = append(groups[shape], Option{Value: value, Text: l.Text, URL: l.URL})
		if n := len(groups[shape]); n > 1 && (best == "" || n > len(groups[best])) {
			best = shape
		}
	}
	if best == "" {
		return nil
	}
	return groups[best]
}

// takeApart splits a link into what all people's links share and the value that
// says who it is: of its one parameter that is named for a person, or the last
// segment of a path that is. Both are empty for other links.
func takeApart(link string) (shape, value string) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" || link == "" || strings.HasPrefix(link, "#") {
		return "", ""
	}
	u.Fragment, u.RawFragment = "", ""
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if peopleParameter.MatchString(name) && query.Get(name) != "" {
			value = query.Get(name)
			query.Set(name, "")
			u.RawQuery = query.Encode()
			return u.String(), value
		}
	}
	at := strings.LastIndexByte(u.Path, '/')
	before := u.Path[:at+1]
	if value = u.Path[at+1:]; value == "" || !peopleFolder.MatchString(before) {
		return "", ""
	}
	u.Path, u.RawPath = before, ""
	return u.String(), value
}

// linkShape is what the links of all people share.
func linkShape(link string) string {
	shape, _ := takeApart(link)
	base, _ := splitQuery(shape)
	return base
}
