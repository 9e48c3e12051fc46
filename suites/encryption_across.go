package suites

import (
	"errors"
	"fmt"
	"slices"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// CRYPT, continued: what several responses, or two clients, show.

var CRYPT06 = judge.Check{
	ID: "CRYPT-06", Title: "no initialisation vector is used twice with the same key",
	Problem: "an initialisation vector is used twice with the same key", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.RFC("7518", "8.4")},
	Expect: "Across all members of all responses in the run, no key is used twice with the same initialisation vector.",
	Why:    "With AES-GCM a repeated vector can reveal both plaintexts to anyone who sees the two, and allows responses to be forged.",
	Remedy: "Generate a new random vector for each encryption, and a new block key for each response.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-06 no initialisation vector is used twice with the same key", check(CRYPT06, func(s *Session) {
	s.standUp()
	s.BlockKey(s.Encrypted())
	for range 3 {
		another := s.oneMore(s.Shared().Tokens, 2)
		if another == nil {
			break
		}
		s.BlockKey(another)
	}
	if another := s.anothers(); another != nil {
		s.BlockKey(another) // other plaintexts show a vector that is derived from the member's name
	}
	first := map[string]encryption{}
	judged, repeated := 0, []judge.Finding{}
	for number, a := range s.opened() {
		for _, use := range s.encryptions(a, number) {
			judged++
			id := string(use.key) + "|" + string(use.iv)
			before, again := first[id]
			if !again {
				first[id] = use
				continue
			}
			if !before.same(use) && len(repeated) < 5 {
				repeated = append(repeated, judge.Finding{Observed: fmt.Sprintf("%s repeats the vector of %s under one key", use.place, before.place), Evidence: a.Exchange})
			}
		}
	}
	if judged == 0 {
		s.Block("CRYPT-05", "no member of data could be parsed")
	}
	s.AssertNone("a different vector for each encryption", repeated)
	s.Observe("%d encryptions in %d responses", judged, len(s.Seen.Answers))
}))

// encryption is one use of a key with an initialisation vector.
type encryption struct {
	key, iv []byte
	place   string
	answer  int
	member  string
	compact string
}

// same reports whether two uses are one encryption that was sent twice, as a
// provider that keeps its responses does.
func (e encryption) same(other encryption) bool {
	return e.answer != other.answer && e.member == other.member && e.compact == other.compact
}

// encryptions lists what was encrypted in a response: its key, each member of
// its data, and the content keys wrapped for them. What cannot be taken apart,
// other checks judge.
func (s *Session) encryptions(a *UserInfoResponse, number int) []encryption {
	var out []encryption
	block := s.BlockKey(a).K
	add := func(member, compact string, unwrap func(*sgid.JWE) ([]byte, error)) {
		j, err := sgid.ParseJWE(compact)
		if err != nil {
			return
		}
		place := fmt.Sprintf("%s of response %d", member, number+1)
		if j.KeyIV != nil {
			out = append(out, encryption{block, j.KeyIV, "the wrapped key of " + place, number, member, compact})
		}
		if key, err := unwrap(j); err == nil {
			out = append(out, encryption{key, j.IV, place, number, member, compact})
		}
	}
	d := s.decrypter(a.Tokens.Login.Client)
	add("key", a.Key, func(j *sgid.JWE) ([]byte, error) { return d.RawRSA(j.EncryptedKey, j.Alg) })
	for _, name := range a.DataOrder {
		add(clip(name), a.Data[name], func(j *sgid.JWE) ([]byte, error) { return contentKey(j, block) })
	}
	return out
}

var CRYPT09 = judge.Check{
	ID: "CRYPT-09", Title: "the response is encrypted only to its client",
	Problem: "the response can be opened by another client, or not by its own", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.SGIDINT("sgID")},
	Expect: "The other client's private key does not decrypt key, and each client's own does, with RSA-OAEP for both.",
	Why:    "If responses are encrypted to one key for all clients, every agency can read what was meant for another.",
	Remedy: "Choose the public key by the client of the access token.",
	Needs:  []judge.Need{judge.Login, judge.DataScope, judge.SecondClient}, Logins: 1,
	Wants: []judge.Want{{Varies: []string{judge.Client}, Code: judge.Redeemed}},
	Cases: []string{"first client's answer", "second client's answer"},
}

var _ = ginkgo.It("CRYPT-09 the response is encrypted only to its client", check(CRYPT09, func(s *Session) {
	first, second := &s.Config.First, s.Config.Second
	switch {
	case second == nil || second.Key == nil:
		s.SkipFor(run.WantClient, "no private key of a second client is configured")
	case first.Key != nil && first.Key.Equal(second.Key):
		s.SkipFor(run.WantClient, "both clients are configured with the same private key")
	}
	s.Case("first client's answer", func() {
		a := s.Encrypted()
		s.BlockKey(a)
		s.Require(!s.opens(second, a), "a key that the second client cannot open", "the second client's private key opens it", a.Exchange)
	})
	s.Case("second client's answer", func() {
		if len(dataScopes(second.Scopes)) == 0 {
			s.SkipFor(run.WantClient, "the second client is registered for no data")
		}
		s.BlockKey(s.Encrypted()) // a provider that encrypts to nobody's key is CRYPT-03's
		tokens := s.SharedSecond().Tokens
		if len(dataScopes(granted(tokens))) == 0 {
			s.SkipFor(run.WantClient, "the second client was granted no data")
		}
		e := s.AskUserInfo("Bearer " + tokens.AccessToken)
		s.limited(e)
		info, problem := uninformed(e)
		s.Require(problem == "", "user data for the second client as for the first", problem, e)
		a := s.toValid(tokens, info, e)
		s.Require(a.Key != "", "a key for the second client as for the first", "a response without key", e)
		problem = keyAlgorithmOf(s.Encrypted(), a)
		s.Require(problem == "", "RSA-OAEP, as for the first client", problem, a.Exchange)
		s.Require(!s.opens(first, a), "a key that the first client cannot open", "the first client's private key opens it", a.Exchange)
		s.Require(s.opens(second, a), "a key that the second client can open", "the second client's private key does not open it", a.Exchange)
	})
}))

// opens reports whether a party's private key opens a response's key, whatever
// is inside. CRYPT-01 owns the key's having a form in which that can be seen.
func (s *Session) opens(p *config.Registration, a *UserInfoResponse) bool {
	j, err := sgid.ParseJWE(a.Key)
	if err == nil && slices.Contains(sgid.KeyAlgorithms(), j.Alg) && len(j.EncryptedKey) != p.Key.Size() {
		return false
	}
	_, err = s.decrypter(p).BlockKey(a.Key)
	if errors.Is(err, sgid.ErrZip) || errors.Is(err, sgid.ErrCrit) {
		_, err = blockKeyDespite(a.Key, p.Key)
	}
	switch {
	case err == nil, errors.Is(err, sgid.ErrBlockKey):
		return true
	case errors.Is(err, sgid.ErrDecrypt):
		return false
	}
	s.owned("CRYPT-01", a.Exchange, "%v", err)
	return false
}
