package sgid

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"
	"time"
)

// This file is the direct path from a userinfo response's bytes to its plaintexts.
// It takes the compact forms that sgID uses, in reused buffers. A JWE that it
// does not recognise goes through BlockKey and Field, so to jwx, and a response
// that it does not recognise through ParseUserInfo; both also find the words for
// what is wrong. Tests and fuzzing hold it equal to them.

// Split says where the time of one response went.
type Split struct {
	RSA       time.Duration // decrypting the content key of key
	AES       time.Duration // decrypting key's content and the fields, unwrapping included
	KeyImport time.Duration // from the JWK's text to keys ready for use
	Parse     time.Duration // JSON, base64url and headers, and building the result
}

// scratch is what one response needs while it is opened; reused, and cleared
// before that, as it holds keys and plaintexts.
type scratch struct {
	fields []compactField
	parts  []byte // decoded parts of the JWE at hand
	used   int    // how far parts was ever written
	key    []byte // plaintext of key
	k      []byte // the block key
	plain  []byte // plaintexts of the fields, one behind the other
	ends   []int  // where each ends in plain; -1: not opened
	keyJWE opener
	direct opener // of the block key itself, for dir
	field  opener
	kek    kek
	split  *Split
	since  time.Time
}

// kek is the block key as a wrapping key.
type kek struct {
	kind  wrapKind
	ready bool
	block cipher.Block
	aead  cipher.AEAD
}

// scratchLimit keeps one huge answer from holding its memory: more than this in
// one buffer, in bytes, is left to the garbage collector.
const scratchLimit = maxAnswer

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) release() {
	if cap(s.parts) > scratchLimit || cap(s.plain) > scratchLimit {
		return
	}
	clear(s.parts[:s.used])
	clear(s.key)
	clear(s.k)
	clear(s.plain)
	clear(s.fields)
	*s = scratch{fields: s.fields[:0], parts: s.parts[:0], key: s.key[:0], k: s.k[:0], plain: s.plain[:0], ends: s.ends[:0]}
	scratches.Put(s)
}

// lap adds the time since the last lap to one part of the split.
func (s *scratch) lap(part func(*Split) *time.Duration) {
	if s.split == nil {
		return
	}
	now := time.Now()
	*part(s.split) += now.Sub(s.since)
	s.since = now
}

func splitRSA(s *Split) *time.Duration       { return &s.RSA }
func splitAES(s *Split) *time.Duration       { return &s.AES }
func splitKeyImport(s *Split) *time.Duration { return &s.KeyImport }
func splitParse(s *Split) *time.Duration     { return &s.Parse }

// errUnusual says that a JWE is not of the forms this path takes.
var errUnusual = errors.New("not of a form for the direct path")

// directAnswer opens body; ok is false where ParseUserInfo must look at it.
func (d *Decrypter) directAnswer(body []byte, s *scratch) (sub string, data map[string]string, err error, ok bool) {
	if len(body) > maxAnswer {
		return "", nil, nil, false
	}
	subText, key, fields, ok := scanAnswer(body, s.fields[:0])
	s.fields = fields
	if !ok || len(subText) == 0 {
		return "", nil, nil, false
	}
	data, err, ok = d.directFields(key, s)
	if !ok {
		return "", nil, nil, false
	}
	if err != nil {
		// Something did not open, and the response as a whole was only glanced at: what is
		// wrong with its JSON comes before what is wrong within.
		// And what is malformed as it stands may be well-formed once JSON's escapes are undone.
		if _, parseErr := ParseUserInfo(body); parseErr != nil || errors.Is(err, ErrMalformed) {
			return "", nil, nil, false
		}
	}
	return string(subText), data, err, true
}

// directFields opens key and s.fields; ok is false where a name stands twice.
func (d *Decrypter) directFields(key []byte, s *scratch) (data map[string]string, err error, ok bool) {
	if err := d.directBlockKey(key, s); err != nil {
		if !errors.Is(err, errUnusual) {
			return nil, fmt.Errorf("key: %w", err), true
		}
		bk, err := d.BlockKey(string(key))
		if err != nil {
			return nil, err, true
		}
		s.k = append(s.k[:0], bk.K...)
	}
	return d.openFields(s)
}

// openFields opens s.fields with s.k; ok is false where a name stands twice.
func (d *Decrypter) openFields(s *scratch) (data map[string]string, err error, ok bool) {
	var errs []error
	for _, f := range s.fields {
		err := d.directField(f.compact, s)
		if errors.Is(err, errUnusual) {
			var plaintext []byte
			if plaintext, err = d.Field(&BlockKey{K: s.k}, string(f.compact)); err == nil {
				s.plain = append(s.plain, plaintext...)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("data.%s: %w", clip(string(f.name)), err))
			s.ends = append(s.ends, -1)
			continue
		}
		s.ends = append(s.ends, len(s.plain))
	}
	all := string(s.plain) // one allocation for all values
	data = make(map[string]string, len(s.fields))
	start := 0
	for i, f := range s.fields {
		end := max(s.ends[i], start)
		if n, known := catalogueIndex[string(f.name)]; known {
			data[catalogue[n].Name] = all[start:end]
		} else {
			data[string(f.name)] = all[start:end]
		}
		start = end
	}
	unique := len(data) == len(s.fields)
	for i, f := range s.fields {
		if s.ends[i] < 0 {
			delete(data, string(f.name))
		}
	}
	s.lap(splitParse)
	return data, errors.Join(errs...), unique
}

