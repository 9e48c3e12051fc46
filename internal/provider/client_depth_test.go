package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCredentialsThatAreNestedTooDeep(t *testing.T) {
	name := filepath.Join(t.TempDir(), "clients.json")
	if err := os.WriteFile(name, []byte(`{"clients":`+strings.Repeat("[", 400_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCredentials(name); err == nil || !strings.Contains(err.Error(), "nested deeper than 32 levels") {
		t.Errorf("%v", err)
	}
}
