package rp

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/cookie"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// Cookies that somebody else could have made.

var RP74 = judge.Check{
	ID: "RP-74", Title: "who is logged in does not stand in a cookie that can be rewritten",
	Problem: "a cookie that can be rewritten says who is logged in", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.ASVS("3.5"), judge.ASVS("4.1")},
	Expect: "A cookie that holds one person's identifier or data, rewritten to another's, does not show that person: with the signature that it had, without one, or with one that anybody can make.",
	Why:    "Whoever knows another's identifier is logged in as them by changing a cookie.",
	Remedy: "Sign or encrypt what a cookie says (iron-session, a signed session of the framework) with a random key of 32 octets, or keep it on the server under a random identifier.",
}

var _ = ginkgo.It("RP-74 who is logged in does not stand in a cookie that can be rewritten", check(RP74, func(s *Session) {
	l := s.Clean()
	all := provider.People()
	cookies := l.Browser.Cookies(s.Site.Protected)
	tried, found := 0, []judge.Finding{}
	for _, c := range cookies {
		for _, rewritten := range s.rewritten(c.Value, &all[0], &all[1]) {
			if tried == 0 && !s.seenWith(l, cookies, c.Name, c.Value).Shows(all[0].ID) {
				s.Skip("the protected page does not show who is logged in to a browser that runs no script")
			}
			tried++
			forged := s.seenWith(l, cookies, c.Name, rewritten.value)
			if forged.Shows(all[1].ID) && (rewritten.identifies || !forged.Shows(all[0].ID)) {
				forged.Keep()
				found = append(found, judge.Finding{Observed: fmt.Sprintf("the cookie %s, rewritten, shows the other person", brief(c.Name)), Evidence: forged.Evidence()})
				break
			}
		}
	}
	s.AssertNone("", found)
	if tried == 0 {
		s.Observe("no cookie holds what is known of the person")
	}
}))

// seenWith opens the protected page with a login's cookies, of which one has that
// value.
func (s *Session) seenWith(of *Login, cookies []cookie.Cookie, name, value string) *Login {
	return s.answered(func() *Login {
		held := slices.Clone(cookies)
		for i := range held {
			if held[i].Name == name {
				held[i].Value = value
			}
		}
		l := s.loginIn(s.browserWith(s.Site.Protected, held), of.Attempt)
		l.See()
		return l
	})
}

// rewriting is a value of a cookie with something of one person's in the place of
// another's. Where nothing in it identifies anybody, as in a greeting that a cookie
// keeps, a page that goes on to show the first person has believed who that is.
type rewriting struct {
	value      string
	identifies bool
}

// pair is something of one person's, and of the other's.
type pair struct{ from, to string }

// rewritten are the values of a cookie with one person's sub or NRIC, or all that is
// known of them at once, put in the place of another's, however it is written there,
// also in one part of several, of which another may be a signature.
func (s *Session) rewritten(value string, from, to *provider.Persona) (out []rewriting) {
	identifiers := []pair{{s.Front.Sub(from), s.Front.Sub(to)}, {from.Data["myinfo.nric_number"], to.Data["myinfo.nric_number"]}}
	known := slices.Clone(identifiers)
	for _, scope := range []string{"myinfo.name", "myinfo.email", "myinfo.mobile_number_with_country_code", "myinfo.mobile_number"} {
		known = append(known, pair{from.Data[scope], to.Data[scope]})
	}
	seen := map[string]bool{}
	for _, pairs := range [][]pair{identifiers[:1], identifiers[1:], identifiers, known} {
		for _, forged := range s.exchanged(value, pairs) {
			if !seen[forged] {
				seen[forged] = true
				out = append(out, rewriting{forged, len(pairs) < len(known) || len(s.exchanged(value, identifiers)) > 0})
			}
		}
	}
	return out
}

