package redact

import (
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// What a target knows of a person it may say before this side has decrypted it.
// So what is stored is redacted once more when more is known: Check, Load and
// Browser below are for that. They leave what is redacted already as it is.

// settled is what a first redaction left: a placeholder, or the mark of a cut,
// at which a value may have lost its end.
var settled = regexp.MustCompile(`\[redacted [A-Za-z0-9_]+(?: [0-9]+)?(?:, [0-9]+ characters)?\]|…?\n\[cut: [0-9]+ bytes in all, SHA-256 [0-9a-f]{64}\]|…$`)

// Known says how many values of a kind the redactor has learnt.
func (r *Redactor) Known(kind string) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.numbers[kind]
}

// Holds reports whether s shows anything that Text would replace.
func (r *Redactor) Holds(s string) bool { return len(r.foundIn(s, nil, false)) > 0 }

// Again redacts a text that was redacted before, by what is known now.
func (r *Redactor) Again(s string) string { return r.onceMore(s, r.Text) }

// SentenceAgain is Again for a sentence of the harness, as Sentence is Text.
func (r *Redactor) SentenceAgain(s string) string { return r.onceMore(s, r.Sentence) }

func (r *Redactor) onceMore(s string, redact func(string) string) string {
	if s == "" {
		return s
	}
	var b strings.Builder
	at := 0
	for _, m := range settled.FindAllStringIndex(s, -1) {
		b.WriteString(redact(s[at:m[0]]))
		if s[m[0]] != '[' {
			r.dropBegun(&b)
		}
		b.WriteString(s[m[0]:m[1]])
		at = m[1]
	}
	b.WriteString(redact(s[at:]))
	return b.String()
}

// dropBegun takes from the end of a text what begins a person's data, because
// the rest of it was cut off.
func (r *Redactor) dropBegun(b *strings.Builder) {
	text := b.String()
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.showData {
		return
	}
	cutAt := len(text)
	for value, l := range r.index.known {
		if l.kind != KindPersonal {
			continue
		}
		for n := min(len(value), len(text)) - 1; n >= minPersonal; n-- {
			if strings.HasSuffix(text, value[:n]) {
				cutAt = min(cutAt, len(text)-n)
				break
			}
		}
	}
	if cutAt < len(text) {
		b.Reset()
		b.WriteString(text[:cutAt])
	}
}

// Check redacts again what stands in a check of what the target said. The words
// of the check itself stay: "single" in them is nobody's marital status.
func (r *Redactor) Check(c run.Check) run.Check {
	c.Observed, c.Reason = r.SentenceAgain(c.Observed), r.SentenceAgain(c.Reason)
	c.Cases = slices.Clone(c.Cases)
	for i := range c.Cases {
		c.Cases[i].Expected, c.Cases[i].Observed = r.SentenceAgain(c.Cases[i].Expected), r.SentenceAgain(c.Cases[i].Observed)
	}
	c.Exchanges = slices.Clone(c.Exchanges)
	for i := range c.Exchanges {
		c.Exchanges[i] = r.again(c.Exchanges[i])
	}
	return c
}

// Verdict keeps what the target said out of the words of a verdict, where it
// would be a secret or a person's data. The exchanges are redacted already.
func (r *Redactor) Verdict(c run.Check) run.Check {
	c.Observed, c.Reason = r.Sentence(c.Observed), r.Sentence(c.Reason)
	c.Cases = slices.Clone(c.Cases)
	for i := range c.Cases {
		c.Cases[i].Expected, c.Cases[i].Observed = r.Sentence(c.Cases[i].Expected), r.Sentence(c.Cases[i].Observed)
	}
	return c
}

// Load redacts again what stands in a load test of what the target said.
func (r *Redactor) Load(l *run.Load) {
	if l == nil {
		return
	}
	for i := range l.Examples {
		l.Examples[i].Detail = r.SentenceAgain(l.Examples[i].Detail)
		l.Examples[i].Exchange = r.again(l.Examples[i].Exchange)
	}
	for i := range l.Search {
		l.Search[i].Reason = r.SentenceAgain(l.Search[i].Reason)
	}
	for i := range l.Harness.Reasons {
		l.Harness.Reasons[i] = r.SentenceAgain(l.Harness.Reasons[i])
	}
	l.Stopped = r.SentenceAgain(l.Stopped)
}

// Browser redacts again what stands in what the browser saw.
func (r *Redactor) Browser(b *run.Browser) {
	if b == nil {
		return
	}
	for i := range b.Steps {
		b.Steps[i].URL = r.Again(b.Steps[i].URL)
		for k := range b.Steps[i].Console {
			b.Steps[i].Console[k] = r.Again(b.Steps[i].Console[k])
		}
	}
}

func (r *Redactor) again(e run.Exchange) run.Exchange {
	e.Request.Method, e.Request.URL = r.Again(e.Request.Method), r.Again(e.Request.URL)
	e.Request.Headers, e.Request.Body = r.fieldsAgain(e.Request.Headers), r.Again(e.Request.Body)
	if e.Response != nil {
		answer := *e.Response
		answer.Headers, answer.Body = r.fieldsAgain(answer.Headers), r.Again(answer.Body)
		e.Response = &answer
	}
	e.Error, e.Curl = r.SentenceAgain(e.Error), r.Again(e.Curl)
	return e
}

func (r *Redactor) fieldsAgain(fields []run.Header) []run.Header {
	fields = slices.Clone(fields)
	for i, f := range fields {
		fields[i] = run.Header{Name: r.Again(f.Name), Value: r.Again(f.Value)}
	}
	return fields
}

// Command is a command line as it may be shown: passwords in addresses and
// what is known of a person replaced.
func (r *Redactor) Command(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if shown, ok := withheldArgument(args, i); ok {
			out[i] = shown
			continue
		}
		out[i] = render(r.segments(a, r.urlMarks(a)...), false)
	}
	return out
}
