package suites

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// request puts together an ordinary authorization request, with fresh state,
// nonce and PKCE pair, and varies it.
func (s *Session) request(vary ...Vary) *request {
	probe := &request{}
	probe.params = url.Values{}
	for _, v := range vary {
		v(probe)
	}
	registration := s.registration(probe.second)
	if registration == nil {
		s.SkipFor(run.WantClient, "no second client is configured")
	}
	pkce := sgid.NewPKCE()
	r := &request{method: http.MethodGet, pkce: pkce, nonce: random(16)}
	r.params = sgid.AuthorizeRequest{
		ClientID: registration.ClientID, RedirectURI: registration.RedirectURI, Scopes: registration.Scopes,
		State: random(16), Nonce: r.nonce, CodeChallenge: pkce.Challenge,
	}.Values()
	for _, v := range vary {
		v(r)
	}
	return r
}

// random returns n random octets as base64url.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// AuthorizationResponse is where an authorization request led, with the
// response that ended it.
type AuthorizationResponse struct {
	*login.Response
	State    string     // what the request sent; empty: none, or several
	Sent     url.Values // the request's parameters
	came     time.Time  // when it got there
	Untold   string     // why a page cannot be distinguished from the login page; empty: it can
	Evidence *Exchange
}

// Login is an authorization request that led back with a code.
type Login struct {
	*AuthorizationResponse
	Client *config.Registration
	Params url.Values // as sent
	Scopes []string
	PKCE   sgid.PKCE
	Nonce  string
	Code   string
	Second bool
	Person int

	ownNonce bool          // its nonce is not the ordinary one
	varied   []string      // in what the authorization request differs from an ordinary one
	whole    bool          // its scopes are those of an ordinary login
	extra    url.Values    // added to the token request that redeems the code
	uses     []*TokenReply // what that request was answered with, each time it was sent
	tokens   *Tokens       // of the first; nil: none
	wrong    int           // requests that must be refused, sent with the code so far
	spent    bool          // one of them was granted
	riders   int           // how many checks share the login; 0: it is one check's own
	// unknown says that the right request was answered as for a code that is not known.
	unknown bool
}

// Returned is a parameter of the redirect to the relying party.
func (l *AuthorizationResponse) Returned(name string) string { return l.Response.Params.Get(name) }

// InFragment is what the redirect's fragment says where it holds parameters.
func (l *AuthorizationResponse) InFragment() url.Values {
	values, err := url.ParseQuery(l.Fragment)
	if err != nil || !strings.Contains(l.Fragment, "=") {
		return url.Values{}
	}
	return values
}

// pagesOnTheWay are the pages that a request was led over.
func (s *Session) pagesOnTheWay(l *AuthorizationResponse) []*Exchange {
	var pages []*Exchange
	for _, e := range l.Pages() {
		pages = append(pages, &Exchange{Exchange: e, redactor: s.Redactor})
	}
	return pages
}

// Granted reports whether the redirect gave away a code or a token, wherever
// in it that stands.
func (l *AuthorizationResponse) Granted() bool {
	for _, name := range []string{"code", "access_token", "id_token"} {
		if l.Kind == login.ResponseCallback && (l.Returned(name) != "" || l.InFragment().Get(name) != "") {
			return true
		}
	}
	return false
}

// strayCode reports whether a code was given away on the way, to a place that
// is no redirect URI: a target that makes its redirect of nothing sends the
// code to a relative address, its own, which answers 404.
func (l *AuthorizationResponse) strayCode() bool {
	for _, e := range l.Exchanges {
		to, err := url.Parse(e.Header().Get("Location"))
		if err != nil {
			continue
		}
		if login.LooksIssued(to.Query().Get("code")) {
			return true
		}
	}
	return false
}

