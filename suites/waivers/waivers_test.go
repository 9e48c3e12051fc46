package waivers

import (
	"os"
	"testing"
)

func TestNamed(t *testing.T) {
	names := Names()
	if len(names) == 0 {
		t.Fatal("no waivers are built in")
	}
	for _, name := range names {
		body, known := Named(name)
		file, err := os.ReadFile(name + suffix)
		if !known || err != nil || string(body) != string(file) {
			t.Errorf("%s: known %v, %d bytes of %d, %v", name, known, len(body), len(file), err)
		}
	}
	for _, name := range []string{"", ".", "..", "mockpass", "mockpass-4.3.4.yaml", "./mockpass-4.3.4", "../waivers/mockpass-4.3.4"} {
		if _, known := Named(name); known {
			t.Errorf("%q is known", name)
		}
	}
}

func TestLike(t *testing.T) {
	for wrote, want := range map[string]string{
		"mockpas-4.3.4": "mockpass-4.3.4", "MockPass-4.3.5": "mockpass-4.3.4", "suites/waivers/mockpass-4.3.4.yaml": "mockpass-4.3.4",
		`C:\waivers\mockpass-4.3.4.yaml`: "mockpass-4.3.4", "w.yaml": "", "no.yaml": "", "": "",
	} {
		if got := Like(wrote); got != want {
			t.Errorf("%q: %q, want %q", wrote, got, want)
		}
	}
}
