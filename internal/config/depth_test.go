package config

import (
	"testing"

	"sgidcheck/internal/nesting/nestingtest"
)

// However deep a configuration file nests, reading it costs in proportion to its length.
func TestNestingCostsNoMoreThanLength(t *testing.T) {
	nestingtest.InProportion(t, func(body []byte) { _, _ = document(body) })
}
