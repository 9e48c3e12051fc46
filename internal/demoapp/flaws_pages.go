package demoapp

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync/atomic"
)

// Flaws of what pages, URLs, cookies and the log give away.

// told is a flaw that gives something of a login that succeeded away on its way
// to the page behind it.
func told(name, checks, breaks string, tell func(a *App, w http.ResponseWriter, l *attempt, t *tokens, p *person)) Flaw {
	return flaw(name, checks, breaks, func(a *App, c *conduct) {
		onward := c.onward
		c.onward = func(w http.ResponseWriter, r *http.Request, l *attempt, t *tokens, p *person) {
			tell(a, w, l, t, p)
			onward(w, r, l, t, p)
		}
	})
}

// another sets one more cookie.
func another(w http.ResponseWriter, name, value string, httpOnly bool) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: httpOnly, SameSite: http.SameSiteLaxMode})
}

// loading has each page with an identifier load a script, and lets it run.
func loading(c *conduct, script func(w http.ResponseWriter)) {
	c.editHeader = append(c.editHeader, func(h http.Header) { h.Del("Content-Security-Policy") })
	escape := c.escape
	c.escape = func(text string) string {
		if strings.HasPrefix(text, "u=") {
			return escape(text) + `<script src="/app.js"></script>`
		}
		return escape(text)
	}
	c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/app.js" {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/javascript")
			script(w)
		})
	})
}

// compressed is a text as zlib has it.
func compressed(text string) []byte {
	var short bytes.Buffer
	to := zlib.NewWriter(&short)
	_, _ = to.Write([]byte(text))
	_ = to.Close()
	return short.Bytes()
}

