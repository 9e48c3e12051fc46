package target

import (
	"bytes"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Bounds of what is read from a page.
const (
	maxForms  = 50
	maxFields = 500
	maxChoice = 5000
)

// Page is what a login page offers: its forms, its links, and where it goes by itself.
type Page struct {
	Base    string // of <base href>
	Forms   []*Form
	Links   []Link
	Refresh string // of <meta http-equiv=refresh>
	lists   map[string][]Option
	labels  map[string]string // id -> text of its label
}

// Link is one <a href>.
type Link struct{ URL, Text string }

// Form is one <form>.
type Form struct {
	Action, Method, Encoding string
	Identity                 string // id, name, class, role and action, lower case, to recognise it by
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
type Button struct{ Name, Value, Text, ID, Action, Method string }

// ReadPage reads the forms of an HTML page. The error says why it cannot be read.
func ReadPage(body []byte) (*Page, error) {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the page is not HTML that can be read")
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

// scan walks over the document without recursion.
func (p *Page) scan(doc *html.Node) {
	var form *Form
	var formNode *html.Node
	byID := map[string]*Form{}
	label := "" // of the <label> around the control
	var labelNode *html.Node
	for n := doc; n != nil; n = following(n) {
		if formNode != nil && !within(n, formNode) {
			form, formNode = nil, nil
		}
		if labelNode != nil && !within(n, labelNode) {
			label, labelNode = "", nil
		}
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "base":
			if p.Base == "" {
				p.Base = attr(n, "href")
			}
		case "meta":
			if strings.EqualFold(attr(n, "http-equiv"), "refresh") {
				p.Refresh = refreshURL(attr(n, "content"))
			}
		case "a":
			if href := attr(n, "href"); href != "" && len(p.Links) < maxFields {
				p.Links = append(p.Links, Link{href, text(n)})
			}
		case "label":
			label, labelNode = text(n), n
			if id := attr(n, "for"); id != "" {
				p.labels[id] = label
			}
		case "datalist":
			p.lists[attr(n, "id")] = options(n)
		case "form":
			if len(p.Forms) < maxForms {
				form, formNode = newForm(n), n
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
			if owner != nil && len(owner.Fields) < maxFields && !disabled(n) {
				owner.add(n, label)
			}
		}
	}
}

func newForm(n *html.Node) *Form {
	f := &Form{Action: strings.TrimSpace(attr(n, "action")), Method: strings.ToUpper(attr(n, "method")), Encoding: strings.ToLower(attr(n, "enctype"))}
	if f.Method != "POST" {
		f.Method = "GET"
	}
	f.Identity = strings.ToLower(strings.Join([]string{attr(n, "id"), attr(n, "name"), attr(n, "class"), attr(n, "role"), f.Action, attr(n, "aria-label")}, " "))
	return f
}

func (f *Form) add(n *html.Node, label string) {
	kind := strings.ToLower(attr(n, "type"))
	name, id, value := attr(n, "name"), attr(n, "id"), attr(n, "value")
	if n.Data == "button" {
		if kind == "" || kind == "submit" {
			f.Buttons = append(f.Buttons, Button{name, value, text(n), id, attr(n, "formaction"), strings.ToUpper(attr(n, "formmethod"))})
		}
		return
	}
	_, required := attribute(n, "required")
	_, checked := attribute(n, "checked")
	field := &Field{Name: name, Type: kind, Value: value, ID: id, Label: label, Required: required, Checked: checked}
	switch {
	case n.Data == "select":
		field.Type, field.Options = "select", options(n)
	case n.Data == "textarea":
		field.Type, field.Value = "textarea", text(n)
	case kind == "submit" || kind == "image":
		f.Buttons = append(f.Buttons, Button{name, value, value + " " + attr(n, "alt"), id, attr(n, "formaction"), strings.ToUpper(attr(n, "formmethod"))})
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
func options(parent *html.Node) []Option {
	var out []Option
	for n := following(parent); n != nil && within(n, parent) && len(out) < maxChoice; n = following(n) {
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

var refreshShape = regexp.MustCompile(`(?i)^\s*[0-9.]+\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)`)

func refreshURL(content string) string {
	if m := refreshShape.FindStringSubmatch(content); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

// following is the next node in document order.
func following(n *html.Node) *html.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	for n != nil {
		if n.NextSibling != nil {
			return n.NextSibling
		}
		n = n.Parent
	}
	return nil
}

func within(n, ancestor *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == ancestor {
			return true
		}
	}
	return false
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
	for n := following(parent); n != nil && within(n, parent) && b.Len() < 400; n = following(n) {
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

// encode writes fields as application/x-www-form-urlencoded, in their order.
func encode(pairs [][2]string) string {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p[0]) + "=" + url.QueryEscape(p[1]))
	}
	return b.String()
}
