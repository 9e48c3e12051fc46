package reports

import (
	"net/url"
	"strings"
	"unicode"

	"sgidcheck/internal/run"
)

// repository is where the program and its documents can be read in public;
// 'make home' writes it. As long as its owner is OWNER there is no such place.
const repository = "github.com/OWNER/sgidcheck"

// homeOf is the public home of the program, or "" where it has none.
func homeOf(repository string) string {
	if strings.Contains(repository, "/OWNER/") {
		return ""
	}
	return "https://" + repository
}

// catalogueOf is where the catalogue says more of a check, or "" where the
// program has no public home: the heading of the check in the document of that version.
func catalogueOf(repository, version string, c *run.Check) string {
	home := homeOf(repository)
	if home == "" {
		return ""
	}
	ref, file := "main", "checks.md"
	if v := strings.TrimPrefix(version, "v"); v != version && semantic(v) != "" {
		ref = version
	}
	if c.Area == run.AreaRP {
		file = "checks-rp.md"
	}
	return home + "/blob/" + url.PathEscape(ref) + "/docs/" + file + "#" + url.PathEscape(slug(inertLine(c.ID)+": "+inertLine(c.Title)))
}

// slug is the anchor that GitHub gives a heading.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}
