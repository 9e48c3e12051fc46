package main

// faultsFor returns the names of the embedded provider's faults that the check
// must catch.
func faultsFor(string) []string { return nil }
