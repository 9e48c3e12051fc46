package demoapp

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Variants in when a login is begun, refused and finished.
var variantsOfLogins = []Variant{
	{Name: "logins-limited", Differs: "The start page asks every fortieth login to come back in a second, by 429 and Retry-After.", apply: func(a *App, c *conduct) {
		var begun atomic.Int64
		c.wrap = append(c.wrap, at(PathLogin, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if begun.Add(1)%40 != 0 {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Retry-After", "1")
			a.page(w, http.StatusTooManyRequests, "Too many logins", "")
		}))
	}},
	{Name: "login-begins-new-session", Differs: "A login that begins ends the session that the browser had, and logs out who was logged in.", apply: func(a *App, c *conduct) {
		toProvider := c.toProvider
		c.toProvider = func(w http.ResponseWriter, r *http.Request, to string) {
			if s := a.sessionOf(r); s != nil {
				a.setCookie(w, a.sessions.rotate(s, nil).id)
			}
			toProvider(w, r, to)
		}
	}},
	{Name: "start-for-the-logged-in", Differs: "Who is logged in and opens the start page is sent to the page that shows them.", apply: func(a *App, c *conduct) {
		c.wrap = append(c.wrap, at(PathLogin, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if a.sessions.personOf(a.sessionOf(r)) != nil {
				http.Redirect(w, r, PathMe, http.StatusSeeOther)
				return
			}
			next.ServeHTTP(w, r)
		}))
	}},
	{Name: "unknown-session-refused", Differs: "A session that there is not is answered 400, and its cookie taken away.", apply: func(a *App, c *conduct) {
		c.wrap = append(c.wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, err := r.Cookie(cookieName); err != nil || a.sessionOf(r) != nil {
					next.ServeHTTP(w, r)
					return
				}
				http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
				a.page(w, http.StatusBadRequest, "Please begin again", logInLink)
			})
		})
	}},
	{Name: "unknown-parameters-refused", Differs: "The start page takes next alone, and answers 400 to other parameters.", apply: func(a *App, c *conduct) {
		c.wrap = append(c.wrap, at(PathLogin, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			for name := range r.URL.Query() {
				if name != "next" {
					a.page(w, http.StatusBadRequest, "Unknown parameter", "")
					return
				}
			}
			next.ServeHTTP(w, r)
		}))
	}},
	{Name: "userinfo-when-shown", Differs: "The person's data are asked for when the page that shows them is opened.", apply: func(a *App, c *conduct) {
		var mu sync.Mutex
		asks := map[*person]func(ctx context.Context) (map[string]string, error){}
		c.readUserInfo = func(context.Context, string, string, *attempt) (map[string]string, error) { return nil, nil }
		c.tell = append(c.tell, func(l *attempt, t *tokens, p *person) {
			mu.Lock()
			defer mu.Unlock()
			asks[p] = func(ctx context.Context) (map[string]string, error) { return a.userInfo(ctx, t.access, p.sub, l) }
		})
		who := c.whoIs
		c.whoIs = func(r *http.Request) *person {
			p := who(r)
			mu.Lock()
			ask := asks[p]
			mu.Unlock()
			if p == nil || ask == nil {
				return p
			}
			data, err := ask(r.Context())
			if err != nil {
				a.log.Printf("the data are not shown: %v", err)
				return nil
			}
			return &person{sub: p.sub, data: data}
		}
	}},
	{Name: "userinfo-kept-by-sub", Differs: "The person's data are asked for once, and kept by sub.", apply: func(_ *App, c *conduct) {
		var mu sync.Mutex
		kept := map[string]map[string]string{}
		read := c.readUserInfo
		c.readUserInfo = func(ctx context.Context, token, sub string, l *attempt) (map[string]string, error) {
			mu.Lock()
			data, there := kept[sub]
			mu.Unlock()
			if there {
				return data, nil
			}
			data, err := read(ctx, token, sub, l)
			if err == nil {
				mu.Lock()
				kept[sub] = data
				mu.Unlock()
			}
			return data, err
		}
	}},
	{Name: "userinfo-redirects-followed", Differs: "A redirect of userinfo is followed, to another host without the access token, as HTTP libraries do.", apply: func(_ *App, c *conduct) {
		c.mayRedirect = func(_ *http.Request, via []*http.Request) error {
			if via[0].Method != http.MethodGet || len(via) > 3 {
				return http.ErrUseLastResponse
			}
			return nil
		}
	}},
	{Name: "birthday-parsed", Differs: "A date of birth that is no date, and not NA, is refused.", apply: func(_ *App, c *conduct) {
		c.editData = append(c.editData, func(data map[string]string) error {
			born := data["myinfo.date_of_birth"]
			if _, err := time.Parse(time.DateOnly, born); err != nil && born != "" && born != "NA" {
				return refusal("the date of birth is no date")
			}
			return nil
		})
	}},
}

// at is a wrapping of the application that stands before one path.
func at(path string, serve func(next http.Handler, w http.ResponseWriter, r *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path {
				next.ServeHTTP(w, r)
				return
			}
			serve(next, w, r)
		})
	}
}
