package sgid

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sgidcheck/internal/nesting"
)

// A Scope is one entry of the data catalogue (SGID-DATA).
type Scope struct {
	Name string // as it is asked for and as it names the member of data
	Form string // what its plaintext looks like, for people
	// Check holds a decrypted value against Form. NA always passes. The error
	// says what is wrong with the form and never quotes the value.
	Check func(plaintext string) error
}

// Scopes gives the data catalogue in the documentation's order, openid first.
// openid stands for no data: its Check refuses everything but the empty string.
func Scopes() []Scope { return append([]Scope(nil), catalogue...) }

// LookupScope finds a scope of the catalogue by its exact name.
func LookupScope(name string) (Scope, bool) {
	i, ok := catalogueIndex[name]
	if !ok {
		return Scope{}, false
	}
	return catalogue[i], true
}

const (
	formText        = "a string"
	formDescription = "a description"
	formUpper       = "an upper-case description"
	formDate        = "a date, YYYY-MM-DD"
)

var catalogue = []Scope{
	{ScopeOpenID, "no data", noData},
	{"myinfo.name", formText, orNA(text)},
	{"myinfo.nric_number", "an NRIC or FIN with its check letter", orNA(nric)},
	{"myinfo.date_of_birth", "a date, YYYY-MM-DD, YYYY-MM or YYYY", orNA(partialDate)},
	{"myinfo.passport_number", formText, orNA(text)},
	{"myinfo.passport_expiry_date", formDate, orNA(date)},
	{"myinfo.mobile_number", "8 digits, no country code", orNA(mobile)},
	{"myinfo.mobile_number_with_country_code", "+ and country code, then the number, such as +65 87654321", orNA(mobileWithCountry)},
	{"myinfo.email", "an e-mail address", orNA(email)},
	{"myinfo.registered_address", `lines joined by \n, the last with country and postal code`, orNA(address)},
	{"myinfo.sex", formUpper, orNA(upper)},
	{"myinfo.race", formUpper, orNA(upper)},
	{"myinfo.nationality", formUpper, orNA(upper)},
	{"myinfo.residentialstatus", formUpper, orNA(upper)},
	{"myinfo.birth_country", formUpper, orNA(upper)},
	{"myinfo.marital_status", formUpper, orNA(upper)},
	{"myinfo.housingtype", formDescription, orNA(text)},
	{"myinfo.hdbtype", formDescription, orNA(text)},
	{"myinfo.residential", formDescription, orNA(text)},
	{"myinfo.vehicles", "a JSON array of objects with vehicle_number", orNA(vehicles)},
	{"myinfo.name_of_employer", formText, orNA(text)},
	{"myinfo.workpass_status", formText, orNA(text)},
	{"myinfo.workpass_expiry_date", formDate, orNA(date)},
	{"pocdex.public_officer_details", "a JSON array of objects, one per employment", orNA(employments)},
	{"pocdex.number_of_employments", "an integer in a string", orNA(count)},
}

var catalogueIndex = func() map[string]int {
	m := make(map[string]int, len(catalogue))
	for i, s := range catalogue {
		m[s.Name] = i
	}
	return m
}()

func orNA(check func(string) error) func(string) error {
	return func(s string) error {
		if s == NotAvailable {
			return nil
		}
		return check(s)
	}
}

func noData(s string) error {
	if s != "" {
		return errors.New("openid stands for no data, yet there is a value")
	}
	return nil
}

func text(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("empty, where NA would say that there is no value")
	}
	return misplaced(s, false)
}

func nric(s string) error {
	switch {
	case ValidNRIC(s):
		return nil
	case ValidNRIC(strings.ToUpper(s)):
		return errors.New("in lower case")
	case nricShape.MatchString(s):
		return errors.New("its check letter is wrong")
	}
	return errors.New("not one of S, T, F, G, M, then seven digits and a letter")
}

var (
	nricShape       = regexp.MustCompile(`^[STFGM][0-9]{7}[A-Z]$`)
	mobileShape     = regexp.MustCompile(`^[0-9]{8}$`)
	countryShape    = regexp.MustCompile(`^\+[1-9][0-9]{0,2} ?[0-9][0-9 ]{2,12}[0-9]$`)
	countShape      = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})$`)
	postalLineShape = regexp.MustCompile(`^.*\pL.*[\s,]+\S*[0-9]\S*$`)
)

func date(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return errors.New("not a calendar day as YYYY-MM-DD")
	}
	return nil
}

func partialDate(s string) error {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if _, err := time.Parse(layout, s); err == nil {
			return nil
		}
	}
	return errors.New("not a calendar date as YYYY-MM-DD, YYYY-MM or YYYY")
}

func mobile(s string) error {
	if !mobileShape.MatchString(s) {
		return errors.New("not 8 digits")
	}
	return nil
}

func mobileWithCountry(s string) error {
	if !countryShape.MatchString(s) {
		return errors.New("not + and a country code, a space and the number")
	}
	return nil
}

func address(s string) error {
	if err := misplaced(s, true); err != nil {
		return err
	}
	if strings.Contains(s, `\n`) {
		return errors.New("its line breaks are written as a backslash and an n")
	}
	lines := strings.Split(s, "\n")
	if len(lines) < 2 {
		return errors.New("one line, where lines joined by \\n were expected")
	}
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			return errors.New("has an empty line")
		}
	}
	if !postalLineShape.MatchString(lines[len(lines)-1]) {
		return errors.New("its last line does not hold country and postal code")
	}
	return nil
}

func upper(s string) error {
	if err := text(s); err != nil {
		return err
	}
	if s != strings.ToUpper(s) {
		return errors.New("not in upper case")
	}
	return nil
}

func vehicles(s string) error {
	list, err := objects(s)
	if err != nil {
		return err
	}
	for _, o := range list {
		var number *string
		if json.Unmarshal(o["vehicle_number"], &number) != nil || number == nil || *number == "" {
			return errors.New("an object in it has no string vehicle_number")
		}
	}
	return nil
}

func employments(s string) error {
	_, err := objects(s)
	return err
}

func objects(s string) ([]map[string]json.RawMessage, error) {
	if !strings.HasPrefix(strings.TrimSpace(s), "[") {
		return nil, errors.New("not a JSON array")
	}
	if err := nesting.JSON([]byte(s)); err != nil {
		return nil, err
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal([]byte(s), &list) != nil {
		return nil, errors.New("not a JSON array of objects")
	}
	for _, o := range list {
		if o == nil {
			return nil, errors.New("holds null, where an object was expected")
		}
	}
	if err := misplacedInside(json.RawMessage(s)); err != nil {
		return nil, fmt.Errorf("a string in it %w", err)
	}
	return list, nil
}

func count(s string) error {
	if !countShape.MatchString(s) {
		return errors.New("not a plain integer of 0 or more")
	}
	return nil
}
