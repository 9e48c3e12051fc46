package browser

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestGuardRemovesTheFolderOfAProgramThatIsGone(t *testing.T) {
	profile := filepath.Join(t.TempDir(), profilePrefix+"1")
	if err := os.MkdirAll(filepath.Join(profile, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	alive, program := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Guard(profile, alive) }()
	if _, err := program.Write([]byte{0}); err != nil { // taken, so the guard is waiting
		t.Fatal(err)
	}
	if _, err := os.Stat(profile); err != nil {
		t.Errorf("the folder of a program that lives: %v", err)
	}
	program.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(profile); !os.IsNotExist(err) {
		t.Errorf("after its end: %v", err)
	}
}

func TestGuardTouchesNothingElse(t *testing.T) {
	dir := t.TempDir()
	if err := Guard(dir, nil); err == nil {
		t.Error("it took a folder that is no browser's")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}
