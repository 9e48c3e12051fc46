package run

import (
	"errors"
	"strings"
	"testing"
)

// A log in which a process left no record is told from a document of another kind.
func TestReadAllOfWhatHoldsNoRecord(t *testing.T) {
	const start = `{"schema":"sgidcheck.run/v1",`
	for name, c := range map[string]struct {
		content, says string
		none          bool
	}{
		"empty":                         {"", "empty", true},
		"a message":                     {"ssh: connect to host load2: No route to host\n", "no run record", true},
		"cut off":                       {start + `"tool":{"na`, "no line of it is a whole one", true},
		"cut off, over several lines":   {start + "\n\"checks\":[\n", "no line of it is a whole one", true},
		"cut off, with a prefix":        {"pod-2 " + start + `"tool":{"na`, "no line of it is a whole one", true},
		"another schema":                {`{"schema":"other/v1"}`, "not a run record", false},
		"another schema, with a mark":   {"\xef\xbb\xbf" + `{"schema":"other/v1"}`, "not a run record", false},
		"a newer version":               {`{"schema":"sgidcheck.run/v9"}`, "does not know", false},
		"a newer version, in a log":     {"starting\n" + `{"schema":"sgidcheck.run/v9"}` + "\n", "does not know", false},
		"of the schema, without a load": {start + `"load":{}}`, "not a valid run record", false},
	} {
		t.Run(name, func(t *testing.T) {
			records, _, err := ReadAll("-", strings.NewReader(c.content))
			if err == nil || errors.Is(err, ErrNoRecord) != c.none || !strings.Contains(err.Error(), "standard input") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%d records, %v", len(records), err)
			}
		})
	}
}
