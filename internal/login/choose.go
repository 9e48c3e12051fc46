package login

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"sgidcheck/internal/redact"
)

// Choice says whom to pick on a login page.
type Choice struct {
	Name   string // persona: a choice's value or text, or what is typed; empty: by Number
	Number int    // place among the choices, from 0
	Not    string // with no Name: not this person
}

// Action is what using a page leads to.
type Action struct {
	Method, URL string
	Here        bool // there is no action: URL is the document's own, whatever its base
	Body        []byte
	Persona     string // who was picked; empty where there was nothing to pick
	Made        bool   // the persona is a name that was made up, and so nobody
}

var errNoCancel = errors.New("the page offers no way to cancel")

var (
	cancelWords = regexp.MustCompile(`(?i)\b(?:cancel|deny|decline|reject|refuse|abort|back|not now|no,? thanks)\b`)
	personField = regexp.MustCompile(`(?i)persona|person|user|login|nric|fin\b|account|identity|profile|e-?mail|uid|singpass`)
)

// Act finds what a person would do on the page: pick the person and press the
// first button, or give up. The error says why neither works.
func (p *Page) Act(who Choice, cancel bool) (Action, error) {
	form, err := p.loginForm()
	if cancel {
		return p.cancel(form, who)
	}
	if err != nil {
		if people := p.people(); len(people) > 0 {
			option, err := pick(people, who)
			return Action{Method: http.MethodGet, URL: option.URL, Persona: option.Value}, err
		}
		if p.Refresh != "" {
			return Action{Method: http.MethodGet, URL: p.Refresh}, nil
		}
		return Action{}, err
	}
	return form.submit(who, func(b Button) bool { return !b.cancels() })
}

func (b Button) cancels() bool {
	return cancelWords.MatchString(strings.Join([]string{b.Name, b.Value, b.Text, b.ID}, " "))
}

// cancel gives up: by a button of the login form, a form of its own, or a link.
func (p *Page) cancel(form *Form, who Choice) (Action, error) {
	forms := p.Forms
	if form != nil {
		forms = append([]*Form{form}, forms...)
	}
	for _, f := range forms {
		for _, b := range f.Buttons {
			if b.cancels() {
				return f.submit(who, func(other Button) bool { return other == b })
			}
		}
	}
	for _, l := range p.Links {
		if cancelWords.MatchString(l.Text) || cancelWords.MatchString(lastPart(l.URL)) {
			return Action{Method: http.MethodGet, URL: l.URL}, nil
		}
	}
	return Action{}, errNoCancel
}

func lastPart(u string) string {
	base, _ := splitQuery(u)
	return base[strings.LastIndexByte(base, '/')+1:]
}

// submit fills in the form as a person would and presses the first button that
// press accepts.
func (f *Form) submit(who Choice, press func(Button) bool) (Action, error) {
	person := f.personControl()
	var pairs [][2]string
	picked, made := "", false
	done := map[string]bool{} // radio groups
	for _, field := range f.Fields {
		chosen := field == person || person != nil && person.Type == "radio" && field.Type == "radio" && field.Name == person.Name
		switch {
		case chosen && field.Type == "radio":
			if done[field.Name] {
				continue
			}
			done[field.Name] = true
			option, err := pick(f.radios(field.Name), who)
			if err != nil {
				return Action{}, err
			}
			picked = option.Value
			pairs = append(pairs, [2]string{field.Name, option.Value})
			continue
		case chosen && len(field.Options) > 0:
			option, err := pick(field.Options, who)
			if err != nil {
				return Action{}, err
			}
			picked = option.Value
			if option.URL != "" {
				return Action{Method: http.MethodGet, URL: option.URL, Persona: picked}, nil
			}
			field.Value = option.Value
		case chosen:
			field.Value, made = typed(who, field.Value)
			picked = field.Value
		case field.Type == "radio":
			if done[field.Name] {
				continue
			}
			if value, ok := f.standing(field.Name); ok {
				done[field.Name] = true
				pairs = append(pairs, [2]string{field.Name, value})
			}
			continue
		case field.Type == "checkbox":
			if !field.Checked && !field.Required {
				continue
			}
		case field.Type == "select":
			field.Value = selected(field.Options)
		case field.Type == "password" && field.Value == "":
			field.Value = "password"
		}
		if field.Name != "" {
			pairs = append(pairs, [2]string{field.Name, field.Value})
		}
	}
	action, encoding := Action{Method: f.Method, URL: f.Action, Persona: picked, Made: made}, f.Encoding
	for _, b := range f.Buttons {
		if press(b) {
			if b.Name != "" {
				pairs = append(pairs, [2]string{b.Name, b.Value})
			}
			action.Method, action.URL = f.SentBy(&b)
			encoding = f.EncodedBy(&b)
			break
		}
	}
	action.Here = action.URL == ""
	if encoding != URLEncoded && action.Method == http.MethodPost {
		return Action{}, unable(fmt.Sprintf("the login form asks for the encoding %q, which is not supported", encoding))
	}
	if action.Method == http.MethodPost {
		action.Body = []byte(encode(pairs))
		return action, nil
	}
	base, _ := splitQuery(action.URL)
	action.URL = base + "?" + encode(pairs)
	return action, nil
}

