package rp

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
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
		for _, v := range values {
			texts = append(texts, decodings(v, 3)...)
		}
	}
	stands := func(what, secret string) {
		there := secret != "" && slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, secret) })
		l.Require(!there, "", what+" stands in the authorization request", l.AtProvider(r))
	}
	stands("the client secret", s.Front.Client().Secret)
	for _, token := range l.TokenRequests() {
		verifier := token.Form.Get("code_verifier")
		stands("the code verifier", verifier)
		of := hashed(r.Query, verifier)
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

// hexadecimal is a run of digits that may be octets of a secret.
var hexadecimal = regexp.MustCompile(`[0-9a-fA-F]{32,}`)

// decodings is a text with what it is an encoding of, to a depth: percent, base64
// and hexadecimal, and what was compressed before.
func decodings(text string, depth int) []string {
	out := []string{text}
	if depth == 0 {
		return out
	}
	if plain, err := url.QueryUnescape(text); err == nil && plain != text {
		out = append(out, decodings(plain, depth-1)...)
	}
	inner := func(octets []byte) {
		out = append(out, decodings(string(octets), depth-1)...)
		for _, plain := range inflated(octets) {
			out = append(out, decodings(plain, depth-1)...)
		}
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return !strings.ContainsRune(unreserved+"+/=", r) || r == '.' || r == '~' }) {
		part = strings.TrimRight(part, "=")
		for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
			if b, err := encoding.DecodeString(part); err == nil && len(b) >= 16 {
				inner(b)
			}
		}
	}
	for _, digits := range hexadecimal.FindAllString(text, -1) {
		for _, shift := range []string{digits, digits[1:]} { // what stands before may be a digit, too
			if b, err := hex.DecodeString(shift[:len(shift)&^1]); err == nil {
				inner(b)
			}
		}
	}
	return out
}

// longestInflated is how much of what was compressed is looked at, in octets.
const longestInflated = 16 << 10

// inflated is what octets are where they were compressed: by zlib, gzip, or
// deflate alone.
func inflated(octets []byte) (out []string) {
	var readers []io.Reader
	if r, err := zlib.NewReader(bytes.NewReader(octets)); err == nil {
		readers = append(readers, r)
	}
	if r, err := gzip.NewReader(bytes.NewReader(octets)); err == nil {
		readers = append(readers, r)
	}
	for _, r := range append(readers, flate.NewReader(bytes.NewReader(octets))) {
		plain, _ := io.ReadAll(io.LimitReader(r, longestInflated)) // what came before an error counts, too
		if len(plain) >= 16 {
			out = append(out, string(plain))
		}
	}
	return out
}
