package provider

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/sgid"
)

// Faults of the userinfo endpoint; those of the encryption are in faults_encryption.go.

// asked is a fault that edits what userinfo returns, before it is encrypted.
func asked(name, checks, breaks string, edit func(d *userinfoDraft)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editUserinfo = append(c.editUserinfo, edit)
	})
}

// sealedAs is a fault that edits userinfo's answer after the encryption.
func sealedAs(name, checks, breaks string, edit func(d *userinfoDraft, answer map[string]any)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		c.editSealed = append(c.editSealed, edit)
	})
}

// unauthorized is a fault in refusing at userinfo: edit sees the refusal that
// the conformant provider would send, or none with a valid token.
func unauthorized(name, checks, breaks string, when func(p *Provider, r *http.Request) bool, do func(p *Provider, w http.ResponseWriter)) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		c.instead(atUserInfo, func(w http.ResponseWriter, r *http.Request) bool {
			if !when(p, r) {
				return false
			}
			do(p, w)
			return true
		})
	})
}

// The cases that unauthorized tells apart.
func noToken(_ *Provider, r *http.Request) bool {
	return r.Header.Get("Authorization") == "" && r.URL.RawQuery == "" && r.Method == http.MethodGet
}

func malformedHeader(_ *Provider, r *http.Request) bool {
	_, refusal := bearerToken(r)
	return refusal != nil && r.Header.Get("Authorization") != ""
}

// refusalOf answers with a bearer error of any form.
func refusalOf(status int, challenge string) func(p *Provider, w http.ResponseWriter) {
	return func(_ *Provider, w http.ResponseWriter) {
		if challenge != "" {
			w.Header().Set("WWW-Authenticate", challenge)
		}
		sendJSON(w, status, []byte(`{"message":"The request was refused."}`))
	}
}

func crashes(_ *Provider, w http.ResponseWriter) { crash(w) }
func hangsUp(*Provider, http.ResponseWriter)     { hangUp() }
func endsAll(p *Provider, _ http.ResponseWriter) { p.endProcess() }
func getsPage(p *Provider, w http.ResponseWriter) {
	p.errorPage(w, http.StatusOK, "Log in", "Please log in first.")
}

// wrongToken is a fault in refusing tokens that were never issued; codes, ID
// tokens, and access tokens that ran out are refused as they should be.
func wrongToken(name, breaks string, do func(p *Provider, w http.ResponseWriter)) Fault {
	return fault(name, "UINFO-04", breaks, func(p *Provider, c *conduct) {
		var issued sync.Map // access token
		newToken := c.newToken
		c.newToken = func(g *codeGrant, code string) string {
			token := newToken(g, code)
			issued.Store(token, true)
			return token
		}
		c.instead(atUserInfo, func(w http.ResponseWriter, r *http.Request) bool {
			token, refusal := bearerToken(r)
			_, access := issued.Load(token)
			_, code := p.codes.get(token)
			if refusal != nil || access || code || len(token) < 20 || len(token) > 60 {
				return false
			}
			do(p, w)
			return true
		})
	})
}

// taken is a fault that takes a token which is none.
func taken(name, checks, breaks string, find func(p *Provider, token string) *tokenGrant) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) {
		usual := c.accessGranted
		c.accessGranted = func(token string) (*tokenGrant, bool) {
			if g, there := usual(token); there {
				return g, true
			}
			g := find(p, token)
			return g, g != nil
		}
	})
}

// foundIn is a fault that finds the token where it should not be looked for.
func foundIn(name, checks, breaks string, find func(r *http.Request) string) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) {
		usual := c.findToken
		c.findToken = func(r *http.Request) (string, *bearerError) {
			if token := find(r); token != "" {
				return token, nil
			}
			return usual(r)
		}
	})
}

