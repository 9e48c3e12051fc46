package demoapp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Flaws of the requests to the provider.

// requests is a flaw in how the token request is sent.
func requests(name, checks, breaks string, send func(ctx context.Context, to string, form url.Values) (*http.Request, error)) Flaw {
	return flaw(name, checks, breaks, func(_ *App, c *conduct) { c.tokenRequest = send })
}

// takeOut returns a form without some of its members, and those.
func takeOut(form url.Values, names ...string) (left, taken url.Values) {
	left, taken = url.Values{}, url.Values{}
	for name, values := range form {
		left[name] = values
	}
	for _, name := range names {
		taken[name] = left[name]
		left.Del(name)
	}
	return left, taken
}

var flawsToken = []Flaw{
	requests("token-secret-by-basic", "RP-11", "The client authenticates by HTTP Basic.", func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
		left, taken := takeOut(form, "client_id", "client_secret")
		r, err := postForm(ctx, to, left)
		if err == nil {
			r.SetBasicAuth(url.QueryEscape(taken.Get("client_id")), url.QueryEscape(taken.Get("client_secret")))
		}
		return r, err
	}),
	requests("token-secret-in-url", "RP-11", "The client secret stands in the URL of the token request.", func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
		left, taken := takeOut(form, "client_secret")
		return postForm(ctx, to+"?"+taken.Encode(), left)
	}),
	requests("token-by-get", "RP-11", "The token request is a GET with everything in its URL.", func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, to+"?"+form.Encode(), nil)
	}),
	requests("token-by-json", "RP-11", "The body of the token request is JSON.", func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
		members := map[string]string{}
		for name := range form {
			members[name] = form.Get(name)
		}
		text, err := json.Marshal(members)
		if err != nil {
			return nil, err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(string(text)))
		if err == nil {
			r.Header.Set("Content-Type", "application/json")
		}
		return r, err
	}),

	flaw("code-sent-again", "RP-12", "A token request that failed is sent again, with the same code.", func(_ *App, c *conduct) { c.tries = 4 }).
		with("an answer that does not come is awaited four times", "RP-51"),

	flaw("access-token-in-url", "RP-13", "The access token stands in the URL of the userinfo request.", func(_ *App, c *conduct) {
		c.userInfoRequest = func(ctx context.Context, to, token string) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, to+"?access_token="+url.QueryEscape(token), nil)
		}
	}),
	flaw("access-token-in-both", "RP-13", "The access token stands in the header of the userinfo request, and in its URL too.", func(_ *App, c *conduct) {
		c.userInfoRequest = func(ctx context.Context, to, token string) (*http.Request, error) {
			return getWithToken(ctx, to+"?access_token="+url.QueryEscape(token), token)
		}
	}),
	flaw("access-token-in-provider-cookie", "RP-13", "The access token stands in the header of the userinfo request, and in a cookie of it too.", func(_ *App, c *conduct) {
		c.userInfoRequest = func(ctx context.Context, to, token string) (*http.Request, error) {
			r, err := getWithToken(ctx, to, token)
			if err == nil {
				r.AddCookie(&http.Cookie{Name: "access_token", Value: token})
			}
			return r, err
		}
	}),
	flaw("access-token-in-body", "RP-13", "The access token is posted to userinfo as a form.", func(_ *App, c *conduct) {
		c.userInfoRequest = func(ctx context.Context, to, token string) (*http.Request, error) {
			return postForm(ctx, to, url.Values{"access_token": {token}})
		}
	}),

	flaw("key-set-fetched-each-time", "RP-14", "The key set is fetched for every login.", func(a *App, c *conduct) {
		choose := c.chooseKey
		c.chooseKey = func(keys []signingKey, h header) *signingKey {
			key := choose(keys, h)
			a.keys.put(nil, a.now())
			return key
		}
		c.mayRefetch = func() bool { return true }
	}),
}
