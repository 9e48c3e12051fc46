package login

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/redact"

	"golang.org/x/net/html"
)

// PageSort says what a page is that came with status 200: the API documentation
// gives that status to the login page and to the error page alike.
type PageSort string

// The sorts of pages.
const (
	PageLogin   PageSort = "login"
	PageError   PageSort = "error"
	PageUnclear PageSort = "unclear" // it cannot be determined
)

// GoodPage is the login page that a good request of a run leads to.
type GoodPage struct {
	traits *traits
	bare   []byte
}

// ReadGoodPage reads the page once for all that it is compared with.
func ReadGoodPage(page []byte) *GoodPage { return &GoodPage{traitsOf(page), bare(page)} }

// ofEachAnswer is what a server puts anew into each answer, whatever the request.
var ofEachAnswer = regexp.MustCompile(`(?i)\snonce=(?:"[^"]*"|'[^']*'|[^\s>]+)|<meta\s[^>]*>`)

func bare(page []byte) []byte { return ofEachAnswer.ReplaceAll(page, nil) }

// SamePage reports whether two pages differ in no more than a server puts anew into each.
func SamePage(a, b []byte) bool { return bytes.Equal(bare(a), bare(b)) }

// TellPage tells an error page from a login page by what it holds. good is the
// login page of the same run; nil where a good request leads on without a page.
// why says, for a page that is unclear, what keeps it from being told.
func TellPage(page []byte, good *GoodPage) (sort PageSort, why string) {
	p, g := traitsOf(page), &traits{}
	if good != nil {
		g = good.traits
	}
	if p.asksAs(g) {
		return PageLogin, ""
	}
	if good != nil && p.scripted && bytes.Equal(bare(page), good.bare) {
		return PageUnclear, "it is the very page that a valid request gets, and what its script shows then is not visible here"
	}
	goesOn := p.goesOnAs(g)
	p.leaveOut(g)
	switch told := len(p.says) > 0; {
	case goesOn && !told:
		return PageLogin, ""
	case p.named && g.named && (!told || p.waits && g.waits):
		return PageLogin, ""
	case len(p.forms) > 0:
		return PageUnclear, "it has a form that could be a login form"
	case p.code:
		return PageUnclear, "it holds an address with a code"
	case p.drawn():
		return PageUnclear, "it holds what could be a QR code"
	case p.waits:
		return PageUnclear, "it has a script that waits or navigates"
	case len(p.says) == 0:
		return PageUnclear, "it holds no error code or message"
	case good != nil && len(g.forms) == 0 && !g.drawn() && !g.waits:
		return PageUnclear, "the login page of a valid request shows neither a form nor a QR code to recognise it by"
	case len(g.forms) == 0 && !g.drawn() && slices.ContainsFunc(p.sources, func(s string) bool { return slices.Contains(g.sources, s) }):
		return PageUnclear, "it loads the same script as the login page of a valid request, and what that script draws is not visible here"
	}
	return PageError, ""
}

// TellsError reports whether a page says by itself that a request is refused:
// there is nothing on it to log in with and no script, and it has an error code,
// or a title or heading that speaks of an error.
func TellsError(page []byte) bool {
	t := traitsOf(page)
	return len(t.forms) == 0 && !t.drawn() && !t.waits && !t.code && len(t.sources) == 0 && t.headed
}

// TellError reports whether a response that is no page says that a request is
// refused: JSON or text with an error code or message, and nothing that a
// request is granted with.
func TellError(body []byte) bool {
	text := string(body)
	if givesCode(body) {
		return false
	}
	var members map[string]any
	if json.Unmarshal(body, &members) == nil {
		for _, granted := range []string{"access_token", "id_token"} {
			if members[granted] != nil {
				return false
			}
		}
		if code, ok := members["code"].(string); ok && LooksIssued(code) {
			return false
		}
		for _, name := range []string{"error", "errors", "error_code", "errorCode"} {
			if v := members[name]; v != nil && v != false && v != "" {
				return true
			}
		}
		if codeWithMessage(members) {
			return true
		}
	}
	return errorCodes.MatchString(text) || errorWords.MatchString(text)
}

// codeWithMessage reports whether JSON has an error code and a message, as the API
// documentation says of a refusal, whatever their words. A code of success is none.
func codeWithMessage(members map[string]any) bool {
	message, _ := members["message"].(string)
	if strings.TrimSpace(message) == "" || succeeded.MatchString(message) {
		return false
	}
	switch code := members["code"].(type) {
	case float64:
		return code != 0 && (code < 200 || code > 299)
	case string:
		return !succeeded.MatchString(code) && !mixed(code)
	}
	return false
}

