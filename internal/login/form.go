package login

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Bounds of what is read from a page.
const (
	maxForms  = 50
	maxFields = 500
	maxChoice = 20000
)

// Page is what a login page offers: its forms, its links, and where it goes by itself.
type Page struct {
	Base         string // of the first <base href>
	Forms        []*Form
	Links        []Link
	Refresh      string // of <meta http-equiv=refresh>, after RefreshAfter
	RefreshAfter time.Duration
	lists        map[string][]Option
	labels       map[string]string // id -> text of its label
	based        bool              // Base has been read, though it may be empty
	read         int               // labels read so far
	chosen       int               // nodes under selects and datalists seen so far
}

// Link is one <a href>.
type Link struct{ URL, Text string }

// Form is one <form>.
type Form struct {
	Action, Method, Encoding string
	Identity                 string // id, name, class, role and where it leads, lower case, to recognise it by
	Fields                   []*Field
	Buttons                  []Button
}

// Field is one control that is submitted.
type Field struct {
	Name, Type, Value, ID string
	Label                 string
	Checked, Required     bool
	List                  string // id of the datalist
	Options               []Option
}

// Option is one choice of a select or datalist.
type Option struct {
	Value, Text string
	URL         string // of a data-…url attribute: where choosing it leads by script
	Selected    bool
}

// Button is one submit button.
type Button struct {
	Name, Value, Text, ID string
	Action, Method        string // of formaction and formmethod
	Here                  bool   // formaction is there, and empty
	Encoding              string // of formenctype, as a form's; empty: it is not there
}

func newButton(n *html.Node, text string) Button {
	b := Button{Name: attr(n, "name"), Value: attr(n, "value"), Text: text, ID: attr(n, "id"), Action: strings.TrimSpace(attr(n, "formaction"))}
	b.Here = b.Action == "" && has(n, "formaction")
	if method, ok := attribute(n, "formmethod"); ok {
		b.Method = "GET"
		if strings.EqualFold(method, "post") {
			b.Method = "POST"
		}
	}
	if encoding, ok := attribute(n, "formenctype"); ok {
		b.Encoding = encodingOf(encoding)
	}
	return b
}

// URLEncoded is the encoding of a form that asks for none, or for one that there is
// not (HTML, "enctype").
const URLEncoded = "application/x-www-form-urlencoded"

// encodingOf is the encoding that an attribute asks for.
func encodingOf(attribute string) string {
	switch encoding := strings.ToLower(attribute); encoding {
	case "multipart/form-data", "text/plain":
		return encoding
	}
	return URLEncoded
}

// EncodedBy is how the form is encoded where a button sends it by POST; nil: none does.
func (f *Form) EncodedBy(b *Button) string {
	if b != nil && b.Encoding != "" {
		return b.Encoding
	}
	return f.Encoding
}

// SentBy is how a button sends the form; nil: none does. An empty action is the
// document's own address, whatever its base (HTML, "form submission algorithm").
func (f *Form) SentBy(b *Button) (method, action string) {
	method, action = f.Method, f.Action
	if b != nil && b.Method != "" {
		method = b.Method
	}
	if b != nil && (b.Action != "" || b.Here) {
		action = b.Action
	}
	return method, action
}

// BaseAt is what the references of the page, which has that address, are relative
// to (HTML, "document base URLs").
func (p *Page) BaseAt(address *url.URL) *url.URL {
	base, err := address.Parse(p.Base)
	if err != nil || base.Scheme == "data" || base.Scheme == "javascript" {
		return address
	}
	return base
}

// ReadPage reads the forms of an HTML page. The error says why it cannot be read.
func ReadPage(body []byte) (*Page, error) {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil { // the parser refuses nothing but elements that are nested too deep
		return nil, unable("the page's elements are nested too deep to be read")
	}
	p := &Page{lists: map[string][]Option{}, labels: map[string]string{}}
	p.scan(doc)
	for _, f := range p.Forms {
		for _, field := range f.Fields {
			if field.Label == "" && field.ID != "" {
				field.Label = p.labels[field.ID]
			}
			if field.List != "" {
				field.Options = p.lists[field.List]
			}
		}
	}
	return p, nil
}

// scan walks over the document without recursion. Every inner walk is bounded,
// so that the time is in proportion to the page's length however it is nested.
func (p *Page) scan(doc *html.Node) {
	var form *Form
	var formEnd, labelEnd *html.Node // the first nodes after the open form and label
	label, inForm, inLabel := "", false, false
	byID := map[string]*Form{}
	for n := doc; n != nil; n = following(n) {
		if inForm && n == formEnd {
			form, inForm = nil, false
		}
		if inLabel && n == labelEnd {
			label, inLabel = "", false
		}
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "base":
			if href, ok := attribute(n, "href"); ok && !p.based {
				p.Base, p.based = strings.TrimSpace(href), true
			}
		case "meta":
			if strings.EqualFold(attr(n, "http-equiv"), "refresh") {
				p.RefreshAfter, p.Refresh = Refresh(attr(n, "content"))
			}
		case "a":
			if href := attr(n, "href"); href != "" && len(p.Links) < maxFields {
				p.Links = append(p.Links, Link{href, text(n)})
			}
		case "label":
			if p.read++; p.read < maxFields {
				label, labelEnd, inLabel = text(n), skip(n), true
				if id := attr(n, "for"); id != "" {
					p.labels[id] = label
				}
			}
		case "datalist":
			p.lists[attr(n, "id")] = p.options(n)
		case "form":
			if len(p.Forms) < maxForms {
				form, formEnd, inForm = newForm(n), skip(n), true
				p.Forms = append(p.Forms, form)
				if id := attr(n, "id"); id != "" {
					byID[id] = form
				}
			}
		case "input", "select", "textarea", "button":
			owner := form
			if id, ok := attribute(n, "form"); ok {
				owner = byID[id]
			}
			if owner != nil && len(owner.Fields)+len(owner.Buttons) < maxFields && !disabled(n) {
				p.add(owner, n, label)
			}
		}
	}
}

