package redact

import (
	"os/exec"
	"testing"
)

// Whatever byte a target puts into a response, a shell takes it for that byte.
func TestQuoteQuotesEveryByte(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell on this machine")
	}
	var every []byte
	for b := 1; b < 256; b++ { // no argument of a program holds NUL
		every = append(every, byte(b), '\'', byte(b), 'x')
	}
	out, err := exec.Command("sh", "-c", "printf %s "+Quote(string(every))).Output()
	if err != nil || string(out) != string(every) {
		t.Errorf("%d bytes came back as %d (%v)", len(every), len(out), err)
	}
}
