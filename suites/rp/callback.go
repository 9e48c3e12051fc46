package rp

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// Tampered callbacks: what the browser brings back is not what the provider
// sent, or is not this browser's.

// callback is a case in which the authorization response is changed.
func callback(name string, change func(q url.Values)) trial {
	return trial{name, provider.Conduct{Callback: change}}
}

const stateRemedy = "Keep a random state with the browser's session before the redirect, compare it with the callback's before anything else is done, and forget it then: " +
	"if (!session.state || query.state !== session.state) return refuse(res)."

// stateAltered are the ways in which the part of a state is altered that is another
// at each login.
var stateAltered = []struct {
	name  string
	alter func(state string) string
}{
	{"one character altered", altered},
	{"its first character altered", firstAltered},
	{"more behind it", func(state string) string { return state + "zq" }},
	{"more before it", func(state string) string { return "zq" + state }},
	{"its first character alone", firstCharacter},
	{"its last character alone", lastCharacter},
	{"upper and lower case exchanged", otherCase},
	{"another login's kind of state", func(string) string { return "zq" + strings.Repeat("8", 30) }},
}

func waysToAlter() (names []string) {
	for _, c := range stateAltered {
		names = append(names, c.name)
	}
	return names
}

// varies is what of a state is another at each login, with what stands before and
// behind it in all of them: an application may carry data there, such as the page to
// return to, which need not be protected. It is all of a state of which too little
// changes.
func (s *Session) varies(state string) (before, part, behind string) {
	from, to := len(state), len(state)
	for _, l := range s.Campaign.clean {
		other := l.Attempt.Query().Get("state")
		if other == state {
			continue
		}
		from, to = min(from, common(state, other)), min(to, common(reversed(state), reversed(other)))
	}
	if from+to+fewestVarying > len(state) {
		return "", state, ""
	}
	return state[:from], state[from : len(state)-to], state[len(state)-to:]
}

// common is how many octets two texts begin with alike.
func common(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func reversed(text string) string {
	octets := []byte(text)
	slices.Reverse(octets)
	return string(octets)
}

// otherCase is a text with upper and lower case exchanged, and something more
// where it has neither.
func otherCase(text string) string {
	other := strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text)
	if other == text {
		return altered(text)
	}
	return other
}

// caseless reports whether the case of a random text's letters tells nothing, so that
// who compares it as a UUID or as the octets that it stands for takes nothing else for
// it: as of what is hexadecimal, or has letters of one case alone, as base32 has.
func caseless(text string) bool {
	hexadecimal := !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF-", r) })
	return hexadecimal || text == strings.ToLower(text) || text == strings.ToUpper(text)
}

// altered is a text with its last character changed, also for who reads it as
// base64, whose last character may have bits that do not count, or as hexadecimal.
func altered(text string) string {
	if text == "" {
		return "x"
	}
	last := byte('A')
	if strings.EqualFold(text[len(text)-1:], "A") {
		last = 'Q'
	}
	return text[:len(text)-1] + string(last)
}

// firstAltered is a text with its first character changed.
func firstAltered(text string) string {
	first := "A"
	if strings.EqualFold(firstCharacter(text), first) {
		first = "Q"
	}
	return first + strings.TrimPrefix(text, firstCharacter(text))
}

