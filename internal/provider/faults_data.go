package provider

import (
	"fmt"
	"slices"
)

// Faults of the data catalogue: values that are not of their scope's form.

// dataCheck is the ID of the check on a scope's form: the checks are numbered
// in the catalogue's order, openid left out.
func dataCheck(scope string) string {
	return fmt.Sprintf("DATA-%02d", slices.Index(dataScopes, scope)+1)
}

// value is a fault that gives everybody the same malformed value.
func value(name, scope, breaks, malformed string) Fault {
	return asked(name, dataCheck(scope), breaks, func(d *userinfoDraft) {
		for i, f := range d.fields {
			if f.scope == scope {
				d.fields[i].plaintext = malformed
			}
		}
	})
}

// blankAtEnd is a fault that gives everybody a value that is of its form but for a blank.
func blankAtEnd(name, scope, breaks, plaintext string) Fault {
	f := value(name, scope, breaks, plaintext)
	f.Checks = []string{"DATA-91"}
	return f
}

var faultsData = []Fault{
	value("name-empty", "myinfo.name", "The name is empty instead of NA.", ""),
	value("name-undefined", "myinfo.name", "A part of the name that does not exist is written undefined.", "TAN undefined"),
	value("name-null", "myinfo.name", "The name is written null.", "null"),
	value("name-as-object", "myinfo.name", "The name is the text that a program writes for a structure.", "[object Object]"),
	value("name-in-quotes", "myinfo.name", "The name is a JSON string within the string.", `"TAN MEI LIN"`),
	value("name-json-escaped", "myinfo.name", "Letters of the name are JSON escapes.", `JOS\u00c9 TAN`),
	value("name-percent-escaped", "myinfo.name", "The name is percent-escaped.", "TAN%20MEI%20LIN"),
	value("name-encoded-twice", "myinfo.name", "The name's UTF-8 is read as Latin-1 and encoded again.", "JOS\u00c3\u0089 TAN"),
	value("name-with-nul", "myinfo.name", "The name ends with a NUL.", "TAN MEI LIN\x00"),
	value("name-with-control-character", "myinfo.name", "The name holds an escape character.", "TAN\x1b MEI LIN"),
	value("name-with-zero-width-space", "myinfo.name", "The name holds a zero-width space.", "TAN MEI\u200b LIN"),
	value("name-turned-round", "myinfo.name", "The name holds a character that turns the writing direction.", "TAN \u202eMEI LIN"),
	blankAtEnd("name-with-blank-behind", "myinfo.name", "The name has a trailing blank.", "TAN MEI LIN "),
	blankAtEnd("address-line-with-blank-behind", "myinfo.registered_address", "A line of the address has a trailing blank.", "999 EXAMPLE AVENUE 4 \n#09-99\nSINGAPORE 099999"),
	value("passport-number-nan", "myinfo.passport_number", "The passport number is written NaN.", "NaN"),
	value("email-undefined", "myinfo.email", "The e-mail address is written undefined.", "undefined"),
	value("email-without-domain", "myinfo.email", "The e-mail address has no domain.", "mei.lin"),
	value("address-breaks-escaped", "myinfo.registered_address", "The address's line breaks are a backslash and an n.", `999 EXAMPLE AVENUE 4\n#09-99\nSINGAPORE 099999`),
	value("employer-html-escaped", "myinfo.name_of_employer", "The employer is HTML-escaped.", "O&#39;BRIEN &amp; SONS"),
	value("workpass-status-none", "myinfo.workpass_status", "The work pass status is written None.", "None"),
	value("housing-type-as-json", "myinfo.housingtype", "The housing type is a JSON object within the string.", `{"code":"121","desc":"DETACHED HOUSE"}`),
	value("vehicle-number-undefined", "myinfo.vehicles", "A vehicle's number is written undefined.", `[{"vehicle_number":"undefined"}]`),
	value("officer-details-html-escaped", "pocdex.public_officer_details", "A member of the employments is HTML-escaped.", `[{"agency_name":"EXAMPLE &amp; AGENCY"}]`),
	value("nric-check-letter-wrong", "myinfo.nric_number", "The identity number's check letter is wrong.", "S9199901A").
		with("everybody has the same one", "UINFO-17"),
	value("nric-lower-case", "myinfo.nric_number", "The identity number is in lower case.", "s9199901c").
		with("everybody has the same one", "UINFO-17"),
	value("nric-masked", "myinfo.nric_number", "The identity number is masked.", "*****901C").
		with("everybody has the same one", "UINFO-17"),
	value("birth-date-slashes", "myinfo.date_of_birth", "The date of birth is written with slashes.", "23/04/1991"),
	value("birth-date-with-time", "myinfo.date_of_birth", "The date of birth has a time of day.", "1991-04-23T00:00:00Z"),
	value("birth-date-impossible", "myinfo.date_of_birth", "The date of birth is the 31st of April.", "1991-04-31"),
	value("passport-number-empty", "myinfo.passport_number", "The passport number is empty instead of NA.", ""),
	value("passport-expiry-without-day", "myinfo.passport_expiry_date", "The passport's expiry date has no day.", "2031-08"),
	value("passport-expiry-timestamp", "myinfo.passport_expiry_date", "The passport's expiry date is a Unix time.", "1944518400"),
	value("mobile-with-country-code", "myinfo.mobile_number", "The mobile number has a country code.", "+6587654321"),
	value("mobile-with-space", "myinfo.mobile_number", "The mobile number has a space in it.", "8765 4321"),
	value("mobile-without-country-code", "myinfo.mobile_number_with_country_code", "The mobile number lacks its country code.", "87654321"),
	value("email-empty", "myinfo.email", "The e-mail address is empty instead of NA.", ""),
	value("address-in-one-line", "myinfo.registered_address", "The address is a JSON object instead of lines.", `{"block":"999","street":"EXAMPLE AVENUE 4","postal":"099999"}`),
	value("address-without-postal-code", "myinfo.registered_address", "The address ends without country and postal code.", "999 EXAMPLE AVENUE FOUR\nUPPER FLOOR"),
	value("sex-lower-case", "myinfo.sex", "The sex is in lower case.", "female"),
	value("race-mixed-case", "myinfo.race", "The race is in mixed case.", "Chinese"),
	value("nationality-lower-case", "myinfo.nationality", "The nationality is in lower case.", "singapore citizen"),
	value("residential-status-mixed-case", "myinfo.residentialstatus", "The residential status is in mixed case.", "Citizen"),
	value("birth-country-mixed-case", "myinfo.birth_country", "The country of birth is in mixed case.", "Singapore"),
	value("marital-status-mixed-case", "myinfo.marital_status", "The marital status is in mixed case.", "Married"),
	value("housing-type-empty", "myinfo.housingtype", "The housing type is empty instead of NA.", ""),
	value("hdb-type-empty", "myinfo.hdbtype", "The HDB type is empty instead of NA.", ""),
	value("residential-empty", "myinfo.residential", "The kind of residence is empty instead of NA.", ""),
	value("vehicles-as-text", "myinfo.vehicles", "The vehicles are a list in words instead of JSON.", "SZZ9901A, FZZ9902B"),
	value("vehicles-of-strings", "myinfo.vehicles", "The vehicles are an array of strings.", `["SZZ9901A"]`),
	value("vehicle-without-number", "myinfo.vehicles", "A vehicle has no vehicle_number.", `[{"vehicle_no":"SZZ9901A"}]`),
	value("employer-empty", "myinfo.name_of_employer", "The employer is empty instead of NA.", ""),
	value("workpass-status-empty", "myinfo.workpass_status", "The work pass status is empty instead of NA.", ""),
	value("workpass-expiry-slashes", "myinfo.workpass_expiry_date", "The work pass's expiry date is written with slashes.", "31/12/2029"),
	value("officer-details-as-object", "pocdex.public_officer_details", "The employments are one object instead of an array.", `{"agency_name":"EXAMPLE AGENCY"}`),
	value("officer-details-as-text", "pocdex.public_officer_details", "The employments are not JSON.", "EXAMPLE AGENCY; EXAMPLE BOARD"),
	value("employments-in-words", "pocdex.number_of_employments", "The number of employments is in words.", "two"),
	value("employments-fraction", "pocdex.number_of_employments", "The number of employments is a fraction.", "2.0"),
}
