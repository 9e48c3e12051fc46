package provider

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"sgidcheck/internal/sgid"
)

// Faults of how userinfo is encrypted.

// enveloped is a fault that edits how a response is encrypted.
func enveloped(name, checks, breaks string, edit func(e *envelope)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editEnvelope = append(c.editEnvelope, edit)
	})
}

// fieldBecomes is a fault that changes one member of data after the encryption.
func fieldBecomes(name, checks, breaks, scope string, change func(d *userinfoDraft, jwe string) any) Fault {
	return sealedAs(name, checks, breaks, func(d *userinfoDraft, answer map[string]any) {
		if data, ok := answer["data"].(map[string]any); ok {
			if jwe, there := data[scope].(string); there {
				data[scope] = change(d, jwe)
			}
		}
	})
}

// replacedPart replaces one of the five parts of a compact JWE.
func replacedPart(jwe string, part int, change func(b []byte) []byte) string {
	parts := strings.Split(jwe, ".")
	b, _ := base64.RawURLEncoding.DecodeString(parts[part]) // made here
	parts[part] = base64.RawURLEncoding.EncodeToString(change(b))
	return strings.Join(parts, ".")
}

// flipped has one bit of the last octet changed.
func flipped(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

// deflated is raw DEFLATE, as zip DEF has it (RFC7516 4.1.3).
func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression) // a valid level
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// defaultKeyHeader is the header of key as a map to add to.
func defaultKeyHeader() map[string]any {
	return map[string]any{"alg": sgid.AlgRSAOAEP256, "enc": sgid.EncA256GCM}
}

const oneKey = "the key is the same, so a vector can repeat under it"

func encryptedAsRSA15(e *envelope) {
	e.keyHeader = map[string]any{"alg": sgid.AlgRSA15, "enc": sgid.EncA256GCM}
	e.wrapKey = func(pub *rsa.PublicKey, cek []byte) ([]byte, error) {
		//lint:ignore SA1019 the danger is what the fault is about
		return rsa.EncryptPKCS1v15(rand.Reader, pub, cek)
	}
}

