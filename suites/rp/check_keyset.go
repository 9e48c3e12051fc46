package rp

import (
	"crypto/rsa"
	"net/http"
	"slices"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// RP-59 to RP-61: the provider's key set. They come last: an application may look
// at the set again only a minute after it looked last.

// keySetPause is how long a right application may go without a new look.
const keySetPause = 61 * time.Second

// letPass lets the time pass in which an application may go without a new look
// at the key set; the case ends where that takes longer than this run may.
func (s *Session) letPass() {
	if s.Advance != nil {
		s.Advance(keySetPause)
		return
	}
	s.needsSlow()
	select {
	case <-time.After(keySetPause):
	case <-s.Context.Done():
		s.Block("harness", "the run was interrupted")
	}
}

// freshLook sees to it that the application looks at the key set again when it is
// asked to: it is started anew, or time passes. False: neither can be had.
func (s *Session) freshLook() bool {
	switch {
	case s.Process != nil:
		if !s.back() {
			s.Block("RP-71", "%s", s.down)
		}
	case s.canWait():
		s.letPass()
	default:
		return false
	}
	return true
}

// worksAfterLook judges that a login works which takes a new look at the key set:
// at once or, where it is refused, once more when a right application looks again.
func (s *Session) worksAfterLook(c provider.Conduct) *Login {
	l := s.LogIn(c)
	if !l.Look.In {
		s.letPass()
		l = s.LogIn(c)
	}
	s.WorksAs(l)
	return l
}

func (s *Session) canWait() bool { return s.Slow || s.Advance != nil }

var keyChanges = []string{"new key beside the old", "new key alone"}

var RP59 = judge.Check{
	ID: "RP-59", Title: "the login works when the provider changes its signing key",
	Problem: "the login stops working when the provider changes its signing key", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.OIDCCORE("10.1.1")},
	Expect: "With a new key beside the old one in the key set, and with a new key alone, a login works at once or a minute later.",
	Why:    "Providers change their keys without a word. An application that fetches the key set once turns everybody away until it is started again.",
	Remedy: "Look at the key set again when a token names an unknown kid, at most about once a minute (jose: createRemoteJWKSet does; in Python, PyJWKClient).",
	Cases:  append(slices.Clone(keyChanges), "old key's token afterwards"), Logins: 3,
	Levels: map[string]judge.Level{"old key's token afterwards": judge.INFO},
}

var _ = ginkgo.It("RP-59 the login works when the provider changes its signing key", check(RP59, func(s *Session) {
	var old *rsa.PrivateKey
	var kid any
	s.logInGiven(provider.Conduct{IDToken: func(t *provider.IDToken) { old, kid = t.Key, t.Header["kid"] }})
	known := false
	for i, name := range keyChanges {
		s.Case(name, func() {
			known = false
			back := s.Front.NewKey(spareKeys[5+i](), i == 0)
			defer func() {
				if !known { // what follows needs a key that the application knows
					back()
				}
			}()
			known = s.worksAfterLook(provider.Conduct{Wrong: "the signing key changes: " + name}).Look.In
		})
	}
	s.Case("old key's token afterwards", func() {
		if !known {
			s.Skip("the application has not seen the set without it")
		}
		s.Refuses(provider.Conduct{Wrong: "the ID token is signed with the key that left the set", IDToken: func(t *provider.IDToken) {
			t.Key, t.Header["kid"] = old, kid
		}})
	})
}))

// keySet is a set made from the usual keys.
type keySet struct {
	name string
	edit func(keys []any) []any
}

