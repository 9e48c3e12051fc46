package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Variant is another conformant way to be a provider: what it does differently
// is legal, so that every check must hold on it. By it a check proves that it
// blames nobody for what is not wrong.
type Variant struct {
	// Name is short and says what is different: error-page-200.
	Name string
	// Differs says, as one sentence, what the provider does differently.
	Differs string
	// Warns names the SHOULD checks that may warn on it, each with the reason.
	Warns map[string]string
	// Skips names the checks that have nothing to judge on it, each with the reason.
	Skips map[string]string
	// Browser marks a login page that takes a browser to operate.
	Browser bool
	// HTTP marks a variant that shows only over plain http.
	HTTP bool

	apply func(p *Provider, c *conduct)
}

// Variants lists every variant, by area.
func Variants() []Variant { return slices.Clone(variants) }

var variants = slices.Concat(variantGroups...)

var variantGroups = [][]Variant{variantsAuthorize, variantsErrors, variantsPage, variantsBrowser, variantsToken, variantsAnswers}

// variant begins a variant on which every check holds without a warning.
func variant(name, differs string, apply func(p *Provider, c *conduct)) Variant {
	return Variant{Name: name, Differs: differs, apply: apply}
}

// warning adds SHOULD checks that may warn on the variant.
func (v Variant) warning(reason, checks string) Variant {
	v.Warns = listed(v.Warns, reason, checks)
	return v
}

// skipping adds checks that have nothing to judge on the variant.
func (v Variant) skipping(reason, checks string) Variant {
	v.Skips = listed(v.Skips, reason, checks)
	return v
}

func listed(list map[string]string, reason, checks string) map[string]string {
	list = maps.Clone(list)
	if list == nil {
		list = map[string]string{}
	}
	for id := range strings.FieldsSeq(checks) {
		list[id] = reason
	}
	return list
}

// vary switches the named variants on, around whatever the faults have made of
// the conduct.
func (c *conduct) vary(p *Provider, names []string) error {
	for _, name := range names {
		if err := CheckVariant(name, p.secure); err != nil {
			return err
		}
		variants[variantPlace(name)].apply(p, c)
	}
	return nil
}

// CheckVariant says why a provider, which serves https or does not, cannot have a
// variant of that name.
func CheckVariant(name string, https bool) error {
	i := variantPlace(name)
	switch {
	case i < 0:
		return fmt.Errorf("unknown variant %q: the nearest is %q; `sgidcheck provider --list-variants` lists all", name, meant(name, VariantNames()))
	case variants[i].HTTP && https:
		return fmt.Errorf("variant %q shows only over plain http: leave out --tls", name)
	}
	return nil
}

func variantPlace(name string) int {
	return slices.IndexFunc(variants, func(v Variant) bool { return v.Name == name })
}
