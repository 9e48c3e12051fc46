package rp

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestDecodings(t *testing.T) {
	const verifier = "bbGcObXZC1YGBQZZtZGQH9jsyO1vypqCGqnSU_4TI5S"
	compressed := func(open func(w io.Writer) io.WriteCloser) string {
		var out bytes.Buffer
		w := open(&out)
		_, _ = w.Write([]byte(`{"verifier":"` + verifier + `"}`))
		_ = w.Close()
		return out.String()
	}
	encoded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, state := range map[string]string{
		"hexadecimal":                     "ab" + hex.EncodeToString([]byte(verifier)),
		"hexadecimal behind a digit":      "a" + hex.EncodeToString([]byte(verifier)),
		"upper case":                      "zq." + strings.ToUpper(hex.EncodeToString([]byte(verifier))),
		"base64 of hexadecimal":           encoded("v=" + hex.EncodeToString([]byte(verifier))),
		"zlib":                            encoded(compressed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })),
		"gzip":                            encoded(compressed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })),
		"deflate":                         encoded(compressed(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f })),
		"hexadecimal of what is deflated": hex.EncodeToString([]byte(compressed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }))),
	} {
		if !slices.ContainsFunc(decodings(state, 3), func(text string) bool { return strings.Contains(text, verifier) }) {
			t.Errorf("%s: the verifier is not found", name)
		}
	}
}

func TestHashed(t *testing.T) {
	q := url.Values{"state": {"the state"}, "nonce": {"the nonce"}, "client_id": {"the client"}}
	of := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	sum := md5.Sum([]byte("the client"))
	for verifier, want := range map[string]string{
		of("the state"): "state", of("the nonce"): "nonce", of("the statethe nonce"): "state and nonce",
		hex.EncodeToString(sum[:]): "client_id", of(""): "", of("a secret and the state"): "", "": "",
	} {
		if got := hashed(q, verifier); got != want {
			t.Errorf("%q: %q, want %q", verifier, got, want)
		}
	}
}
