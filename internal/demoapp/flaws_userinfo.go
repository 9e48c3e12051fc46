package demoapp

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	jwxjwe "github.com/lestrrat-go/jwx/v2/jwe"

	"sgidcheck/internal/sgid"
)

// Flaws of userinfo and of its decryption.

// subjects is a flaw in how userinfo's sub is compared.
func subjects(name, breaks string, same func(want string, members map[string]any) bool) Flaw {
	return flaw(name, "RP-53", breaks, func(_ *App, c *conduct) {
		right := c.sameSubject
		c.sameSubject = func(want string, members map[string]any) error {
			if same(want, members) {
				return nil
			}
			return right(want, members)
		}
	})
}

// fieldTaken is a flaw that shows a field without decrypting it as one should.
func fieldTaken(name, checks, breaks string, take func(a *App, value string) (string, bool)) Flaw {
	return flaw(name, checks, breaks, func(a *App, c *conduct) {
		read := c.readField
		c.readField = func(name, value string, blockKey []byte) (string, error) {
			if text, took := take(a, value); took {
				return text, nil
			}
			return read(name, value, blockKey)
		}
	})
}

func otherKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, minSigningBits)
	if err != nil {
		panic(err) // the random source never fails
	}
	return key
}

const nobodys = "an answer that says nothing has no sub either"

