package suites

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sgidcheck/internal/config"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
)

// decrypter opens answers that were encrypted to the party; it is made once a run.
func (s *Session) decrypter(p *config.Registration) *sgid.Decrypter {
	if p.Key == nil {
		s.Block("configuration", "no private key is configured for the client %s", p.ClientID)
	}
	if d := s.decrypters[p.Key]; d != nil {
		return d
	}
	d, err := sgid.NewDecrypter(p.Key, s.Config.Crypto)
	if err != nil {
		s.Block("configuration", "the private key cannot be used: %v", err)
	}
	if s.decrypters == nil {
		s.decrypters = map[*rsa.PrivateKey]*sgid.Decrypter{}
	}
	s.decrypters[p.Key] = d
	return d
}

// BlockKey opens a response's key with its client's private key. CRYPT-01 owns
// its form, CRYPT-03 its opening, CRYPT-04 its being a JWK.
func (s *Session) BlockKey(a *UserInfoResponse) *sgid.BlockKey {
	k, owner, problem := s.unlocked(a)
	if problem != "" {
		s.owned(s.ownerFor(a, owner), a.Exchange, "%s", problem)
	}
	return k
}

// unlocked is a response's block key, or why it does not open, with the check that
// judges that.
func (s *Session) unlocked(a *UserInfoResponse) (k *sgid.BlockKey, owner, problem string) {
	if a.blockKey != nil {
		return a.blockKey, "", ""
	}
	if a.Key == "" {
		return nil, "UINFO-01", "the response has no key"
	}
	party := a.Tokens.Login.Client
	k, err := s.decrypter(party).BlockKey(a.Key)
	if errors.Is(err, sgid.ErrZip) || errors.Is(err, sgid.ErrCrit) {
		// CRYPT-08 warns of it; what is inside is judged all the same.
		k, err = blockKeyDespite(a.Key, party.Key)
	}
	if j, malformed := sgid.ParseJWE(a.Key); malformed == nil && err != nil && slices.Contains(sgid.KeyAlgorithms(), j.Alg) && len(j.EncryptedKey) != party.Key.Size() {
		return nil, "CRYPT-03", fmt.Sprintf("key is encrypted to an RSA key of %d bits, but the client's key has %d", 8*len(j.EncryptedKey), 8*party.Key.Size())
	}
	if err != nil {
		return nil, keyOwner(err), err.Error()
	}
	s.Redactor.Learn(redact.KindBlockKey, base64.RawURLEncoding.EncodeToString(k.K))
	a.blockKey = k
	s.Seen.Answers = append(s.Seen.Answers, a)
	return k, "", ""
}

// ownerFor is the check that owns why a response does not open. Where the shared
// login's does, the check that judges that one alone holds.
func (s *Session) ownerFor(a *UserInfoResponse, owner string) string {
	if s.shared == nil || s.shared.answer == nil || s.shared.answer == a || s.shared.answer.blockKey == nil {
		return owner
	}
	switch login := a.Tokens.Login; {
	case login == s.shared.Login:
		return "UINFO-16"
	case login.Second:
		return "CRYPT-09"
	case login.Person > 0 && s.other != nil && s.other.answer == a && !s.sparing() && owner != "UINFO-01":
		return owner // it judges another person's, too
	}
	return "a userinfo response"
}

// keyOwner is the check that owns why a response's key does not open.
func keyOwner(err error) string {
	switch {
	case errors.Is(err, sgid.ErrRSA15), errors.Is(err, sgid.ErrAlgorithm), errors.Is(err, sgid.ErrMalformed):
		return "CRYPT-01"
	case errors.Is(err, sgid.ErrBlockKey):
		return "CRYPT-04"
	}
	return "CRYPT-03"
}

// member is one member of a response's data: its plaintext, or why it has none.
type member struct {
	text string
	err  error
}