func newForm(n *html.Node) *Form {
	f := &Form{Action: strings.TrimSpace(attr(n, "action")), Method: strings.ToUpper(attr(n, "method")), Encoding: encodingOf(attr(n, "enctype"))}
	if f.Method != "POST" {
		f.Method = "GET"
	}
	identity := strings.Join([]string{attr(n, "id"), attr(n, "name"), attr(n, "class"), attr(n, "role"), f.leadsTo(), attr(n, "aria-label")}, " ")
	f.Identity = strings.ToLower(humps.ReplaceAllString(identity, "$1-$2"))
	return f
}

// humps part the words of a name such as siteSearch.
var humps = regexp.MustCompile(`([a-z])([A-Z])`)

// leadsTo is what the action says of the form's purpose. Its query says nothing:
// it may repeat the authorization request, client ID, languages and all. An action
// that is one parameter and no more, such as ?locale=de, is all there is to tell by.
func (f *Form) leadsTo() string {
	base, query := splitQuery(f.Action)
	if base == "" && !strings.Contains(query, "&") {
		return query
	}
	return base
}

// add reads one control into its form.
func (p *Page) add(f *Form, n *html.Node, label string) {
	kind := strings.ToLower(attr(n, "type"))
	name, id, value := attr(n, "name"), attr(n, "id"), attr(n, "value")
	if n.Data == "button" {
		if kind == "" || kind == "submit" {
			f.Buttons = append(f.Buttons, newButton(n, text(n)))
		}
		return
	}
	_, required := attribute(n, "required")
	_, checked := attribute(n, "checked")
	field := &Field{Name: name, Type: kind, Value: value, ID: id, Label: label, Required: required, Checked: checked}
	switch {
	case n.Data == "select":
		field.Type, field.Options = "select", p.options(n)
	case n.Data == "textarea":
		field.Type, field.Value = "textarea", text(n)
	case kind == "submit" || kind == "image":
		f.Buttons = append(f.Buttons, newButton(n, value+" "+attr(n, "alt")))
		return
	case kind == "button" || kind == "reset" || kind == "file":
		return
	case (kind == "radio" || kind == "checkbox") && !has(n, "value"):
		field.Value = "on"
	case kind == "":
		field.Type = "text"
	}
	field.List = attr(n, "list")
	f.Fields = append(f.Fields, field)
}

// options reads the choices under a select or datalist.
func (p *Page) options(parent *html.Node) []Option {
	var out []Option
	end := skip(parent)
	for n := following(parent); n != nil && n != end && p.chosen < maxChoice; n = following(n) {
		p.chosen++
		if n.Type != html.ElementNode || n.Data != "option" || has(n, "disabled") {
			continue
		}
		o := Option{Text: text(n), Selected: has(n, "selected")}
		var ok bool
		if o.Value, ok = attribute(n, "value"); !ok {
			o.Value = o.Text
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "data-") && strings.HasSuffix(a.Key, "url") {
				o.URL = a.Val
			}
		}
		out = append(out, o)
	}
	return out
}

var refreshShape = regexp.MustCompile(`(?i)^\s*([0-9]+|\.)[0-9.]*\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)`)

// Refresh reads what a Refresh header, or a meta element in its place, says: where
// the browser is sent, and after how long, in whole seconds. To is empty where it
// is sent nowhere else.
func Refresh(content string) (after time.Duration, to string) {
	m := refreshShape.FindStringSubmatch(content)
	if m == nil {
		return 0, ""
	}
	seconds, _ := strconv.ParseUint(m[1], 10, 16) // 0 for a dot, the greatest for what is beyond
	return time.Duration(seconds) * time.Second, strings.TrimSpace(m[2])
}

// following is the next node in document order.
func following(n *html.Node) *html.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	return skip(n)
}

// skip is the next node in document order that is not under n; nil after the last.
func skip(n *html.Node) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.NextSibling != nil {
			return n.NextSibling
		}
	}
	return nil
}

func disabled(n *html.Node) bool {
	if has(n, "disabled") {
		return true
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == "fieldset" && has(p, "disabled") {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, key string) (string, bool) {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	if i < 0 {
		return "", false
	}
	return n.Attr[i].Val, true
}

func attr(n *html.Node, key string) string { v, _ := attribute(n, key); return v }

func has(n *html.Node, key string) bool { _, ok := attribute(n, key); return ok }

// text is the visible text under a node, its white space collapsed, at most 200
// characters of it.
func text(parent *html.Node) string {
	var b strings.Builder
	end, steps := skip(parent), 0
	for n := following(parent); n != nil && n != end && b.Len() < 400 && steps < maxFields; n = following(n) {
		steps++
		if n.Type == html.TextNode && (n.Parent == nil || n.Parent.Data != "script" && n.Parent.Data != "style") {
			b.WriteString(n.Data + " ")
		}
	}
	s := strings.Join(strings.Fields(b.String()), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return s
}

// lineBreaks writes every line break as the two characters that a form is
// submitted with (HTML, "constructing the entry list"): a page's own are one.
var lineBreaks = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n")

// encode writes fields as application/x-www-form-urlencoded, in their order.
func encode(pairs [][2]string) string {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(lineBreaks.Replace(p[0])) + "=" + url.QueryEscape(lineBreaks.Replace(p[1])))
	}
	return b.String()
}