var faultsEncryption = []Fault{
	enveloped("key-rsa1-5", "CRYPT-01", "key is encrypted with RSA1_5.", encryptedAsRSA15),
	sealedAs("key-as-json", "CRYPT-01", "key is a JWE in the JSON serialization.", func(_ *userinfoDraft, answer map[string]any) {
		if key, ok := answer["key"].(string); ok {
			p := strings.Split(key, ".")
			answer["key"] = string(mustJSON(map[string]string{"protected": p[0], "encrypted_key": p[1], "iv": p[2], "ciphertext": p[3], "tag": p[4]}))
		}
	}),
	sealedAs("key-in-base64", "CRYPT-01", "key is bare RSA ciphertext in base64 instead of a JWE.", func(_ *userinfoDraft, answer map[string]any) {
		if key, ok := answer["key"].(string); ok {
			answer["key"] = strings.Split(key, ".")[1]
		}
	}),

	enveloped("key-rsa-oaep", "CRYPT-02", "key is encrypted with RSA-OAEP, which uses SHA-1.", func(e *envelope) {
		e.keyHeader = map[string]any{"alg": sgid.AlgRSAOAEP, "enc": sgid.EncA256GCM}
		e.wrapKey = func(pub *rsa.PublicKey, cek []byte) ([]byte, error) {
			return rsa.EncryptOAEP(sha1.New(), rand.Reader, pub, cek, nil)
		}
	}),

	fault("key-for-retired-key", "CRYPT-03", "key is encrypted to a key that the client no longer has.", func(p *Provider, c *conduct) {
		old, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			panic(err) // no randomness
		}
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) { d.recipient = &old.PublicKey })
	}),
	sealedAs("key-tag-broken", "CRYPT-03", "The authentication tag of key is wrong.", func(_ *userinfoDraft, answer map[string]any) {
		if key, ok := answer["key"].(string); ok {
			answer["key"] = replacedPart(key, 4, flipped)
		}
	}),
	enveloped("key-hash-mislabelled", "CRYPT-03", "key declares RSA-OAEP-256 but is encrypted with SHA-1.", func(e *envelope) {
		e.wrapKey = func(pub *rsa.PublicKey, cek []byte) ([]byte, error) {
			return rsa.EncryptOAEP(sha1.New(), rand.Reader, pub, cek, nil)
		}
	}),

	enveloped("block-key-bare", "CRYPT-04", "The plaintext of key is the bare octets of the block key.", func(e *envelope) { e.jwk = e.blockKey }),
	enveloped("block-key-as-text", "CRYPT-04", "The plaintext of key is the block key as base64 text.", func(e *envelope) {
		e.jwk = []byte(base64.StdEncoding.EncodeToString(e.blockKey))
	}),
	enveloped("block-key-without-type", "CRYPT-04", "The block key's JWK has no kty.", func(e *envelope) {
		e.jwk = bytes.Replace(e.jwk, []byte(`"kty":"oct",`), nil, 1)
	}),
	enveloped("block-key-for-other-algorithm", "CRYPT-04", "The block key's JWK names an algorithm of another key length.", func(e *envelope) {
		e.jwk = bytes.Replace(e.jwk, []byte(`"alg":"A256`), []byte(`"alg":"A128`), 1)
	}),
	enveloped("block-key-odd-length", "CRYPT-04", "The block key's JWK holds 20 octets.", func(e *envelope) {
		whole := base64.RawURLEncoding.EncodeToString(e.blockKey)
		e.jwk = bytes.Replace(e.jwk, []byte(whole), []byte(base64.RawURLEncoding.EncodeToString(e.blockKey[:20])), 1)
	}),

	fieldBecomes("field-tag-broken", "CRYPT-05", "The authentication tag of one field is wrong.", "myinfo.name", func(_ *userinfoDraft, jwe string) any {
		return replacedPart(jwe, 4, flipped)
	}),
	fieldBecomes("field-ciphertext-broken", "CRYPT-05", "The ciphertext of one field is damaged.", "myinfo.email", func(_ *userinfoDraft, jwe string) any {
		return replacedPart(jwe, 3, flipped)
	}),
	fieldBecomes("field-left-in-the-clear", "CRYPT-05", "One field is left unencrypted.", "myinfo.name", func(d *userinfoDraft, _ string) any {
		return d.grant.person.Name
	}).with("what does not decrypt is unencrypted", "CRYPT-10"),
	fieldBecomes("field-with-other-block-key", "CRYPT-05", "One field is encrypted with another block key.", "myinfo.name", func(d *userinfoDraft, _ string) any {
		jwe, err := newEnvelope(d.recipient, sgid.AlgA256GCMKW).appendField(nil, d.grant.person.Name)
		if err != nil {
			panic(err) // a key of the right length
		}
		return string(jwe)
	}),
	asked("field-not-utf8", "CRYPT-05", "The plaintext of a field is Latin-1 instead of UTF-8.", func(d *userinfoDraft) {
		for i, f := range d.fields {
			if f.scope == "myinfo.registered_address" {
				d.fields[i].plaintext = "1 CAF\xc9 ROAD\nSINGAPORE 012345"
			}
		}
	}),
	fieldBecomes("field-in-base64", "CRYPT-05", "One field is only base64 of its value.", "myinfo.email", func(d *userinfoDraft, _ string) any {
		return base64.StdEncoding.EncodeToString([]byte(d.grant.person.Data["myinfo.email"]))
	}).with("what does not decrypt is effectively unencrypted", "CRYPT-10"),

	enveloped("iv-repeated-over-fields", "CRYPT-06", "All fields of a response are encrypted with the same initialisation vector.", func(e *envelope) {
		iv := randomBytes(ivSize)
		e.newIV = func() []byte { return iv }
	}),
	enveloped("iv-zero", "CRYPT-06", "Every initialisation vector is zero.", func(e *envelope) {
		e.newIV = func() []byte { return make([]byte, ivSize) }
	}),
	fault("iv-repeated-over-answers", "CRYPT-06", "Initialisation vectors count up from zero in each response, under the same block key.", func(_ *Provider, c *conduct) {
		key := randomBytes(keySize)
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) {
			e.setBlockKey(key)
			n := byte(0)
			e.newIV = func() []byte {
				n++
				return append(make([]byte, ivSize-1), n)
			}
		})
	}).with(oneKey, "CRYPT-07"),

	fault("block-key-constant", "CRYPT-07", "Every response has the same block key.", func(_ *Provider, c *conduct) {
		key := randomBytes(keySize)
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) { e.setBlockKey(key) })
	}),
	fault("block-key-per-client", "CRYPT-07", "Every client has one block key for all its responses.", func(_ *Provider, c *conduct) {
		var keys sync.Map // *rsa.PublicKey: []byte
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) {
			key, _ := keys.LoadOrStore(e.recipient, randomBytes(keySize))
			e.setBlockKey(key.([]byte))
		})
	}),

	fault("field-zipped", "CRYPT-08", "Fields are compressed before they are encrypted.", func(_ *Provider, c *conduct) {
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			for i := range d.fields {
				d.fields[i].plaintext = string(deflated([]byte(d.fields[i].plaintext)))
			}
		})
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) { e.fieldHeader = map[string]any{"zip": "DEF"} })
	}),
	enveloped("key-zipped", "CRYPT-08", "The block key is compressed before it is encrypted.", func(e *envelope) {
		e.keyHeader = defaultKeyHeader()
		e.keyHeader["zip"] = "DEF"
		e.jwk = deflated(e.jwk)
	}),
	enveloped("field-critical-unknown", "CRYPT-08", "Fields carry an unknown critical header.", func(e *envelope) {
		e.fieldHeader = map[string]any{"crit": []any{"sg.gov.purpose"}, "sg.gov.purpose": "login"}
	}),
	enveloped("key-critical-unknown", "CRYPT-08", "key carries an unknown critical header.", func(e *envelope) {
		e.keyHeader = defaultKeyHeader()
		e.keyHeader["crit"], e.keyHeader["sg.gov.purpose"] = []any{"sg.gov.purpose"}, "login"
	}),
	enveloped("field-kid-of-another", "CRYPT-08", "Fields name a different block key than the one that decrypts them.", func(e *envelope) {
		e.jwk = bytes.Replace(e.jwk, []byte(`{`), []byte(`{"kid":"block-1",`), 1)
		e.fieldHeader = map[string]any{"kid": "block-2"}
	}),

	fault("encrypted-to-first-client", "CRYPT-09", "Every response is encrypted to the client that was registered first.", func(p *Provider, c *conduct) {
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			d.recipient = p.clients[p.listed[0].ID].key
		})
	}),
	fault("encrypted-to-other-client", "CRYPT-03", "Responses are encrypted to a client other than the requesting one.", func(p *Provider, c *conduct) {
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			for _, listed := range p.listed {
				if other := p.clients[listed.ID]; other.key != d.recipient {
					d.recipient = other.key
					return
				}
			}
		})
	}).with("the other client can decrypt what this one cannot", "CRYPT-09"),

	sealedAs("answer-with-clear-name", "CRYPT-10", "The response repeats the person's name outside data.", func(d *userinfoDraft, answer map[string]any) {
		if len(d.fields) > 0 {
			answer["name"] = d.grant.person.Name
		}
	}),
	fault("answer-with-block-key", "CRYPT-10", "The response has the block key in the clear, beside the encrypted one.", func(_ *Provider, c *conduct) {
		var last atomic.Pointer[[]byte]
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) { last.Store(&e.jwk) })
		c.editSealed = append(c.editSealed, func(d *userinfoDraft, answer map[string]any) {
			if len(d.fields) > 0 {
				answer["jwk"] = json.RawMessage(*last.Load())
			}
		})
	}),
	fault("header-with-block-key", "CRYPT-10", "A header field of the userinfo response has the octets of the block key in hexadecimal.", func(_ *Provider, c *conduct) {
		var last atomic.Pointer[[]byte]
		c.editEnvelope = append(c.editEnvelope, func(e *envelope) { last.Store(&e.blockKey) })
		c.reanswerWhere(atUserInfo, http.StatusOK, func(a *held, _ *http.Request) {
			if key := last.Load(); key != nil {
				a.header.Set("X-Key", hex.EncodeToString(*key))
			}
		})
	}),
	fault("field-header-with-value", "CRYPT-10", "The unencrypted header of a field repeats the identity number.", func(_ *Provider, c *conduct) {
		c.editSealed = append(c.editSealed, func(d *userinfoDraft, answer map[string]any) {
			data, ok := answer["data"].(map[string]any)
			if !ok {
				return
			}
			e := newEnvelope(d.recipient, sgid.AlgA256GCMKW)
			e.fieldHeader = map[string]any{"sub": d.grant.person.Data["myinfo.nric_number"]}
			for _, f := range d.fields {
				jwe, err := e.appendField(nil, f.plaintext)
				key, errKey := e.sealKey()
				if err != nil || errKey != nil {
					return
				}
				data[f.scope], answer["key"] = string(jwe), key
			}
		})
	}),
}
