package suites

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// What errors, and token responses, must not tell whoever causes them.

var TOKEN30 = judge.Check{
	ID: "TOKEN-30", Title: "no error discloses a secret or personal data",
	Problem: "an error or a token response discloses a secret or personal data", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.ASVS("7.4"), judge.RFC("6749", "5.2")},
	Expect: "No error of any endpoint in the run has a client secret or half of one, a code, token or verifier that its request did not send, or a person's data; no token response has a client secret.",
	Why:    "Anyone can cause an error, with a wrong secret or a stolen code, and reads what it holds; so does everyone who reads the log.",
	Remedy: "Describe errors in fixed texts: no expected value, and nothing of the login or the person.",
	Needs:  []judge.Need{judge.Login},
	Cases:  []string{"client secret", "code, token or verifier", "personal data", "client secret in a token response"},
}

var _ = ginkgo.It("TOKEN-30 no error discloses a secret or personal data", check(TOKEN30, func(s *Session) {
	login := s.Shared().Login
	for _, mistake := range mistakes() {
		s.Redeem(login, mistake.input)
	}
	errors := s.errorsSeen()
	all := searched(errors)
	s.Case("client secret", func() {
		s.needLongSecret()
		secrets := all.secrets(s.clientSecrets())
		s.noneTells(errors, func(e told) string { return e.clientSecret(secrets) })
		s.Observe("%d different errors seen", len(errors))
	})
	s.Case("code, token or verifier", func() {
		values := all.holding(s.issued())
		s.noneTells(errors, func(e told) string { return e.issued(values) })
	})
	s.Case("personal data", func() {
		known := s.identifyingValues()
		if len(known) == 0 {
			s.SkipFor(run.WantEvidence, "no data are known by which a person could be told")
		}
		values := all.holding(known)
		s.noneTells(errors, func(e told) string { return e.person(values) })
	})
	s.Case("client secret in a token response", func() {
		s.needLongSecret()
		responses := distinct(s.Seen.TokenResponses)
		secrets := searched(responses).secrets(s.clientSecrets())
		s.noneTells(responses, func(e told) string { return e.clientSecret(secrets) })
	})
}))

func (s *Session) noneTells(responses []told, tells func(told) string) {
	var found []judge.Finding
	for _, e := range responses {
		if what := tells(e); what != "" {
			found = append(found, judge.Finding{Observed: fmt.Sprintf("%s in a response with status %d", what, e.from.Status()), Evidence: e.from})
		}
	}
	s.AssertNone("no secret and no personal data in the response", found[:min(len(found), 5)])
}

// haystack is what all responses say, put together: a value that is not in it is in
// none, and need not be looked for in each.
type haystack struct{ lower, base64 string }

func searched(responses []told) haystack {
	var all strings.Builder
	for _, t := range responses {
		for _, text := range readings(t.text) {
			all.WriteString(text)
			all.WriteByte('\n')
		}
	}
	return haystack{strings.ToLower(all.String()), base64URL.Replace(all.String())}
}

func (h haystack) has(value string) bool {
	return strings.Contains(h.lower, strings.ToLower(strings.TrimSpace(value))) ||
		slices.ContainsFunc(base64Forms(strings.TrimSpace(value)), func(form string) bool { return strings.Contains(h.base64, form) })
}

// holding are the values that some response may hold.
func (h haystack) holding(values map[string][]string) map[string][]string {
	held := map[string][]string{}
	for what, list := range values {
		for _, v := range list {
			if h.has(v) {
				held[what] = append(held[what], v)
			}
		}
	}
	return held
}

// secrets are those of which some response may hold half or more.
func (h haystack) secrets(all []string) (held []string) {
	for _, secret := range all {
		half := max(len(secret)/2, 1)
		for at := 0; at+half <= len(secret); at++ {
			if h.has(secret[at : at+half]) {
				held = append(held, secret)
				break
			}
		}
	}
	return held
}

// told is what a response says beyond what its own request said.
type told struct {
	from *Exchange
	text string
	sent []string // values of the request
}

// errorsSeen are the errors of the run, each text once.
func (s *Session) errorsSeen() []told {
	all := slices.Concat(s.Seen.Errors, s.Seen.Refusals)
	for _, r := range s.Seen.ErrorReturns {
		if r.Evidence != nil && r.Evidence.Response != nil && !r.Granted() {
			all = append(all, r.Evidence)
		}
	}
	return distinct(all)
}

// noteError keeps a response that is an error.
func (s *Session) noteError(e *Exchange) {
	if e.Response != nil && e.Status() >= http.StatusBadRequest && len(e.Body()) <= longestError {
		s.Seen.Errors = append(s.Seen.Errors, e)
	}
}

