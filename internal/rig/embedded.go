package rig

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sgidcheck/internal/config"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// Embed starts an embedded provider and makes it the target of config: the
// issuer, both clients, and the authority of its certificate, in a file. end
// stops the provider and removes the file.
func Embed(ctx context.Context, settings *config.Config, o provider.Options) (p *provider.Provider, end func() error, err error) {
	if p, err = provider.Start(context.WithoutCancel(ctx), o); err != nil {
		return nil, nil, err
	}
	settings.Issuer = p.Issuer()
	parties, err := partiesOf(p.Clients())
	var ca string
	if err == nil {
		settings.First, settings.Second = parties[0], &parties[1]
		if o.TLS {
			ca, err = keepAuthority(settings, p.CA())
		}
	}
	end = func() error {
		closed := p.Close()
		if ca != "" {
			return errors.Join(closed, os.Remove(ca))
		}
		return closed
	}
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	return p, end, nil
}

// partiesOf turns the embedded provider's registrations into relying parties.
func partiesOf(clients []provider.Client) ([]config.Registration, error) {
	var out []config.Registration
	for _, c := range clients {
		key, err := sgid.ParsePrivateKey([]byte(c.PrivateKey))
		if err != nil {
			return nil, fmt.Errorf("embedded client %s: %w", c.ID, err)
		}
		out = append(out, config.Registration{
			ClientID: c.ID, ClientSecret: c.Secret, RedirectURI: c.RedirectURIs[0],
			RedirectURIs: c.RedirectURIs, Scopes: c.Scopes, Key: key,
		})
	}
	if len(out) < 2 {
		return nil, errors.New("the embedded provider has no second client")
	}
	return out, nil
}

// keepAuthority writes the provider's own authority where the client finds it.
func keepAuthority(settings *config.Config, ca []byte) (name string, err error) {
	file, err := os.CreateTemp("", "sgidcheck-ca-*.pem")
	if err != nil {
		return "", err
	}
	settings.CAFiles = append(settings.CAFiles, file.Name())
	_, err = file.Write(ca)
	return file.Name(), errors.Join(err, file.Close())
}
