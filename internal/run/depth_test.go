package run

import (
	"strings"
	"testing"
)

func TestARecordThatIsNestedTooDeep(t *testing.T) {
	const size = 400_000
	for _, document := range []string{
		strings.Repeat("[", size),
		`{"schema":"` + Schema + `","checks":` + strings.Repeat("[", size/2) + strings.Repeat("]", size/2) + "}",
		`{"schema":"` + Schema + `","checks":` + strings.Repeat(`{"a":`, size/5),
	} {
		if _, err := Decode([]byte(document)); err == nil || !strings.Contains(err.Error(), "nested deeper than 32 levels") {
			t.Errorf("%v", err)
		}
		if n := testing.AllocsPerRun(2, func() { _, _ = Decode([]byte(document)) }); n > 100 {
			t.Errorf("%v allocations for nothing", n)
		}
	}
}
