package rp

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// What the application does with the person's data.

// datum is a case in which the data are others.
func datum(name string, change func(data map[string]string)) trial {
	return trial{name, provider.Conduct{Userinfo: func(u *provider.Userinfo) { change(u.Data) }}}
}

// all sets every value.
func all(value string) func(map[string]string) {
	return func(data map[string]string) {
		for scope := range data {
			data[scope] = value
		}
	}
}

var lacking = []trial{
	datum("all NA", all(sgid.NotAvailable)),
	datum("all empty", all("")),
	datum("a scope left out", func(data map[string]string) {
		for _, scope := range sgid.Scopes() {
			if _, there := data[scope.Name]; there {
				delete(data, scope.Name)
				return
			}
		}
	}),
	{"data without members", provider.Conduct{Answer: func(members map[string]any) {
		if members["data"] != nil {
			members["data"] = map[string]any{}
		}
	}}},
	{"no key and no data", provider.Conduct{Answer: func(members map[string]any) {
		delete(members, "key")
		delete(members, "data")
	}}},
	datum("a scope that nobody asked for", func(data map[string]string) { data["zq.unknown"] = "zq" }),
}

var RP62 = judge.Check{
	ID: "RP-62", Title: "data that are not there are no internal error",
	Problem: "data that are not there are an internal error", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDDATA("Data Catalog")},
	Expect: "Where values are NA, empty or left out, no answer has a status of 500 or above.",
	Why:    "NA is a legal value of every field, and people have them: a date that is not parsed is a person who cannot log in.",
	Remedy: "Take NA and a missing field for what they are before a value is parsed: const born = data['myinfo.date_of_birth']; if (!born || born === 'NA') ….",
	Cases:  named(lacking),
}

var _ = ginkgo.It("RP-62 data that are not there are no internal error", check(RP62, func(s *Session) {
	s.needsScopes()
	for _, t := range lacking {
		s.Case(t.Case, func() {
			l := s.logInGiven(t.conduct())
			s.NoServerError(judge.SHOULD, l, l.Callback, l.Look.Way)
		})
	}
}))

// needsScopes ends the check where the application asks for no data: none can be
// other than they are.
func (s *Session) needsScopes() {
	s.needsUserinfo()
	if len(strings.Fields(s.baseline.Attempt.Query().Get("scope"))) < 2 {
		s.NotApplicable("the application asks for no data of the person")
	}
}

// freeText are the scopes whose value is text of its own.
var freeText = []string{"myinfo.name", "myinfo.registered_address", "myinfo.name_of_employer"}

// eachText sets every value that is text of its own.
func eachText(value string) func(map[string]string) {
	return func(data map[string]string) {
		for _, scope := range freeText {
			if _, there := data[scope]; there {
				data[scope] = value
			}
		}
	}
}

// beyondASCII is a name in many scripts; misread is how it begins where its octets
// are taken for Latin-1 or Windows-1252, or for no text.
const beyondASCII = "JOSÉ ŁUKASZ ÖZ 陳大文 தமிழ் 😀"

var misread = []string{"JOSÃ\u0089", "JOSÃ‰", "JOS\ufffd"}

var unusual = []trial{
	datum("beyond ASCII", eachText(beyondASCII)),
	datum("line breaks", eachText("QUILLON\nZEPHYRINE\r\n#05-67")),
	datum("8 kB", eachText(strings.Repeat("QUILLON ", 1024))),
	datum(everyScope, func(data map[string]string) {
		for scope, text := range provider.People()[0].Data {
			data[scope] = text
		}
	}),
}

const everyScope = "all 25 scopes"

var RP63 = judge.Check{
	ID: "RP-63", Title: "unusual data do not keep a person out",
	Problem: "unusual data keep a person out", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.SGIDDATA("Data Catalog"), judge.RFC("8259", "8.1")},
	Expect: "A login works with values beyond ASCII, which are shown as they were sent, with line breaks, of 8 kB, and with all 25 scopes.",
	Why:    "Names are written in many scripts, and lists of vehicles and employments grow. A session in a cookie has room for 4 kB, and browsers drop what is larger without a word.",
	Remedy: "Keep the data on the server and a random identifier in the cookie; make columns wide enough and UTF-8 throughout.",
	Cases:  named(unusual),
}

var _ = ginkgo.It("RP-63 unusual data do not keep a person out", check(RP63, func(s *Session) {
	s.needsScopes()
	for _, t := range unusual {
		s.Case(t.Case, func() {
			if t.Case != everyScope {
				s.needsFreeText()
			}
			l := s.logInGiven(t.conduct())
			s.sure(l.Look.In)
			l.Require(l.Look.In, "", "the login does not work: "+l.Look.Shows()+l.how(), l.AtCallback())
			page := html.UnescapeString(string(l.Look.Way.Body()))
			for _, text := range misread {
				l.Require(!strings.Contains(page, text), "", "what is beyond ASCII is not shown as it was sent: UTF-8 is read as another encoding", l.Evidence())
			}
		})
	}
}))

