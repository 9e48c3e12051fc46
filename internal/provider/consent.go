package provider

import (
	"net/http"
	"sync"
)

// A second page that asks the person who has logged in for consent: a variant, and
// faults of what comes after the login page.

// consentPage is that page before it is sent.
type consentPage struct {
	login       *login
	transaction string
	person      *Persona
	header      http.Header
	html        string
}

// asksConsent has the provider show a second page, as each of edits leaves it.
func (p *Provider) asksConsent(c *conduct, edits ...func(page *consentPage)) {
	p.asksConsentWhere(c, func(*login, *Persona) bool { return true }, edits...)
}

// asksConsentOnce has it remember the consent that a person has been asked for.
func (p *Provider) asksConsentOnce(c *conduct) {
	var asked sync.Map
	p.asksConsentWhere(c, func(l *login, person *Persona) bool {
		_, before := asked.LoadOrStore(l.request.client.ID+" "+person.ID, true)
		return !before
	})
}

func (p *Provider) asksConsentWhere(c *conduct, due func(*login, *Persona) bool, edits ...func(page *consentPage)) {
	c.instead(atLogin, func(w http.ResponseWriter, r *http.Request) bool {
		form, _ := peekForm(r)
		person := personaByID(form.Get("persona"))
		l, there := p.logins.get(form.Get("transaction"))
		if form.Get("decision") != "login" || form.Has("consent") || person == nil || !there || !c.loginBound(r, l) || !due(l, person) {
			return false
		}
		page := &consentPage{login: l, transaction: form.Get("transaction"), person: person, header: w.Header()}
		page.html = p.render("consent.html", map[string]any{
			"Client": l.request.client.ID, "Name": person.Name, "Persona": person.ID, "Transaction": page.transaction,
			"Scopes": dataOf(l.request.scopes), "Action": pathLogin,
		})
		for _, edit := range edits {
			edit(page)
		}
		p.sendPage(w, http.StatusOK, "form-action 'self' "+originOf(l.request.redirectURI), page.html)
		return true
	})
}

// consent is a fault of the second page.
func consent(name, checks, breaks string, edit func(page *consentPage)) Fault {
	return fault(name, checks, breaks, func(p *Provider, c *conduct) { p.asksConsent(c, edit) })
}
