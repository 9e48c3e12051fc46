package demoapp

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
)

// Flaws of the authorization request.

// drawn is a flaw in the values of a login.
func drawn(name, checks, breaks string, edit func(l *attempt, s *session, r *http.Request)) Flaw {
	return flaw(name, checks, breaks, func(_ *App, c *conduct) { c.editLogin = append(c.editLogin, edit) })
}

// asked is a flaw in the parameters of the authorization request.
func asked(name, checks, breaks string, edit func(v url.Values, l *attempt)) Flaw {
	return flaw(name, checks, breaks, func(_ *App, c *conduct) { c.editAuthorize = append(c.editAuthorize, edit) })
}

// hostFrom is a flaw that takes the host of redirect_uri out of a header, where
// that names one.
func hostFrom(name, breaks string, host func(h http.Header) string) Flaw {
	return flaw(name, "RP-09", breaks, func(a *App, c *conduct) {
		right := c.redirectURI
		c.redirectURI = func(r *http.Request) string {
			if named := host(r.Header); named != "" {
				return a.callback.Scheme + "://" + named + a.callback.Path
			}
			return right(r)
		}
	})
}

// pair gives a login a verifier, and its challenge.
func (l *attempt) pair(verifier string) {
	l.verifier = verifier
	l.challenge = challengeOf(verifier)
}

// The pair of sgID's Custom Integration page.
const documentedVerifier = "bbGcObXZC1YGBQZZtZGQH9jsyO1vypqCGqnSU_4TI5S"

var flawsStart = []Flaw{
	asked("openid-not-asked", "RP-01", "scope is sent without openid.", func(v url.Values, _ *attempt) {
		v.Set("scope", strings.TrimSpace(strings.Replace(v.Get("scope"), "openid", "", 1)))
	}),
	asked("response-type-token", "RP-01", "response_type is code id_token.", func(v url.Values, _ *attempt) { v.Set("response_type", "code id_token") }),

	asked("pkce-absent", "RP-02", "No code_challenge is sent.", func(v url.Values, _ *attempt) {
		v.Del("code_challenge")
		v.Del("code_challenge_method")
	}),
	asked("pkce-plain", "RP-02", "The verifier itself is sent as challenge, by the method plain.", func(v url.Values, l *attempt) {
		v.Set("code_challenge", l.verifier)
		v.Set("code_challenge_method", "plain")
	}),
	asked("pkce-method-left-out", "RP-02", "code_challenge_method is not sent, which means plain.", func(v url.Values, _ *attempt) { v.Del("code_challenge_method") }),
	drawn("pkce-challenge-padded", "RP-02", "The challenge is base64 with its padding.", func(l *attempt, _ *session, _ *http.Request) { l.challenge += "=" }),

	flaw("pkce-pair-for-all", "RP-03", "One PKCE pair is made when the application starts, and used for every login.", func(_ *App, c *conduct) {
		verifier := random()
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.pair(verifier) })
	}),
	drawn("pkce-pair-for-a-browser", "RP-03", "One PKCE pair is made for a browser's session, and used for each of its logins.", func(l *attempt, s *session, _ *http.Request) {
		l.pair(challengeOf("verifier of " + s.id))
	}),
	drawn("pkce-pair-documented", "RP-04", "The PKCE pair of sgID's documentation is used.", func(l *attempt, _ *session, _ *http.Request) { l.pair(documentedVerifier) }).
		with("the pair repeats", "RP-03"),
	drawn("pkce-challenge-of-hex", "RP-05", "The challenge is made of the hash in hex digits.", func(l *attempt, _ *session, _ *http.Request) {
		l.challenge = challengeOf(hex.EncodeToString([]byte(l.verifier)))
	}),
	drawn("pkce-verifier-short", "RP-05", "The verifier has 32 characters.", func(l *attempt, _ *session, _ *http.Request) { l.pair(l.verifier[:32]) }),

	flaw("state-absent", "RP-06", "No state is sent, and none is asked back.", func(_ *App, c *conduct) {
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.state = "" })
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *attempt) { v.Del("state") })
	}).
		with("two tabs have the same state, and cannot be told apart", "RP-32"),
	drawn("state-constant", "RP-06", "state is the same word for everybody.", func(l *attempt, _ *session, _ *http.Request) { l.state = "login" }).
		with("two tabs have the same state, and cannot be told apart", "RP-32"),
	flaw("state-counted", "RP-06", "state is a number that counts up.", func(_ *App, c *conduct) {
		var count atomic.Int64
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.state = strconv.FormatInt(1000+count.Add(1), 10) })
	}),
	drawn("state-is-app-data", "RP-06", "state holds where the person wanted to go, and nothing random.", func(l *attempt, _ *session, _ *http.Request) {
		l.state = "page=" + PathMe
	}).
		with("two tabs have the same state, and cannot be told apart", "RP-32"),
	drawn("state-short", "RP-06", "state has 6 random characters.", func(l *attempt, _ *session, _ *http.Request) { l.state = l.state[:6] }),

	flaw("nonce-absent", "RP-07", "No nonce is sent.", func(_ *App, c *conduct) {
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.nonce = "" })
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *attempt) { v.Del("nonce") })
	}),
	flaw("nonce-for-all", "RP-08", "One nonce is made when the application starts, and used for every login.", func(_ *App, c *conduct) {
		nonce := random()
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.nonce = nonce })
	}),

	flaw("redirect-uri-of-host-header", "RP-09", "redirect_uri is made of the Host header.", func(a *App, c *conduct) {
		c.redirectURI = func(r *http.Request) string { return a.callback.Scheme + "://" + r.Host + a.callback.Path }
	}),
	hostFrom("redirect-uri-of-forwarded-host", "redirect_uri is made of X-Forwarded-Host.", func(h http.Header) string { return h.Get("X-Forwarded-Host") }),
	hostFrom("redirect-uri-of-forwarded", "redirect_uri is made of the host of Forwarded.", func(h http.Header) string {
		_, host, _ := strings.Cut(h.Get("Forwarded"), "host=")
		return host
	}),

	flaw("secret-in-authorize-url", "RP-10", "The client secret is sent along with the authorization request.", func(a *App, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *attempt) { v.Set("client_secret", a.settings.ClientSecret) })
	}),
	asked("verifier-in-authorize-url", "RP-10", "The code verifier is sent along with the challenge.", func(v url.Values, l *attempt) { v.Set("code_verifier", l.verifier) }),
	drawn("verifier-in-state", "RP-10", "The code verifier travels in state, as base64 of JSON.", func(l *attempt, _ *session, _ *http.Request) {
		text, _ := json.Marshal(map[string]string{"id": l.state, "verifier": l.verifier})
		l.state = base64.RawURLEncoding.EncodeToString(text)
	}),
	drawn("verifier-in-state-as-hex", "RP-10", "The code verifier travels in state, in hexadecimal behind the random part.", func(l *attempt, _ *session, _ *http.Request) {
		l.state += "." + hex.EncodeToString([]byte(l.verifier))
	}),
	drawn("verifier-in-state-compressed", "RP-10", "The code verifier travels in state, as base64 of JSON that is compressed.", func(l *attempt, _ *session, _ *http.Request) {
		text, _ := json.Marshal(map[string]string{"id": l.state, "verifier": l.verifier})
		l.state = base64.RawURLEncoding.EncodeToString(compressed(string(text)))
	}),
	drawn("verifier-is-nonce", "RP-10", "The nonce is the code verifier, too.", func(l *attempt, _ *session, _ *http.Request) { l.nonce = l.verifier }),
	drawn("verifier-of-state", "RP-10", "The code verifier is the hash of state.", func(l *attempt, _ *session, _ *http.Request) { l.pair(challengeOf(l.state)) }),

	flaw("discovery-unchecked", "RP-17", "The metadata are believed, whoever they name as issuer and wherever their endpoints are.", func(a *App, c *conduct) {
		c.findEndpoints = a.discover()
	}),
	flaw("discovery-issuer-unchecked", "RP-17", "The metadata are believed, whoever they name as issuer.", func(a *App, c *conduct) {
		c.findEndpoints = a.discover(a.endpointsAreThere)
	}),
	flaw("discovery-endpoints-unchecked", "RP-17", "The endpoints of the metadata are believed, wherever they are.", func(a *App, c *conduct) {
		c.findEndpoints = a.discover(a.issuerIsOurs)
	}),
}

