package suites

import (
	"slices"
	"strings"
	"unicode"

	"sgidcheck/internal/sgid"
)

// What two subs of one person have in common: agencies that each hold one can find
// by it that both are about the same citizen (OpenID Connect Core section 8.1).

// linking is how many characters in a row two subs share that nothing but the
// person explains.
const linking = 16

// readAtMost bounds what is compared of a sub; IDT-07 judges its length.
const readAtMost = 2048

// sharedText is the longest text that both subs hold, as they are or once their
// encodings are undone, that is long enough to link them. What the sub of another
// person holds as well is a form, and so is what known holds, such as a client ID.
// Where no other person's is known, words count as a form, too.
func sharedText(sub, other string, ofAnother []string, known ...string) string {
	longest := ""
	for _, a := range subReadings(sub) {
		a = withoutForms(a, "\x00", ofAnother, known)
		for _, b := range subReadings(other) {
			for _, text := range inCommon(a, withoutForms(b, "\x01", ofAnother, known)) {
				if len(text) > len(longest) && (len(ofAnother) > 0 || looksDrawn(text)) {
					longest = text
				}
			}
		}
	}
	return longest
}

// withoutForms is a reading in which a mark stands for what is no one person's.
func withoutForms(reading, mark string, ofAnother, known []string) string {
	theirs := slices.Clone(known)
	for _, another := range ofAnother {
		theirs = append(theirs, subReadings(another)...)
	}
	for _, text := range theirs {
		for _, form := range append(inCommon(reading, text), text) {
			if form != "" {
				reading = strings.ReplaceAll(reading, form, mark)
			}
		}
	}
	return reading
}

// subReadings are what a sub says: itself, and what is encoded in it, be it behind a
// prefix such as u=.
func subReadings(sub string) []string {
	sub = sub[:min(len(sub), readAtMost)]
	out := readings(sub)
	for _, part := range strings.FieldsFunc(sub, func(r rune) bool { return strings.ContainsRune("=:|@", r) }) {
		if part != sub {
			out = append(out, readings(part)...)
		}
	}
	return slices.DeleteFunc(out, func(reading string) bool { return len(reading) < linking })
}

// inCommon are the texts of that length or more that both hold.
func inCommon(a, b string) (texts []string) {
	for i := 0; i+linking <= len(a); i++ {
		if !strings.Contains(b, a[i:i+linking]) {
			continue
		}
		end := i + linking
		for end < len(a) && strings.Contains(b, a[i:end+1]) {
			end++
		}
		texts = append(texts, a[i:end])
		i = end - linking
	}
	return texts
}

// looksDrawn tells an identifier from a form that every sub has, such as
// urn:example:pairwise: : it goes from letters to digits, or from one case to the
// other, again and again, or is a long number.
func looksDrawn(text string) bool {
	if variety := slices.Compact(slices.Sorted(slices.Values([]byte(text)))); len(variety) < 6 { // it fills up
		return false
	}
	changes, number := 0, 0
	last, lastKind := rune(-1), -1
	for _, r := range text {
		kind := strings.IndexFunc("0Aa", func(like rune) bool {
			return unicode.IsDigit(r) && like == '0' || unicode.IsUpper(r) && like == 'A' || unicode.IsLower(r) && like == 'a'
		})
		switch {
		case kind < 0 && r > ' ' && r < 0x7f:
			continue // what separates, such as the hyphens of a UUID
		case lastKind >= 0 && kind != lastKind:
			changes++
			number = 0
		case kind == 0 && r != last: // zeros that fill up are no number
			number++
		}
		last, lastKind = r, kind
		if changes >= 4 || number >= 10 {
			return true
		}
	}
	return false
}

// ofAnotherPerson are the subs that the run has seen of other people.
func (s *Session) ofAnotherPerson() (subs []string) {
	for _, one := range s.Seen.Issued {
		if t, err := sgid.ParseIDToken(one.Reply.Parsed.IDToken); err == nil && t.Subject != "" && one.Login.Person > 0 && one.Login.Persona != "" {
			subs = append(subs, t.Subject)
		}
	}
	return subs
}

// steadySub blocks a check that compares subs where two logins of one person with
// the same request have two: that they differ from another's says nothing then.
func (s *Session) steadySub() {
	first := ""
	if s.Pooled() && len(s.Seen.Issued) < 3 { // the first client may not have had its second login yet
		s.afterOthers()
	}
	for _, one := range s.Seen.Issued {
		t, err := sgid.ParseIDToken(one.Reply.Parsed.IDToken)
		if err != nil || t.Subject == "" || one.Among || !one.Login.whole || one.Login.ownNonce || one.Login.Persona != s.Shared().Login.Persona {
			continue
		}
		if first == "" {
			first = t.Subject
		}
		if t.Subject != first {
			s.Block("IDT-11", "the same person has another sub with each login already")
		}
	}
	if s.isRoot("IDT-11") {
		s.Block("IDT-11", "the same person has another sub with each login already")
	}
}
