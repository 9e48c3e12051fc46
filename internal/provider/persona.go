package provider

// Persona is a synthetic person who can log in. Names, numbers and addresses
// are made up: identity numbers carry a right check letter, but lie in ranges
// that are not issued.
type Persona struct {
	// ID is the login form's value, stable and unique.
	ID string
	// Name is what the login page shows, beside Summary.
	Name    string
	Summary string
	// Data is the plaintext for each scope of the data catalogue.
	Data map[string]string
}

// Personas returns the people, the first of whom has data for every scope. The
// list and what it holds are shared: do not change them.
func Personas() []Persona { return personas }

func personaByID(id string) *Persona {
	for i := range personas {
		if personas[i].ID == id {
			return &personas[i]
		}
	}
	return nil
}

// person fills the gaps of a persona's data with NA, the catalogue's "not available".
func person(id, name, summary string, data map[string]string) Persona {
	data["myinfo.name"] = name
	for _, scope := range dataScopes {
		if data[scope] == "" {
			data[scope] = "NA"
		}
	}
	return Persona{ID: id, Name: name, Summary: summary, Data: data}
}