var faultsUserinfo = []Fault{
	answerOf(atUserInfo, http.StatusOK, "userinfo-as-html", "UINFO-01", "The userinfo response comes as text/html.", func(a *held) {
		a.header.Set("Content-Type", "text/html; charset=utf-8")
	}),
	answerOf(atUserInfo, http.StatusOK, "userinfo-status-201", "UINFO-01", "The userinfo response comes with status 201.", func(a *held) { a.status = http.StatusCreated }),
	sealedAs("userinfo-without-key", "UINFO-01", "The userinfo response has data, and no key.", func(_ *userinfoDraft, answer map[string]any) { delete(answer, "key") }),
	sealedAs("userinfo-data-as-array", "UINFO-01", "data is an array instead of an object.", func(_ *userinfoDraft, answer map[string]any) {
		if data, ok := answer["data"].(map[string]any); ok {
			list := []any{}
			for name, jwe := range data {
				list = append(list, map[string]any{"scope": name, "value": jwe})
			}
			answer["data"] = list
		}
	}),
	sealedAs("userinfo-without-sub", "UINFO-01", "The userinfo response has no sub.", func(_ *userinfoDraft, answer map[string]any) { delete(answer, "sub") }),

	asked("userinfo-sub-other", "UINFO-02", "sub of userinfo differs from the ID token's.", func(d *userinfoDraft) { d.sub += "0" }),
	asked("userinfo-sub-upper-case", "UINFO-02", "sub of userinfo is the ID token's in upper case.", func(d *userinfoDraft) { d.sub = strings.ToUpper(d.sub) }),

	unauthorized("no-token-without-challenge", "UINFO-03", "Without a token, userinfo returns 401 without WWW-Authenticate.", noToken, refusalOf(http.StatusUnauthorized, "")),
	unauthorized("no-token-as-bad-request", "UINFO-03", "Without a token, userinfo returns 400.", noToken, refusalOf(http.StatusBadRequest, "")),
	unauthorized("no-token-as-login-page", "UINFO-03", "Without a token, userinfo returns 200 with a page.", noToken, getsPage),
	unauthorized("no-token-crashes", "UINFO-03", "Without a token, userinfo returns 500.", noToken, crashes),
	unauthorized("no-token-hangs-up", "UINFO-03", "Without a token, userinfo closes the connection without a response.", noToken, hangsUp),
	unauthorized("no-token-ends-the-process", "UINFO-03", "Userinfo without a token ends the whole process.", noToken, endsAll),

	wrongToken("bad-token-as-forbidden", "A wrong access token gets 403.", refusalOf(http.StatusForbidden, `Bearer error="insufficient_scope"`)),
	wrongToken("bad-token-without-error", "A wrong access token gets 401 without invalid_token.", refusalOf(http.StatusUnauthorized, `Bearer realm="sgID"`)),
	wrongToken("bad-token-crashes", "A wrong access token gets 500.", crashes),
	wrongToken("bad-token-hangs-up", "Userinfo with a wrong access token closes the connection without a response.", hangsUp),
	wrongToken("bad-token-ends-the-process", "Userinfo with a wrong access token ends the whole process.", endsAll),
	taken("access-token-any-case", "UINFO-04", "Access tokens are compared case-insensitively.", func(p *Provider, token string) *tokenGrant {
		g, _ := p.tokens.get(swapCase(token))
		return g
	}),
	taken("access-token-last-character-ignored", "UINFO-04", "The last character of an access token is not compared.", func(p *Provider, token string) *tokenGrant {
		if len(token) != 43 {
			return nil
		}
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			if g, there := p.tokens.get(token[:42] + string(last)); there {
				return g
			}
		}
		return nil
	}),
	taken("access-token-by-beginning", "UINFO-04", "Characters after an access token are ignored.", func(p *Provider, token string) *tokenGrant {
		if len(token) <= 43 {
			return nil
		}
		g, _ := p.tokens.get(token[:43])
		return g
	}),

	unauthorized("malformed-header-crashes", "UINFO-05", "A malformed Authorization header gets 500.", malformedHeader, crashes),
	unauthorized("malformed-header-hangs-up", "UINFO-05", "A malformed Authorization header closes the connection without a response.", malformedHeader, hangsUp),
	unauthorized("malformed-header-ends-the-process", "UINFO-05", "A malformed Authorization header ends the whole process.", malformedHeader, endsAll),
	foundIn("scheme-unchecked", "UINFO-05", "Any scheme of the Authorization header is treated as Bearer.", func(r *http.Request) string {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if len(r.Header.Values("Authorization")) != 1 || strings.EqualFold(scheme, "Bearer") || !isBearerToken(token) {
			return ""
		}
		return token
	}),
	foundIn("scheme-optional", "UINFO-05", "A token without a scheme is accepted.", func(r *http.Request) string {
		value := r.Header.Get("Authorization")
		if len(r.Header.Values("Authorization")) != 1 || !isBearerToken(value) || len(value) < 20 {
			return ""
		}
		return value
	}),
	foundIn("first-of-two-values-taken", "UINFO-05", "The first of two tokens in the Authorization header is used.", func(r *http.Request) string {
		fields := strings.Fields(r.Header.Get("Authorization"))
		if len(r.Header.Values("Authorization")) != 1 || len(fields) != 3 || fields[0] != "Bearer" {
			return ""
		}
		return fields[1]
	}),
	foundIn("last-of-two-headers-taken", "UINFO-05", "The last of two Authorization headers is used.", func(r *http.Request) string {
		values := r.Header.Values("Authorization")
		if len(values) < 2 {
			return ""
		}
		token, _ := strings.CutPrefix(values[len(values)-1], "Bearer ")
		return token
	}),

	foundIn("token-in-query-taken", "UINFO-06", "An access token in the query is accepted.", func(r *http.Request) string {
		if r.Header.Get("Authorization") != "" {
			return ""
		}
		return r.URL.Query().Get("access_token")
	}),
	fault("bearer-case-sensitive", "UINFO-07", "The scheme Bearer is compared case-sensitively.", func(_ *Provider, c *conduct) {
		usual := c.findToken
		c.findToken = func(r *http.Request) (string, *bearerError) {
			scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			if strings.EqualFold(scheme, "Bearer") && scheme != "Bearer" {
				return "", &bearerError{status: http.StatusUnauthorized}
			}
			return usual(r)
		}
	}),

	fault("id-token-taken", "UINFO-08", "An ID token is accepted as an access token.", func(p *Provider, c *conduct) {
		var issued sync.Map // ID token: access token
		c.editToken200 = append(c.editToken200, func(a *tokenAnswer) {
			issued.Store(a.members["id_token"], a.members["access_token"])
		})
		usual := c.accessGranted
		c.accessGranted = func(token string) (*tokenGrant, bool) {
			if access, there := issued.Load(token); there {
				token, _ = access.(string)
			}
			return usual(token)
		}
	}),
	taken("code-taken", "UINFO-09", "An authorization code is accepted as an access token.", func(p *Provider, token string) *tokenGrant {
		if g, there := p.codes.get(token); there {
			return &tokenGrant{client: g.client, person: g.person, sub: g.sub, scopes: g.scopes}
		}
		return nil
	}),
	taken("code-taken-before-redemption", "UINFO-09", "An authorization code that has not been redeemed is accepted as an access token.", func(p *Provider, token string) *tokenGrant {
		if g, there := p.codes.get(token); there && !g.used() {
			return &tokenGrant{client: g.client, person: g.person, sub: g.sub, scopes: g.scopes}
		}
		return nil
	}),

	asked("openid-gives-name", "UINFO-10", "With only the scope openid the name is returned.", func(d *userinfoDraft) {
		if len(d.grant.scopes) == 1 {
			d.fields = []field{{"myinfo.name", d.grant.person.Name}}
		}
	}),
	fault("openid-gives-key", "UINFO-10", "With only the scope openid a key is returned, without data.", func(p *Provider, c *conduct) {
		c.editSealed = append(c.editSealed, func(d *userinfoDraft, answer map[string]any) {
			if len(d.fields) > 0 {
				return
			}
			if key, err := newEnvelope(d.recipient, p.fieldAlgorithm()).sealKey(); err == nil {
				answer["key"] = key
			}
		})
	}),

	asked("userinfo-extra-scope", "UINFO-11", "Userinfo returns the identity number whether or not it was requested.", func(d *userinfoDraft) {
		d.add("myinfo.nric_number")
	}),
	asked("userinfo-all-registered-scopes", "UINFO-11", "Userinfo returns everything that the client is registered for.", func(d *userinfoDraft) {
		for _, scope := range d.grant.client.Scopes {
			d.add(scope)
		}
	}),
	asked("userinfo-scope-missing", "UINFO-11", "Userinfo omits the last of the granted scopes.", func(d *userinfoDraft) {
		if n := len(d.fields); n > 1 {
			d.fields = d.fields[:n-1]
		}
	}).
		with("which scope is the last depends on their order", "AUTHZ-36"),
	asked("userinfo-na-left-out", "UINFO-11", "Userinfo omits a scope that has no value.", func(d *userinfoDraft) {
		d.fields = slices.DeleteFunc(d.fields, func(f field) bool { return f.scope == "myinfo.housingtype" })
	}),
	asked("userinfo-unknown-member", "UINFO-11", "data has a member that is not a scope.", func(d *userinfoDraft) {
		if len(d.fields) > 0 {
			d.fields = append(d.fields, field{"myinfo.uinfin", sgid.NotAvailable})
		}
	}),

	answerOf(atUserInfo, http.StatusOK, "userinfo-cacheable", "UINFO-12", "The userinfo response has no Cache-Control.", func(a *held) {
		a.header.Del("Cache-Control")
		a.header.Del("Pragma")
	}),
	answerOf(atUserInfo, http.StatusOK, "userinfo-cached-privately", "UINFO-12", "The userinfo response may be kept by the client's cache.", func(a *held) {
		a.header.Set("Cache-Control", "private, max-age=300")
	}),

	unauthorized("userinfo-post-refused", "UINFO-13", "Userinfo returns 405 to a POST.", posted, refusalOf(http.StatusMethodNotAllowed, "")),
	unauthorized("userinfo-post-crashes", "UINFO-13", "Userinfo returns 500 to a POST.", posted, crashes),
	unauthorized("userinfo-post-body-crashes", "UINFO-13", "Userinfo returns 500 to a POST with the token in the body.", func(_ *Provider, r *http.Request) bool {
		return r.Method == http.MethodPost && r.Header.Get("Authorization") == ""
	}, crashes).
		with("a token in the body is not refused", "UINFO-06"),

	fault("access-token-never-expires", "UINFO-14", "Access tokens never expire, whatever expires_in says.", func(p *Provider, c *conduct) {
		p.options.TokenLifetime = 100 * 24 * time.Hour
		c.editToken200 = append(c.editToken200, func(a *tokenAnswer) { a.members["expires_in"] = int(DefaultTokenLifetime.Seconds()) })
		c.editIDToken = append(c.editIDToken, func(d *idTokenDraft) { d.claims["exp"] = d.now.Add(DefaultTokenLifetime).Unix() })
	}),
	fault("access-token-lives-twice-as-long", "UINFO-14", "Access tokens are valid twice as long as expires_in says.", func(_ *Provider, c *conduct) {
		c.editToken200 = append(c.editToken200, func(a *tokenAnswer) {
			if n, ok := a.members["expires_in"].(int); ok {
				a.members["expires_in"] = n / 2
			}
		})
	}),

	fault("userinfo-mixes-people", "UINFO-15", "Concurrent requests share a variable for the person.", func(_ *Provider, c *conduct) {
		var shared atomic.Pointer[userinfoDraft]
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			mine := *d
			shared.Store(&mine)
			time.Sleep(20 * time.Millisecond)
			other := shared.Load()
			d.sub, d.fields = other.sub, other.fields
		})
	}),
	fault("userinfo-mixes-data", "UINFO-15", "Concurrent requests share a variable for the data.", func(_ *Provider, c *conduct) {
		var shared atomic.Pointer[[]field]
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			mine := d.fields
			shared.Store(&mine)
			time.Sleep(20 * time.Millisecond)
			d.fields = *shared.Load()
		})
	}),

	again("userinfo-sub-changes", "From the second request on, userinfo returns a different sub.", func(d *userinfoDraft) { d.sub += "1" }),
	again("userinfo-name-changes", "From the second request on, userinfo returns a different name.", func(d *userinfoDraft) {
		for i, f := range d.fields {
			if f.scope == "myinfo.name" {
				d.fields[i].plaintext += " (AGAIN)"
			}
		}
	}),
	again("userinfo-loses-field", "From the second request on, userinfo omits a field.", func(d *userinfoDraft) {
		if n := len(d.fields); n > 1 {
			d.fields = d.fields[:n-1]
		}
	}),
	fault("access-token-for-one-use", "UINFO-16", "An access token is valid for one request only.", func(p *Provider, c *conduct) {
		usual := c.accessGranted
		c.accessGranted = func(token string) (*tokenGrant, bool) {
			g, there := usual(token)
			p.tokens.drop(token)
			return g, there
		}
	}).with("its concurrent requests use the same token", "UINFO-15"),
}

func posted(_ *Provider, r *http.Request) bool {
	return r.Method == http.MethodPost && r.Header.Get("Authorization") != ""
}

// add hands a scope's data over, too, where there is data at all.
func (d *userinfoDraft) add(scope string) {
	has := func(f field) bool { return f.scope == scope }
	if len(d.fields) > 0 && scope != sgid.ScopeOpenID && !slices.ContainsFunc(d.fields, has) {
		d.fields = append(d.fields, field{scope, d.grant.person.Data[scope]})
	}
}

// again is a fault that shows when a token is used a second time.
func again(name, breaks string, edit func(d *userinfoDraft)) Fault {
	const crowd = "each token of its crowd is used several times"
	return fault(name, "UINFO-16", breaks, func(_ *Provider, c *conduct) {
		var seen sync.Map // access token
		c.editUserinfo = append(c.editUserinfo, func(d *userinfoDraft) {
			if _, before := seen.LoadOrStore(d.token, true); before {
				edit(d)
			}
		})
	}).with(crowd, "UINFO-15").with("it repeats a request to compare the answers", "UINFO-07 UINFO-13")
}