func firstCharacter(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

func lastCharacter(text string) string {
	_, size := utf8.DecodeLastRuneInString(text)
	return text[len(text)-size:]
}

// anothersState is the case in which the callback has the state of a login that
// another browser has under way.
const anothersState = "the state of a login in another browser"

var RP19 = judge.Check{
	ID: "RP-19", Title: "a callback whose state was altered is refused",
	Problem: "a callback whose state was altered is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "10.12"), judge.OIDCCORE("3.1.2.7")},
	Expect: "The callback is refused, and the code that came with it is not redeemed.",
	Why:    "State ties the callback to the browser that began the login. Where it is sent and not compared, anybody can have a victim's browser finish a login of theirs.",
	Remedy: stateRemedy, Cases: append(waysToAlter(), anothersState),
}

var _ = ginkgo.It("RP-19 a callback whose state was altered is refused", check(RP19, func(s *Session) {
	s.needState()
	for _, c := range stateAltered {
		s.Case(c.name, func() {
			same, alike := false, false
			l := s.LogIn(provider.Conduct{Wrong: c.name, Callback: func(q url.Values) {
				state := q.Get("state")
				before, part, behind := s.varies(state)
				now := c.alter(part)
				q.Set("state", before+now+behind)
				same, alike = now == part, strings.EqualFold(now, part) && caseless(part)
			}})
			if same {
				s.Skip("the state is so short that this leaves it as it is")
			}
			if alike {
				s.NotApplicable("of the state, as of a UUID, upper and lower case mean nothing")
			}
			s.RefusedAs(l)
			s.noToken(judge.SHOULD, l)
		})
	}
	s.Case(anothersState, func() {
		other := s.Begun(s.Browser(), provider.Conduct{Wrong: anothersState})
		state, same := other.Attempt.Query().Get("state"), false
		l := s.LogIn(provider.Conduct{Wrong: anothersState, Callback: func(q url.Values) {
			same = q.Get("state") == state
			q.Set("state", state)
		}})
		if same {
			s.Skip("both logins have the same state, which is RP-06's to tell")
		}
		s.RefusedAs(l)
		s.noToken(judge.SHOULD, l)
	})
}))

var stateRemoved = []trial{
	callback("state removed", func(q url.Values) { q.Del("state") }),
	callback("state empty", func(q url.Values) { q.Set("state", "") }),
}

var RP20 = judge.Check{
	ID: "RP-20", Title: "a callback without the state that was sent is refused",
	Problem: "a callback without the state that was sent is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "10.12"), judge.OIDCCORE("3.1.2.7")},
	Expect: "The callback is refused, and the code that came with it is not redeemed.",
	Why:    "A comparison that is left out where state is missing protects nobody: the attacker omits it.",
	Remedy: stateRemedy, Cases: named(stateRemoved),
}

var _ = ginkgo.It("RP-20 a callback without the state that was sent is refused", check(RP20, func(s *Session) {
	s.needState()
	s.refusesBeforeToken(judge.SHOULD, stateRemoved)
}))

// needState blocks the check where the application sends no state.
func (s *Session) needState() {
	if s.baseline.Attempt.Query().Get("state") == "" {
		s.Block("RP-06", "the application sends no state, and so none can be altered")
	}
}

// refusesBeforeToken judges that each case is refused, and, at the level, that
// no token request is made in it.
func (s *Session) refusesBeforeToken(level judge.Level, trials []trial) {
	for _, t := range trials {
		s.Case(t.Case, func() { s.noToken(level, s.Refuses(t.conduct())) })
	}
}

// noToken judges, at the level, that no token request was made in a login.
func (s *Session) noToken(level judge.Level, l *Login) {
	code, first := "", l.tokenRequest(0)
	if first != nil {
		code = clipped(first.Form.Get("code"))
	}
	l.AssertAt(level, first == nil, "no token request", "a token request is made all the same, with "+code, l.AtProvider(first))
}

// clipped says what is sent for a code: the one of the login, or a word such as
// undefined.
func clipped(code string) string {
	if len(code) > 12 {
		return "the login's code"
	}
	return "a word that is no code"
}

var RP23 = judge.Check{
	ID: "RP-23", Title: "a cancelled login is not continued",
	Problem: "a cancelled login is continued", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2.1")},
	Expect: "On a callback with error=access_denied and no code, nobody is logged in and no token request is made.",
	Why:    "An application that looks at code alone asks for tokens with code=null or code=undefined, and shows the person who cancelled an internal error.",
	Remedy: "Look at error first: if (query.error) return res.redirect('/?login=cancelled'); and go on only where code is a string that is not empty.",
	Cases:  []string{"access_denied"},
}

var _ = ginkgo.It("RP-23 a cancelled login is not continued", check(RP23, func(s *Session) {
	s.refusesBeforeToken(judge.MUST, []trial{{"access_denied", denial}})
}))

var errorWithCode = []trial{
	callback("error and code together", func(q url.Values) { q.Set("error", "access_denied") }),
	callback("server_error and code together", func(q url.Values) { q.Set("error", "server_error") }),
}

var RP25 = judge.Check{
	ID: "RP-25", Title: "a callback with an error and a code is refused",
	Problem: "a callback with an error and a code is accepted", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2.1")},
	Expect: "A callback that says error is refused also where it has a code.",
	Why:    "An error response has no code: a sender of both is not the provider.",
	Remedy: "Look at error before code, and refuse wherever it is there. Where a library takes the code alone, look at it before the library is called.",
	Cases:  named(errorWithCode),
}

var _ = ginkgo.It("RP-25 a callback with an error and a code is refused", check(RP25, func(s *Session) { s.RefusesEach(errorWithCode) }))

var codeMissing = []trial{
	callback("code missing", func(q url.Values) { q.Del("code") }),
	callback("code empty", func(q url.Values) { q.Set("code", "") }),
}

var RP34 = judge.Check{
	ID: "RP-34", Title: "a callback without a code is refused",
	Problem: "a callback without a code is not refused", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "4.1.2")},
	Expect: "Nobody is logged in, and no token request is made.",
	Why:    "String(undefined) is a string: the application asks the provider for the tokens of a code named undefined.",
	Remedy: "Go on only where code is a string that is not empty: if (typeof query.code !== 'string' || !query.code) return refuse(res).",
	Cases:  named(codeMissing),
}

