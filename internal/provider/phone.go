package provider

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"sgidcheck/internal/sgid"
)

// handoff is a login whose page shows a QR code: the phone decides, and the
// browser that shows the page waits for it.
type handoff struct {
	code    string // what the QR code says beside the address; one phone may use it
	scanned sync.Once
	decided chan struct{}
	to      string // the redirect; set before decided is closed
}

func newHandoff() *handoff {
	return &handoff{code: randomText(24), decided: make(chan struct{})}
}

// scanAddress is what the QR code of a login says.
func (p *Provider) scanAddress(l *login) string {
	return strings.TrimSuffix(p.issuer, sgid.IssuerPath) + pathScan + "?code=" + l.phone.code
}

// decideByPhone ends the login: person logs in, or, where nil, nobody does. It
// reports whether the login was still open.
func (p *Provider) decideByPhone(l *login, person *Persona) (open bool) {
	l.phone.scanned.Do(func() {
		open = true
		p.phones.drop(l.phone.code)
		params := url.Values{"error": {"access_denied"}, "error_description": {"The login was declined on the phone."}}
		if person != nil {
			params = url.Values{"code": {p.issueCode(l.request, person)}}
		}
		l.phone.to = p.back(l.request, params).location()
		close(l.phone.decided)
	})
	return open
}

// Scan plays a phone: it reads what a QR code says and agrees to the login as
// the person of that number in Personas; with a negative number it declines.
// The error says that the code is not one of an open login here.
func (p *Provider) Scan(text string, persona int) error {
	u, err := url.Parse(text)
	if err != nil || u.Path != pathScan {
		return errors.New("the QR code is not one of this provider's")
	}
	people := Personas()
	if persona >= len(people) {
		return fmt.Errorf("persona %d: the last is %d", persona, len(people)-1)
	}
	l, there := p.phones.get(u.Query().Get("code"))
	var person *Persona
	if persona >= 0 {
		person = &people[persona]
	}
	if !there || !p.decideByPhone(l, person) {
		return errors.New("the QR code has run out, or was scanned already")
	}
	return nil
}

// scan is what a phone opens: the request to agree to, and the response to it.
func (p *Provider) scan(w http.ResponseWriter, r *http.Request) {
	const over = "This QR code has run out, or was scanned already. Load the login page again."
	if !allow(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		p.errorPage(w, http.StatusMethodNotAllowed, "This login cannot continue", over)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	l, there := p.phones.get(r.FormValue("code"))
	if !there {
		p.errorPage(w, http.StatusBadRequest, "This login cannot continue", over)
		return
	}
	if r.Method != http.MethodPost {
		p.sendPage(w, http.StatusOK, "form-action 'self'", p.render("phone.html", map[string]any{
			"Client": template.HTML(p.conduct.escape(l.request.client.ID)), "Scopes": dataOf(l.request.scopes),
			"Personas": Personas(), "Action": pathScan, "Code": l.phone.code,
		}))
		return
	}
	var person *Persona
	if r.PostFormValue("decision") == "login" {
		if person = personaByID(r.PostFormValue("persona")); person == nil {
			p.errorPage(w, http.StatusBadRequest, "This login cannot continue", "Choose a person to log in as.")
			return
		}
	}
	if !p.decideByPhone(l, person) {
		p.errorPage(w, http.StatusBadRequest, "This login cannot continue", over)
		return
	}
	p.errorPage(w, http.StatusOK, "Done", "The login goes on where the QR code was shown.")
}

// shown tells whoever plays the phone of a QR code that a page shows.
func (p *Provider) shown(l *login) {
	text := p.scanAddress(l)
	if p.options.Shown != nil {
		p.options.Shown(text)
	}
	if p.options.Phone > 0 {
		time.AfterFunc(p.options.Phone, func() { _ = p.Scan(text, 0) })
	}
}
