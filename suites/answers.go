package suites

import (
	"errors"
	"net/http"

	"sgidcheck/internal/sgid"
	"sgidcheck/internal/target"
)

// Answer is one answer of the userinfo endpoint.
type Answer struct {
	*Exchange
	*sgid.UserInfo
	Tokens *Tokens

	opened   bool
	blockKey *sgid.BlockKey
	plain    map[string]string
}

// AskUserInfo sends a GET to the userinfo endpoint with the given
// Authorization header; an empty one is not sent.
func (s *Session) AskUserInfo(authorizationHeader string) *Exchange {
	r := target.Request{Method: http.MethodGet, URL: s.Endpoint(userinfo), Header: http.Header{"Accept": {"application/json"}}}
	if authorizationHeader != "" {
		r.Header.Set("Authorization", authorizationHeader)
	}
	return s.Do(r)
}

// UserInfo asks for a login's user data, which must succeed. UINFO-01 owns the
// cause where it does not.
func (s *Session) UserInfo(t *Tokens) *Answer {
	e := s.AskUserInfo("Bearer " + t.AccessToken)
	if e.Status() == http.StatusNotFound && s.Config.EndpointsMode != "documented" {
		if s.unserved == nil {
			s.unserved = map[string]*Exchange{}
		}
		s.unserved[userinfo] = e
		s.owned("DISC-05", e, "the advertised userinfo_endpoint is not served: %s", e.Saw())
	}
	if e.Status() != http.StatusOK {
		s.owned("UINFO-01", e, "a valid request for user data answers %s", e.Saw())
	}
	info, err := sgid.ParseUserInfo(e.Body())
	if err != nil {
		s.owned("UINFO-01", e, "the user data answer cannot be read: %v", err)
	}
	return &Answer{Exchange: e, UserInfo: info, Tokens: t}
}

// SharedAnswer is the user data of the shared login, asked for once a run.
func (s *Session) SharedAnswer() *Answer {
	v := s.Shared()
	if v.answer == nil {
		v.answer = s.UserInfo(v.Tokens)
		return v.answer
	}
	s.Keep(v.answer.Exchange)
	return v.answer
}

// decrypter opens answers that were encrypted to the party.
func (s *Session) decrypter(p *target.Party) *sgid.Decrypter {
	d, err := sgid.NewDecrypter(p.Key, s.Config.Crypto)
	if err != nil {
		s.Block("configuration", "the private key cannot be used: %v", err)
	}
	return d
}

// BlockKey opens an answer's key with its client's private key. CRYPT-01 owns
// its form, CRYPT-03 its opening, CRYPT-04 its being a JWK.
func (s *Session) BlockKey(a *Answer) *sgid.BlockKey {
	if a.blockKey != nil {
		return a.blockKey
	}
	if a.Key == "" {
		s.owned("UINFO-01", a.Exchange, "the answer has no key")
	}
	if _, err := sgid.ParseJWE(a.Key); err != nil {
		s.owned("CRYPT-01", a.Exchange, "key is no compact JWE: %v", err)
	}
	k, err := s.decrypter(a.Tokens.Login.Party).BlockKey(a.Key)
	if err != nil {
		s.owned(keyOwner(err), a.Exchange, "%v", err)
	}
	a.blockKey = k
	return k
}

// Plaintexts opens every member of an answer's data. CRYPT-05 owns their opening.
func (s *Session) Plaintexts(a *Answer) map[string]string {
	if a.plain != nil {
		return a.plain
	}
	key := s.BlockKey(a)
	d := s.decrypter(a.Tokens.Login.Party)
	plain := make(map[string]string, len(a.Data))
	for scope, jwe := range a.Data {
		text, err := d.Field(key, jwe)
		if err != nil {
			s.owned("CRYPT-05", a.Exchange, "data member %s does not open: %v", scope, err)
		}
		plain[scope] = string(text)
		s.Redactor.Learn("personal", string(text))
	}
	a.plain = plain
	s.Seen.Answers = append(s.Seen.Answers, a)
	return plain
}

// keyOwner is the check that owns why an answer's key does not open.
func keyOwner(err error) string {
	switch {
	case errors.Is(err, sgid.ErrRSA15), errors.Is(err, sgid.ErrAlgorithm), errors.Is(err, sgid.ErrMalformed):
		return "CRYPT-01"
	case errors.Is(err, sgid.ErrZip), errors.Is(err, sgid.ErrCrit):
		return "CRYPT-08"
	case errors.Is(err, sgid.ErrBlockKey):
		return "CRYPT-04"
	}
	return "CRYPT-03"
}
