package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sgidcheck/internal/inert"
)

// What a message quotes from a record that somebody sent is inert on the terminal,
// too. Its own lines stay.
func TestMessagesQuoteRecordsInert(t *testing.T) {
	const steering = "\x1b[2J\x1b]0;pwned\x07\u202egnp"
	dir := t.TempDir()
	record := func(name, issuer, scenario string, errors map[string]any) string {
		load := map[string]any{"scenario": scenario, "rate_asked": 1, "rate_sent": 1, "rate_achieved": 1, "duration_s": 1, "requests": 1, "errors": errors,
			"parts": map[string]any{}, "series": []any{}, "harness": map[string]any{"cpu_s": 0, "max_rss_bytes": 0, "limited": false}}
		body, err := json.Marshal(map[string]any{"schema": "sgidcheck.run/v1", "tool": map[string]any{"name": "sgidcheck", "version": "v1"},
			"target": map[string]any{"kind": "external", "issuer": issuer}, "started": "2026-08-01T00:00:00Z", "complete": true, "verdict": "pass",
			"summary": map[string]any{"pass": 0, "fail": 0, "warn": 0, "info": 0, "skip": 0, "blocked": 0, "waived": 0, "stale-waiver": 0}, "checks": []any{}, "load": load})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := record("good.json", "http://127.0.0.1/v2", "login", map[string]any{})
	for name, args := range map[string][]string{
		"a key":    {"report", record("key.json", "http://127.0.0.1/v2", "login", map[string]any{steering: "x"})},
		"a target": {"report", "merge", good, record("target.json", "http://127.0.0.1/"+steering, "login", map[string]any{})},
	} {
		got := sgidcheck(t, args...)
		if got.code != exitUsage || !strings.Contains(got.err, `\x1b[2J\x1b]0;pwned\x07\u202Egnp`) {
			t.Errorf("%s: exit code %d, and nothing was quoted: %q", name, got.code, got.err)
		}
		if strings.ContainsFunc(got.err, func(c rune) bool { return c != '\n' && inert.Hidden(c) }) {
			t.Errorf("%s: %q", name, got.err)
		}
	}
	var b strings.Builder
	tell(&b, 0, "warning: ", "one\x1b[2J\ntwo")
	if b.String() != "warning: one\\x1b[2J\ntwo\n" {
		t.Errorf("%q", b.String())
	}
}
