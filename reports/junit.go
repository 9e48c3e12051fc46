package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/url"

	"sgidcheck/internal/run"
)

// The form is the one that the JUnit schemas of Jenkins and of Ant share:
// viewers of Jenkins, GitLab and GitHub read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Hostname   string          `xml:"hostname,attr"`
		Properties *junitProps     `xml:"properties,omitempty"`
		Cases      []junitTestCase `xml:"testcase"`
		seconds    float64
	}
	junitProps struct {
		Properties []junitProp `xml:"property"`
	}
	junitProp struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitTestCase struct {
		ClassName  string        `xml:"classname,attr"`
		Name       string        `xml:"name,attr"`
		Time       string        `xml:"time,attr"`
		Properties *junitProps   `xml:"properties,omitempty"`
		Skipped    *junitOutcome `xml:"skipped,omitempty"`
		Error      *junitOutcome `xml:"error,omitempty"`
		Failure    *junitOutcome `xml:"failure,omitempty"`
		Out        string        `xml:"system-out,omitempty"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the record as JUnit XML: an area is a test suite, a check a test
// case. A failed check is a failure, a blocked one an error, a skipped or waived
// one skipped; a warning passes and says so in its output, unless the run was
// strict. What the run claims comes first; its completeness and the thresholds are test
// cases, too.
func JUnit(w io.Writer, r *run.Record) error {
	var found junitSuites
	for _, area := range areas(r) {
		s := newSuite(r, inertLine(area)+": "+areaName(area))
		for i := range r.Checks {
			if c := &r.Checks[i]; c.Area == area {
				s.add(junitCheck(r, c), c.DurationMS/1000)
			}
		}
		found.add(s)
	}
	if r.Load != nil {
		found.add(junitLoad(r))
	}
	out := junitSuites{Name: "sgidcheck " + inertLine(r.Target.Name()) + standIn(r.Target)}
	out.add(junitRun(r, found.Errors > 0))
	for _, s := range found.Suites {
		out.add(s)
	}
	total := 0.0
	for _, s := range out.Suites {
		total += s.seconds
	}
	out.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitRun says first of all what the run claims. Whether it is complete is an error
// of its own unless the errors of other test cases say all of it.
func junitRun(r *run.Record, others bool) junitSuite {
	s := newSuite(r, "run")
	s.Properties.Properties = append(s.Properties.Properties, junitProp{"verdict", Verdict(r)})
	c := junitTestCase{ClassName: "sgidcheck.run", Name: "the run is complete", Out: Verdict(r)}
	for _, n := range r.Notes {
		c.Out += "\nNote: " + inOneLine(n, 600)
	}
	var required *junitTestCase
	if r.Require == run.RequireComplete && r.Coverage != nil {
		required = &junitTestCase{ClassName: "sgidcheck.run", Name: "every MUST check that applies was judged"}
		if text := unjudged(r.Coverage); text != "" {
			required.Error = &junitOutcome{Message: text, Type: "incomplete", Text: text}
			others = true
		}
	}
	if broken(r) || incomplete(r) && !others {
		message := clip(r.Stopped, 300)
		if message == "" {
			message = clip(undecided(r), 300)
		}
		c.Error = &junitOutcome{Message: "incomplete: " + message, Type: "incomplete", Text: undecided(r)}
	}
	s.add(c, 0)
	if required != nil {
		s.add(*required, 0)
	}
	return s
}

// junitLoad is the outcome of a load test: whether answers were wrong, and its
// thresholds. What the target did not cause, or nobody measured, is an error of
// the run and no failure.
func junitLoad(r *run.Record) junitSuite {
	s := newSuite(r, "thresholds")
	judged := r.Load.Judge()
	c := junitTestCase{ClassName: "sgidcheck.thresholds", Name: "no answer under load is wrong", Out: plural(judged.WrongResponses(), "wrong answer")}
	if failures := judged.Failures(); judged.WrongResponses() > 0 {
		c.Failure = &junitOutcome{Message: clip(failures[0], 300), Type: "wrong answer", Text: clip(failures[0], 300)}
	} else if why := r.Load.NothingJudged(); why != "" {
		c.Skipped, c.Out = &junitOutcome{Message: why, Text: why}, ""
	}
	s.add(c, 0)
	if c := junitShards(r.Load); c != nil {
		s.add(*c, 0)
	}
	for _, t := range r.Load.Thresholds {
		c := junitTestCase{ClassName: "sgidcheck.thresholds", Name: clip(t.Expression, 200), Out: "measured " + measuredValue(t)}
		if outcome := thresholdOutcome(judged, t); outcome == thresholdCrossed {
			text := c.Name + " is crossed: measured " + measuredValue(t)
			c.Failure = &junitOutcome{Message: text, Type: "threshold", Text: text}
		} else if outcome != thresholdKept {
			c.Error = &junitOutcome{Message: outcome, Type: "threshold", Text: c.Name + ": " + outcome}
		}
		s.add(c, 0)
	}
	return s
}

func newSuite(r *run.Record, name string) junitSuite {
	host := "localhost"
	if u, err := url.Parse(r.Target.Issuer); err == nil && u.Host != "" {
		host = inertLine(u.Host)
	}
	return junitSuite{Name: name, Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"), Hostname: host, Properties: &junitProps{[]junitProp{
		{"target", inertLine(r.Target.Name()) + standIn(r.Target)}, {"version", inertLine(r.Tool.Version)},
	}}}
}

func (s *junitSuite) add(c junitTestCase, duration float64) {
	c.Time = seconds(duration)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.seconds += duration
	s.Time = seconds(s.seconds)
	s.Cases = append(s.Cases, c)
}

func (out *junitSuites) add(s junitSuite) {
	out.Tests += s.Tests
	out.Failures += s.Failures
	out.Errors += s.Errors
	out.Suites = append(out.Suites, s)
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", max(0, s)) }

// junitExchanges is how many exchanges a test case shows: a viewer of tests folds
// nothing, and a check of many cases has one for each.
const junitExchanges = 2

// junitCheck is a check as a test case. Viewers show the message of an outcome or
// its text, few of them both: the text says everything, the exchange and how to send
// it again among it.
func junitCheck(r *run.Record, c *run.Check) junitTestCase {
	out := junitTestCase{ClassName: "sgidcheck." + inertLine(c.Area), Name: inertLine(c.ID) + " " + clip(c.Title, 300), Properties: junitPropsOf(c)}
	text := findingText(c)
	if exchanges, _ := exchangeLines(c, junitExchanges); exchanges != "" && objects(c.Verdict) {
		text += "\n" + exchanges
	}
	found := &junitOutcome{Message: clip(problemOf(c), 300) + ": " + inOneLine(c.Observed, 300), Type: levelWords(c), Text: text}
	if c.Verdict == run.StaleWaiver {
		found.Message = "a waiver that does not hold: " + clip(c.Reason, 300)
	}
	switch c.Verdict {
	case run.Fail:
		out.Failure = found
	case run.Warn, run.StaleWaiver:
		if r.Strict {
			out.Failure = found
		} else {
			out.Out = label(c.Verdict) + ", counted as passed.\n" + text
		}
	case run.Skip:
		message := clip(c.Reason, 300)
		if c.Gap == run.NotApplicable {
			message = "does not apply: " + message
		}
		out.Skipped = &junitOutcome{Message: message, Text: message}
	case run.Waived:
		message := "waived"
		if c.Waiver != nil {
			message = "waived, " + waivedWhat(c) + ", " + clip(c.Waiver.Accepted(), 400)
		}
		out.Skipped = &junitOutcome{Message: message, Text: message}
	case run.Pass, run.Info:
	default:
		message := "blocked: " + clip(c.Reason, 300)
		if c.BlockedBy != "" {
			message += " (by " + clip(c.BlockedBy, 100) + ")"
		}
		out.Error = &junitOutcome{Message: message, Type: "blocked", Text: text}
	}
	if out.Failure == nil && out.Error == nil && out.Out == "" {
		out.Out = text
	}
	return out
}

func junitPropsOf(c *run.Check) *junitProps {
	props := []junitProp{{"level", inertLine(c.Level)}, {"severity", severity(c).Words()}, {"verdict", inertLine(string(c.Verdict))}}
	for _, t := range guardedBy(c.ID) {
		props = append(props, junitProp{"threat", t.Name})
	}
	if clause := clauses(c.Basis); clause != "" {
		props = append(props, junitProp{"clause", clause})
	}
	return &junitProps{props}
}
