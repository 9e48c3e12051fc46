package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/layout"
	"sgidcheck/internal/run"

	"github.com/spf13/cobra"
)

func fitsColumns(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if layout.Width(line) > layout.Columns {
			t.Errorf("%s: %d columns: %q", what, layout.Width(line), line)
		}
	}
}

// The help of every command fits 80 columns, its examples too: a shell joins their lines.
func TestHelpFitsItsColumns(t *testing.T) {
	root, tried := rootCommand(), 0
	tellCommands(root, nil)
	eachCommand(root, func(cmd *cobra.Command) {
		tried++
		got := inProcess(t, append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
		text := got.out
		if i := strings.Index(text, "\nUse \""); i >= 0 { // cobra's own line
			text = text[:i] + text[i+1+strings.Index(text[i+1:], "\n"):]
		}
		if cmd.Name() != "__complete" {
			fitsColumns(t, cmd.CommandPath(), text)
		}
	})
	if tried < 20 {
		t.Errorf("%d commands were tried", tried)
	}
}

// Plans fit 80 columns: the dry run, with few logins and with a person.
func TestPlansFitTheirColumns(t *testing.T) {
	for name, choice := range map[string]judge.Choice{
		"all":        {Missing: map[judge.Need]string{judge.SecondClient: "no second client is configured: set SGID_SECOND_CLIENT_ID and so on, which the developer portal gives"}},
		"few logins": {FewLogins: true, LoginBudget: 5},
	} {
		plan := judge.Plan(choice)
		var b bytes.Buffer
		if err := printPlan(&b, layout.Columns, plan); err != nil {
			t.Fatal(err)
		}
		for _, person := range []bool{true, false} {
			printLogins(&b, layout.Columns, plan, person)
		}
		printDemand(&b, layout.Columns, plan, &config.Config{Issuer: "https://api-stg.id.gov.sg/v2", Pace: 2})
		if strings.Count(b.String(), "\n") < 150 {
			t.Fatalf("%s: %d lines", name, strings.Count(b.String(), "\n"))
		}
		fitsColumns(t, name, b.String())
	}
}

// What follows a run fits, and its commands stand whole on lines of their own.
func TestNextStepsFitTheirColumns(t *testing.T) {
	long := "reports-of-the-agency/2026-11-26-" + strings.Repeat("x", 80)
	r := &run.Record{Complete: true, Checks: []run.Check{{ID: "DISC-01"}}, Summary: run.Summary{Fail: 1}}
	var b bytes.Buffer
	next := afterRun(r, long, "sgidcheck run")
	next.tell(&b, layout.Columns)
	if n := strings.Count(b.String(), "\n"); n != next.lines(layout.Columns) || n < 3 {
		t.Errorf("%d lines, %d were foreseen:\n%s", n, next.lines(layout.Columns), b.String())
	}
	for line := range strings.SplitSeq(b.String(), "\n") {
		if layout.Width(line) > layout.Columns && !strings.Contains(line, long) {
			t.Errorf("%q", line)
		}
	}
	if !strings.Contains(b.String(), "\n  sgidcheck report diff '"+long+"/run.json' NEW/run.json\n") {
		t.Errorf("the command is not whole:\n%s", b.String())
	}
}

// The catalogue fits 80 columns as a table of one row a check; piped, its columns are
// those that scripts know.
func TestTheCatalogueFitsItsColumns(t *testing.T) {
	var shown, piped bytes.Buffer
	if err := errors.Join(checksTable(&shown, layout.Columns, judge.Catalogue()), checksTable(&piped, 0, judge.Catalogue())); err != nil {
		t.Fatal(err)
	}
	fitsColumns(t, "checks", shown.String())
	if !strings.Contains(shown.String(), " every advertised endpoint is served (login)\n") || strings.Count(shown.String(), "\nDISC-") < 10 {
		t.Errorf("%.600s", shown.String())
	}
	if n := strings.Count(piped.String(), "\n"); n != 1+len(judge.Catalogue()) {
		t.Errorf("%d lines for %d checks", n, len(judge.Catalogue()))
	}
}
