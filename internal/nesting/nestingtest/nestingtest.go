// Package nestingtest holds a reader of foreign text against texts that are nested
// without end.
package nestingtest

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const (
	size   = 400_000 // bytes of each text
	atMost = 128     // bytes that may be allocated for each of them
)

// units are what each text repeats, by what it nests.
func units() map[string]string {
	return map[string]string{
		"arrays":           "[",
		"arrays of values": "[1,",
		"objects":          `{"a":"b","c":`,
		"long names":       `{"` + strings.Repeat("x", 300) + `":[1,`,
		"elements":         "<div>",
		"formatting":       "<b><p>",
		"foreign":          "<svg>",
		"tables":           "<table><tr><td>",
		"choices":          "<select><option>",
		"forms":            "<form><input>",
		"yaml":             "- ",
	}
}

// InProportion fails the test where reading a text that is nested without end, as
// JSON, HTML or YAML, allocates out of proportion to its length.
func InProportion(t *testing.T, read func(text []byte)) {
	t.Helper()
	nested := units()
	for _, name := range slices.Sorted(maps.Keys(nested)) {
		text := []byte(strings.Repeat(nested[name], size/len(nested[name])))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read(text)
		runtime.ReadMemStats(&after)
		if bytes := after.TotalAlloc - before.TotalAlloc; bytes > atMost*uint64(len(text)) {
			t.Errorf("%s: %d bytes are allocated for %d", name, bytes, len(text))
		}
	}
}
