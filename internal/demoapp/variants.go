package demoapp

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"slices"
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
func startPage(name, differs, page string) Variant {
	return Variant{Name: name, Differs: differs, apply: func(a *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, _ *http.Request, to string) {
			a.page(w, http.StatusOK, "Log in", fmt.Sprintf(page, html.EscapeString(to)))
		}
		c.editHeader = append(c.editHeader, func(h http.Header) { h.Del("Content-Security-Policy") })
	}}
}

var variants = []Variant{
	{Name: "start-json", Differs: "The start page answers JSON that holds the URL, for a front end.", apply: func(_ *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, _ *http.Request, to string) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"url": to})
		}
	}},
	startPage("start-link", "The start page is a page with a link to the provider.", `<p><a href="%s">Log in with Singpass</a></p>`),
	startPage("start-form", "The start page is a page with a button that goes to the provider.", `<form method="post" action="%s"><button>Log in with Singpass</button></form>`),
	{Name: "start-303", Differs: "The start page redirects by 303.", apply: func(_ *App, c *conduct) {
		c.toProvider = func(w http.ResponseWriter, r *http.Request, to string) { http.Redirect(w, r, to, http.StatusSeeOther) }
	}},
	{Name: "protected-redirects", Differs: "Who is not logged in is sent from the protected page to the home page.", apply: func(_ *App, c *conduct) {
		c.nobody = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, pathHome, http.StatusSeeOther) }
	}},
	{Name: "refused-redirects", Differs: "A login that is refused leads to the home page.", apply: func(a *App, c *conduct) {
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			a.log.Printf("login refused: %v", err)
			http.Redirect(w, r, pathHome, http.StatusSeeOther)
		}
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
	{Name: "discovery", Differs: "The endpoints come from the metadata, which are verified.", apply: func(a *App, c *conduct) {
		c.findEndpoints = a.discover(a.issuerIsOurs, a.endpointsAreThere)
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
