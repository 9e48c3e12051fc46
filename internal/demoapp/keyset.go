package demoapp

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"

	"sgidcheck/internal/sgid"
)

// How long the provider's key set is used, and how often in keySetSpan unknown
// keys make the application look again.
const (
	keySetLifetime = time.Hour
	keySetSpan     = time.Minute
	keySetLooks    = 10
	minSigningBits = 2048
)

// signingKey is a key of the provider's.
type signingKey struct {
	kid    string
	public *rsa.PublicKey
}

// keyCache holds the key set that was fetched last.
type keyCache struct {
	mu      sync.Mutex
	keys    []signingKey
	fetched time.Time
	looks   []time.Time // for unknown keys, within keySetSpan
}

// look counts a look for an unknown key; false: there were too many already.
func (k *keyCache) look(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looks = slices.DeleteFunc(k.looks, func(t time.Time) bool { return now.Sub(t) >= keySetSpan })
	if len(k.looks) >= keySetLooks {
		return false
	}
	k.looks = append(k.looks, now)
	return true
}

func (k *keyCache) get() ([]signingKey, time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys, k.fetched
}

func (k *keyCache) put(keys []signingKey, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.fetched = keys, at
}

// keyFor is the key that a token names. An unknown one makes the application
// look once more, because keys rotate (OIDC-CORE 10.1.1), but not often, because
// anybody can name an unknown key.
func (a *App) keyFor(ctx context.Context, h header, l *attempt) (*signingKey, error) {
	keys, fetched := a.keys.get()
	if len(keys) > 0 && a.now().Sub(fetched) < keySetLifetime {
		if key := a.conduct.chooseKey(keys, h); key != nil {
			return key, nil
		}
		if !a.conduct.mayRefetch() {
			return nil, refusal("the ID token is signed with an unknown key")
		}
	}
	keys, err := a.fetchKeys(ctx, l.endpoints.KeySet)
	if err != nil {
		a.conduct.keysFailed(err)
		return nil, err
	}
	a.keys.put(keys, a.now())
	if key := a.conduct.chooseKey(keys, h); key != nil {
		return key, nil
	}
	return nil, refusal("the ID token is signed with an unknown key")
}

// chooseKey is the key with the token's kid; a token without one is taken where
// there is one key only.
func chooseKey(keys []signingKey, h header) *signingKey {
	kid, named := h["kid"]
	if !named && len(keys) == 1 {
		return &keys[0]
	}
	for i := range keys {
		if keys[i].kid == kid && kid != "" {
			return &keys[i]
		}
	}
	return nil
}

// jwkMembers are what decides whether a key is of use.
type jwkMembers struct {
	Type string `json:"kty"`
	Use  string `json:"use"`
	Alg  string `json:"alg"`
	ID   string `json:"kid"`
}

// verifiesRS256 leaves out keys of other types and for other uses (RFC7517 5).
func (m jwkMembers) verifiesRS256() bool {
	return m.Type == "RSA" && (m.Use == "" || m.Use == "sig") && (m.Alg == "" || m.Alg == sgid.AlgRS256)
}

// fetchKeys fetches the keys that can verify an ID token.
func (a *App) fetchKeys(ctx context.Context, from string) ([]signingKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	var set struct{ Keys []json.RawMessage }
	if err := a.fetchJSON(r, &set); err != nil {
		return nil, err
	}
	var keys []signingKey
	for _, text := range set.Keys {
		var members jwkMembers
		if json.Unmarshal(text, &members) != nil || !a.conduct.keyUsable(members) {
			continue
		}
		parsed, err := jwk.ParseKey(text)
		if err != nil {
			return nil, refusal("the provider's key set cannot be read")
		}
		var public rsa.PublicKey
		if parsed.Raw(&public) != nil || public.N.BitLen() < minSigningBits {
			continue
		}
		keys = append(keys, signingKey{members.ID, &public})
	}
	if len(keys) == 0 {
		return nil, refusal("the provider's key set has no key for RS256")
	}
	return keys, nil
}
