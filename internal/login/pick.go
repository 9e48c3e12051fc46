package login

// Pick is what a person would do on a login page, control by control, for a
// driver that uses the page itself instead of sending what its form would.
type Pick struct {
	Person *Field   // the control that says who logs in; nil where there is none
	Option Option   // the choice to make in it, where it offers any
	Typed  string   // what to type into it, where it is a text field
	Made   bool     // what is typed was made up, and is nobody's name
	Fill   []*Field // passwords that are empty and must not be
	Tick   []*Field // checkboxes that must be ticked and are not
	Press  *Button  // the button to press; nil where there is none
	Follow *Link    // the link to follow instead of all that
	Go     string   // where the page goes by itself
}

// Persona is who was picked, or the name that is typed.
func (p Pick) Persona() string {
	switch {
	case p.Option.Value != "":
		return p.Option.Value
	case p.Person == nil:
		return ""
	}
	return p.Typed
}

// Pick finds, by the rules of Act, what a person would do on the page. The
// error says why there is nothing to do; NoCancel recognises the one for a page
// that offers no way to give up.
func (p *Page) Pick(who Choice, cancel bool) (Pick, error) {
	form, err := p.loginForm()
	if cancel {
		return p.pickCancel(form)
	}
	if err != nil {
		if people := p.people(); len(people) > 0 {
			option, err := pick(people, who)
			return Pick{Option: option, Follow: &Link{URL: option.URL, Text: option.Text}}, err
		}
		if p.Refresh != "" {
			return Pick{Go: p.Refresh}, nil
		}
		return Pick{}, err
	}
	out := Pick{Person: form.personControl()}
	if f := out.Person; f != nil {
		options := f.Options
		if f.Type == "radio" {
			options = form.radios(f.Name)
		}
		if len(options) > 0 {
			if out.Option, err = pick(options, who); err != nil {
				return Pick{}, err
			}
			for _, other := range form.Fields {
				if f.Type == "radio" && other.Type == "radio" && other.Name == f.Name && other.Value == out.Option.Value {
					out.Person = other
				}
			}
		} else {
			out.Typed, out.Made = typed(who, f.Value)
		}
	}
	out.complete(form)
	for i := range form.Buttons {
		if !form.Buttons[i].cancels() {
			out.Press = &form.Buttons[i]
			break
		}
	}
	return out, nil
}

// complete adds what a form must have before it can be submitted.
func (p *Pick) complete(form *Form) {
	for _, f := range form.Fields {
		switch {
		case f.Type == "checkbox" && f.Required && !f.Checked:
			p.Tick = append(p.Tick, f)
		case f.Type == "password" && f.Value == "":
			p.Fill = append(p.Fill, f)
		}
	}
}

func (p *Page) pickCancel(form *Form) (Pick, error) {
	forms := p.Forms
	if form != nil {
		forms = append([]*Form{form}, forms...)
	}
	for _, f := range forms {
		for i := range f.Buttons {
			if f.Buttons[i].cancels() {
				out := Pick{Press: &f.Buttons[i]}
				out.complete(f)
				return out, nil
			}
		}
	}
	for i := range p.Links {
		if l := &p.Links[i]; cancelWords.MatchString(l.Text) || cancelWords.MatchString(lastPart(l.URL)) {
			return Pick{Follow: l}, nil
		}
	}
	return Pick{}, errNoCancel
}

// NoCancel says whether an error of Pick or Act means that the page offers no
// way to give up.
func NoCancel(err error) bool { return err == errNoCancel }

// Choices is whom a driver picks for the nth person of an authorization, where
// the first and second are named (or not).
func Choices(personas [2]string, person int) Choice {
	return (&Direct{personas: personas}).choice(person)
}

// SetLocation fills in what a redirect to location says, for drivers that
// learn of it elsewhere than from a Location header.
func (l *Response) SetLocation(location string) { l.setLocation(location) }
