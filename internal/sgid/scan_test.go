package sgid

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What scanAnswer does not take is read by the strict parsers, with the same
// outcome and slowly; so what it takes must be said here.
func TestScanAnswer(t *testing.T) {
	const usual = `{"sub":"u","key":"k","data":{"a":"1","b":"2"}}`
	for _, tt := range []struct {
		name, text string
		taken      bool
	}{
		{"the usual form", usual, true},
		{"white space wherever it may stand", " \t{\r\n \"sub\" : \"u\" , \"key\":\"k\" ,\"data\" : { \"a\" : \"1\" , \"b\":\"2\" } } \n", true},
		{"another order", `{"data":{"a":"1","b":"2"},"key":"k","sub":"u"}`, true},
		{"the last printable ASCII", strings.Replace(usual, `"u"`, `" ~"`, 1), true},
		{"a control character", strings.Replace(usual, `"u"`, "\"\x1f\"", 1), false},
		{"a delete character", strings.Replace(usual, `"u"`, "\"\x7f\"", 1), false},
		{"an escape", strings.Replace(usual, `"u"`, `"\u0075"`, 1), false},
		{"text behind it", usual + "x", false},
		{"no end", usual[:len(usual)-1], false},
		{"no end of a string", `{"sub":"u`, false},
		{"nothing", "", false},
		{"a comma before the first", `{,"sub":"u","key":"k","data":{}}`, false},
		{"no comma", `{"sub":"u" "key":"k","data":{}}`, false},
		{"no colon", `{"sub" "u","key":"k","data":{}}`, false},
		{"no sub", `{"key":"k","data":{}}`, false},
		{"an empty sub", `{"sub":"","key":"k","data":{}}`, false},
		{"no key", `{"sub":"u","data":{}}`, false},
		{"an empty key", `{"sub":"u","key":"","data":{}}`, false},
		{"no data", `{"sub":"u","key":"k"}`, false},
		{"another member", `{"sub":"u","key":"k","data":{},"iss":"i"}`, false},
		{"sub twice", `{"sub":"u","sub":"u","key":"k","data":{}}`, false},
		{"key twice", `{"sub":"u","key":"k","key":"k","data":{}}`, false},
		{"data twice", `{"sub":"u","key":"k","data":{},"data":{}}`, false},
		{"data is a string", `{"sub":"u","key":"k","data":"d"}`, false},
		{"a member of data is a number", `{"sub":"u","key":"k","data":{"a":1}}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sub, key, fields, ok := scanAnswer([]byte(tt.text), nil)
			if ok != tt.taken {
				t.Fatalf("taken: %v", ok)
			}
			if ok && (len(sub) == 0 || string(key) != "k" || len(fields) != 2 || string(fields[1].name)+string(fields[1].compact) != "b2") {
				t.Errorf("sub %q, key %q, data %q", sub, key, fields)
			}
		})
	}
}

func TestScanAnswerTakesSoManyFields(t *testing.T) {
	answer := func(n int) []byte {
		var data []string
		for i := range n {
			data = append(data, fmt.Sprintf(`"f%d":"v"`, i))
		}
		return []byte(`{"sub":"u","key":"k","data":{` + strings.Join(data, ",") + `}}`)
	}
	if _, _, fields, ok := scanAnswer(answer(maxFields), nil); !ok || len(fields) != maxFields {
		t.Errorf("%d fields: %v", len(fields), ok)
	}
	if _, _, _, ok := scanAnswer(answer(maxFields+1), nil); ok {
		t.Error("one field more is taken")
	}
	u, err := ParseUserInfo(answer(maxFields))
	if err != nil || len(u.Data) != maxFields {
		t.Errorf("ParseUserInfo: %v", err)
	}
	if _, err := ParseUserInfo(answer(maxFields + 1)); err == nil {
		t.Error("ParseUserInfo takes one field more")
	}
}

func TestScanHeader(t *testing.T) {
	for text, want := range map[string][]string{
		`{"alg":"a","enc":"e"}`: {"a", "e", "", ""},
		`{"tag":"t","iv":"i","kid":"k","typ":"JWT","cty":"c","enc":"e","alg":"a"} `: {"a", "e", "i", "t"},
		`{"alg":"a"}`:                        nil,
		`{"enc":"e"}`:                        nil,
		`{"alg":"a","enc":"e","alg":"a"}`:    nil,
		`{"alg":"a","enc":"e","zip":"DEF"}`:  nil,
		`{"alg":"a","enc":"e","crit":["x"]}`: nil,
		`{"alg":"a","enc":"e"}x`:             nil,
		`{"alg":"a","enc":"e"`:               nil,
		`{"alg":1,"enc":"e"}`:                nil,
		`["alg"]`:                            nil,
	} {
		h, ok := scanHeader([]byte(text))
		if ok != (want != nil) || ok && !slices.Equal([]string{string(h.alg), string(h.enc), string(h.iv), string(h.tag)}, want) {
			t.Errorf("%s: %q, %v", text, h, ok)
		}
	}
}

func TestScanBlockKey(t *testing.T) {
	for text, want := range map[string]string{
		`{"kty":"oct","k":"K"}`:                                   "K",
		` {"use":"enc","kid":"1","alg":"a","k":"K","kty":"oct"} `: "K",
		`{"kty":"oct"}`:                                           "",
		`{"kty":"RSA","k":"K"}`:                                   "",
		`{"k":"K"}`:                                               "",
		`{"kty":"oct","k":"K","k":"K"}`:                           "",
		`{"kty":"oct","k":"K","ext":"true"}`:                      "",
		`{"kty":"oct","k":"K"}x`:                                  "",
		`{"kty":"oct","k":7}`:                                     "",
		`"K"`:                                                     "",
	} {
		if k, ok := scanBlockKey([]byte(text)); string(k) != want && ok || ok && k != nil != (want != "") {
			t.Errorf("%s: %q, %v", text, k, ok)
		} else if want != "" && !ok {
			t.Errorf("%s is not taken", text)
		}
	}
}

// Each combination that is opened at all is opened without jwx.
func TestDirectPathTakesEveryCombination(t *testing.T) {
	d, err := NewDecrypter(testKey(), EngineGo)
	if err != nil {
		t.Fatal(err)
	}
	for _, keyAlg := range KeyAlgorithms() {
		for _, enc := range ContentEncryptions() {
			compact := seal(t, jwkText([]byte("0123456789abcdef"), "A128KW"), keyAlg, enc, &testKey().PublicKey)
			s := &scratch{}
			if err := d.directBlockKey([]byte(compact), s); err != nil || string(s.k) != "0123456789abcdef" {
				t.Errorf("%s %s: %q, %v", keyAlg, enc, s.k, err)
			}
		}
	}
	for _, alg := range FieldAlgorithms() {
		for _, enc := range ContentEncryptions() {
			k := []byte(strings.Repeat("k", keySizeFor(alg, enc)))
			s := &scratch{k: k}
			// The second finds the key ready for use.
			for _, plaintext := range []string{"first", "second"} {
				compact := seal(t, []byte(plaintext), alg, enc, k)
				s.plain = s.plain[:0]
				if err := d.directField([]byte(compact), s); err != nil || string(s.plain) != plaintext {
					t.Errorf("%s %s: %q, %v", alg, enc, s.plain, err)
				}
			}
		}
	}
}

// Fields of several algorithms under one block key need that key made ready for each.
func TestDirectPathChangesBetweenAlgorithms(t *testing.T) {
	d, err := NewDecrypter(testKey(), EngineGo)
	if err != nil {
		t.Fatal(err)
	}
	k := []byte("0123456789abcdef0123456789abcdef")
	s := &scratch{k: k}
	want := ""
	for i, form := range [][2]string{{AlgDir, EncA256GCM}, {AlgA256KW, EncA128GCM}, {AlgDir, EncA128CBCHS256}, {AlgA256GCMKW, EncA256CBCHS512},
		{AlgA256KW, EncA192GCM}, {AlgDir, EncA256GCM}, {AlgA256GCMKW, EncA256GCM}} {
		plaintext := fmt.Sprint("field ", i, ";")
		want += plaintext
		if err := d.directField([]byte(seal(t, []byte(plaintext), form[0], form[1], k)), s); err != nil {
			t.Errorf("%v: %v", form, err)
		}
	}
	if string(s.plain) != want {
		t.Errorf("%q, want %q", s.plain, want)
	}
}

// A buffer goes back to the pool without keys and plaintexts.
func TestScratchIsCleared(t *testing.T) {
	d, err := NewDecrypter(testKey(), EngineGo)
	if err != nil {
		t.Fatal(err)
	}
	s := &scratch{}
	body := mockPassSpec(sampleFields(3, 24)).body(t)
	if _, data, err, ok := d.directAnswer(body, s); !ok || err != nil || len(data) != 3 {
		t.Fatalf("%d fields, %v, %v", len(data), err, ok)
	}
	parts, key, k, plain := s.parts[:s.used], s.key, s.k, s.plain
	if len(parts) == 0 || len(key) == 0 || len(k) == 0 || len(plain) != 3*24 {
		t.Fatalf("%d, %d, %d and %d bytes were used", len(parts), len(key), len(k), len(plain))
	}
	s.release()
	for name, b := range map[string][]byte{"parts": parts, "key": key, "block key": k, "plaintexts": plain} {
		if slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) {
			t.Errorf("%s are left: %q", name, b)
		}
	}
}
