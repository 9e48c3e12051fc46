package reports

import (
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// sourceNames says what the tags of documents stand for.
var sourceNames = map[string]string{
	"SGID-API":  "sgID API documentation",
	"SGID-INT":  "sgID integration guide",
	"SGID-DATA": "sgID data catalog",
	"SGID-SDK":  "official sgID SDKs",
	"OIDC-CORE": "OpenID Connect Core 1.0",
	"OIDC-DISC": "OpenID Connect Discovery 1.0",
	"PRACTICE":  "good practice",
}

var rfcTag = regexp.MustCompile(`^RFC ?([0-9]+)$`)

// clause is a basis in words: "RFC 6749 section 4.1.2".
func clause(b run.Basis) string {
	name := inertLine(b.Source)
	if full, ok := sourceNames[name]; ok {
		name = full
	} else if m := rfcTag.FindStringSubmatch(name); m != nil {
		name = "RFC " + m[1]
	}
	if b.Section != "" {
		name += " section " + inertLine(b.Section)
	}
	return name
}

// clauses joins the bases of a check in words.
func clauses(bases []run.Basis) string {
	words := make([]string, len(bases))
	for i, b := range bases {
		words[i] = clause(b)
	}
	return strings.Join(words, ", ")
}

// link returns where the clause can be read, or "": only web addresses count.
func link(b run.Basis) string {
	if strings.HasPrefix(b.URL, "https://") || strings.HasPrefix(b.URL, "http://") {
		return inertLine(b.URL)
	}
	return ""
}

// Basis is the reference as a check would cite it.
func (r ref) Basis() run.Basis {
	url := "https://openid.net/specs/openid-connect-core-1_0.html#Correlation"
	if m := rfcTag.FindStringSubmatch(r.Source); m != nil {
		url = "https://www.rfc-editor.org/rfc/rfc" + m[1] + "#section-" + r.Section
	}
	return run.Basis{Source: r.Source, Section: r.Section, URL: url}
}

// areaNames says what the areas are about.
var areaNames = map[string]string{
	"DISC":  "Provider metadata",
	"JWKS":  "Signing keys",
	"AUTHZ": "Authorization endpoint",
	"PKCE":  "Proof key for code exchange",
	"TOKEN": "Token endpoint",
	"IDT":   "ID token",
	"NONCE": "Nonce",
	"UINFO": "Userinfo endpoint",
	"CRYPT": "Encryption of the data",
	"DATA":  "Data catalogue",
	"TLS":   "Transport",
	"BROW":  "In a real browser",
	"RP":    "The relying party",
}

// areaName is the area in words, or its own name where it is not known.
func areaName(area string) string {
	if name, ok := areaNames[strings.ToUpper(area)]; ok {
		return name
	}
	return inertLine(area)
}

// areas returns the areas of the run in the catalogue's order, then those that
// it does not know as they first appear.
func areas(r *run.Record) []string {
	var out []string
	for _, c := range r.Checks {
		if !slices.Contains(out, c.Area) {
			out = append(out, c.Area)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return run.PlaceOf(a) - run.PlaceOf(b) })
	return out
}
