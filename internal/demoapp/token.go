package demoapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxAnswer = 1 << 20 // octets read of any response of the provider

// tokens are what a token response holds.
type tokens struct {
	access, id string
}

func (a *App) newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.MaxIdleConnsPerHost = 8
	return &http.Client{Transport: transport, Timeout: a.timeout, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		return a.conduct.mayRedirect(next, via)
	}}
}

// fetchJSON sends a request and reads the JSON of a 200, bounded in time and size.
func (a *App) fetchJSON(r *http.Request, into any) error {
	answer, err := a.client.Do(r)
	if err != nil {
		return refusal("the provider gave no answer")
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return refusal("the provider's answer broke off")
	case answer.StatusCode != http.StatusOK && !a.conduct.anyStatus:
		return refusal(fmt.Sprintf("the provider answered %d", answer.StatusCode))
	case len(body) > maxAnswer:
		return refusal("the provider's answer is too large")
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if d.Decode(into) != nil || d.Decode(new(any)) != io.EOF {
		return refusal("the provider's answer is not the JSON that it should be")
	}
	return nil
}

// exchange redeems an authorization code, once (RFC6749 4.1.3).
func (a *App) exchange(ctx context.Context, code string, l *attempt) (*tokens, error) {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.settings.RedirectURI}, "code_verifier": {l.verifier},
		"client_id": {a.settings.ClientID}, "client_secret": {a.settings.ClientSecret},
	}
	var members map[string]any
	err := errors.New("never tried")
	for i := 0; i < a.conduct.tries && err != nil; i++ {
		r, bad := a.conduct.tokenRequest(ctx, l.endpoints.Token, form)
		if bad != nil {
			return nil, bad
		}
		err = a.fetchJSON(r, &members)
	}
	if err != nil {
		return nil, err
	}
	t := &tokens{}
	for _, name := range slices.Sorted(maps.Keys(a.conduct.readTokens)) {
		if err := a.conduct.readTokens[name](t, members); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// postForm is the token request: client_secret_post, and nothing in the URL.
func postForm(ctx context.Context, to string, form url.Values) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	return r, nil
}

// tokenRules read the token response (OIDC-CORE 3.1.3.3). token_type, which sgID's
// documentation does not list, may be missing; another than Bearer is refused.
func tokenRules() map[string]func(*tokens, map[string]any) error {
	return map[string]func(*tokens, map[string]any) error{
		"access_token": func(t *tokens, members map[string]any) error {
			if t.access, _ = members["access_token"].(string); t.access == "" {
				return refusal("the token response has no access_token")
			}
			return nil
		},
		"id_token": func(t *tokens, members map[string]any) error {
			if t.id, _ = members["id_token"].(string); t.id == "" {
				return refusal("the token response has no id_token")
			}
			return nil
		},
		"token_type": func(_ *tokens, members map[string]any) error {
			kind, there := members["token_type"]
			if text, _ := kind.(string); there && !strings.EqualFold(text, "Bearer") {
				return refusal("the token is of another type than Bearer")
			}
			return nil
		},
	}
}
