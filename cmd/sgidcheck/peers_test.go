package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/loopback"
)

// peersDir is where `make peers` installs the real peers.
func peersDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../peers")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".installed")); err != nil {
		t.Fatal("the peers are not installed: run 'make peers' (or 'make test', which does)")
	}
	return dir
}

// startMockPass serves MockPass, started anew whenever it dies, and returns its
// issuer.
func startMockPass(t *testing.T, env ...string) string {
	t.Helper()
	dir := peersDir(t)
	port := loopback.FreePort(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	start := func() *exec.Cmd {
		cmd := exec.CommandContext(ctx, "node", filepath.Join(dir, "node_modules", "@opengovsg", "mockpass", "index.js"))
		cmd.Env = append(os.Environ(), append([]string{fmt.Sprintf("MOCKPASS_PORT=%d", port), "MOCKPASS_NRIC=S9812379B"}, env...)...)
		return cmd
	}
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			start().Run()
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	origin := fmt.Sprintf("http://127.0.0.1:%d", port)
	waitFor(t, origin+"/v2/.well-known/openid-configuration")
	return origin + "/v2"
}

// waitFor returns once a URL is answered.
func waitFor(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s is not answered", url)
		}
	}
}

// startProvider serves `sgidcheck provider` and returns its issuer and the file
// with its clients' credentials.
func startProvider(t *testing.T, args ...string) (issuer, credentials string) {
	t.Helper()
	credentials = filepath.Join(t.TempDir(), "clients.json")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := program{args: append([]string{"provider", "--client-file", credentials}, args...)}.command(ctx, t)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the provider printed no issuer: %v", err)
	}
	return strings.TrimSpace(line), credentials
}

// client is one entry of a credentials file.
type peerClient struct {
	ID           string   `json:"client_id"`
	Secret       string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
	Scopes       []string `json:"scopes"`
	PrivateKey   string   `json:"private_key"`
	PublicKey    string   `json:"public_key"`
}

func readClients(t *testing.T, file string) []peerClient {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var clients []peerClient
	if err := json.Unmarshal(body, &clients); err != nil {
		t.Fatal(err)
	}
	return clients
}

// environment is the client's credentials as an agency would set them.
func (c peerClient) environment(prefix string) []string {
	env := []string{
		prefix + "CLIENT_ID=" + c.ID, prefix + "CLIENT_SECRET=" + c.Secret,
		prefix + "PRIVATE_KEY=" + strings.ReplaceAll(c.PrivateKey, "\n", `\n`),
		prefix + "REDIRECT_URI=" + c.RedirectURIs[0], prefix + "SCOPES=" + strings.Join(c.Scopes, " "),
	}
	if further := c.RedirectURIs[1:]; len(further) > 0 {
		env = append(env, prefix+"REDIRECT_URIS="+strings.Join(further, ","))
	}
	return env
}
