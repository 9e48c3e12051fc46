package demoapp

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwa"
	jwxjwe "github.com/lestrrat-go/jwx/v2/jwe"

	"sgidcheck/internal/sgid"
)

// jwe is a compact JWE whose header was read.
type jwe struct {
	compact string
	header  header
	parts   []string // header, encrypted key, initialization vector, ciphertext, tag; base64url
}

func decodeBase64(text string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(text) }

func parseJWE(compact string) (jwe, error) {
	parts := strings.Split(compact, ".")
	if len(parts) != 5 {
		return jwe{}, errors.New("no compact JWE")
	}
	h, ok := decodePart(parts[0])
	if !ok {
		return jwe{}, errors.New("the header is no JSON")
	}
	return jwe{compact, h, parts}, nil
}

var contentAlgorithms = []string{
	sgid.EncA128GCM, sgid.EncA192GCM, sgid.EncA256GCM,
	sgid.EncA128CBCHS256, sgid.EncA192CBCHS384, sgid.EncA256CBCHS512,
}

// allowed holds the header against lists, before anything is computed with it
// (RFC8725 3.1, 3.2). Compressed content is refused: sgID sends none.
func (e jwe) allowed(algorithms []string) error {
	if !slices.Contains(algorithms, e.header.text("alg")) || !slices.Contains(contentAlgorithms, e.header.text("enc")) {
		return refusal("the data are encrypted with another algorithm")
	}
	for _, name := range []string{"zip", "crit"} {
		if _, there := e.header[name]; there {
			return refusal("the data demand an extension")
		}
	}
	return nil
}

// open decrypts with jwx, which checks the tag (RFC7516 5.2).
func open(part jwe, key any) ([]byte, error) {
	return jwxjwe.Decrypt([]byte(part.compact), jwxjwe.WithKey(jwa.KeyEncryptionAlgorithm(part.header.text("alg")), key))
}