// personControl is the control that says who logs in: the first radio group,
// select or text field that is named for it, or else the first there is.
func (f *Form) personControl() *Field {
	var first *Field
	for _, field := range f.Fields {
		switch field.Type {
		case "radio", "select", "text", "email", "tel", "number":
		default:
			continue
		}
		if field.Type == "radio" && len(f.radios(field.Name)) < 2 && !personField.MatchString(field.Name) {
			continue
		}
		if personField.MatchString(field.Name + " " + field.ID + " " + field.Label) {
			return field
		}
		if first == nil || first.Type != "radio" && field.Type == "radio" {
			first = field
		}
	}
	return first
}

func (f *Form) radios(name string) []Option {
	var out []Option
	for _, field := range f.Fields {
		if field.Type == "radio" && field.Name == name {
			out = append(out, Option{Value: field.Value, Text: field.Label, Selected: field.Checked})
		}
	}
	return out
}

// standing is the value that a radio group has without being touched; a
// required group gets its first.
func (f *Form) standing(name string) (string, bool) {
	first, required := "", false
	for _, field := range f.Fields {
		if field.Type != "radio" || field.Name != name {
			continue
		}
		if field.Checked {
			return field.Value, true
		}
		if first == "" {
			first = field.Value
		}
		required = required || field.Required
	}
	return first, required
}

// Standing is the value that the control has without being touched.
func (f *Field) Standing() string {
	if f.Type == "select" {
		return selected(f.Options)
	}
	return f.Value
}

func selected(options []Option) string {
	for _, o := range options {
		if o.Selected {
			return o.Value
		}
	}
	if len(options) > 0 {
		return options[0].Value
	}
	return ""
}

// pick finds the person among the choices.
func pick(options []Option, who Choice) (Option, error) {
	var people []Option
	for _, o := range options {
		if o.Value != "" {
			people = append(people, o)
		}
	}
	if who.Name != "" {
		if o, ok := named(people, who.Name); ok {
			return o, nil
		}
		name := strconv.Quote(who.Name)
		if redact.MayBeSecret(who.Name) {
			name = "that is asked for"
		}
		return Option{}, fmt.Errorf("the login page offers %[2]d personas, and %[1]s is not one of them", name, len(people))
	}
	if len(people) == 0 {
		return Option{}, errors.New("the login page offers nobody to log in")
	}
	if who.Not != "" {
		if not, ok := named(people, who.Not); ok {
			for _, o := range people {
				if o.Value != not.Value {
					return o, nil
				}
			}
		}
	}
	if who.Number >= len(people) {
		return Option{}, fmt.Errorf("the login page offers %d people, and person %d is needed", len(people), who.Number+1)
	}
	return people[who.Number], nil
}

// named finds a choice by its value or text: equal, else in any case, else as
// the only one that holds the name.
func named(options []Option, name string) (Option, bool) {
	for _, same := range []func(string) bool{
		func(s string) bool { return s == name },
		func(s string) bool { return strings.EqualFold(s, name) },
	} {
		for _, o := range options {
			if same(o.Value) || same(o.Text) {
				return o, true
			}
		}
	}
	var found []Option
	for _, o := range options {
		if strings.Contains(strings.ToLower(o.Value+"\n"+o.Text), strings.ToLower(name)) {
			found = append(found, o)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return Option{}, false
}

// typed is the name typed into a text field: the persona's, the one that stands
// there, or one made up, for pages that take any. Whoever is made up is nobody:
// two such names need not be two people.
func typed(who Choice, standing string) (name string, made bool) {
	switch {
	case who.Name != "":
		return who.Name, false
	case who.Number > 0:
		return fmt.Sprintf("person-%d", who.Number+1), true
	case standing != "":
		return standing, false
	}
	return "person-1", true
}

// unable is why a page cannot be used without a browser, though it may be in order.
type unable string

func (u unable) Error() string { return string(u) }

// Unable reports whether an error of ReadPage, Act or Pick says that the page
// takes a browser to use, not that anything is wrong with it.
func Unable(err error) bool { return errors.As(err, new(unable)) }
