package suites

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/sgid"
)

// TokenReply is what the token endpoint said to one request.
type TokenReply struct {
	*Exchange
	Parsed *sgid.TokenResponse // nil where the body is no token response
	Err    error               // why not
}

// Change alters the form of a token request.
type Change func(url.Values)

// Sending sets a member of the token request's form; no value leaves it out,
// several values send it several times.
func Sending(name string, values ...string) Change {
	return func(form url.Values) {
		if len(values) == 0 {
			form.Del(name)
			return
		}
		form[name] = values
	}
}

// Omitting leaves a member of the token request's form out.
func Omitting(name string) Change { return Sending(name) }

// As sends another relying party's credentials.
func As(p *config.Registration) Change {
	return func(form url.Values) {
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", p.ClientSecret)
	}
}

// TokenForm is the form that redeems a login's code, changed as asked.
func (s *Session) TokenForm(login *Login, changes ...Change) url.Values {
	values := sgid.TokenRequest{
		ClientID: login.Client.ClientID, ClientSecret: login.Client.ClientSecret, Code: login.Code,
		RedirectURI: login.Params.Get("redirect_uri"), CodeVerifier: login.PKCE.Verifier,
	}.Values()
	for name, extra := range login.extra {
		values[name] = extra
	}
	for _, change := range changes {
		change(values)
	}
	return values
}

// Redeem sends a login's code to the token endpoint and returns what came back.
// Where nothing is changed it is sent once, however many checks share the login;
// Use sends it again.
func (s *Session) Redeem(login *Login, changes ...Change) *TokenReply {
	if len(changes) == 0 {
		return s.Use(login, 1)
	}
	return s.wrongly(login, form(s.Endpoint(token), s.TokenForm(login, changes...)))
}

// Use is what the code's being redeemed as it should be was answered with, the
// n-th time.
func (s *Session) Use(login *Login, n int) *TokenReply {
	if len(login.uses) >= n {
		s.Keep(login.uses[n-1].Exchange)
		return login.uses[n-1]
	}
	for len(login.uses) < n {
		s.Seen.Verifiers = append(s.Seen.Verifiers, login.PKCE.Verifier)
		reply := s.TokenPost(form(s.Endpoint(token), s.TokenForm(login)))
		if reply.first != nil && len(login.uses) == 0 && reply.refuses() {
			reply = &TokenReply{Exchange: reply.first} // it has used the code up, which the second is refused for
		}
		s.gotIDToken(login, reply, false)
		login.uses = append(login.uses, reply)
		if reply.grants() {
			s.grantedTo(login.Second)
		}
	}
	switch {
	case n > 1: // what a second use revokes is gone
		if s.fresh == login {
			s.fresh = nil
		}
		if s.login == login {
			s.login, s.shared = nil, nil
		}
		if s.second != nil && s.second.Login == login {
			s.second = nil
		}
	case n == 1 && login.whole && login.uses[0].unsuccessful() == "":
		s.fresh = login
	}
	return login.uses[n-1]
}

// TokenPost sends any request to the token endpoint.
func (s *Session) TokenPost(r exchange.Request) *TokenReply {
	return s.tokenReply(s.Do(r))
}

func (s *Session) tokenReply(e *Exchange) *TokenReply {
	reply := &TokenReply{Exchange: e}
	reply.read()
	s.Seen.TokenResponses = append(s.Seen.TokenResponses, e)
	if reply.Parsed != nil && reply.Parsed.AccessToken != "" {
		s.Redactor.Learn("access_token", reply.Parsed.AccessToken)
		s.Redactor.Learn("id_token", reply.Parsed.IDToken)
	}
	if reply.refuses() {
		s.Seen.Refusals = append(s.Seen.Refusals, e)
	}
	return reply
}

// read takes the body for a token response, if it is one.
func (r *TokenReply) read() { r.Parsed, r.Err = sgid.ParseTokenResponse(r.Body()) }

// refuses reports whether the reply means to refuse, in the right form or not.
func (r *TokenReply) refuses() bool {
	if r.grants() {
		return false
	}
	e, _ := sgid.ParseOAuthError(r.Body())
	return r.Status() >= 400 && r.Status() < 500 || r.Status() >= 200 && r.Status() < 400 && e != nil && e.Code != ""
}

// grants reports whether the reply gives a token away, whatever its status.
func (r *TokenReply) grants() bool {
	return r.Parsed != nil && (r.Parsed.AccessToken != "" || r.Parsed.IDToken != "")
}