// exchanged are the values of a cookie with the first of each pair exchanged for the
// second: in the whole, and in one part of several.
func (s *Session) exchanged(value string, pairs []pair) (out []string) {
	out = replaced(value, pairs)
	for _, separator := range []string{".", "|", "--", ":", "~"} {
		splits := [][]string{strings.Split(value, separator)}
		if last := strings.LastIndex(value, separator); last >= 0 && len(splits[0]) > 2 {
			splits = append(splits, []string{value[:last], value[last+len(separator):]}) // what it parts stands in the data, too
		}
		for _, parts := range splits {
			if len(parts) < 2 || len(parts) > 8 {
				continue
			}
			for i, part := range parts {
				for _, now := range replaced(part, pairs) {
					for _, forged := range s.signedAgain(parts, i, now, pairs) {
						out = append(out, strings.Join(forged, separator))
					}
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// writings are the ways in which a text may stand in a cookie.
var writings = []func(string) string{
	func(t string) string { return t }, url.QueryEscape, asComponent,
	func(t string) string { return hex.EncodeToString([]byte(t)) },
}

// asComponent escapes as encodeURIComponent does.
func asComponent(t string) string { return strings.ReplaceAll(url.QueryEscape(t), "+", "%20") }

// inText exchanges the first of each pair for the second, in each way of writing them.
func inText(text string, pairs []pair) string {
	for _, write := range writings {
		for _, p := range pairs {
			if p.from != "" {
				text = strings.ReplaceAll(text, write(p.from), write(p.to))
			}
		}
	}
	return text
}

// replaced are the ways to put the second of each pair in the place of the first in a
// value that holds it as it is, or encoded.
func replaced(value string, pairs []pair) (out []string) {
	if now := inText(value, pairs); now != value {
		out = append(out, now)
	}
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
		plain, err := encoding.DecodeString(value)
		if unescaped, failed := url.QueryUnescape(value); err != nil && failed == nil {
			plain, err = encoding.DecodeString(unescaped)
		}
		if err != nil {
			continue
		}
		if now := inText(string(plain), pairs); now != string(plain) {
			out = append(out, encoding.EncodeToString([]byte(now)))
		}
	}
	return out
}

// signedAgain are the parts of a value with one of them changed: the others as they
// were, and each digest among them, of what was there, made anew; of a JWT, without
// a signature and with those by secrets that anybody may guess.
func (s *Session) signedAgain(parts []string, i int, now string, pairs []pair) (out [][]string) {
	changed := slices.Clone(parts)
	changed[i] = now
	out = append(out, changed)
	signed := append([]pair{{parts[i], now}, {decoded(parts[i]), decoded(now)}}, pairs...)
	for _, unescape := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
		was, err := unescape(parts[i])
		is, failed := unescape(now)
		if err == nil && failed == nil && was != parts[i] { // Express signs what stands behind s:
			signed = append(signed, pair{was, is}, pair{strings.TrimPrefix(was, "s:"), strings.TrimPrefix(is, "s:")})
		}
	}
	for k := range parts {
		if k == i {
			continue
		}
		unescaped, _ := url.PathUnescape(parts[k])
		for _, digest := range s.digests() {
			for _, of := range signed {
				made := digest(of.from)
				if made != parts[k] && made != unescaped {
					continue
				}
				forged := slices.Clone(changed)
				if forged[k] = digest(of.to); made != parts[k] || strings.Contains(parts[i], "%") {
					forged[k] = asComponent(forged[k])
				}
				out = append(out, forged)
			}
		}
	}
	var header map[string]any
	if len(parts) != 3 || i != 1 || json.Unmarshal([]byte(decoded(parts[0])), &header) != nil || header["alg"] == nil {
		return out
	}
	header["alg"] = "none"
	out = append(out, []string{encodeJSON(header), now, ""})
	header["alg"] = "HS256"
	for _, secret := range s.guesses() {
		input := encodeJSON(header) + "." + now
		out = append(out, []string{encodeJSON(header), now, encode(hs256([]byte(secret))([]byte(input)))})
	}
	return out
}

func decoded(part string) string {
	plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return part
	}
	return string(plain)
}

// guesses are secrets that anybody may guess.
func (s *Session) guesses() []string {
	return []string{"", "secret", "changeme", "keyboard cat", s.Front.Client().ID}
}

// digests are what may stand in the place of a signature and needs no secret, or
// one that can be guessed.
func (s *Session) digests() (out []func(string) string) {
	hashes := []func() hash.Hash{md5.New, sha1.New, sha256.New, sha512.New}
	for _, secret := range s.guesses() {
		hashes = append(hashes, func() hash.Hash { return hmac.New(sha256.New, []byte(secret)) })
	}
	for _, made := range hashes {
		for _, write := range []func([]byte) string{
			hex.EncodeToString, base64.RawURLEncoding.EncodeToString, base64.StdEncoding.EncodeToString, base64.RawStdEncoding.EncodeToString,
		} {
			out = append(out, func(text string) string {
				h := made()
				_, _ = h.Write([]byte(text))
				return write(h.Sum(nil))
			})
		}
	}
	return out
}

// fewestVarying is in how many characters the sessions of different logins differ
// at least.
const fewestVarying = 8

// fewestRandom is how many characters hold a value that cannot be guessed.
const fewestRandom = 16

var RP76 = judge.Check{
	ID: "RP-76", Title: "a session cannot be guessed",
	Problem: "a session can be guessed", Level: judge.MUST, Phase: judge.LoggingIn, Logins: 7,
	Basis:  []run.Basis{judge.ASVS("3.2.1"), judge.ASVS("3.2.2")},
	Expect: "The cookies on which a session hangs are others at each login, also of the same person, and differ in 8 characters or more. That those signed with a secret are the same each time is a warning.",
	Why:    "A counter, a time or a digest of the person's identifier is a session that anybody can compute: they are logged in as whom they like. One that is signed and always the same serves who copies it once for ever.",
	Remedy: "Draw the session's identifier at random for each login, 16 octets or more: crypto.randomBytes(32).toString('base64url'), or the framework's own sessions.",
}

var _ = ginkgo.It("RP-76 a session cannot be guessed", check(RP76, func(s *Session) {
	var sessions []string
	var l *Login
	names := map[string]bool{}
	for range 5 {
		l = s.Clean()
		if len(names) == 0 {
			if names = s.sessionCookies(l); len(names) == 0 {
				s.Skip("no cookie is known on which the session alone hangs")
			}
		}
		sessions = append(sessions, sessionOf(l.Browser.Cookies(s.Site.Protected), names))
	}
	if varying(sessions) == 0 { // what is signed with the time, in seconds, may be the same
		select {
		case <-time.After(time.Second):
		case <-s.Context.Done():
		}
		l = s.Clean()
		sessions = append(sessions, sessionOf(l.Browser.Cookies(s.Site.Protected), names))
	}
	n := varying(sessions)
	if n == 0 {
		same := fmt.Sprintf("the cookies of %d logins of one person are the same", len(sessions))
		l.Require(!s.computed(sessions[0], &provider.People()[0]), "", same+", and made of the person's identifier", l.Evidence())
		// Who has no key cannot make what is signed, and only its thief has it for ever.
		l.AssertAt(judge.SHOULD, false, "", same, l.Evidence())
		return
	}
	l.Require(n >= fewestVarying, "", fmt.Sprintf("the cookies of %d logins differ in %d characters alone", len(sessions), n), l.Evidence())
}))

// computed reports that a session holds nothing but a person's identifier, written in
// one way or another, or its digest, and less than a random value needs.
func (s *Session) computed(session string, of *provider.Persona) bool {
	for _, known := range []string{s.Front.Sub(of), of.Data["myinfo.nric_number"]} {
		forms := []string{known, url.QueryEscape(known), hex.EncodeToString([]byte(known))}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			forms = append(forms, encoding.EncodeToString([]byte(known)))
		}
		for _, digest := range s.digests() {
			forms = append(forms, digest(known), strings.ToUpper(digest(known)))
		}
		for _, form := range forms {
			session = strings.ReplaceAll(session, form, "")
		}
	}
	return len(session) < fewestRandom
}

// sessionCookies are the names of the cookies without which the protected page
// shows nobody.
func (s *Session) sessionCookies(l *Login) map[string]bool {
	held := l.Browser.Cookies(s.Site.Protected)
	if !s.seenWith(l, held, "", "").Look.In {
		s.Skip("the protected page does not show who is logged in to a browser that runs no script")
	}
	names := map[string]bool{}
	for _, c := range held {
		if others, _ := parted(held, c.Name); !s.seenWith(l, others, "", "").Look.In {
			names[c.Name] = true
		}
	}
	return names
}

// sessionOf are the values of the cookies of those names, of all where one is not
// there: it has another name at each login.
func sessionOf(cookies []cookie.Cookie, names map[string]bool) string {
	values := map[string]string{}
	for _, c := range cookies {
		values[c.Name] = c.Value
	}
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if _, there := values[name]; !there {
			for _, other := range slices.Sorted(maps.Keys(values)) {
				text.WriteString(other + values[other])
			}
			return text.String()
		}
		text.WriteString(values[name])
	}
	return text.String()
}
