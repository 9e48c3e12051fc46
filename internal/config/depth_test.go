package config

import (
	"runtime"
	"strings"
	"testing"
)

// built is how many bytes f allocates.
func built(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// However deep a configuration file nests, reading it costs in proportion to its length.
func TestNestingCostsNoMoreThanLength(t *testing.T) {
	const size = 400_000
	nests := map[string]string{
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
	for name, unit := range nests {
		body := []byte(strings.Repeat(unit, size/len(unit)))
		if bytes := built(func() { _, _ = document(body) }); bytes > 128*size {
			t.Errorf("%s: %d bytes are built of %d", name, bytes, size)
		}
	}
}
