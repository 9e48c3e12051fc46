package doctor

import (
	"context"
	"crypto/rand"
	"fmt"

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
	refused := x.refusal(response)
	if refused == "" && response.Kind == login.ResponsePage && login.TakesScript(response.Final.Body()) && !login.OffersQR(response.Final.Body()) {
		refused = x.onScreen(ctx, name, a)
		if refused == unseen {
			return
		}
	}
	if refused != "" {
		const remedy = "compare client-id, redirect-uri and scopes with what is registered, character for character"
		x.say(name, StatusProblem, "an ordinary authorization request is refused: "+refused, remedy)
		return
	}
	x.say(name, StatusOK, "an authorization request with this client ID, redirect URI and these scopes is served", "")
}

// refusal says how a request was refused; empty: it was not, as far as can be
// seen without script.
func (x *examination) refusal(r *login.Response) string {
	const atMost = 200
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
		if login.TellsError(r.Final.Body()) {
			return login.PageText(r.Final.Body(), atMost)
		}
		return ""
	case login.ResponseNone:
		return "it gives no answer: " + r.Final.Reason()
	case login.ResponseElsewhere:
		return "it leads to another place: " + r.Differs
	}
	return fmt.Sprintf("status %d: %s", r.Status, login.PageText(r.Final.Body(), atMost))
}

// unseen says that nothing more can be seen, and that it was reported.
const unseen = "unseen"

// onScreen is refusal of a page that a script fills: a browser shows it.
func (x *examination) onScreen(ctx context.Context, name string, a login.Authorization) string {
	cannot := func(why string) string {
		x.say(name, StatusWarning, "whether an authorization request is served cannot be told: "+why, "open the login page of your application by hand, and see whether it shows a QR code")
		return unseen
	}
	if x.opt.Look == nil {
		return cannot("a script draws the page, and there is no browser to see it")
	}
	response, err := x.opt.Look(ctx, a)
	switch {
	case err != nil:
		return cannot("the browser cannot show the page: " + err.Error())
	case response.Kind != login.ResponsePage:
		return x.refusal(response)
	case response.Screen == nil:
		return cannot("the browser shows nothing")
	case response.Screen.QR:
		return ""
	case login.TellsErrorOnScreen(response.Screen):
		return login.PageText(response.Screen.HTML, 200)
	}
	return cannot("the page shows neither a QR code nor an error")
}
