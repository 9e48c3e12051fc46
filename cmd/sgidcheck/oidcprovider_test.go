package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// oidcProviderWarns holds the SHOULDs that oidc-provider does not meet, and why.
var oidcProviderWarns = map[string]string{
	"JWKS-08": "it sends its key set without Cache-Control and has no setting for it: caching is left to the server in front",
}

// oidcProviderSkips holds what cannot be judged there, and why.
var oidcProviderSkips = map[string]string{
	"JWKS-07": "its key has no certificate",
	"TLS-01":  "plain http on loopback", "TLS-02": "plain http on loopback", "TLS-03": "plain http on loopback",
	"TLS-04": "plain http on loopback", "TLS-05": "plain http on loopback", "TLS-06": "plain http on loopback",
	"TOKEN-25": "waits ten minutes", "UINFO-14": "waits an hour",
}

// startOIDCProvider serves oidc-provider for two new clients and returns its
// issuer and the clients. It never sees their private keys.
func startOIDCProvider(t *testing.T) (issuer string, clients []peerClient) {
	t.Helper()
	dir := peersDir(t)
	made, err := provider.NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	for i := range made.Clients {
		clients = append(clients, peerClient(made.Clients[i]))
		made.Clients[i].PrivateKey = ""
	}
	body, err := json.Marshal(made.Clients)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "clients.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if issuer, err = serveOIDCProvider(t, dir, file); err == nil {
			return issuer, clients
		}
	}
	t.Fatalf("oidc-provider printed no issuer: %v", err)
	return "", nil
}

// serveOIDCProvider starts oidc-provider and waits for its issuer, a minute at most:
// Node may hang before it runs anything.
func serveOIDCProvider(t *testing.T, dir, clientFile string) (issuer string, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "node", "oidc_provider.mjs", clientFile)
	cmd.Dir = dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(time.Minute, cancel)
	lines := bufio.NewReader(out)
	issuer, err = lines.ReadString('\n')
	limit.Stop()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, lines) // the library's notices
	}()
	t.Cleanup(func() {
		cancel()
		<-drained
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("oidc-provider wrote:\n%s", errs.String())
		}
	})
	return strings.TrimSpace(issuer), err
}

// A provider that shares no code with the checks and is certified to conform:
// what fails there is a wrong check, or a disagreement that must be explained.
func TestOIDCProviderConforms(t *testing.T) {
	issuer, clients := startOIDCProvider(t)
	env := append([]string{"SGID_ISSUER=" + issuer}, clients[0].environment("SGID_")...)
	env = append(env, clients[1].environment("SGID_SECOND_")...)
	for _, endpoints := range []string{"documented", "discovery"} {
		t.Run(endpoints, func(t *testing.T) {
			out := t.TempDir()
			got := program{args: []string{"conformance", "--endpoints", endpoints, "--out", out, "--progress", "none"}, env: env}.run(t)
			if got.code != exitPass {
				t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
			record := recordOf(t, out)
			if !record.Complete || record.Summary.Pass < 100 {
				t.Errorf("complete: %t, %d passes", record.Complete, record.Summary.Pass)
			}
			warned, skipped := map[string]string{}, map[string]string{}
			for _, c := range record.Checks {
				switch c.Verdict {
				case run.Fail, run.Blocked:
					t.Errorf("%s (%s): %s: %s %s", c.ID, c.Level, c.Verdict, c.Observed, c.Reason)
				case run.Warn:
					warned[c.ID] = c.Observed
				case run.Skip:
					skipped[c.ID] = c.Reason
				}
			}
			sameChecks(t, "warns", warned, oidcProviderWarns)
			sameChecks(t, "is skipped", skipped, oidcProviderSkips)
		})
	}
}

// sameChecks compares the checks of a verdict with those that are explained.
func sameChecks(t *testing.T, verdict string, got, explained map[string]string) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(got)) {
		if explained[id] == "" {
			t.Errorf("%s %s, unexplained: %s", id, verdict, got[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(explained)) {
		if _, there := got[id]; !there {
			t.Errorf("%s no longer %s: take its explanation out", id, verdict)
		}
	}
}
