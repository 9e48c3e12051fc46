package run

import (
	"slices"
	"strings"
	"unicode"
)

// Waiver is an accepted deviation.
type Waiver struct {
	Check    string  `json:"check" yaml:"check"`
	Case     string  `json:"case,omitempty" yaml:"case,omitempty"`
	Reason   string  `json:"reason" yaml:"reason"`
	Approver string  `json:"approver,omitempty" yaml:"approver,omitempty"` // who accepted it
	Until    string  `json:"until" yaml:"until"`                           // the last day it holds, YYYY-MM-DD
	Issue    string  `json:"issue,omitempty" yaml:"issue,omitempty"`
	Covers   Verdict `json:"covers,omitempty" yaml:"-"` // what the check came to without it
}

// Accepted says in one line who accepted the deviation, why, and until when.
func (w *Waiver) Accepted() string {
	who := "nobody named"
	if w.Approver != "" {
		who = w.Approver
	}
	return "accepted by " + who + " until " + w.Until + ": " + w.Reason
}

// And is one waiver that says what both say, as far as the earlier end. What the other covers is not
// looked at. Of no waiver it is the other.
func (w *Waiver) And(other Waiver) *Waiver {
	if w == nil {
		return &other
	}
	out := *w
	add := func(text *string, more string) {
		for part := range strings.SplitSeq(more, "; ") {
			if part != "" && !slices.Contains(strings.Split(*text, "; "), part) {
				*text = strings.TrimPrefix(*text+"; "+part, "; ")
			}
		}
	}
	if add(&out.Case, other.Case); w.Case == "" || other.Case == "" {
		out.Case = "" // one of them accepts the check as a whole
	}
	add(&out.Reason, other.Reason)
	add(&out.Approver, other.Approver)
	add(&out.Issue, other.Issue)
	out.Until = min(out.Until, other.Until)
	return &out
}

// What people and tools leave where a text is to be written: texts that begin so,
// and texts that are no more than this.
var (
	placeholders = []string{
		"to be written", "to be filled", "todo", "tbd", "tbc", "tba", "tbw", "fixme", "fix me", "xxx", "placeholder", "changeme", "change me",
		"fill in", "fill me in", "lorem ipsum", "write a reason", "insert reason", "reason goes here", "your reason", "why is this accepted",
	}
	nothings = []string{
		"to do", "to be done", "to be decided", "to be determined", "to be defined", "to be confirmed", "to be added", "wip", "reason", "why",
		"none", "nil", "null", "na", "n a", "unknown", "not applicable", "no reason", "asdf", "x", "xx", "waived", "accepted", "approver",
		"approved by", "accepted by", "name", "your name", "who", "someone", "somebody", "nobody",
	}
)

// Unwritten says whether text, which a waiver needs from a person, is still to
// be written: empty, without a letter, or a placeholder.
func Unwritten(text string) bool {
	plain := strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
	if !strings.ContainsFunc(plain, unicode.IsLetter) || slices.Contains(nothings, plain) {
		return true
	}
	return slices.ContainsFunc(placeholders, func(words string) bool {
		return plain == words || strings.HasPrefix(plain, words+" ")
	})
}