// compactParts are the parts of a compact JWE, decoded.
type compactParts struct {
	alg                             *keyAlgorithm
	enc                             *contentCipher
	aad                             []byte // the header as it travelled
	encryptedKey, keyIV, keyTag, iv []byte
	sealed                          []byte // ciphertext and tag
}

// decode takes compact apart into s.parts. Anything out of the ordinary,
// and anything that policy would refuse, is errUnusual.
func (s *scratch) decode(compact []byte, keySize int) (p compactParts, err error) {
	var text [5][]byte
	rest := compact
	for i := range 4 {
		n := bytes.IndexByte(rest, '.')
		if n < 0 {
			return p, errUnusual
		}
		text[i], rest = rest[:n], rest[n+1:]
	}
	text[4] = rest
	if len(compact) > maxDocument || len(text[0]) > maxHeader {
		return p, errUnusual
	}
	if cap(s.parts) < len(compact) { // more than enough, but for a header bloated by its own iv and tag
		clear(s.parts[:s.used])
		s.parts = make([]byte, 0, 2*len(compact))
	}
	buf := s.parts[:0]
	defer func() { s.parts, s.used = buf, max(s.used, len(buf)) }()
	if hasLineBreak(compact) {
		return p, errUnusual
	}
	var at [5]int
	for i, t := range text {
		if buf, err = strictBase64.AppendDecode(buf, t); err != nil {
			return p, errUnusual
		}
		at[i] = len(buf)
	}
	h, ok := scanHeader(buf[:at[0]])
	if !ok {
		return p, errUnusual
	}
	p = compactParts{
		alg: findKeyAlgorithm(h.alg), enc: findContentCipher(h.enc), aad: text[0],
		encryptedKey: buf[at[0]:at[1]], iv: buf[at[1]:at[2]], sealed: buf[at[2]:at[4]],
	}
	if p.alg == nil || p.enc == nil || (p.alg.kind == wrapRSA) != (keySize > 0) || (h.iv != nil || h.tag != nil) != (p.alg.kind == wrapGCMKW) {
		return p, errUnusual
	}
	if p.alg.kind == wrapGCMKW {
		if buf, err = appendBase64(buf, h.iv); err == nil {
			p.keyIV = buf[at[4]:]
			start := len(buf)
			buf, err = appendBase64(buf, h.tag)
			p.keyTag = buf[start:]
		}
		if err != nil {
			return p, errUnusual
		}
	}
	if checkSizes(p.alg, p.enc, keySize, len(p.encryptedKey), len(p.keyIV), len(p.keyTag), len(p.iv), at[3]-at[2], at[4]-at[3]) != nil {
		return p, errUnusual
	}
	return p, nil
}

// directBlockKey opens userinfo's key into s.k.
func (d *Decrypter) directBlockKey(compact []byte, s *scratch) error {
	p, err := s.decode(compact, d.key.Size())
	if err != nil {
		return err
	}
	s.lap(splitParse)
	cek, err := d.rsa.oaep(p.encryptedKey, p.alg.sha256)
	s.lap(splitRSA)
	if err != nil {
		return err
	}
	err = s.keyJWE.set(p.enc, cek)
	clear(cek)
	if err != nil {
		return err
	}
	s.key, err = s.keyJWE.open(s.key[:0], p.aad, p.iv, p.sealed)
	s.lap(splitAES)
	if err != nil {
		return err
	}
	text, ok := scanBlockKey(s.key)
	if ok {
		s.k, err = appendBase64(s.k[:0], text)
	}
	if !ok || err != nil || len(s.k) < 16 || len(s.k) > 64 {
		bk, err := parseBlockKey(bytes.Clone(s.key))
		if err != nil {
			return err
		}
		s.k = append(s.k[:0], bk.K...)
	}
	s.lap(splitKeyImport)
	return nil
}

// directField opens one member of data onto the end of s.plain.
func (d *Decrypter) directField(compact []byte, s *scratch) error {
	p, err := s.decode(compact, 0)
	if err != nil {
		return err
	}
	if p.alg.fits(p.enc, len(s.k)) != nil {
		return errUnusual
	}
	s.lap(splitParse)
	content := &s.field
	if p.alg.kind == wrapDir {
		content = &s.direct
		if content.enc != p.enc {
			if err := content.set(p.enc, s.k); err != nil {
				return err
			}
			s.lap(splitKeyImport)
		}
	} else {
		if !s.kek.ready || s.kek.kind != p.alg.kind {
			if err := s.kek.set(p.alg.kind, s.k); err != nil {
				return err
			}
			s.lap(splitKeyImport)
		}
		cek, err := s.kek.open(p)
		if err == nil {
			err = content.set(p.enc, cek)
		}
		if err != nil {
			return err
		}
	}
	s.plain, err = content.open(s.plain, p.aad, p.iv, p.sealed)
	s.lap(splitAES)
	return err
}

func (k *kek) set(kind wrapKind, key []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	*k = kek{kind: kind, ready: true, block: block}
	if kind == wrapGCMKW {
		k.aead, err = cipher.NewGCM(block)
	}
	return err
}

// open unwraps the content key in place.
func (k *kek) open(p compactParts) ([]byte, error) {
	if k.kind == wrapKW {
		return unwrap(k.block, p.encryptedKey)
	}
	var sealed [64 + 16]byte
	wrapped := append(append(sealed[:0], p.encryptedKey...), p.keyTag...)
	cek, err := k.aead.Open(p.encryptedKey[:0], p.keyIV, wrapped, nil)
	if err != nil {
		return nil, ErrDecrypt
	}
	return cek, nil
}
