package provider

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"
)

// Faults in judging authorization requests, but for redirect URIs (faults_redirect.go)
// and PKCE (faults_pkce.go).

// request is a fault that edits an authorization request before it is judged,
// so that something is taken for what it is not.
func request(name, checks, breaks string, edit func(v url.Values)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) { edit(v) })
	})
}

// byPOST is such a fault of requests by POST alone.
func byPOST(name, checks, breaks string, edit func(v url.Values)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, r *http.Request) {
			if r.Method == http.MethodPost {
				edit(v)
			}
		})
	})
}

// refusing is a fault that refuses a parameter that should be taken.
func refusing(name, checks, breaks string, when func(v url.Values) bool) Fault {
	return request(name, checks, breaks, func(v url.Values) {
		if when(v) {
			v["response_type"] = []string{"", ""} // a repeated parameter: invalid_request
		}
	})
}

var faultsAuthorize = []Fault{
	request("response-type-optional", "AUTHZ-04", "A missing response_type is treated as code.", func(v url.Values) {
		if v.Get("response_type") == "" {
			v.Set("response_type", sgid.ResponseTypeCode)
		}
	}),
	request("response-type-unchecked", "AUTHZ-05", "Any response_type is treated as code.", func(v url.Values) {
		if len(v["response_type"]) == 1 && v.Get("response_type") != "" {
			v.Set("response_type", sgid.ResponseTypeCode)
		}
	}),
	request("response-type-contains-code", "AUTHZ-05", "A combination that contains code is treated as code.", func(v url.Values) {
		if len(v["response_type"]) == 1 && slices.Contains(strings.Fields(v.Get("response_type")), "code") {
			v.Set("response_type", sgid.ResponseTypeCode)
		}
	}),
	request("response-type-any-case", "AUTHZ-05", "response_type is compared case-insensitively.", func(v url.Values) {
		if len(v["response_type"]) == 1 {
			v.Set("response_type", strings.ToLower(v.Get("response_type")))
		}
	}),
	fault("token-on-the-front-channel", "AUTHZ-05", "response_type=token returns a token in the fragment.", func(p *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			if v.Get("response_type") == "token" && len(v["response_type"]) == 1 {
				v.Set("response_type", sgid.ResponseTypeCode)
				v.Set("state", "token!"+v.Get("state"))
			}
		})
		c.editRedirect = append(c.editRedirect, func(to *redirect) {
			state, implicit := strings.CutPrefix(to.params.Get("state"), "token!")
			if !implicit {
				return
			}
			to.params.Set("state", state)
			if to.params.Has("code") {
				to.params = url.Values{"access_token": {randomText(32)}, "token_type": {"Bearer"}, "state": {state}}
				to.fragment = true
			}
		})
	}),

	fault("client-id-optional", "AUTHZ-06", "A missing client_id is replaced by the owner of the redirect_uri.", func(p *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			if v.Get("client_id") == "" {
				if owner := p.ownerOf(v.Get("redirect_uri")); owner != nil {
					v.Set("client_id", owner.ID)
				}
			}
		})
	}),
	redirectingRefusal("client-id-missing-redirects", "AUTHZ-06", "A request without client_id is refused by a redirect to its redirect_uri.", func(p *Provider, v url.Values) bool {
		return v.Get("client_id") == ""
	}),

	fault("client-unknown-accepted", "AUTHZ-07", "An unknown client is served like the owner of the redirect_uri.", func(p *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			if len(v["client_id"]) != 1 || v.Get("client_id") == "" || p.clients[v.Get("client_id")] != nil {
				return
			}
			if owner := p.ownerOf(v.Get("redirect_uri")); owner != nil {
				v.Set("client_id", owner.ID)
			}
		})
	}),
	fault("client-id-any-case", "AUTHZ-07", "client_id is compared case-insensitively.", func(p *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			for id := range p.clients {
				if len(v["client_id"]) == 1 && strings.EqualFold(id, v.Get("client_id")) {
					v.Set("client_id", id)
				}
			}
		})
	}),
	fault("client-id-by-beginning", "AUTHZ-07", "client_id is compared by prefix only.", func(p *Provider, c *conduct) {
		c.editAuthorize = append(c.editAuthorize, func(v url.Values, _ *http.Request) {
			for id := range p.clients {
				if len(v["client_id"]) == 1 && strings.HasPrefix(v.Get("client_id"), id) {
					v.Set("client_id", id)
				}
			}
		})
	}),
	redirectingRefusal("client-unknown-redirects", "AUTHZ-07", "An unknown client is refused by a redirect to its redirect_uri.", func(p *Provider, v url.Values) bool {
		return v.Get("client_id") != "" && p.clients[v.Get("client_id")] == nil
	}),

	request("scope-optional", "AUTHZ-15", "A missing scope is treated as openid.", func(v url.Values) {
		if v.Get("scope") == "" {
			v.Set("scope", sgid.ScopeOpenID)
		}
	}),
	request("openid-optional", "AUTHZ-15", "A scope without openid is served as if openid were present.", func(v url.Values) {
		if scope := v.Get("scope"); len(v["scope"]) == 1 && scope != "" && !slices.Contains(strings.Fields(scope), sgid.ScopeOpenID) {
			v.Set("scope", sgid.ScopeOpenID+" "+strings.ReplaceAll(strings.ReplaceAll(scope, "OPENID ", ""), "openidx ", ""))
		}
	}),
	request("openid-as-substring", "AUTHZ-15", "Any scope that contains the text openid counts as openid.", func(v url.Values) {
		if scope, found := strings.CutPrefix(v.Get("scope"), "openidx"); found && len(v["scope"]) == 1 {
			v.Set("scope", sgid.ScopeOpenID+scope)
		}
	}),
	request("openid-asked-for-with-nonce-alone", "AUTHZ-15", "Without nonce, a request that lacks openid is served as plain OAuth.", func(v url.Values) {
		if v.Get("nonce") == "" && len(v["scope"]) <= 1 && !slices.Contains(strings.Fields(v.Get("scope")), sgid.ScopeOpenID) {
			v.Set("scope", strings.TrimSpace(sgid.ScopeOpenID+" "+v.Get("scope")))
		}
	}),
	request("openid-any-case", "AUTHZ-15", "openid is compared case-insensitively.", func(v url.Values) {
		if len(v["scope"]) == 1 {
			v.Set("scope", strings.ReplaceAll(v.Get("scope"), "OPENID", sgid.ScopeOpenID))
		}
	}),

	refusing("openid-first-demanded", "AUTHZ-36", "A scope that does not begin with openid is refused.", func(v url.Values) bool {
		return !strings.HasPrefix(v.Get("scope"), sgid.ScopeOpenID)
	}),
	request("scope-order-loses-data", "AUTHZ-36", "Of a scope that does not begin with openid only openid and the first word are granted.", func(v url.Values) {
		if words := strings.Fields(v.Get("scope")); single(v, "scope") && slices.Index(words, sgid.ScopeOpenID) > 0 {
			v.Set("scope", words[0]+" "+sgid.ScopeOpenID)
		}
	}),

	fault("scope-unregistered-granted", "AUTHZ-16", "A scope of the catalogue is granted to a client that is not registered for it.", func(_ *Provider, c *conduct) {
		c.scopeAllowed = func(_ *client, scope string) bool { _, known := sgid.LookupScope(scope); return known }
	}),
	fault("scope-unknown-granted", "AUTHZ-16", "A scope that does not exist is granted, and reported as granted.", func(_ *Provider, c *conduct) {
		allowed := c.scopeAllowed
		c.scopeAllowed = func(cl *client, scope string) bool {
			_, known := sgid.LookupScope(scope)
			return !known || allowed(cl, scope)
		}
	}),

	refusing("unknown-parameter-refused", "AUTHZ-17", "An authorization request with an unknown parameter is refused.", func(v url.Values) bool {
		for name := range v {
			if !slices.Contains(authorizeParameters, name) {
				return true
			}
		}
		return false
	}),
	fault("unknown-parameter-crashes", "AUTHZ-17", "An authorization request with an unknown parameter gets 500.", func(_ *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			for name := range r.URL.Query() {
				if !slices.Contains(authorizeParameters, name) {
					crash(w)
					return true
				}
			}
			return false
		})
	}).with("its probes with an unknown parameter crash it, too", "AUTHZ-23 AUTHZ-35"),

	request("repeated-first-taken", "AUTHZ-18", "The first value of a repeated parameter is used.", func(v url.Values) {
		for name := range v {
			v[name] = v[name][:1]
		}
	}),
	request("repeated-last-taken", "AUTHZ-18", "The last value of a repeated parameter is used.", func(v url.Values) {
		for name := range v {
			v[name] = v[name][len(v[name])-1:]
		}
	}),
	request("repeated-same-accepted", "AUTHZ-18", "A parameter that is repeated with the same value is accepted.", func(v url.Values) {
		for name := range v {
			v[name] = slices.Compact(v[name])
		}
	}),

	fault("authorize-post-refused", "AUTHZ-19", "The authorization endpoint returns 405 to a POST.", func(_ *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
			return r.Method == http.MethodPost
		})
	}),
	fault("authorize-post-body-ignored", "AUTHZ-19", "The authorization endpoint ignores the form of a POST.", func(_ *Provider, c *conduct) {
		c.instead(atAuthorize, func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				r.Method = http.MethodGet
			}
			return false
		})
	}),

	byPOST("authorize-post-loses-nonce", "AUTHZ-19", "The nonce of a POST is lost.", func(v url.Values) { v.Del("nonce") }).
		with("the ID token of that login has no nonce", "IDT-17"),

	request("prompt-none-ignored", "AUTHZ-20", "prompt=none shows the login page.", func(v url.Values) {
		if v.Get("prompt") == "none" {
			v.Del("prompt")
		}
	}),
	fault("prompt-none-logs-in", "AUTHZ-20", "prompt=none returns a code although nobody has logged in.", func(p *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			v, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil || v.Get("prompt") != "none" || repeated(v) != "" {
				return false
			}
			v.Del("prompt")
			cl, _ := p.recipient(v)
			if cl == nil {
				return false
			}
			a, refusal := p.judge(cl, v)
			if refusal != nil {
				return false
			}
			p.sendBack(w, a, url.Values{"code": {p.issueCode(a, &Personas()[0])}})
			return true
		})
	}),
	answered("prompt-none-as-access-denied", "AUTHZ-20", "prompt=none returns access_denied.", refused(func(to *redirect) {
		if to.params.Get("error") == "login_required" {
			to.params.Set("error", "access_denied")
		}
	})),

	refusing("prompt-login-refused", "AUTHZ-21", "prompt=login is refused.", func(v url.Values) bool { return v.Get("prompt") == "login" }),
	refusing("max-age-refused", "AUTHZ-21", "max_age is refused.", func(v url.Values) bool { return v.Has("max_age") }).
		with("no login with max_age succeeds", "IDT-13"),
	refusing("display-popup-refused", "AUTHZ-21", "display=popup is refused.", func(v url.Values) bool { return v.Get("display") == "popup" }),
	refusing("locales-refused", "AUTHZ-21", "ui_locales and claims_locales are refused.", func(v url.Values) bool { return v.Has("ui_locales") || v.Has("claims_locales") }),
	refusing("acr-values-refused", "AUTHZ-21", "acr_values is refused.", func(v url.Values) bool { return v.Has("acr_values") }),
	refusing("login-hint-refused", "AUTHZ-21", "login_hint is refused.", func(v url.Values) bool { return v.Has("login_hint") }),

	request("request-object-ignored", "AUTHZ-22", "A request object is ignored, and the other parameters are used.", func(v url.Values) { v.Del("request") }),
	request("request-uri-ignored", "AUTHZ-22", "request_uri is ignored, and the other parameters are used.", func(v url.Values) { v.Del("request_uri") }),

	fault("authorize-malformed-crashes", "AUTHZ-35", "A query that cannot be decoded gets 500.", func(_ *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			_, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil {
				crash(w)
			}
			return err != nil
		})
	}),

	methodCrash("authorize-put-crashes", http.MethodPut),
	methodCrash("authorize-delete-crashes", http.MethodDelete),
	methodCrash("authorize-patch-crashes", http.MethodPatch),
}

