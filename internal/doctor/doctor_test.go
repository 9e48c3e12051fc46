package doctor

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/loopback"
	"sgidcheck/internal/redact/redacttest"
)

// healthyTarget answers with metadata that names issuer, or its own when empty.
func healthyTarget(t *testing.T, secured bool, issuer string) *httptest.Server {
	t.Helper()
	var s *httptest.Server
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := issuer
		if name == "" {
			name = s.URL + "/v2"
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q}`, name)
	})
	s = httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secured {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func healthyConfig(t *testing.T, issuer string) *config.Config {
	t.Helper()
	party := config.Registration{ClientID: "c", ClientSecret: "s", RedirectURI: "http://127.0.0.1:0/callback", Scopes: []string{"openid"}, Key: redacttest.Key()}
	return &config.Config{Issuer: issuer + "/v2", EndpointsMode: config.EndpointsDiscovery, First: party, Second: &party, Login: config.LoginBrowser,
		Timeout: 30 * time.Second, ClockSkew: time.Minute, Out: filepath.Join(t.TempDir(), "a", "b")}
}

func plenty(string) (uint64, error) { return 1 << 40, nil }

// TestDoctorFindsPlantedProblems plants one problem at a time in a healthy setup.
func TestDoctorFindsPlantedProblems(t *testing.T) {
	server := healthyTarget(t, false, "")
	secured := healthyTarget(t, true, "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	deaf := "http://" + loopback.ClosedAddress(t)
	answers := func(status int, media, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer silent.Close()
	ca := write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secured.Certificate().Raw})))
	days := func(n time.Duration) func() time.Time {
		return func() time.Time { return secured.Certificate().NotAfter.Add(-n * 24 * time.Hour) }
	}
	for _, tt := range []struct {
		name   string
		issuer string
		change func(*config.Config, *Options)
		find   string // the finding; empty: nothing is found
		status Status
		detail string
	}{
		{name: "healthy", issuer: server.URL},
		{name: "healthy, with a CA of its own", issuer: secured.URL, change: func(c *config.Config, o *Options) { c.CAFiles = []string{ca} }},
		{name: "nobody listens", issuer: deaf, find: "connection", status: StatusProblem, detail: "connection refused"},
		{name: "name does not resolve", issuer: "http://no-such-host.invalid", find: "name", status: StatusProblem, detail: "no-such-host.invalid"},
		{name: "hangs up", issuer: silent.URL, find: "metadata", status: StatusProblem, detail: "closed"},
		{name: "unknown authority", issuer: secured.URL, find: "TLS", status: StatusProblem, detail: "unknown authority"},
		{name: "certificate about to end", issuer: secured.URL, change: func(c *config.Config, o *Options) {
			c.CAFiles, o.Now, c.ClockSkew = []string{ca}, days(3), math.MaxInt64
		}, find: "TLS", status: StatusWarning, detail: "3 days"},
		{name: "clock an hour off", issuer: server.URL, change: func(c *config.Config, o *Options) {
			o.Now = func() time.Time { return time.Now().Add(-time.Hour) }
		}, find: "clock", status: StatusProblem, detail: "ahead of"},
		{name: "clock a little off", issuer: server.URL, change: func(c *config.Config, o *Options) {
			o.Now = func() time.Time { return time.Now().Add(45 * time.Second) }
		}, find: "clock", status: StatusWarning, detail: "behind"},
		{name: "another issuer in the metadata", issuer: healthyTarget(t, false, "https://other.example/v2").URL, find: "metadata", status: StatusProblem, detail: "https://other.example/v2"},
		{name: "another issuer in the metadata, which is not needed", issuer: healthyTarget(t, false, "https://other.example/v2").URL, change: func(c *config.Config, o *Options) {
			c.EndpointsMode = config.EndpointsDocumented
			c.Issuer = authorizing(t, `{"issuer":"https://other.example/v2"}`).URL + "/v2"
		}, find: "metadata", status: StatusWarning, detail: "https://other.example/v2"},
		{name: "metadata not found", issuer: answers(404, "text/plain", "no"), find: "metadata", status: StatusProblem, detail: "status 404"},
		{name: "metadata not found, and not needed", issuer: withoutMetadata(t, 200, formPage).URL, change: func(c *config.Config, o *Options) { c.EndpointsMode = config.EndpointsDocumented }, find: "metadata", status: StatusWarning, detail: "status 404"},
		{name: "metadata is a page", issuer: answers(200, "text/html", "<html>"), find: "metadata", status: StatusProblem, detail: "HTML page"},
		{name: "metadata is broken", issuer: answers(200, "application/json", "{"), find: "metadata", status: StatusProblem, detail: "not metadata"},
		{name: "redirect URI's port taken", issuer: server.URL, change: func(c *config.Config, o *Options) {
			c.First.RedirectURI = "http://" + taken.Addr().String() + "/cb"
		}, find: "client: redirect URI", status: StatusWarning, detail: "cannot listen on"},
		{name: "no second client", issuer: server.URL, change: func(c *config.Config, o *Options) { c.Second = nil }, find: "second client", status: StatusWarning, detail: "skipped"},
		{name: "folder cannot be written", issuer: server.URL, change: func(c *config.Config, o *Options) { c.Out = "/proc/sgidcheck" }, find: "report folder", status: StatusProblem, detail: "cannot be written"},
		{name: "disk full", issuer: server.URL, change: func(c *config.Config, o *Options) {
			o.Free = func(string) (uint64, error) { return 1 << 20, nil }
		}, find: "disk space", status: StatusProblem, detail: "1 MiB"},
		{name: "disk nearly full", issuer: server.URL, change: func(c *config.Config, o *Options) {
			o.Free = func(string) (uint64, error) { return 100 << 20, nil }
		}, find: "disk space", status: StatusWarning, detail: "100 MiB"},
		{name: "configuration warns", issuer: server.URL, change: func(c *config.Config, o *Options) {
			c.Warnings = []string{"key.pem can be read by other users: chmod 600 key.pem"}
		}, find: "configuration", status: StatusWarning, detail: "other users"},
		{name: "a probe fails", issuer: server.URL, change: func(c *config.Config, o *Options) {
			o.Probes = append(o.Probes, func(context.Context) Finding {
				return Finding{"browser", StatusProblem, "no Chromium", "install it"}
			})
		}, find: "browser", status: StatusProblem, detail: "no Chromium"},
		{name: "proxy refuses", issuer: "https://idp.example", change: func(c *config.Config, o *Options) {
			t.Setenv("HTTPS_PROXY", answers(403, "text/plain", "no"))
			t.Setenv("https_proxy", os.Getenv("HTTPS_PROXY"))
		}, find: "proxy", status: StatusProblem, detail: "did not let"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
				t.Setenv(name, "")
			}
			c, o := healthyConfig(t, tt.issuer), Options{Free: plenty}
			if tt.change != nil {
				tt.change(c, &o)
			}
			found := false
			for _, f := range Examine(context.Background(), c, o) {
				if f.Name == tt.find && f.Status == tt.status && strings.Contains(f.Detail, tt.detail) {
					found = true
				} else if f.Status != StatusOK {
					t.Errorf("%s: %s: %s", f.Name, f.Status, f.Detail)
				}
				if f.Status != StatusOK && f.Remedy == "" {
					t.Errorf("%s has no remedy", f.Name)
				}
			}
			if tt.find != "" && !found {
				t.Errorf("%s is not found", tt.find)
			}
		})
	}
}

// authorizing answers an authorization request with a login form, and whatever else
// with the metadata.
func authorizing(t *testing.T, metadata string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/authorize") {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, formPage)
			return
		}
		fmt.Fprint(w, metadata)
	}))
	t.Cleanup(s.Close)
	return s
}

// What doctor advises for the issuer, the configuration takes.
func TestDoctorAdvisesNoIssuerThatIsRefused(t *testing.T) {
	file := write(t, "sgidcheck.yaml", "allow-host: [test.example]\n")
	for _, issuer := range []string{"https://h.example/v2", "http://127.0.0.1:8080/v2", "http://test.example/v2", "http://h.example/v2", "https://h.example/v2/", "https://h.example/", "https://h.example/v1",
		"https://h.example/v2?", "https://h.example/v2#", "https://u:p@h.example/v2", "h.example/v2", "ftp://h.example/v2", "/v2", ""} {
		_, err := config.Resolve(nil, []string{"SGID_ISSUER=" + issuer}, file)
		var all config.Errors
		errors.As(err, &all)
		taken := !slices.ContainsFunc(all, func(e *config.Error) bool { return e.Setting == "issuer" })
		c := healthyConfig(t, healthyTarget(t, false, issuer).URL)
		if issuer == "" {
			c.Issuer = authorizing(t, `{"issuer":""}`).URL + "/v2"
		}
		c.AllowHosts = []string{"test.example"}
		f := finding(t, Examine(t.Context(), c, Options{Free: plenty}), "metadata")
		if f.Status != StatusProblem || strings.Contains(f.Remedy, "set the issuer") != taken || !strings.Contains(f.Remedy, "have the target corrected") {
			t.Errorf("%q, which the configuration takes: %t; %s: %s", issuer, taken, f.Detail, f.Remedy)
		}
	}
}

func TestDoctorOnTheEmbeddedProvider(t *testing.T) {
	for _, f := range Examine(context.Background(), &config.Config{Out: t.TempDir()}, Options{Free: plenty}) {
		if f.Status != StatusOK {
			t.Errorf("%+v", f)
		}
	}
}

func TestFreeSpaceIsTold(t *testing.T) {
	if n, err := freeSpace(t.TempDir()); err != nil || n == 0 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestConfigFindings(t *testing.T) {
	got := ConfigFindings(config.Errors{{Setting: "issuer", Origin: "flag --issuer", Problem: "it is odd", Remedy: "write another"}, {Setting: "client-id", Problem: "missing", Remedy: "set it"}})
	if len(got) != 2 || got[0] != (Finding{"issuer", StatusProblem, "it is odd (flag --issuer)", "write another"}) {
		t.Errorf("%+v", got)
	}
	if got[1].Detail != "missing" || got[1].Name != "client-id" {
		t.Errorf("a setting that comes from nowhere: %+v", got[1])
	}
	if got := ConfigFindings(errors.New("x")); len(got) != 1 || got[0].Detail != "x" {
		t.Errorf("%+v", got)
	}
}

// write makes a file in a fresh directory and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
