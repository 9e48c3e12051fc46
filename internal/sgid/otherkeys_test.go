package sgid

import (
	"slices"
	"strings"
	"testing"
)

// Certificates of the keys below, made with openssl; the standard library
// parses the second and not the first.
const (
	secp256k1Certificate = "MIIBfTCCASKgAwIBAgIUJeSgyHYwEl9rsDlh8+MZ9Ya6D6IwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJc2dpZGNoZWNrMCAXDTI2MTEyNTE5NDQxMloYDzIxMjYxMTAxMTk0NDEyWjAUMRIwEAYDVQQDDAlzZ2lkY2hlY2swVjAQBgcqhkjOPQIBBgUrgQQACgNCAAQ3BF+YvRhj3/OfxdDGMGpqGcSckk31SdtR6Si2OJGcXWnkfKNLKnN2tp36MCxcuHVk0xQN1EnXjzaZkoFcn2YRo1MwUTAdBgNVHQ4EFgQUXFFQaS8ANBuLrf3Wf7ROTo8TjMkwHwYDVR0jBBgwFoAUXFFQaS8ANBuLrf3Wf7ROTo8TjMkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA5YWoBxee30Ua87SleYHBz0uJNpT4GgZYvzp5QapmtVoCIQChH2SSTNpRjMo5S6H2sIAzopE4qLzd8qijdzg3aJa+kA=="
	ed448Certificate     = "MIIBijCCAQqgAwIBAgIUcFmK6LMUxRcLjwmcPe2dHcYIVzMwBQYDK2VxMBQxEjAQBgNVBAMMCXNnaWRjaGVjazAgFw0yNjExMjUxOTQ0MTNaGA8yMTI2MTEwMTE5NDQxM1owFDESMBAGA1UEAwwJc2dpZGNoZWNrMEMwBQYDK2VxAzoAQTsCIJY9Uyf0vqbqZKIVIMANZPgYyCp8j04NELDZneGhC/FDRs6kScFslQMRzTLHha0ZsEy+OC6Ao1MwUTAdBgNVHQ4EFgQUIbs1WhGsakHQ966nF1OKcDhxNK0wHwYDVR0jBBgwFoAUIbs1WhGsakHQ966nF1OKcDhxNK0wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXEDcwCFa6x6TU0Ux+3u6xNydqfxDrhL2phoNgnGfTAav5UuX5Vol31QL0X9Sx3iEOthnusHZqp47ywaCQBihUvuB5UnoY922Vm5xAZQyTBTGH/vPy3NAtbCoFtZLLlHeSwnTKjnxkfu/v0ON/DOH/MB1qLSMwA="
)

const (
	secp256k1Key = `"kty":"EC","crv":"secp256k1","x":"NwRfmL0YY9_zn8XQxjBqahnEnJJN9UnbUekotjiRnF0","y":"aeR8o0sqc3a2nfowLFy4dWTTFA3USdePNpmSgVyfZhE"`
	ed448Key     = `"kty":"OKP","crv":"Ed448","x":"QTsCIJY9Uyf0vqbqZKIVIMANZPgYyCp8j04NELDZneGhC_FDRs6kScFslQMRzTLHha0ZsEy-OC6A"`
)

