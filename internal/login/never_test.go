package login

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/client"
)

// A login page that is never ready ends with words that a person understands,
// whatever of it is there.
func TestALoginPageThatIsNeverReadyIsNamed(t *testing.T) {
	for name, serve := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half a page": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<form>"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"a page that reloads itself": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<meta http-equiv=refresh content="0; url=/authorize">Please wait`))
		},
		"a page that waits": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<p>Please wait</p><script>setInterval(poll, 1000)</script>`))
		},
	} {
		for limit, o := range map[string]client.Options{"the request's": {Timeout: 200 * time.Millisecond}, "the check's": {Timeout: time.Minute}} {
			t.Run(name+", "+limit, func(t *testing.T) {
				s := httptest.NewServer(serve)
				defer s.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
				defer cancel()
				l, err := NewDirect(newClient(t, o), "", "").Authorize(ctx, Authorization{Endpoint: s.URL + "/authorize", Params: url.Values{}, RedirectURIs: []string{callback}})
				if err != nil {
					t.Fatal(err)
				}
				said := l.FormError
				if l.Kind == ResponseNone {
					said = l.Final.Reason()
				}
				if said == "" || strings.Contains(said, "context") || strings.Contains(said, "deadline") {
					t.Errorf("landed on %s: %q", l.Kind, said)
				}
			})
		}
	}
}
