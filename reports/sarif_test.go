package reports

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sgidcheck/internal/run"
)

// sarifSchema is the standard's own schema, from a peer package.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	const file = "../peers/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("the SARIF schema is not installed: run 'make peers' (%v)", err)
	}
	// Its pattern for languages has a bracket too many, which no strict engine takes.
	text = bytes.ReplaceAll(text, []byte(`{2}]?$`), []byte(`{2}?$`))
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	if err := c.AddResource("sarif.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func sarifOf(t *testing.T, r *run.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := SARIF(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSARIFIsValid(t *testing.T) {
	schema := sarifSchema(t)
	empty := &run.Record{}
	strict := example(t)
	strict.Strict = true
	for name, r := range map[string]*run.Record{"example": example(t), "hostile": soaked(t), "empty": empty, "strict": strict, "large": large(t, 30, 100)} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(sarifOf(t, r)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := bytes.Replace(sarifOf(t, example(t)), []byte(`"level": "error"`), []byte(`"level": "loud"`), 1)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(broken))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(value) == nil {
		t.Error("the schema takes a level that the standard does not have: it judges nothing")
	}
}

func TestSARIFFindings(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(sarifOf(t, example(t)), &log); err != nil {
		t.Fatal(err)
	}
	r := log.Runs[0]
	levels := map[string]string{}
	for _, f := range r.Results {
		levels[f.RuleID] = f.Level
		if r.Tool.Driver.Rules[f.RuleIndex].ID != f.RuleID {
			t.Errorf("%s points at the rule of %s", f.RuleID, r.Tool.Driver.Rules[f.RuleIndex].ID)
		}
		if (f.RuleID == "AUTHZ-03") != (len(f.Suppressions) > 0) {
			t.Errorf("%s: suppressions %v", f.RuleID, f.Suppressions)
		}
		if f.RuleID == "UINFO-04" && (f.WebResponse == nil || !f.WebResponse.NoResponseReceived) {
			t.Errorf("the answer that did not come: %+v", f.WebResponse)
		}
		if f.RuleID == "TOKEN-05" && (f.WebRequest == nil || f.WebRequest.Method != "POST" || f.WebResponse.StatusCode != 200) {
			t.Errorf("the exchange of TOKEN-05: %+v", f.WebRequest)
		}
	}
	for id, want := range map[string]string{"TOKEN-05": "error", "DISC-14": "warning", "UINFO-12": "note", "AUTHZ-03": "error", "UINFO-05": "", "TLS-01": "", "JWKS-01": ""} {
		if levels[id] != want {
			t.Errorf("%s has level %q, want %q", id, levels[id], want)
		}
	}
	notes := r.Invocations[0].Notifications
	if notes[0].Level != "note" || notes[0].Message.Text != Verdict(example(t)) {
		t.Errorf("the first notification does not say what the run claims: %+v", notes[0])
	}
	if notes = notes[1:]; len(notes) != 7 || !strings.Contains(notes[0].Message.Text, "could not be judged") || !strings.Contains(notes[5].Message.Text, "could not be judged") {
		t.Errorf("notifications of what was blocked: %+v", notes)
	}
	if last := notes[6]; last.Level != "note" || last.Message.Text != "The target was restarted by its owner once, after UINFO-04." {
		t.Errorf("the note of the record: %+v", last)
	}
}

// A warning of a MUST check is a warning, waived or not, and no MUST failure.
func TestAWarningOfAMUSTCheck(t *testing.T) {
	warned := run.Check{ID: "RP-19", Area: "RP", Level: "MUST", Title: "The state is compared", Verdict: run.Warn, Observed: "a request"}
	r := example(t)
	r.Checks, r.Coverage = []run.Check{warned, waivedWarning(warned)}, &run.Coverage{}
	r.Checks[1].ID = "RP-20"
	r.Count()
	var log sarifLog
	if err := json.Unmarshal(sarifOf(t, r), &log); err != nil {
		t.Fatal(err)
	}
	for _, f := range log.Runs[0].Results {
		if f.Level != "warning" {
			t.Errorf("%s has level %s", f.RuleID, f.Level)
		}
	}
	if n := len(log.Runs[0].Results); n != 2 {
		t.Errorf("%d results", n)
	}
	if said := Verdict(r); r.Coverage.Waived != 0 || strings.Contains(said, "MUST failure") {
		t.Errorf("%d waived: %s", r.Coverage.Waived, said)
	}
	if got := waivedWhat(&r.Checks[1]); got != "a warning of a MUST check" {
		t.Errorf("%q", got)
	}
}

