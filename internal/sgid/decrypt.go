package sgid

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"time"
)

// Decrypter opens userinfo responses with one client's private key (SGID-INT).
// Safe for concurrent use.
type Decrypter struct {
	key    *rsa.PrivateKey
	engine string
	rsa    rsaEngine
}

// NewDecrypter prepares key for an engine: auto, go, openssl or jwx. The error
// says why the engine cannot be had.
func NewDecrypter(key *rsa.PrivateKey, engine string) (*Decrypter, error) {
	if key == nil {
		return nil, errors.New("no private key to decrypt with")
	}
	e, name, err := newRSAEngine(key, engine)
	if err != nil {
		return nil, err
	}
	return &Decrypter{key: key, engine: name, rsa: e}, nil
}

// Engine names the engine in use; never auto.
func (d *Decrypter) Engine() string { return d.engine }

// RawRSA is the bare RSAES-OAEP decryption by this engine, without anything
// around it: the floor below which no response can be decrypted. alg is RSA-OAEP
// or RSA-OAEP-256.
func (d *Decrypter) RawRSA(ciphertext []byte, alg string) ([]byte, error) {
	a := findKeyAlgorithm(alg)
	switch {
	case a == nil || a.kind != wrapRSA:
		return nil, fmt.Errorf("alg %q: %w", clip(alg), ErrAlgorithm)
	case len(ciphertext) != d.key.Size():
		return nil, ErrDecrypt
	}
	return d.rsa.oaep(ciphertext, a.sha256)
}

// BlockKey decrypts userinfo's key: RSA-OAEP or RSA-OAEP-256 over any content
// cipher of RFC7518 5.1. The error is one of ErrMalformed, ErrRSA15,
// ErrAlgorithm, ErrZip, ErrCrit, ErrDecrypt or ErrBlockKey, with the reason.
func (d *Decrypter) BlockKey(compact string) (*BlockKey, error) {
	j, err := ParseJWE(compact)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	_, enc, err := j.policy(d.key.Size())
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	plaintext, err := openByJWX(j, enc, compact, d.jwxKey())
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	bk, err := parseBlockKey(plaintext)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	bk.Header = j.Header
	return bk, nil
}

// Field decrypts one member of userinfo's data with the response's block key:
// dir, AES key wrap or AES-GCM key wrap over any content cipher of RFC7518 5.1.
// The error is one of those of BlockKey.
func (d *Decrypter) Field(bk *BlockKey, compact string) ([]byte, error) {
	j, err := ParseJWE(compact)
	if err != nil {
		return nil, err
	}
	alg, enc, err := j.policy(0)
	if err != nil {
		return nil, err
	}
	if err := alg.fits(enc, len(bk.K)); err != nil {
		return nil, err
	}
	return openByJWX(j, enc, compact, bk.K)
}

// Fields opens every member of u's data with its block key, as Field does, and
// faster. Errors are those of Decrypt.
func (d *Decrypter) Fields(bk *BlockKey, u *UserInfo) (map[string]string, error) {
	if d.engine == EngineJWX {
		return d.fields(u, bk)
	}
	s := scratches.Get().(*scratch)
	defer s.release()
	s.k = append(s.k[:0], bk.K...)
	s.add(u)
	data, err, _ := d.openFields(s)
	return data, err
}

// Decrypt opens every member of u's data. The result is empty where u has
// none. Where some members do not open, the others are still in the result, and
// the error joins one error for each that does not, named data.NAME.
func (d *Decrypter) Decrypt(u *UserInfo) (map[string]string, error) {
	if len(u.Data) == 0 && u.Key == "" {
		return map[string]string{}, nil
	}
	if d.engine == EngineJWX {
		return d.byReference(u)
	}
	s := scratches.Get().(*scratch)
	defer s.release()
	s.add(u)
	data, err, _ := d.directFields([]byte(u.Key), s) // names in a map are unique
	return data, err
}

// add puts the members of u's data before the direct path.
func (s *scratch) add(u *UserInfo) {
	for _, name := range u.names() {
		s.fields = append(s.fields, compactField{[]byte(name), []byte(u.Data[name])})
	}
}

// byReference is Decrypt by BlockKey and Field.
func (d *Decrypter) byReference(u *UserInfo) (map[string]string, error) {
	bk, err := d.BlockKey(u.Key)
	if err != nil {
		return nil, err
	}
	return d.fields(u, bk)
}

// fields opens every member of u's data by Field.
func (d *Decrypter) fields(u *UserInfo, bk *BlockKey) (map[string]string, error) {
	var errs []error
	out := make(map[string]string, len(u.Data))
	for _, name := range u.names() {
		plaintext, err := d.Field(bk, u.Data[name])
		if err != nil {
			errs = append(errs, fmt.Errorf("data.%s: %w", clip(name), err))
			continue
		}
		out[name] = string(plaintext)
	}
	return out, errors.Join(errs...)
}

// DecryptUserInfo takes a userinfo response from its bytes to its plaintexts: sub,
// and data by scope. It is ParseUserInfo and Decrypt in one, and faster; any
// error means that neither result may be relied on.
func (d *Decrypter) DecryptUserInfo(body []byte) (sub string, data map[string]string, err error) {
	return d.decryptAnswer(body, nil)
}

// DecryptUserInfoSplit is DecryptUserInfo that also adds to split where the time
// went. Through jwx the parts cannot be told apart as finely: there, Parse is the
// answer's JSON, KeyImport what opening key takes beside RSA, AES all of the fields.
func (d *Decrypter) DecryptUserInfoSplit(body []byte, split *Split) (sub string, data map[string]string, err error) {
	return d.decryptAnswer(body, split)
}

func (d *Decrypter) decryptAnswer(body []byte, split *Split) (string, map[string]string, error) {
	if d.engine != EngineJWX {
		s := scratches.Get().(*scratch)
		defer s.release()
		if split != nil {
			s.split, s.since = split, time.Now()
		}
		if sub, data, err, ok := d.directAnswer(body, s); ok {
			return sub, data, err
		}
	}
	start := time.Now()
	u, err := ParseUserInfo(body)
	if err != nil {
		return "", nil, err
	}
	if split == nil || u.Key == "" {
		data, err := d.Decrypt(u)
		return u.Subject, data, err
	}
	split.Parse += time.Since(start)
	timed := &timedRSA{engine: d.rsa}
	start = time.Now()
	bk, err := (&Decrypter{key: d.key, rsa: timed}).BlockKey(u.Key)
	if err != nil {
		return u.Subject, nil, err
	}
	split.RSA += timed.took
	split.KeyImport += time.Since(start) - timed.took
	start = time.Now()
	data, err := d.fields(u, bk)
	split.AES += time.Since(start)
	return u.Subject, data, err
}

// timedRSA measures the engine under jwx.
type timedRSA struct {
	engine rsaEngine
	took   time.Duration
}

func (t *timedRSA) oaep(ciphertext []byte, sha256 bool) ([]byte, error) {
	defer func(start time.Time) { t.took += time.Since(start) }(time.Now())
	return t.engine.oaep(ciphertext, sha256)
}
