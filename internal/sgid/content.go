package sgid

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// opener decrypts content under one key (RFC7518 5.2, 5.3). Not safe for
// concurrent use.
type opener struct {
	enc   *contentCipher
	aead  cipher.AEAD  // of AES-GCM
	block cipher.Block // of AES-CBC
	mac   hash.Hash    // of AES-CBC with HMAC
	sum   [sha512.Size]byte
}

// set prepares o for a key of the right size for enc.
func (o *opener) set(enc *contentCipher, key []byte) error {
	o.enc, o.aead, o.block, o.mac = enc, nil, nil, nil
	if len(key) != enc.key {
		return ErrDecrypt
	}
	if enc.gcm {
		aead, err := newGCM(key)
		o.aead = aead
		return err
	}
	half := len(key) / 2 // MAC key first, RFC7518 5.2.2.1
	block, err := aes.NewCipher(key[half:])
	o.block = block
	newHash := sha256.New
	switch enc.tag {
	case 24:
		newHash = sha512.New384
	case 32:
		newHash = sha512.New
	}
	o.mac = hmac.New(newHash, key[:half])
	return err
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// open verifies and decrypts, appending the plaintext to dst. sealed is the
// ciphertext with the tag behind it; sizes were judged by checkSizes.
func (o *opener) open(dst, aad, iv, sealed []byte) ([]byte, error) {
	if o.enc.gcm {
		out, err := o.aead.Open(dst, iv, sealed, aad)
		if err != nil {
			return dst, ErrDecrypt
		}
		return out, nil
	}
	ciphertext, tag := sealed[:len(sealed)-o.enc.tag], sealed[len(sealed)-o.enc.tag:]
	o.mac.Reset()
	o.mac.Write(aad)
	o.mac.Write(iv)
	o.mac.Write(ciphertext)
	var bits [8]byte
	binary.BigEndian.PutUint64(bits[:], uint64(len(aad))*8)
	o.mac.Write(bits[:])
	// The tag is verified before anything is decrypted, so the padding below is no oracle.
	if subtle.ConstantTimeCompare(o.mac.Sum(o.sum[:0])[:o.enc.tag], tag) != 1 {
		return dst, ErrDecrypt
	}
	start := len(dst)
	dst = append(dst, ciphertext...)
	out := dst[start:]
	cipher.NewCBCDecrypter(o.block, iv).CryptBlocks(out, out)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > aes.BlockSize {
		return dst[:start], ErrDecrypt
	}
	for _, b := range out[len(out)-pad:] {
		if int(b) != pad {
			return dst[:start], ErrDecrypt
		}
	}
	return dst[:len(dst)-pad], nil
}

// unwrap opens an AES key wrap (RFC 3394 2.2.2) in place and gives the key,
// eight bytes shorter than wrapped.
func unwrap(block cipher.Block, wrapped []byte) ([]byte, error) {
	n := len(wrapped)/8 - 1
	var buf [aes.BlockSize]byte
	copy(buf[:8], wrapped[:8])
	r := wrapped[8:]
	for t := 6 * n; t > 0; t-- {
		i := (t - 1) % n
		binary.BigEndian.PutUint64(buf[:8], binary.BigEndian.Uint64(buf[:8])^uint64(t))
		copy(buf[8:], r[8*i:8*i+8])
		block.Decrypt(buf[:], buf[:])
		copy(r[8*i:8*i+8], buf[8:])
	}
	const initial = 0xa6a6a6a6a6a6a6a6
	var want [8]byte
	binary.BigEndian.PutUint64(want[:], initial)
	if subtle.ConstantTimeCompare(buf[:8], want[:]) != 1 {
		return nil, ErrDecrypt
	}
	return r, nil
}
