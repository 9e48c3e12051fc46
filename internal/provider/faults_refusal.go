package provider

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Faults in how the token endpoint refuses, and in what it should refuse.

// misreported is a fault that refuses one kind of token request with another
// error than the standard's.
func misreported(name, checks, breaks string, when func(p *Provider, v url.Values) bool, status int, code string) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		c.around(atToken, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if v, ok := peekForm(r); ok && r.URL.RawQuery == "" && when(p, v) {
					(&oauthError{status: status, code: code, description: "The request cannot be served."}).refuse(w)
					return
				}
				next.ServeHTTP(w, r)
			})
		})
	})
}

// crashing is a fault that answers one kind of token request with 500.
func crashing(name, checks, breaks string, when func(r *http.Request, body string) bool) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.instead(atToken, func(w http.ResponseWriter, r *http.Request) bool {
			body := peekBody(r)
			if !when(r, body) {
				return false
			}
			crash(w)
			return true
		})
	})
}

// isForm reports whether a request calls its body a form.
func isForm(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "application/x-www-form-urlencoded")
}

// authenticated reports whether a form carries a client's right secret.
func authenticated(p *Provider, v url.Values) bool {
	c := p.clients[v.Get("client_id")]
	return c != nil && c.hasSecret(v.Get("client_secret"))
}

// complete reports whether a form has what a code is redeemed with, but for the code.
func complete(p *Provider, v url.Values) bool {
	return repeated(v) == "" && authenticated(p, v) && v.Get("grant_type") == "authorization_code"
}

// secretTaken is a fault that accepts a client secret which is not the client's.
func secretTaken(name, checks, breaks string, take func(p *Provider, cl *client, secret string) bool) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		usual := c.secretRight
		c.secretRight = func(cl *client, secret string) bool { return usual(cl, secret) || take(p, cl, secret) }
	})
}

// refusals is a fault that edits every refusal of the token endpoint.
func refusals(name, checks, breaks string, edit func(a *held)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.reanswer(atToken, func(a *held, r *http.Request) {
			if (a.status == http.StatusBadRequest || a.status == http.StatusUnauthorized) && r.Method == http.MethodPost {
				edit(a)
			}
		})
	})
}