// keySets are sets that hold more than the key that signs.
var keySets = []keySet{
	{"keys of types EC and OKP and of an unknown one", func(keys []any) []any {
		return append([]any{
			map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "kid": "ec-1", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
			map[string]any{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "okp-1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
			map[string]any{"kty": "SGIDCHECK", "kid": "unknown-1"},
		}, keys...)
	}},
	{"a key for encryption first", func(keys []any) []any {
		key := jwkOf(&strangerKey().PublicKey, "enc-1")
		key["use"], key["alg"] = "enc", "RSA-OAEP-256"
		return append([]any{key}, keys...)
	}},
	{"another RSA key first", func(keys []any) []any { return append([]any{jwkOf(&strangerKey().PublicKey, "sig-1")}, keys...) }},
}

var RP60 = judge.Check{
	ID: "RP-60", Title: "a key set that contains other keys too does no harm",
	Problem: "a key set that contains other keys too breaks the login", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.RFC("7517", "5")},
	Expect: "With keys of other types and uses in the set, and with two RSA keys, the login works.",
	Why:    "Key sets grow. Whoever takes the first key of the set turns everybody away when it does.",
	Remedy: "Have the JWT library choose by kid, kty, use and alg (jose: createRemoteJWKSet), and skip keys that it does not know.",
	Cases:  judge.Names(keySets, func(k keySet) string { return k.name }), Logins: len(keySets),
}

var _ = ginkgo.It("RP-60 a key set that contains other keys too does no harm", check(RP60, func(s *Session) {
	all := func(keys []any) []any {
		for _, k := range keySets {
			keys = k.edit(keys)
		}
		return keys
	}
	s.freshLook()
	together, looked := s.lookingAnew(keySetOf("the key set has keys of all kinds", 1, all))
	for i, k := range keySets {
		s.Case(k.name, func() {
			l := together
			if !looked || !together.Look.In {
				s.freshLook()
				var looked bool
				if l, looked = s.lookingAnew(keySetOf("the key set has "+k.name, 2+i, k.edit)); !looked {
					s.needsLook(l)
				}
			}
			s.WorksAs(l)
		})
	}
}))

// lookingAnew makes a login that takes a new look at the key set, and reports whether
// the application took one. Where it looked and refused, it may have looked behind the
// login's back: the next one finds what came of that.
func (s *Session) lookingAnew(c provider.Conduct) (l *Login, looked bool) {
	l = s.LogIn(c)
	looked = l.looked()
	if looked && !l.Look.In {
		l = s.LogIn(c)
	}
	return l, looked
}

// looked reports whether the application looked at the key set in the login.
func (l *Login) looked() bool { return len(l.Attempt.At(sgid.PathJWKS)) > 0 }

// keySetOf is a login with a key of its own in a set that is edited.
func keySetOf(wrong string, key int, edit func(keys []any) []any) provider.Conduct {
	return saying(wrong, withOwnKey(spareKeys[key](), edit))
}

// needsLook ends the case where a login took no look at the key set.
func (s *Session) needsLook(l *Login) {
	if l.looked() {
		return
	}
	l.Keep()
	if !s.canWait() {
		s.SkipFor(run.WantTime, "the application did not look at the key set again; with --slow it is given a minute")
	}
	s.Skip("the application did not look at the key set for a key that it does not know")
}

var RP61 = judge.Check{
	ID: "RP-61", Title: "a key set that is unavailable once is requested again",
	Problem: "a key set that is unavailable once breaks later logins, or is done without", Level: judge.SHOULD, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "Where the key set is answered 500 once, that login is refused, and the next one works, at once or a minute later.",
	Why:    "An application that keeps the failure turns everybody away until it is started again.",
	Remedy: "Cache key sets that were read, never the error: a memoized promise keeps a rejection for ever.",
	Logins: 2,
}

var _ = ginkgo.It("RP-61 a key set that is unavailable once is requested again", check(RP61, func(s *Session) {
	key := spareKeys[7]()
	c := withOwnKey(key, nil)
	c.Wrong = "the key set is answered 500 once"
	c.At = answeredBy(sgid.PathJWKS, "", provider.Times(1, provider.Sends(http.StatusInternalServerError, jsonType, serverError))).At
	s.freshLook()
	l := s.LogIn(c)
	s.needsLook(l)
	if l.Look.In && len(l.Attempt.At(sgid.PathJWKS)) == 1 {
		l.Keep()
		s.Found("", "it is accepted, without a key: "+l.Look.Shows(), l.Evidence())
		return
	}
	s.worksAfterLook(saying("the key set is there again", withOwnKey(key, nil)))
}))
