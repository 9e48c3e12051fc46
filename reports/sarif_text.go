package reports

import (
	"math"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sgidcheck/internal/run"
)

// evidence is the text that a result points into: what was found, and the
// exchanges that the verdict rests on.
type evidence struct {
	text  string
	lines []string
	at    int // the index of the line that the result points at
}

func sarifEvidence(c *run.Check) evidence {
	finding := inertLine(c.ID) + " " + clip(problemOf(c), 300) + "\n" + findingText(c)
	exchanges, answer := exchangeLines(c, math.MaxInt)
	ev := evidence{text: finding}
	if exchanges != "" {
		ev.text += "\n" + exchanges
		ev.at = strings.Count(finding, "\n") + 1 + answer
	}
	ev.lines = strings.Split(ev.text, "\n")
	return ev
}

// name is the file that the text would be, relative as code scanning asks.
func (ev evidence) name(c *run.Check) string {
	return "exchanges/" + url.PathEscape(inertLine(c.ID)) + ".txt"
}

func (ev evidence) artifact(c *run.Check) sarifArtifact {
	return sarifArtifact{Location: sarifArtifactLocation{URI: ev.name(c)}, MIMEType: "text/plain", Contents: sarifText{Text: ev.text}}
}

func (ev evidence) location(c *run.Check, index int) sarifLocation {
	from, to := max(0, ev.at-1), min(len(ev.lines)-1, ev.at+3)
	out := sarifLocation{Physical: sarifPhysical{
		Artifact: sarifArtifactLocation{ev.name(c), &index}, Region: ev.region(ev.at, ev.at), Context: ev.region(from, to),
	}}
	if e := judgedExchange(c); e != nil {
		out.Logical = []sarifLogical{{orWord(clip(e.Request.Method+" "+pathOf(e.Request.URL), 300)), "resource"}}
	}
	return out
}

// region covers the lines from and to, counted from 0, whole.
func (ev evidence) region(from, to int) sarifRegion {
	return sarifRegion{StartLine: from + 1, StartColumn: 1, EndLine: to + 1, EndColumn: utf8.RuneCountInString(ev.lines[to]) + 1,
		Snippet: sarifText{Text: strings.Join(ev.lines[from:to+1], "\n")}}
}

// findingHelp is what the catalogue says of a check, as plain text.
func findingHelp(c *run.Check) string {
	var lines []string
	for _, l := range helpLines(c) {
		lines = append(lines, l[0]+": "+l[1])
	}
	return strings.Join(lines, "\n")
}

// helpMarkdown is the same as Markdown, the clauses as links.
func helpMarkdown(c *run.Check) string {
	var b strings.Builder
	for _, l := range helpLines(c) {
		text := md(l[1])
		if l[0] == "Clause" {
			text = clauseLinks(c.Basis)
		}
		b.WriteString("**" + l[0] + ":** " + text + "\n\n")
	}
	return strings.TrimSpace(b.String())
}

func helpLines(c *run.Check) [][2]string {
	var out [][2]string
	for _, l := range [][2]string{
		{"Must hold", c.Title}, {"Expected", c.Expected}, {"Why it matters", c.Why}, {"Fix", c.Remediation}, {"Level", c.Level},
		{"Severity", severity(c).Words()}, {"Guards against", strings.Join(GuardedBy(c.ID), "; ")}, {"Clause", clauses(c.Basis)},
	} {
		if l[1] != "" {
			out = append(out, [2]string{l[0], prose(l[1])})
		}
	}
	return out
}

func clauseLinks(bases []run.Basis) string {
	words := make([]string, len(bases))
	for i, b := range bases {
		words[i] = md(clause(b))
		if u, err := url.Parse(link(b)); err == nil && u.Host != "" {
			words[i] = "[" + words[i] + "](" + strings.NewReplacer("(", "%28", ")", "%29").Replace(u.String()) + ")"
		}
	}
	return strings.Join(words, ", ")
}

// fullStop ends a text with a full stop where it has none.
func fullStop(s string) string {
	if s == "" || strings.ContainsRune(".!?…", lastRune(s)) {
		return s
	}
	return s + "."
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// unlinked is a text in which a viewer finds no embedded link (SARIF 2.1.0 section
// 3.11.6), which could lead to wherever the target likes.
func unlinked(s string) string { return strings.ReplaceAll(s, "](", "] (") }

// unstopped is s for one line, without the full stop, to stand between quotes.
func unstopped(s string, limit int) string {
	return strings.TrimSuffix(clip(s, limit), ".")
}

// pascal is a title as an identifier in Pascal case as the standard's validator
// takes it, no two capitals in a row, at most 80 letters long.
func pascal(title string) string {
	var b strings.Builder
	words := strings.FieldsFunc(title, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range words {
		w = strings.ToLower(w)
		switch {
		case b.Len()+len(w) > 80:
			return b.String()
		case b.Len() == 0 && unicode.IsDigit(rune(w[0])):
			b.WriteString("Check" + w)
		case len(w) == 1:
			continue
		default:
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	if b.Len() == 0 {
		return "Check"
	}
	return b.String()
}
