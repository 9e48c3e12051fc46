package suites

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// DATA: the form of each value of the data catalogue. There is one check a
// scope, numbered in the catalogue's order; openid, which stands for no data,
// has none.

var _ = declareData()

func declareData() bool {
	number := 0
	for _, scope := range sgid.Scopes() {
		if scope.Name == sgid.ScopeOpenID {
			continue
		}
		number++
		c := judge.Check{
			ID: fmt.Sprintf("DATA-%02d", number), Title: scope.Name + " has its documented format",
			Problem: scope.Name + " does not have its documented format", Level: judge.MUST, Phase: judge.LoggingIn,
			Basis:  []run.Basis{judge.SGIDDATA(scope.Name)},
			Expect: fmt.Sprintf("The plaintext of %s is %s, or NA.", scope.Name, scope.Form),
			Why:    "Agencies parse this value as described in the data catalogue: a different format leads to a rejected application or a wrong record.",
			Remedy: fmt.Sprintf("Return %s in the format of the data catalogue, and NA if there is no value.", scope.Name),
			Needs:  []judge.Need{judge.Login}, Scope: scope.Name,
		}
		ginkgo.It(c.ID+" "+c.Title, check(c, func(s *Session) { s.judgeForm(scope) }))
	}
	return true
}

// checkOfScope is the ID of the check that judges the form of a scope's value.
func checkOfScope(name string) string {
	number := 0
	for _, scope := range sgid.Scopes() {
		if scope.Name != sgid.ScopeOpenID {
			number++
		}
		if scope.Name == name {
			break
		}
	}
	return fmt.Sprintf("DATA-%02d", number)
}

// judgeForm judges the plaintext of one scope, of another person too where that
// costs nobody's time. Nothing of a value is quoted, only what its form lacks.
func (s *Session) judgeForm(scope sgid.Scope) {
	a := s.SharedUserInfo()
	if !slices.Contains(granted(a.Tokens), scope.Name) {
		s.Skip("%s was not granted", scope.Name)
	}
	text := s.Plaintext(a, scope.Name)
	if !utf8.ValidString(text) {
		s.owned("CRYPT-05", a.Exchange, "the plaintext of %s is not UTF-8", scope.Name)
	}
	err := scope.Check(text)
	s.Assert(err == nil, scope.Form, fmt.Sprintf("a value of %d characters: %v", utf8.RuneCountInString(text), err), a.Exchange)
	if text == sgid.NotAvailable {
		s.Observe("NA")
	}
	another := s.anothers() // why it does not open, the area CRYPT judges
	if another == nil || another.Data[scope.Name] == "" {
		return
	}
	if m := s.Open(another)[scope.Name]; m.err == nil && utf8.ValidString(m.text) {
		err := scope.Check(m.text)
		s.Assert(err == nil, scope.Form, fmt.Sprintf("another person's value, of %d characters: %v", utf8.RuneCountInString(m.text), err), another.Exchange)
	}
}

var DATA90 = judge.Check{
	ID: "DATA-90", Title: "differences between the advertised scopes and the data catalogue", Level: judge.INFO, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDDATA("Data Catalog")},
	Expect: "An observation: how scopes_supported and the data catalogue differ.",
	Why:    "A scope that is not advertised may not be supported, and one that is not in the catalogue has no documented format.",
	Remedy: "No action needed; if the provider has new scopes, this program's catalogue is out of date.",
}

var _ = ginkgo.It("DATA-90 differences between the advertised scopes and the data catalogue", check(DATA90, func(s *Session) {
	m := s.Metadata()
	if m.ScopesSupported == nil {
		s.Observe("the metadata advertises no scopes")
		return
	}
	var unknown, missing []string
	for _, scope := range m.ScopesSupported {
		if _, known := sgid.LookupScope(scope); !known {
			unknown = append(unknown, clip(scope))
		}
	}
	for _, scope := range sgid.Scopes() {
		if !slices.Contains(m.ScopesSupported, scope.Name) {
			missing = append(missing, scope.Name)
		}
	}
	if len(unknown) > 0 {
		s.Observe("advertised and not in the catalogue: %s", clip(strings.Join(unknown, ", ")))
	}
	if len(missing) > 0 {
		s.Observe("in the catalogue and not advertised: %s", strings.Join(missing, ", "))
	}
	if len(unknown)+len(missing) == 0 {
		s.Observe("scopes_supported and the catalogue are the same %d scopes", len(m.ScopesSupported))
	}
}))

var DATA91 = judge.Check{
	ID: "DATA-91", Title: "no value has leading or trailing blanks",
	Problem: "a value has leading or trailing blanks", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDDATA("Data Catalog")},
	Expect: "No value, address line or string in a list has leading or trailing blanks.",
	Why:    "A name with a trailing blank is not found in searches and does not compare equal.",
	Remedy: "Trim values when they enter the provider.",
	Needs:  []judge.Need{judge.Login, judge.DataScope},
}

var _ = ginkgo.It("DATA-91 no value has leading or trailing blanks", check(DATA91, func(s *Session) {
	a := s.SharedUserInfo()
	if len(a.Data) == 0 {
		s.needsDataGranted(a)
		s.owned("UINFO-11", a.Exchange, "data has no members")
	}
	judged, answers := false, []*UserInfoResponse{a}
	if another := s.anothers(); another != nil {
		answers = append(answers, another)
	}
	owner, why := "", ""
	for _, a := range answers {
		for _, name := range a.DataOrder {
			scope, known := sgid.LookupScope(name)
			m := s.Open(a)[name]
			switch {
			case !known: // there is no saying what form it has
				continue
			case m.err != nil:
				owner, why = "CRYPT-05", name+" does not decrypt"
				continue
			case scope.Check(m.text) != nil:
				owner, why = checkOfScope(name), name+" does not have its documented format"
				continue
			}
			s.Assert(!sgid.BlankAtEnds(m.text), "no blank at the ends",
				fmt.Sprintf("a value of %s, of %d characters, begins or ends with a blank, or a line or string of it does", name, utf8.RuneCountInString(m.text)), a.Exchange)
			judged = true
		}
	}
	if judged {
		return
	}
	if owner == "" {
		s.Skip("no member of the data is in the data catalogue")
	}
	s.Block(owner, "no value of the catalogue could be read: %s", why)
}))
