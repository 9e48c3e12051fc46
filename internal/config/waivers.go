package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"sgidcheck/internal/nearest"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/suites/waivers"
)

// LoadWaivers reads a waivers file, or the waivers that are built in under that
// name where there is no such file: a YAML list of mappings with check, reason
// and until, and optionally approver (or accepted_by), case and issue. A reason or
// an approver that is still to be written is a problem, and so are a check and a case
// that known does not have; nil takes any.
// The error names every problem with its line.
func LoadWaivers(file string, known KnownChecks) ([]run.Waiver, error) {
	body, builtIn := waivers.Named(file)
	if isFile(file) || !builtIn {
		var err error
		if body, err = readBounded(file); err != nil {
			return nil, fmt.Errorf("waivers: %s cannot be read: %s", file, Plain(err))
		}
	}
	root, err := document(body)
	if err != nil {
		return nil, fmt.Errorf("waivers: %s is not YAML: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if root == nil {
		return nil, nil
	}
	w := &waiverReader{file: file, known: known}
	if root.Kind != yaml.SequenceNode {
		w.bad(root.Line, "the file is not a list of waivers: each begins with - check: ID")
	} else {
		for _, item := range root.Content {
			w.read(item)
		}
	}
	return w.out, errors.Join(w.problems...)
}

// KnownChecks has the cases of the check of that ID. Where there is no such check, ok is
// false and near is the ID that is likest, or empty.
type KnownChecks func(id string) (cases []string, ok bool, near string)

type waiverReader struct {
	file     string
	known    KnownChecks
	out      []run.Waiver
	problems []error
}

func (w *waiverReader) bad(line int, format string, args ...any) {
	w.problems = append(w.problems, fmt.Errorf("waivers: %s line %d: %s", w.file, line, fmt.Sprintf(format, args...)))
}

// unnamed says what to do about a key that need not be written, and is written with
// nothing behind it: what it would mean without is not what its writer had in mind.
var unnamed = map[string]string{
	"case":        "name it, or leave the line out to waive the whole check",
	"approver":    "name who accepts the deviation, or leave the line out",
	"accepted_by": "name who accepts the deviation, or leave the line out",
	"issue":       "name it, or leave the line out",
}

func (w *waiverReader) read(item *yaml.Node) {
	if item.Kind != yaml.MappingNode {
		w.bad(item.Line, "a waiver is a mapping with check, reason and until")
		return
	}
	var out run.Waiver
	before := len(w.problems)
	places := map[string]*string{"check": &out.Check, "case": &out.Case, "reason": &out.Reason, "until": &out.Until, "issue": &out.Issue,
		"approver": &out.Approver, "accepted_by": &out.Approver}
	for i := 0; i+1 < len(item.Content); i += 2 {
		key, value := item.Content[i], item.Content[i+1]
		place, ok := places[key.Value]
		switch {
		case !ok:
			w.bad(key.Line, "a waiver has no %q: %s", key.Value, didYouMean(key.Value, []string{"check", "case", "reason", "approver", "until", "issue"}))
		case value.Kind != yaml.ScalarNode:
			w.bad(value.Line, "%s has no scalar value", key.Value)
		case *place != "":
			w.bad(key.Line, "a waiver has %s twice", key.Value)
		default:
			*place = strings.TrimSpace(value.Value)
			if value.Tag == "!!null" {
				*place = ""
			}
			if remedy, optional := unnamed[key.Value]; optional && *place == "" {
				w.bad(key.Line, "%s is empty: %s", key.Value, remedy)
			}
		}
	}
	if out.Check == "" {
		w.bad(item.Line, "the waiver names no check")
	} else if w.known != nil {
		cases, ok, near := w.known(out.Check)
		if ok {
			w.caseOf(item.Line, out, cases)
		} else if near != "" {
			w.bad(item.Line, "unknown check %s: did you mean %s?", out.Check, near)
		} else {
			w.bad(item.Line, "unknown check %s: 'sgidcheck checks' lists them", out.Check)
		}
	}
	if out.Reason == "" {
		w.bad(item.Line, "the waiver for %s has no reason: say why the deviation is accepted", out.Check)
	} else if run.Unwritten(out.Reason) {
		w.bad(item.Line, "the reason of the waiver for %s was never written: say why the deviation is accepted", out.Check)
	}
	if out.Approver != "" && run.Unwritten(out.Approver) {
		w.bad(item.Line, "the approver of the waiver for %s was never written: name who accepts the deviation, or leave the line out", out.Check)
	}
	if _, err := time.Parse(time.DateOnly, out.Until); err != nil {
		w.bad(item.Line, "the waiver for %s has no end date: add until: YYYY-MM-DD, the last day it is valid", out.Check)
	}
	for _, have := range w.out {
		if have.Check == out.Check && have.Case == out.Case {
			w.bad(item.Line, "%s is waived twice", strings.TrimSpace(out.Check+" "+out.Case))
		}
	}
	if len(w.problems) == before {
		w.out = append(w.out, out)
	}
}

// caseOf holds the case that a waiver names against those that its check has.
func (w *waiverReader) caseOf(line int, out run.Waiver, cases []string) {
	if len(cases) > 0 {
		cases = append(slices.Clip(cases), run.OutsideCases)
	}
	near, distance := nearest.Of(out.Case, cases)
	switch {
	case out.Case == "" || slices.Contains(cases, out.Case):
	case len(cases) == 0:
		w.bad(line, "%s has no case %q, nor any other: leave the line out to waive the check", out.Check, out.Case)
	case near != "" && distance <= max(2, len(out.Case)/3):
		w.bad(line, "%s has no case %q: did you mean %q?", out.Check, out.Case, near)
	default:
		w.bad(line, "%s has no case %q: it has %s", out.Check, out.Case, strings.Join(cases, ", "))
	}
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// waiversNamed holds the name of waivers against what there is: a file, and
// otherwise those that are built in.
func (l *loader) waiversNamed(name string) {
	_, builtIn := waivers.Named(name)
	switch {
	case name == "":
	case isFile(name) && builtIn:
		l.warn("waivers: the file %s is read, and not the waivers of that name that are built in: rename it, or call it ./%s", name, name)
	case isFile(name) || builtIn:
	default:
		remedy := "name a file that exists, or waivers that are built in: " + strings.Join(waivers.Names(), ", ")
		if near := waivers.Like(name); near != "" {
			remedy = fmt.Sprintf("did you mean %s, which is built in? Built in are %s", near, strings.Join(waivers.Names(), ", "))
		}
		problem := "it is a folder"
		if _, err := os.Stat(name); err != nil {
			problem = Plain(err)
		}
		l.wrong(l.given("waivers"), fmt.Sprintf("%s cannot be read: %s", redact.FileNamed(name, false), problem), remedy)
	}
}