// Saw says in a few words where the request led.
func (l *AuthorizationResponse) Saw() string {
	switch l.Kind {
	case "callback":
		var names []string
		for name := range l.Response.Params {
			names = append(names, name)
		}
		slices.Sort(names)
		text := "a redirect to the redirect URI with " + strings.Join(names, ", ")
		if len(names) == 0 {
			text = "a redirect to the redirect URI without parameters"
		}
		if l.Response.Params.Has("code") && l.Returned("code") == "" {
			text += " (code is empty)"
		}
		if e := l.Returned("error"); e != "" {
			text += fmt.Sprintf(" (error %q)", e)
		}
		if l.Fragment != "" {
			text += " and a fragment"
		}
		return text
	case "page":
		if l.Untold != "" {
			return fmt.Sprintf("a page with status %d that cannot be distinguished from the login page of a valid request: %s", l.Status, l.Untold)
		}
		if l.redirected() {
			return fmt.Sprintf("a redirect with status %d to the login page, %s", l.Status, l.place())
		}
		text := fmt.Sprintf("a login page, status %d", l.Status)
		if l.FormError != "" {
			text += " (" + l.FormError + ")"
		}
		return text
	case "refusal":
		if l.redirected() {
			return fmt.Sprintf("a redirect with status %d to an error page at the site of the login, %s", l.Status, l.place())
		}
		if page := l.refusedPage(); page != "" {
			return fmt.Sprintf("%s, status %d", page, l.Status)
		}
	case "elsewhere":
		text := fmt.Sprintf("a redirect with status %d to another place, %s", l.Status, l.place())
		if l.Untold != "" {
			return text + ", of which it cannot be told whether it is an error: " + l.Untold
		}
		if l.Differs != "" {
			text += ": " + l.Differs
		}
		return text
	case "no-answer":
		return "no answer: " + l.Final.Reason()
	}
	text := fmt.Sprintf("status %d", l.Status)
	if l.FormError != "" {
		text += ", and its page says: " + l.FormError
	}
	return text
}

// Authorize sends an authorization request and returns where it led. Nothing
// is submitted on the login page, if one comes: that is where it led.
func (s *Session) Authorize(vary ...Vary) *AuthorizationResponse {
	return s.authorize(s.Direct, s.request(vary...), true)
}

func (s *Session) authorize(driver login.Driver, r *request, pageOnly bool) *AuthorizationResponse {
	a := s.authorization(r, pageOnly)
	s.standUp()
	return s.asResponse(r, s.travel(driver, a), pageOnly, func() *login.Response { return s.travel(driver, a) })
}

// authorization is the request as a login driver takes it.
func (s *Session) authorization(r *request, pageOnly bool) login.Authorization {
	return login.Authorization{
		Method: r.method, Endpoint: s.Endpoint(authorization), Params: r.params,
		RedirectURIs: s.registration(r.second).Callbacks(), Person: r.person, Cancel: r.cancel, PageOnly: pageOnly,
	}
}

// asResponse takes down where a request led; again repeats it. With pageOnly it was
// not to lead further than to the login page.
func (s *Session) asResponse(r *request, response *login.Response, pageOnly bool, again func() *login.Response) *AuthorizationResponse {
	s.order.sent++
	n := s.order.sent
	out := &AuthorizationResponse{Response: response, Sent: r.params, came: s.Now()}
	if len(r.params["state"]) == 1 {
		out.State = r.params.Get("state")
	}
	for _, e := range response.Exchanges {
		if e != response.Final {
			s.keep(e)
		}
	}
	if response.Final != nil {
		out.Evidence = s.answered(response.Final, func() *exchange.Exchange {
			out.Response = again()
			return out.Response.Final
		})
	}
	s.tell(out, r)
	if pageOnly {
		s.tellPlace(out, r)
	}
	s.remember(out, r)
	s.noteServing(n, out, r)
	return out
}

func (s *Session) travel(driver login.Driver, a login.Authorization) *login.Response {
	if !a.PageOnly {
		s.someoneIsThere()
		s.made++
		a.Purpose = s.purpose()
		if s.LoggedIn != nil && s.FewLogins {
			s.LoggedIn(a.Purpose)
		}
	}
	if driver.Name() == config.LoginInteractive && !a.PageOnly {
		defer judge.Pause(s.Context)() // a person's time is a person's
	}
	from := s.Now()
	response, err := driver.Authorize(s.Context, a)
	if !a.PageOnly {
		s.took = s.Now().Sub(from)
	}
	if err != nil {
		s.stopIfInterrupted()
		s.absent++
		s.Block("login driver "+driver.Name(), "the login driver failed: %v", err)
	}
	if !a.PageOnly {
		s.absent = 0
	}
	return response
}

// mostAbsent is how many logins in a row may come to nothing for want of a person
// before no more is asked for.
const mostAbsent = 3

// someoneIsThere ends the check where a person is to log in and nobody did, again
// and again: each login that nobody makes is waited for as long as --login-wait says.
func (s *Session) someoneIsThere() {
	if s.Driver.Name() == config.LoginInteractive && s.absent >= mostAbsent {
		s.Block("login driver interactive", "nobody logged in %d times in a row, so no further login is asked for; continue with --resume when somebody is there", mostAbsent)
	}
}

func (s *Session) remember(l *AuthorizationResponse, r *request) {
	if l.Kind != "callback" {
		return
	}
	if l.Response.Params.Has("error") || l.InFragment().Has("error") {
		s.Seen.ErrorReturns = append(s.Seen.ErrorReturns, l)
	}
	if code := l.Returned("code"); code != "" {
		s.Redactor.Pair(code, r.rightVerifier())
		s.Seen.Codes = append(s.Seen.Codes, code)
		s.Seen.Grants = append(s.Seen.Grants, l)
	}
}

