package sgid

import (
	"fmt"
)

// contentCipher is one enc of RFC7518 5.1, by its sizes in bytes.
type contentCipher struct {
	name         string
	key, iv, tag int
	gcm          bool
}

var contentCiphers = [...]contentCipher{
	{EncA128GCM, 16, 12, 16, true},
	{EncA192GCM, 24, 12, 16, true},
	{EncA256GCM, 32, 12, 16, true},
	{EncA128CBCHS256, 32, 16, 16, false},
	{EncA192CBCHS384, 48, 16, 24, false},
	{EncA256CBCHS512, 64, 16, 32, false},
}

// findContentCipher takes the name as bytes or string without allocating.
func findContentCipher[T string | []byte](name T) *contentCipher {
	for i := range contentCiphers {
		if contentCiphers[i].name == string(name) {
			return &contentCiphers[i]
		}
	}
	return nil
}

type wrapKind uint8

const (
	wrapRSA   wrapKind = iota // the content key is encrypted to an RSA key
	wrapDir                   // the block key is the content key
	wrapKW                    // AES key wrap, RFC 3394
	wrapGCMKW                 // AES-GCM, IV and tag in the header
)

// keyAlgorithm is one alg of RFC7518 4.1; key is the block key's size in bytes, 0 for any.
type keyAlgorithm struct {
	name   string
	kind   wrapKind
	key    int
	sha256 bool // OAEP with SHA-256, not SHA-1
}

var keyAlgorithms = [...]keyAlgorithm{
	{AlgRSAOAEP256, wrapRSA, 0, true},
	{AlgRSAOAEP, wrapRSA, 0, false},
	{AlgDir, wrapDir, 0, false},
	{AlgA128GCMKW, wrapGCMKW, 16, false},
	{AlgA192GCMKW, wrapGCMKW, 24, false},
	{AlgA256GCMKW, wrapGCMKW, 32, false},
	{AlgA128KW, wrapKW, 16, false},
	{AlgA192KW, wrapKW, 24, false},
	{AlgA256KW, wrapKW, 32, false},
}

func findKeyAlgorithm[T string | []byte](name T) *keyAlgorithm {
	for i := range keyAlgorithms {
		if keyAlgorithms[i].name == string(name) {
			return &keyAlgorithms[i]
		}
	}
	return nil
}

// KeyAlgorithms names the algorithms taken for userinfo's key, the better first.
func KeyAlgorithms() []string { return []string{AlgRSAOAEP256, AlgRSAOAEP} }

// FieldAlgorithms names the algorithms taken for the members of userinfo's data.
func FieldAlgorithms() []string {
	var names []string
	for _, a := range keyAlgorithms {
		if a.kind != wrapRSA {
			names = append(names, a.name)
		}
	}
	return names
}

// ContentEncryptions names the content ciphers taken, all of them authenticated.
func ContentEncryptions() []string {
	var names []string
	for _, c := range contentCiphers {
		names = append(names, c.name)
	}
	return names
}

// policy judges a JWE before any key touches it: algorithms, zip, crit, and the
// sizes that the algorithms prescribe. keySize is the RSA modulus in bytes for
// userinfo's key, and 0 for a member of data.
func (j *JWE) policy(keySize int) (*keyAlgorithm, *contentCipher, error) {
	alg, enc := findKeyAlgorithm(j.Alg), findContentCipher(j.Enc)
	switch {
	case j.Alg == AlgRSA15:
		return nil, nil, ErrRSA15
	case alg == nil || (alg.kind == wrapRSA) != (keySize > 0):
		return nil, nil, fmt.Errorf("alg %q: %w", clip(j.Alg), ErrAlgorithm)
	case enc == nil:
		return nil, nil, fmt.Errorf("enc %q: %w", clip(j.Enc), ErrAlgorithm)
	case j.Zip != nil:
		return nil, nil, ErrZip
	case j.Crit != nil:
		return nil, nil, ErrCrit
	}
	return alg, enc, checkSizes(alg, enc, keySize, len(j.EncryptedKey), len(j.KeyIV), len(j.KeyTag), len(j.IV), len(j.Ciphertext), len(j.Tag))
}

func checkSizes(alg *keyAlgorithm, enc *contentCipher, keySize, encryptedKey, keyIV, keyTag, iv, ciphertext, tag int) error {
	switch {
	case iv != enc.iv:
		return malformed("initialisation vector of %d bytes, where %s has %d", iv, enc.name, enc.iv)
	case tag != enc.tag:
		return malformed("tag of %d bytes, where %s has %d", tag, enc.name, enc.tag)
	case !enc.gcm && (ciphertext == 0 || ciphertext%16 != 0):
		return malformed("ciphertext of %d bytes, where %s has whole blocks of 16", ciphertext, enc.name)
	case alg.kind == wrapGCMKW && (keyIV != 12 || keyTag != 16):
		return malformed("%s needs iv of 12 and tag of 16 bytes in the header, got %d and %d", alg.name, keyIV, keyTag)
	}
	want := keySize
	switch alg.kind {
	case wrapKW:
		want = enc.key + 8
	case wrapGCMKW:
		want = enc.key
	}
	if encryptedKey != want {
		return malformed("encrypted key of %d bytes, where %d belong", encryptedKey, want)
	}
	return nil
}

// fits tells whether a block key of size bytes serves alg and enc.
func (alg *keyAlgorithm) fits(enc *contentCipher, size int) error {
	want := alg.key
	if alg.kind == wrapDir {
		want = enc.key
	}
	if size != want {
		return fmt.Errorf("%w: %d bits, where %s with %s takes %d", ErrBlockKey, 8*size, alg.name, enc.name, 8*want)
	}
	return nil
}
