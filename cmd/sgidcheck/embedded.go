package main

import (
	"context"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/rig"

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
