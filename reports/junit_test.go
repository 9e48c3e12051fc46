package reports

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// element is any element of an XML document.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// junitRules are what the JUnit schemas of Jenkins and Ant both ask: which
// attributes an element must and may have, and which children in which order.
// Beside that a test case has properties, which every viewer takes or passes over.
var junitRules = map[string]struct {
	must, may, children []string
}{
	"testsuites": {nil, []string{"name", "tests", "failures", "errors", "time"}, []string{"testsuite"}},
	"testsuite": {[]string{"name", "tests", "failures", "errors", "time", "timestamp", "hostname"}, []string{"skipped", "id", "package"},
		[]string{"properties", "testcase", "system-out", "system-err"}},
	"properties": {nil, nil, []string{"property"}},
	"property":   {[]string{"name", "value"}, nil, nil},
	"testcase":   {[]string{"name", "classname", "time"}, nil, []string{"properties", "skipped", "error", "failure", "system-out", "system-err"}},
	"skipped":    {nil, []string{"message"}, nil},
	"error":      {[]string{"type"}, []string{"message"}, nil},
	"failure":    {[]string{"type"}, []string{"message"}, nil},
	"system-out": {nil, nil, nil},
}

var (
	junitNumber  = regexp.MustCompile(`^[0-9]+$`)
	junitSeconds = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	junitTime    = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$`)
)

// junitFaults checks an element and all below it against the rules.
func junitFaults(e element) (faults []string) {
	name := e.XMLName.Local
	rule, ok := junitRules[name]
	if !ok {
		return []string{"element " + name}
	}
	for _, a := range e.Attrs {
		n := a.Name.Local
		if !slices.Contains(rule.must, n) && !slices.Contains(rule.may, n) {
			faults = append(faults, name+" has attribute "+n)
		}
		form := map[string]*regexp.Regexp{"tests": junitNumber, "failures": junitNumber, "errors": junitNumber, "skipped": junitNumber, "time": junitSeconds, "timestamp": junitTime}[n]
		if form != nil && !form.MatchString(a.Value) {
			faults = append(faults, name+" "+n+" is "+a.Value)
		}
	}
	for _, n := range rule.must {
		if !slices.ContainsFunc(e.Attrs, func(a xml.Attr) bool { return a.Name.Local == n }) {
			faults = append(faults, name+" lacks "+n)
		}
	}
	last, outcomes := 0, 0
	for _, c := range e.Children {
		at := slices.Index(rule.children, c.XMLName.Local)
		if at < last {
			faults = append(faults, c.XMLName.Local+" where it may not be in "+name)
		}
		last = max(at, last)
		if slices.Contains([]string{"skipped", "error", "failure"}, c.XMLName.Local) {
			outcomes++
		}
		faults = append(faults, junitFaults(c)...)
	}
	if outcomes > 1 {
		faults = append(faults, "a test case with several outcomes")
	}
	return faults
}

func junitOf(t *testing.T, r *run.Record) element {
	t.Helper()
	var b bytes.Buffer
	if err := JUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	var root element
	if err := xml.Unmarshal(b.Bytes(), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestJUnitIsValid(t *testing.T) {
	for name, r := range map[string]*run.Record{"example": example(t), "hostile": soaked(t), "empty": {}} {
		root := junitOf(t, r)
		for _, f := range junitFaults(root) {
			t.Errorf("%s: %s", name, f)
		}
		total := map[string]int{}
		for _, s := range root.Children {
			counted := map[string]int{}
			for _, c := range s.Children {
				if c.XMLName.Local != "testcase" {
					continue
				}
				counted["tests"]++
				for _, o := range c.Children {
					counted[map[string]string{"skipped": "skipped", "error": "errors", "failure": "failures"}[o.XMLName.Local]]++
				}
			}
			for _, n := range []string{"tests", "failures", "errors", "skipped"} {
				if s.attr(n) != strconv.Itoa(counted[n]) {
					t.Errorf("%s: suite %s says %s=%s and has %d", name, s.attr("name"), n, s.attr(n), counted[n])
				}
				total[n] += counted[n]
			}
		}
		for _, n := range []string{"tests", "failures", "errors"} {
			if root.attr(n) != strconv.Itoa(total[n]) {
				t.Errorf("%s: all in all %s=%s, counted %d", name, n, root.attr(n), total[n])
			}
		}
	}
	if faults := junitFaults(element{XMLName: xml.Name{Local: "testcase"}, Children: []element{{XMLName: xml.Name{Local: "system-out"}}, {XMLName: xml.Name{Local: "failure"}}}}); len(faults) < 4 {
		t.Errorf("the rules find only %v in a broken test case", faults)
	}
}

func TestJUnitTellsOutcomesApart(t *testing.T) {
	r := example(t)
	interrupted := example(t)
	interrupted.Complete, interrupted.Strict = false, true
	interrupted.Count()
	for _, c := range []struct {
		r       *run.Record
		name    string // how the test case begins
		outcome string // "" for passed
		says    string // in the message or the output
	}{
		{r, "TOKEN-05 ", "failure", "200 with an access_token"},
		{r, "TOKEN-05 ", "failure", "MUST, severity high: guards against Code replayed"},
		{r, "TOKEN-05 ", "failure", "$ curl "},
		{r, "TOKEN-05 ", "failure", "> POST http://127.0.0.1:5156/v2/oauth/token"},
		{r, "UINFO-05 ", "error", "blocked: the target went down while UINFO-04 was asked"},
		{r, "TOKEN-16 ", "skipped", "no second client"},
		{r, "AUTHZ-03 ", "skipped", "waived, a MUST failure, accepted by nobody named until 2027-03-31"},
		{r, "DISC-14 ", "", "Warning, counted as passed"},
		{r, "JWKS-01 ", "", "Clause: RFC 7517 section 5"},
		{r, "login.errors<0.1%", "failure", "login.errors<0.1% is crossed: measured 0.15 %"},
		{r, "userinfo.p99<300ms", "", "10.5"},
		{r, "the run is complete", "", "6 MUST checks fail; "},
		{interrupted, "the run is complete", "error", "incomplete"},
		{interrupted, "DISC-14 ", "failure", "the member is missing"},
	} {
		found := false
		for _, s := range junitOf(t, c.r).Children {
			for _, k := range s.Children {
				if k.XMLName.Local != "testcase" || !strings.HasPrefix(k.attr("name"), c.name) {
					continue
				}
				found = true
				outcome, text := "", ""
				for _, o := range k.Children {
					if o.XMLName.Local == "properties" {
						continue
					}
					if o.XMLName.Local != "system-out" {
						outcome = o.XMLName.Local
					}
					text += o.attr("message") + o.Text
				}
				if outcome != c.outcome || !strings.Contains(text, c.says) {
					t.Errorf("%s: outcome %q, want %q; text %.400q, want %q", c.name, outcome, c.outcome, text, c.says)
				}
			}
		}
		if !found {
			t.Errorf("no test case %s", c.name)
		}
	}
}

// GitLab shows the text of a failure, Jenkins both, others the message alone.
func TestJUnitFailureSaysEverythingInItsText(t *testing.T) {
	r := example(t)
	for i := range r.Checks {
		if r.Checks[i].ID == "TOKEN-05" {
			r.Checks[i].Problem = "a code is accepted twice"
		}
	}
	for _, s := range junitOf(t, r).Children {
		for _, k := range s.Children {
			if !strings.HasPrefix(k.attr("name"), "TOKEN-05 ") {
				continue
			}
			props := map[string]string{}
			for _, o := range k.Children {
				switch o.XMLName.Local {
				case "properties":
					for _, p := range o.Children {
						props[p.attr("name")] = p.attr("value")
					}
				case "failure":
					if o.attr("type") != "MUST, severity high" || !strings.HasPrefix(o.attr("message"), "a code is accepted twice: 200") {
						t.Errorf("type %q, message %q", o.attr("type"), o.attr("message"))
					}
					for _, want := range []string{"Problem: a code is accepted twice\n", "Expected: ", "Observed: ", "Fix: ", "Clause: ", "> POST ", "< 200", "$ curl "} {
						if !strings.Contains(o.Text, want) {
							t.Errorf("the text lacks %q: %s", want, o.Text)
						}
					}
				}
			}
			if props["severity"] != "high" || props["level"] != "MUST" || props["threat"] != "Code replayed" || props["verdict"] != "fail" {
				t.Errorf("properties %v", props)
			}
			return
		}
	}
	t.Error("no test case TOKEN-05")
}

// A viewer of tests folds nothing: of a check with many cases two exchanges are shown,
// and what was seen in each stays apart. What was skipped says so in its text, too,
// which is all that GitLab shows; tests of one name would be one there.
func TestJUnitReadsWellInAViewer(t *testing.T) {
	for _, name := range threeReports {
		names := map[string]bool{}
		for _, s := range junitOf(t, recorded(t, name)).Children {
			for _, k := range s.Children {
				if k.XMLName.Local != "testcase" {
					continue
				}
				id := k.attr("classname") + " " + k.attr("name")
				if names[id] {
					t.Errorf("%s: two test cases %s", name, id)
				}
				names[id] = true
				for _, o := range k.Children {
					if n := strings.Count(o.Text, "\n< "); n > junitExchanges {
						t.Errorf("%s, %s: %d exchanges", name, id, n)
					}
					if o.XMLName.Local == "skipped" && (o.Text == "" || o.Text != o.attr("message")) {
						t.Errorf("%s, %s is skipped: %q", name, id, o.Text)
					}
					if o.XMLName.Local == "failure" && strings.HasPrefix(k.attr("name"), "PKCE-08 ") &&
						(!strings.Contains(o.attr("message"), "invalid_grant); line break") || !strings.Contains(o.Text, "\n9 more exchanges in report.html\n")) {
						t.Errorf("%s, %s: message %q, text %s", name, id, o.attr("message"), o.Text)
					}
				}
			}
		}
		if len(names) < 150 {
			t.Errorf("%s: %d test cases", name, len(names))
		}
	}
}
