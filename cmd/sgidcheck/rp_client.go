package main

import (
	"errors"
	"fmt"
	"os"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// credentials are the relying party's and its provider's: those of --client-file
// where it is there, and fresh ones elsewhere, which are then written to it. Note
// is told what could not be kept.
func (f *rpFlags) credentials(note func(string)) (*provider.Credentials, error) {
	var scopes []string
	for _, s := range sgid.Scopes() {
		scopes = append(scopes, s.Name)
	}
	if f.clientFile != "" {
		kept, err := provider.ReadClientFile(f.clientFile, func(c *provider.Client) { c.RedirectURIs, c.Scopes = []string{f.site.RedirectURI}, scopes })
		switch {
		case errors.Is(err, provider.ErrNotKept):
			note(fmt.Sprintf("--client-file: %v; the next run has others, and an application that keeps a key set may refuse it", err))
			return kept, nil
		case !errors.Is(err, os.ErrNotExist):
			if err != nil {
				err = fmt.Errorf("--client-file %s: %w", f.clientFile, err)
			}
			return kept, err
		}
	}
	client, err := provider.NewClient("SGIDCHECK-RP", []string{f.site.RedirectURI}, scopes)
	if err != nil {
		return nil, err
	}
	fresh, err := provider.CredentialsFor(*client, nil)
	if err != nil || f.clientFile == "" {
		return fresh, err
	}
	if err := provider.WriteClientFile(f.clientFile, fresh); err != nil {
		return nil, fmt.Errorf("--client-file: %w", err)
	}
	return fresh, nil
}
