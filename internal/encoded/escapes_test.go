package encoded

import "testing"

func TestEscapesAreUndone(t *testing.T) {
	for in, want := range map[string]string{"%41x": "A", "%4": "", "%4g": "", "x": ""} {
		if got, n := percentAt(in); got != want || n > 0 != (want != "") {
			t.Errorf("percent %q: %q, %d", in, got, n)
		}
	}
	for in, want := range map[string]string{
		`\n`: "\n", `\r`: "\r", `\t`: "\t", `\/`: "/", `\"`: `"`, `\\`: `\`, `\'`: `'`, `\`: "", `\q`: "", `\x41`: "A", `\x4`: "", `\xzz`: "",
		`\u0041`: "A", `\u004`: "", `\uzzzz`: "", `\ud83d\ude42`: "🙂", `\ud83d`: "\ufffd", `\ud83dxxxxxx`: "\ufffd", `\ud83d\u0041`: "\ufffd", `n`: "",
	} {
		if got, n := jsonAt(in); got != want || n > 0 != (want != "") || n > len(in) {
			t.Errorf("JSON %q: %q, %d", in, got, n)
		}
	}
	for in, want := range map[string]string{"&amp;x": "&", "&amp": "&", "&#65;": "A", "&#x41;": "A", "&": "", "&x": "", "& amp;": "", "&nosuch;": "", "amp;": "", "&lt": "<"} {
		if got, n := htmlAt(in); got != want || n > 0 != (want != "") {
			t.Errorf("HTML %q: %q, %d", in, got, n)
		}
	}
	if got, n := jsonAt(`\ud83d\ude42x`); got != "🙂" || n != 12 {
		t.Errorf("a pair of surrogates: %q, %d", got, n)
	}
}
