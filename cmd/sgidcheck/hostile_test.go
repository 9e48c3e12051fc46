package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// newKeyPEM is a fresh private key of a client.
var newKeyPEM = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	body, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: body}))
})

// invented are credentials for a target that does not care.
func invented() []string {
	return peerClient{ID: "hostile", Secret: "a-secret-of-no-value", RedirectURIs: []string{"http://127.0.0.1:8085/callback"}, Scopes: []string{"openid", "myinfo.name"}, PrivateKey: newKeyPEM()}.environment("SGID_")
}

// ownPeak is the most memory that this process has had since forgetPeak, in KiB.
func ownPeak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kib, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// forgetPeak lets this process's peak begin anew, where the system can do that.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// against runs the shipped program against a target, and demands that it ends
// within limit and stays under 256 MiB.
func against(t *testing.T, issuer string, env []string, limit time.Duration, args ...string) (int, *run.Record) {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append([]string{"conformance", "--issuer", issuer, "--out", out, "--progress", "none", "--timeout", "500ms", "--restart-wait", "0s"}, args...)...)
	cmd.Env = append(cleanEnvironment(), env...)
	said, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) || ctx.Err() != nil {
		t.Fatalf("the run did not end by itself: %v\n%s", err, said)
	}
	// The peak that the system tells of a process begins with that of the one that made it.
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "linux" && usage.Maxrss > max(256<<10, ownPeak(t)) {
		t.Errorf("%d KiB of memory", usage.Maxrss)
	}
	return cmd.ProcessState.ExitCode(), recordOf(t, out)
}

func TestHostileTargetsNeverPass(t *testing.T) {
	forgetPeak()
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	zero := make([]byte, 1<<20)
	for range 512 {
		zip.Write(zero)
	}
	zip.Close()
	targets := map[string]http.HandlerFunc{
		"200 and a login page for everything": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, `<form method="post" action="/in"><input name="user"><button>Log in</button></form>`)
		},
		"200 and an empty object": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{}`)
		},
		"500 for everything":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"400 for everything":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
		"an empty body":        func(http.ResponseWriter, *http.Request) {},
		"a redirect to itself": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) },
		"a gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		},
		"an endless body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				if _, err := w.Write(zero); err != nil {
					return
				}
			}
		},
		"a byte now and then": func(w http.ResponseWriter, r *http.Request) {
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-r.Context().Done():
					return
				case <-tick.C:
					w.Write([]byte("{"))
					w.(http.Flusher).Flush()
				}
			}
		},
		"a reset": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		},
	}
	// What holds even there: an empty object is an object.
	holds := map[string][]string{"200 and an empty object": {"DISC-01"}}
	for name, handler := range targets {
		for _, endpoints := range []string{"documented", "discovery"} {
			t.Run(name+", "+endpoints, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(handler)
				defer server.Close()
				code, record := against(t, server.URL+"/v2", invented(), 2*time.Minute, "--endpoints", endpoints)
				if code != exitFail && code != exitIncomplete {
					t.Errorf("exit code %d", code)
				}
				for _, c := range record.Checks {
					if c.Verdict == run.Pass && !slices.Contains(holds[name], c.ID) {
						t.Errorf("%s passes: %s", c.ID, c.Observed)
					}
				}
			})
		}
	}
}

// A target that dies for good at some request: what was judged before stands,
// nothing passes after it, and the run does not end with success.
func TestATargetThatDiesIsNamed(t *testing.T) {
	forgetPeak()
	issuer, credentials := startProvider(t)
	origin, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	env := readClients(t, credentials)[0].environment("SGID_")
	for _, lives := range []int64{0, 1, 2, 5, 17, 60, 150} {
		t.Run(fmt.Sprintf("after %d requests", lives), func(t *testing.T) {
			proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: origin.Scheme, Host: origin.Host})
			var served atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if served.Add(1) > lives {
					if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
						conn.Close()
					}
					return
				}
				proxy.ServeHTTP(w, r)
			}))
			defer server.Close()
			code, record := against(t, server.URL+"/v2", env, 2*time.Minute, "--endpoints", "documented")
			if code != exitFail && code != exitIncomplete {
				t.Errorf("exit code %d", code)
			}
			if record.Summary.Blocked == 0 {
				t.Error("no check is blocked by a target that is gone")
			}
		})
	}
}

// hangingTarget answers nothing until it is released, and then 404. The channel
// is closed when the first request has come.
func hangingTarget(t *testing.T) (issuer string, reached <-chan struct{}, release func()) {
	t.Helper()
	first, free := make(chan struct{}), make(chan struct{})
	var once, freed sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(first) })
		select {
		case <-free:
		case <-r.Context().Done():
		}
		http.NotFound(w, r)
	}))
	release = func() { freed.Do(func() { close(free) }) }
	t.Cleanup(func() { release(); server.Close() })
	return server.URL + "/v2", first, release
}
