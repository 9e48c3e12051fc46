package login

import (
	"testing"

	"sgidcheck/internal/nesting/nestingtest"
)

// However deep a page nests, reading it costs in proportion to its length.
func TestNestingCostsNoMoreThanLength(t *testing.T) {
	nestingtest.InProportion(t, func(body []byte) { _, _ = ReadPage(body) })
}
