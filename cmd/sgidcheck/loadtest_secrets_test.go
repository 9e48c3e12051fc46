package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// blabber stands in front of a provider and answers its first token requests with an
// error that quotes what was sent.
type blabber struct {
	*httptest.Server
	status, first int

	mu   sync.Mutex
	told []string
}

func newBlabber(t *testing.T, issuer string, status, first int) *blabber {
	t.Helper()
	origin, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	b := &blabber{status: status, first: first}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: origin.Scheme, Host: origin.Host}) }}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/token") || !b.tell(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *blabber) tell(w http.ResponseWriter, r *http.Request) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.first == 0 {
		return false
	}
	b.first--
	var quoted []string
	for _, name := range []string{"code", "code_verifier", "client_secret"} {
		quoted = append(quoted, r.PostFormValue(name))
	}
	b.told = append(b.told, quoted...)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(b.status)
	body, _ := json.Marshal(map[string]string{"error": "bad grant " + strings.Join(quoted, " and ")})
	w.Write(body)
	return true
}

// load is the arguments of a short load on it.
func (b *blabber) load(more ...string) []string {
	return append([]string{"loadtest", "token", "--issuer", b.URL + "/v2", "--endpoints", "documented", "--rate", "10", "--duration", "1s", "--progress", "none"}, more...)
}

// check holds what a run wrote against what it was told.
func (b *blabber) check(t *testing.T, text string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.told) == 0 || !strings.Contains(text, "bad grant [redacted code") {
		t.Errorf("%d secrets were told, and the error is not shown: %s", len(b.told), text)
	}
	for _, secret := range b.told {
		if strings.Contains(text, secret) {
			t.Errorf("%q stands in %s", secret, text)
		}
	}
}

func TestALoadThatIsNotStartedTellsNoSecret(t *testing.T) {
	issuer, credentials := startProvider(t)
	b := newBlabber(t, issuer, http.StatusBadRequest, -1)
	out := t.TempDir()
	got := program{env: readClients(t, credentials)[0].environment("SGID_"), args: b.load("--out", out)}.run(t)
	if got.code != exitIncomplete {
		t.Errorf("exit code %d\n%s", got.code, got.err)
	}
	b.check(t, got.out+got.err)
	for _, name := range []string{"run.json", "report.html", "junit.xml", "summary.md", "results.sarif"} {
		body, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		b.check(t, strings.ReplaceAll(string(body), `\[`, "["))
	}
}

// The lines of a record are read by a collector before the load is over.
func TestTheLinesOfALoadTellNoSecret(t *testing.T) {
	issuer, credentials := startProvider(t)
	b := newBlabber(t, issuer, http.StatusInternalServerError, 1)
	got := program{env: readClients(t, credentials)[0].environment("SGID_"), args: b.load("--record", "-")}.run(t)
	if lines := strings.Count(got.out, "\n"); lines < 2 {
		t.Errorf("%d lines, exit code %d\n%s", lines, got.code, got.err)
	}
	b.check(t, got.out)
}
