package rp

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/application"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// diagnose says why a clean login did not come through, and which check owns
// the cause; empty where the provider gave everything that it was asked for.
func (s *Session) diagnose(l *Login) (owner, problem string) {
	if l.Attempt.Back() == "" {
		if l.Start.NoResponse() {
			return "RP-18", "the start page gives no answer, and the protected page does: " + l.Start.Last().Reason() + s.ended()
		}
		return l.ownerOfRefusal(), l.whyNoLogin()
	}
	if silent := l.unanswered(); silent != nil {
		return "RP-18", "the application gives no answer in a clean login: " + silent.Reason() + s.ended()
	}
	token := l.TokenRequests()
	if len(token) == 0 {
		return "RP-18", fmt.Sprintf("the callback was answered %d, and no token request came to %s%s%s", l.Callback.Steps[0].Status(), s.Site.Provider+sgid.PathToken, s.otherHost(), l.refusedCookie()+l.whyNoToken())
	}
	if owner, problem = refusedToken(token[len(token)-1]); problem != "" {
		return owner, problem
	}
	for _, r := range l.Attempt.At(sgid.PathUserInfo) {
		if misplaced := misplacedToken(r, l.Attempt.AccessTokens()); r.Status != 200 && misplaced != "" {
			return "RP-13", "the provider refuses the userinfo request: " + misplaced
		}
	}
	return "", ""
}

// whyNoToken says what may keep the application from asking for a token: where no
// script runs and no form is sent, the page that answers the callback, first.
func (l *Login) whyNoToken() string {
	last := l.Callback.Last()
	if l.s.NewBrowser == nil && last.Status() < 400 && isPage(last.Body(), last.Header().Get("Content-Type")) && goesOn(last.Body()) {
		return "; a script or a form of the page that answers it may go on with the login: take --login browser, which runs the page"
	}
	return "; where the application talks to another provider's address, make that address a setting (SGID_HOSTNAME)"
}

// goesOn reports whether a page may go on by a script or by a form.
func goesOn(page []byte) bool {
	if application.MayLeadOn(page) {
		return true
	}
	read, err := login.ReadPage(page)
	return err == nil && len(read.Forms) > 0
}

// refusedCookie names a cookie of the login that browsers do not take, or do not
// carry to the callback; empty: there is none.
func (l *Login) refusedCookie() string {
	if why := l.untakenCookie(); why != "" {
		return why
	}
	if c := l.strictCookie(); c != "" && !l.s.keepStrict {
		return fmt.Sprintf("; the cookie %s, set before the callback, says SameSite=Strict, and browsers do not carry such a cookie back from another site", brief(c))
	}
	return ""
}

// untakenCookie names a cookie of the login that browsers do not take; empty: there
// is none.
func (l *Login) untakenCookie() string {
	for _, c := range l.cookiesSet() {
		if strings.EqualFold(c.SameSite, "none") && !c.Secure {
			return fmt.Sprintf("; the cookie %s says SameSite=None and is not Secure, and browsers take no such cookie", brief(c.Name))
		}
	}
	return ""
}

// strictCookie is the name of a cookie that is set before the callback and that
// browsers withhold from it; empty: there is none.
func (l *Login) strictCookie() string {
	for _, c := range cookiesOf(l.paused, l.Start) {
		if strings.EqualFold(c.SameSite, "strict") {
			return c.Name
		}
	}
	return ""
}

// ended says how the application's process ended, where it did.
func (s *Session) ended() string {
	if s.Process == nil || !s.hasEnded() {
		return ""
	}
	return "; its process has ended: " + s.Process.State() + "\n" + s.Process.Tail()
}

// otherHost says that the callback is on another host than the start page, so
// that cookies do not come along.
func (s *Session) otherHost() string {
	start, err := url.Parse(s.Site.Start)
	back, failed := url.Parse(s.Site.RedirectURI)
	if err != nil || failed != nil || strings.EqualFold(start.Hostname(), back.Hostname()) {
		return ""
	}
	return fmt.Sprintf("; the start page is on %s and the redirect URI on %s, and browsers do not carry the cookies of one host to another", start.Hostname(), back.Hostname())
}

// whyNoLogin says why the login did not come to the provider's login page.
func (l *Login) whyNoLogin() string {
	s := l.s
	if asked := l.Attempt.At(sgid.PathAuthorize); len(asked) > 0 {
		return s.whyRefused(l, asked[len(asked)-1])
	}
	if stray := l.authorizeWithoutMark(); stray != nil {
		return s.whyRefused(l, stray)
	}
	if u := l.begunElsewhere(); u != nil {
		return fmt.Sprintf("the login is begun at %s://%s, and not at the provider of this run, %s: the application has another provider's address; make it a setting and set SGID_HOSTNAME=%s", u.Scheme, u.Host, s.Site.Provider, s.Site.Provider)
	}
	way := l.Start
	switch {
	case way.Leads != "":
		return "the start page leads to " + brief(way.Leads) + ", which is neither the application nor the provider"
	case way.NoResponse():
		return "the start page gives no answer: " + way.Last().Reason()
	case way.Stuck != "":
		return way.Stuck
	}
	return fmt.Sprintf("the start page leads to %s, which answers %d, and not to the provider's login", brief(way.URL), way.Status())
}

