package reports

import (
	"bytes"
	"encoding/json"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"
)

// exchangeView is one exchange made ready for the HTML report. Everything in it
// is inert and escaped.
type exchangeView struct {
	Number                           int    // of the check's, in order of time
	Step, Login                      string // what it does, with its case; which login it belongs to
	Times                            int    // how often the same request got the same answer
	Case, Method, Path, Status, Took string
	Judged                           bool
	First                            bool // the first judged one of its check: shown unfolded, and on paper
	Request, Response                template.HTML
	Cut                              []string // notes of what was left out
	Error                            string
	Curl                             template.HTML
	CurlCut                          bool     // it is no command: not to be copied
	Side                             string   // of a run that judges a relying party: who was asked by whom
	Wrong                            string   // what the provider did wrong on purpose
	Shows                            string   // who the application's page shows
	Missing                          []string // words of the expectation that the response lacks
}

// textLimits says how many bytes of each text of an exchange are shown.
type textLimits struct{ judged, other int }

// textBudget is how many bytes all texts of all exchanges may take in the
// document, so that the report of a large run can be mailed and opens at once.
const textBudget = 3_000_000

// limitsFor finds the largest limits under which the run's exchanges fit the budget.
func limitsFor(r *run.Record) textLimits {
	var judged, other []textSize
	for i := range r.Checks {
		for j := range r.Checks[i].Exchanges {
			e := &r.Checks[i].Exchanges[j]
			sizes := &other
			if e.Judged {
				sizes = &judged
			}
			*sizes = append(*sizes, sizeOf(e.Request.URL), textSize{headerSize(e.Request.Headers), 1}, sizeOf(e.Request.Body), sizeOf(e.Curl))
			if e.Response != nil {
				*sizes = append(*sizes, textSize{headerSize(e.Response.Headers), 1}, sizeOf(e.Response.Body))
			}
		}
	}
	total := func(sizes []textSize, limit int) int {
		sum := 0
		for _, n := range sizes {
			sum += int(float64(min(n.bytes, limit)) * n.growth)
		}
		return sum
	}
	for _, limit := range []int{16 << 10, 8 << 10, 4 << 10, 2 << 10, 1 << 10, 512} {
		if total(judged, 2*limit)+total(other, limit) <= textBudget {
			return textLimits{2 * limit, limit}
		}
	}
	return textLimits{512, 256}
}

// textSize is the length of a text, and how much longer escaping makes it.
type textSize struct {
	bytes  int
	growth float64
}

func sizeOf(s string) textSize {
	start := head(s, 16<<10)
	if len(start) == 0 {
		return textSize{0, 1}
	}
	return textSize{len(s), float64(len(textEscaper.Replace(inert.Text(start)))) / float64(len(start))}
}

func headerSize(headers []run.Header) int {
	n := 0
	for _, h := range headers {
		n += len(h.Name) + len(h.Value) + 3
	}
	return n
}

// viewExchange prepares e, an exchange of c.
func viewExchange(c *run.Check, e *run.Exchange, limits textLimits) exchangeView {
	limit := limits.other
	if e.Judged {
		limit = limits.judged
	}
	v := exchangeView{
		Case: clip(e.Case, 200), Method: clip(e.Request.Method, 20), Path: clip(pathOf(e.Request.URL), 160),
		Status: "no answer", Took: milliseconds(e.DurationMS), Judged: e.Judged, Error: clip(e.Error, 2000),
	}
	v.Side, v.Wrong, v.Shows = sides[e.Side], clip(e.Wrong, 200), clip(e.Shows, 200)
	// The length and hash are those of the text as recorded, not as laid out.
	shown := func(what, recorded, laidOut string) string {
		text := head(laidOut, limit)
		if len(text) < len(laidOut) {
			_, note := cut(recorded, min(limit, len(recorded)-1))
			v.Cut = append(v.Cut, what+" "+note)
		}
		return inert.Text(text)
	}
	headers := func(what string, fields []run.Header) string {
		lines := headerLines(fields)
		return shown(what, lines, lines)
	}
	request := v.Method + " " + shown("URL", e.Request.URL, splitQuery(e.Request.URL)) + "\n" + headers("Request headers", e.Request.Headers)
	if e.Request.Body != "" {
		request += "\n" + shown("Request body", e.Request.Body, pretty(e.Request.Body, e.Request.Headers))
	}
	v.Request = escapeText(request)
	v.CurlCut = len(head(e.Curl, limit)) < len(e.Curl)
	v.Curl = escapeText(shown("Curl line", e.Curl, e.Curl))
	if e.Response == nil {
		return v
	}
	v.Status = number(float64(e.Response.Status))
	response := v.Status + "\n" + headers("Response headers", e.Response.Headers)
	if e.Response.Body != "" {
		response += "\n" + shown("Response body", e.Response.Body, pretty(e.Response.Body, e.Response.Headers))
	}
	if !e.Judged || !objects(c.Verdict) {
		v.Response = escapeText(response)
		return v
	}
	v.Response = markText(response, seenWords(c.Observed))
	for _, word := range wantedWords(c.Expected) {
		if !strings.Contains(strings.ToLower(response), strings.ToLower(word)) {
			v.Missing = append(v.Missing, word)
		}
	}
	return v
}

