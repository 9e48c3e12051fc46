package provider

import "strings"

// Marks are the texts that make a person of People known on a page: what of
// their data is long enough and nobody else's, and either part of the name.
func Marks(p *Persona) (marks []string) {
	marks = append(marks, strings.Fields(p.Name)...)
	for _, scope := range dataScopes {
		text := p.Data[scope]
		if len(text) >= 6 && !strings.ContainsAny(text, "\n[") && !anothers(p, scope, text) {
			marks = append(marks, text)
		}
	}
	return marks
}

func anothers(p *Persona, scope, text string) bool {
	for i := range people {
		if people[i].ID != p.ID && people[i].Data[scope] == text {
			return true
		}
	}
	return false
}
