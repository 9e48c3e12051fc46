package reports

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
		Artifacts         []sarifArtifact   `json:"artifacts,omitempty"`
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
		Name            string      `json:"name"`
		Version         string      `json:"version,omitempty"`
		SemanticVersion string      `json:"semanticVersion,omitempty"`
		InformationURI  string      `json:"informationUri,omitempty"`
		Rules           []sarifRule `json:"rules"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifMessage struct {
		Text      string   `json:"text"`
		ID        string   `json:"id,omitempty"`
		Arguments []string `json:"arguments,omitempty"`
	}
	sarifRule struct {
		ID                   string               `json:"id"`
		Name                 string               `json:"name,omitempty"`
		ShortDescription     sarifText            `json:"shortDescription"`
		FullDescription      sarifText            `json:"fullDescription"`
		MessageStrings       map[string]sarifText `json:"messageStrings,omitempty"`
		Help                 sarifText            `json:"help"`
		HelpURI              string               `json:"helpUri,omitempty"`
		DefaultConfiguration sarifLevel           `json:"defaultConfiguration"`
		Properties           sarifRuleProperties  `json:"properties"`
	}
	// sarifRuleProperties are those that GitHub's code scanning reads, and our level.
	sarifRuleProperties struct {
		Tags             []string `json:"tags"`
		Precision        string   `json:"precision"`
		ProblemSeverity  string   `json:"problem.severity"`
		SecuritySeverity string   `json:"security-severity,omitempty"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifMessage       `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		WebRequest   *sarifWebRequest   `json:"webRequest,omitempty"`
		WebResponse  *sarifWebResponse  `json:"webResponse,omitempty"`
		Properties   map[string]string  `json:"properties,omitempty"`
	}
	sarifArtifact struct {
		Location sarifArtifactLocation `json:"location"`
		MIMEType string                `json:"mimeType"`
		Contents sarifText             `json:"contents"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifactLocation `json:"artifactLocation"`
		Region   sarifRegion           `json:"region"`
		Context  sarifRegion           `json:"contextRegion"`
	}
	sarifArtifactLocation struct {
		URI   string `json:"uri"`
		Index *int   `json:"index,omitempty"`
	}
	sarifRegion struct {
		StartLine   int       `json:"startLine"`
		StartColumn int       `json:"startColumn"`
		EndLine     int       `json:"endLine"`
		EndColumn   int       `json:"endColumn"`
		Snippet     sarifText `json:"snippet"`
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
