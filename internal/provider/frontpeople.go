package provider

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"
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

// newcomers are further people who log in at a Front, as unmistakable as the others.
var newcomers = func() (all []Persona) {
	for n := range 64 {
		all = append(all, newcomer(n+1))
	}
	return all
}()

// Newcomers are those who log in at a Front where an application must not know the
// person of an earlier login of the run, in the order in which they do.
func Newcomers() []Persona { return slices.Clone(newcomers) }

// frontPerson is the person with that ID, the first where it is empty.
func frontPerson(id string) *Persona {
	for _, all := range [][]Persona{people, newcomers} {
		for i := range all {
			if all[i].ID == id {
				return &all[i]
			}
		}
	}
	return &people[0]
}

// Sub is the subject by which the front's relying party knows a person.
func (f *Front) Sub(person *Persona) string {
	return f.base.pairwise(f.base.clients[f.Client().ID], person)
}

// atFront is a person with the number n who logs in at a Front: with data of their own,
// and those that differ by nothing but the ID, the name and the number.
func atFront(n int, id, name string, own map[string]string) Persona {
	data := map[string]string{
		"myinfo.email":                  id + "@zq-example.test",
		"myinfo.sex":                    "FEMALE",
		"myinfo.race":                   "EURASIAN",
		"myinfo.nationality":            "SINGAPORE CITIZEN",
		"myinfo.residentialstatus":      "CITIZEN",
		"myinfo.birth_country":          "SINGAPORE",
		"myinfo.marital_status":         "SINGLE",
		"myinfo.housingtype":            "CONDOMINIUM",
		"myinfo.name_of_employer":       name + " PTE LTD",
		"pocdex.public_officer_details": fmt.Sprintf(`[{"work_email":"%s@zq-agency.test","agency_name":"EXAMPLE AGENCY %d","department_name":"SERVICES","employment_type":"PERMANENT","employment_title":"ADVISER"}]`, id, n),
		"pocdex.number_of_employments":  "1",
	}
	maps.Copy(data, own)
	return person(id, name, "", data)
}

func unmistakable(n int, id, name, nric string) Persona {
	return atFront(n, id, name, map[string]string{
		"myinfo.nric_number":                     nric,
		"myinfo.date_of_birth":                   fmt.Sprintf("19%d1-0%d-1%d", n, n, n),
		"myinfo.passport_number":                 fmt.Sprintf("K8799%d17Q", n),
		"myinfo.passport_expiry_date":            fmt.Sprintf("204%d-1%d-0%d", n, n%3, n),
		"myinfo.mobile_number":                   fmt.Sprintf("8%d7%d4%d90", n, n, n),
		"myinfo.mobile_number_with_country_code": fmt.Sprintf("+65 8%d7%d4%d90", n, n, n),
		"myinfo.registered_address":              fmt.Sprintf("%d7 %s CRESCENT\n#0%d-8%d\nSINGAPORE 09%d87%d", n, name, n, n, n, n),
		"myinfo.vehicles":                        fmt.Sprintf(`[{"vehicle_number":"SZQ87%d%dZ"}]`, n, n),
	})
}

// newcomer is the newcomer with number n, from 1 to 99. The identity number lies in a
// range that is not issued.
func newcomer(n int) Persona {
	id := fmt.Sprintf("newcomer-%d", n)
	name := coined(id+" first") + " " + coined(id+" last")
	return atFront(n, id, name, map[string]string{
		"myinfo.nric_number":                     withCheckLetter(fmt.Sprintf("S87990%02d", n)),
		"myinfo.date_of_birth":                   fmt.Sprintf("%d-%02d-%02d", 1941+n/12, 1+n%12, 1+n%28),
		"myinfo.passport_number":                 fmt.Sprintf("K8690%02d7Q", n),
		"myinfo.passport_expiry_date":            fmt.Sprintf("%d-%02d-%02d", 2071+n/12, 1+n%12, 1+n%28),
		"myinfo.mobile_number":                   fmt.Sprintf("83%02d6%02d5", n, n),
		"myinfo.mobile_number_with_country_code": fmt.Sprintf("+65 83%02d6%02d5", n, n),
		"myinfo.registered_address":              fmt.Sprintf("%d %s CRESCENT\n#%02d-86\nSINGAPORE 098%02d6", n, name, n, n),
		"myinfo.vehicles":                        fmt.Sprintf(`[{"vehicle_number":"SZQ86%02dZ"}]`, n),
	})
}

// coined is a word that stands on no page by chance, the same for the same seed.
func coined(seed string) string {
	const consonants, vowels = "BDFGKLMNPRSTVXZ", "AEIOU"
	sum := sha256.Sum256([]byte(seed))
	var word strings.Builder
	for i := range 5 {
		word.WriteByte(consonants[int(sum[2*i])%len(consonants)])
		word.WriteByte(vowels[int(sum[2*i+1])%len(vowels)])
	}
	return word.String()
}

// withCheckLetter is an identity number with the letter that it needs.
func withCheckLetter(digits string) string {
	for letter := 'A'; letter <= 'Z'; letter++ {
		if sgid.ValidNRIC(digits + string(letter)) {
			return digits + string(letter)
		}
	}
	panic(digits + " has no check letter") // all digits have one
}
