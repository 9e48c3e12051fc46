package provider

import (
	"fmt"
	"slices"
)

// people are those who log in at a Front. Nothing of theirs is another's, and
// none of it is likely to stand on a page by chance, so that whoever shows there
// is known. Their identity numbers lie in ranges that are not issued.
var people = []Persona{
	unmistakable(1, "quillon", "QUILLON ZEPHYRINE", "S8799711A"),
	unmistakable(2, "odalys", "ODALYS WREXHOLM", "S8799724C"),
	unmistakable(3, "thaddea", "THADDEA BRISKOVAN", "S8799737E"),
	unmistakable(4, "ximenes", "XIMENES FARQUOLD", "S8799740E"),
	unmistakable(5, "jocasta", "JOCASTA PLIMWORTH", "S8799753G"),
	unmistakable(6, "evander", "EVANDER SKULTHORPE", "S8799766I"),
	unmistakable(7, "nerissa", "NERISSA VANDERQUAY", "S8799779J"),
	unmistakable(8, "balthus", "BALTHUS IRONGROVE", "S8799782J"),
}

// People are those who log in at a Front, eight of them.
func People() []Persona { return slices.Clone(people) }

// frontPerson is the person with that ID, the first where it is empty.
func frontPerson(id string) *Persona {
	for i := range people {
		if people[i].ID == id {
			return &people[i]
		}
	}
	return &people[0]
}

// Sub is the subject by which the front's relying party knows a person.
func (f *Front) Sub(person *Persona) string {
	return f.base.pairwise(f.base.clients[f.Client().ID], person)
}

func unmistakable(n int, id, name, nric string) Persona {
	return person(id, name, "", map[string]string{
		"myinfo.nric_number":                     nric,
		"myinfo.date_of_birth":                   fmt.Sprintf("19%d1-0%d-1%d", n, n, n),
		"myinfo.passport_number":                 fmt.Sprintf("K8799%d17Q", n),
		"myinfo.passport_expiry_date":            fmt.Sprintf("204%d-1%d-0%d", n, n%3, n),
		"myinfo.mobile_number":                   fmt.Sprintf("8%d7%d4%d90", n, n, n),
		"myinfo.mobile_number_with_country_code": fmt.Sprintf("+65 8%d7%d4%d90", n, n, n),
		"myinfo.email":                           id + "@zq-example.test",
		"myinfo.registered_address":              fmt.Sprintf("%d7 %s CRESCENT\n#0%d-8%d\nSINGAPORE 09%d87%d", n, name, n, n, n, n),
		"myinfo.sex":                             "FEMALE",
		"myinfo.race":                            "EURASIAN",
		"myinfo.nationality":                     "SINGAPORE CITIZEN",
		"myinfo.residentialstatus":               "CITIZEN",
		"myinfo.birth_country":                   "SINGAPORE",
		"myinfo.marital_status":                  "SINGLE",
		"myinfo.housingtype":                     "CONDOMINIUM",
		"myinfo.vehicles":                        fmt.Sprintf(`[{"vehicle_number":"SZQ87%d%dZ"}]`, n, n),
		"myinfo.name_of_employer":                name + " PTE LTD",
		"pocdex.public_officer_details":          fmt.Sprintf(`[{"work_email":"%s@zq-agency.test","agency_name":"EXAMPLE AGENCY %d","department_name":"SERVICES","employment_type":"PERMANENT","employment_title":"ADVISER"}]`, id, n),
		"pocdex.number_of_employments":           "1",
	})
}
