package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/cookie"

	"sgidcheck/internal/client"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/sgid"
)

// Bounds of one login.
const (
	maxHops  = 12 // requests
	maxPages = 4  // pages submitted
)

// Direct is the login driver that follows redirects and submits the forms of
// login pages itself. Cookies live as long as one Authorize call. Nothing is
// ever sent to another origin than the authorization endpoint's. Safe for
// concurrent use.
type Direct struct {
	client   *client.Client
	personas [2]string
}

// NewDirect makes a driver that logs in persona, and secondPersona where a
// second person is asked for. Empty names take the first, and the first other
// person that the page offers.
func NewDirect(c *client.Client, persona, secondPersona string) *Direct {
	return &Direct{client: c, personas: [2]string{persona, secondPersona}}
}

// Over is the driver with its requests sent over t: see client.Client.Over.
func (d *Direct) Over(t *http.Transport) *Direct {
	return &Direct{client: d.client.Over(t), personas: d.personas}
}

// Name is "direct".
func (d *Direct) Name() string { return "direct" }

// Close does nothing: the client is the caller's.
func (d *Direct) Close() error { return nil }

// Authorize sends the request and follows it to its end.
func (d *Direct) Authorize(ctx context.Context, a Authorization) (*Response, error) {
	w := &walk{driver: d, jar: &cookie.Jar{}, auth: a, response: &Response{}}
	w.run(ctx, a.Request())
	return w.response, nil
}

// Request is the HTTP request that starts the authorization.
func (a Authorization) Request() exchange.Request {
	r := exchange.Request{Method: a.Method, URL: a.Endpoint, Header: a.Header.Clone()}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	}
	if a.Method == http.MethodPost {
		r.Body = []byte(a.Params.Encode())
		if r.Header.Get("Content-Type") == "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return r
	}
	// Space as %20: some servers take the + of a query for a plus.
	r.URL = sgid.WithQuery(r.URL, strings.ReplaceAll(a.Params.Encode(), "+", "%20"))
	return r
}

// walk is one authorization request on its way.
type walk struct {
	driver   *Direct
	jar      *cookie.Jar
	auth     Authorization
	response *Response
	pages    int
}

// run sends next and what follows from it until the request has landed.
func (w *walk) run(ctx context.Context, next exchange.Request) {
	home := origin(next.URL)
	for range maxHops {
		e := w.send(ctx, next)
		w.response.Final, w.response.Status = e, e.Status()
		if e.NoResponse() {
			w.response.Kind = ResponseNone
			return
		}
		location, method, body, ok := w.step(e, next)
		if !ok {
			return
		}
		if location = resolve(next.URL, location); location == "" {
			w.response.Kind = ResponseOther
			w.response.FormError = "the response redirects to something that is not a URL"
			return
		}
		w.response.setLocation(location)
		w.driver.client.Secrets().ObserveURL(location)
		if IsCallback(location, w.auth.RedirectURIs) {
			w.response.Kind = ResponseCallback
			return
		}
		if origin(location) != home {
			w.response.Kind, w.response.Differs = ResponseElsewhere, Differs(location, w.auth.RedirectURIs)
			return
		}
		from := next
		next = exchange.Request{Method: method, URL: strings.SplitN(location, "#", 2)[0], Body: body, Header: http.Header{}}
		next.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		if len(body) > 0 {
			next.Header.Set("Content-Type", w.bodyType(from, method, e))
		}
		if method == http.MethodPost {
			next.Header.Set("Origin", home)
		}
	}
	w.response.Kind = ResponseOther
	w.response.FormError = "the redirects form a loop or never end"
}

// bodyType is the media type of a body that is sent on: a form's, or that of the
// request that a 307 or 308 repeats.
func (w *walk) bodyType(from exchange.Request, method string, e *exchange.Exchange) string {
	if s := e.Response.Status; (s == 307 || s == 308) && method == from.Method {
		return from.Header.Get("Content-Type")
	}
	return "application/x-www-form-urlencoded"
}

