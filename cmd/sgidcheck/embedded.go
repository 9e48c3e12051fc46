package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
	"sgidcheck/internal/target"

	"github.com/spf13/pflag"
)

// embeddedOptions is how the embedded provider is asked for on the command line.
type embeddedOptions struct {
	faults   []string
	variants []string
	tls      bool
}

// bind adds the flags that change the embedded provider.
func (o *embeddedOptions) bind(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.faults, "fault", nil, "let the embedded provider misbehave: a name from 'sgidcheck provider --list-faults' (repeatable)")
	flags.StringArrayVar(&o.variants, "variant", nil, "let the embedded provider differ in a legal way: a name from 'sgidcheck provider --list-variants' (repeatable)")
	flags.BoolVar(&o.tls, "tls", false, "let the embedded provider serve https")
}

// changed reports whether any of them is set.
func (o *embeddedOptions) changed() bool {
	return len(o.faults) > 0 || len(o.variants) > 0 || o.tls
}

// credentialsVariable names a file with credentials made earlier, so that the
// many processes of a selftest need not each make RSA keys.
const credentialsVariable = "EMBEDDED_PROVIDER_CREDENTIALS"

// startEmbedded starts the embedded provider and makes it the target.
func (j *job) startEmbedded(ctx context.Context, o embeddedOptions) error {
	options := provider.Options{TLS: o.tls, Faults: o.faults, Variants: o.variants}
	if file := os.Getenv(credentialsVariable); file != "" {
		c, err := provider.ReadCredentials(file)
		if err != nil {
			return exit(exitUsage, fmt.Errorf("%s: %w", credentialsVariable, err))
		}
		options.Credentials = c
	}
	p, err := provider.Start(context.WithoutCancel(ctx), options)
	if err != nil {
		return exit(exitUsage, err)
	}
	j.embedded = p
	j.closers = append(j.closers, p.Close)
	j.config.Issuer = p.Issuer()
	parties, err := partiesOf(p.Clients())
	if err != nil {
		return err
	}
	j.config.First, j.config.Second = parties[0], &parties[1]
	if o.tls {
		return j.trustEmbedded(p.CA())
	}
	return nil
}

// partiesOf turns the embedded provider's registrations into relying parties.
func partiesOf(clients []provider.Client) ([]target.Party, error) {
	var out []target.Party
	for _, c := range clients {
		key, err := sgid.ParsePrivateKey([]byte(c.PrivateKey))
		if err != nil {
			return nil, fmt.Errorf("embedded client %s: %w", c.ID, err)
		}
		out = append(out, target.Party{
			ClientID: c.ID, ClientSecret: c.Secret, RedirectURI: c.RedirectURIs[0],
			RedirectURIs: c.RedirectURIs, Scopes: c.Scopes, Key: key,
		})
	}
	if len(out) < 2 {
		return nil, errors.New("the embedded provider has no second client")
	}
	return out, nil
}

// trustEmbedded makes the embedded provider's own authority known to the client.
func (j *job) trustEmbedded(ca []byte) error {
	dir, err := os.MkdirTemp("", "sgidcheck-ca-")
	if err != nil {
		return err
	}
	j.closers = append(j.closers, func() error { return os.RemoveAll(dir) })
	file := filepath.Join(dir, "ca.pem")
	j.config.CAFiles = append(j.config.CAFiles, file)
	return os.WriteFile(file, ca, 0o600)
}
