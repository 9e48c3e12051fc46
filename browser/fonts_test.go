package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// dressed is a browser whose machine has other fonts: every family is the one
// that is named, and text is as large as the user has set it.
func dressed(t *testing.T, family string, pixels int) *Chrome {
	t.Helper()
	path, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	fonts := fmt.Sprintf(`<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/usr/share/fonts</dir><cachedir>%s</cachedir>
<match target="pattern"><edit name="family" mode="assign" binding="strong"><string>%s</string></edit></match></fontconfig>`, dir, family)
	wrapper := fmt.Sprintf("#!/bin/sh\nexec '%s' --blink-settings=defaultFontSize=%d \"$@\"\n", path, pixels)
	for name, text := range map[string]string{"fonts.conf": fonts, "chromium": wrapper} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("FONTCONFIG_PATH", dir)
	c := NewChrome(ChromeOptions{Path: filepath.Join(dir, "chromium")})
	t.Cleanup(func() { c.Close() })
	return c
}

// What BROW-11 says of the embedded provider and its faults does not hang on
// the fonts of the machine.
func TestTheWidthDoesNotHangOnFonts(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("fonts are chosen with fontconfig")
	}
	plan := judge.Plan(judge.Choice{Select: []string{"BROW-11"}})
	for _, font := range []struct {
		family string
		pixels int
	}{{"DejaVu Sans", 16}, {"DejaVu Sans Mono", 24}, {"DejaVu Serif", 32}, {"Liberation Sans Narrow", 9}} {
		t.Run(fmt.Sprintf("%s at %d", font.family, font.pixels), func(t *testing.T) {
			c := dressed(t, font.family, font.pixels)
			for fault, want := range map[string]run.Verdict{
				"": run.Pass, "style-as-text": run.Pass, "page-wide": run.Warn, "page-without-viewport": run.Warn,
			} {
				o := provider.Options{}
				if fault != "" {
					o.Faults = []string{fault}
				}
				tr := against(t, c, "", o)
				if got := tr.judged(plan)[0]; got.Verdict != want {
					t.Errorf("with the fault %q BROW-11 is %s, want %s: %s %s", fault, got.Verdict, want, got.Observed, got.Reason)
				}
			}
		})
	}
}