// succeeded are codes and messages that name no error.
var succeeded = regexp.MustCompile(`(?i)^\s*(|0+|2\d\d|(login |log-?in |request )?(ok|okay|success|successful|succeeded|done|created|accepted|pending|waiting|continue)\W*)\s*$`)

// mixed reports whether a code has small letters, capitals and digits, as a short one
// that was issued may.
func mixed(code string) bool {
	return code != strings.ToUpper(code) && code != strings.ToLower(code) && strings.ContainsAny(code, "0123456789")
}

// LooksIssued reports whether a value of code is random enough to be an
// authorization code: some name their error code so, and that is words, in either
// case, with a number perhaps.
func LooksIssued(code string) bool {
	if len(code) < 16 {
		return false
	}
	parts := strings.FieldsFunc(code, func(c rune) bool { return strings.ContainsRune("_-. ", c) })
	return slices.ContainsFunc(parts, func(part string) bool {
		number := len(part) <= mostDigits && strings.Trim(part, "0123456789") == ""
		return !number && strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz") != ""
	})
}

const mostDigits = 6 // of a number within an error code

// givesCode reports whether a text holds an address with an authorization code or
// a token.
func givesCode(text []byte) bool {
	for _, found := range codeAddress.FindAllSubmatch(text, -1) {
		if LooksIssued(redact.Unescape(string(found[1]))) {
			return true
		}
	}
	return false
}

// traits is what a page holds that tells a login from an error.
type traits struct {
	forms    []string        // each form, and the links to people, by where it goes and what its fields are
	login    string          // of these the one that logs in; empty where that is not known
	asks     bool            // that one asks who logs in
	named    bool            // something called a QR code, in markup or script
	images   map[string]bool // drawings that may be a QR code
	waits    bool            // a script that waits for the phone or leads on
	code     bool            // an address with an authorization code
	sources  []string        // scripts that are loaded
	scripted bool            // there is a script
	says     map[string]bool // error codes and words of error
	headed   bool            // there is a code among them, or a heading speaks of an error
}

// drawn reports whether the page shows, or has a script draw, a QR code.
func (t *traits) drawn() bool { return t.named || len(t.images) > 0 }

// asksAs reports whether the page asks who logs in, as the good one does.
func (t *traits) asksAs(g *traits) bool { return g.asks && slices.Contains(t.forms, g.login) }

// goesOnAs reports whether the page has the form by which the good one goes on, or
// may: it asks nobody who they are, and a choice of cookies may look the same.
func (t *traits) goesOnAs(g *traits) bool {
	if g.login != "" {
		return slices.Contains(t.forms, g.login)
	}
	return !g.drawn() && slices.ContainsFunc(t.forms, func(f string) bool { return slices.Contains(g.forms, f) })
}

// leaveOut takes from the page what the login page holds word for word: a logo,
// a sentence of the footer, a choice of languages.
func (t *traits) leaveOut(g *traits) {
	t.forms = slices.DeleteFunc(t.forms, func(f string) bool { return f != g.login && slices.Contains(g.forms, f) })
	for image := range t.images {
		if g.images[image] {
			delete(t.images, image)
		}
	}
	for word := range t.says {
		if g.says[word] && !errorCodes.MatchString(word) {
			delete(t.says, word)
		}
	}
}

var (
	// The error codes of RFC 6749 4.1.2.1 and OpenID Connect Core 3.1.2.6, and
	// those of the token endpoint that providers show here, too.
	errorCodes = regexp.MustCompile(`(?i)\b(?:invalid_[a-z_]+|unauthorized_client|access_denied|unsupported_[a-z_]+|server_error|temporarily_unavailable|(?:interaction|login|account_selection|consent)_(?:required)|[a-z_]+_not_supported)\b`)
	errorWords = regexp.MustCompile(`(?i)\b(?:errors?|invalid|unregistered|not registered|unknown|missing|mismatch(?:ed)?|not (?:valid|allowed|supported|found|permitted|match)|unsupported|unauthori[sz]ed|denied|forbidden|bad request|cannot|could not|went wrong|failed|failure|refused|rejected)\b`)

	codeAddress = regexp.MustCompile(`[?&#](?:amp;)?(?:code|access_token|id_token)=([A-Za-z0-9%_.~-]{16,})`)
	waitingCode = regexp.MustCompile(`\b(?:setInterval|setTimeout|EventSource|WebSocket|XMLHttpRequest|sendBeacon)\b|\bfetch\s*\(|\blocation\b\s*(?:=|\.)|\.submit\s*\(|\bpoll`)
	qrName      = regexp.MustCompile(`(?i)(?:^|[^a-z])qr(?:[^a-z]|code|$)|qrcode`)
)

