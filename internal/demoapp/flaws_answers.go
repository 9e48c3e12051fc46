package demoapp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Flaws of how the provider's answers are taken, and of what a refusal does.

var flawsAnswers = []Flaw{
	flaw("id-token-optional", "RP-49", "Without an ID token the person is taken from userinfo alone.", func(a *App, c *conduct) {
		idToken := c.readTokens["id_token"]
		c.readTokens["id_token"] = func(t *tokens, members map[string]any) error {
			if members["id_token"] == nil {
				return nil
			}
			return idToken(t, members)
		}
		c.noIDToken = true
		same := c.sameSubject
		c.sameSubject = func(want string, members map[string]any) error {
			if want == "" {
				return nil
			}
			return same(want, members)
		}
	}),
	flaw("access-token-optional", "RP-49", "Without an access token the person is logged in, without data.", func(_ *App, c *conduct) {
		c.readTokens["access_token"] = func(t *tokens, members map[string]any) error {
			t.access, _ = members["access_token"].(string)
			return nil
		}
		request := c.userInfoRequest
		c.userInfoRequest = func(ctx context.Context, to, token string) (*http.Request, error) {
			if token == "" {
				return nil, errNoToken
			}
			return request(ctx, to, token)
		}
		c.userInfoFailed = func(err error) error {
			if errors.Is(err, errNoToken) {
				return nil
			}
			return err
		}
	}),
	flaw("token-type-unchecked", "RP-49", "token_type is not looked at.", func(_ *App, c *conduct) { delete(c.readTokens, "token_type") }),

	flaw("userinfo-errors-ignored", "RP-50", "Where userinfo fails, the person is logged in without data.", func(_ *App, c *conduct) {
		c.userInfoFailed = func(error) error { return nil }
	}).with("what is wrong with userinfo stops no login", "RP-47 RP-51 RP-53 RP-56 RP-57"),
	flaw("dies-of-broken-answers", "RP-71", "An answer of the provider that is no JSON ends the process.", func(a *App, c *conduct) {
		refuse := c.refuse
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			if strings.Contains(err.Error(), "JSON") {
				a.die()
			}
			refuse(w, r, err)
		}
	}),
	flaw("provider-status-unchecked", "RP-50", "The status of the provider's answers is not looked at.", func(_ *App, c *conduct) { c.anyStatus = true }).
		with("what is wrong with a status stops no login", "RP-61"),

	flaw("no-timeout", "RP-51", "The provider's answers are awaited for as long as they take.", func(a *App, _ *conduct) { a.timeout = time.Hour }),
	flaw("one-login-at-a-time", "RP-51", "While one login awaits the provider, nobody else is served.", func(_ *App, c *conduct) {
		var mu sync.Mutex
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				next.ServeHTTP(w, r)
			})
		})
	}),

	flaw("token-redirect-followed", "RP-52", "A redirect of the token request is followed: a 307 takes secret, code and verifier along.", func(_ *App, c *conduct) {
		c.mayRedirect = func(next *http.Request, _ []*http.Request) error {
			if next.Header.Get("Authorization") != "" || next.Method != http.MethodPost {
				return http.ErrUseLastResponse
			}
			return nil
		}
	}),
	flaw("userinfo-redirect-followed", "RP-52", "A redirect of userinfo is followed with the access token, wherever it leads.", func(_ *App, c *conduct) {
		c.mayRedirect = func(next *http.Request, via []*http.Request) error {
			token := via[0].Header.Get("Authorization")
			if token == "" {
				return http.ErrUseLastResponse
			}
			next.Header.Set("Authorization", token)
			return nil
		}
	}),

	flaw("refusals-are-500", "RP-71", "Every login that is refused is answered 500.", func(a *App, c *conduct) {
		c.refuse = func(w http.ResponseWriter, _ *http.Request, err error) {
			a.log.Printf("login refused: %v", err)
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		}
	}).with("its refusals are 500", "RP-26 RP-28 RP-62"),
	flaw("refusals-end-the-process", "RP-71", "Every login that is refused ends the process.", func(a *App, c *conduct) {
		c.refuse = func(http.ResponseWriter, *http.Request, error) { a.die() }
	}),
	flaw("error-answer-ends-the-process", "RP-71", "An error of the token endpoint ends the process.", func(a *App, c *conduct) {
		refuse := c.refuse
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			if strings.Contains(err.Error(), "the provider answered") {
				a.die()
			}
			refuse(w, r, err)
		}
	}),

	flaw("extra-members-refused", "RP-73", "A token response with a member that is not known is refused.", func(_ *App, c *conduct) {
		c.readTokens["others"] = func(_ *tokens, members map[string]any) error {
			for name := range members {
				switch name {
				case "access_token", "id_token", "token_type", "expires_in", "scope":
				default:
					return refusal("the token response has an unknown member")
				}
			}
			return nil
		}
	}),
	flaw("extra-claims-refused", "RP-73", "An ID token with a claim that is not known is refused.", func(_ *App, c *conduct) {
		c.claimRules["others"] = func(held claims, _ *attempt, _ *tokens) error {
			for name := range held {
				switch name {
				case "iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "at_hash", "auth_time":
				default:
					return refusal("the ID token has an unknown claim")
				}
			}
			return nil
		}
	}),
	flaw("token-type-demanded", "RP-73", "A token response without token_type, as documented, is refused.", func(_ *App, c *conduct) {
		c.readTokens["token_type_there"] = func(_ *tokens, members map[string]any) error {
			if members["token_type"] == nil {
				return refusal("the token response has no token_type")
			}
			return nil
		}
	}),
	flaw("expires-in-demanded", "RP-73", "A token response without expires_in, as documented, is refused.", func(_ *App, c *conduct) {
		c.readTokens["expires_in_there"] = func(_ *tokens, members map[string]any) error {
			if members["expires_in"] == nil {
				return refusal("the token response has no expires_in")
			}
			return nil
		}
	}),
	flaw("token-type-by-case", "RP-73", "token_type must be Bearer with a capital letter.", func(_ *App, c *conduct) {
		c.readTokens["token_type_case"] = func(_ *tokens, members map[string]any) error {
			if kind := members["token_type"]; kind != nil && kind != "Bearer" {
				return refusal("token_type is not Bearer")
			}
			return nil
		}
	}),
}

var errNoToken = errors.New("there is no access token")
