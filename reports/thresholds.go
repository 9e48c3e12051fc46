package reports

import (
	"slices"

	"sgidcheck/internal/run"
)

// What became of a threshold, in words.
const (
	thresholdKept       = "kept"
	thresholdCrossed    = "crossed"
	thresholdExcused    = "crossed by the harness's own limit"
	thresholdUnmeasured = "not measured"
)

func thresholdOutcome(judged run.LoadJudgement, t run.Threshold) string {
	switch {
	case slices.Contains(judged.Unmeasured, t):
		return thresholdUnmeasured
	case t.OK:
		return thresholdKept
	case slices.Contains(judged.Excused, t):
		return thresholdExcused
	}
	return thresholdCrossed
}

// measuredValue is the value that a threshold was held against.
func measuredValue(t run.Threshold) string {
	if t.Unmeasured {
		return "nothing"
	}
	switch unit := t.Unit(); unit {
	case "ms":
		return milliseconds(t.Value)
	case "%":
		return number(t.Value) + " %"
	default:
		return number(t.Value) + unit
	}
}

// thresholdMark is the sign before an outcome: a cross is for what was crossed.
func thresholdMark(outcome string) string {
	switch outcome {
	case thresholdKept:
		return "✓"
	case thresholdCrossed:
		return "✕"
	}
	return "?"
}
