package reports

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// crowded is a record in which everything fails or is waived, with long texts.
func crowded() *run.Record {
	long := strings.Repeat("a text that goes on for long and says little; ", 40)
	r := &run.Record{Schema: run.Schema, Complete: true, Target: run.Target{Issuer: "https://" + strings.Repeat("long.", 40) + "example/v2"}}
	for _, t := range threats {
		for _, g := range t.Guards {
			if !slices.ContainsFunc(r.Checks, func(c run.Check) bool { return c.ID == g.ID }) {
				r.Checks = append(r.Checks, run.Check{ID: g.ID, Area: "TOKEN", Level: "MUST", Verdict: run.Fail, Title: long, Problem: long, Remediation: long})
			}
		}
	}
	for i := range 100 {
		r.Checks = append(r.Checks, run.Check{ID: fmt.Sprintf("DATA-%02d", i), Area: "DATA", Level: "MUST", Verdict: run.Waived, Title: long, Problem: long,
			Waiver: &run.Waiver{Reason: long, Approver: fmt.Sprintf("Person %d of a long name", i%7), Until: "2027-12-31"}})
	}
	r.Count()
	return r
}

// What has no room is named: nothing that fails or is to be signed is hidden.
func TestShortFormHidesNothing(t *testing.T) {
	r := crowded()
	for _, room := range shortRooms {
		v := newShortView(r, room)
		failing, waived := len(v.Shown)+len(v.MoreFailing), len(v.ShownWaivers)
		for _, g := range v.MoreWaivers {
			waived += len(g.IDs)
		}
		if failing != r.Summary.Fail || waived != r.Summary.Waived || failing == 0 || waived == 0 {
			t.Errorf("%+v: %d of %d failures, %d of %d waivers", room, failing, r.Summary.Fail, waived, r.Summary.Waived)
		}
	}
	var b bytes.Buffer
	if err := writeShort(&b, r, shortRoom{Rows: 0, Text: 64}); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Checks {
		if !strings.Contains(b.String(), ">"+c.ID+"<") {
			t.Errorf("%s is not named", c.ID)
		}
	}
}

func TestShortFormSaysWhatIsDecidedBy(t *testing.T) {
	var b bytes.Buffer
	if err := writeShort(&b, example(t), shortRooms[0]); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	at := 0
	for _, want := range []string{"6 MUST checks fail", "apply", "Not judged, and why:", "Code replayed", "high", "Open", "What fails", "TOKEN-05", "Mark a code as used",
		"Warnings (4):", "Waivers to sign", "AUTHZ-03", "nobody named until 2027-03-31", "With my signature I accept", "Name", "Date", "Signature"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Errorf("%q is not there, or not in its place", want)
			continue
		}
		at += i
	}
	b.Reset()
	if err := writeShort(&b, &run.Record{}, shortRooms[0]); err != nil || !strings.Contains(b.String(), "No deviation is waived") {
		t.Errorf("of an empty record: %v", err)
	}
	b.Reset()
	if err := writeShort(&b, soaked(t), shortRooms[1]); err != nil {
		t.Fatal(err)
	}
	inertDocument(t, b.String(), 0)
}

func TestShortFormHasTwoPagesAtMost(t *testing.T) {
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Fatal("no Chromium on this machine: run 'make chromium'")
	}
	for name, c := range map[string]struct {
		r     *run.Record
		pages int
	}{"a usual run": {example(t), 2}, "everything fails or is waived": {crowded(), 2}, "nothing was judged": {&run.Record{}, 1}} {
		pdf, err := ShortPDF(t.Context(), chromium, os.Geteuid() != 0, c.r)
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || pagesOf(pdf) != c.pages {
			t.Errorf("%s: %d bytes, %d pages, want %d; %v", name, len(pdf), pagesOf(pdf), c.pages, err)
		}
	}
}
