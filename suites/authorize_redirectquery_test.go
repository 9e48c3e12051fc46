package suites

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// A registered redirect URI may have a query, which comes back as it was
// registered (RFC 6749 section 3.1.2), be it in another spelling; one that says
// something else, is dropped or cut is another place.
func TestTheQueryOfARedirectURIComesBackAsItIs(t *testing.T) {
	const query = "next=%2Fa%2520b&name=%C3%89+%26amp%3B"
	w := newWorld(t)
	clients := w.provider.Clients()
	clients[0].RedirectURIs = []string{clients[0].RedirectURIs[0] + "?" + query}
	w.provider.Close()
	p, err := provider.Start(context.WithoutCancel(t.Context()), provider.Options{Credentials: w.credentials, Clients: clients})
	if err != nil {
		t.Fatal(err)
	}
	w.provider = p
	for name, change := range map[string]func(query string) string{
		"as it is":        func(q string) string { return q },
		"decoded":         func(q string) string { plain, _ := url.QueryUnescape(q); return url.PathEscape(plain) },
		"decoded, by one": func(q string) string { return strings.Replace(q, "%2520", "%20", 1) },
		"plus as space":   func(q string) string { return strings.Replace(q, "+", "%20", 1) },
		"HTML unescaped":  func(q string) string { return strings.Replace(q, "%26amp%3B", "%26", 1) },
		"in lower case":   strings.ToLower,
		"cut":             func(q string) string { return q[:len(q)-6] },
		"dropped":         func(string) string { return "" },
	} {
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			got := httptest.NewRecorder()
			w.provider.Handler().ServeHTTP(got, r)
			maps.Copy(rw.Header(), got.Header())
			if to := got.Header().Get("Location"); strings.Contains(to, query) {
				rw.Header().Set("Location", strings.Replace(to, query, change(query), 1))
			}
			rw.WriteHeader(got.Code)
			_, _ = rw.Write(got.Body.Bytes())
			return true
		}
		want, respelled := run.Fail, name == "plus as space" || name == "in lower case"
		if name == "as it is" || respelled {
			want = run.Pass
		}
		for id, c := range w.judge(t, "AUTHZ-01") {
			if c.Verdict != want || respelled != strings.Contains(c.Observed, "another spelling") {
				t.Errorf("%s: %s: %s: %s%s", name, id, c.Verdict, c.Observed, c.Reason)
			}
		}
	}
	w.on = nil
	for id, c := range w.judge(t, "AUTHZ-11", "AUTHZ-12", "TOKEN-01", "TOKEN-14") {
		if c.Verdict != run.Pass {
			t.Errorf("%s: %s: %s%s", id, c.Verdict, c.Observed, c.Reason)
		}
	}
}
