package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"
)

// SARIF writes the findings of the record as SARIF 2.1.0: failures as errors,
// warnings as warnings, waived ones suppressed; what was blocked is a
// notification of the run, not a result for the target, as are its notes; the first says
// what the run claims. The target has no files here: a result points into a text
// that lies in the document itself, at the response that the verdict rests on.
func SARIF(w io.Writer, r *run.Record) error {
	invocation := sarifInvocation{ExecutionSuccessful: !incomplete(r), StartTimeUTC: r.Started.UTC().Format("2006-01-02T15:04:05Z")}
	if r.Finished != nil {
		invocation.EndTimeUTC = r.Finished.UTC().Format("2006-01-02T15:04:05Z")
	}
	invocation.Notifications = []sarifNotification{{Level: "note", Message: sarifText{Text: unlinked(Verdict(r))}}}
	// Where results are kept by this identity, those of a stand-in do not take the place of the target's.
	identity := "sgidcheck/" + url.PathEscape(inertLine(r.Target.Name())) + "/"
	if text := r.Target.StandIn(); text != "" {
		identity += "stand-in/"
		invocation.Notifications = append(invocation.Notifications, sarifNotification{Level: "note", Message: sarifText{Text: unlinked(fullStop("The target is " + text))}})
	}
	out := sarifRun{
		Tool:              sarifTool{sarifDriver{Name: "sgidcheck", Version: strings.TrimPrefix(inertLine(r.Tool.Version), "v"), SemanticVersion: semantic(r.Tool.Version), InformationURI: homeOf(repository), Rules: []sarifRule{}}},
		AutomationDetails: sarifID{identity},
		Results:           []sarifResult{}, ColumnKind: "unicodeCodePoints",
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		out.Tool.Driver.Rules = append(out.Tool.Driver.Rules, sarifRuleOf(r, c))
		switch {
		case objects(c.Verdict) || c.Verdict == run.StaleWaiver:
			found := sarifEvidence(c)
			result := sarifResultOf(r, c, i)
			result.Locations = []sarifLocation{found.location(c, len(out.Artifacts))}
			out.Artifacts = append(out.Artifacts, found.artifact(c))
			out.Results = append(out.Results, result)
		case c.Verdict == run.Blocked:
			invocation.Notifications = append(invocation.Notifications, sarifNotification{
				Level: "warning", Message: sarifText{Text: unlinked(fullStop(inertLine(c.ID) + " could not be judged: " + clip(c.Reason, 600)))}, AssociatedRule: &sarifReference{inertLine(c.ID), i},
			})
		}
	}
	for _, n := range r.Notes {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{Level: "note", Message: sarifText{Text: orWord(unlinked(fullStop(clip(n, 600))))}})
	}
	out.Invocations = []sarifInvocation{invocation}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{out}})
}

// sarifMessages are the texts of the results of a check, by what became of it.
// The last {0} is what was seen, or the waiver's trouble; the rest is the check's own.
func sarifMessages(c *run.Check) map[string]string {
	return map[string]string{
		"fails": unlinked(fullStop(clip(problemOf(c), 300))+" Expected: '"+unstopped(c.Expected, 1000)) + "'. Observed: '{0}'.",
		"stale": unlinked(fullStop(clip(c.Title, 300))) + " The waiver that covers this check does not hold: '{0}'.",
	}
}

func sarifRuleOf(r *run.Record, c *run.Check) sarifRule {
	out := sarifRule{
		ID: inertLine(c.ID), Name: pascal(c.Title), ShortDescription: sarifText{Text: fullStop(clip(problemOf(c), 300))},
		FullDescription:      sarifText{Text: orWord(strings.TrimSpace(fullStop(clip(c.Title, 300)) + " " + fullStop(clip(c.Expected, 1000))))},
		MessageStrings:       map[string]sarifText{},
		Help:                 sarifText{Text: orWord(findingHelp(c)), Markdown: helpMarkdown(c)},
		DefaultConfiguration: sarifLevel{levelOf(c)},
		Properties: sarifRuleProperties{
			Tags: sarifTags(c), Precision: "very-high", ProblemSeverity: map[string]string{"error": "error", "warning": "warning", "note": "recommendation"}[levelOf(c)],
			SecuritySeverity: map[Severity]string{High: "8.0", Medium: "5.5", Low: "2.5"}[severity(c)],
		},
	}
	for id, text := range sarifMessages(c) {
		// Braces that are no place for an argument are doubled.
		own := strings.NewReplacer("{", "{{", "}", "}}").Replace(strings.TrimSuffix(text, "{0}'."))
		out.MessageStrings[id] = sarifText{Text: own + "{0}'."}
	}
	out.HelpURI = catalogueOf(repository, r.Tool.Version, c)
	for _, b := range c.Basis {
		if out.HelpURI != "" {
			break
		}
		if u, err := url.Parse(link(b)); err == nil && u.Host != "" {
			out.HelpURI = u.String()
		}
	}
	return out
}

