package main

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/provider"
)

// The official SDK is the client that production relies on: what it reads from
// the embedded provider must be the personas' data, to the letter.
func TestOfficialSDKReadsEveryPersona(t *testing.T) {
	dir := peersDir(t)
	issuer, credentials := startProvider(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "sdk_client.mjs", credentials, issuer)
	cmd.Dir = dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the SDK fails: %v\n%s", err, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	personas := provider.Personas()
	if len(lines) != len(personas) {
		t.Fatalf("the SDK logged %d people in, there are %d", len(lines), len(personas))
	}
	scopes := readClients(t, credentials)[0].Scopes
	for i, line := range lines {
		var got struct {
			Sub  string
			Data map[string]string
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if got.Sub == "" {
			t.Errorf("person %d has no sub", i)
		}
		for _, scope := range scopes {
			if scope == "openid" {
				continue
			}
			if got.Data[scope] != personas[i].Data[scope] {
				t.Errorf("%s, %s: the SDK reads %q, the persona has %q", personas[i].Name, scope, got.Data[scope], personas[i].Data[scope])
			}
		}
	}
}

func TestOfficialSDKFailsWithTheWrongPrivateKey(t *testing.T) {
	dir := peersDir(t)
	issuer, credentials := startProvider(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "sdk_client.mjs", credentials, issuer)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "WRONG_KEY=1")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err == nil || len(out) > 0 {
		t.Fatalf("the SDK reads data with another client's key: %s", out)
	}
	if !strings.Contains(errs.String(), "ecrypt") {
		t.Errorf("the SDK fails for another reason than decryption:\n%s", errs.String())
	}
}
