package reports

import (
	"crypto/sha256"
	"fmt"

	"sgidcheck/internal/inert"
)

// keptLine is how many bytes of a line that repeats a request are shown: more than
// any that the harness writes of a usual request.
const keptLine = 16 << 10

// repeatLine is the line that repeats a request as it was recorded, or where it is
// too long a comment that says so: half a line is no command, and may end within a
// quote.
func repeatLine(curl string) string {
	if len(curl) <= keptLine {
		return inert.Text(curl)
	}
	return fmt.Sprintf("# the line that repeats this request is too long to show: %s bytes in all, SHA-256 %x; run.json holds it", thousands(len(curl)), sha256.Sum256([]byte(curl)))
}