// An application that parses a date may refuse the first, and show none of it.
var markupInData = []trial{datum("every field", all(markup)), datum(freeTextAlone, eachText(markup))}

const freeTextAlone = "name, address and employer alone"

var RP64 = judge.Check{
	ID: "RP-64", Title: "no page contains markup from the data",
	Problem: "a page contains unescaped markup from the data", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.ASVS("5.3")},
	Expect: "No value of the data breaks out of where a page shows it: text, attribute, comment or script.",
	Why:    "Data come from registers into which others have written: whatever stands there runs as script in the person's session.",
	Remedy: "Let the template escape ({{ }}, <%= %>, {value} in JSX), never |safe, <%- %>, dangerouslySetInnerHTML or innerHTML; escape quotes too, and write < in JSON in a script as \\u003c.",
	Cases:  named(markupInData),
}

var _ = ginkgo.It("RP-64 no page contains markup from the data", check(RP64, func(s *Session) {
	s.needsScopes()
	for _, t := range markupInData {
		s.Case(t.Case, func() {
			if t.Case == freeTextAlone {
				s.needsFreeText()
			}
			l := s.logInGiven(t.conduct())
			if !l.Look.In && !l.holdsMarkup() {
				s.Skip("the application does not take such data, and shows none of them: %s%s", l.Look.Shows(), l.how())
			}
			s.noMarkup(l)
			l.needsShown(l.Look.Way, true)
		})
	}
}))

// needsFreeText ends the case where the application asks for no text of its own.
func (s *Session) needsFreeText() {
	scopes := strings.Fields(s.baseline.Attempt.Query().Get("scope"))
	if !slices.ContainsFunc(freeText, func(scope string) bool { return slices.Contains(scopes, scope) }) {
		s.Skip("the application asks for none of %s", strings.Join(freeText, ", "))
	}
}

// holdsMarkup reports whether a page of the login holds the markup, escaped or not.
func (l *Login) holdsMarkup() bool {
	for _, way := range l.ways {
		if bytes.Contains(way.Shows, []byte(markedElement)) {
			return true
		}
		for _, e := range way.Steps {
			if bytes.Contains(e.Body(), []byte(markedElement)) {
				return true
			}
		}
	}
	return false
}

var RP66 = judge.Check{
	ID: "RP-66", Title: "the code does not stay in the address bar",
	Problem: "the code stays in the address bar", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "4.2.4")},
	Expect: "The callback sends the browser on, to an address without the code.",
	Why:    "The address of a page goes into the history, into bookmarks, and with the referrer to others.",
	Remedy: "Answer the callback with a redirect: res.redirect('/profile').",
}

var _ = ginkgo.It("RP-66 the code does not stay in the address bar", check(RP66, func(s *Session) {
	l := s.Clean()
	address := cmp.Or(l.Callback.Leads, application.Refreshed(l.Callback), l.Callback.URL)
	code := l.Attempt.Code()
	stays := code != "" && strings.Contains(address, code)
	if stays && s.NewBrowser == nil && application.MayLeadOn(l.Callback.Body()) {
		s.Skip("a script of the page that answers the callback may take the browser on; --login browser runs it")
	}
	l.Require(!stays, "", "the browser stays at the callback's address, with the code", l.AtCallback())
}))

var RP69 = judge.Check{
	ID: "RP-69", Title: "a page with personal data is not kept",
	Problem: "a page with personal data may be kept", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.ASVS("8.2.1")},
	Expect: "The protected page has Cache-Control: no-store.",
	Why:    "On a shared computer, anyone who presses back sees it after the logout.",
	Remedy: "res.set('Cache-Control', 'no-store') for every page of somebody who is logged in.",
}

var _ = ginkgo.It("RP-69 a page with personal data is not kept", check(RP69, func(s *Session) {
	l := s.Clean()
	for _, e := range s.personal(l.Look.Way) {
		policy := e.Header().Get("Cache-Control")
		l.Require(strings.Contains(strings.ToLower(policy), "no-store"), "", fmt.Sprintf("Cache-Control is %q", brief(policy)), l.step(e))
	}
}))

// personal are the answers of a way that hold a person's data: those that its
// scripts asked for, too. Where none can be told, it is the page.
func (s *Session) personal(way *application.Way) (out []*exchange.Exchange) {
	for _, e := range way.Steps {
		if len(application.Shown(s.people, e.Body())) > 0 {
			out = append(out, e)
		}
	}
	if out == nil {
		out = append(out, way.Last())
	}
	return out
}
