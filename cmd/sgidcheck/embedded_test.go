package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

func TestConformantProviderPasses(t *testing.T) {
	for _, flags := range [][]string{{"--slow"}, {"--slow", "--tls"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			out := t.TempDir()
			got := sgidcheck(t, append([]string{"conformance", "--progress", "plain", "--out", out}, flags...)...)
			if got.code != exitPass {
				t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
			record := recordOf(t, out)
			if !record.Complete || record.Verdict != run.RunPass || record.Target.Kind != "embedded" {
				t.Errorf("complete %v, verdict %s, kind %s", record.Complete, record.Verdict, record.Target.Kind)
			}
			for _, c := range record.Checks {
				switch c.Verdict {
				case run.Pass, run.Info:
				case run.Skip:
					if c.Reason == "" {
						t.Errorf("%s is skipped without a reason", c.ID)
					}
				default:
					t.Errorf("%s: %s: %s %s", c.ID, c.Verdict, c.Observed, c.Reason)
				}
			}
			planned := 0
			for _, c := range judge.CatalogueOf(run.ProviderAreas()...) {
				if !strings.HasPrefix(c.ID, "BROW-") {
					planned++
				}
			}
			if len(record.Checks) != planned {
				t.Errorf("%d checks in the record, %d in the catalogue", len(record.Checks), planned)
			}
			lines := strings.Split(strings.TrimSpace(got.out), "\n")
			if last := lines[len(lines)-1]; last != filepath.Join(out, "report.html") {
				t.Errorf("the last line is %q, not the report's path", last)
			}
		})
	}
}

// No run may leave a secret or a person's data in what it writes or prints.
func TestNothingSecretIsWritten(t *testing.T) {
	issuer, credentials := startProvider(t)
	clients := readClients(t, credentials)
	out := t.TempDir()
	env := append(clients[0].environment("SGID_"), clients[1].environment("SGID_SECOND_")...)
	got := program{args: []string{"conformance", "--issuer", issuer, "--progress", "plain", "--out", out}, env: env}.run(t)
	if got.code != exitPass {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	written := got.out + got.err
	err := filepath.WalkDir(out, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		written += string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(written, "TOKEN-05") {
		t.Fatal("the reports do not even name the checks")
	}
	for what, secret := range map[string]string{
		"client secret": clients[0].Secret, "second client's secret": clients[1].Secret,
		"private key": strings.Split(clients[0].PrivateKey, "\n")[3],
	} {
		if strings.Contains(written, secret) {
			t.Errorf("the %s is in what was written", what)
		}
	}
	for _, value := range personalData() {
		if strings.Contains(written, value) {
			t.Errorf("a decrypted value is in what was written: %q", value)
		}
	}
	// The three letters alone come by chance, within a word or at its beginning, as in a random state.
	for _, at := range regexp.MustCompile(`(?:^|[^\w-])(eyJ[\w-]{5})`).FindAllStringSubmatchIndex(written, -1) {
		head, err := base64.RawURLEncoding.DecodeString(written[at[2]:at[3]])
		if err == nil && regexp.MustCompile(`^\{"[a-z_]{3}`).Match(head) {
			t.Errorf("a JOSE object is in what was written: %q", written[at[0]:min(at[1]+60, len(written))])
		}
	}
}

// personalData is every persona's values that would not stand in a report by chance.
func personalData() []string {
	var out []string
	for _, p := range provider.Personas() {
		for _, value := range p.Data {
			if len(value) >= 8 {
				out = append(out, strings.Split(value, "\n")[0])
			}
		}
	}
	return out
}
