package main

import (
	"slices"

	"sgidcheck/internal/provider"
)

// faultsFor returns the names of the embedded provider's faults that the check
// must catch.
func faultsFor(id string) []string {
	var names []string
	for _, f := range provider.Faults() {
		if slices.Contains(f.Checks, id) {
			names = append(names, f.Name)
		}
	}
	return names
}
