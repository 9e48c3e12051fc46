package client

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// newClient is a client that is closed with the test.
func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	o.NoProxy = true
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
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
