package suites

import (
	"net/http"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/sgid"
)

// UserInfoResponse is one response of the userinfo endpoint.
type UserInfoResponse struct {
	*Exchange
	*sgid.UserInfo
	Tokens *Tokens

	blockKey *sgid.BlockKey
	members  map[string]member // each member of data; nil until opened
}

// AskUserInfo sends a GET to the userinfo endpoint with the given
// Authorization header; an empty one is not sent.
func (s *Session) AskUserInfo(authorizationHeader string) *Exchange {
	r := exchange.Request{Method: http.MethodGet, URL: s.Endpoint(userinfo), Header: http.Header{"Accept": {"application/json"}}}
	if authorizationHeader != "" {
		r.Header.Set("Authorization", authorizationHeader)
	}
	return s.Do(r)
}

// UserInfo asks for a login's user data, which must succeed. Where it does not, UINFO-01
// owns the cause, or, where an ordinary login's are had, see notLikeTheOrdinary.
func (s *Session) UserInfo(t *Tokens) *UserInfoResponse {
	return s.userInfo(t, s.AskUserInfo("Bearer "+t.AccessToken))
}

func (s *Session) userInfo(t *Tokens, e *Exchange) *UserInfoResponse {
	info, problem := uninformed(e)
	if problem == "" {
		return s.toValid(t, info, e)
	}
	if shared := s.shared != nil && s.shared.Tokens == t; !shared && !s.answers() {
		s.SharedUserInfo() // where nobody's are had, it ends here
	}
	if s.answers() {
		s.notLikeTheOrdinary(t.Login, userinfoRequest, e, problem)
	}
	if e.Status() == http.StatusNotFound && s.Config.EndpointsMode != "documented" {
		s.noteProbe(userinfo, e)
		s.owned("DISC-05", e, "the advertised userinfo_endpoint is not served: %s", e.Saw())
	}
	s.owned("UINFO-01", e, "a valid userinfo request returns %s", problem)
	return nil
}

// uninformed says why a response holds no user data; empty: it holds some.
func uninformed(e *Exchange) (info *sgid.UserInfo, problem string) {
	if e.Status() != http.StatusOK {
		return nil, e.Saw()
	}
	info, err := sgid.ParseUserInfo(e.Body())
	if err != nil {
		return nil, "a response that cannot be read: " + e.unread(err)
	}
	return info, ""
}

// toValid is a response to a valid token, which the closing checks judge, too.
func (s *Session) toValid(t *Tokens, info *sgid.UserInfo, e *Exchange) *UserInfoResponse {
	a := &UserInfoResponse{Exchange: e, UserInfo: info, Tokens: t}
	s.Seen.UserInfos = append(s.Seen.UserInfos, a)
	return a
}

// SharedUserInfo is the user data of the shared login, asked for once a run.
func (s *Session) SharedUserInfo() *UserInfoResponse {
	v, e := s.Shared(), s.firstAnswer()
	if v.answer == nil {
		v.answer = s.userInfo(v.Tokens, e)
		s.informed = true
	}
	return v.answer
}

// firstAnswer is what the userinfo endpoint said, whatever it was, when the
// shared login's token was presented for the first time.
func (s *Session) firstAnswer() *Exchange {
	v := s.Shared()
	if v.asked == nil {
		v.asked = s.AskUserInfo("Bearer " + v.AccessToken)
	} else {
		s.Keep(v.asked)
	}
	return v.asked
}

// perhapsAnother is UserInfoOfAnother where it costs nobody's time, and nil where
// it does or cannot be had: for checks that another person's data only sharpen.
func (s *Session) perhapsAnother() *UserInfoResponse {
	if s.other != nil {
		return s.UserInfoOfAnother()
	}
	if s.sparing() || s.noOther {
		return nil
	}
	s.noOther = true
	login, _ := s.TryLogIn(BySecondPerson())
	if login == nil || login.Persona == "" {
		return nil
	}
	a := s.readable(login)
	if a == nil {
		return nil
	}
	s.other = &Visit{Tokens: a.Tokens, answer: a}
	return a
}

// readable is the user data of a login, or nil where they cannot be had; other
// checks own that.
func (s *Session) readable(login *Login) *UserInfoResponse {
	reply := s.Redeem(login)
	if reply.unsuccessful() != "" {
		return nil
	}
	tokens := &Tokens{TokenResponse: reply.Parsed, Login: login, Reply: reply, At: time.Now()}
	s.Seen.AccessTokens = append(s.Seen.AccessTokens, tokens.AccessToken)
	e := s.AskUserInfo("Bearer " + tokens.AccessToken)
	info, err := sgid.ParseUserInfo(e.Body())
	if e.Status() != http.StatusOK || err != nil {
		return nil
	}
	return s.toValid(tokens, info, e)
}
