package reports

import (
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/run"
)

// The steps of a login, as a report names its exchanges.
const (
	stepMetadata  = "read the metadata"
	stepKeys      = "fetch the key set"
	stepAuthorize = "authorize"
	stepRedeem    = "redeem"
	stepData      = "ask for the data"
	stepCallback  = "callback"
	stepStart     = "open the application"
	stepSubmit    = "submit the login page"
	stepPage      = "load a page"
	stepPart      = "load a part of a page"
)

// places knows the places of a run: which of its addresses is which endpoint, and
// which codes and tokens were issued in it.
type places struct {
	steps  map[string]string // address without query: the step
	start  string            // of the application that is judged; empty: none
	issued map[string]bool   // labels of redacted codes and access tokens
}

// placesOf learns them from every exchange of the record.
func placesOf(r *run.Record) *places {
	p := &places{steps: map[string]string{}, start: address(r.Target.Application), issued: map[string]bool{}}
	for i := range r.Checks {
		for j := range r.Checks[i].Exchanges {
			p.learn(&r.Checks[i].Exchanges[j])
		}
	}
	return p
}

func (p *places) learn(e *run.Exchange) {
	if code := labelOf(queryOf(e.Request.URL).Get("code")); code != "" && e.Request.Method == "GET" {
		p.issued[code] = true // at the callback of an application
	}
	if e.Response == nil {
		return
	}
	if code := labelOf(queryOf(locationOf(e)).Get("code")); code != "" {
		p.issued[code] = true
	}
	if token := labelOf(member(e.Response.Body, "access_token")); token != "" {
		p.issued[token] = true
	}
	if !strings.Contains(e.Response.Body, `"authorization_endpoint"`) {
		return
	}
	var metadata map[string]any
	if json.Unmarshal([]byte(e.Response.Body), &metadata) != nil {
		return
	}
	for _, d := range published {
		if place, ok := metadata[d.member].(string); ok && place != "" {
			p.steps[address(place)] = d.step
		}
	}
}

// published are the members of metadata that name an endpoint. Of two that name the
// same place, the later counts.
var published = []struct{ member, step string }{
	{"jwks_uri", stepKeys}, {"authorization_endpoint", stepAuthorize}, {"token_endpoint", stepRedeem}, {"userinfo_endpoint", stepData},
}

// documented are the ends of the paths that sgID documents.
var documented = []struct{ end, step string }{
	{"/.well-known/openid-configuration", stepMetadata}, {"/.well-known/jwks.json", stepKeys}, {"/oauth/authorize", stepAuthorize},
	{"/oauth/token", stepRedeem}, {"/oauth/userinfo", stepData},
}

// stepOf names what an exchange does in a login.
func (p *places) stepOf(e *run.Exchange) string {
	place := address(e.Request.URL)
	if step := p.steps[place]; step != "" {
		return step
	}
	for _, d := range documented {
		if strings.HasSuffix(place, d.end) {
			return d.step
		}
	}
	query := queryOf(e.Request.URL)
	switch {
	case query.Has("response_type") || query.Has("code_challenge"):
		return stepAuthorize
	case strings.Contains(e.Request.Body, "grant_type="):
		return stepRedeem
	case e.Side == "application" && (query.Has("state") || query.Has("code") || query.Has("error")):
		return stepCallback
	case p.start != "" && place == p.start:
		return stepStart
	case slices.Contains([]string{".css", ".js", ".png", ".jpg", ".svg", ".ico", ".woff2"}, path.Ext(place)):
		return stepPart
	case e.Request.Method == "POST" && e.Side == "":
		return stepSubmit
	}
	return stepPage
}

// usual are the parameters that the requests of a right login have.
var usual = map[string][]string{
	stepAuthorize: {"response_type", "client_id", "redirect_uri", "scope", "code_challenge", "code_challenge_method"},
	stepRedeem:    {"grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier"},
}

// lacks says which of them a request does not have: "without code_verifier"; "" for
// one that has them, or carries them elsewhere.
func lacks(step string, e *run.Exchange) string {
	sent := queryOf(e.Request.URL)
	if step == stepRedeem {
		sent = valuesOf(e.Request.Body)
	} else if e.Request.Method != "GET" {
		return ""
	}
	var missing []string
	for _, name := range usual[step] {
		if sent.Get(name) == "" {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 0:
		return ""
	case len(missing) > 2:
		return "incomplete"
	}
	return "without " + strings.Join(missing, " and ")
}

var redactedLabel = regexp.MustCompile(`\[redacted ([A-Za-z0-9_]+) ([0-9]+)(?:, [0-9]+ characters)?\]`)

// labelOf is what stands for a secret that the record knows by number, such as
// "code 5"; "" for any other text. The same secret has the same label everywhere.
func labelOf(s string) string {
	if m := redactedLabel.FindStringSubmatch(head(s, 200)); m != nil {
		return m[1] + " " + m[2]
	}
	return ""
}

// member is a text of a JSON object's first level.
func member(body, name string) string {
	if len(body) > prettyLimit || !strings.Contains(body, `"`+name+`"`) {
		return ""
	}
	var object map[string]json.RawMessage
	var text string
	if json.Unmarshal([]byte(body), &object) != nil || json.Unmarshal(object[name], &text) != nil {
		return ""
	}
	return text
}

// address is a URL without query and fragment.
func address(s string) string {
	s, _, _ = strings.Cut(s, "#")
	s, _, _ = strings.Cut(s, "?")
	return s
}

func queryOf(address string) url.Values {
	_, query, _ := strings.Cut(head(address, 16<<10), "?")
	query, _, _ = strings.Cut(query, "#")
	return valuesOf(query)
}

// valuesOf are the members of a query or a form, in which labels of what was
// redacted stand as they are.
func valuesOf(form string) url.Values {
	out := url.Values{}
	for pair := range strings.SplitSeq(head(form, 64<<10), "&") {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if name != "" {
			out[name] = append(out[name], value)
		}
	}
	return out
}

func locationOf(e *run.Exchange) string { return headerOf(e.Response.Headers, "Location") }

func headerOf(headers []run.Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}
