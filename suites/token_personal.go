package suites

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/nesting"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// The token response is not encrypted, and access tokens stand in logs.

var TOKEN31 = judge.Check{
	ID: "TOKEN-31", Title: "token responses and access tokens hold no personal data",
	Problem: "a token response or an access token holds personal data", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.RFC("9068", "6")},
	Expect: "No token response of the run, and no access token that can be read as a JWT, has an NRIC or FIN, or what else identifies the person who logged in.",
	Why:    "sgID encrypts personal data to the client; a copy in the token response or the access token can be read by every proxy and log on the way.",
	Remedy: "Return only the documented members, and make access tokens opaque, or leave everything about the person but sub out of them.",
	Needs:  []judge.Need{judge.Login}, Cases: []string{"token response", "access token"},
}

var _ = ginkgo.It("TOKEN-31 token responses and access tokens hold no personal data", check(TOKEN31, func(s *Session) {
	people := s.identifyingValues()
	s.Shared()
	s.Case("token response", func() {
		s.impersonal(people, func(one Issued) []place {
			var places []place
			for member, raw := range one.Reply.Parsed.Raw {
				var value any
				if member == "id_token" || member == "access_token" || json.Unmarshal(raw, &value) != nil {
					continue // IDT-09's, and the other case's
				}
				walkJSON(map[string]any{member: value}, func(name, text string) {
					places = append(places, place{"the member " + shorten(name), text})
				})
			}
			return places
		})
	})
	s.Case("access token", func() {
		s.impersonal(people, func(one Issued) []place {
			places := []place{{"the access token", one.Reply.Parsed.AccessToken}}
			for _, part := range jsonParts(one.Reply.Parsed.AccessToken) {
				walkJSON(part, func(name, text string) {
					places = append(places, place{"the access token's claim " + shorten(name), text})
				})
			}
			return places
		})
	})
}))

// impersonal judges that nothing about a person stands in any of the places of
// each token response.
func (s *Session) impersonal(people map[string][]sought, of func(Issued) []place) {
	found, judgedBefore, octets := map[string]bool{}, map[place]bool{}, 0
	judged := func(ok bool, saw string, one Issued) {
		s.Assert(ok || found[saw], "no personal data", saw, one.Reply.Exchange)
		found[saw] = found[saw] || !ok
	}
	for _, one := range s.Seen.Issued {
		for _, p := range of(one) {
			p.text = p.text[:min(len(p.text), longestText)]
			if judgedBefore[p] {
				continue
			}
			judgedBefore[p] = true
			s.stopIfInterrupted()
			if octets += len(p.text); octets > mostSearched {
				s.SkipFor(run.WantEvidence, "the token responses of the run hold more than the %d MiB that are searched", mostSearched>>20)
			}
			_, claim, named := strings.Cut(p.name, "claim ")
			if !named {
				claim = strings.TrimPrefix(p.name, "the member ")
			}
			first, _, _ := strings.Cut(claim, ".")
			personal := slices.Contains(aboutAPerson, first) || strings.HasPrefix(claim, "myinfo.") || strings.HasPrefix(claim, "pocdex.")
			judged(!personal, p.name, one)
			judged(!holdsNRIC(p.text), "an NRIC or FIN in "+p.name, one)
			if slices.Contains(aboutTheToken, first) {
				continue
			}
			text := read(p.text)
			for scope, values := range people {
				judged(!slices.ContainsFunc(values, text.shows), "the value of "+scope+" in "+p.name, one)
			}
		}
		judged(true, "", one)
	}
}

// jsonParts are header and payload of what can be read as a JWT, and so by
// anyone who has it; none where it cannot.
func jsonParts(token string) []any {
	var parts []any
	if len(token) > longestText {
		return nil
	}
	for encoded := range strings.SplitSeq(token, ".") {
		text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
		var object map[string]any
		if err == nil && nesting.JSON(text) == nil && json.Unmarshal(text, &object) == nil {
			parts = append(parts, object)
		}
	}
	return parts
}
