package run

import "slices"

// AreaRP is the area of the checks that judge a relying party; all others judge
// a provider.
const AreaRP = "RP"

// areas of checks, in the order of every list.
var areas = []string{"DISC", "JWKS", "AUTHZ", "PKCE", "TOKEN", "IDT", "NONCE", "UINFO", "CRYPT", "DATA", "TLS", "BROW", AreaRP}

// PlaceOf is where an area comes in Areas; one that is not known comes after
// all others.
func PlaceOf(area string) int {
	if i := slices.Index(areas, area); i >= 0 {
		return i
	}
	return len(areas)
}

// Areas lists the areas of checks in the order of the catalogue and of reports.
func Areas() []string { return slices.Clone(areas) }

// ProviderAreas lists the areas whose checks judge a provider.
func ProviderAreas() []string {
	return slices.DeleteFunc(Areas(), func(area string) bool { return area == AreaRP })
}