var flawsPages = []Flaw{
	told("token-in-script-cookie", "RP-65", "The access token stands in a cookie that scripts read.", func(_ *App, w http.ResponseWriter, _ *attempt, t *tokens, _ *person) {
		another(w, "token", t.access, false)
	}),
	told("token-in-cookie", "RP-65", "The ID token stands in a cookie.", func(_ *App, w http.ResponseWriter, _ *attempt, t *tokens, _ *person) {
		another(w, "id_token", t.id, true)
	}),
	told("verifier-in-cookie", "RP-65", "The code verifier stands in a cookie that scripts read.", func(_ *App, w http.ResponseWriter, l *attempt, _ *tokens, _ *person) {
		another(w, "verifier", l.verifier, false)
	}),
	told("token-in-url", "RP-65", "The access token stands in the URL of the page behind the login.", func(_ *App, _ http.ResponseWriter, l *attempt, t *tokens, _ *person) {
		l.next = PathMe + "?token=" + url.QueryEscape(t.access)
	}),
	told("nric-in-url", "RP-65", "The NRIC stands in the URL of the page behind the login.", func(_ *App, _ http.ResponseWriter, l *attempt, _ *tokens, p *person) {
		l.next = PathMe + "?nric=" + url.QueryEscape(p.data["myinfo.nric_number"])
	}),
	flaw("token-in-page", "RP-65", "The access token stands in the page, for a script to use.", func(_ *App, c *conduct) {
		c.tell = append(c.tell, func(_ *attempt, t *tokens, p *person) {
			p.data["access_token"] = t.access
		})
	}),
	flaw("token-in-page-in-base64", "RP-65", "The access token stands in the page in base64, for a script to use.", func(_ *App, c *conduct) {
		c.tell = append(c.tell, func(_ *attempt, t *tokens, p *person) {
			p.data["session"] = base64.StdEncoding.EncodeToString([]byte(`{"token":"` + t.access + `"}`))
		})
	}),
	told("token-in-header", "RP-65", "The access token stands in a header of the callback's answer.", func(_ *App, w http.ResponseWriter, _ *attempt, t *tokens, _ *person) {
		w.Header().Set("X-Access-Token", t.access)
	}),
	flaw("token-in-page-compressed", "RP-65", "The access token stands in the page as base64 of JSON that is compressed, for a script to use.", func(_ *App, c *conduct) {
		c.tell = append(c.tell, func(_ *attempt, t *tokens, p *person) {
			p.data["session"] = base64.RawURLEncoding.EncodeToString(compressed(`{"token":"` + t.access + `"}`))
		})
	}),
	told("token-in-url-in-base64", "RP-65", "The access token stands in the URL of the page behind the login, in base64.", func(_ *App, _ http.ResponseWriter, l *attempt, t *tokens, _ *person) {
		l.next = PathMe + "?session=" + base64.RawURLEncoding.EncodeToString([]byte(`{"token":"`+t.access+`"}`))
	}),
	flaw("secret-in-start-page", "RP-65", "The page on which a login begins holds the client secret, in the settings that its script reads.", func(a *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, _ *http.Request, to string) {
			w.Header().Del("Content-Security-Policy")
			settings := `{"client":"` + a.settings.ClientID + `","secret":"` + a.settings.ClientSecret + `"}`
			a.page(w, http.StatusOK, "Log in", `<a href="`+c.escape(to)+`">Log in</a><script type="application/json">`+settings+`</script>`)
		}
	}),
	flaw("secret-in-script", "RP-65", "A script that the pages load holds the client secret, as it was built into the front end.", func(a *App, c *conduct) {
		loading(c, func(w http.ResponseWriter) { _, _ = io.WriteString(w, "const secret = '"+a.settings.ClientSecret+"'") })
	}),
	flaw("secret-in-large-script", "RP-65", "A script of 3 MiB that the pages load holds the client secret at its end.", func(a *App, c *conduct) {
		loading(c, func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, strings.Repeat("function nothing() { return 0 }\n", 3<<20/32)+"const secret = '"+a.settings.ClientSecret+"'")
		})
	}),
	flaw("code-stays-in-url", "RP-66", "The callback answers with the page itself, so that the code stays in the browser's history.", func(a *App, c *conduct) {
		c.onward = func(w http.ResponseWriter, _ *http.Request, _ *attempt, _ *tokens, p *person) {
			a.page(w, http.StatusOK, "You are logged in", "<p>Welcome, "+c.escape(p.data["myinfo.name"])+". <a href=\""+PathMe+"\">Your data</a></p>")
		}
	}),
	flaw("secret-in-refusal", "RP-77", "A login that is refused shows the request that failed, as the HTTP client's error holds it.", func(a *App, c *conduct) {
		var sent atomic.Value
		request := c.tokenRequest
		c.tokenRequest = func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
			sent.Store(form.Encode())
			return request(ctx, to, form)
		}
		c.refuse = func(w http.ResponseWriter, _ *http.Request, err error) {
			form, _ := sent.Load().(string)
			a.page(w, http.StatusBadRequest, "You are not logged in", "<pre>"+c.escape(err.Error()+" "+form)+"</pre>")
		}
	}),
	flaw("secret-in-address-of-refusal", "RP-77", "A login that is refused leads to an address that tells the request that failed.", func(_ *App, c *conduct) {
		var sent atomic.Value
		request := c.tokenRequest
		c.tokenRequest = func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
			sent.Store(form.Encode())
			return request(ctx, to, form)
		}
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			form, _ := sent.Load().(string)
			http.Redirect(w, r, pathHome+"?error="+url.QueryEscape(err.Error()+" "+form), http.StatusSeeOther)
		}
	}),
	flaw("secrets-dumped-in-refusal", "RP-77", "A login that is refused shows what the program knows of the login, as it prints an object.", func(a *App, c *conduct) {
		var verifier, token atomic.Value
		tokenRequest, userInfoRequest := c.tokenRequest, c.userInfoRequest
		c.tokenRequest = func(ctx context.Context, to string, form url.Values) (*http.Request, error) {
			verifier.Store(form.Get("code_verifier"))
			return tokenRequest(ctx, to, form)
		}
		c.userInfoRequest = func(ctx context.Context, to, access string) (*http.Request, error) {
			token.Store(access)
			return userInfoRequest(ctx, to, access)
		}
		c.refuse = func(w http.ResponseWriter, _ *http.Request, err error) {
			a.page(w, http.StatusBadRequest, "You are not logged in", c.escape(fmt.Sprintf("%v { codeVerifier: %v, accessToken: %v }", err, verifier.Load(), token.Load())))
		}
	}),
	flaw("stack-trace-shown", "RP-67", "A login that is refused shows the program's stack.", func(a *App, c *conduct) {
		c.refuse = func(w http.ResponseWriter, _ *http.Request, err error) {
			a.page(w, http.StatusBadRequest, "Error", "<pre>"+c.escape(err.Error()+"\n"+string(debug.Stack()))+"</pre>")
		}
	}),
	flaw("page-cacheable", "RP-69", "The page with personal data does not say that it must not be kept.", func(_ *App, c *conduct) {
		c.editHeader = append(c.editHeader, func(h http.Header) { h.Del("Cache-Control") })
	}),
	flaw("page-cached-privately", "RP-69", "The page with personal data may be kept by the browser.", func(_ *App, c *conduct) {
		c.editHeader = append(c.editHeader, func(h http.Header) { h.Set("Cache-Control", "private, max-age=300") })
	}),
	logged("log-tells-tokens", "The access token of each login stands in the log.", func(_ *App, _ *attempt, t *tokens, _ *person) string { return "token " + t.access }),
	logged("log-tells-nric", "The NRIC of each person stands in the log.", func(_ *App, _ *attempt, _ *tokens, p *person) string {
		return "user " + p.data["myinfo.nric_number"]
	}),
	logged("log-tells-verifier", "The code verifier of each login stands in the log.", func(_ *App, l *attempt, _ *tokens, _ *person) string {
		return strings.Join([]string{"callback", l.state, l.verifier}, " ")
	}),
	logged("log-tells-secret", "The client secret stands in the log.", func(a *App, _ *attempt, _ *tokens, _ *person) string {
		return "client " + a.settings.ClientID + " " + a.settings.ClientSecret
	}),
	logged("log-tells-tokens-encoded", "What the provider gave for each login stands in the log as base64 of JSON.", func(_ *App, _ *attempt, t *tokens, _ *person) string {
		text, _ := json.Marshal(map[string]string{"access_token": t.access, "id_token": t.id})
		return "session " + base64.StdEncoding.EncodeToString(text)
	}),
	flaw("log-tells-refused-token", "RP-72", "An ID token whose signature is refused is logged.", func(a *App, c *conduct) {
		signed := c.signed
		c.signed = func(ctx context.Context, token string, h header, l *attempt) error {
			err := signed(ctx, token, h, l)
			if err != nil {
				a.log.Printf("%v: %s", err, token)
			}
			return err
		}
	}),
}

// logged is a flaw that writes a line to the log for every login.
func logged(name, breaks string, line func(a *App, l *attempt, t *tokens, p *person) string) Flaw {
	return flaw(name, "RP-72", breaks, func(a *App, c *conduct) {
		c.tell = append(c.tell, func(l *attempt, t *tokens, p *person) { a.log.Print(line(a, l, t, p)) })
	})
}