func sarifTags(c *run.Check) []string {
	tags := []string{"sgid", inertLine(c.Area), inertLine(c.Level)}
	if severity(c) != NoSeverity {
		tags = append(tags, "security", severity(c).String()+" severity")
	}
	for _, t := range guardedBy(c.ID) {
		if tag := strings.ToLower(t.Name); !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
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

func sarifResultOf(r *run.Record, c *run.Check, index int) sarifResult {
	message, seen := "fails", unstopped(c.Observed, 1000)
	out := sarifResult{RuleID: inertLine(c.ID), RuleIndex: index, Level: levelOf(c)}
	if c.Verdict == run.StaleWaiver {
		message, seen, out.Level = "stale", unstopped(c.Reason, 600), "note"
	}
	if c.Level == "MUST" && (c.Verdict == run.Warn || c.Verdict == run.Waived && !c.WaivedFailure()) {
		out.Level = "warning"
	}
	if r.Strict {
		out.Level = "error"
	}
	seen = unlinked(seen)
	text := sarifMessages(c)[message]
	out.Message = sarifMessage{strings.TrimSuffix(text, "{0}'.") + seen + "'.", message, []string{seen}}
	identity := sha256.Sum256([]byte(r.Target.Name() + "\n" + c.ID))
	out.Fingerprints = map[string]string{"sgidcheck/v1": inertLine(c.ID), "primaryLocationLineHash": hex.EncodeToString(identity[:8]) + ":1"}
	if s := severity(c); s != NoSeverity {
		out.Properties = map[string]string{"severity": s.String()}
	}
	if c.Verdict == run.Waived {
		s := sarifSuppression{Kind: "external", Status: "accepted"}
		if c.Waiver != nil {
			s.Justification = waivedWhat(c) + ", " + clip(c.Waiver.Accepted(), 700)
		}
		out.Suppressions = []sarifSuppression{s}
	}
	if e := judgedExchange(c); e != nil {
		out.WebRequest = &sarifWebRequest{Method: inertLine(e.Request.Method), Target: clip(e.Request.URL, 2000), Headers: headerMap(e.Request.Headers), Body: sarifBody(e.Request.Body)}
		if e.Response == nil {
			out.WebResponse = &sarifWebResponse{NoResponseReceived: true}
		} else {
			out.WebResponse = &sarifWebResponse{StatusCode: e.Response.Status, Headers: headerMap(e.Response.Headers), Body: sarifBody(e.Response.Body)}
		}
	}
	return out
}

// judgedExchange is the first exchange that the verdict rests on, or nil.
func judgedExchange(c *run.Check) *run.Exchange {
	if i := slices.IndexFunc(c.Exchanges, func(e run.Exchange) bool { return e.Judged }); i >= 0 {
		return &c.Exchanges[i]
	}
	return nil
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
	return &sarifText{Text: inert.Text(shown) + note}
}

// orWord keeps a text that the schema wants filled from being empty.
func orWord(s string) string {
	if utf8.RuneCountInString(s) == 0 {
		return "(no text)"
	}
	return s
}

// semanticForm is that of a version by Semantic Versioning.
var semanticForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$`)

// semantic is the version without the v of a tag, or "" where it is no semantic one.
func semantic(version string) string {
	if v := strings.TrimPrefix(version, "v"); semanticForm.MatchString(v) {
		return v
	}
	return ""
}
