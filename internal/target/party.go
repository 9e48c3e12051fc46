package target

import (
	"crypto/rsa"
	"slices"
)

// Party is a relying party's registration at the target.
type Party struct {
	ClientID     string
	ClientSecret string
	RedirectURI  string   // the one that is used
	RedirectURIs []string // all that are registered; RedirectURI among them
	Scopes       []string
	Key          *rsa.PrivateKey
}

// Callbacks is every registered redirect URI.
func (p Party) Callbacks() []string {
	if p.RedirectURI == "" || slices.Contains(p.RedirectURIs, p.RedirectURI) {
		return p.RedirectURIs
	}
	return append([]string{p.RedirectURI}, p.RedirectURIs...)
}