// Tokens is a login whose code was redeemed.
type Tokens struct {
	*sgid.TokenResponse
	Login *Login
	Reply *TokenReply
	At    time.Time
}

// Tokens redeems a login's code, which must succeed. Where it does not, TOKEN-01 owns
// the cause, or, where an ordinary login's is redeemed, see notLikeTheOrdinary.
func (s *Session) Tokens(login *Login) *Tokens {
	reply := s.Redeem(login)
	if problem := reply.unsuccessful(); problem != "" {
		s.noTokens(login, reply, problem)
	}
	return s.granted(login, reply)
}

// credentialsBlamed says, of the first exchange that the target refuses, whether
// it is for the client's credentials.
func (s *Session) credentialsBlamed(login *Login, reply *TokenReply) string {
	if len(s.Seen.AccessTokens) > 0 {
		return ""
	}
	if blame := s.Config.BlameCredentials(login.Client, reply.Body()); blame != "" {
		return "; " + blame
	}
	return ""
}

func (s *Session) granted(login *Login, reply *TokenReply) *Tokens {
	if login.tokens != nil && login.tokens.Reply == reply {
		return login.tokens
	}
	s.redeemed = s.redeemed || login.ordinary()
	s.Seen.AccessTokens = append(s.Seen.AccessTokens, reply.Parsed.AccessToken)
	login.tokens = &Tokens{TokenResponse: reply.Parsed, Login: login, Reply: reply, At: reply.Started.Add(reply.Duration)}
	return login.tokens
}

// unsuccessful says why the reply is not that of a successful exchange; empty: it is.
func (r *TokenReply) unsuccessful() string {
	switch {
	case r.Status() != http.StatusOK:
		text := r.Saw()
		if e, err := sgid.ParseOAuthError(r.Body()); err == nil && e.Code != "" {
			text += fmt.Sprintf(" and error %q", e.Code)
		}
		return text
	case r.Parsed == nil:
		return fmt.Sprintf("200 with a body that is not a token response: %s", r.unread(r.Err))
	case r.Parsed.AccessToken == "":
		return "200 without an access_token"
	case r.Parsed.IDToken == "":
		return "200 without an id_token"
	}
	return ""
}

// Visit is one whole login: code, tokens, and, once asked for, the person's data.
type Visit struct {
	*Tokens
	reply  *TokenReply       // what came for the code, tokens or not
	asked  *Exchange         // the first request for the person's data
	answer *UserInfoResponse // the same, where it could be read
}

// Shared returns the login that many checks share, made once a run with all
// the scopes that are asked for.
func (s *Session) Shared() *Visit {
	login := s.SharedLogin()
	if s.shared == nil {
		s.redeemShared() // or ends here, by the check that owns the endpoint
	}
	if s.shared.Tokens == nil {
		s.Endpoint(token) // ends here where it is not served
		reply := s.shared.reply
		if s.redeems() {
			s.notLikeTheOrdinary(login, tokenRequest, reply.Exchange, reply.unsuccessful())
		}
		s.owned("TOKEN-01", reply.Exchange, "a valid token request returns %s%s", reply.unsuccessful(), s.credentialsBlamed(login, reply))
	}
	s.Keep(login.Evidence)
	s.Keep(s.shared.Reply.Exchange)
	return s.shared
}

// SharedLogin is the shared login's authorization alone, for checks that do
// not depend on the token endpoint. Its code is redeemed at once all the same:
// codes do not live long.
func (s *Session) SharedLogin() *Login {
	s.renew()
	if s.login != nil {
		s.Keep(s.login.Evidence)
		return s.login
	}
	if s.Pooled() && s.worked("AUTHZ-01", "TOKEN-01") {
		return s.sharedAmongOthers()
	}
	if s.loginFailures >= loginAttempts {
		s.noLogin(s.failedLogin, "the login led to "+s.failedLogin.Saw())
	}
	s.serving = "every check that shares it"
	login, problem := s.tryLogIn()
	s.serving = ""
	if problem != "" {
		s.loginFailures++
		s.failedLogin = login
		s.noLogin(login, problem)
	}
	s.login, s.ordinary = login, true
	if s.Config.EndpointsMode == config.EndpointsDocumented || s.Advertised(token) != "" && s.Unserved(token) == nil {
		s.redeemShared()
	}
	return login
}