// Every key type and curve of the JOSE registry is taken, what is not known is
// ignored, and what is broken is still named.
func TestKeysThatAreNotRSA(t *testing.T) {
	for _, test := range []struct {
		name, key, says string // says: part of what is wrong, empty: nothing
		public          bool   // a key that the standard library knows
	}{
		{"P-256", `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`, "", true},
		{"P-384", `"kty":"EC","crv":"P-384","x":"YkTCBBsuKKh45sl6TnUD-IWaFb2UDL2qW1N0Xxazm7r73GLysL3zIoDm93kXgPak","y":"mKVsQ162O7bSd3N41e4mRZ87yga2AKrFF09dba68Ws92FF4fh4rWxvksM0YdcOA-"`, "", true},
		{"P-521", `"kty":"EC","crv":"P-521","x":"AKm3K7z1ZMcp6NE_xecUhyCchdVaIlAOC1H2m6GU9jrjQCfz-ZEBx1PdHLGlgLibuYv_96j882qho5dCwXXQJMoi","y":"AcNak5bl56c_CtvQV627g7MfE7JRGpsO6R8ypkat0RnDznXR7gun417R2o1zPNJ7OHHYy3fiDogXg9vSImIBlLh8"`, "", true},
		{"secp256k1", secp256k1Key, "", false},
		{"Ed25519", `"kty":"OKP","crv":"Ed25519","x":"31GCZX2UzOZQQ42REhULLtGqCzHSHx5C14lwWXni7po"`, "", true},
		{"Ed448", ed448Key, "", false},
		{"X25519", `"kty":"OKP","crv":"X25519","x":"J2xjZiR7H4-tdmaS7zOkAoJmzduUh_G6fQTy3VFvwyw"`, "", true},
		{"X448", `"kty":"OKP","crv":"X448","x":"mWmY0i668t6xemRuVo7UsrlfjlQBht-rsNP7bKmEfQ4yBzbjkdWcgf8QU99BkuKA5Oz3sPLrGTo"`, "", false},
		{"AKP", `"kty":"AKP","alg":"ML-DSA-44","pub":"` + strings.Repeat("A", 1750) + `"`, "", false},
		{"a type that nobody knows", `"kty":"PQC"`, "", false},
		{"a curve that nobody knows", `"kty":"EC","crv":"BP-256","x":"AAAA","y":"AAAA"`, "", false},
		{"an OKP curve that nobody knows", `"kty":"OKP","crv":"Ed1024","x":"AAAA"`, "", false},

		{"P-521 without its leading zero octet", `"kty":"EC","crv":"P-521","x":"qbcrvPVkxyno0T_F5xSHIJyF1VoiUA4LUfaboZT2OuNAJ_P5kQHHU90csaWAuJu5i__3qPzzaqGjl0LBddAkyiI","y":"AcNak5bl56c_CtvQV627g7MfE7JRGpsO6R8ypkat0RnDznXR7gun417R2o1zPNJ7OHHYy3fiDogXg9vSImIBlLh8"`, "x has 65 octets", false},
		{"P-256 off the curve", `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"`, "no point of P-256", false},
		{"secp256k1 off the curve", strings.Replace(secp256k1Key, "NwRf", "NwRg", 1), "no point of secp256k1", false},
		{"P-256 padded", `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`, "x is not base64url", false},
		{"EC without y", `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"`, `"y": expected`, false},
		{"EC without crv", `"kty":"EC","x":"AAAA","y":"AAAA"`, `"crv": expected`, false},
		{"crv a number", `"kty":"EC","crv":256,"x":"AAAA","y":"AAAA"`, `"crv": expected`, false},
		{"Ed25519 too short", `"kty":"OKP","crv":"Ed25519","x":"31GCZX2UzOZQQ42REhULLtGqCzHSHx5C14lwWXni"`, "x has 30 octets", false},
		{"OKP without x", `"kty":"OKP","crv":"X448"`, `"x": expected`, false},
		{"AKP without alg", `"kty":"AKP","pub":"AAAA"`, `"alg": expected`, false},
		{"kty a number", `"kty":7`, `"kty": expected`, false},
	} {
		set, err := ParseKeySet([]byte(`{"keys":[{` + test.key + `}]}`))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		k := &set.Keys[0]
		if (test.says == "") != (k.Err == nil) || k.Err != nil && !strings.Contains(k.Err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.name, k.Err, test.says)
		}
		if (k.Public != nil) != test.public || k.UsableForRS256() {
			t.Errorf("%s: public key %T, usable for RS256: %t", test.name, k.Public, k.UsableForRS256())
		}
	}
}

func TestPrivateMembersOfEveryType(t *testing.T) {
	set, err := ParseKeySet([]byte(`{"keys":[{` + ed448Key + `,"d":"AA"},{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","priv":"AA"},{"kty":"PQC","priv":"AA"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"d"}, {"priv"}, nil} {
		if got := set.Keys[i].PrivateMembers(); !slices.Equal(got, want) {
			t.Errorf("key %d: %q, want %q", i, got, want)
		}
	}
}

// A certificate of a curve that the standard library lacks is no mismatch; its
// thumbprint is judged all the same.
func TestCertificatesOfOtherKeys(t *testing.T) {
	for _, test := range []struct{ name, key, says string }{
		{"secp256k1", secp256k1Key + `,"x5c":["` + secp256k1Certificate + `"],"x5t#S256":"ZtNqyemyubEWqyAQRIhtF8q_GaENqora4MLs2DPju8A"`, ""},
		{"Ed448", ed448Key + `,"x5c":["` + ed448Certificate + `"]`, ""},
		{"secp256k1, the thumbprint of another", secp256k1Key + `,"x5c":["` + secp256k1Certificate + `"],"x5t#S256":"` + strings.Repeat("A", 43) + `"`, "thumbprint"},
		{"secp256k1, not base64", secp256k1Key + `,"x5c":["-"]`, "base64"},
		{"Ed25519 with the certificate of another", `"kty":"OKP","crv":"Ed25519","x":"31GCZX2UzOZQQ42REhULLtGqCzHSHx5C14lwWXni7po","x5c":["` + ed448Certificate + `"]`, "another key"},
	} {
		set, err := ParseKeySet([]byte(`{"keys":[{` + test.key + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Keys[0].CheckCertificates(); (test.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		}
	}
}
