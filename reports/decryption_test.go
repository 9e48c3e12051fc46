package reports

import (
	"bytes"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

func decryptRecord() *run.Record {
	r := &run.Record{Complete: true, Decrypt: &run.Decrypt{
		Cells: []run.Cell{{Engine: "go", RSABits: 2048, Alg: "RSA-OAEP-256", Fields: 8, FieldBytes: 24, Cores: 1, AnswersPerS: 1000, USPerAnswer: 1000, FloorRatio: 0.97}},
		Plan: []run.Plan{
			{LoginsPerS: 200, Engine: "go", Runtime: "Go", Cores: 0.34, Row: "RSA-2048, 8 × 24 B, 1 core", Utilisation: 0.6},
			{LoginsPerS: 200, Engine: "jose 5 on Node, as the SDK uses it", Runtime: "Node", Cores: 0.6, Utilisation: 0.6},
			{LoginsPerS: 200, Engine: "jwcrypto 1 on Python, as the SDK uses it", Runtime: "Python", Cores: 8, Utilisation: 0.6},
			{LoginsPerS: 200, Engine: "jwcrypto 1 on Python, private key imported once", Runtime: "Python", Cores: 1, Utilisation: 0.6},
		},
		Missing: []run.Void{{What: "ruby-jwe on Ruby", Reason: "install it"}},
		Machine: &run.Machine{CPU: "Quick 3000", Cores: 4, LimitCores: 1.5, Frequency: "governor powersave", System: "linux/amd64", Versions: map[string]string{"go": "go1.26", "node": "20"}},
	}}
	r.Count()
	return r
}

func allForms(t *testing.T, r *run.Record) map[string]string {
	t.Helper()
	forms := map[string]string{}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"terminal": func(b *bytes.Buffer) error { return Terminal(b, r, Options{Verbose: true, Width: 400}) },
		"html":     func(b *bytes.Buffer) error { return HTML(b, r) },
		"markdown": func(b *bytes.Buffer) error { return Markdown(b, r) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		forms[name] = strings.NewReplacer("&#43;", "+", `\`, "").Replace(b.String())
	}
	return forms
}

func TestAPlanSaysWhatItRestsOn(t *testing.T) {
	for name, text := range allForms(t, decryptRecord()) {
		want := []string{"Go 0.34 cores, Node 0.6 cores, Python 1 to 8 cores", "Quick 3000; 4 cores (this container may use 1.5); linux/amd64; clock rate: governor powersave; go go1.26; node 20", "ruby-jwe on Ruby", "install it"}
		if name != "markdown" {
			want = append(want, "RSA-2048, 8 × 24 B, 1 core", "60 %", "jwcrypto 1 on Python, as the SDK uses it")
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in %s", name, w, text)
			}
		}
	}
}

func TestWhatIsVoidIsSaidInWords(t *testing.T) {
	r := decryptRecord()
	r.Decrypt.Void = []run.Void{{What: "openssl, RSA-2048, 2 cores", Reason: "the machine was busy with other work"}}
	r.Count()
	if h := headlineOf(r); h.Tone != amber || h.String() != "Incomplete: 1 measurement of decryption is void: the machine was busy with other work." {
		t.Errorf("%+v", h)
	}
	busy := r.Decrypt.Void[0]
	r.Decrypt.Void = []run.Void{{What: "jose on Node, 1 core", Reason: "jose on Node ended without decrypting the answer"}, busy}
	if h := headlineOf(r); h.String() != "Incomplete: 2 measurements of decryption are void: jose on Node ended without decrypting the answer; the machine was busy with other work." {
		t.Errorf("%+v", h)
	}
	r.Decrypt.Void = []run.Void{busy}
	for name, text := range allForms(t, r) {
		for _, w := range []string{"void", "openssl, RSA-2048, 2 cores", "the machine was busy with other work"} {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q", name, w)
			}
		}
	}
	r.Decrypt.Cells, r.Decrypt.Plan = nil, nil
	for name, text := range allForms(t, r) {
		if !strings.Contains(text, "openssl, RSA-2048, 2 cores") {
			t.Errorf("%s: nothing of it where all is void", name)
		}
	}
}

// Every measured row is in the summary, whatever else there is to say beside it.
func TestTheSummaryOfDecryptionHasItsRows(t *testing.T) {
	r := decryptRecord()
	r.Decrypt.Cells = nil
	for cores := range 6 {
		r.Decrypt.Cells = append(r.Decrypt.Cells, run.Cell{Engine: "openssl", RSABits: 2048, Alg: "RSA-OAEP-256", Fields: 8, FieldBytes: 24, Cores: cores + 1, AnswersPerS: float64(5001 + cores)})
	}
	for range 15 {
		r.Decrypt.Peers = append(r.Decrypt.Peers, run.Peer{Name: "jose 5 on Node, a worker thread for each core, private key imported once", AnswersPerS: 4321, Cores: 2})
	}
	r.Count()
	var b bytes.Buffer
	if err := Terminal(&b, r, Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"5,001", "5,006", "your 200 logins", "private key imported", "4,321 answers/s on 2 cores", "measurements beside them"} {
		if !strings.Contains(b.String(), w) {
			t.Errorf("no %q in\n%s", w, b.String())
		}
	}
	if n := strings.Count(b.String(), "\n"); n > 25 {
		t.Errorf("%d lines:\n%s", n, b.String())
	}
}

// Two measurements under one name cannot be told apart.
func TestMeasurementsOfDecryptionHaveNamesOfTheirOwn(t *testing.T) {
	r := decryptRecord()
	r.Decrypt.Cells = nil
	for _, alg := range []string{"RSA-OAEP-256", "RSA-OAEP"} {
		for _, size := range []int{24, 512} {
			r.Decrypt.Cells = append(r.Decrypt.Cells, run.Cell{Engine: "go", RSABits: 2048, Alg: alg, Fields: 8, FieldBytes: size, Cores: 1, AnswersPerS: 1000, USPerAnswer: float64(1000 + size)})
		}
	}
	c := decryptTrend([]*run.Record{r, r})
	if len(c.Lines) != 2 || !strings.Contains(c.Text, "8 fields of 24 bytes") {
		t.Errorf("%d lines, %s", len(c.Lines), c.Text)
	}
	for _, l := range c.Lines {
		seen := map[float64]bool{}
		for _, p := range l.Points {
			if seen[p.X] {
				t.Errorf("trend, %s: two points at run %g", l.Name, p.X)
			}
			seen[p.X] = true
		}
	}
	var b bytes.Buffer
	if err := Markdown(&b, r); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(b.String(), "| Engine |")
	rows := map[string]bool{}
	for _, l := range strings.Split(table, "\n") {
		if !strings.HasPrefix(l, "| go |") {
			continue
		}
		name := strings.Join(strings.Split(l, "|")[:6], "|") // all but what was measured
		if rows[name] {
			t.Errorf("two rows of %s", name)
		}
		rows[name] = true
	}
	if len(rows) != 4 {
		t.Errorf("%d rows", len(rows))
	}
	f, _ := split(r.Decrypt.Cells)
	for _, label := range []string{"RSA-2048 · RSA-OAEP-256 · 8 × 24 B", "RSA-2048 · RSA-OAEP · 8 × 512 B"} {
		if !strings.Contains(string(f.SVG), label) {
			t.Errorf("no bar %q", label)
		}
	}
}