// sharedAmongOthers is the shared login of a resumed run: any that
// others ask for serves as it.
func (s *Session) sharedAmongOthers() *Login {
	got := s.await(&wish{want: judge.Want{Code: judge.Redeemed}})
	if got.problem != "" {
		s.noLogin(got.login, got.problem)
	}
	if s.login == nil {
		s.login, s.ordinary = got.login, true
		s.redeemShared()
	}
	return s.login
}

// worked reports that an earlier part of the run has seen all these checks hold.
func (s *Session) worked(ids ...string) bool {
	for _, id := range ids {
		if !s.Worked[id] {
			return false
		}
	}
	return true
}

// NeedsLogin makes sure that an ordinary login works, and its exchange: only then
// does a refusal say anything.
func (s *Session) NeedsLogin() {
	if !s.worked("AUTHZ-01", "TOKEN-01") {
		s.Shared()
	}
}

// NeedsAuthorization is NeedsLogin for what takes no exchange.
func (s *Session) NeedsAuthorization() {
	if !s.worked("AUTHZ-01") {
		s.SharedLogin()
	}
}

// NeedsSecondLogin makes sure that the second client's login works.
func (s *Session) NeedsSecondLogin() {
	if !s.secondWorked && !s.worked("IDT-12") {
		s.SharedSecond()
	}
}

// loginAttempts is how often the shared login is tried before every check that
// needs it is blocked without another try.
const loginAttempts = 2

// renew puts a newer login in the place of the shared one, where the token of that
// has run out meanwhile: people take their time. In a resumed run any
// serves as it.
func (s *Session) renew() {
	if s.login != nil && !s.ranOut(s.login) || s.login == nil && !s.worked("AUTHZ-01", "TOKEN-01") {
		return
	}
	s.login, s.shared = nil, nil
	if fresh := s.fresh; fresh != nil && !s.ranOut(fresh) {
		s.login, s.shared = fresh, &Visit{reply: fresh.uses[0], Tokens: s.granted(fresh, fresh.uses[0])}
	}
}

// ranOut reports that a login's access token has run out, by what came with it.
func (s *Session) ranOut(login *Login) bool {
	if login == nil || login.tokens == nil || login.tokens.ExpiresIn == nil {
		return false
	}
	seconds, err := login.tokens.ExpiresIn.Float64()
	return err == nil && s.Now().Sub(login.came).Seconds() >= seconds
}

func (s *Session) redeemShared() {
	login := s.login
	reply := s.Redeem(login)
	s.login, s.shared = login, &Visit{reply: reply} // a lost request forgets logins
	s.tokenMissing = mayRefuse(reply.Exchange)
	if reply.unsuccessful() == "" {
		s.shared.Tokens = s.granted(s.login, reply)
	}
}

// SharedSecond is the second client's shared login of the same person.
func (s *Session) SharedSecond() *Visit {
	if s.second == nil {
		tokens := s.Tokens(s.LogIn(BySecondClient()))
		if s.second == nil { // another check may have had the same login
			s.second, s.secondWorked = &Visit{Tokens: tokens}, true
		}
	}
	return s.second
}

// IDToken reads an ID token's parts without verifying anything. IDT-01 owns
// their being readable, or IDT-17, where the shared login's can be read.
func (s *Session) IDToken(t *Tokens) *sgid.IDToken {
	parsed, err := sgid.ParseIDToken(t.TokenResponse.IDToken)
	if err != nil {
		owner := "IDT-01"
		if shared := s.sharedIDToken(t); shared != nil {
			owner = "IDT-17"
		}
		s.owned(owner, t.Reply.Exchange, "the ID token cannot be read: %v", err)
	}
	return parsed
}

// sharedIDToken is the ID token of the shared login, where that is another login than
// that of t and its ID token can be read; nil otherwise.
func (s *Session) sharedIDToken(t *Tokens) *sgid.IDToken {
	if s.shared == nil || s.shared.Tokens == nil || s.shared.Login == t.Login {
		return nil
	}
	parsed, err := sgid.ParseIDToken(s.shared.IDToken)
	if err != nil {
		return nil
	}
	return parsed
}

// Redeemed is what a login's code was redeemed for; nil where it was not, or for
// nothing that holds an ID token.
func (c *Campaign) Redeemed(code string) *sgid.TokenResponse {
	if c.login != nil && c.login.Code == code && c.shared != nil && c.shared.Tokens != nil {
		return c.shared.TokenResponse
	}
	for _, one := range c.Seen.Issued {
		if one.Login.Code == code {
			return one.Reply.Parsed
		}
	}
	return nil
}
