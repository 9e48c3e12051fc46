package rp

import (
	"slices"
	"testing"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// What is drawn is of the form that sgID has for it, and nothing by which a person is
// known is anybody else's.
func TestDrawn(t *testing.T) {
	for range 2000 {
		p := drawn()
		if nric := p.Data["myinfo.nric_number"]; !sgid.ValidNRIC(nric) {
			t.Fatalf("%s is no identity number", nric)
		}
		if p.Data["myinfo.name"] != another.Data["myinfo.name"] && len(p.Data) == len(another.Data) {
			marks := provider.Marks(p)
			for _, other := range provider.People() {
				for _, mark := range provider.Marks(&other) {
					if slices.Contains(marks, mark) {
						t.Fatalf("%s is %s's", mark, other.ID)
					}
				}
			}
			continue
		}
		t.Fatalf("%v", p.Data)
	}
}