// Flaws with which nobody can log in.
var flawsBaseline = []Flaw{
	flaw("hostname-hard-coded", "RP-18", "The provider's origin is written into the program: logins go to production.", func(a *App, _ *conduct) {
		a.settings.Hostname = "https://api.id.gov.sg"
	}),
	flaw("redirect-uri-hard-coded", "RP-18", "redirect_uri is written into the program, and is not the registered one.", func(_ *App, c *conduct) {
		c.redirectURI = func(*http.Request) string { return "http://localhost:5001/api/redirect" }
	}).with("it is not the registered one", "RP-01 RP-09"),
	flaw("secret-wrong", "RP-18", "The client secret is another one.", func(a *App, _ *conduct) { a.settings.ClientSecret = random()[:32] }),
	flaw("key-wrong", "RP-18", "The private key is another one.", func(a *App, _ *conduct) { a.key = otherKey() }),
	flaw("login-shows-nothing", "RP-18", "The protected page looks the same for everybody.", func(_ *App, c *conduct) {
		c.whoIs = func(*http.Request) *person { return nil }
	}),
	flaw("start-hangs", "RP-18", "The start page is never answered.", func(_ *App, c *conduct) {
		c.findEndpoints = func(ctx context.Context) (endpoints, error) {
			<-ctx.Done()
			return endpoints{}, ctx.Err()
		}
	}),
	flaw("dies-of-the-callback", "RP-18", "The process ends on every callback.", func(a *App, c *conduct) {
		c.onward = func(http.ResponseWriter, *http.Request, *attempt, *tokens, *person) { a.die() }
	}).with("the process died", "RP-71"),
}