var _ = ginkgo.It("RP-34 a callback without a code is refused", check(RP34, func(s *Session) {
	s.refusesBeforeToken(judge.SHOULD, codeMissing)
}))

var repeatedParameters = []trial{
	callback("code twice", func(q url.Values) { q.Add("code", "zq-another-code") }),
	callback("state twice", func(q url.Values) { q.Add("state", "zq-another-state") }),
}

var RP28 = judge.Check{
	ID: "RP-28", Title: "a parameter that comes twice is no internal error",
	Problem: "a parameter that comes twice is an internal error", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.1")},
	Expect: "A callback with code or state twice is answered with a status below 500.",
	Why:    "Frameworks make a list of a parameter that comes twice, and code that expects a string breaks on it.",
	Remedy: "Refuse a parameter that is not one string: if (typeof query.state !== 'string') return refuse(res).",
	Cases:  named(repeatedParameters),
}

var _ = ginkgo.It("RP-28 a parameter that comes twice is no internal error", check(RP28, func(s *Session) {
	for _, t := range repeatedParameters {
		s.Case(t.Case, func() {
			l := s.LogIn(t.conduct())
			s.NoServerError(judge.SHOULD, l, l.Callback)
			if l.Look.In {
				s.Observe("the login works with the first of the two")
			}
		})
	}
}))

// beside is a case in which the parameters stand beside error=access_denied,
// without a code; the state is the login's unless it is one of them.
func beside(name, value string, parameters ...string) trial {
	return callback(name, func(q url.Values) {
		q.Del("code")
		q.Set("error", "access_denied")
		for _, parameter := range parameters {
			q.Set(parameter, value)
		}
	})
}

// shownOnErrors are the parameters that a page about an error may show. The last
// is none of the protocol's.
var shownOnErrors = []string{"error_description", "error_uri", "iss", "zq_unknown"}

var markupInCallback = []trial{
	callback("error", func(q url.Values) { q.Del("code"); q.Set("error", markup) }),
	callback("error_description", func(q url.Values) {
		q.Del("code")
		q.Set("error", "server_error")
		q.Set("error_description", markup)
	}),
	callback("state", func(q url.Values) { q.Set("state", markup) }),
	callback("code", func(q url.Values) { q.Set("code", markup) }),
	callback("iss", func(q url.Values) { q.Set("iss", markup) }),
	beside("error_description beside access_denied", markup, "error_description"),
	beside("every parameter beside access_denied", markup, shownOnErrors...),
	beside("every parameter and state beside access_denied", markup, append([]string{"state"}, shownOnErrors...)...),
	beside("every parameter, encoded once more", url.PathEscape(markup), shownOnErrors...),
	beside("every parameter, as a link that runs script", markedLink, shownOnErrors...),
}

var RP24 = judge.Check{
	ID: "RP-24", Title: "no page contains markup from the callback",
	Problem: "a page contains unescaped markup from the callback", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.ASVS("5.3")},
	Expect: "No parameter of the callback, known or unknown, breaks out of where a page shows it: text, attribute, comment or script; none becomes a link that runs script.",
	Why:    "Anybody can send a victim to the callback with parameters of their own: a page that shows them as they are runs script of the attacker's.",
	Remedy: "Show a text of your own for each known error code, and let the template escape the rest, quotes too. In a script, write < in JSON as \\u003c; " +
		"make a link of nothing that comes from outside. A Content-Security-Policy limits the damage and fixes nothing.",
	Cases: named(markupInCallback),
}

var _ = ginkgo.It("RP-24 no page contains markup from the callback", check(RP24, func(s *Session) {
	for _, t := range markupInCallback {
		s.Case(t.Case, func() {
			l := s.LogIn(t.conduct())
			s.noMarkup(l)
			l.needsShown(l.Callback, false)
		})
	}
}))

var issOfAnother = []trial{callback("iss of another provider", func(q url.Values) { q.Set("iss", "https://idp.example/v2") })}

var RP29 = judge.Check{
	ID: "RP-29", Title: "a callback that names another issuer", Level: judge.INFO, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9207", "2.4")},
	Expect: "An observation: whether a callback with iss of another provider is refused.",
	Why:    "An application that knows several providers can be led to send one's code to the other; iss tells them apart. sgID sends none.",
	Remedy: "Nothing to do for an application that knows sgID alone. With several providers, compare iss with the one that the login was begun at.",
	Cases:  named(issOfAnother),
}

var _ = ginkgo.It("RP-29 a callback that names another issuer", check(RP29, func(s *Session) {
	s.Case("iss of another provider", func() {
		l := s.LogIn(issOfAnother[0].conduct())
		if l.Look.In {
			s.Observe("iss of another provider is not looked at")
		} else {
			s.Observe("iss of another provider is refused")
		}
	})
}))
