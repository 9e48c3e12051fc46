package sgid

import (
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"
)

// Everything that reads a target's bytes: no panic, no hang, bounded memory.
// What a target may send is bounded by the parsers themselves.

func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte(`{"issuer":"https://x/v2","scopes_supported":["openid"],"claims_parameter_supported":true}`))
	f.Add([]byte(`{"issuer":{"a":[[[]]]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if m, err := ParseMetadata(body); err == nil && m == nil {
			t.Error("neither metadata nor error")
		}
	})
}

// FuzzCheckJSON holds the strict check against encoding/json: what it takes is
// valid, and reads back with as many members as names were found.
func FuzzCheckJSON(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[{"a":1},{"a":"\\\""}]},"\u0061b":"}"}`))
	f.Add([]byte(`{"a":1,"a":2} x`))
	f.Fuzz(func(t *testing.T, body []byte) {
		names, err := checkJSON(body, maxDocument)
		var members map[string]any
		decodeErr := json.Unmarshal(body, &members)
		if err == nil && (decodeErr != nil || len(names) != len(members)) {
			t.Errorf("%q in %d members, %v", names, len(members), decodeErr)
		}
		for _, name := range names {
			if _, ok := members[name]; !ok {
				t.Errorf("%q is no member", name)
			}
		}
	})
}

func FuzzParseKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"1","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri","e":"AQAB","x5c":["AA=="]}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"oct","k":"AA"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		set, err := ParseKeySet(body)
		if err != nil {
			return
		}
		for i := range set.Keys {
			k := &set.Keys[i]
			if k.UsableForRS256() && k.RSA().N.Sign() == 0 {
				t.Error("an empty key is usable")
			}
			_ = k.CheckCertificates()
			_ = k.PrivateMembers()
		}
	})
}

func FuzzParseIDToken(f *testing.F) {
	keys := keySet(f, map[string]*rsa.PrivateKey{"k1": testKey()})
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJ4IiwiYXVkIjpbImEiXSwiZXhwIjoxZTMwMH0.AAAA")
	f.Add("eyJhbGciOiJub25lIn0.eyJleHAiOi05MjIzMzcyMDM2ODU0Nzc1ODA4LCJpYXQiOjkyMjMzNzIwMzY4NTQ3NzU4MDd9.")
	f.Fuzz(func(t *testing.T, compact string) {
		token, err := VerifyIDToken(compact, keys, Expectation{Issuer: "x", ClientID: "a", Now: testNow, AccessToken: "t", Code: "c"})
		if err == nil {
			t.Error("a token that nobody signed is taken")
		}
		if token != nil && len(err.Error()) > 64<<10 {
			t.Error("the error is as long as the token")
		}
	})
}

func FuzzParseTokenResponse(f *testing.F) {
	f.Add([]byte(`{"access_token":"a","id_token":"b","token_type":"Bearer","expires_in":3600,"scope":"openid"}`))
	f.Add([]byte(`{"error":"invalid_grant","error_description":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if a, err := ParseTokenResponse(body); err == nil && (a.AccessToken == "" || a.IDToken == "") {
			t.Error("an answer without tokens is taken")
		}
		if e, err := ParseOAuthError(body); err == nil && e.Code == "" {
			t.Error("an error without a code is taken")
		}
	})
}

func FuzzParseUserInfo(f *testing.F) {
	f.Add([]byte(`{"sub":"u=1","key":"a.b.c.d.e","data":{"myinfo.name":"a.b.c.d.e"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		u, err := ParseUserInfo(body)
		if err == nil && (u.Subject == "" || len(u.Data) != len(u.DataOrder)) {
			t.Errorf("got %+v", u)
		}
		// What the scanner takes, the parser takes, too, and reads the same.
		if sub, key, fields, ok := scanAnswer(body, nil); ok && err == nil {
			if string(sub) != u.Subject || len(fields) != len(u.Data) || !strings.Contains(string(key), `\`) && string(key) != u.Key {
				t.Errorf("scanned %q %q, parsed %+v", sub, key, u)
			}
		}
	})
}

func FuzzParseJWE(f *testing.F) {
	f.Add("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4R0NNIiwiY3JpdCI6WyJ4Il0sInppcCI6IkRFRiJ9.AA.AA.AA.AA")
	d := &Decrypter{key: testKey(), engine: EngineGo, rsa: goRSA{testKey()}}
	f.Fuzz(func(t *testing.T, compact string) {
		if j, err := ParseJWE(compact); err == nil && (j.Alg == "" || j.Enc == "") {
			t.Error("a JWE without algorithms is taken")
		}
		_, _ = d.Field(&BlockKey{K: make([]byte, 16)}, compact) // may well open: the key is known
	})
}

// FuzzDecryptUserInfo holds the direct path equal to jwx: the same plaintexts, the
// same refusals. KEY in the input stands for a good key, whose block key is all
// zeros, so that fields get as far as their content.
func FuzzDecryptUserInfo(f *testing.F) {
	key := testKey()
	direct, err := NewDecrypter(key, EngineAuto)
	if err != nil {
		f.Fatal(err)
	}
	reference, err := NewDecrypter(key, EngineJWX)
	if err != nil {
		f.Fatal(err)
	}
	zero := make([]byte, 16)
	sealed := seal(f, jwkText(zero, AlgA128GCMKW), AlgRSAOAEP, EncA128CBCHS256, &key.PublicKey)
	for _, alg := range []string{AlgDir, AlgA128KW, AlgA128GCMKW} {
		f.Add([]byte(`{"sub":"u=1","key":"KEY","data":{"myinfo.name":"` + seal(f, []byte("x"), alg, EncA128GCM, zero) + `"}}`))
	}
	f.Add([]byte(`{"sub":"u=1","key":"KEY","data":{"myinfo.name":"` + seal(f, []byte("x"), AlgA128KW, EncA256CBCHS512, zero) + `"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		body = []byte(strings.ReplaceAll(string(body), "KEY", sealed))
		if got, want := verdict(direct.DecryptUserInfo(body)), verdict(reference.DecryptUserInfo(body)); got != want {
			t.Errorf("direct says\n%s\njwx says\n%s", got, want)
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if key, err := ParsePrivateKey(text); err == nil && key.N.BitLen() < 2048 {
			t.Error("a short key is taken")
		}
	})
}
