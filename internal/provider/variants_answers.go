package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Variants of what the responses hold: the key set, the tokens, the ID token and
// the data.

// furtherKeys are of every type and curve of the JOSE registry beside RSA, and
// one of each that nobody knows, which is to be ignored (RFC7517 5).
var furtherKeys = []map[string]any{
	{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
	{"kty": "EC", "crv": "P-384", "x": "YkTCBBsuKKh45sl6TnUD-IWaFb2UDL2qW1N0Xxazm7r73GLysL3zIoDm93kXgPak", "y": "mKVsQ162O7bSd3N41e4mRZ87yga2AKrFF09dba68Ws92FF4fh4rWxvksM0YdcOA-"},
	{"kty": "EC", "crv": "P-521", "x": "AKm3K7z1ZMcp6NE_xecUhyCchdVaIlAOC1H2m6GU9jrjQCfz-ZEBx1PdHLGlgLibuYv_96j882qho5dCwXXQJMoi", "y": "AcNak5bl56c_CtvQV627g7MfE7JRGpsO6R8ypkat0RnDznXR7gun417R2o1zPNJ7OHHYy3fiDogXg9vSImIBlLh8"},
	{"kty": "EC", "crv": "secp256k1", "x": "NwRfmL0YY9_zn8XQxjBqahnEnJJN9UnbUekotjiRnF0", "y": "aeR8o0sqc3a2nfowLFy4dWTTFA3USdePNpmSgVyfZhE"},
	{"kty": "OKP", "crv": "Ed25519", "x": "31GCZX2UzOZQQ42REhULLtGqCzHSHx5C14lwWXni7po"},
	{"kty": "OKP", "crv": "X25519", "x": "J2xjZiR7H4-tdmaS7zOkAoJmzduUh_G6fQTy3VFvwyw"},
	{"kty": "OKP", "crv": "Ed448", "x": "QTsCIJY9Uyf0vqbqZKIVIMANZPgYyCp8j04NELDZneGhC_FDRs6kScFslQMRzTLHha0ZsEy-OC6A"},
	{"kty": "OKP", "crv": "X448", "x": "mWmY0i668t6xemRuVo7UsrlfjlQBht-rsNP7bKmEfQ4yBzbjkdWcgf8QU99BkuKA5Oz3sPLrGTo"},
	{"kty": "AKP", "alg": "ML-DSA-44", "pub": strings.Repeat("A", 1750)},
	{"kty": "EC", "crv": "sgidcheck-curve", "x": "AAAA", "y": "AAAA"},
	{"kty": "sgidcheck-type"},
}

// plaintexts is a variant that gives everybody these values.
func plaintexts(name, differs string, values map[string]string) Variant {
	return variant(name, differs, func(_ *Provider, c *conduct) {
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			for i, f := range d.fields {
				if text, there := values[f.scope]; there {
					d.fields[i].plaintext = text
				}
			}
		})
	})
}

var variantsAnswers = []Variant{
	variant("keys-of-every-curve", "The key set contains keys of every registered type and curve, and of unknown ones, in addition to the RSA keys.", func(_ *Provider, c *conduct) {
		c.editJWKS = append(c.editJWKS, func(set map[string]any) {
			for i, key := range furtherKeys {
				key = maps.Clone(key)
				key["kid"] = fmt.Sprintf("further-%d", i)
				set["keys"] = append(set["keys"].([]any), key)
			}
		})
	}),
	variant("times-with-fractions", "exp, iat, nbf and auth_time of the ID token have fractions (RFC 7519 section 2).", func(_ *Provider, c *conduct) {
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) {
			d.claims["nbf"] = d.claims["iat"]
			for _, name := range []string{"exp", "iat", "nbf", "auth_time"} {
				if at, there := d.claims[name]; there {
					d.claims[name] = json.Number(fmt.Sprintf("%v.25", at))
				}
			}
		})
	}).warning("many clients cannot read fractions", "IDT-16"),
	variant("aud-as-list", "aud of the ID token is a list with the client ID as its only member.", func(_ *Provider, c *conduct) {
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) { d.claims["aud"] = []any{d.grant.client.ID} })
	}).warning("aud is not a plain string", "IDT-15"),
	variant("members-beyond", "Every JSON response and the ID token contain unknown members of every type.", func(_ *Provider, c *conduct) {
		beyond := map[string]any{"sgidcheck_text": "x", "sgidcheck_list": []any{1, nil, "y"}, "sgidcheck_object": map[string]any{"a": true}, "sgidcheck_null": nil}
		add := func(object map[string]any) { maps.Copy(object, beyond) }
		c.editDiscovery = append(c.editDiscovery, add)
		c.editJWKS = append(c.editJWKS, func(set map[string]any) {
			add(set)
			for _, key := range set["keys"].([]any) {
				add(key.(map[string]any))
			}
		})
		c.editToken200 = append(c.editToken200, func(a *tokenAnswer) { add(a.members) })
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) { add(d.claims) })
		c.editSealed = append(c.editSealed, func(_ *userinfoDraft, answer map[string]any) { add(answer) })
	}),
	variant("token-answer-as-documented", "The token response holds access_token and id_token alone, as the API documentation lists them.", func(_ *Provider, c *conduct) {
		c.editToken200 = append(c.editToken200, func(a *tokenAnswer) {
			maps.DeleteFunc(a.members, func(name string, _ any) bool { return name != "access_token" && name != "id_token" })
		})
	}).warning("RFC 6749 asks for it, the documentation does not list it", "TOKEN-29"),
	plaintexts("everything-not-available", "Every value but the name and the identity number is NA.", func() map[string]string {
		values := map[string]string{}
		for _, scope := range dataScopes {
			if scope != "myinfo.name" && scope != "myinfo.nric_number" {
				values[scope] = "NA"
			}
		}
		return values
	}()),
	plaintexts("names-as-people-have-them", "Names and employers contain quotes, ampersands, percent and slash signs, non-ASCII letters, and words that programs use.", map[string]string{
		"myinfo.name":             "JOSÉ O'BRIEN S/O NULL (VÝŠKA) @ 陳大文",
		"myinfo.name_of_employer": `O'BRIEN & SONS; 100% "BEST" A&B; PTE LTD`,
		"myinfo.email":            "O'Brien+sgid@mail.example.com",
		"myinfo.housingtype":      "NONE",
	}),
}
