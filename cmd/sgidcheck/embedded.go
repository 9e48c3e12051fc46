package main

import (
	"context"

	"sgidcheck/internal/config"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"
)

// embeddedOptions is how the embedded provider is asked for on the command line.
type embeddedOptions struct {
	faults   []string
	variants []string
	tls      bool
}

// settings is the rows that change the embedded provider.
func (o *embeddedOptions) settings() config.Table {
	return config.Rows("The embedded provider as the target", "embedded",
		config.Setting{Flag: "fault", Into: &o.faults, Complete: faultNames,
			Help: "let the embedded provider misbehave: a name from 'sgidcheck provider --list-faults' (repeatable)"},
		config.Setting{Flag: "variant", Into: &o.variants, Complete: variantNames,
			Help: "let the embedded provider differ in a legal way: a name from 'sgidcheck provider --list-variants' (repeatable)"},
		config.Setting{Flag: "tls", Into: &o.tls,
			Help: "let the embedded provider serve https"})
}

// changed reports whether any of them is set.
func (o *embeddedOptions) changed() bool {
	return len(o.faults) > 0 || len(o.variants) > 0 || o.tls
}

// startEmbedded starts the embedded provider and makes it the target.
func (j *job) startEmbedded(ctx context.Context, o embeddedOptions) error {
	p, end, err := rig.Embed(ctx, j.config, provider.Options{TLS: o.tls, Faults: o.faults, Variants: o.variants})
	if err != nil {
		return exit(exitUsage, err)
	}
	j.embedded = p
	j.closers = append(j.closers, end)
	return nil
}