// step says where a response leads. ok is false when the request has landed.
func (w *walk) step(e *exchange.Exchange, from exchange.Request) (location, method string, body []byte, ok bool) {
	status := e.Response.Status
	switch {
	case status >= 300 && status < 400:
		location := e.Response.Header.Get("Location")
		if location == "" {
			w.response.Kind = ResponseOther
			return "", "", nil, false
		}
		if status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect {
			return location, from.Method, from.Body, true
		}
		return location, http.MethodGet, nil, true
	case status >= 400 && status < 500:
		w.response.Kind = ResponseRefusal
		return "", "", nil, false
	case status >= 500:
		w.response.Kind = ResponseServerError
		return "", "", nil, false
	case !IsPage(e):
		w.response.Kind = ResponseOther
		return "", "", nil, false
	}
	w.response.Kind, w.response.Page = ResponsePage, e
	if w.auth.PageOnly {
		return "", "", nil, false
	}
	return w.page(e)
}

// page submits the login page's form, or says why it cannot be.
func (w *walk) page(e *exchange.Exchange) (location, method string, body []byte, ok bool) {
	stop := func(err error) (string, string, []byte, bool) {
		w.response.FormError, w.response.Unable = err.Error(), Unable(err)
		return "", "", nil, false
	}
	if w.pages++; w.pages > maxPages {
		return stop(errors.New("every submitted page leads to another page"))
	}
	if w.auth.AtPage != nil {
		w.auth.AtPage(w.pages)
	}
	page, err := ReadPage(e.Response.Body)
	if err != nil {
		return stop(err)
	}
	action, err := page.Act(w.driver.choice(w.auth.Person), w.auth.Cancel)
	if err == errNoCancel {
		w.response.NoCancel = true
	}
	if err != nil {
		return stop(err)
	}
	if action.Persona != "" && !action.Made {
		w.response.Persona = action.Persona
	}
	location = action.URL
	if at, err := url.Parse(e.Request.URL); err == nil && page.Base != "" && !action.Here {
		location = resolve(page.BaseAt(at).String(), location)
	}
	return location, action.Method, action.Body, true
}

// choice is whom to pick on a page.
func (d *Direct) choice(person int) Choice {
	if person <= 0 {
		return Choice{Name: d.personas[0]}
	}
	return Choice{Name: d.personas[1], Number: person, Not: d.personas[0]}
}

// send sends one request with the cookies of this login.
func (w *walk) send(ctx context.Context, r exchange.Request) *exchange.Exchange {
	u, err := url.Parse(r.URL)
	if err == nil {
		if cookies := w.jar.Header(u); cookies != "" {
			if own := r.Header.Get("Cookie"); own != "" {
				cookies = own + "; " + cookies
			}
			r.Header.Set("Cookie", cookies)
		}
	}
	e := w.driver.client.Do(ctx, r)
	w.response.Exchanges = append(w.response.Exchanges, e)
	if err == nil && e.Response != nil {
		w.jar.Take(u, e.Response.Header.Values("Set-Cookie"))
	}
	return e
}

// IsPage says whether a response is an HTML page, by its media type or, where it
// names none, by its first character.
func IsPage(e *exchange.Exchange) bool {
	media := strings.ToLower(e.Response.Header.Get("Content-Type"))
	if media == "" {
		return strings.HasPrefix(strings.TrimSpace(string(e.Response.Body)), "<")
	}
	return strings.Contains(media, "html")
}

// origin is scheme, host and port of a URL, the port always named.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// resolve makes a reference absolute as RFC 3986 section 5 says, and returns an
// absolute one unchanged, byte for byte; empty when it cannot be read.
func resolve(base, reference string) string {
	r, err := url.Parse(reference)
	if err != nil {
		// An absolute URL that does not parse is still a place to go: it is compared,
		// and never followed, because it has no origin.
		if strings.Contains(reference, "://") && !strings.ContainsAny(reference, "\r\n") {
			return reference
		}
		return ""
	}
	if r.IsAbs() {
		return reference
	}
	b, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return b.ResolveReference(r).String()
}