var authorizeParameters = []string{
	"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"response_mode", "display", "prompt", "max_age", "ui_locales", "claims_locales", "id_token_hint", "login_hint",
	"acr_values", "claims", "request", "request_uri", "registration",
}

// ownerOf finds the client a redirect URI is registered for.
func (p *Provider) ownerOf(uri string) *client {
	for _, c := range p.clients {
		if slices.Contains(c.RedirectURIs, uri) {
			return c
		}
	}
	return nil
}

// redirectingRefusal is a fault that refuses by a redirect to whatever
// redirect_uri the request holds.
func redirectingRefusal(name, checks, breaks string, when func(p *Provider, v url.Values) bool) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			v, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil || repeated(v) != "" || v.Get("redirect_uri") == "" || !when(p, v) {
				return false
			}
			a := &authorization{redirectURI: v.Get("redirect_uri"), state: v.Get("state")}
			p.sendBack(w, a, url.Values{"error": {"unauthorized_client"}})
			return true
		})
	})
}

func methodCrash(name, method string) Fault {
	return fault(name, "AUTHZ-31", method+" at the authorization endpoint gets 500.", func(_ *Provider, c *conduct) {
		c.instead(atAuthorize, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == method {
				crash(w)
			}
			return r.Method == method
		})
	})
}
