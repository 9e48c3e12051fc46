package provider

import (
	"net/http"
	"net/url"
	"sync"
)

// Faults that show where several logins are open at the same time, or after the
// login page.

// lastOf holds, by client, something of the last login.
type lastOf[T any] struct {
	mu   sync.Mutex
	last map[string]T
}

func (l *lastOf[T]) put(client string, value T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last = map[string]T{}
	}
	l.last[client] = value
}

func (l *lastOf[T]) get(client string) (value T, there bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	value, there = l.last[client]
	return value, there
}

var faultsTogether = []Fault{
	fault("state-of-last-request", "AUTHZ-33", "The redirect carries the state of the client's most recent request.", func(_ *Provider, c *conduct) {
		var last lastOf[string]
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, _ *http.Request) {
			last.put(page.request.client.ID, page.request.state)
		})
		c.editRedirect = append(c.editRedirect, granted(func(to *redirect) {
			if state, there := last.get(to.request.client.ID); there && state != "" && to.params.Has("state") {
				to.params.Set("state", state)
			}
		}))
	}),
	fault("person-of-last-choice", "UINFO-15", "The code belongs to the person whom the client's most recent login has chosen.", func(p *Provider, c *conduct) {
		var last lastOf[string]
		p.asksConsent(c, func(page *consentPage) { last.put(page.login.request.client.ID, page.person.ID) })
		c.instead(atLogin, func(_ http.ResponseWriter, r *http.Request) bool {
			form, _ := peekForm(r)
			l, there := p.logins.get(form.Get("transaction"))
			if !there || !form.Has("consent") {
				return false
			}
			if person, chosen := last.get(l.request.client.ID); chosen {
				form.Set("persona", person)
				replaceForm(r, form)
			}
			return false
		})
	}),
	fault("person-of-login-meanwhile", "UINFO-15", "The code belongs to the person who has logged in while the login page was open; consent is asked for once.", func(p *Provider, c *conduct) {
		p.asksConsentOnce(c)
		var mu sync.Mutex
		var done []string          // persons, as they came to their code
		opened := map[string]int{} // by transaction: how many had
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			opened[page.transaction] = len(done)
		})
		c.instead(atLogin, func(_ http.ResponseWriter, r *http.Request) bool {
			form, _ := peekForm(r)
			if form.Get("decision") != "login" {
				return false
			}
			mu.Lock()
			defer mu.Unlock()
			if there := opened[form.Get("transaction")]; len(done) > there && !form.Has("consent") {
				form.Set("persona", done[len(done)-1])
				replaceForm(r, form)
			}
			done = append(done, form.Get("persona"))
			return false
		})
	}).with("one of two tabs ends while the other is open", "BROW-07"),

	consent("consent-page-framable", "AUTHZ-24", "Nothing prevents other sites from framing the page that asks for consent.", func(page *consentPage) {
		page.header["X-Frame-Options"] = nil
		page.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'")
	}),
	consent("consent-page-cacheable", "AUTHZ-25", "The page that asks for consent may be cached.", func(page *consentPage) {
		page.header.Set("Cache-Control", "public, max-age=60")
	}),
	fault("consent-page-repeats-hint", "AUTHZ-23", "The page that asks for consent has the login_hint of the request unescaped.", func(p *Provider, c *conduct) {
		var hints lastOf[string]
		c.editPage = append(c.editPage, func(page *loginPage, _ http.ResponseWriter, r *http.Request) {
			if v, err := url.ParseQuery(r.URL.RawQuery); err == nil && v.Has("login_hint") {
				hints.put(page.transaction, v.Get("login_hint"))
			}
		})
		p.asksConsent(c, func(page *consentPage) {
			if hint, there := hints.get(page.transaction); there {
				page.html = beforeEnd("<p>You said: " + hint + "</p>")(page.html)
			}
		})
	}),
}