// LogIn makes a login that must succeed. Where it does not, an ordinary login
// is tried: if that works, what was varied is to blame and the check fails;
// if not, AUTHZ-01 owns the cause.
func (s *Session) LogIn(vary ...Vary) *Login {
	login, problem := s.obtain(vary...)
	if problem == "" {
		if login.Person > 0 && login.Persona == "" && s.Driver.Name() != "interactive" {
			s.SkipFor(run.WantPerson, "it needs a second person: the login page offers no choice, and none is configured (--persona, --second-persona)")
		}
		return login
	}
	r := s.request(vary...)
	if len(r.varied) > 0 {
		s.stillServed()
		if s.ordinaryLoginWorks(r) {
			s.Fail("a login "+strings.Join(r.varied, ", ")+" to lead to the redirect URI with a code", problem, login.Evidence.recorded())
		}
	}
	s.noLogin(login, problem)
	return nil
}

// noLogin ends the check for want of a login: AUTHZ-01 owns the cause, unless
// the page takes a browser, which is nothing that is wrong with it, or an ordinary
// login has worked.
func (s *Session) noLogin(attempt *Login, problem string) {
	if attempt.Unable && attempt.Kind == login.ResponsePage {
		s.Block("login driver "+s.Driver.Name(), "%s; the direct login cannot operate this page: log in with --login browser, or --login interactive", problem)
	}
	if !s.ordinary && !s.worked("AUTHZ-01") {
		s.owned("AUTHZ-01", attempt.Evidence, "%s", problem)
	}
	switch attempt.whose() {
	case "":
		s.Block("an authorization request", "an ordinary login has worked in this run, and now %s", problem)
	case ofSecondClient:
		if !s.maybeMisconfigured(attempt.AuthorizationResponse) {
			s.Block("an authorization request", "as the second client, %s", problem)
		}
		s.Block("configuration", "as the second client, %s: check its client ID and redirect URI", problem)
	}
	s.Block("login driver "+s.Driver.Name(), "as another person, %s", problem)
}

// TryLogIn makes a login that may be refused, and returns nil and where it led
// in that case.
func (s *Session) TryLogIn(vary ...Vary) (*Login, *AuthorizationResponse) {
	login, problem := s.obtain(vary...)
	if problem != "" {
		return nil, login.AuthorizationResponse
	}
	return login, login.AuthorizationResponse
}

func (s *Session) tryLogIn(vary ...Vary) (*Login, string) {
	r := s.request(vary...)
	return s.arrived(r, s.authorize(s.Driver, r, false))
}

// arrived is a request that led somewhere as a login, and why it is none.
func (s *Session) arrived(r *request, response *AuthorizationResponse) (*Login, string) {
	attempt := &Login{
		AuthorizationResponse: response, Client: s.registration(r.second), Params: r.params, PKCE: r.pkce,
		Nonce: r.params.Get("nonce"), Scopes: strings.Fields(r.params.Get("scope")), Second: r.second, Person: r.person,
		ownNonce: r.params.Has("request") || len(r.params["nonce"]) != 1 || r.params.Get("nonce") != r.nonce,
		varied:   r.varied, extra: r.extra, whole: !r.second && r.person == 0 && len(r.params["scope"]) == 1 && r.params.Get("scope") == strings.Join(s.Config.First.Scopes, " "),
	}
	attempt.Code = attempt.Returned("code")
	if attempt.Kind != login.ResponseCallback || attempt.Code == "" {
		return attempt, "the login led to " + attempt.Saw()
	}
	if pages := response.Pages(); r.ordinary() && s.good == nil && s.Driver.Name() == config.LoginDirect && len(pages) > 0 && pages[0] == response.Exchanges[0] {
		s.good = pages[0].Body() // it may be another's page that is got later
	}
	return attempt, ""
}

// ordinaryLoginWorks is the control for a varied login that failed. Where each
// login costs a person's time, the shared login stands for it, be it of an earlier
// part of the run.
func (s *Session) ordinaryLoginWorks(varied *request) bool {
	if s.sparing() {
		return s.ordinary || s.worked("AUTHZ-01")
	}
	var plain []Vary
	if varied.second {
		plain = append(plain, BySecondClient())
	}
	_, problem := s.tryLogIn(plain...)
	return problem == ""
}

// form is a POST of a form.
func form(endpoint string, values url.Values) exchange.Request {
	return exchange.Request{
		Method: http.MethodPost, URL: endpoint, Body: []byte(values.Encode()),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
	}
}
