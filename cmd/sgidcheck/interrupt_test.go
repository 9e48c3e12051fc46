package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// A run that is interrupted at some request leaves a readable record, marked
// incomplete, in which no verdict differs from an undisturbed run's.
func TestInterruptLeavesAReadableRecord(t *testing.T) {
	issuer, credentials := startProvider(t)
	env := readClients(t, credentials)[0].environment("SGID_")
	origin, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		for _, request := range []int64{1, 3, 12, 40, 99} {
			t.Run(fmt.Sprintf("%v at request %d", signal, request), func(t *testing.T) {
				var served atomic.Int64
				reached := make(chan struct{})
				proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
					r.SetURL(&url.URL{Scheme: origin.Scheme, Host: origin.Host})
				}}
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if served.Add(1) == request {
						close(reached)
						io.Copy(io.Discard, r.Body) // only then is the going away of the client seen
						<-r.Context().Done()
						return
					}
					proxy.ServeHTTP(w, r)
				}))
				defer server.Close()
				out := t.TempDir()
				const earlier = "Ready, said an earlier run"
				for _, name := range []string{"report.html", "junit.xml", "summary.md", "results.sarif"} {
					if err := os.WriteFile(filepath.Join(out, name), []byte(earlier), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				cmd := program{env: env, args: []string{
					"conformance", "--issuer", server.URL + "/v2", "--endpoints", "documented", "--out", out, "--progress", "none",
				}}.command(ctx, t)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				select {
				case <-reached:
				case <-ctx.Done():
					t.Fatalf("only %d requests came", served.Load())
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				err := cmd.Wait()
				var ended *exec.ExitError
				if err != nil && !errors.As(err, &ended) || ctx.Err() != nil {
					t.Fatalf("it did not end: %v", err)
				}
				record := recordOf(t, out)
				if record.Complete || record.Verdict == run.RunPass {
					t.Errorf("complete %v, verdict %s", record.Complete, record.Verdict)
				}
				if signal != syscall.SIGKILL {
					if code := cmd.ProcessState.ExitCode(); code != run.ExitCode(record) || code == exitPass {
						t.Errorf("exit code %d, verdict %s", code, record.Verdict)
					}
					if record.Stopped == "" {
						t.Error("the record does not say why it ended")
					}
					if _, err := os.Stat(filepath.Join(out, "report.html")); err != nil {
						t.Error(err)
					}
				}
				entries, err := os.ReadDir(out)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					if strings.HasPrefix(e.Name(), ".") && signal != syscall.SIGKILL {
						t.Errorf("%s was left behind", e.Name())
					}
					if body, err := os.ReadFile(filepath.Join(out, e.Name())); err != nil || string(body) == earlier {
						t.Errorf("%s of an earlier run lies beside the record: %v", e.Name(), err)
					}
				}
			})
		}
	}
}
