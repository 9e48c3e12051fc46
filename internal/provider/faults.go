package provider

import (
	"fmt"
	"slices"

	"sgidcheck/internal/matrix"
	"sgidcheck/internal/nearest"
)

// Fault is a deliberate misbehaviour of the provider, by which a check proves
// that it bites.
type Fault struct {
	matrix.Expectation
	// TLS marks a fault that shows only with Options.TLS.
	TLS bool

	apply func(p *Provider, c *conduct)
}

// Faults lists every fault, by area, in the order of the checks.
func Faults() []Fault { return slices.Clone(faults) }

var faults = slices.Concat(faultGroups...)

var faultGroups = [][]Fault{
	faultsDiscovery, faultsJWKS, faultsAuthorize, faultsAnswer, faultsRedirect, faultsRedirectOrder, faultsPKCE, faultsToken, faultsRefusal,
	faultsIDToken, faultsIDTokenRun, faultsSecond, faultsNonce, faultsReading, faultsUserinfo, faultsEncryption, faultsData, faultsPage, faultsErrorPage, faultsTogether, faultsBrowser, faultsTLS,
	faultsLenient, faultsDisclosing,
}

// adopt switches the named faults on.
func (c *conduct) adopt(p *Provider, names []string) error {
	for _, name := range names {
		if err := CheckFault(name, p.secure); err != nil {
			return err
		}
		f, _ := faultByName(name)
		f.apply(p, c)
	}
	return nil
}

// CheckFault says why a provider, which serves https or does not, cannot have a fault
// of that name.
func CheckFault(name string, https bool) error {
	f, known := faultByName(name)
	switch {
	case !known:
		return fmt.Errorf("unknown fault %q: the nearest is %q; `sgidcheck provider --list-faults` lists all", name, meant(name, FaultNames()))
	case f.TLS && !https:
		return fmt.Errorf("fault %q shows only over https: serve with --tls", name)
	}
	return nil
}

func faultByName(name string) (Fault, bool) {
	for _, list := range [][]Fault{faults, applicationFaults} {
		if i := slices.IndexFunc(list, func(f Fault) bool { return f.Name == name }); i >= 0 {
			return list[i], true
		}
	}
	return Fault{}, false
}

// FaultNames lists the names of Faults.
func FaultNames() []string { return namesOf(faults, func(f Fault) string { return f.Name }) }

// VariantNames lists the names of Variants.
func VariantNames() []string { return namesOf(variants, func(v Variant) string { return v.Name }) }

func namesOf[T any](all []T, name func(T) string) []string {
	out := make([]string, len(all))
	for i, each := range all {
		out[i] = name(each)
	}
	return out
}

// meant is the known name that is most like the one given.
func meant(name string, known []string) string {
	word, _ := nearest.Of(name, known)
	return word
}
