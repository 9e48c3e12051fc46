package main

import (
	"slices"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/provider"
)

// faultsFor names the faults of the embedded provider, and the flaws of the demo
// application, that the check must catch.
func faultsFor(id string) []string {
	var names []string
	for _, f := range provider.Faults() {
		if slices.Contains(f.Checks, id) {
			names = append(names, f.Name)
		}
	}
	for _, f := range demoapp.Flaws() {
		if slices.Contains(f.Checks, id) {
			names = append(names, f.Name)
		}
	}
	return names
}
