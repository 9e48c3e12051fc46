package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/provider"
)

// serveVariable makes the test binary the target, which runs inside the cluster's
// network.
const serveVariable = "CLUSTER_SERVE_TARGET"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// count is the requests that one address has had answered with 200.
type count struct{ Token, Userinfo int }

// served is the target as the test sees it.
type served struct {
	Issuer, ID, Secret, Key, Redirect string
	Scopes                            []string

	ask func() map[string]count
}

const host = "10.99.0.1"

// serve is the embedded provider, and before it, at an address that pods reach, a
// proxy that counts by pod. It prints its credentials, and what it has counted for
// each line that it reads.
func serve() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	inner, err := provider.Start(ctx, provider.Options{Addr: "127.0.0.1:8188", Host: host})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	counted := map[string]*count{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:8188"})
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			from, _, err := net.SplitHostPort(r.Request.RemoteAddr)
			if err != nil || r.StatusCode != http.StatusOK {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if counted[from] == nil {
				counted[from] = &count{}
			}
			switch {
			case strings.HasSuffix(r.Request.URL.Path, "/token"):
				counted[from].Token++
			case strings.HasSuffix(r.Request.URL.Path, "/userinfo"):
				counted[from].Userinfo++
			}
			return nil
		},
	}
	l, err := net.Listen("tcp", host+":8188")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: proxy}
	go server.Serve(l) //nolint:errcheck // it ends with the process
	defer server.Close()
	one := inner.Clients()[0]
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(served{Issuer: inner.Issuer(), ID: one.ID, Secret: one.Secret, Key: one.PrivateKey, Redirect: one.RedirectURIs[0], Scopes: one.Scopes}); err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		mu.Lock()
		err := out.Encode(counted)
		mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// startTarget starts the target inside the cluster's network; it ends with the test.
func startTarget(t *testing.T, c cluster) *served {
	t.Helper()
	cmd := c.script(context.Background(), "kube.sh", "in", "env", serveVariable+"=1", os.Args[0])
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	lines := json.NewDecoder(out)
	s := &served{}
	if err := lines.Decode(s); err != nil {
		t.Fatalf("the target did not start: %v", err)
	}
	s.ask = func() (counted map[string]count) {
		if _, err := fmt.Fprintln(in); err != nil {
			t.Fatal(err)
		}
		if err := lines.Decode(&counted); err != nil {
			t.Fatal(err)
		}
		return counted
	}
	return s
}

// counts is what the target has counted, by the address of the pod.
func (s *served) counts(t *testing.T) map[string]count {
	t.Helper()
	return s.ask()
}