const (
	leastImage = 400 // characters of a data: URL that can hold a QR code
	leastPath  = 800 // characters of a path that can draw one
	leastRects = 60
)

func traitsOf(body []byte) *traits {
	t := &traits{images: map[string]bool{}, says: map[string]bool{}}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return t
	}
	page := &Page{lists: map[string][]Option{}, labels: map[string]string{}}
	page.scan(doc)
	for _, f := range page.candidates() {
		t.forms = append(t.forms, f.shape())
	}
	if form, err := page.loginForm(); err == nil {
		t.login, t.asks = form.shape(), form.asksForPerson()
	}
	if people := page.people(); len(people) > 0 {
		t.login, t.asks = linkShape(people[0].URL), true
		t.forms = append(t.forms, t.login)
	}
	t.waits = page.Refresh != ""
	// Looking for what every such address holds is far quicker.
	t.code = (bytes.Contains(body, []byte("code=")) || bytes.Contains(body, []byte("token="))) && givesCode(body)
	for n := doc; n != nil; n = following(n) {
		switch n.Type {
		case html.ElementNode:
			t.element(n)
		case html.TextNode:
			t.text(n)
		}
	}
	if t.drawn() && !t.asks { // who logs in is asked by the QR code
		t.login = ""
	}
	return t
}

// PathShape is a path, or an address without its query, whose parts that are
// others for each login are left out.
func PathShape(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) >= 12 || strings.ContainsAny(part, "0123456789") {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// shape is a form by where it goes and what its fields are called.
func (f *Form) shape() string {
	action, _ := splitQuery(f.Action)
	names := []string{PathShape(action)}
	for _, field := range f.Fields {
		if field.Name != "" && !slices.Contains(names, field.Name) {
			names = append(names, field.Name)
		}
	}
	return strings.Join(names, " ")
}

func (t *traits) text(n *html.Node) {
	in := ""
	if n.Parent != nil {
		in = n.Parent.Data
	}
	if in == "script" || in == "style" || strings.TrimSpace(n.Data) == "" {
		return
	}
	for _, words := range []*regexp.Regexp{errorCodes, errorWords} {
		if words == errorCodes && !strings.Contains(n.Data, "_") {
			continue // every code holds one, and looking for that is far quicker
		}
		for _, found := range words.FindAllString(n.Data, 20) {
			t.says[strings.ToLower(found)] = true
			t.headed = t.headed || words == errorCodes || slices.Contains([]string{"title", "h1", "h2"}, in)
		}
	}
}

func (t *traits) element(n *html.Node) {
	for _, a := range n.Attr {
		if n.Data == "link" || n.Data == "meta" || n.Data == "script" { // what a script draws is not seen
			break
		}
		if n.Data == "a" && a.Key == "href" { // it leads to what is called so
			continue
		}
		if qrName.MatchString(a.Val) && !strings.HasPrefix(a.Val, "data:") || strings.HasPrefix(a.Key, "data-qr") {
			t.named = true
		}
	}
	switch n.Data {
	case "canvas":
		t.images["canvas"] = true
	case "img", "image", "object", "embed":
		if src := attr(n, "src") + attr(n, "href") + attr(n, "data"); strings.HasPrefix(src, "data:") && len(src) >= leastImage {
			t.images[src] = true
		}
	case "svg":
		if drawing, dense := denseDrawing(n); dense {
			t.images[drawing] = true
		}
	case "script":
		t.script(n)
	}
}

func (t *traits) script(n *html.Node) {
	t.scripted = true
	if src := attr(n, "src"); src != "" {
		base, _ := splitQuery(src)
		t.sources = append(t.sources, base)
	}
	if n.FirstChild == nil || strings.Contains(attr(n, "type"), "json") {
		return
	}
	code := n.FirstChild.Data
	t.named = t.named || qrName.MatchString(code)
	t.waits = t.waits || waitingCode.MatchString(code)
}

// denseDrawing is what an svg draws, and whether that is as much as a QR code.
func denseDrawing(svg *html.Node) (drawing string, dense bool) {
	var b strings.Builder
	rects := 0
	end := skip(svg)
	for n := following(svg); n != nil && n != end && b.Len() < 1<<16; n = following(n) {
		if n.Type != html.ElementNode {
			continue
		}
		b.WriteString(n.Data + attr(n, "d") + attr(n, "x") + attr(n, "y"))
		if n.Data == "rect" || n.Data == "use" {
			rects++
		}
	}
	return b.String(), b.Len() >= leastPath && rects == 0 || rects >= leastRects
}
