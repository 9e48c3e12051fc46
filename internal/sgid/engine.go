package sgid

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
)

// The engines of NewDecrypter.
const (
	EngineAuto    = "auto"    // openssl where it can be loaded, else go
	EngineGo      = "go"      // crypto/rsa
	EngineOpenSSL = "openssl" // RSA by the system's libcrypto, through cgo
	EngineJWX     = "jwx"     // jwx alone: the reference
)

// EngineStatus says whether an engine can be used in this build on this machine.
type EngineStatus struct {
	Name      string
	Available bool
	Version   string // of the library behind it, where it tells
	Reason    string // why it is not available
	NeverHere bool   // no library on the machine would make it so: the build has no cgo
}

var errNoCgo = errors.New("this build has no cgo")

// Engines gives the status of every engine but auto, the fastest first.
func Engines() []EngineStatus {
	version, err := openSSL()
	status := EngineStatus{Name: EngineOpenSSL, Available: err == nil, Version: version}
	if err != nil {
		status.Reason, status.NeverHere = err.Error(), errors.Is(err, errNoCgo)
	}
	return []EngineStatus{status, {Name: EngineGo, Available: true}, {Name: EngineJWX, Available: true}}
}

// rsaEngine is one implementation of RSAES-OAEP decryption (RFC 8017 7.1.2)
// with one key. Safe for concurrent use.
type rsaEngine interface {
	// oaep decrypts a ciphertext of exactly the modulus' size. Its error says nothing but that.
	oaep(ciphertext []byte, sha256 bool) ([]byte, error)
}

// newRSAEngine resolves engine and gives its name with it.
func newRSAEngine(key *rsa.PrivateKey, engine string) (rsaEngine, string, error) {
	switch engine {
	case EngineGo, EngineJWX:
		return goRSA{key}, engine, nil
	case EngineOpenSSL:
		e, err := newOpenSSL(key)
		if err == nil {
			err = selfTest(e, key)
		}
		if err != nil {
			return nil, "", fmt.Errorf("engine openssl is not available: %w", err)
		}
		return e, engine, nil
	case EngineAuto, "":
		if e, name, err := newRSAEngine(key, EngineOpenSSL); err == nil {
			return e, name, nil
		}
		return goRSA{key}, EngineGo, nil
	}
	return nil, "", fmt.Errorf("engine %q is not known: take auto, go, openssl or jwx", engine)
}

// selfTest decrypts what crypto/rsa encrypted, so that a library which loads and
// then does something else is found out before it is relied on.
func selfTest(e rsaEngine, key *rsa.PrivateKey) error {
	for _, with256 := range []bool{false, true} {
		ciphertext, err := rsa.EncryptOAEP(oaepHash(with256), rand.Reader, &key.PublicKey, []byte("self-test"), nil)
		if err != nil {
			return fmt.Errorf("self-test: %w", err)
		}
		if plaintext, err := e.oaep(ciphertext, with256); err != nil || string(plaintext) != "self-test" {
			return fmt.Errorf("self-test with this key failed")
		}
	}
	return nil
}

// goRSA is the standard library.
type goRSA struct{ key *rsa.PrivateKey }

func (e goRSA) oaep(ciphertext []byte, with256 bool) ([]byte, error) {
	plaintext, err := rsa.DecryptOAEP(oaepHash(with256), nil, e.key, ciphertext, nil)
	if err != nil {
		return nil, ErrDecrypt
	}
	return plaintext, nil
}

func oaepHash(with256 bool) hash.Hash {
	if with256 {
		return sha256.New()
	}
	return sha1.New() // RSA-OAEP is SHA-1 by RFC7518 4.3; the padding does not rest on its collision resistance
}
