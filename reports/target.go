package reports

import "sgidcheck/internal/run"

// standIn is what stands behind the target's name where a stand-in was reached; it is
// not taken for the target.
func standIn(t run.Target) string {
	if text := t.StandIn(); text != "" {
		return " – " + text
	}
	return ""
}
