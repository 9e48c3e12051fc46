package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
)

// What is printed for each area compiles where it says that it belongs.
func TestTemplatesCompile(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	overlay := map[string]string{}
	add := func(path, source string) {
		file := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay)))
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(root, path)] = file
	}
	imports := regexp.MustCompile(`(?s)^package (\w+)`)
	used := map[string]string{
		"judge.": "sgidcheck/internal/judge", "run.": "sgidcheck/internal/run", "ginkgo.": "github.com/onsi/ginkgo/v2", "url.": "net/url", "http.": "net/http",
	}
	write := func(beside, name, source string) {
		there, err := os.ReadFile(filepath.Join(root, beside))
		if err != nil {
			t.Fatal(err)
		}
		head := imports.FindString(string(there)) + "\n"
		for prefix, path := range used {
			if regexp.MustCompile(`\b` + regexp.QuoteMeta(prefix)).MatchString(source) {
				head += fmt.Sprintf("import %q\n", path)
			}
		}
		add(filepath.Join(filepath.Dir(beside), name), head+source)
	}
	for _, area := range run.ProviderAreas() {
		for i, tmpl := range []areaTemplate{areaTemplates[area], readingTemplates[area]} {
			if tmpl.checkFile == "" {
				continue // the area has one template
			}
			check, fault, err := tmpl.fill(fmt.Sprintf("%s-%d", area, 900+i))
			if err != nil {
				t.Fatalf("%s: %v", area, err)
			}
			name := fmt.Sprintf("filled_%s_%d.go", strings.ToLower(area), i)
			write(tmpl.checkFile, name, check)
			write(tmpl.faultFile, name, "var _ = append("+tmpl.faultList+", []Fault{\n"+fault+"}...)\n")
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-overlay", file, "./suites", "./browser", "./internal/provider")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTemplateOfAnArea(t *testing.T) {
	got := sgidcheck(t, "checks", "--template", "nonce")
	for _, want := range []string{"suites/nonce.go", "faults_nonce.go", "faultsNonce", `ID: "NONCE-06"`, `"NONCE-06", "TODO`} {
		if got.code != exitPass || !strings.Contains(got.out, want) {
			t.Errorf("exit code %d, no %s in\n%s%s", got.code, want, got.out, got.err)
		}
	}
	if got := sgidcheck(t, "checks", "--template", "TOKEN"); !strings.Contains(got.out, "s.Shared().Reply") || !strings.Contains(got.out, "answerOf(atToken") {
		t.Errorf("the template of an area whose checks send wrong requests has no form for a check that reads a response:\n%s", got.out)
	}
	for area, says := range map[string]string{"": "--template", "NONE": "NONCE"} {
		if got := sgidcheck(t, "checks", "--template", area); got.code != exitUsage || !strings.Contains(got.err, says) {
			t.Errorf("area %q: exit code %d: %s", area, got.code, got.err)
		}
	}
}

// No template is published half filled.
func TestNothingIsLeftToBeWritten(t *testing.T) {
	todo := regexp.MustCompile(`(\w+):\[?TODO`)
	for _, c := range judge.Catalogue() {
		var fields []string
		for _, found := range todo.FindAllStringSubmatch(fmt.Sprintf("%+v", c), -1) {
			fields = append(fields, found[1])
		}
		if len(fields) > 0 {
			t.Errorf("%s still says TODO in %s: fill in what the template left open", c.ID, strings.Join(fields, ", "))
		}
	}
	for _, f := range provider.Faults() {
		if strings.Contains(f.Name, "todo") || strings.Contains(f.Breaks, "TODO") {
			t.Errorf("the fault %s for %s still has the template's name or sentence: give it its own", f.Name, strings.Join(f.Checks, ", "))
		}
	}
}
