package doctor

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
	"sgidcheck/internal/sgid"
)

// registered sends an ordinary authorization request of each client, which the
// target must not refuse: client ID, redirect URI and scopes are then those that
// are registered. Nobody logs in.
func (x *examination) registered(ctx context.Context, httpClient *client.Client, endpoint string) {
	x.ask(ctx, httpClient, "client: registration", endpoint, &x.config.First)
	if x.config.Second != nil {
		x.ask(ctx, httpClient, "second client: registration", endpoint, x.config.Second)
	}
}

func (x *examination) ask(ctx context.Context, httpClient *client.Client, name, endpoint string, party *config.Registration) {
	a := login.Authorization{
		Endpoint: endpoint, RedirectURIs: party.Callbacks(), PageOnly: true,
		Params: sgid.AuthorizeRequest{
			ClientID: party.ClientID, RedirectURI: party.RedirectURI, Scopes: party.Scopes,
			State: rand.Text(), Nonce: rand.Text(), CodeChallenge: sgid.NewPKCE().Challenge,
		}.Values(),
	}
	response, err := login.NewDirect(httpClient, "", "").Authorize(ctx, a)
	if err != nil {
		x.say(name, StatusProblem, err.Error(), "")
		return
	}
	const byHand = "open the login page of your application by hand, and see whether it shows a QR code"
	refused, untold := x.outcome(ctx, a, response)
	switch unusable := x.unusable(response); {
	case refused != "":
		const remedy = "compare client-id, redirect-uri and scopes with what is registered, character for character"
		x.say(name, StatusProblem, "an ordinary authorization request is refused: "+refused, remedy)
	case untold != "":
		x.say(name, StatusWarning, "whether an authorization request is served cannot be told: "+untold, byHand)
	case unusable != nil:
		remedy := "set persona to one that the page offers"
		if login.Unable(unusable) {
			remedy = "use --login interactive, or --login browser with login-steps"
		}
		x.say(name, StatusWarning, "an authorization request is served, but --login direct cannot use its page: "+unusable.Error(), remedy)
	default:
		x.say(name, StatusOK, "an authorization request with this client ID, redirect URI and these scopes is served", "")
	}
}

// outcome says how a request was refused, or why that cannot be told; both are
// empty where it is served.
func (x *examination) outcome(ctx context.Context, a login.Authorization, r *login.Response) (refused, untold string) {
	switch page := r.Final.Body(); {
	case x.goesOn(a, r) && len(x.config.LoginSteps) > 0:
		return x.onScreen(ctx, a)
	case x.goesOn(a, r):
		return "", elsewhere(r)
	case r.Kind != login.ResponsePage || login.TellsError(page):
		return x.refusal(r), ""
	case login.OffersQR(page) || offersLogin(page):
		return "", ""
	case login.TakesScript(page):
		return x.onScreen(ctx, a)
	default:
		return "", fmt.Sprintf("the page offers no login that can be recognised; it says %q", login.PageText(page, atMost))
	}
}

// atMost is how many characters of a page are quoted.
const atMost = 200

// says is the text of an error page, which may have no more than a title.
func says(page []byte) string {
	return cmp.Or(login.PageText(page, atMost), "the page is an error page without text")
}

// offersLogin reports whether a page holds something to log in with, or leads on
// to where that is.
func offersLogin(page []byte) bool {
	p, err := login.ReadPage(page)
	if err != nil {
		return false
	}
	_, err = p.Act(login.Choice{}, false)
	return err == nil
}

// unusable says why the direct login, where it is asked for, cannot use a page.
func (x *examination) unusable(r *login.Response) error {
	if x.config.Login != config.LoginDirect || r.Kind != login.ResponsePage {
		return nil
	}
	p, err := login.ReadPage(r.Final.Body())
	if err != nil {
		return err
	}
	_, err = p.Act(login.Choices([2]string{x.config.Persona, x.config.SecondPersona}, 0), false)
	return err
}

// goesOn reports whether a request has led to another site and the run's login goes
// on there. An authorization response that went astray does not.
func (x *examination) goesOn(a login.Authorization, r *login.Response) bool {
	follows := x.config.Login == config.LoginInteractive && x.browser || x.config.Login == config.LoginBrowser && len(x.config.LoginSteps) > 0
	if !follows || r.Kind != login.ResponseElsewhere || r.Params.Has("code") || r.Params.Has("error") {
		return false
	}
	at, err := url.Parse(login.AsBrowsersWriteIt(r.Location))
	if err != nil || at.Scheme != "http" && at.Scheme != "https" {
		return false
	}
	return !slices.ContainsFunc(a.RedirectURIs, func(uri string) bool {
		u, err := url.Parse(login.AsBrowsersWriteIt(uri))
		return err == nil && u.Host == at.Host
	})
}

// elsewhere is why nothing is known of a login page on another site. Its query may
// hold what is secret.
func elsewhere(r *login.Response) string {
	host := ""
	if u, err := url.Parse(r.Location); err == nil {
		host = u.Host
	}
	return fmt.Sprintf("it leads to another site, %s, which only the run's login opens", host)
}

// refusal says how a request was refused that led to no login page; empty: it was not.
func (x *examination) refusal(r *login.Response) string {
	switch r.Kind {
	case login.ResponseCallback:
		if code := r.Params.Get("error"); code != "" {
			return fmt.Sprintf("error %s: %s", code, r.Params.Get("error_description"))
		}
		if r.Code() == "" {
			return "it redirects back without a code"
		}
		return ""
	case login.ResponsePage:
		return says(r.Final.Body())
	case login.ResponseNone:
		return "it gives no answer: " + r.Final.Reason()
	case login.ResponseElsewhere:
		return "it leads to another place: " + r.Differs
	}
	return fmt.Sprintf("status %d: %s", r.Status, login.PageText(r.Final.Body(), atMost))
}

// onScreen is outcome for a page that a script fills, or that is on another site: a
// browser shows it.
func (x *examination) onScreen(ctx context.Context, a login.Authorization) (refused, untold string) {
	if x.opt.Look == nil {
		return "", "the page takes a browser to see, and there is no browser"
	}
	response, err := x.opt.Look(ctx, a)
	switch {
	case err != nil:
		return "", "the browser cannot show the page: " + err.Error()
	case x.goesOn(a, response):
		return "", elsewhere(response)
	case response.Kind != login.ResponsePage:
		return x.refusal(response), ""
	case response.Screen == nil:
		return "", "the browser shows nothing"
	case response.Screen.QR:
		return "", ""
	case login.TellsErrorOnScreen(response.Screen):
		return says(response.Screen.HTML), ""
	case offersLogin(response.Screen.HTML):
		return "", ""
	}
	return "", "the page shows neither a QR code nor a login form nor an error"
}
