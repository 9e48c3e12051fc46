package reports

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"
)

// The summary, which a terminal shows where nothing else is asked for, lets no
// hidden character through, whichever of its parts a record holds.
func TestHostileTextIsInertInTheSummary(t *testing.T) {
	load := soaked(t)
	load.Checks, load.Decrypt = nil, nil
	decrypt := soaked(t)
	decrypt.Checks, decrypt.Load = nil, nil
	figures := soaked(t)
	figures.Checks = nil
	for name, r := range map[string]*run.Record{"checks": soaked(t), "load": load, "decrypt": decrypt, "figures": figures} {
		r.Count()
		for _, o := range []Options{{}, {Width: 200, Lines: 400}, {Width: 60, Lines: 400}} {
			var b bytes.Buffer
			if err := Terminal(&b, r, o); err != nil {
				t.Fatal(err)
			}
			out := b.String()
			if !strings.Contains(out, "script") {
				t.Errorf("%s, %+v: the hostile text is not shown: nothing was tested", name, o)
			}
			for i, c := range out {
				if c != '\n' && inert.Hidden(c) || c == '\uFFFD' {
					t.Errorf("%s, %+v: %U after %q", name, o, c, out[max(0, i-200):i])
					break
				}
			}
		}
	}
}

// The lines of a load test that quote a record without a length.
func TestFiguresOfASummaryAreInert(t *testing.T) {
	r := soaked(t)
	r.Load.Harness.Limited = true
	for _, name := range slices.Collect(maps.Keys(r.Load.Errors)) {
		r.Load.Errors[name] = 1
	}
	p := newPaper(&bytes.Buffer{}, Options{Width: 400})
	for _, room := range []int{0, 400} {
		said := map[string]bool{}
		for _, e := range p.loadEntries(r.Load, room) {
			said[e.tag] = true
			for _, l := range e.lines {
				if strings.ContainsFunc(l, inert.Hidden) {
					t.Errorf("room %d: %s %q", room, e.tag, l)
				}
			}
		}
		if !said["NOTICE"] || !said["PARTS"] {
			t.Errorf("room %d: not all that was to be tested is said: %v", room, said)
		}
	}
}
