package reports

import (
	"bytes"
	"html"
	"os/exec"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// The line that repeats a request is shown as it was recorded, or not at all.
func TestRepeatLinesAreWholeInEveryForm(t *testing.T) {
	for name, tt := range map[string]struct {
		curl  string
		whole bool
	}{
		"spaces and lines": {"curl -sS -i 'http://127.0.0.1/' -H 'X: a  b\n c'", true},
		"a long header":    {"curl -sS -i 'http://127.0.0.1/' -H 'X: " + strings.Repeat("a b ", 1750) + "end'", true},
		"too long":         {"curl -sS -i 'http://127.0.0.1/' -H 'X: " + strings.Repeat("a b ", 20000) + "end'", false},
	} {
		r := &run.Record{Checks: []run.Check{{ID: "TOKEN-05", Area: "TOKEN", Level: "MUST", Verdict: run.Fail, Title: "it is refused",
			Exchanges: []run.Exchange{{Judged: true, Request: run.Request{Method: "GET", URL: "http://127.0.0.1/"}, Response: &run.Response{Status: 200}, Curl: tt.curl}}}}}
		r.Count()
		for form, begins := range map[string]string{"terminal": "repeat    ", "junit": "\n$ ", "sarif": "\n$ ", "html": `<div class="code"><pre tabindex="0"><code>`} {
			var b bytes.Buffer
			var err error
			if form == "terminal" {
				err = Terminal(&b, r, Options{Verbose: true, Width: 80})
			} else {
				err = Format(&b, form, r)
			}
			if err != nil {
				t.Fatal(err)
			}
			out := b.String()
			switch form {
			case "junit", "html":
				out = html.UnescapeString(out)
			case "sarif":
				out = strings.ReplaceAll(out, `\n`, "\n")
			}
			_, shown, found := strings.Cut(out, begins)
			if !found {
				t.Errorf("%s, %s: no line to repeat", name, form)
				continue
			}
			if tt.whole != strings.HasPrefix(shown, tt.curl+lineEnd[form]) {
				t.Errorf("%s, %s: %.200q", name, form, shown)
				continue
			}
			if form == "html" {
				end, _, _ := strings.Cut(shown, "</div>")
				if strings.Contains(end, "copy") != tt.whole || !tt.whole && !strings.Contains(out, "Curl line cut here: "+thousands(len(tt.curl))+" bytes in all") {
					t.Errorf("%s, %s: %q", name, form, end[max(0, len(end)-200):])
				}
				continue
			}
			if !tt.whole {
				shown, _, _ = strings.Cut(shown, "\n")
				if !strings.HasPrefix(shown, "# ") || !strings.Contains(shown, thousands(len(tt.curl))+" bytes") {
					t.Errorf("%s, %s: %.200q", name, form, shown)
				}
				continue
			}
			parses(t, shown[:len(tt.curl)])
		}
	}
}

// lineEnd is what follows a line in a form.
var lineEnd = map[string]string{"terminal": "\n", "junit": "\n", "sarif": "\n", "html": "</code>"}

func parses(t *testing.T, line string) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		return
	}
	shell := exec.CommandContext(t.Context(), "sh", "-n")
	shell.Stdin = strings.NewReader(line + "\n")
	if out, err := shell.CombinedOutput(); err != nil {
		t.Errorf("a shell does not take it: %v %s", err, out)
	}
}