var flawsUserInfo = []Flaw{
	subjects("userinfo-sub-unchecked", "userinfo's sub is not compared.", func(string, map[string]any) bool { return true }).
		with(nobodys, "RP-50"),
	subjects("userinfo-sub-any-case", "userinfo's sub is compared case-insensitively.", func(want string, members map[string]any) bool {
		sub, _ := members["sub"].(string)
		return strings.EqualFold(sub, want)
	}),
	subjects("userinfo-sub-optional", "userinfo's sub is compared only where it is there.", func(_ string, members map[string]any) bool {
		return members["sub"] == nil
	}).with(nobodys, "RP-50"),

	flaw("field-by-256-bits-alone", "RP-54", "Fields are decrypted only where the block key has 256 bits.", func(_ *App, c *conduct) {
		c.fieldAlgorithms = []string{sgid.AlgDir, sgid.AlgA256GCMKW}
	}),
	flaw("field-by-key-wrap-alone", "RP-54", "Fields are decrypted only where the block key wraps a key of their own.", func(_ *App, c *conduct) {
		c.fieldAlgorithms = []string{sgid.AlgA128GCMKW, sgid.AlgA256GCMKW}
	}),
	flaw("block-key-by-sha256-alone", "RP-54", "The block key is decrypted only by RSA-OAEP-256.", func(_ *App, c *conduct) {
		c.keyAlgorithms = []string{sgid.AlgRSAOAEP256}
	}),
	flaw("rsa1-5-accepted", "RP-55", "A block key encrypted by RSA1_5 is taken.", func(_ *App, c *conduct) {
		c.keyAlgorithms = append(c.keyAlgorithms, sgid.AlgRSA15)
	}),
	flaw("tag-unchecked", "RP-56", "Data are decrypted without a look at the tag.", func(_ *App, c *conduct) { c.open = openWithoutTag }),
	flaw("tag-of-fields-unchecked", "RP-56", "Fields are decrypted without a look at the tag.", func(_ *App, c *conduct) {
		right := c.open
		c.open = func(part jwe, key any) ([]byte, error) {
			if _, isField := key.([]byte); isField {
				return openWithoutTag(part, key)
			}
			return right(part, key)
		}
	}),
	flaw("tag-of-cbc-unchecked", "RP-56", "The HMAC of A128CBC-HS256 is not compared.", func(_ *App, c *conduct) {
		right := c.open
		c.open = func(part jwe, key any) ([]byte, error) {
			if part.header.text("enc") == sgid.EncA128CBCHS256 {
				return openWithoutTag(part, key)
			}
			return right(part, key)
		}
	}),
	flaw("tag-cut-accepted", "RP-56", "A tag is compared over as many octets as came.", func(_ *App, c *conduct) { c.open = openByTagAsCame(c.open) }),
	flaw("former-data-shown", "RP-56", "A field that cannot be decrypted shows what it held in the login before, whoever's that was.", func(_ *App, c *conduct) {
		var mu sync.Mutex
		former := map[string]string{}
		read := c.readField
		c.readField = func(name, value string, blockKey []byte) (string, error) {
			text, err := read(name, value, blockKey)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				former[name] = text
			}
			return former[name], nil
		}
	}),

	fieldTaken("field-in-the-clear", "RP-57", "A field that is not encrypted is shown as it is.", func(_ *App, value string) (string, bool) {
		_, err := parseJWE(value)
		return value, err != nil
	}),
	flaw("field-in-the-clear-without-key", "RP-57", "Where key is missing, the fields are shown as they are.", func(_ *App, c *conduct) {
		rightKey, rightField := c.openKey, c.readField
		c.openKey = func(text string) ([]byte, error) {
			if text == "" {
				return []byte(`{"kty":"oct","k":"` + strings.Repeat("A", 22) + `"}`), nil
			}
			return rightKey(text)
		}
		c.readField = func(name, value string, blockKey []byte) (string, error) {
			if bytes.Equal(blockKey, make([]byte, 16)) {
				return value, nil
			}
			return rightField(name, value, blockKey)
		}
	}),
	fieldTaken("field-in-base64", "RP-57", "A field that is not encrypted is decoded from base64.", func(_ *App, value string) (string, bool) {
		if _, err := parseJWE(value); err == nil {
			return "", false
		}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			if text, err := encoding.DecodeString(value); err == nil {
				return string(text), true
			}
		}
		return "", false
	}),
	fieldTaken("field-to-public-key", "RP-57", "A field encrypted to the public key, which everybody has, is taken.", func(a *App, value string) (string, bool) {
		part, err := parseJWE(value)
		if err != nil || part.allowed([]string{sgid.AlgRSAOAEP, sgid.AlgRSAOAEP256}) != nil {
			return "", false
		}
		plain, err := open(part, a.key)
		return string(plain), err == nil
	}),

	flaw("block-key-in-the-clear", "RP-57", "A block key that is not encrypted, as it is or in base64, is taken.", func(_ *App, c *conduct) {
		right := c.openKey
		c.openKey = func(text string) ([]byte, error) {
			if strings.HasPrefix(text, "{") {
				return []byte(text), nil
			}
			if plain, err := base64.StdEncoding.DecodeString(text); err == nil {
				return plain, nil
			}
			return right(text)
		}
	}),

	flaw("zip-without-bound", "RP-58", "Compressed content is inflated, however large it becomes.", func(_ *App, c *conduct) {
		right, opened := c.headersAllowed, c.open
		c.headersAllowed = func(part jwe, algorithms []string) error {
			if part.header.text("zip") != "" {
				part.header = header{"alg": part.header["alg"], "enc": part.header["enc"]}
			}
			return right(part, algorithms)
		}
		c.open = func(part jwe, key any) ([]byte, error) {
			if part.header.text("zip") == "" {
				return opened(part, key)
			}
			return jwxjwe.Decrypt([]byte(part.compact), jwxjwe.WithKey(jwa.KeyEncryptionAlgorithm(part.header.text("alg")), key),
				jwxjwe.WithMaxDecompressBufferSize(1<<40))
		}
	}).slow(),
	flaw("pbes2-counted", "RP-58", "A key is derived by as many rounds of PBES2 as the header asks for.", func(a *App, c *conduct) {
		right := c.headersAllowed
		c.headersAllowed = func(part jwe, algorithms []string) error {
			if strings.HasPrefix(part.header.text("alg"), "PBES2") {
				if count, ok := claims(part.header).at("p2c"); ok {
					a.derive(count.Unix())
				}
			}
			return right(part, algorithms)
		}
	}),
}

// maxDerivation ends what a flaw computes for nothing.
const maxDerivation = 10 * time.Second

// derive computes rounds of PBKDF2 until they, or maxDerivation, or the
// application end.
func (a *App) derive(rounds int64) {
	ctx, cancel := context.WithTimeout(context.Background(), maxDerivation)
	defer cancel()
	mac := hmac.New(sha256.New, []byte(a.settings.ClientSecret))
	var sum []byte
	for i := range rounds {
		if i%4096 == 0 && (ctx.Err() != nil || a.ended()) {
			return
		}
		mac.Reset()
		mac.Write(sum)
		sum = mac.Sum(sum[:0])
	}
}

func (a *App) ended() bool {
	select {
	case <-a.stopped:
		return true
	default:
		return false
	}
}
