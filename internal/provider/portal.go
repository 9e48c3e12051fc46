package provider

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writePortal writes what the developer portal would show of each client, a file
// each, into the folder: client-id.txt, client-secret.txt, private-key.pem,
// redirect-uri.txt and scopes.txt, those of the second client with second- before
// their names; and, with TLS, ca.pem. Secrets are the owner's alone.
func (p *Provider) writePortal(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("client folder: %w", err)
	}
	var failed error
	write := func(name, text string, mode os.FileMode) {
		path := filepath.Join(dir, name)
		// What was there may have had wider rights.
		err := os.Remove(path)
		if err == nil || errors.Is(err, os.ErrNotExist) {
			err = os.WriteFile(path, []byte(text), mode)
		}
		failed = errors.Join(failed, err)
	}
	for i, c := range p.listed {
		prefix := []string{"", "second-"}
		if i >= len(prefix) {
			break
		}
		write(prefix[i]+"client-id.txt", c.ID+"\n", 0o644)
		write(prefix[i]+"client-secret.txt", c.Secret+"\n", 0o600)
		write(prefix[i]+"private-key.pem", c.PrivateKey, 0o600)
		write(prefix[i]+"redirect-uri.txt", c.RedirectURIs[0]+"\n", 0o644)
		write(prefix[i]+"scopes.txt", strings.Join(c.Scopes, " ")+"\n", 0o644)
	}
	if p.tls != nil {
		write("ca.pem", string(p.CA()), 0o644)
	}
	return failed
}