// longestError is how long an error's body may be to be kept, in octets.
const longestError = 64 << 10

// distinct are the texts of responses, each once.
func distinct(responses []*Exchange) []told {
	var out []told
	seen := map[string]bool{}
	for _, e := range responses {
		if e.Response == nil {
			continue
		}
		t := told{e, string(e.Body()), valuesSent(e.Request)}
		for _, name := range slices.Sorted(maps.Keys(e.Response.Header)) {
			if name != "Date" && name != "Content-Length" {
				t.text += "\n" + strings.Join(e.Response.Header[name], "\n")
			}
		}
		if id := t.text + "\x00" + strings.Join(t.sent, "\x00"); !seen[id] {
			seen[id] = true
			out = append(out, t)
		}
	}
	return out
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

// wholeSecret and halfSecret are the lengths from which on a client secret, or
// half of one, does not stand in a text by chance.
const (
	wholeSecret = 12
	halfSecret  = 10
)

// clientSecret says that the response has a client's secret or half of one.
func (t told) clientSecret(secrets []string) string {
	text := t.beyond(secrets)
	for _, secret := range secrets {
		if len(secret) < wholeSecret {
			continue
		}
		if strings.Contains(text, secret) || inBase64(text, secret) {
			return "the client secret"
		}
		half := len(secret) / 2
		if half < halfSecret {
			continue
		}
		for at := 0; at+half <= len(secret); at++ {
			if strings.Contains(text, secret[at:at+half]) {
				return fmt.Sprintf("%d of the client secret's %d characters", half, len(secret))
			}
		}
	}
	return ""
}

// needLongSecret leaves the case out where every client secret may stand in a text
// by chance.
func (s *Session) needLongSecret() {
	if !slices.ContainsFunc(s.clientSecrets(), func(secret string) bool { return len(secret) >= wholeSecret }) {
		s.SkipFor(run.WantEvidence, "the client secret has fewer than %d characters, and stands in a text by chance", wholeSecret)
	}
}

func (s *Session) clientSecrets() []string {
	secrets := []string{s.Config.First.ClientSecret}
	if s.Config.Second != nil {
		secrets = append(secrets, s.Config.Second.ClientSecret)
	}
	return secrets
}

// issued are the codes, tokens and verifiers of the run, by what they are.
func (s *Session) issued() map[string][]string {
	values := map[string][]string{"an authorization code": s.Seen.Codes, "an access token": s.Seen.AccessTokens, "a code verifier": s.Seen.Verifiers}
	for _, e := range s.Seen.TokenResponses {
		if reply, _ := sgid.ParseTokenResponse(e.Body()); reply != nil && reply.IDToken != "" {
			values["an ID token"] = append(values["an ID token"], reply.IDToken)
		}
	}
	return values
}

// issued says that the response has a code, token or verifier that its request
// did not send.
func (t told) issued(values map[string][]string) string {
	for _, what := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[what] {
			if len(v) < 16 || !strings.Contains(t.text, v) {
				continue
			}
			part := func(sent string) bool { return strings.Contains(sent, v) || strings.Contains(v, sent) }
			if !slices.ContainsFunc(t.sent, part) {
				return what
			}
		}
	}
	return ""
}

// identifying are the data by which a person is known.
var identifying = []string{
	"myinfo.nric_number", "myinfo.name", "myinfo.passport_number", "myinfo.email", "myinfo.mobile_number",
	"myinfo.mobile_number_with_country_code", "myinfo.registered_address", "myinfo.vehicles",
}

// identifyingValues are the values of the people who logged in, by scope.
func (s *Session) identifyingValues() map[string][]string {
	if len(dataScopes(granted(s.Shared().Tokens))) > 0 {
		s.Open(s.Encrypted())
	}
	values := map[string][]string{}
	for _, a := range s.Seen.Answers {
		for _, scope := range identifying {
			if m, there := a.members[scope]; there && m.err == nil {
				values[scope] = append(values[scope], tellingValues(m.text)...)
			}
		}
	}
	for scope, list := range values {
		slices.Sort(list)
		values[scope] = slices.Compact(list)
	}
	return values
}

// person says that the response has a person's data. A page on which people are
// chosen is no error that tells of them.
func (t told) person(values map[string][]string) string {
	if strings.Contains(strings.ToLower(t.text), "<form") {
		return ""
	}
	text := place{text: t.beyond(nil)}
	for _, scope := range identifying {
		if slices.ContainsFunc(values[scope], text.shows) {
			return "the person's " + scope
		}
	}
	return ""
}