// sides say who was asked by whom.
var sides = map[string]string{"application": "Browser → application", "provider": "Application → provider"}

// objects says whether the verdict found something wrong in what it judged.
func objects(v run.Verdict) bool { return v == run.Fail || v == run.Warn || v == run.Waived }

func pathOf(url string) string {
	url, _, _ = strings.Cut(url, "?")
	if _, rest, ok := strings.Cut(url, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
		return "/"
	}
	return url
}

// splitQuery puts each parameter of a URL on a line of its own.
func splitQuery(url string) string {
	base, query, ok := strings.Cut(url, "?")
	if !ok {
		return url
	}
	return base + "\n  ?" + strings.ReplaceAll(query, "&", "\n  &")
}

func headerLines(headers []run.Header) string {
	var b strings.Builder
	for _, h := range headers {
		b.WriteString(inertLine(h.Name) + ": " + inertLine(h.Value) + "\n")
	}
	return b.String()
}

// prettyLimit is the size of body in bytes up to which it is laid out anew.
const prettyLimit = 256 << 10

// pretty lays out JSON and form bodies for reading; anything else stays as it is.
func pretty(body string, headers []run.Header) string {
	if len(body) > prettyLimit {
		return body
	}
	var laidOut bytes.Buffer
	if trimmed := strings.TrimSpace(body); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		if json.Indent(&laidOut, []byte(trimmed), "", "  ") == nil {
			return laidOut.String()
		}
	}
	for _, h := range headers {
		if strings.EqualFold(h.Name, "Content-Type") && strings.HasPrefix(strings.ToLower(h.Value), "application/x-www-form-urlencoded") {
			return strings.ReplaceAll(body, "&", "\n&")
		}
	}
	return body
}

var (
	statusWord = regexp.MustCompile(`\b[2-5][0-9][0-9]\b`)
	quotedWord = regexp.MustCompile("[\"`“]([^\"`“”\n]{2,120})[\"`”]")
	nameWord   = regexp.MustCompile(`\b[a-z]+(?:_[a-z0-9]+)+\b`)
	headerWord = regexp.MustCompile(`\b[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+\b`)
)

// errorCodes are the registered error values of the protocols at hand.
var errorCodes = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
	"invalid_scope", "access_denied", "unsupported_response_type", "server_error", "temporarily_unavailable",
	"invalid_token", "insufficient_scope", "login_required", "interaction_required", "consent_required",
	"account_selection_required", "request_not_supported", "request_uri_not_supported",
}

// seenWords are the words of an observation that can be found again in the
// exchange: status codes, quoted text, names, header fields.
func seenWords(observed string) []string {
	observed = head(observed, 2000)
	words := statusWord.FindAllString(observed, 8)
	for _, m := range quotedWord.FindAllStringSubmatch(observed, 8) {
		words = append(words, m[1])
	}
	words = append(words, nameWord.FindAllString(observed, 8)...)
	return append(words, headerWord.FindAllString(observed, 8)...)
}

// wantedWords are the words of an expectation that the response should have held:
// registered error codes and header fields.
func wantedWords(expected string) []string {
	expected = head(expected, 2000)
	var words []string
	for _, w := range nameWord.FindAllString(expected, 16) {
		if slices.Contains(errorCodes, w) && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	for _, w := range headerWord.FindAllString(expected, 16) {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escapeText escapes s for the content of an element. Quotes need no escape
// there, and JSON is full of them.
func escapeText(s string) template.HTML { return template.HTML(textEscaper.Replace(s)) }

// markText escapes s and marks every occurrence of the words in it.
func markText(s string, words []string) template.HTML {
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	var alternatives []string
	for _, w := range words {
		alternatives = append(alternatives, regexp.QuoteMeta(inert.Text(w)))
	}
	if len(alternatives) == 0 {
		return escapeText(s)
	}
	found := regexp.MustCompile(strings.Join(alternatives, "|"))
	var b strings.Builder
	end := 0
	for _, at := range found.FindAllStringIndex(s, 200) {
		b.WriteString(textEscaper.Replace(s[end:at[0]]))
		b.WriteString("<mark>" + textEscaper.Replace(s[at[0]:at[1]]) + "</mark>")
		end = at[1]
	}
	b.WriteString(textEscaper.Replace(s[end:]))
	return template.HTML(b.String())
}
