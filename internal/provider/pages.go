package provider

import (
	"embed"
	"html"
	"html/template"
	"net/http"
	"strings"

	"sgidcheck/internal/sgid"
)

//go:embed page
var pageFiles embed.FS

// The pages are server-rendered and hold no script, but for that of the QR code.
var pageTemplates = template.Must(template.ParseFS(pageFiles, "page/*.html"))

// loginPage is the login page before it is rendered.
type loginPage struct {
	request     *authorization
	transaction string
	personas    []Persona
	cookie      *http.Cookie
	formAction  string // for the CSP
	escape      func(string) string
	// extra, set by faults, edits the finished HTML.
	extra []func(html string) string
}

// html renders the page.
func (page *loginPage) html() string {
	var b strings.Builder
	err := pageTemplates.ExecuteTemplate(&b, "login.html", map[string]any{
		"Client":      template.HTML(page.escape(page.request.client.ID)),
		"Transaction": page.transaction,
		"Scopes":      dataOf(page.request.scopes),
		"Personas":    page.personas,
		"Action":      pathLogin, "Style": pathStyle, "Icon": pathIcon,
	})
	if err != nil {
		panic(err) // the template is tested with every persona
	}
	text := b.String()
	for _, edit := range page.extra {
		text = edit(text)
	}
	return text
}

// dataOf leaves openid out, which stands for no data.
func dataOf(scopes []string) (data []string) {
	for _, s := range scopes {
		if s != sgid.ScopeOpenID {
			data = append(data, s)
		}
	}
	return data
}

func escapeHTML(text string) string { return html.EscapeString(text) }

// sendPage sends an HTML page with everything that keeps it from being framed,
// cached, scripted, or its address passed on (RFC9700 4.2, 4.16). policy is what
// its CSP says beside that.
func (p *Provider) sendPage(w http.ResponseWriter, status int, policy, text string) {
	h := w.Header()
	set := func(name, value string) {
		if _, decided := h[name]; !decided {
			h.Set(name, value)
		}
	}
	set("Content-Type", "text/html; charset=utf-8")
	set("Cache-Control", "no-store")
	set("Referrer-Policy", "no-referrer")
	set("X-Frame-Options", "DENY")
	set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "+policy)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

// errorPage tells a person that a login cannot start or continue, and what to do.
func (p *Provider) errorPage(w http.ResponseWriter, status int, title, message string) {
	var b strings.Builder
	err := pageTemplates.ExecuteTemplate(&b, "error.html", map[string]any{
		"Title": title, "Message": message, "Style": pathStyle, "Icon": pathIcon,
	})
	if err != nil {
		panic(err) // the template holds nothing that can fail
	}
	p.sendPage(w, status, "form-action 'none'", b.String())
}

// asset serves a file of the pages.
func asset(name, mediaType string) http.Handler {
	body, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // embedded
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(body)
	})
}
