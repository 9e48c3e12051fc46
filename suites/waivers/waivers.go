// Package waivers holds what known mocks do otherwise than sgID is documented to,
// and why a test environment accepts it: a file each, built into the program.
package waivers

import (
	"embed"
	"path"
	"slices"
	"strings"

	"sgidcheck/internal/nearest"
)

//go:embed *.yaml
var files embed.FS

const suffix = ".yaml"

// Names lists the mocks, as --waivers takes them: mockpass-4.3.4.
func Names() []string {
	entries, _ := files.ReadDir(".") // of a folder that is built in
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), suffix)
	}
	return names
}

// Named returns the waivers of that name as YAML; known is false where none of
// that name are built in.
func Named(name string) (body []byte, known bool) {
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	body, err := files.ReadFile(name + suffix)
	return body, err == nil
}

// Like returns the name that was probably meant by what was written for one, or
// for the path of its file; "" where none is close.
func Like(wrote string) string {
	wrote = strings.TrimSuffix(path.Base(strings.ReplaceAll(wrote, `\`, "/")), suffix)
	if name, distance := nearest.Of(wrote, Names()); distance <= max(2, len(wrote)/3) {
		return name
	}
	return ""
}
