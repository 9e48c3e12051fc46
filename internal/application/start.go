package application

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
)

// Onward is the request that a start page leads to: the provider's address in
// a JSON answer, or the page's one link or form that does not log out. The problem
// says why there is none; nothing is guessed.
func (s *Site) Onward(way *Way) (r exchange.Request, problem string) {
	last := way.Last()
	if last == nil || last.Status() < 200 || last.Status() >= 300 {
		return r, fmt.Sprintf("the start page %s answers %d", s.Start, way.Status())
	}
	at, err := url.Parse(way.URL)
	if err != nil {
		return r, "the start page's address cannot be read"
	}
	if to := s.inJSON(last.Body()); to != "" {
		return exchange.Request{URL: to}, ""
	}
	page, err := login.ReadPage(last.Body())
	if err != nil {
		return r, "the start page: " + err.Error()
	}
	base := page.BaseAt(at)
	if page.Refresh != "" {
		return s.link(base, page.Refresh)
	}
	var direct []string
	for _, l := range page.Links {
		if s.leadsToLogin(base, l.URL) {
			direct = append(direct, l.URL)
		}
	}
	for _, f := range page.Forms {
		if sent, problem := s.form(at, base, f); problem == "" && strings.HasPrefix(sent.URL, s.Authorize) {
			return sent, ""
		}
	}
	links := slices.DeleteFunc(ownLinks(at, base, page.Links), func(to string) bool { return samePage(to, s.Logout) })
	forms := slices.DeleteFunc(page.Forms, func(f *login.Form) bool {
		sent, problem := s.form(at, base, f)
		return problem == "" && samePage(sent.URL, s.Logout)
	})
	switch {
	case len(direct) > 0:
		return s.link(base, direct[0])
	case len(forms) == 1 && len(links) == 0:
		return s.form(at, base, forms[0])
	case len(links) == 1 && len(forms) == 0:
		return s.link(base, links[0])
	default:
		return r, fmt.Sprintf("the start page %s holds %d links and %d forms, and none of them says that it leads to the provider; "+
			"name the address that begins the login in --start, or take --login browser with --start-click", s.Start, len(links), len(forms))
	}
}

// ownLinks are the different addresses that links of the page lead to, its own
// not counted.
func ownLinks(at, base *url.URL, links []login.Link) (out []string) {
	seen := map[string]bool{}
	for _, l := range links {
		to, err := base.Parse(l.URL)
		if err != nil || to.Scheme != "http" && to.Scheme != "https" {
			continue
		}
		to.Fragment = ""
		if text := to.String(); text != withoutFragment(at) && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

func withoutFragment(u *url.URL) string {
	own := *u
	own.Fragment = ""
	return own.String()
}

func (s *Site) leadsToLogin(base *url.URL, raw string) bool {
	to, err := base.Parse(raw)
	return err == nil && strings.HasPrefix(to.String(), s.Authorize)
}

func (s *Site) link(base *url.URL, raw string) (exchange.Request, string) {
	to, err := base.Parse(raw)
	if err != nil {
		return exchange.Request{}, fmt.Sprintf("the start page leads to %q, which is no address", raw)
	}
	return exchange.Request{URL: to.String()}, ""
}

// form sends a form as it stands, with its first button. At is the page's own address.
// What is sent by GET takes the place of the action's query (HTML, "mutate action URL").
func (s *Site) form(at, base *url.URL, f *login.Form) (r exchange.Request, problem string) {
	values := url.Values{}
	for _, field := range f.Fields {
		if field.Name == "" || (field.Type == "checkbox" || field.Type == "radio") && !field.Checked {
			continue
		}
		values.Add(field.Name, field.Standing())
	}
	var pressed *login.Button
	if len(f.Buttons) > 0 {
		pressed = &f.Buttons[0]
		if pressed.Name != "" {
			values.Add(pressed.Name, pressed.Value)
		}
	}
	method, action := f.SentBy(pressed)
	if action == "" {
		base, action = at, withoutFragment(at)
	}
	r, problem = s.link(base, action)
	if problem != "" {
		return r, problem
	}
	if method == http.MethodPost {
		r.Method = http.MethodPost
		r.Header, r.Body = encoded(values, f.EncodedBy(pressed))
		return r, ""
	}
	before, _, _ := strings.Cut(r.URL, "#")
	before, _, _ = strings.Cut(before, "?")
	if r.URL = before; len(values) > 0 {
		r.URL += "?" + values.Encode()
	}
	return r, ""
}

// encoded are the values of a form as it asks for them, with their media type.
func encoded(values url.Values, encoding string) (http.Header, []byte) {
	var body bytes.Buffer
	switch encoding {
	case "multipart/form-data":
		w := multipart.NewWriter(&body)
		for _, name := range slices.Sorted(maps.Keys(values)) {
			for _, value := range values[name] {
				_ = w.WriteField(name, value) // a buffer takes everything
			}
		}
		_ = w.Close()
		encoding = w.FormDataContentType()
	case "text/plain":
		for _, name := range slices.Sorted(maps.Keys(values)) {
			for _, value := range values[name] {
				body.WriteString(name + "=" + value + "\r\n")
			}
		}
	default:
		return nil, []byte(values.Encode())
	}
	return http.Header{"Content-Type": {encoding}}, body.Bytes()
}

// LogoutForm is the form of a page that leads to the address that logs out, as it
// is sent; nil: there is none. A page at that address may have one form that leads
// anywhere.
func (s *Site) LogoutForm(way *Way) *exchange.Request {
	if way == nil || way.Last() == nil {
		return nil
	}
	at, err := url.Parse(way.URL)
	if err != nil {
		return nil
	}
	page, err := login.ReadPage(way.Body())
	if err != nil {
		return nil
	}
	for _, f := range page.Forms {
		to, problem := s.form(at, page.BaseAt(at), f)
		if problem == "" && (samePage(to.URL, s.Logout) || len(page.Forms) == 1 && samePage(way.URL, s.Logout)) && to.Method == http.MethodPost {
			return &to
		}
	}
	return nil
}

// samePage compares two addresses without their queries.
func samePage(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && sameOrigin(a, b) && x.Path == y.Path
}

// inJSON is the first string of a JSON answer that is an address of an
// authorization endpoint; empty: there is none.
func (s *Site) inJSON(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	return addressIn(v, 0)
}

func addressIn(v any, depth int) string {
	if depth > 8 {
		return ""
	}
	switch v := v.(type) {
	case string:
		if u, err := url.Parse(v); err == nil && u.Host != "" && u.Query().Has("client_id") {
			return v
		}
	case []any:
		for _, one := range v {
			if found := addressIn(one, depth+1); found != "" {
				return found
			}
		}
	case map[string]any:
		for _, one := range v {
			if found := addressIn(one, depth+1); found != "" {
				return found
			}
		}
	}
	return ""
}
