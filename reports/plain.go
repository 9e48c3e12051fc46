package reports

import (
	"fmt"
	"strings"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"
)

// problemOf is what is wrong where the check does not hold; of a record that does
// not say it, the statement that does not hold.
func problemOf(c *run.Check) string {
	if c.Problem != "" {
		return c.Problem
	}
	return "it does not hold that " + c.Title
}

// findingText is what a check found, as plain text.
func findingText(c *run.Check) string {
	var b strings.Builder
	problem := ""
	if objects(c.Verdict) {
		problem = c.Problem
	}
	for _, l := range []struct{ name, text string }{
		{"Problem", problem}, {"Expected", c.Expected}, {"Observed", c.Observed}, {"Reason", c.Reason}, {"Why", c.Why}, {"Fix", c.Remediation},
		{"Level", levelAndSeverity(c)}, {"Clause", clauses(c.Basis)},
	} {
		if l.text != "" {
			b.WriteString(l.name + ": " + prose(l.text) + "\n")
		}
	}
	for _, k := range c.Cases {
		if objects(k.Verdict) {
			b.WriteString("Case " + clip(k.Name, 200) + ": " + label(k.Verdict) + ". " + clip(k.Observed, 300) + "\n")
		}
	}
	return b.String()
}

// levelAndSeverity is such as "MUST, severity high: guards against Code replayed".
func levelAndSeverity(c *run.Check) string {
	text := levelWords(c)
	if severity(c) == NoSeverity {
		return text
	}
	if names := GuardedBy(c.ID); len(names) > 0 {
		text += ": guards against " + strings.Join(names, "; ")
	}
	return text
}

// exchangeLines is the exchanges that the verdict rests on, as plain text, at most so
// many; all exchanges are looked at where none is marked. answer is the index of the
// line on which the first of the responses begins.
func exchangeLines(c *run.Check, most int) (text string, answer int) {
	var b strings.Builder
	marked := judgedExchange(c) != nil
	told, more := 0, 0
	for i := range c.Exchanges {
		e := &c.Exchanges[i]
		if marked && !e.Judged {
			continue
		}
		if told == most || b.Len() > 64<<10 {
			more++
			continue
		}
		told++
		b.WriteString("> " + clip(e.Request.Method, 20) + " " + clip(e.Request.URL, 2000) + "\n" + part(headerLines(e.Request.Headers)))
		if e.Request.Body != "" {
			b.WriteString("\n" + part(e.Request.Body) + "\n")
		}
		if answer == 0 {
			answer = strings.Count(b.String(), "\n")
		}
		if e.Response != nil {
			fmt.Fprintf(&b, "< %d\n%s", e.Response.Status, part(headerLines(e.Response.Headers)))
			if e.Response.Body != "" {
				b.WriteString("\n" + part(e.Response.Body) + "\n")
			}
		} else {
			b.WriteString("< no answer: " + clip(e.Error, 500) + "\n")
		}
		if e.Curl != "" {
			b.WriteString("$ " + repeatLine(e.Curl) + "\n")
		}
		b.WriteString("\n")
	}
	if more > 0 {
		b.WriteString(plural(more, "more exchange") + " in report.html\n")
	}
	return b.String(), answer
}

// part is one part of an exchange, cut to what can be read.
func part(s string) string {
	shown, note := cut(s, 4<<10)
	if note != "" {
		note = "\n[" + note + "]"
	}
	return inert.Text(shown) + note
}
