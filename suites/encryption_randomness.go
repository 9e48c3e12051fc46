package suites

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// CRYPT, continued: what the block keys of the whole run show.

var CRYPT07 = judge.Check{
	ID: "CRYPT-07", Title: "each response has its own block key",
	Problem: "two responses share one block key", Level: judge.SHOULD, Phase: judge.Closing,
	Basis:  []run.Basis{judge.SGIDINT("sgID")},
	Expect: "No two responses in the run are encrypted with the same block key.",
	Why:    "A block key that is used again decrypts other responses, past and future, once it leaks.",
	Remedy: "Generate a new random block key for each response.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-07 each response has its own block key", check(CRYPT07, func(s *Session) {
	a := s.Encrypted()
	first := s.BlockKey(a)
	const expected = "another block key"
	if again := s.oneMore(a.Tokens, 2); again != nil {
		s.Require(string(again.Body()) != string(a.Body()), expected, "the second response equals the first, byte for byte", again.Exchange)
		s.Require(!slices.Equal(first.K, s.BlockKey(again).K), expected, "the second response has the block key of the first", again.Exchange)
		if again.Tokens.Login != a.Tokens.Login { // of one token, too, there are to be two
			s.AskAgain(again.Tokens)
		}
	}
	if another := s.anothers(); another != nil {
		s.Require(!slices.Equal(first.K, s.BlockKey(another).K), expected, "another person's response has the block key of the first", another.Exchange)
	}
	opened := s.opened()
	number := map[string]int{}
	for i, each := range opened {
		before, repeated := number[string(each.blockKey.K)]
		s.Require(!repeated, expected, fmt.Sprintf("response %d of %d has the block key of response %d", i+1, len(opened), before+1), each.Exchange)
		number[string(each.blockKey.K)] = i
	}
	s.Observe("%d responses", len(opened))
}))

// opened are the responses of the run to a valid token whose block key opens;
// why one does not, other checks judge.
func (s *Session) opened() []*UserInfoResponse {
	for _, a := range s.Seen.UserInfos {
		client := a.Tokens.Login.Client
		if a.blockKey != nil || a.Key == "" || client.Key == nil {
			continue
		}
		if k, err := s.decrypter(client).BlockKey(a.Key); err == nil {
			s.Redactor.Learn(redact.KindBlockKey, base64.RawURLEncoding.EncodeToString(k.K))
			a.blockKey = k
			s.Seen.Answers = append(s.Seen.Answers, a)
		}
	}
	return s.Seen.Answers
}

// oneMore is another response to a valid token, for what judges those of the whole
// run: to the given one or, where it has run out meanwhile, as it may without ever
// having said when, to that of the last ordinary login. It is nil where that has run
// out, too, and as many responses as are enough were opened before.
func (s *Session) oneMore(t *Tokens, enough int) *UserInfoResponse {
	e := s.AskUserInfo("Bearer " + t.AccessToken)
	if fresh := s.fresh; e.Status() == http.StatusUnauthorized && fresh != nil && fresh != t.Login {
		t = s.granted(fresh, fresh.uses[0])
		e = s.AskUserInfo("Bearer " + t.AccessToken)
	}
	if e.Status() == http.StatusUnauthorized && s.askedAgain && len(s.opened()) >= enough {
		s.Observe("the access tokens of the run are not valid any more")
		return nil
	}
	return s.askedOnceMore(t, e)
}

// enoughKeys are keys enough to see which of their octets never change; fewestKeys
// are so where no more can be had.
const (
	enoughKeys = 8
	fewestKeys = 5
)

var CRYPT11 = judge.Check{
	ID: "CRYPT-11", Title: "block keys are random",
	Problem: "block keys are not random", Level: judge.MUST, Phase: judge.Closing,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.RFC("7516", "11.1"), judge.RFC("7515", "10.1")},
	Expect: "No block key of the run is text, has eight equal octets in a row or repeats a part of itself, and no octet is the same in all of them.",
	Why:    "Who can guess a part of the block key, a time or a counter, tries the rest, and reads the citizen's data from a log.",
	Remedy: "Fill the whole key with octets of a cryptographic random source; do not encode it, and do not make it of text.",
	Needs:  forData,
}

var _ = ginkgo.It("CRYPT-11 block keys are random", check(CRYPT11, func(s *Session) {
	a := s.Encrypted()
	s.BlockKey(a)
	for len(s.opened()) < enoughKeys {
		another := s.oneMore(a.Tokens, fewestKeys)
		if another == nil {
			break
		}
		s.BlockKey(another)
	}
	var keys [][]byte
	for i, each := range s.opened() {
		problem := notRandom(each.blockKey.K)
		s.Require(problem == "", "a random key", fmt.Sprintf("the block key of response %d %s", i+1, problem), each.Exchange)
		keys = append(keys, each.blockKey.K)
	}
	n, length := sameOctets(keys)
	s.Require(n == 0, "octets that change", fmt.Sprintf("%d of %d octets are the same in all block keys of the run", n, length), a.Exchange)
	s.Observe("%d block keys", len(keys))
}))

// notRandom says by what a key is seen not to be random, which chance brings about
// less than once in a thousand million keys; empty: by nothing.
func notRandom(key []byte) string {
	if len(key) < 16 {
		return "" // CRYPT-04 judges its length
	}
	text := func(of string) bool { return strings.Trim(string(key), of) == "" }
	switch run := longestRun(key); {
	case text("0123456789"):
		return "is text of digits"
	case text("0123456789abcdefABCDEF-"):
		return "is text of hexadecimal digits"
	case text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="):
		return "is text of letters and digits"
	case run >= 8:
		return fmt.Sprintf("has %d equal octets in a row", run)
	case bytes.Equal(key[:len(key)/2], key[len(key)-len(key)/2:]):
		return "repeats its first half"
	}
	return ""
}

func longestRun(key []byte) int {
	longest, run := 0, 0
	for i, c := range key {
		if i == 0 || c != key[i-1] {
			run = 0
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// sameOctets is how many octets are the same in all keys, and of how many, where
// there are enough different keys that chance makes no octet the same more often
// than once in a million runs.
func sameOctets(keys [][]byte) (n, length int) {
	different := map[string]bool{}
	length = math.MaxInt
	for _, k := range keys {
		different[string(k)] = true
		length = min(length, len(k))
	}
	if len(keys) == 0 || float64(length)*math.Pow(256, float64(1-len(different))) > 1e-6 {
		return 0, length
	}
	for place := range length {
		if !slices.ContainsFunc(keys, func(k []byte) bool { return k[place] != keys[0][place] }) {
			n++
		}
	}
	return n, length
}
