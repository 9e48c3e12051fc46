package sgid

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// engines gives a Decrypter for every engine that this machine has.
func engines(t testing.TB) map[string]*Decrypter {
	t.Helper()
	all := map[string]*Decrypter{}
	for _, status := range Engines() {
		if !status.Available {
			t.Logf("engine %s: %s", status.Name, status.Reason)
			continue
		}
		d, err := NewDecrypter(testKey(), status.Name)
		if err != nil {
			t.Fatal(err)
		}
		all[status.Name] = d
	}
	return all
}

func TestDecryptUserInfoTakesEveryCombination(t *testing.T) {
	fields := [][2]string{{"myinfo.name", "TAN AH KOW"}, {"myinfo.email", ""}, {"myinfo.vehicles", `[{"vehicle_number":"SBA1A"}]`}, {"x.other", "日本\n\x00"}}
	want := map[string]string{}
	for _, f := range fields {
		want[f[0]] = f[1]
	}
	all := engines(t)
	for _, keyAlg := range KeyAlgorithms() {
		for _, keyEnc := range ContentEncryptions() {
			for _, dataAlg := range FieldAlgorithms() {
				for _, dataEnc := range ContentEncryptions() {
					body := answerSpec{testKey(), keyAlg, keyEnc, dataAlg, dataEnc, fields}.body(t)
					for name, d := range all {
						sub, data, err := d.DecryptUserInfo(body)
						if err != nil || !maps.Equal(data, want) || !strings.HasPrefix(sub, "u=") {
							t.Errorf("%s: %s+%s, %s+%s: %v", name, keyAlg, keyEnc, dataAlg, dataEnc, err)
						}
					}
				}
			}
		}
	}
}

func TestDecryptRefuses(t *testing.T) {
	k := []byte("0123456789abcdef")
	key := func(alg, enc string) string {
		return seal(t, jwkText(k, AlgA128GCMKW), alg, enc, &testKey().PublicKey)
	}
	field := seal(t, []byte("secret plaintext"), AlgA128GCMKW, EncA128GCM, k)
	good := key(AlgRSAOAEP256, EncA256GCM)
	rehead := func(compact, header string) string {
		_, rest, _ := strings.Cut(compact, ".")
		return strictBase64.EncodeToString([]byte(header)) + "." + rest
	}
	tests := []struct {
		name, key, field string
		want             error
	}{
		{"another client's key", seal(t, jwkText(k, ""), AlgRSAOAEP, EncA256GCM, &otherKey().PublicKey), field, ErrDecrypt},
		{"RSA1_5", key(AlgRSA15, EncA256GCM), field, ErrRSA15},
		{"RSA-OAEP-512", rehead(good, `{"alg":"RSA-OAEP-512","enc":"A256GCM"}`), field, ErrAlgorithm},
		{"dir in key", rehead(good, `{"alg":"dir","enc":"A256GCM"}`), field, ErrAlgorithm},
		{"RSA in a field", good, good, ErrAlgorithm},
		{"unknown enc", rehead(good, `{"alg":"RSA-OAEP","enc":"A512GCM"}`), field, ErrAlgorithm},
		{"zip", rehead(good, `{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"}`), field, ErrZip},
		{"crit", rehead(good, `{"alg":"RSA-OAEP-256","enc":"A256GCM","crit":["exp"],"exp":1}`), field, ErrCrit},
		{"empty crit", rehead(good, `{"alg":"RSA-OAEP-256","enc":"A256GCM","crit":[]}`), field, ErrMalformed},
		{"alg twice", rehead(good, `{"alg":"RSA1_5","alg":"RSA-OAEP-256","enc":"A256GCM"}`), field, ErrMalformed},
		{"header is not an object", rehead(good, `["alg"]`), field, ErrMalformed},
		{"no enc", rehead(good, `{"alg":"RSA-OAEP-256"}`), field, ErrMalformed},
		{"header changed", rehead(good, `{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"x"}`), field, ErrDecrypt},
		{"four parts", good[:strings.LastIndexByte(good, '.')], field, ErrMalformed},
		{"padding", good + "==", field, ErrMalformed},
		{"line break", good[:40] + "\n" + good[40:], field, ErrMalformed},
		{"empty", "", field, ErrMalformed},
		{"block key of the wrong size", good, seal(t, []byte("x"), AlgA256KW, EncA128GCM, append(k, k...)), ErrBlockKey},
		{"block key is no JWK", seal(t, []byte("hello"), AlgRSAOAEP, EncA256GCM, &testKey().PublicKey), field, ErrBlockKey},
		{"block key is an RSA JWK", seal(t, []byte(`{"kty":"RSA","k":"MDEyMzQ1Njc4OWFiY2RlZg"}`), AlgRSAOAEP, EncA256GCM, &testKey().PublicKey), field, ErrBlockKey},
		{"block key is short", seal(t, []byte(`{"kty":"oct","k":"MDEy"}`), AlgRSAOAEP, EncA256GCM, &testKey().PublicKey), field, ErrBlockKey},
	}
	for name, d := range engines(t) {
		for _, test := range tests {
			body := `{"sub":"u=1","key":"` + strings.ReplaceAll(test.key, "\n", `\n`) + `","data":{"myinfo.name":"` + test.field + `"}}`
			_, data, err := d.DecryptUserInfo([]byte(body))
			if test.key == "" {
				var member *MemberError
				if !errors.As(err, &member) {
					t.Errorf("%s: %s: got %v", name, test.name, err)
				}
				continue
			}
			if !errors.Is(err, test.want) || len(data) != 0 {
				t.Errorf("%s: %s: got %v and %d fields, want %v", name, test.name, err, len(data), test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "0123456789")) {
				t.Errorf("%s: %s: error quotes a secret", name, test.name)
			}
		}
	}
}

