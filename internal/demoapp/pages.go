package demoapp

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const cookieName = "session"

func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathHome+"{$}", a.home)
	mux.HandleFunc("GET "+PathLogin, a.login)
	mux.HandleFunc("GET "+a.callback.Path, a.receive)
	mux.HandleFunc("GET "+PathMe, a.me)
	mux.HandleFunc("GET "+PathLogout, a.logout)
	var h http.Handler = mux
	for _, wrap := range a.conduct.wrap {
		h = wrap(h)
	}
	return a.secured(h)
}

// secured sets what every response says.
func (a *App) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		for _, edit := range a.conduct.editHeader {
			edit(h)
		}
		next.ServeHTTP(w, r)
	})
}

// sessionOf is the session of the browser that asks, nil if it has none.
func (a *App) sessionOf(r *http.Request) *session {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	return a.sessions.find(c.Value)
}

func (a *App) setCookie(w http.ResponseWriter, value string) {
	c := &http.Cookie{
		Name: cookieName, Value: value, Path: "/",
		HttpOnly: true, Secure: a.callback.Scheme == "https", SameSite: http.SameSiteLaxMode,
	}
	for _, edit := range a.conduct.editCookie {
		edit(c)
	}
	http.SetCookie(w, c)
}

func (a *App) page(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>%s</title></head>\n<body>\n<h1>%s</h1>\n%s\n</body>\n</html>\n", title, title, body)
}

const logInLink = `<p><a href="` + PathLogin + `">Log in with Singpass</a></p>`

func (a *App) home(w http.ResponseWriter, _ *http.Request) {
	a.page(w, http.StatusOK, "Example agency", logInLink)
}

// refuse is the page of a login that does not succeed. The log says why; the
// page says nothing of what came from outside.
func (a *App) refuse(w http.ResponseWriter, _ *http.Request, err error) {
	a.log.Printf("login refused: %v", err)
	a.page(w, http.StatusBadRequest, "You are not logged in", "<p>The login did not succeed.</p>\n"+logInLink)
}

func (a *App) nobody(w http.ResponseWriter, _ *http.Request) {
	a.page(w, http.StatusUnauthorized, "Please log in", logInLink)
}

// me is the page for who is logged in.
func (a *App) me(w http.ResponseWriter, r *http.Request) {
	p := a.conduct.whoIs(r)
	if p == nil {
		a.conduct.nobody(w, r)
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<dl>\n<dt>Identifier</dt><dd>%s</dd>\n", a.conduct.escape(p.sub))
	for _, name := range slices.Sorted(maps.Keys(p.data)) {
		fmt.Fprintf(&b, "<dt>%s</dt><dd>%s</dd>\n", a.conduct.escape(name), a.conduct.escape(p.data[name]))
	}
	b.WriteString("</dl>\n<p><a href=\"" + PathLogout + "\">Log out</a></p>")
	a.page(w, http.StatusOK, "You are logged in", b.String())
}

func (a *App) logout(w http.ResponseWriter, r *http.Request) {
	if s := a.sessionOf(r); s != nil {
		a.conduct.logOut(w, s)
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: a.callback.Scheme == "https", SameSite: http.SameSiteLaxMode})
	a.page(w, http.StatusOK, "You are logged out", logInLink)
}

// endSession makes the cookie worthless, wherever it was kept.
func (a *App) endSession(_ http.ResponseWriter, s *session) { a.sessions.remove(s.id) }
