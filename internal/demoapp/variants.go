package demoapp

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Variant is a legal difference between applications, by which checks prove that
// they blame nobody who is right.
type Variant struct {
	// Name is short and says what differs: start-json.
	Name string
	// Differs says, as one sentence, what the application does otherwise.
	Differs string
	// Warns are the SHOULD checks that may warn, each with the reason.
	Warns map[string]string
	// Skips are the checks that a browser without scripts may skip, each with the reason.
	Skips map[string]string

	apply func(a *App, c *conduct)
}

// Variants lists every variant.
func Variants() []Variant { return slices.Clone(variants) }

// vary switches the named variants on.
func (c *conduct) vary(a *App, names []string) error {
	for _, name := range names {
		i := slices.IndexFunc(variants, func(v Variant) bool { return v.Name == name })
		if i < 0 {
			return unknownName("variant", name, variants, func(v Variant) string { return v.Name })
		}
		variants[i].apply(a, c)
	}
	return nil
}

// startPage is a variant in how the browser is sent to the provider.
func startPage(name, differs string, body func(to *url.URL) string) Variant {
	return Variant{Name: name, Differs: differs, apply: func(a *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, _ *http.Request, to string) {
			u, err := url.Parse(to)
			if err != nil {
				panic(err) // it was made here
			}
			a.page(w, http.StatusOK, "Log in", body(u))
		}
		c.editHeader = append(c.editHeader, func(h http.Header) { h.Del("Content-Security-Policy") })
	}}
}

func linkTo(to *url.URL) string {
	return `<p><a href="` + html.EscapeString(to.String()) + `">Log in with Singpass</a></p>`
}

// formTo is a form with the parameters in hidden fields: one that is sent by GET
// replaces the query of its action.
func formTo(to *url.URL) string {
	var b strings.Builder
	b.WriteString(`<form method="get" action="` + html.EscapeString(to.Scheme+"://"+to.Host+to.Path) + `">`)
	q := to.Query()
	for _, name := range slices.Sorted(maps.Keys(q)) {
		fmt.Fprintf(&b, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(q.Get(name)))
	}
	return b.String() + "<button>Log in with Singpass</button></form>"
}

// uuid is a random one (RFC9562 5.4).
func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var variants = slices.Concat(variantsOfPages, variantsOfLogins)

