package sgid

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
)

func TestJSONOfSoManyBytes(t *testing.T) {
	of := func(size int) []byte { return []byte(`{"a":"` + strings.Repeat("x", size-8) + `"}`) }
	if _, err := checkJSON(of(100), 100); err != nil {
		t.Errorf("as many bytes as are taken: %v", err)
	}
	if _, err := checkJSON(of(101), 100); err == nil || !strings.Contains(err.Error(), "larger than 100 bytes") {
		t.Errorf("one byte more: %v", err)
	}
}

func TestIDTokenOfSoManyBytes(t *testing.T) {
	enc := base64.RawURLEncoding.EncodeToString
	rest := enc([]byte(`{}`)) + "." + enc([]byte(`{}`)) + "."
	if _, err := ParseIDToken(rest + strings.Repeat("A", maxToken-len(rest))); err != nil && strings.Contains(err.Error(), "larger") {
		t.Errorf("as many bytes as are taken: %v", err)
	}
	if _, err := ParseIDToken(rest + strings.Repeat("A", maxToken-len(rest)+1)); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("one byte more: %v", err)
	}
}

func TestJWEOfSoManyBytes(t *testing.T) {
	header := func(size int) string {
		enc := base64.RawURLEncoding.EncodeToString
		const frame = `{"alg":"dir","enc":"A128GCM","kid":""}`
		return enc([]byte(strings.Replace(frame, `""`, `"`+strings.Repeat("k", size*3/4-len(frame))+`"`, 1)))
	}
	if h := header(maxHeader); len(h) != maxHeader {
		t.Fatalf("%d bytes", len(h))
	} else if _, err := ParseJWE(h + "....AA"); err != nil {
		t.Errorf("a header as large as is taken: %v", err)
	}
	if _, err := ParseJWE(header(maxHeader+4) + "....AA"); err == nil || !strings.Contains(err.Error(), "header larger") {
		t.Errorf("a larger header: %v", err)
	}
	small := header(100) + "...." // then the tag
	if _, err := ParseJWE(small + strings.Repeat("A", (maxDocument-len(small))/4*4)); err != nil {
		t.Errorf("a JWE as large as is taken: %v", err)
	}
	if _, err := ParseJWE(small + strings.Repeat("A", maxDocument-len(small)+1)); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("a larger JWE: %v", err)
	}
}

func TestJWESizes(t *testing.T) {
	type sizes struct{ key, keyIV, keyTag, iv, ciphertext, tag int }
	for _, tt := range []struct {
		name     string
		alg, enc string
		good     sizes
		rsa      int
	}{
		{"RSA", AlgRSAOAEP256, EncA128GCM, sizes{256, 0, 0, 12, 5, 16}, 256},
		{"dir and CBC", AlgDir, EncA256CBCHS512, sizes{0, 0, 0, 16, 32, 32}, 0},
		{"key wrap", AlgA128KW, EncA192GCM, sizes{32, 0, 0, 12, 0, 16}, 0},
		{"GCM key wrap", AlgA256GCMKW, EncA128CBCHS256, sizes{32, 12, 16, 16, 16, 16}, 0},
	} {
		alg, enc := findKeyAlgorithm(tt.alg), findContentCipher(tt.enc)
		check := func(s sizes) error {
			return checkSizes(alg, enc, tt.rsa, s.key, s.keyIV, s.keyTag, s.iv, s.ciphertext, s.tag)
		}
		if err := check(tt.good); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		for _, by := range []int{-1, 1} {
			for part, change := range map[string]func(*sizes){
				"encrypted key": func(s *sizes) { s.key += by }, "iv": func(s *sizes) { s.iv += by }, "tag": func(s *sizes) { s.tag += by },
				"key iv": func(s *sizes) { s.keyIV += by }, "key tag": func(s *sizes) { s.keyTag += by }, "ciphertext": func(s *sizes) { s.ciphertext += by },
			} {
				if strings.HasPrefix(part, "key ") && alg.kind != wrapGCMKW || part == "ciphertext" && enc.gcm {
					continue
				}
				s := tt.good
				change(&s)
				if err := check(s); !errors.Is(err, ErrMalformed) {
					t.Errorf("%s: %s changed by %d: %v", tt.name, part, by, err)
				}
			}
		}
		empty := tt.good
		empty.ciphertext = 0
		if err := check(empty); (err == nil) != enc.gcm {
			t.Errorf("%s: no ciphertext: %v", tt.name, err)
		}
	}
}

func TestBlockKeySizes(t *testing.T) {
	for size, want := range map[int]bool{15: false, 16: true, 64: true, 65: false} {
		k := bytes.Repeat([]byte{7}, size)
		bk, err := parseBlockKey(jwkText(k, "dir"))
		if (err == nil) != want || err == nil && !bytes.Equal(bk.K, k) {
			t.Errorf("%d bytes: %v", size, err)
		}
		// The direct path finds the same.
		for name, d := range engines(t) {
			compact := seal(t, jwkText(k, "dir"), AlgRSAOAEP, EncA128GCM, &testKey().PublicKey)
			_, _, err := d.DecryptUserInfo([]byte(`{"sub":"u","key":"` + compact + `","data":{}}`))
			if (err == nil) != want || err != nil && !errors.Is(err, ErrBlockKey) {
				t.Errorf("%s: %d bytes: %v", name, size, err)
			}
		}
	}
}

