package reports

import (
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"
)

// The part of SARIF 2.1.0 that is written; names are the standard's.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool              sarifTool         `json:"tool"`
		Invocations       []sarifInvocation `json:"invocations"`
		AutomationDetails sarifID           `json:"automationDetails"`
		Results           []sarifResult     `json:"results"`
		ColumnKind        string            `json:"columnKind"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID                   string         `json:"id"`
		ShortDescription     sarifText      `json:"shortDescription"`
		FullDescription      *sarifText     `json:"fullDescription,omitempty"`
		Help                 *sarifText     `json:"help,omitempty"`
		HelpURI              string         `json:"helpUri,omitempty"`
		DefaultConfiguration sarifLevel     `json:"defaultConfiguration"`
		Properties           map[string]any `json:"properties,omitempty"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		WebRequest   *sarifWebRequest   `json:"webRequest,omitempty"`
		WebResponse  *sarifWebResponse  `json:"webResponse,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification,omitempty"`
	}
	sarifWebRequest struct {
		Method  string            `json:"method,omitempty"`
		Target  string            `json:"target,omitempty"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    *sarifText        `json:"body,omitempty"`
	}
	sarifWebResponse struct {
		StatusCode         int               `json:"statusCode,omitempty"`
		Headers            map[string]string `json:"headers,omitempty"`
		Body               *sarifText        `json:"body,omitempty"`
		NoResponseReceived bool              `json:"noResponseReceived,omitempty"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		StartTimeUTC        string              `json:"startTimeUtc"`
		EndTimeUTC          string              `json:"endTimeUtc,omitempty"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level          string          `json:"level"`
		Message        sarifText       `json:"message"`
		AssociatedRule *sarifReference `json:"associatedRule,omitempty"`
	}
	sarifReference struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
	}
)

// SARIF writes the findings of the record as SARIF 2.1.0: failures as errors,
// warnings as warnings, waived ones suppressed; what was blocked is a
// notification of the run, not a result for the target; the first of them says
// what the run claims. Locations point into
// the run record, because the target has no files here.
func SARIF(w io.Writer, r *run.Record) error {
	invocation := sarifInvocation{ExecutionSuccessful: r.Complete, StartTimeUTC: r.Started.UTC().Format("2006-01-02T15:04:05Z")}
	if r.Finished != nil {
		invocation.EndTimeUTC = r.Finished.UTC().Format("2006-01-02T15:04:05Z")
	}
	invocation.Notifications = []sarifNotification{{Level: "note", Message: sarifText{Verdict(r)}}}
	out := sarifRun{
		Tool:              sarifTool{sarifDriver{Name: "sgidcheck", Version: inertLine(r.Tool.Version), Rules: []sarifRule{}}},
		AutomationDetails: sarifID{"sgidcheck/" + url.PathEscape(inertLine(r.Target.Issuer)) + "/"},
		Results:           []sarifResult{}, ColumnKind: "unicodeCodePoints",
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		out.Tool.Driver.Rules = append(out.Tool.Driver.Rules, rule(c))
		switch {
		case objects(c.Verdict) || c.Verdict == run.StaleWaiver:
			out.Results = append(out.Results, result(c, i, r.Strict))
		case c.Verdict == run.Blocked:
			invocation.Notifications = append(invocation.Notifications, sarifNotification{
				Level: "warning", Message: sarifText{inertLine(c.ID) + " could not be judged: " + clip(c.Reason, 600)}, AssociatedRule: &sarifReference{c.ID, i},
			})
		}
	}
	out.Invocations = []sarifInvocation{invocation}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{out}})
}

func rule(c *run.Check) sarifRule {
	out := sarifRule{
		ID: inertLine(c.ID), ShortDescription: sarifText{orWord(clip(c.Title, 300))}, DefaultConfiguration: sarifLevel{levelOf(c)},
		Properties: map[string]any{"tags": []string{"sgid", inertLine(c.Area), inertLine(c.Level)}},
	}
	if c.Expected != "" {
		out.FullDescription = &sarifText{clip(c.Expected, 1000)}
	}
	help := ""
	for _, l := range []struct{ name, text string }{{"Why: ", c.Why}, {"Fix: ", c.Remediation}, {"Clause: ", clauses(c.Basis)}} {
		if l.text != "" {
			help += l.name + prose(l.text) + "\n"
		}
	}
	if help != "" {
		out.Help = &sarifText{strings.TrimSuffix(help, "\n")}
	}
	for _, b := range c.Basis {
		if u, err := url.Parse(link(b)); err == nil && u.Host != "" {
			out.HelpURI = u.String()
			break
		}
	}
	return out
}

func levelOf(c *run.Check) string {
	switch c.Level {
	case "MUST":
		return "error"
	case "SHOULD":
		return "warning"
	}
	return "note"
}

func result(c *run.Check, index int, strict bool) sarifResult {
	text := clip(c.Title, 300) + ". Expected: " + clip(c.Expected, 1000) + ". Observed: " + clip(c.Observed, 1000) + "."
	level := levelOf(c)
	if c.Verdict == run.StaleWaiver {
		text, level = clip(c.Title, 300)+". The waiver that covers this check does not hold: "+clip(c.Reason, 600), "note"
	}
	if strict && level != "error" {
		level = "error"
	}
	out := sarifResult{
		RuleID: inertLine(c.ID), RuleIndex: index, Level: level, Message: sarifText{text},
		Locations:    []sarifLocation{{Physical: sarifPhysical{sarifArtifact{run.FileName}, sarifRegion{1}}}},
		Fingerprints: map[string]string{"sgidcheck/v1": inertLine(c.ID)},
	}
	if c.Verdict == run.Waived {
		s := sarifSuppression{Kind: "external", Status: "accepted"}
		if c.Waiver != nil {
			s.Justification = waivedWhat(c) + ", " + clip(c.Waiver.Accepted(), 700)
		}
		out.Suppressions = []sarifSuppression{s}
	}
	for i := range c.Exchanges {
		e := &c.Exchanges[i]
		if !e.Judged {
			continue
		}
		out.Locations[0].Logical = []sarifLogical{{orWord(clip(e.Request.Method+" "+pathOf(e.Request.URL), 300)), "resource"}}
		out.WebRequest = &sarifWebRequest{Method: inertLine(e.Request.Method), Target: clip(e.Request.URL, 2000), Headers: headerMap(e.Request.Headers), Body: sarifBody(e.Request.Body)}
		if e.Response == nil {
			out.WebResponse = &sarifWebResponse{NoResponseReceived: true}
		} else {
			out.WebResponse = &sarifWebResponse{StatusCode: e.Response.Status, Headers: headerMap(e.Response.Headers), Body: sarifBody(e.Response.Body)}
		}
		break
	}
	return out
}

func headerMap(headers []run.Header) map[string]string {
	out := map[string]string{}
	for _, h := range headers {
		name, value := clip(h.Name, 200), clip(h.Value, 2000)
		if before, ok := out[name]; ok {
			value = before + ", " + value
		}
		out[name] = value
	}
	return out
}

func sarifBody(body string) *sarifText {
	if body == "" {
		return nil
	}
	shown, note := cut(body, 4<<10)
	if note != "" {
		note = "\n[" + note + "]"
	}
	return &sarifText{inert.Text(shown) + note}
}

// orWord keeps a text that the schema wants filled from being empty.
func orWord(s string) string {
	if utf8.RuneCountInString(s) == 0 {
		return "(no text)"
	}
	return s
}