var faultsRefusal = []Fault{
	misreported("code-unknown-as-invalid-request", "TOKEN-08", "An unknown code is refused with invalid_request.", func(p *Provider, v url.Values) bool {
		_, there := p.codes.get(v.Get("code"))
		return complete(p, v) && v.Get("code") != "" && !there
	}, http.StatusBadRequest, "invalid_request"),
	misreported("code-unknown-crashes", "TOKEN-08", "An unknown code gets 500.", func(p *Provider, v url.Values) bool {
		_, there := p.codes.get(v.Get("code"))
		return complete(p, v) && v.Get("code") != "" && !there
	}, http.StatusInternalServerError, "server_error").with("an expired code is unknown", "TOKEN-25"),

	misreported("code-missing-as-invalid-grant", "TOKEN-09", "A missing code is refused with invalid_grant.", func(p *Provider, v url.Values) bool {
		return complete(p, v) && !v.Has("code")
	}, http.StatusBadRequest, "invalid_grant"),
	misreported("code-missing-crashes", "TOKEN-09", "A missing code gets 500.", func(p *Provider, v url.Values) bool {
		return complete(p, v) && !v.Has("code")
	}, http.StatusInternalServerError, "server_error"),

	misreported("grant-type-missing-as-unsupported", "TOKEN-10", "A missing grant_type is refused with unsupported_grant_type.", func(p *Provider, v url.Values) bool {
		return authenticated(p, v) && v.Get("grant_type") == ""
	}, http.StatusBadRequest, "unsupported_grant_type"),

	secretTaken("secret-unchecked", "TOKEN-11 TOKEN-12", "The client secret is not checked.", func(*Provider, *client, string) bool { return true }),
	secretTaken("secret-wrong-accepted", "TOKEN-11", "Any client secret that is not empty is accepted.", func(_ *Provider, _ *client, secret string) bool { return secret != "" }),
	secretTaken("secret-any-case", "TOKEN-11", "The client secret is compared case-insensitively.", func(_ *Provider, cl *client, secret string) bool {
		return strings.EqualFold(cl.Secret, secret)
	}),
	secretTaken("secret-last-character-ignored", "TOKEN-11", "The last character of the client secret is not compared.", func(_ *Provider, cl *client, secret string) bool {
		return len(secret) >= len(cl.Secret)-1 && secret[:len(cl.Secret)-1] == cl.Secret[:len(cl.Secret)-1]
	}),
	secretTaken("secret-of-any-client", "TOKEN-11", "Any registered client's secret is accepted.", func(p *Provider, _ *client, secret string) bool {
		for _, other := range p.clients {
			if other.hasSecret(secret) {
				return true
			}
		}
		return false
	}),
	misreported("secret-wrong-as-invalid-grant", "TOKEN-11", "A wrong client secret is refused with invalid_grant.", func(p *Provider, v url.Values) bool {
		return p.clients[v.Get("client_id")] != nil && v.Get("client_secret") != "" && !authenticated(p, v) && repeated(v) == ""
	}, http.StatusBadRequest, "invalid_grant"),

	fault("secret-missing-accepted", "TOKEN-12", "A token request without client_secret is treated as a public client's.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			if cl := p.clients[t.form.Get("client_id")]; cl != nil && !t.form.Has("client_secret") && t.http.Header.Get("Authorization") == "" {
				t.form.Set("client_secret", cl.Secret)
			}
		})
	}),
	secretTaken("secret-empty-accepted", "TOKEN-12", "An empty client_secret is accepted.", func(_ *Provider, _ *client, secret string) bool { return secret == "" }).
		with("omitting it counts as empty", "TOKEN-24"),

	fault("client-missing-accepted-at-token", "TOKEN-13", "A token request without client_id is treated as the code's client.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			if g, there := p.codes.get(t.form.Get("code")); there && t.form.Get("client_id") == "" {
				t.form.Set("client_id", g.client.ID)
			}
		})
	}),
	fault("client-unknown-accepted-at-token", "TOKEN-13", "An unknown client redeems a code with any client's secret.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			g, there := p.codes.get(t.form.Get("code"))
			if id := t.form.Get("client_id"); there && id != "" && single(t.form, "client_id") && p.clients[id] == nil {
				t.form.Set("client_id", g.client.ID)
			}
		})
	}),

	refusals("token-error-as-html", "TOKEN-17", "Refusals of the token endpoint come as HTML.", func(a *held) {
		a.replace(a.status, "text/html; charset=utf-8", "<!DOCTYPE html><title>Error</title><p>The request was refused.")
	}),
	refusals("token-error-made-up", "TOKEN-17", "Refusals of the token endpoint have an error that is not registered.", func(a *held) {
		a.replace(a.status, "application/json", `{"error":"request_failed","error_description":"The request was refused."}`)
	}),
	refusals("token-error-as-object", "TOKEN-17", "error in refusals of the token endpoint is an object.", func(a *held) {
		a.replace(a.status, "application/json", `{"error":{"code":"invalid_grant","message":"The request was refused."}}`)
	}),
	refusals("token-error-cacheable", "TOKEN-17", "Refusals of the token endpoint lack Cache-Control: no-store.", func(a *held) {
		a.header.Del("Cache-Control")
		a.header.Del("Pragma")
	}),
	refusals("token-error-illegal-characters", "TOKEN-17", "error_description has characters that are not allowed there.", func(a *held) {
		text := strings.Replace(a.body.String(), `"error_description":"`, `"error_description":"\"ungültig\"\n`, 1)
		a.replace(a.status, "application/json", text)
	}),

	fault("token-get-accepted", "TOKEN-18", "The token endpoint serves GET with the parameters in the query.", func(_ *Provider, c *conduct) {
		c.instead(atToken, func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				queryAsForm(r)
			}
			return false
		})
	}),
	fault("token-get-crashes", "TOKEN-18", "GET at the token endpoint gets 500.", func(_ *Provider, c *conduct) {
		c.instead(atToken, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				crash(w)
			}
			return r.Method == http.MethodGet
		})
	}),
	fault("token-query-accepted", "TOKEN-19", "A POST to the token endpoint may carry its parameters in the query.", func(_ *Provider, c *conduct) {
		c.instead(atToken, func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost && r.URL.RawQuery != "" {
				queryAsForm(r)
			}
			return false
		})
	}),

	form("token-unknown-parameter-refused", "TOKEN-20", "A token request with an unknown parameter is refused.", func(_ *Provider, v url.Values) {
		for name := range v {
			if !slices.Contains(tokenParameters, name) {
				v["grant_type"] = []string{"", ""} // a repeated parameter: invalid_request
			}
		}
	}),

	form("token-repeated-first-taken", "TOKEN-21", "The first value of a repeated parameter of a token request is used.", func(_ *Provider, v url.Values) {
		for name := range v {
			v[name] = v[name][:1]
		}
	}),
	form("token-repeated-last-taken", "TOKEN-21", "The last value of a repeated parameter of a token request is used.", func(_ *Provider, v url.Values) {
		for name := range v {
			v[name] = v[name][len(v[name])-1:]
		}
	}),
	form("token-repeated-same-accepted", "TOKEN-21", "A parameter of a token request that is repeated with the same value is accepted.", func(_ *Provider, v url.Values) {
		for name := range v {
			v[name] = slices.Compact(v[name])
		}
	}),

	crashing("token-broken-body-crashes", "TOKEN-22", "A body with invalid percent-encoding gets 500.", func(r *http.Request, body string) bool {
		_, err := url.ParseQuery(body)
		return isForm(r) && err != nil
	}),
	crashing("token-empty-body-crashes", "TOKEN-22", "An empty body gets 500.", func(r *http.Request, body string) bool {
		return r.Method == http.MethodPost && body == "" && r.URL.RawQuery == "" && r.Header.Get("Authorization") == ""
	}),
	crashing("token-huge-body-crashes", "TOKEN-22", "A body of more than 64 KiB gets 500.", func(_ *http.Request, body string) bool { return len(body) > formLimit }),
	crashing("token-other-type-crashes", "TOKEN-22", "A body that is not a form gets 500.", func(r *http.Request, body string) bool {
		return r.Method == http.MethodPost && body != "" && !isForm(r)
	}),
	fault("token-huge-body-resets", "TOKEN-22", "A body of more than 64 KiB makes the server close the connection.", func(_ *Provider, c *conduct) {
		c.instead(atToken, func(_ http.ResponseWriter, r *http.Request) bool {
			if len(peekBody(r)) > formLimit {
				hangUp()
			}
			return false
		})
	}),
	fault("token-broken-body-ends-the-process", "TOKEN-22", "A body with invalid percent-encoding ends the whole process.", func(p *Provider, c *conduct) {
		c.instead(atToken, func(_ http.ResponseWriter, r *http.Request) bool {
			if _, err := url.ParseQuery(peekBody(r)); err != nil && isForm(r) {
				p.endProcess()
			}
			return false
		})
	}),

	refusals("token-error-with-stack-trace", "TOKEN-23", "Refusals of the token endpoint contain a stack trace.", func(a *held) {
		a.insert(`"stack":"InvalidGrantError: code not found\n    at exchange (/srv/sgid/dist/oauth/token.js:118:13)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",`)
	}),
	refusals("token-error-with-sql", "TOKEN-23", "Refusals of the token endpoint contain a database statement.", func(a *held) {
		a.insert(`"detail":"SELECT code, client_id FROM authorization_codes WHERE code = $1: relation does not exist (SQLSTATE 42P01)",`)
	}),
	answerOf(atUserInfo, http.StatusUnauthorized, "userinfo-error-with-path", "TOKEN-23", "Refusals of the userinfo endpoint contain a file path and an exception.", func(a *held) {
		a.replace(a.status, "application/json", `{"error":"invalid_token","message":"TypeError: Cannot read properties of undefined (reading 'sub') in /usr/src/app/lib/userinfo.js"}`)
	}),
	answerOf(atAuthorize, http.StatusBadRequest, "error-page-with-stack-trace", "TOKEN-23", "Error pages contain a stack trace.", func(a *held) {
		text := strings.Replace(a.body.String(), "</main>", "<pre>goroutine 42 [running]:\nmain.authorize(0xc000124000)\n\t/home/app/authorize.go:77 +0x1b4</pre></main>", 1)
		a.replace(a.status, "text/html; charset=utf-8", text)
	}),

	answerOf(atToken, http.StatusUnauthorized, "basic-without-challenge", "TOKEN-24", "Wrong credentials in the Authorization header are refused without WWW-Authenticate.", func(a *held) {
		a.header.Del("WWW-Authenticate")
	}),
	fault("basic-as-bad-request", "TOKEN-24", "Wrong credentials in the Authorization header are refused with 400.", func(_ *Provider, c *conduct) {
		c.reanswerWhere(atToken, http.StatusUnauthorized, func(a *held, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				a.status = http.StatusBadRequest
			}
		})
	}),
	fault("basic-password-ignored", "TOKEN-24", "The secret of a client that authenticates by the Authorization header is not checked.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) {
			id, _, _ := t.http.BasicAuth()
			takeWithoutSecret(p, t, id)
		})
	}).with("the header need not have the secret where client_id is in the body as well", "TOKEN-12"),
	fault("basic-password-ignored-beside-client-id", "TOKEN-12", "A client whose ID is in the body needs no secret where there is an Authorization header.", func(p *Provider, c *conduct) {
		c.editToken = append(c.editToken, func(t *tokenRequest) { takeWithoutSecret(p, t, t.form.Get("client_id")) })
	}),
}

// takeWithoutSecret lets a request with an Authorization header pass for a client's
// own.
func takeWithoutSecret(p *Provider, t *tokenRequest, id string) {
	_, _, basic := t.http.BasicAuth()
	cl := p.clients[id]
	if !basic || cl == nil || t.form.Get("client_secret") != "" {
		return
	}
	t.http.Header.Del("Authorization")
	t.form.Set("client_id", id)
	t.form.Set("client_secret", cl.Secret)
}

var tokenParameters = []string{"grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "scope"}

// insert puts a member, with its comma, before the others of a JSON object.
func (a *held) insert(member string) {
	a.replace(a.status, "application/json", strings.Replace(a.body.String(), "{", "{"+member, 1))
}
