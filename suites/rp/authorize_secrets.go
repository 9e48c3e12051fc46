package rp

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

var RP10 = judge.Check{
	ID: "RP-10", Title: "the authorization request contains no secret",
	Problem: "the authorization request contains a secret", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "4.2")},
	Expect: "Neither the client secret nor the code verifier stands in the authorization request, also not encoded or compressed within state, and the verifier is no hash of what stands there.",
	Why:    "The request goes through the browser: its address stands in histories and logs, and anyone who reads it has the secret, or the verifier with the code.",
	Remedy: "Keep the verifier in the browser's session on the server, or in an encrypted cookie. State is for a random value alone, and the verifier is one of its own.",
}

var _ = ginkgo.It("RP-10 the authorization request contains no secret", check(RP10, func(s *Session) {
	l := s.Clean()
	r := l.asked()
	texts := []string{r.URL}
	for _, values := range r.Query {
		texts = append(texts, values...)
	}
	sought := slices.DeleteFunc(s.secretsOf(l.Attempt), func(one secret) bool {
		return one.kind != redact.KindClientSecret && one.kind != redact.KindVerifier
	})
	there, _ := standing(texts, 3, sought)
	for _, one := range sought {
		l.Require(!slices.Contains(there, one), "", one.what+" stands in the authorization request", l.AtProvider(r))
	}
	for _, token := range l.TokenRequests() {
		of := hashed(r.Query, token.Form.Get("code_verifier"))
		l.Require(of == "", "", "the code verifier is a hash of the "+of+" that stands in the authorization request", l.AtProvider(r))
	}
}))

// hashed is the parameter, or the parameters one after the other, of which the
// verifier is a hash, in base64url or hexadecimal; empty: of none.
func hashed(q url.Values, verifier string) string {
	state, nonce, client := q.Get("state"), q.Get("nonce"), q.Get("client_id")
	for _, of := range []struct{ name, value string }{
		{"state", state}, {"nonce", nonce}, {"client_id", client},
		{"state and nonce", state + nonce}, {"nonce and state", nonce + state},
		{"client_id and state", client + state}, {"state and client_id", state + client},
	} {
		if of.value != "" && slices.ContainsFunc(hashes([]byte(of.value)), func(sum []byte) bool {
			return base64.RawURLEncoding.EncodeToString(sum) == verifier || strings.EqualFold(hex.EncodeToString(sum), verifier)
		}) {
			return of.name
		}
	}
	return ""
}

func hashes(text []byte) [][]byte {
	a, b, c, d := md5.Sum(text), sha1.Sum(text), sha256.Sum256(text), sha512.Sum512(text)
	return [][]byte{a[:], b[:], c[:], d[:]}
}
