package application

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// Person is somebody who can log in.
type Person struct {
	ID    string
	Marks []string // texts that stand on a page only where this person is shown
}

// Look is what the protected page shows.
type Look struct {
	Way     *Way
	Persons []string // IDs of those who show
	In      bool     // somebody is logged in
}

// Shows is what was seen, in words.
func (l Look) Shows() string {
	switch {
	case l.Way == nil:
		return "the protected page was not opened"
	case len(l.Persons) > 0:
		return "the protected page shows " + strings.Join(l.Persons, " and ")
	case l.In:
		return "the protected page shows a logged-in person"
	case l.Way.NoResponse():
		return "the protected page gives no answer: " + l.Way.Last().Reason()
	case l.Way.Login:
		return "the protected page leads to the login: nobody is logged in"
	}
	return fmt.Sprintf("the protected page answers %d and shows nobody", l.Way.Status())
}

// ErrAlike is returned by Learn where a page with somebody logged in cannot be
// told from one with nobody.
var ErrAlike = errors.New("the protected page looks alike with somebody and with nobody logged in")

// Signs tell who is logged in by what the protected page shows.
type Signs struct {
	people []Person
	marker Marker
	shown  bool            // a logged-in person's marks stand on the page
	place  string          // where a logged-in person's page is, and its status; empty: nobody's is there, too
	lines  map[string]bool // what stands on every logged-in person's page and on no other
}

// Learn learns the signs from clean logins, each with the person that logged in,
// and from pages with nobody logged in.
func Learn(people []Person, marker Marker, in map[string]*Way, out []*Way) (*Signs, error) {
	s := &Signs{people: people, marker: marker, shown: true}
	first := true
	for person, way := range in {
		s.shown = s.shown && slices.Contains(s.persons(way), person)
		lines := linesOf(way)
		if first {
			s.place, s.lines, first = placeOf(way), lines, false
			continue
		}
		if placeOf(way) != s.place {
			s.place = ""
		}
		for line := range s.lines {
			if !lines[line] {
				delete(s.lines, line)
			}
		}
	}
	for _, way := range out {
		if placeOf(way) == s.place {
			s.place = ""
		}
		for line := range linesOf(way) {
			delete(s.lines, line)
		}
	}
	if marker.Set() {
		for person, way := range in {
			if !marker.On(way) {
				return nil, fmt.Errorf("the protected page after the login of %s does not have what --success-text, --success-selector or --success-status names; name what it has only when somebody is logged in", person)
			}
		}
		for _, way := range out {
			if marker.On(way) {
				return nil, fmt.Errorf("%w: it has what --success-text, --success-selector or --success-status names also with nobody logged in", ErrAlike)
			}
		}
		return s, nil
	}
	if !s.shown && s.place == "" && len(s.lines) == 0 {
		return nil, ErrAlike
	}
	return s, nil
}

// Shown reports whether the page of a logged-in person shows who it is.
func (s *Signs) Shown() bool { return s.shown }

// Read tells who a page shows.
func (s *Signs) Read(way *Way) Look {
	l := Look{Way: way}
	if way.Last() == nil || way.NoResponse() {
		return l
	}
	l.Persons = s.persons(way)
	switch {
	case len(l.Persons) > 0:
		l.In = true
	case s.marker.Set():
		l.In = s.marker.On(way)
	case s.place != "":
		l.In = placeOf(way) == s.place
	case len(s.lines) > 0:
		lines := linesOf(way)
		l.In = true
		for line := range s.lines {
			l.In = l.In && lines[line]
		}
	}
	return l
}

// On reports whether a page has everything that the marker names.
func (m Marker) On(way *Way) bool {
	return (m.Status == 0 || way.Status() == m.Status && !way.Login && way.Leads == "") &&
		(m.Text == "" || strings.Contains(pageText(way.Body()), m.Text) || bytes.Contains(way.Body(), []byte(m.Text))) &&
		(m.Selector == "" || matches(way.Body(), m.Selector))
}

func (s *Signs) persons(way *Way) []string { return Shown(s.people, way.Body()) }

// Shown are the people of whom a mark stands in the text, in whatever case and
// also where it is written as HTML or JSON write it.
func Shown(people []Person, body []byte) (ids []string) {
	text := strings.ToLower(string(body))
	texts := []string{text, html.UnescapeString(text), strings.ReplaceAll(text, `\/`, "/")}
	for _, p := range people {
		if slices.ContainsFunc(p.Marks, func(mark string) bool {
			mark = strings.ToLower(mark)
			return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, mark) })
		}) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// placeOf is where a page is and what status it has.
