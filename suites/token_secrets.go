package suites

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
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
	errors := searching(s.errorsSeen())
	errors.left += s.Seen.ErrorsDropped
	s.Case("client secret", func() {
		s.needLongSecret()
		secrets := errors.partly(s.clientSecrets())
		s.noneTells(errors, func(e told) string { return e.clientSecretIn(secrets) })
		s.Observe("%d different errors seen", len(errors.all))
	})
	s.Case("code, token or verifier", func() {
		values := s.heldBy(errors, s.issued())
		s.noneTells(errors, func(e told) string { return e.issued(values) })
	})
	s.Case("personal data", func() {
		known := s.identifyingValues()
		if len(known) == 0 {
			s.SkipFor(run.WantEvidence, "no data are known by which a person could be told")
		}
		s.noneTells(errors, func(e told) string { return e.person(known) })
	})
	s.Case("client secret in a token response", func() {
		s.needLongSecret()
		responses := searching(s.Seen.TokenResponses)
		secrets := responses.partly(s.clientSecrets())
		s.noneTells(responses, func(e told) string { return e.clientSecretIn(secrets) })
	})
}))

// mostFindings is how many responses are named that tell too much.
const mostFindings = 5

func (s *Session) noneTells(searched searched, tells func(told) string) {
	var found []judge.Finding
	for _, e := range searched.all {
		s.stopIfInterrupted()
		if what := tells(e); what != "" {
			found = append(found, judge.Finding{Observed: fmt.Sprintf("%s in a response with status %d", what, e.from.Response.Status), Evidence: e.from})
		}
		if len(found) == mostFindings {
			break
		}
	}
	s.AssertNone("no secret and no personal data in the response", found)
	if len(found) == 0 && searched.left > 0 {
		s.SkipFor(run.WantEvidence, "some responses were not searched, or not to their end: of one %d MiB are, and of all %d MiB", longestBody>>20, mostSearched>>20)
	}
}

// errorsSeen are the errors of the run.
func (s *Session) errorsSeen() []*Exchange {
	all := slices.Concat(s.Seen.Errors, s.Seen.Refusals)
	for _, r := range s.Seen.ErrorReturns {
		if r.Evidence != nil && r.Evidence.Response != nil && !r.Granted() {
			all = append(all, r.Evidence)
		}
	}
	return all
}

// noteError keeps a response that is an error; of long ones no more than are
// searched.
func (s *Session) noteError(e *Exchange) {
	if e.Response == nil || e.Response.Status < http.StatusBadRequest || e.Err != nil && !tooLong(e) {
		return
	}
	if length := len(e.Body()); length > longestText {
		if s.Seen.longErrors+length > mostSearched {
			s.Seen.ErrorsDropped++
			return
		}
		s.Seen.longErrors += length
	}
	s.Seen.Errors = append(s.Seen.Errors, e)
}

// wholeSecret is the length from which on a client secret does not stand in a text
// by chance.
const wholeSecret = 12

// partly are the secrets of which some response may hold half or more.
func (r searched) partly(secrets []string) []string {
	return slices.DeleteFunc(secrets, func(secret string) bool {
		if len(secret) < wholeSecret {
			return true
		}
		if slices.ContainsFunc(base64Forms(secret), func(form string) bool { return strings.Contains(r.base64, form) }) {
			return false
		}
		quarter := len(secret) / 4 // half of the secret has one of its quarters in it
		for at := 0; at+quarter <= len(secret); at += quarter {
			if strings.Contains(r.joined, secret[at:at+quarter]) {
				return false
			}
		}
		return true
	})
}

// clientSecretIn says that the response has a client's secret or half of one.
func (t told) clientSecretIn(secrets []string) string {
	text := t.beyond(secrets)
	for _, secret := range secrets {
		switch half := len(secret) / 2; {
		case strings.Contains(text, secret), inBase64(text, secret):
			return "the client secret"
		case half >= redact.HalfSecret && hasRunOf(half, text, secret):
			return fmt.Sprintf("%d of the client secret's %d characters", half, len(secret))
		}
	}
	return ""
}

// hasRunOf reports whether so many characters of a secret stand in a text as they
// do in it.
func hasRunOf(length int, text, secret string) bool {
	for at := 0; at+length <= len(secret); at++ {
		if strings.Contains(text, secret[at:at+length]) {
			return true
		}
	}
	return false
}

// inBase64 reports whether a text holds a value in base64.
func inBase64(text, value string) bool {
	text = base64URL.Replace(text)
	return slices.ContainsFunc(base64Forms(value), func(form string) bool { return strings.Contains(text, form) })
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

// heldBy are the values of at least 16 characters that some response has.
func (s *Session) heldBy(r searched, values map[string][]string) map[string][]string {
	held := map[string][]string{}
	for what, list := range values {
		for _, v := range list {
			s.stopIfInterrupted()
			// A short text is looked for many times faster than a long one.
			if len(v) >= 16 && strings.Contains(r.joined, v[:16]) && strings.Contains(r.joined, v) {
				held[what] = append(held[what], v)
			}
		}
	}
	return held
}

// issued says that the response has a code, token or verifier that its request
// did not send.
func (t told) issued(values map[string][]string) string {
	for _, what := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[what] {
			part := func(sent string) bool { return strings.Contains(sent, v) || strings.Contains(v, sent) }
			if strings.Contains(t.text, v) && !slices.ContainsFunc(t.sent, part) {
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
func (s *Session) identifyingValues() map[string][]sought {
	if len(dataScopes(granted(s.Shared().Tokens))) > 0 {
		s.Open(s.Encrypted())
	}
	values := map[string][]string{}
	for _, a := range s.Seen.Answers {
		for _, scope := range identifying {
			if m, there := a.members[scope]; there && m.err == nil && !slices.Contains(values[scope], m.text) {
				values[scope] = append(values[scope], m.text)
			}
		}
	}
	out := map[string][]sought{}
	for scope, texts := range values {
		for _, text := range texts {
			for _, value := range tellingValues(text) {
				out[scope] = append(out[scope], seek(value))
			}
		}
	}
	return out
}

// person says that the response has a person's data. That people are offered to be
// chosen in a form tells nobody's; what the page says beside them may.
func (t told) person(values map[string][]sought) string {
	text := read(withoutChoices(t.beyond(nil)))
	for _, scope := range identifying {
		if slices.ContainsFunc(values[scope], text.shows) {
			return "the person's " + scope
		}
	}
	return ""
}
