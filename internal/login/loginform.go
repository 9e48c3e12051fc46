package login

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var (
	searchForm = regexp.MustCompile(`(?:^|[^a-z])(?:site|web|quick|header|nav|set|change|switch|select|choose)?-?(?:search|newsletter|(?:un)?subscribe|locale|language|log-?out|sign-?out)(?:s|form|box|bar|menu|select|selector|switch|switcher|picker|input)?(?:[^a-z]|$)`)
	loginForm  = regexp.MustCompile(`log-?in|sign-?in|auth|consent|interaction|persona`)
)

// candidates are the forms that may log in: all but those that search and the
// like, or of these, where there are no others, the ones that ask who logs in.
func (p *Page) candidates() []*Form {
	var candidates, asking []*Form
	for _, f := range p.Forms {
		switch {
		case f.searches():
		case !searchForm.MatchString(f.Identity):
			candidates = append(candidates, f)
		case f.asksWho():
			asking = append(asking, f)
		}
	}
	if len(candidates) == 0 {
		return asking
	}
	return candidates
}

// loginForm is the one form that logs in.
func (p *Page) loginForm() (*Form, error) {
	candidates := p.candidates()
	for _, narrower := range []func(*Form) bool{
		func(f *Form) bool { return !f.onlyCancels() },
		(*Form).picksPerson,
		func(f *Form) bool { return loginForm.MatchString(f.Identity) },
		func(f *Form) bool { return loginForm.MatchString(strings.ToLower(f.Action)) },
		func(f *Form) bool { return f.Method == http.MethodPost },
	} {
		if len(candidates) <= 1 {
			break
		}
		var kept []*Form
		for _, f := range candidates {
			if narrower(f) {
				kept = append(kept, f)
			}
		}
		if len(kept) > 0 {
			candidates = kept
		}
	}
	switch len(candidates) {
	case 1:
		return candidates[0], nil
	case 0:
		return nil, unable("the page has no login form")
	}
	return nil, unable(fmt.Sprintf("the page has %d forms that could be the login", len(candidates)))
}

func (f *Form) searches() bool {
	for _, field := range f.Fields {
		if field.Type == "search" || field.Name == "q" {
			return true
		}
	}
	return false
}

// asksWho says whether the form has a password, or a control that is named for
// who logs in and nothing else.
func (f *Form) asksWho() bool {
	return slices.ContainsFunc(f.Fields, func(field *Field) bool {
		return field.Type == "password" || field.Type != "hidden" && peopleParameter.MatchString(field.Name)
	})
}

// asksForPerson says whether the form asks who logs in, or has a choice that is
// named for it.
func (f *Form) asksForPerson() bool {
	return f.asksWho() || slices.ContainsFunc(f.Fields, func(field *Field) bool {
		picks := field.Type == "radio" || field.Type == "select" || field.List != ""
		return picks && personField.MatchString(field.Name+" "+field.ID+" "+field.Label)
	})
}

// picksPerson says whether the form has a control that a person is picked with.
func (f *Form) picksPerson() bool {
	for _, field := range f.Fields {
		if field.Type == "radio" || field.Type == "select" || field.List != "" || field.Type == "password" {
			return true
		}
	}
	return false
}

func (f *Form) onlyCancels() bool {
	if len(f.Buttons) == 0 {
		return false
	}
	for _, b := range f.Buttons {
		if !b.cancels() {
			return false
		}
	}
	return true
}
