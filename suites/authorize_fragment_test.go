package suites

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// A provider that drops the fragment may append one of its own (RFC 9700 section
// 4.1.3), and the registered URI may hold any text.
func TestAFragmentOfTheProvidersOwnIsNotTheRequests(t *testing.T) {
	w := newWorld(t)
	clients := w.provider.Clients()
	clients[0].RedirectURIs = []string{"http://127.0.0.1:8085/sgidcheck/callback"}
	w.provider.Close()
	p, err := provider.Start(context.WithoutCancel(t.Context()), provider.Options{Credentials: w.credentials, Clients: clients})
	if err != nil {
		t.Fatal(err)
	}
	w.provider = p
	asked, all, none := "", func(string) bool { return true }, func(string) bool { return false }
	for name, tt := range map[string]struct {
		redirected func(to string) string
		fails      func(name string) bool // of the cases
	}{
		"its own fragment":        {func(to string) string { return to + "#_" }, none},
		"no fragment":             {func(to string) string { return to }, none},
		"the fragment sent":       {func(to string) string { return to + "#" + asked }, all},
		"an empty fragment":       {func(to string) string { return to + "#" }, func(name string) bool { return name == "empty fragment" }},
		"everything behind a '#'": {func(to string) string { return strings.Replace(to, "?", "#?", 1) }, all},
	} {
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			q := r.URL.Query()
			if uri := q.Get("redirect_uri"); uri != "" {
				uri, asked, _ = strings.Cut(strings.Replace(uri, "%23", "#", 1), "#")
				q.Set("redirect_uri", uri)
				r.URL.RawQuery = q.Encode()
			}
			got := httptest.NewRecorder()
			w.provider.Handler().ServeHTTP(got, r)
			maps.Copy(rw.Header(), got.Header())
			if to := got.Header().Get("Location"); strings.HasPrefix(to, clients[0].RedirectURIs[0]) && r.Method == http.MethodPost {
				rw.Header().Set("Location", tt.redirected(to))
			}
			rw.WriteHeader(got.Code)
			_, _ = rw.Write(got.Body.Bytes())
			return true
		}
		w.worked = map[string]bool{"AUTHZ-01": true}
		judged := w.judge(t, "AUTHZ-14")["AUTHZ-14"].Cases
		if len(judged) != len(fragments("")) {
			t.Errorf("%s: %d cases", name, len(judged))
		}
		for _, one := range judged {
			if (one.Verdict == run.Fail) != tt.fails(one.Name) || one.Verdict != run.Fail && one.Verdict != run.Pass {
				t.Errorf("%s: %s: %s: %s", name, one.Name, one.Verdict, one.Observed)
			}
		}
	}
}
