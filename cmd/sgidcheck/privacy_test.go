package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
	"sgidcheck/reports"
)

// written is every text that a run left anywhere, by where it stands: files and
// their names, what was printed, and the record drawn in every form.
func written(t *testing.T, out string, got result) map[string]string {
	t.Helper()
	texts := map[string]string{"standard output": got.out, "standard error": got.err}
	names := ""
	err := filepath.WalkDir(out, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		names += path[len(out):] + "\n"
		if filepath.Ext(path) == ".png" {
			return nil
		}
		body, err := os.ReadFile(path)
		texts[filepath.Base(path)] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	texts["names of files"] = names
	for _, name := range []string{"run.json", "report.html", "junit.xml", "summary.md", "results.sarif"} {
		if texts[name] == "" {
			t.Fatalf("there is no %s", name)
		}
	}
	for _, format := range append(reports.Formats(), "terminal") {
		drawn := sgidcheck(t, "report", "--format", format, out)
		if drawn.code != exitPass || drawn.out == "" {
			t.Fatalf("report --format %s: exit code %d: %s", format, drawn.code, drawn.err)
		}
		if !slices.ContainsFunc([]string{"run.json", "report.html", "junit.xml", "summary.md", "results.sarif"}, func(name string) bool { return texts[name] == drawn.out }) {
			texts["report --format "+format] = drawn.out + drawn.err
		}
	}
	return texts
}

// mustHide fails for everything of what the planter knew that can be read from
// the texts.
func (p *planter) mustHide(t *testing.T, texts map[string]string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.planted < 50 {
		t.Errorf("only %d values were planted", p.planted)
	}
	var values []string
	for v := range p.all {
		values = append(values, v)
		for line := range strings.SplitSeq(v, "\n") {
			if line != v && len(line) >= 8 {
				p.all[line] = p.all[v]
				values = append(values, line)
			}
		}
	}
	wanted := searchFor(values)
	told := map[string]int{}
	for where, text := range texts {
		for i, reading := range readings(text) {
			wanted.in(reading, func(value string, at int) {
				if i >= len(readings("x")) && len(value) < 8 {
					return
				}
				what := where + ": " + p.all[value]
				if told[what]++; told[what] <= 3 {
					t.Errorf("%s, %q, can be read (reading %d): …%q…", what, value, i, reading[max(0, at-120):min(len(reading), at+len(value)+60)])
				}
			})
		}
	}
}

// environment is the credentials of the provider's clients.
func (p *planter) environment(t *testing.T) []string {
	t.Helper()
	var env []string
	for i, c := range p.behind.Clients() {
		env = append(env, peerClient{ID: c.ID, Secret: c.Secret, RedirectURIs: c.RedirectURIs, Scopes: c.Scopes, PrivateKey: c.PrivateKey}.environment([]string{"SGID_", "SGID_SECOND_"}[i])...)
	}
	return env
}

func keepsExamples(r *run.Record) error {
	if r.Load == nil || len(r.Load.Examples) == 0 {
		return fmt.Errorf("no example is kept: %+v", r.Load)
	}
	return nil
}

// A target that answers with secrets and people's data in every place and
// spelling finds none of it in anything that a run writes or prints.
func TestNothingPlantedIsWritten(t *testing.T) {
	for _, tt := range []struct {
		name     string
		args     []string
		people   int // whose data this side comes to know
		stumbles bool
		shows    func(*run.Record) error
	}{
		{name: "conformance", people: 2, args: []string{"conformance", "--progress", "plain"}, shows: func(r *run.Record) error {
			exchanges := 0
			for _, c := range r.Checks {
				exchanges += len(c.Exchanges)
			}
			if exchanges < 300 {
				return fmt.Errorf("only %d exchanges are in the record", exchanges)
			}
			if v := verdicts(r); v["CRYPT-05"].Verdict != run.Pass {
				return fmt.Errorf("no person's data was opened: %s %s", v["CRYPT-05"].Observed, v["CRYPT-05"].Reason)
			}
			return nil
		}},
		{name: "browser", people: 1, args: []string{"browser", "--progress", "plain", "--select", "BROW-01,BROW-03,BROW-08"}, shows: func(r *run.Record) error {
			if r.Browser == nil || len(r.Browser.Steps) == 0 || r.Browser.HAR == "" {
				return fmt.Errorf("the browser left nothing: %+v", r.Browser)
			}
			for _, s := range r.Browser.Steps {
				if s.Screenshot != "" || s.Thumbnail != "" {
					return fmt.Errorf("there is a picture of %s", s.Name)
				}
			}
			return nil
		}},
		{name: "load", people: 1, stumbles: true, args: []string{"loadtest", "login", "--rate", "20", "--duration", "3s", "--progress", "none"}, shows: keepsExamples},
		{name: "search", people: 1, stumbles: true, args: []string{"loadtest", "login", "--find-max", "--rate", "20", "--duration", "2s", "--progress", "none"}, shows: keepsExamples},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlanter(t, tt.people, tt.stumbles)
			out := t.TempDir()
			args := append(tt.args, "--issuer", p.issuer(), "--endpoints", "documented", "--out", out)
			got := program{args: args, env: p.environment(t)}.run(t)
			if got.code == exitUsage {
				t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
			if err := tt.shows(recordOf(t, out)); err != nil {
				t.Errorf("%v\n%s%s", err, got.out, got.err)
			}
			p.mustHide(t, written(t, out, got))
		})
	}
}
