package sgid

import (
	"crypto/aes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
)

// verdict is what a path says of a response, in a form that can be compared.
func verdict(sub string, data map[string]string, err error) string {
	kind := "opened"
	for _, sentinel := range []error{ErrMalformed, ErrRSA15, ErrAlgorithm, ErrZip, ErrCrit, ErrDecrypt, ErrBlockKey} {
		if errors.Is(err, sentinel) {
			kind = sentinel.Error()
		}
	}
	if err != nil && kind == "opened" {
		kind = "refused"
	}
	return fmt.Sprintf("%s %q %q", kind, sub, data)
}

// sameVerdict opens body by every engine and complains where one differs from jwx.
func sameVerdict(t *testing.T, all map[string]*Decrypter, body []byte) {
	t.Helper()
	want := verdict(all[EngineJWX].DecryptUserInfo(body))
	for name, d := range all {
		if got := verdict(d.DecryptUserInfo(body)); got != want {
			t.Errorf("%s says\n%s\njwx says\n%s\nof %.600q", name, got, want, body)
		}
	}
}

func TestDirectPathAgreesOnUnusualAnswers(t *testing.T) {
	all := engines(t)
	k := []byte("0123456789abcdef")
	key := seal(t, jwkText(k, AlgA128GCMKW), AlgRSAOAEP256, EncA256GCM, &testKey().PublicKey)
	field := seal(t, []byte("x"), AlgA128GCMKW, EncA128GCM, k)
	withJWK := func(jwk string) string {
		return `{"sub":"u=1","key":"` + seal(t, []byte(jwk), AlgRSAOAEP256, EncA256GCM, &testKey().PublicKey) + `","data":{"a":"` + field + `"}}`
	}
	const k64 = "MDEyMzQ1Njc4OWFiY2RlZg"
	bodies := []string{
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + field + `","a":"` + field + `"}}`,
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + field + `","a":"x"}}`,
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + field + `"},"extra":1}`,
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + field + `"}} `,
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + field + `"}}x`,
		`{"sub":"u\u003d1","key":"` + key + `","data":{"\u0061":"` + field + `"}}`,
		`{"sub":"é","key":"` + key + `","data":{"é":"` + field + `"}}`,
		`{"data":{"a":"` + field + `"},"key":"` + key + `","sub":"u=1"}`,
		`{"sub":"","key":"` + key + `","data":{}}`,
		`{"sub":"u=1","key":"` + key + `","data":{}}`,
		`{"sub":"u=1","key":"` + key + `"}`,
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + field + `"},}`,
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + strings.Replace(field, ".", `\u002e`, 1) + `"}}`,
		`{"sub":"u=1","key":"` + key + `","data":{"a":"` + field + `","b":"` + field[:len(field)-4] + `AAAA","c":"` + key + `"}}`,
		"{\"sub\":\"u=1\",\"key\":\"" + key[:9] + "\n" + key[9:] + "\",\"data\":{\"a\":\"" + field + "\"}}",
		withJWK(`{"kty":"oct","k":"` + k64 + `","key_ops":["encrypt","decrypt"],"ext":true}`),
		withJWK(`{"kty":"oct","k":"` + k64 + `","k":"` + k64 + `"}`),
		withJWK(`{"kty":"oct","\u006b":"` + k64 + `"}`),
		withJWK(`{"kty":"oct","k":"` + k64 + `=="}`),
		withJWK(`{"kty":"oct","k":"` + k64 + `"} `),
		withJWK(`{"kty":"oct","k":7}`),
		withJWK(`{"kty":"oct","k":""}`),
	}
	for _, body := range bodies {
		sameVerdict(t, all, []byte(body))
	}
}

func TestDirectPathAgreesOnEveryChangedByte(t *testing.T) {
	all := engines(t)
	for _, spec := range []answerSpec{sdkSpec(sampleFields(1, 5)), mockPassSpec(sampleFields(1, 5))} {
		body := spec.body(t)
		// Every seventh position meets every part; the step is prime to base64's four.
		for i := 0; i < len(body); i += 7 {
			changed := append([]byte(nil), body...)
			changed[i] ^= 1 << (i % 7)
			sameVerdict(t, all, changed)
		}
	}
}

func TestDecryptAgreesWithDecryptUserInfo(t *testing.T) {
	body := mockPassSpec(sampleFields(24, 100)).body(t)
	u, err := ParseUserInfo(body)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range engines(t) {
		_, want, err := d.DecryptUserInfo(body)
		if err != nil {
			t.Fatal(err)
		}
		u.DataOrder = nil
		if got, err := d.Decrypt(u); err != nil || !maps.Equal(got, want) || len(got) != 24 {
			t.Errorf("%s: %d fields, %v", name, len(got), err)
		}
		var split Split
		if _, got, err := d.DecryptUserInfoSplit(body, &split); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %d fields, %v", name, len(got), err)
		}
		if split.RSA <= 0 || split.AES <= 0 || split.KeyImport <= 0 || split.Parse <= 0 {
			t.Errorf("%s: split %+v", name, split)
		}
	}
}

func TestDecryptUserInfoIsSafeForConcurrentUse(t *testing.T) {
	for name, d := range engines(t) {
		bodies := map[string][]byte{}
		for _, person := range []string{"ADAM", "BEA", "CHONG"} {
			bodies[person] = sdkSpec([][2]string{{"myinfo.name", person}, {"myinfo.email", person + "@example.com"}}).body(t)
		}
		var wg sync.WaitGroup
		for person, body := range bodies {
			for range 3 {
				wg.Go(func() {
					for range 20 {
						_, data, err := d.DecryptUserInfo(body)
						if err != nil || data["myinfo.name"] != person || data["myinfo.email"] != person+"@example.com" {
							t.Errorf("%s: another's data, or %v", name, err)
							return
						}
					}
				})
			}
		}
		wg.Wait()
	}
}

func TestDirectPathAllocatesLittle(t *testing.T) {
	d, err := NewDecrypter(testKey(), EngineGo)
	if err != nil {
		t.Fatal(err)
	}
	body := mockPassSpec(sampleFields(8, 24)).body(t)
	if n := testing.AllocsPerRun(20, func() {
		if _, _, err := d.DecryptUserInfo(body); err != nil {
			t.Fatal(err)
		}
	}); n > 40 {
		t.Errorf("%v allocations", n)
	}
}

func TestUnwrapVector(t *testing.T) {
	// RFC 3394 section 4.6: 256 bits of key data with a 256-bit key.
	kek, _ := hex.DecodeString("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
	wrapped, _ := hex.DecodeString("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
	block, err := aes.NewCipher(kek)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unwrap(block, wrapped)
	if err != nil || fmt.Sprintf("%X", got) != "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F" {
		t.Errorf("%X, %v", got, err)
	}
}