func TestDecryptRefusesEveryTamperedPart(t *testing.T) {
	k := []byte("0123456789abcdef0123456789abcdef")
	for name, d := range engines(t) {
		for _, alg := range []string{AlgDir, AlgA256KW, AlgA256GCMKW} {
			for _, enc := range []string{EncA256GCM, EncA128CBCHS256} {
				parts := strings.Split(seal(t, []byte("plaintext"), alg, enc, k), ".")
				for i, part := range parts {
					if part == "" {
						continue
					}
					changed := slices.Clone(parts)
					raw, _ := decodeBase64([]byte(part))
					raw[len(raw)/2] ^= 1
					changed[i] = strictBase64.EncodeToString(raw)
					if out, err := d.Field(&BlockKey{K: k}, strings.Join(changed, ".")); err == nil {
						t.Errorf("%s: %s %s: part %d changed, yet %d bytes came out", name, alg, enc, i, len(out))
					}
				}
			}
		}
	}
}

func TestDecryptKeepsTheFieldsThatOpen(t *testing.T) {
	body := sdkSpec(sampleFields(3, 24)).body(t)
	u, err := ParseUserInfo(body)
	if err != nil {
		t.Fatal(err)
	}
	bad := u.DataOrder[1]
	u.Data[bad] = u.Data[bad][:len(u.Data[bad])-6] + "AAAAAA"
	for name, d := range engines(t) {
		data, err := d.Decrypt(u)
		if len(data) != 2 || !errors.Is(err, ErrDecrypt) || !strings.Contains(err.Error(), "data."+bad) {
			t.Errorf("%s: %d fields, %v", name, len(data), err)
		}
	}
}

func TestOpenIDAloneNeedsNoKey(t *testing.T) {
	for name, d := range engines(t) {
		for _, body := range []string{`{"sub":"u=1"}`, `{"sub":"u=1","key":"","data":{}}`, `{"sub":"u=1","key":null,"data":null}`} {
			sub, data, err := d.DecryptUserInfo([]byte(body))
			if sub != "u=1" || len(data) != 0 || err != nil {
				t.Errorf("%s: %s: %q, %d fields, %v", name, body, sub, len(data), err)
			}
		}
	}
}

func TestNewDecrypterNamesTheEnginesItTakes(t *testing.T) {
	if _, err := NewDecrypter(testKey(), "libressl"); err == nil || !strings.Contains(err.Error(), "auto, go, openssl or jwx") {
		t.Errorf("got %v", err)
	}
	d, err := NewDecrypter(testKey(), EngineAuto)
	if err != nil || d.Engine() == EngineAuto {
		t.Errorf("auto gave %v", err)
	}
}