// What code scanning shows of a result: where, how severe, and what to do.
func TestSARIFResultsCanBeShown(t *testing.T) {
	for name, r := range map[string]*run.Record{"example": example(t), "hostile": soaked(t)} {
		var log sarifLog
		if err := json.Unmarshal(sarifOf(t, r), &log); err != nil {
			t.Fatal(err)
		}
		for _, f := range log.Runs[0].Results {
			at := f.Locations[0].Physical
			artifact := log.Runs[0].Artifacts[*at.Artifact.Index]
			if u, err := url.Parse(at.Artifact.URI); err != nil || u.IsAbs() || strings.HasPrefix(at.Artifact.URI, "/") || artifact.Location.URI != at.Artifact.URI {
				t.Errorf("%s, %s: location %q in %q", name, f.RuleID, at.Artifact.URI, artifact.Location.URI)
			}
			for _, region := range []sarifRegion{at.Region, at.Context} {
				lines := strings.Split(artifact.Contents.Text, "\n")
				if region.EndLine > len(lines) || strings.Join(lines[region.StartLine-1:region.EndLine], "\n") != region.Snippet.Text {
					t.Errorf("%s, %s: lines %d to %d are not %q", name, f.RuleID, region.StartLine, region.EndLine, region.Snippet.Text)
				}
			}
			if f.WebResponse != nil && !strings.HasPrefix(at.Region.Snippet.Text, "< ") {
				t.Errorf("%s, %s points at %q, which is no answer", name, f.RuleID, at.Region.Snippet.Text)
			}
			if strings.Contains(f.Message.Text, "{0}") || f.Fingerprints["primaryLocationLineHash"] == "" {
				t.Errorf("%s, %s: message %q, fingerprints %v", name, f.RuleID, f.Message.Text, f.Fingerprints)
			}
		}
	}
}

func TestSARIFSaysTheProblem(t *testing.T) {
	r := &run.Record{Checks: []run.Check{{ID: "TOKEN-05", Title: "the same code a second time is refused", Problem: "a code {0} is accepted twice", Expected: "a refusal", Observed: "200 {0}.", Verdict: run.Fail, Level: "MUST"}}}
	var log sarifLog
	if err := json.Unmarshal(sarifOf(t, r), &log); err != nil {
		t.Fatal(err)
	}
	rule, result := log.Runs[0].Tool.Driver.Rules[0], log.Runs[0].Results[0]
	if rule.ShortDescription.Text != "a code {0} is accepted twice." || rule.Name != "TheSameCodeSecondTimeIsRefused" {
		t.Errorf("rule %q, %q", rule.Name, rule.ShortDescription.Text)
	}
	if got := rule.MessageStrings["fails"].Text; got != "a code {{0}} is accepted twice. Expected: 'a refusal'. Observed: '{0}'." {
		t.Errorf("message string %q", got)
	}
	if want := "a code {0} is accepted twice. Expected: 'a refusal'. Observed: '200 {0}'."; result.Message.Text != want {
		t.Errorf("message %q, want %q", result.Message.Text, want)
	}
}

func TestSARIFRulesSayHowSevere(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(sarifOf(t, example(t)), &log); err != nil {
		t.Fatal(err)
	}
	for _, rule := range log.Runs[0].Tool.Driver.Rules {
		p := rule.Properties
		security := slices.Contains(p.Tags, "security")
		want := map[Severity]string{High: "8.0", Medium: "5.5", Low: "2.5"}[SeverityOf(rule.ID)]
		if p.SecuritySeverity != want || security != (want != "") || p.Precision == "" || p.ProblemSeverity == "" || len(p.Tags) > 10 {
			t.Errorf("%s: %+v", rule.ID, p)
		}
		if rule.Name == "" || strings.Contains(rule.Name, " ") || !strings.Contains(rule.Help.Markdown, "**Severity:**") || !strings.Contains(rule.Help.Markdown, "](https://") {
			t.Errorf("%s: name %q, help %q", rule.ID, rule.Name, rule.Help.Markdown)
		}
	}
}
