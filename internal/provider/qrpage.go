package provider

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"rsc.io/qr"
)

// The login page as a QR code, as sgID's own is: a script draws it, waits for
// the phone and takes the browser to the redirect URI. There is no form.

// The forms of the login page, Options.LoginPage.
const (
	LoginPageForm = "form" // people to choose from, and a button
	LoginPageQR   = "qr"   // a QR code that a script draws
	LoginPageApp  = "app"  // one document for logins and errors: its script asks which it is
)

// LoginPages lists the forms of the login page.
func LoginPages() []string { return []string{LoginPageForm, LoginPageQR, LoginPageApp} }

// waitAtMost is how long one request of the page waits for the phone.
const waitAtMost = 25 * time.Second

// scripted is the CSP of a page whose script talks to the provider.
const scripted = "form-action 'none'; script-src 'self'; connect-src 'self'"

// byPhone reports whether logins are decided on a phone.
func (p *Provider) byPhone() bool { return p.options.LoginPage != LoginPageForm }

// checkLoginPage completes and checks what the options say of the login page.
// A page with a QR code refuses as the API documentation says, by an error page
// with status 200, unless a variant says otherwise.
func (o *Options) checkLoginPage() error {
	if o.LoginPage == "" {
		o.LoginPage = LoginPageForm
	}
	if !slices.Contains(LoginPages(), o.LoginPage) {
		return fmt.Errorf("login page %q: it is %s", o.LoginPage, strings.Join(LoginPages(), ", "))
	}
	if o.LoginPage == LoginPageForm && (o.Phone != 0 || o.Shown != nil) {
		return fmt.Errorf("a phone needs a QR code to scan: take the login page %s", LoginPageQR)
	}
	if o.Phone < 0 {
		return fmt.Errorf("phone %s: a code cannot be scanned before it is shown", o.Phone)
	}
	refuses := func(name string) bool { return strings.HasPrefix(name, "error-") }
	if o.LoginPage == LoginPageQR && !slices.ContainsFunc(o.Variants, refuses) {
		o.Variants = append(slices.Clone(o.Variants), "error-page-200")
	}
	return nil
}

// qrPage renders the page with the QR code, without a transaction where the
// script is to ask for one.
func (p *Provider) qrPage(page *loginPage) string {
	data := map[string]any{"Script": pathScript, "Start": pathStart, "Code": pathCode, "Wait": pathWait}
	if page == nil {
		return p.render("qr.html", data)
	}
	data["Transaction"] = page.transaction
	data["Client"] = template.HTML(page.escape(page.request.client.ID))
	data["Scopes"] = dataOf(page.request.scopes)
	text := p.render("qr.html", data)
	for _, edit := range page.extra {
		text = edit(text)
	}
	return text
}

// render fills in a page's template.
func (p *Provider) render(name string, data map[string]any) string {
	data["Style"], data["Icon"] = pathStyle, pathIcon
	var b strings.Builder
	if err := pageTemplates.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the templates are tested
	}
	return b.String()
}

// start is where the app's script begins a login: the query is that of the
// authorization request.
func (p *Provider) start(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodPost) {
		p.json(w, http.StatusMethodNotAllowed, map[string]any{})
		return
	}
	// The authorization request was a GET; what the script posts has no body.
	asked := r.Clone(r.Context())
	asked.Method, asked.Body = http.MethodGet, http.NoBody
	request, refused := p.ask(asked)
	if refused != nil {
		p.json(w, http.StatusOK, map[string]any{"error": refused.code, "message": refused.message})
		return
	}
	id, cookie := p.openLogin(request)
	http.SetCookie(w, cookie)
	p.json(w, http.StatusOK, map[string]any{"transaction": id})
}

// pageLogin is the login of the page that a script asks for, in the browser
// that was shown it; the script is answered where there is none.
func (p *Provider) pageLogin(w http.ResponseWriter, r *http.Request) *login {
	if !allow(w, r, http.MethodPost) {
		p.json(w, http.StatusMethodNotAllowed, map[string]any{})
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	id := r.PostFormValue("transaction")
	if l, there := p.logins.get(id); there && len(id) >= 8 && p.conduct.loginBound(r, l) {
		return l
	}
	p.json(w, http.StatusOK, map[string]any{"message": "This page stood open too long, or was opened in another browser. Load it again."})
	return nil
}

// qrCode gives the page the QR code to draw, a row of 0 and 1 for each line.
func (p *Provider) qrCode(w http.ResponseWriter, r *http.Request) {
	l := p.pageLogin(w, r)
	if l == nil {
		return
	}
	symbol, err := qr.Encode(p.scanAddress(l), qr.M)
	if err != nil {
		crash(w) // an address is never too long
		return
	}
	rows := make([]string, symbol.Size)
	for y := range rows {
		row := make([]byte, symbol.Size)
		for x := range row {
			row[x] = '0'
			if symbol.Black(x, y) {
				row[x] = '1'
			}
		}
		rows[y] = string(row)
	}
	p.json(w, http.StatusOK, map[string]any{"rows": rows})
	p.shown(l)
}

// wait answers the page when the phone has decided, or after a while, when the
// page asks again.
func (p *Provider) wait(w http.ResponseWriter, r *http.Request) {
	l := p.pageLogin(w, r)
	if l == nil {
		return
	}
	timer := time.NewTimer(waitAtMost)
	defer timer.Stop()
	select {
	case <-l.phone.decided:
		p.json(w, http.StatusOK, map[string]any{"location": l.phone.to})
	case <-timer.C:
		p.json(w, http.StatusOK, map[string]any{})
	case <-r.Context().Done():
	case <-p.stopped:
	}
}

// json sends what the page's script reads.
func (p *Provider) json(w http.ResponseWriter, status int, v map[string]any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(mustJSON(v))
}
