package provider

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/libcrypto"
	"sgidcheck/internal/sgid"
)

// signingKey is an RSA key with what is derived from it once.
type signingKey struct {
	private *rsa.PrivateKey
	signer  crypto.Signer // by it
	kid     string        // RFC7638 thumbprint
	header  string        // the JWS header for it, encoded
	jwk     map[string]any
}

func newSigningKey(private *rsa.PrivateKey) *signingKey {
	n := base64.RawURLEncoding.EncodeToString(private.N.Bytes())
	e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(private.E)).Bytes())
	thumbprint := sha256.Sum256([]byte(`{"e":"` + e + `","kty":"RSA","n":"` + n + `"}`))
	kid := base64.RawURLEncoding.EncodeToString(thumbprint[:])
	header := `{"alg":"` + sgid.AlgRS256 + `","kid":"` + kid + `","typ":"JWT"}`
	return &signingKey{
		private: private,
		signer:  signerOf(private),
		kid:     kid,
		header:  base64.RawURLEncoding.EncodeToString([]byte(header)),
		jwk:     map[string]any{"kty": "RSA", "use": "sig", "alg": sgid.AlgRS256, "kid": kid, "n": n, "e": e},
	}
}

// signerOf signs by libcrypto where it can be had: signatures are most of what a
// provider costs, and the standard library takes several times as long.
func signerOf(key *rsa.PrivateKey) crypto.Signer {
	if s, err := libcrypto.NewSigner(key); err == nil {
		return s
	}
	return key
}

// headerMembers is the JWS header, for faults to change.
func (k *signingKey) headerMembers() map[string]any {
	header, err := base64.RawURLEncoding.DecodeString(k.header)
	if err != nil {
		panic(err) // it was encoded by newSigningKey
	}
	return members(header)
}

// sign returns the compact JWS (RFC7515 7.1) of a payload under an encoded header.
func (k *signingKey) sign(header string, payload []byte) (string, error) {
	input := header + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(input))
	sig, err := k.signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return "", err
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// keyRing holds the signing keys. One signs; the next is published before it
// is used, so that a cached set knows it; the last stays published after a
// rotation, while tokens it signed are about (OIDC-CORE 10.1.1).
type keyRing struct {
	lifetime time.Duration
	state    atomic.Pointer[ringState]
	mu       sync.Mutex
	spare    []*signingKey // for later rotations
}

type ringState struct {
	current, next, last *signingKey // last is nil before the first rotation
	until               time.Time
	etag                string
}

// signingKeysOf reads the keys of a ring.
func signingKeysOf(pems []string) ([]*signingKey, error) {
	if len(pems) < 2 {
		return nil, errors.New("provider credentials: signing_keys needs two keys or more, the current and the next")
	}
	var keys []*signingKey
	for i, text := range pems {
		k, err := parsePrivate(text)
		if err != nil {
			return nil, fmt.Errorf("provider credentials: signing_keys[%d]: %w", i, err)
		}
		keys = append(keys, newSigningKey(k))
	}
	return keys, nil
}

func newKeyRing(pems []string, now time.Time, lifetime time.Duration) (*keyRing, error) {
	keys, err := signingKeysOf(pems)
	if err != nil {
		return nil, err
	}
	r := &keyRing{lifetime: lifetime, spare: keys[2:]}
	r.set(&ringState{current: keys[0], next: keys[1], until: now.Add(lifetime)})
	return r, nil
}

func (r *keyRing) set(s *ringState) {
	tag := s.current.kid + s.next.kid
	if s.last != nil {
		tag += s.last.kid
	}
	sum := sha256.Sum256([]byte(tag))
	s.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	r.state.Store(s)
}

// at returns the keys of the moment, rotating first when the time has come.
func (r *keyRing) at(now time.Time) *ringState {
	s := r.state.Load()
	if now.Before(s.until) {
		return s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s = r.state.Load(); now.Before(s.until) {
		return s
	}
	return r.turn(s, now)
}

// turn makes the next key the current one; r.mu is held.
func (r *keyRing) turn(s *ringState, now time.Time) *ringState {
	var follow *signingKey
	if len(r.spare) > 0 {
		follow, r.spare = r.spare[0], r.spare[1:]
	} else if k, err := rsa.GenerateKey(rand.Reader, rsaBits); err == nil {
		follow = newSigningKey(k)
	} else {
		follow = s.current // no fresh key: the two keys take turns
	}
	r.set(&ringState{current: s.next, next: follow, last: s.current, until: now.Add(r.lifetime)})
	return r.state.Load()
}

// Rotate makes the next signing key the current one now, instead of when the
// key's lifetime is over.
func (p *Provider) Rotate() {
	p.ring.mu.Lock()
	defer p.ring.mu.Unlock()
	p.ring.turn(p.ring.state.Load(), p.now())
}

// published is the ring as a JWK set (RFC7517 5), public members only.
func (s *ringState) published() map[string]any {
	keys := []any{}
	for _, k := range []*signingKey{s.current, s.next, s.last} {
		if k == nil {
			continue
		}
		jwk := make(map[string]any, len(k.jwk))
		for name, v := range k.jwk {
			jwk[name] = v
		}
		keys = append(keys, jwk)
	}
	return map[string]any{"keys": keys}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps of strings, numbers and the like come here
	}
	return b
}

// members are those of a JSON object that this provider wrote, for faults to
// change; whole numbers are int64.
func members(object []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		panic(err) // it is written here
	}
	for name, v := range out {
		if n, ok := v.(json.Number); ok {
			if whole, err := n.Int64(); err == nil {
				out[name] = whole
			}
		}
	}
	return out
}