// Open opens every member of a response's data, each by itself.
func (s *Session) Open(a *UserInfoResponse) map[string]member {
	if a.members != nil {
		return a.members
	}
	key, owner, problem := s.usable(a)
	if problem != "" {
		s.owned(s.ownerFor(a, owner), a.Exchange, "%s", problem)
	}
	d := s.decrypter(a.Tokens.Login.Client)
	members := make(map[string]member, len(a.Data))
	all, failed := d.Fields(key, a.UserInfo)
	for name, text := range all {
		members[name] = member{text: text}
		s.Redactor.Learn("personal", text)
	}
	if failed == nil {
		a.members = members
		return members
	}
	for name, compact := range a.Data { // each by itself, for what is wrong with it
		if _, opened := all[name]; opened {
			continue
		}
		text, err := d.Field(key, compact)
		if errors.Is(err, sgid.ErrZip) || errors.Is(err, sgid.ErrCrit) {
			text, err = despite(compact, key.K)
		}
		members[name] = member{string(text), err}
		if err == nil {
			s.Redactor.Learn("personal", string(text))
		}
	}
	a.members = members
	return members
}

// usable is a response's block key where it can open data, or why it cannot, with the
// check that judges that.
func (s *Session) usable(a *UserInfoResponse) (k *sgid.BlockKey, owner, problem string) {
	k, owner, problem = s.unlocked(a)
	if problem != "" {
		return nil, owner, problem
	}
	if bits := 8 * len(k.K); !properSize(bits) {
		return nil, "CRYPT-04", fmt.Sprintf("k has %d bits", bits)
	}
	return k, "", ""
}

// anothers is another person's response, where it can be had without spending
// anybody's time and its data can be opened; nil otherwise.
func (s *Session) anothers() *UserInfoResponse {
	another := s.perhapsAnother()
	if another == nil {
		return nil
	}
	if _, _, problem := s.usable(another); problem != "" {
		return nil
	}
	return another
}

// anothersKeyToo judges of another person's key, where it is at hand, what the check
// judges of a key. That the response has one is not for it to say.
func (s *Session) anothersKeyToo() {
	another := s.perhapsAnother()
	if another == nil {
		return
	}
	_, owner, problem := s.usable(another)
	s.Require(owner != s.Check.ID, "", "another person's response: "+problem, another.Exchange)
}

// Plaintext is what one member of a response's data says. UINFO-11 owns its
// being there, CRYPT-05 its opening.
func (s *Session) Plaintext(a *UserInfoResponse, scope string) string {
	if _, there := a.Data[scope]; !there {
		s.owned("UINFO-11", a.Exchange, "data has no member %s", scope)
	}
	m := s.Open(a)[scope]
	if m.err != nil {
		s.owned("CRYPT-05", a.Exchange, "data member %s does not decrypt: %v", scope, m.err)
	}
	return m.text
}

// despite opens a JWE whatever its zip and crit say, which a relying party
// should not do.
func despite(compact string, key any) ([]byte, error) {
	parsed, err := sgid.ParseJWE(compact)
	if err != nil {
		return nil, err
	}
	text, err := jwe.Decrypt([]byte(compact), jwe.WithKey(jwa.KeyEncryptionAlgorithm(parsed.Alg), key))
	if err != nil {
		return nil, sgid.ErrDecrypt
	}
	return text, nil
}

func blockKeyDespite(compact string, key *rsa.PrivateKey) (*sgid.BlockKey, error) {
	text, err := despite(compact, key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	var parts struct{ Kty, K, Alg, Kid string }
	if json.Unmarshal(text, &parts) != nil || parts.Kty != "oct" {
		return nil, fmt.Errorf("key: %w: its plaintext is not a symmetric JWK", sgid.ErrBlockKey)
	}
	k, err := base64.RawURLEncoding.DecodeString(parts.K)
	if err != nil || len(k) == 0 {
		return nil, fmt.Errorf("key: %w: k of its JWK is not base64url without padding", sgid.ErrBlockKey)
	}
	parsed, err := sgid.ParseJWE(compact)
	if err != nil {
		return nil, err
	}
	return &sgid.BlockKey{JWK: text, K: k, Alg: parts.Alg, KID: parts.Kid, Header: parsed.Header}, nil
}
