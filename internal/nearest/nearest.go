// Package nearest finds what was probably meant by a word that is none of the
// known ones.
package nearest

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Of returns the known word, the first of several, that is most like what was
// written, whatever the case, and the number of characters that differ; without
// known words, none.
func Of(wrote string, known []string) (word string, distance int) {
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(wrote), strings.ToLower(k)); word == "" || d < distance {
			word, distance = k, d
		}
	}
	return word, distance
}
