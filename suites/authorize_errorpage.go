package suites

import (
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// Error pages of the authorization endpoint. The API documentation gives them
// the status of the login page, 200, so that they are told from it by what they
// hold.

// tell sorts a response with a 2xx status and no redirect: it is a refusal where
// it is told for an error, and stays what it is otherwise. Where it cannot be
// told, Untold says why.
func (s *Session) tell(l *AuthorizationResponse, r *request) {
	if l.Status < 200 || l.Status > 299 || l.Final.NoResponse() {
		return
	}
	refused := false
	switch l.Kind {
	case login.ResponseOther:
		refused = login.TellError(l.Final.Body())
	case login.ResponsePage:
		if len(l.Final.Body()) == 0 {
			return
		}
		if len(r.varied) == 0 { // it is the good request itself
			refused = login.TellsError(l.Final.Body())
			break
		}
		var sort login.PageSort
		sort, l.Untold = login.TellPage(l.Final.Body(), s.knownPage())
		if sort != login.PageError {
			sort = s.tellByLooking(l, r, sort)
		}
		refused = sort == login.PageError
	}
	if refused {
		told := *l.Response
		told.Kind = login.ResponseRefusal
		l.Response = &told
	}
}

// goodPage is the login page that an ordinary request leads to, fetched once a
// run; nil where it leads on without one.
func (s *Session) goodPage() []byte {
	if s.good == nil {
		response := s.Authorize()
		if response.Kind == login.ResponsePage && !response.redirected() {
			s.good = response.Final.Body()
		} else {
			s.good = []byte{}
		}
	}
	if len(s.good) == 0 {
		return nil
	}
	return s.good
}

// knownPage is goodPage, read.
func (s *Session) knownPage() *login.GoodPage {
	if page := s.goodPage(); page != nil && s.known == nil {
		s.known = login.ReadGoodPage(page)
	}
	return s.known
}

var AUTHZ32 = judge.Check{
	ID: "AUTHZ-32", Title: "an error page has a 4xx status",
	Problem: "an error page does not have a 4xx status", Level: judge.SHOULD, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9110", "15.5"), judge.SGIDAPI(apiPage)},
	Expect: "A request that is refused without a redirect gets a 4xx status. The API documentation describes its error page under 200, so this is a recommendation.",
	Why:    "Monitoring, caches and clients treat 200 as success, so refusals with that status go unnoticed.",
	Remedy: "Send the error page with status 400.",
	Needs:  []judge.Need{judge.Login}, Cases: pageMistakes(sampleURI).names(),
}

var _ = ginkgo.It("AUTHZ-32 an error page has a 4xx status", check(AUTHZ32, func(s *Session) {
	s.GoodRequest()
	pageMistakes(s.Config.First.RedirectURI).each(s, func(mistake Vary) {
		response := s.Authorize(mistake)
		switch {
		case response.Kind == login.ResponseCallback:
			s.NotApplicable("this mistake is not answered with a page")
		case response.Kind != login.ResponseRefusal:
			s.untold(response)
			s.Skip("this mistake is not refused: it leads to %s", response.Saw())
		case response.redirected():
			s.Skip("the error page is at another site, to which nothing is sent: %s", response.Saw())
		}
		s.Require(response.Status >= 400 && response.Status <= 499, "a 4xx status", response.Saw(), response.Evidence)
	})
}))

// pageMistakes are what an authorization request is refused for with a page, or
// may be; registered is a registered redirect URI.
func pageMistakes(registered string) cases[Vary] {
	return cases[Vary]{
		{"unknown client_id", With("client_id", "sgidcheck-unknown-"+random(6))},
		{"client_id missing", Without("client_id")},
		{"redirect_uri not registered", With("redirect_uri", cut(registered).onPath("/sgidcheck-not-registered"))},
		{"redirect_uri missing", Without("redirect_uri")},
		{"response_type missing", Without("response_type")},
	}
}

// untold blocks the check where a page cannot be distinguished from the login page.
func (s *Session) untold(l *AuthorizationResponse) {
	if l.Untold != "" {
		s.Block("the login page", "the response to an invalid request, %s", l.Saw())
	}
}

// refusedPage names a refusal that came without a redirect.
func (l *AuthorizationResponse) refusedPage() string {
	switch media := strings.ToLower(l.Final.Header().Get("Content-Type")); {
	case l.Status >= 400:
		return ""
	case strings.Contains(media, "html"), media == "":
		return "an error page"
	case strings.Contains(media, "json"):
		return "a JSON error"
	}
	return "a text that names an error"
}