func TestKeySetOfSoManyKeys(t *testing.T) {
	of := func(n int) []byte {
		return []byte(`{"keys":[` + strings.TrimSuffix(strings.Repeat(`{"kty":"X"},`, n), ",") + `]}`)
	}
	if set, err := ParseKeySet(of(maxKeys)); err != nil || len(set.Keys) != maxKeys {
		t.Errorf("as many keys as are taken: %v", err)
	}
	if _, err := ParseKeySet(of(maxKeys + 1)); err == nil {
		t.Error("one key more is taken")
	}
}

func TestRSANumbers(t *testing.T) {
	enc := base64.RawURLEncoding.EncodeToString
	modulus := func(bits int) string { return enc(append([]byte{1 << ((bits - 1) % 8)}, make([]byte, (bits-1)/8)...)) }
	n := modulus(2048)
	for _, tt := range []struct {
		name, n, e string
		says       string
	}{
		{"exponent 2", n, "Ag", ""},
		{"exponent 1", n, "AQ", "no RSA number"},
		{"exponent 0", n, "AA", "no RSA number"},
		{"exponent of 31 bits", n, enc([]byte{0x40, 0, 0, 1}), ""},
		{"exponent of 32 bits", n, enc([]byte{0x80, 0, 0, 1}), "no RSA number"},
		{"exponent 2 to the 64 and 3", n, enc([]byte{1, 0, 0, 0, 0, 0, 0, 0, 3}), "no RSA number"},
		{"modulus 0", "AA", "AQAB", "no RSA number"},
		{"modulus of 16384 bits", modulus(16384), "AQAB", ""},
		{"modulus of 16385 bits", modulus(16385), "AQAB", "more than 16384"},
		{"one leading zero", "AAE", "AQAB", "leading zero"},
		{"standard base64", "-_8", "AQAB", ""},
		{"standard base64 alphabet", "+/8", "AQAB", "not base64url"},
	} {
		set, err := ParseKeySet([]byte(`{"keys":[{"kty":"RSA","n":"` + tt.n + `","e":"` + tt.e + `"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Keys[0].Err; (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
	set, _ := ParseKeySet([]byte(`{"keys":[{"kty":"RSA","n":"+/8=","e":"AQAB"}]}`))
	if k := set.Keys[0].RSA(); k == nil || k.N.Int64() != 0xfbff {
		t.Errorf("the number is not read: %+v", k)
	}
}

func TestUseOfAKey(t *testing.T) {
	n := base64.RawURLEncoding.EncodeToString(testKey().N.Bytes())
	for extra, want := range map[string]bool{
		``: true, `,"use":"sig"`: true, `,"use":"enc"`: false, `,"alg":"RS256"`: true, `,"alg":"PS256"`: false,
		`,"use":"sig","alg":"RS512"`: false, `,"use":"enc","alg":"RS256"`: false,
		`,"key_ops":["verify"]`: true, `,"key_ops":["sign","verify"]`: true, `,"key_ops":["sign"]`: false, `,"key_ops":"verify"`: false,
	} {
		set, err := ParseKeySet([]byte(`{"keys":[{"kty":"RSA","e":"AQAB","n":"` + n + `"` + extra + `}]}`))
		if err != nil || set.Keys[0].UsableForRS256() != want {
			t.Errorf("%s: %v, want %v", extra, set.Keys[0].UsableForRS256(), want)
		}
	}
}

func TestTimesOfAnIDTokenToTheSecond(t *testing.T) {
	keys := keySet(t, map[string]*rsa.PrivateKey{"k1": testKey()})
	for _, tt := range []struct {
		claim   string
		seconds int // after now
		holds   bool
	}{
		{"exp", -60, false}, {"exp", -59, true}, {"iat", 60, true}, {"iat", 61, false}, {"nbf", 60, true}, {"nbf", 61, false}, {"nbf", -9, true},
	} {
		claims := goodClaims()
		claims[tt.claim] = testNow.Unix() + int64(tt.seconds)
		_, err := VerifyIDToken(sign(t, testKey(), jwa.RS256, map[string]any{"kid": "k1"}, claims), keys,
			Expectation{Issuer: testIssuer, ClientID: testClient, Nonce: new("n-1"), Now: testNow, Leeway: time.Minute})
		if got := strings.Join(failed(t, err), " "); tt.holds && got != "" || !tt.holds && got != tt.claim {
			t.Errorf("%s %d seconds after now: %q", tt.claim, tt.seconds, got)
		}
	}
}

func TestSubjectOfAnIDToken(t *testing.T) {
	for _, tt := range []struct {
		sub any
		got string // empty: it holds
	}{
		{"u=1", ""}, {" ~", ""}, {strings.Repeat("x", 255), ""},
		{strings.Repeat("x", 256), "256 bytes"}, {"", "an empty string"}, {"\x1f", "characters outside"}, {"\x7f", "characters outside"}, {json.Number("7"), "the number 7"},
	} {
		v := verification{t: &IDToken{Claims: map[string]any{"sub": tt.sub}}}
		v.subject()
		if err := errors.Join(v.errs...); (err == nil) != (tt.got == "") || err != nil && !strings.Contains(err.Error(), "got "+tt.got) {
			t.Errorf("%v: %v, want %q", tt.sub, err, tt.got)
		}
	}
}

func TestKeyThatTheHeaderNames(t *testing.T) {
	n := func(k *rsa.PrivateKey) string { return base64.RawURLEncoding.EncodeToString(k.N.Bytes()) }
	one := `{"kty":"RSA","kid":"k1","e":"AQAB","n":"` + n(testKey()) + `"}`
	other := `{"kty":"RSA","kid":"k2","e":"AQAB","n":"` + n(otherKey()) + `"}`
	enc := `{"kty":"RSA","kid":"k3","use":"enc","e":"AQAB","n":"` + n(testKey()) + `"}`
	for _, tt := range []struct {
		name, keys string
		header     map[string]any
		want       string // of the error; empty: none
	}{
		{"named behind another", other + "," + one, map[string]any{"kid": "k1"}, ""},
		{"named, for something else", enc + "," + one, map[string]any{"kid": "k3"}, "k3\", a key for something else"},
		{"named, alone and for something else", enc, map[string]any{"kid": "k3"}, "a key in the set to verify RS256 with, got none"},
		{"not in the set", one, map[string]any{"kid": "k9"}, "the ID of a key in the set, got \"k9\""},
		{"not in the set, and no key verifies", other, map[string]any{"kid": "k9"}, "one that no key of the set verifies"},
		{"the named one does not verify", one + "," + other, map[string]any{"kid": "k2"}, "one that the key named by kid does not verify"},
		{"not named, one key", one, nil, ""},
		{"not named, two keys", one + "," + enc, nil, "as the set has several"},
	} {
		set, err := ParseKeySet([]byte(`{"keys":[` + tt.keys + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		err = VerifySignature(sign(t, testKey(), jwa.RS256, tt.header, goodClaims()), set)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if err := VerifySignature(sign(t, testKey(), jwa.RS256, nil, goodClaims()), nil); err == nil {
		t.Error("verified without any key")
	}
}

func TestDescribe(t *testing.T) {
	list := func(n int) (out []any) {
		for i := range n {
			out = append(out, fmt.Sprint(i))
		}
		return out
	}
	for _, tt := range []struct {
		claim any
		want  string
	}{
		{nil, "nothing"}, {true, "true"}, {json.Number("1.5"), "the number 1.5"}, {map[string]any{}, "an object"}, {1, "something else"},
		{list(0), "[]"}, {list(4), `["0", "1", "2", "3"]`}, {list(5), `["0", "1", "2", "3", …]`},
		{strings.Repeat("x", 80), `"` + strings.Repeat("x", 80) + `"`}, {strings.Repeat("x", 81), `"` + strings.Repeat("x", 80) + `…"`},
	} {
		if got := describe(tt.claim); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.claim, got, tt.want)
		}
	}
}

func TestStamp(t *testing.T) {
	for year, want := range map[int]string{0: "0000-", 9999: "9999-", 10000: "seconds after 1970", -1: "seconds after 1970"} {
		if got := stamp(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)); !strings.Contains(got, want) {
			t.Errorf("year %d: %s", year, got)
		}
	}
}

func TestNumericDate(t *testing.T) {
	for text, want := range map[string]string{
		"0": "1970-01-01T00:00:00Z", "-1": "1969-12-31T23:59:59Z", "1772366400": "2026-03-01T12:00:00Z", "1772366400.5": "2026-03-01T12:00:00.5Z", "1.772366400e9": "2026-03-01T12:00:00Z",
		"36028797018963967": "big", "36028797018963968": "", "-36028797018963967": "big", "-36028797018963968": "", "1e300": "", "-1e300": "", "1e16": "big", "-1e16": "big", "1e17": "", "-1e17": "", "9e999": "",
	} {
		got, ok := NumericDate(json.Number(text))
		if ok != (want != "") || want != "" && want != "big" && got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %s, %v; want %q", text, got.Format(time.RFC3339Nano), ok, want)
		}
	}
	if _, ok := NumericDate("1772366400"); ok {
		t.Error("a string is taken for a time")
	}
}

func TestErrorTextOfTheStandard(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		want := b >= 0x20 && b <= 0x21 || b >= 0x23 && b <= 0x5b || b >= 0x5d && b <= 0x7e // RFC 6749 section 5.2
		if isErrorText(b) != want {
			t.Errorf("%#x: %v", b, !want)
		}
	}
}
