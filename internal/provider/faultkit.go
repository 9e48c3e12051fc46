package provider

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"sgidcheck/internal/matrix"
)

// What many faults are made of.

// fault begins a fault that one check, or several, must catch.
func fault(name, checks, breaks string, apply func(p *Provider, c *conduct)) Fault {
	return Fault{Expectation: matrix.Expectation{Name: name, Breaks: breaks, Checks: strings.Fields(checks)}, apply: apply}
}

// with adds the checks whose statement the same defect makes false.
func (f Fault) with(reason, checks string) Fault {
	f.Expectation = f.With(reason, checks)
	return f
}

// overTLS marks a fault of the transport.
func (f Fault) overTLS() Fault {
	f.TLS = true
	return f
}

// held is a response that is not sent yet.
type held struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *held) Header() http.Header { return a.header }

func (a *held) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *held) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// reanswer edits an endpoint's answers before they are sent.
func (c *conduct) reanswer(at endpoint, edit func(a *held, r *http.Request)) {
	c.around(at, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := &held{header: w.Header().Clone()}
			next.ServeHTTP(a, r)
			a.WriteHeader(http.StatusOK)
			edit(a, r)
			a.sendTo(w)
		})
	})
}

// sendTo sends the response.
func (a *held) sendTo(w http.ResponseWriter) {
	clear(w.Header())
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

// reanswerWhere edits the answers with one status.
func (c *conduct) reanswerWhere(at endpoint, status int, edit func(a *held, r *http.Request)) {
	c.reanswer(at, func(a *held, r *http.Request) {
		if a.status == status {
			edit(a, r)
		}
	})
}

// instead answers an endpoint's requests before the conformant code sees them;
// take reports whether it did.
func (c *conduct) instead(at endpoint, take func(w http.ResponseWriter, r *http.Request) bool) {
	c.around(at, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !take(w, r) {
				next.ServeHTTP(w, r)
			}
		})
	})
}

// replace sets a response's body.
func (a *held) replace(status int, mediaType, body string) {
	a.status = status
	a.header.Set("Content-Type", mediaType)
	a.body.Reset()
	a.body.WriteString(body)
}

// crash answers 500 without saying why.
func crash(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write([]byte("Internal Server Error\n"))
}

// hangUp closes the connection without a response.
func hangUp() { panic(http.ErrAbortHandler) }

// endProcess takes the whole provider down in the middle of a request.
func (p *Provider) endProcess() {
	if p.server != nil {
		p.die()
	}
	hangUp()
}

// fromBrowser reports whether a page would be seen by a real browser.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") != "" || strings.Contains(r.UserAgent(), "Mozilla/")
}

// swapCase turns upper into lower case and the other way round.
func swapCase(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z':
			return c - 'A' + 'a'
		}
		return c
	}, text)
}

// counted is a number as text of 32 digits.
func counted(n uint64) string { return fmt.Sprintf("%032d", n) }

// peekBody reads a request's body and puts it back.
func peekBody(r *http.Request) string {
	b, _ := io.ReadAll(io.LimitReader(r.Body, drainLimit))
	r.Body = io.NopCloser(bytes.NewReader(b))
	return string(b)
}

// peekForm reads a POSTed form and puts it back.
func peekForm(r *http.Request) (url.Values, bool) {
	if r.Method != http.MethodPost || !isForm(r) {
		return nil, false
	}
	v, err := url.ParseQuery(peekBody(r))
	return v, err == nil
}

// replaceForm puts another form in the place of a request's.
func replaceForm(r *http.Request, form url.Values) {
	r.Body = io.NopCloser(strings.NewReader(form.Encode()))
}

// queryAsForm makes a request's query the form of a POST.
func queryAsForm(r *http.Request) {
	r.Method = http.MethodPost
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	query := r.URL.RawQuery
	if form := peekBody(r); form != "" {
		query += "&" + form
	}
	r.Body = io.NopCloser(strings.NewReader(query))
	r.URL.RawQuery = ""
}
