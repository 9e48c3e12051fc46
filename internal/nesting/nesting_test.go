package nesting

import (
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, text string
		refused    bool
	}{
		{"nothing", "", false},
		{"as deep as may be", nested(Max), false},
		{"one deeper", nested(Max + 1), true},
		{"never closed", strings.Repeat("[", 400_000), true},
		{"objects", strings.Repeat(`{"a":`, Max+1), true},
		{"both in turn", strings.Repeat(`[{"a":`, Max/2+1), true},
		{"side by side", "[" + strings.Repeat("[],", 1000) + "[]]", false},
		{"in a string", `{"a":"` + strings.Repeat("[", 1000) + `"}`, false},
		{"in a string with quotes", `{"a":"\"` + strings.Repeat("[", 1000) + `\\"}`, false},
		{"in a string that never ends", `{"a":"` + strings.Repeat("[", 1000), false},
		{"after a string", `{"a\\":` + strings.Repeat("[", 1000), true},
		{"closed before it was opened", "]]]]" + nested(Max), false},
	} {
		if err := JSON([]byte(c.text)); (err != nil) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// What the rest of the process allocates meanwhile is counted, too.
func TestNothingIsBuilt(t *testing.T) {
	flat := []byte("[" + strings.Repeat(`{"a":[1]},`, 40_000) + "{}]")
	if n := testing.AllocsPerRun(3, func() { _ = JSON(flat) }); n > 100 {
		t.Errorf("%v allocations", n)
	}
	deep := []byte(strings.Repeat("[", 400_000))
	if n := testing.AllocsPerRun(3, func() { _ = JSON(deep) }); n > 100 {
		t.Errorf("%v allocations for the error", n)
	}
}
