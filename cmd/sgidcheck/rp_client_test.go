package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/provider"
)

// What an application may have kept from one run is the same in the next: the
// subjects always, and with a client file the signing keys and the client.
func TestRPCredentialsOfTheNextRun(t *testing.T) {
	type seen struct {
		sub, secret string
		keys        []string
	}
	of := func(f *rpFlags) seen {
		t.Helper()
		f.site.RedirectURI = "http://localhost:3000/callback"
		cred, err := f.credentials(func(note string) { t.Error(note) })
		if err != nil {
			t.Fatal(err)
		}
		front, err := provider.StartFront(t.Context(), provider.FrontOptions{Credentials: cred})
		if err != nil {
			t.Fatal(err)
		}
		defer front.Close()
		return seen{front.Sub(&provider.People()[0]), front.Client().Secret, cred.SigningKeys}
	}
	file := filepath.Join(t.TempDir(), "client.json")
	first, second := of(&rpFlags{clientFile: file}), of(&rpFlags{clientFile: file})
	if first.secret != second.secret || !slices.Equal(first.keys, second.keys) {
		t.Error("the client or the signing keys are others in the second run")
	}
	if fresh := of(&rpFlags{}); fresh.sub != first.sub || second.sub != first.sub || fresh.secret == first.secret {
		t.Errorf("subs %s, %s and %s; the secrets differ: %v", first.sub, second.sub, fresh.sub, fresh.secret != first.secret)
	}
}

// A client file that cannot be read is bad input, and is named.
func TestRPClientFileThatIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "client.json")
	if err := os.WriteFile(file, []byte(`[{"client_id":"A"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	got := program{args: rpArgs(t, "true", t.TempDir(), "--client-file", file, "--select", "RP-18")}.run(t)
	if got.code != exitUsage || !strings.Contains(got.err, "--client-file "+file) {
		t.Errorf("exit code %d\n%s", got.code, got.err)
	}
}