func placeOf(way *Way) string {
	if way.Login || way.Leads != "" || way.NoResponse() {
		return "elsewhere"
	}
	path := way.URL
	if u, err := url.Parse(way.URL); err == nil {
		path = u.Host + u.Path
	}
	return fmt.Sprintf("%d %s", way.Status(), path)
}

// SamePlace reports whether two pages are at one address, without its query, and have
// one status, or both lead away from the application.
func SamePlace(a, b *Way) bool { return placeOf(a) == placeOf(b) }

// SaysMore reports whether a page says anything that the other does not.
func SaysMore(page, other *Way) bool {
	others := linesOf(other)
	for line := range linesOf(page) {
		if !others[line] {
			return true
		}
	}
	return false
}

// Opens reports whether a page is the one that logged-in people are shown, in, and
// that nobody else is: it is at their address, without its query, has their status,
// and says what their pages say and nobody's does not: all of it, or, where it is no
// JSON, some of it and nothing else. An anonymous session that is told at that
// address that nobody is logged in does not open it.
func Opens(page *Way, in []*Way, nobody *Way) bool {
	if page == nil || nobody == nil || len(in) == 0 || placeOf(nobody) == placeOf(in[0]) {
		return false
	}
	says, shared, others := linesOf(page), linesOf(in[0]), linesOf(nobody)
	for _, way := range in {
		if placeOf(way) != placeOf(page) {
			return false
		}
		lines := linesOf(way)
		maps.DeleteFunc(shared, func(line string, _ bool) bool { return !lines[line] || others[line] })
	}
	held, own := 0, 0
	for line := range says {
		switch {
		case shared[line]:
			held++
		case !others[line]:
			own++
		}
	}
	return held > 0 && (held == len(shared) || own == 0 && !json.Valid(page.Body()))
}

// linesOf are the lines of a page, without what looks as if it changed with
// each response.
func linesOf(way *Way) map[string]bool {
	out := map[string]bool{}
	if way.Login || way.Leads != "" {
		return out
	}
	for line := range strings.SplitSeq(pageText(way.Body()), "\n") {
		if line = strings.TrimSpace(line); line != "" && !changing(line) {
			out[line] = true
		}
	}
	return out
}

// changing reports whether a line holds digits or a long word, as times, tokens
// and counters do.
func changing(line string) bool {
	if strings.ContainsFunc(line, unicode.IsDigit) {
		return true
	}
	return slices.ContainsFunc(strings.Fields(line), func(word string) bool { return len(word) > 24 })
}

// pageText is what a page says, an element's text a line; of JSON, the names of
// members with truth values and null.
func pageText(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) == nil {
		var out strings.Builder
		jsonText(&out, "", v, 0)
		return out.String()
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return string(body)
	}
	var out strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && !silent(n.Parent) {
			out.WriteString(strings.Join(strings.Fields(n.Data), " "))
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func silent(n *html.Node) bool {
	return n != nil && (n.Data == "script" || n.Data == "style" || n.Data == "template")
}

func jsonText(out *strings.Builder, name string, v any, depth int) {
	if depth > 16 {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for member, value := range v {
			jsonText(out, name+"."+member, value, depth+1)
		}
	case []any:
		for _, value := range v {
			jsonText(out, name+"[]", value, depth+1)
		}
	case bool, nil:
		fmt.Fprintf(out, "%s=%v\n", name, v)
	default:
		fmt.Fprintf(out, "%s\n", name)
	}
}

// matches reports whether an element of the page matches a simple selector: an
// element's name, #id, .class, or [attribute].
func matches(body []byte, selector string) bool {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return false
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && matchesElement(n, selector) {
			return true
		}
	}
	return false
}

func matchesElement(n *html.Node, selector string) bool {
	name := selector[:strings.IndexAny(selector+"#", "#.[")]
	if name != "" && name != "*" && !strings.EqualFold(name, n.Data) {
		return false
	}
	attribute := func(key string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val, true
			}
		}
		return "", false
	}
	rest := selector[len(name):]
	for rest != "" {
		end := 1 + strings.IndexAny(rest[1:]+"#", "#.[")
		part := rest[:end]
		rest = rest[min(end, len(rest)):]
		switch part[0] {
		case '#':
			if id, _ := attribute("id"); id != part[1:] {
				return false
			}
		case '.':
			if classes, _ := attribute("class"); !slices.Contains(strings.Fields(classes), part[1:]) {
				return false
			}
		default:
			key, want, valued := strings.Cut(strings.Trim(part, "[]"), "=")
			got, there := attribute(key)
			if !there || valued && got != strings.Trim(want, `"'`) {
				return false
			}
		}
	}
	return true
}

// SimpleSelector reports whether matches understands the selector.
func SimpleSelector(selector string) bool {
	return selector != "" && !strings.ContainsAny(selector, " >+~:,\t\n")
}