// authorizeWithoutMark is the authorization request with which the start page ended,
// where it came without the mark that tells whose it is; nil: there is none. What the
// protected page begins by itself comes without one, too.
func (l *Login) authorizeWithoutMark() *provider.Received {
	if len(l.Start.Steps) == 0 || !strings.HasPrefix(l.Start.URL, l.s.Site.Authorize) {
		return nil
	}
	begun := l.Start.Steps[0].Started
	for _, r := range slices.Backward(l.s.Front.Stray()) {
		if r.Endpoint == sgid.PathAuthorize && !r.Started.Before(begun) {
			return r
		}
	}
	return nil
}

// begunElsewhere is the authorization endpoint of another provider, or of this one
// under another name, to which the start page leads; nil: it does not.
func (l *Login) begunElsewhere() *url.URL {
	addresses := []string{l.Start.Leads}
	for _, e := range l.Start.Steps {
		addresses = append(addresses, e.Request.URL)
	}
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && strings.HasSuffix(u.Path, "/oauth/authorize") && !l.s.Site.Own(u) {
			return u
		}
	}
	return nil
}

// whyRefused says why the provider refused an authorization request.
func (s *Session) whyRefused(l *Login, r *provider.Received) string {
	client := s.Front.Client()
	switch q := r.Query; {
	case q.Get("client_id") != client.ID:
		return fmt.Sprintf("the authorization request has the client_id %q, and not that of this run, %q (SGID_CLIENT_ID)", brief(q.Get("client_id")), client.ID)
	case !slices.Contains(client.RedirectURIs, q.Get("redirect_uri")):
		return fmt.Sprintf("the authorization request has the redirect_uri %q, and not the one that --redirect-uri registers, %q (SGID_REDIRECT_URI)", brief(q.Get("redirect_uri")), client.RedirectURIs[0])
	}
	if why := l.Attempt.Refused(); why != "" {
		return "the provider refuses the authorization request: " + why
	}
	if r.Status == http.StatusOK {
		return "the provider's login page is shown, and its address was opened without the cookie that this run sets on the provider's host: " +
			"where the application is on that host and deletes cookies, have it delete none but its own"
	}
	return "the provider refuses the authorization request"
}

// ownerOfRefusal is the check that a refused authorization request belongs to.
func (l *Login) ownerOfRefusal() string {
	switch why := l.Attempt.Refused(); {
	case strings.Contains(why, "code_challenge"):
		return "RP-02"
	case strings.Contains(why, "response_type"), strings.Contains(why, "scope must hold openid"):
		return "RP-01"
	}
	return "RP-18"
}

// refusedToken says why the last token request was refused; empty: it was not.
func refusedToken(r *provider.Received) (owner, problem string) {
	if r.Status == 200 {
		return "", ""
	}
	answer := string(r.AnswerBody)
	switch {
	case tokenForm(r) != "":
		return "RP-11", "the provider refuses the token request: " + tokenForm(r)
	case strings.Contains(answer, "invalid_client"):
		return "RP-18", "the provider refuses the token request: the client_id or the client_secret is not that of this run (SGID_CLIENT_ID, SGID_CLIENT_SECRET), or is not sent in the form's body"
	case strings.Contains(answer, "code_verifier"):
		return "RP-05", "the provider refuses the token request: " + answer
	}
	return "RP-18", fmt.Sprintf("the provider refuses the token request with %d: %s", r.Status, answer)
}

// whyOut says why nobody is logged in though the provider refused nothing.
func (s *Session) whyOut(l *Login) string {
	how := l.Look.Shows() + l.how() + l.untakenCookie()
	asked := l.Attempt.At(sgid.PathUserInfo)
	if len(asked) > 0 && asked[len(asked)-1].Status == 200 {
		return how + "; the provider gave it everything, the person's data last: it cannot read them where its private key is not that of this run (SGID_PRIVATE_KEY)" + s.otherHost()
	}
	if len(asked) > 0 {
		return fmt.Sprintf("%s; the provider refuses its userinfo request with %d", how, asked[len(asked)-1].Status)
	}
	return how + "; it has the tokens and did not ask for the person's data: it does not take the ID token, or another provider's issuer or key set is fixed in it (SGID_HOSTNAME)" + s.otherHost()
}

// brief is a text of the application's, cut to what a sentence holds.
func brief(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}