var variantsOfPages = []Variant{
	{Name: "start-json", Differs: "The start page answers JSON that holds the URL, for a front end.", apply: func(_ *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, _ *http.Request, to string) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"url": to})
		}
	}},
	startPage("start-link", "The start page is a page with a link to the provider.", linkTo),
	startPage("start-form", "The start page is a page with a form to the provider.", formTo),
	{Name: "start-tells-next", Differs: "The start page holds what next says, as JSON for a script and as a parameter of a link of its own.", apply: func(a *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, r *http.Request, to string) {
			next := r.URL.Query().Get("next")
			state, _ := json.Marshal(map[string]string{"location": next})
			u := url.URL{Path: PathLogin, RawQuery: url.Values{"lang": {"ms"}, "next": {next}}.Encode()}
			a.page(w, http.StatusOK, "Log in", `<script>window.page = `+string(state)+`</script><a href="`+html.EscapeString(u.String())+`">Bahasa Melayu</a><a href="`+html.EscapeString(to)+`">Log in</a>`)
		}
		c.editHeader = append(c.editHeader, func(h http.Header) { h.Del("Content-Security-Policy") })
	}},
	{Name: "start-303", Differs: "The start page redirects by 303.", apply: func(_ *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, r *http.Request, to string) { http.Redirect(w, r, to, http.StatusSeeOther) }
	}},
	{Name: "protected-redirects", Differs: "Who is not logged in is sent from the protected page to the home page.", apply: func(_ *App, c *conduct) {
		c.nobody = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, pathHome, http.StatusSeeOther) }
	}},
	{Name: "protected-tells-sessions", Differs: "The protected page is refused to a browser without a session, and tells one whose session nobody has logged in to that it is not.", apply: func(a *App, c *conduct) {
		refuse := c.nobody
		c.nobody = func(w http.ResponseWriter, r *http.Request) {
			if a.sessionOf(r) == nil {
				refuse(w, r)
				return
			}
			a.page(w, http.StatusOK, "You are not logged in yet", logInLink)
		}
	}},
	{Name: "refused-redirects", Differs: "A login that is refused leads to the home page.", apply: func(a *App, c *conduct) {
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			a.log.Printf("login refused: %v", err)
			http.Redirect(w, r, pathHome, http.StatusSeeOther)
		}
	}},
	{Name: "callback-refreshes", Differs: "The callback answers a page that sends the browser on by a meta element.", apply: func(a *App, c *conduct) {
		c.onward = func(w http.ResponseWriter, _ *http.Request, _ *attempt, _ *tokens, _ *person) {
			a.page(w, http.StatusOK, "One moment", `<meta http-equiv="refresh" content="0; url=`+PathMe+`">`)
		}
	}},
	{Name: "callback-refreshes-later", Differs: "The callback answers a page that sends the browser on after three seconds, by a header.", apply: func(a *App, c *conduct) {
		c.onward = func(w http.ResponseWriter, _ *http.Request, _ *attempt, _ *tokens, _ *person) {
			w.Header().Set("Refresh", "3; url="+PathMe)
			a.page(w, http.StatusOK, "You are logged in, one moment", "")
		}
	}},
	{Name: "callback-script", Differs: "The callback answers a page whose script sends the browser on.", Skips: map[string]string{"RP-66": "what the script does is not known"}, apply: func(a *App, c *conduct) {
		c.onward = func(w http.ResponseWriter, _ *http.Request, _ *attempt, _ *tokens, _ *person) {
			w.Header().Del("Content-Security-Policy")
			a.page(w, http.StatusOK, "One moment", `<script>location.replace("`+PathMe+`")</script>`)
		}
	}},
	{Name: "logout-by-form", Differs: "The address of the logout shows a form with a token, and logs out where that is sent.", apply: func(a *App, c *conduct) {
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := a.sessionOf(r)
				switch {
				case r.URL.Path != PathLogout || s == nil:
					next.ServeHTTP(w, r)
				case r.Method != http.MethodPost:
					a.page(w, http.StatusOK, "Log out", `<form method="post"><input type="hidden" name="token" value="`+challengeOf(s.id)+`"><button>Log out</button></form>`)
				case r.Header.Get("Origin") != a.origin || r.PostFormValue("token") != challengeOf(s.id):
					a.page(w, http.StatusForbidden, "You are still logged in", "")
				default:
					a.logout(w, r)
				}
			})
		})
	}},
	{Name: "cookies-for-scripts", Differs: "Two cookies on which no login hangs, a language and a token for forms, are for scripts.", apply: func(_ *App, c *conduct) {
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, err := r.Cookie("lang"); err != nil {
					http.SetCookie(w, &http.Cookie{Name: "lang", Value: "en", Path: "/"})
					http.SetCookie(w, &http.Cookie{Name: "XSRF-TOKEN", Value: random(), Path: "/", SameSite: http.SameSiteLaxMode})
				}
				next.ServeHTTP(w, r)
			})
		})
	}},
	{Name: "pauses-after-refusals", Differs: "After ten refusals the start page asks to come back in a second, by 503 and Retry-After.", apply: func(a *App, c *conduct) {
		var refusals, until atomic.Int64
		refuse := c.refuse
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			if refusals.Add(1)%10 == 0 {
				until.Store(time.Now().Add(time.Second).UnixNano())
			}
			refuse(w, r, err)
		}
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != PathLogin || time.Now().UnixNano() > until.Load() {
					next.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Retry-After", "1")
				a.page(w, http.StatusServiceUnavailable, "Please come back", "")
			})
		})
	}},
	{Name: "host-refused", Differs: "A request with another Host is answered 400, as a proxy in front would.", apply: func(a *App, c *conduct) {
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Host != a.callback.Host {
					http.Error(w, "Bad Request", http.StatusBadRequest)
					return
				}
				next.ServeHTTP(w, r)
			})
		})
	}},
	{Name: "state-with-data", Differs: "state holds data of the application before its random part.", apply: func(_ *App, c *conduct) {
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.state = "page=me&" + l.state })
	}},
	{Name: "state-data-unprotected", Differs: "state holds data of the application before and behind its random part, which alone is compared.", apply: func(_ *App, c *conduct) {
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.state = "page=me|" + l.state + "|lang=en" })
		same := c.sameState
		randomPart := func(state string) string {
			parts := strings.Split(state, "|")
			return parts[min(1, len(parts)-1)]
		}
		c.sameState = func(sent, returned string) bool { return same(randomPart(sent), randomPart(returned)) }
	}},
	{Name: "state-uuid", Differs: "state is a UUID, and is compared as one: whatever the case of its letters.", apply: func(_ *App, c *conduct) {
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) { l.state = uuid() })
		c.sameState = strings.EqualFold
	}},
	{Name: "script-not-there", Differs: "The pages load a script that is not there.", apply: func(_ *App, c *conduct) {
		loading(c, func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) })
	}},
	{Name: "discovery", Differs: "The endpoints come from the metadata, which are verified.", apply: func(a *App, c *conduct) {
		c.findEndpoints = a.discover(a.issuerIsOurs, a.endpointsAreThere)
	}},
	{Name: "discovery-at-each-request", Differs: "The endpoints come from the metadata, which are read and verified when a login begins and again at the callback.", apply: func(a *App, c *conduct) {
		c.findEndpoints = a.discover(a.issuerIsOurs, a.endpointsAreThere)
		c.wrap = append(c.wrap, at(a.callback.Path, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if _, err := c.findEndpoints(r.Context()); err != nil {
				c.refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		}))
	}},
	{Name: "iat-of-any-age", Differs: "The age of iat is not looked at.", apply: func(_ *App, c *conduct) {
		c.claimRules["iat"] = func(held claims, _ *attempt, _ *tokens) error {
			if _, ok := held.at("iat"); !ok {
				return refusal("the ID token does not say when it was issued")
			}
			return nil
		}
	}},
	{Name: "at-hash-unchecked", Differs: "at_hash, optional in this flow, is not looked at.", apply: func(_ *App, c *conduct) { delete(c.claimRules, "at_hash") }},
	{Name: "inflates-with-a-bound", Differs: "Compressed content is inflated, up to 10 MB.", apply: func(_ *App, c *conduct) {
		right := c.headersAllowed
		c.headersAllowed = func(part jwe, algorithms []string) error {
			part.header = header{"alg": part.header["alg"], "enc": part.header["enc"]}
			return right(part, algorithms)
		}
	}},
	{Name: "key-set-pause-of-a-minute", Differs: "An unknown key makes the application look again only a minute after it looked last.", apply: func(a *App, c *conduct) {
		c.mayRefetch = func() bool {
			_, fetched := a.keys.get()
			return a.now().Sub(fetched) >= time.Minute
		}
	}},
}
