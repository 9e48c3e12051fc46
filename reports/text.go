package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"sgidcheck/internal/inert"
)

// inertLine is s made inert for places that have one line.
func inertLine(s string) string {
	return strings.Join(strings.Fields(inert.Text(s)), " ")
}

// cut returns at most limit bytes of s, ending at a character's end, and, where
// something is left out, a note with the whole length and its hash.
func cut(s string, limit int) (shown, note string) {
	shown = head(s, limit)
	if len(shown) == len(s) {
		return s, ""
	}
	sum := sha256.Sum256([]byte(s))
	return shown, fmt.Sprintf("cut here: %s bytes in all, SHA-256 %s", thousands(len(s)), hex.EncodeToString(sum[:]))
}

// clip is cut for one line of prose: the note is an ellipsis with the length.
func clip(s string, limit int) string {
	line := inertLine(head(s, 4*limit))
	shown := head(line, limit)
	if len(shown) == len(line) && len(s) <= 4*limit {
		return line
	}
	return shown + fmt.Sprintf("… (%s bytes in all)", thousands(len(s)))
}

// brief is clip for text of our own, such as titles: it ends in an ellipsis.
func brief(s string, limit int) string {
	line := inertLine(head(s, 4*limit))
	if shown := head(line, limit); len(shown) < len(line) || len(s) > 4*limit {
		return strings.TrimSpace(shown) + "…"
	}
	return line
}

// head returns at most limit bytes of s, ending at a character's end.
func head(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// thousands writes n with commas.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// inOneLine is clip for text of several lines, which stay apart.
func inOneLine(s string, limit int) string {
	return clip(strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == '\n' }), "; "), limit)
}

// plural writes a count with its noun: "1 check", "3 checks".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// number writes a figure with as many digits as a reader can use.
func number(v float64) string {
	switch a := max(v, -v); {
	case a == 0:
		return "0"
	case a >= 1e15:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 1000:
		return thousands(int(v + 0.5))
	case a >= 100:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	case a >= 10:
		return trimZeros(strconv.FormatFloat(v, 'f', 1, 64))
	case a >= 1:
		return trimZeros(strconv.FormatFloat(v, 'f', 2, 64))
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

func trimZeros(s string) string {
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// milliseconds writes a duration given in milliseconds.
func milliseconds(ms float64) string {
	switch {
	case ms >= 60_000:
		return fmt.Sprintf("%d min %d s", int(ms/60_000), int(ms/1000)%60)
	case ms >= 1000:
		return number(ms/1000) + " s"
	}
	return number(ms) + " ms"
}

// percent writes a share of one.
func percent(share float64) string { return number(share*100) + " %" }
