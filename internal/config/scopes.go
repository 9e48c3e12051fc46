package config

import (
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"

	"sgidcheck/internal/redact"
)

var scopeShape = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`)

// scopes reads the scopes and holds them against RFC 6749 section 3.3 and the
// data catalogue.
func (l *loader) scopes(g given) []string {
	scopes := ScopeList(g.text())
	if !slices.Contains(scopes, sgid.ScopeOpenID) {
		l.wrong(g, "the scopes do not include openid", "add openid: sgID refuses requests without it")
	}
	var known []string
	for _, s := range sgid.Scopes() {
		known = append(known, s.Name)
	}
	for _, scope := range scopes {
		if !scopeShape.MatchString(scope) {
			l.wrong(g, redact.Quoted(scope)+" is not a scope", "separate scopes by spaces")
		} else if redact.MayBeSecret(scope) {
			l.wrong(g, "one of the scopes may be a secret; it is not a scope of the data catalogue", "remove it from there; a secret that was put in the wrong place should be replaced")
		} else if _, ok := sgid.LookupScope(scope); !ok {
			l.warn("the data catalogue does not have the scope %s: %s", scope, nearestScope(scope, known))
		}
	}
	return scopes
}

// scopeSlips are names that people give to scopes of the data catalogue: of the
// Myinfo API, of databases and forms. Written as plainName gives them.
var scopeSlips = map[string]string{
	"nric": "myinfo.nric_number", "fin": "myinfo.nric_number", "uinfin": "myinfo.nric_number", "nricfin": "myinfo.nric_number", "nricnum": "myinfo.nric_number",
	"dob": "myinfo.date_of_birth", "birthdate": "myinfo.date_of_birth", "birthday": "myinfo.date_of_birth", "birthdt": "myinfo.date_of_birth",
	"fullname": "myinfo.name", "username": "myinfo.name", "profile": "myinfo.name", "principalname": "myinfo.name",
	"passport": "myinfo.passport_number", "passportno": "myinfo.passport_number", "passportnum": "myinfo.passport_number",
	"passportexpiry": "myinfo.passport_expiry_date", "mobile": "myinfo.mobile_number", "mobileno": "myinfo.mobile_number", "phone": "myinfo.mobile_number",
	"phonenumber": "myinfo.mobile_number", "mobilewithcountrycode": "myinfo.mobile_number_with_country_code",
	"mail": "myinfo.email", "emailaddress": "myinfo.email", "address": "myinfo.registered_address", "regadd": "myinfo.registered_address",
	"registeredaddr": "myinfo.registered_address", "gender": "myinfo.sex", "citizenship": "myinfo.nationality",
	"residentstatus": "myinfo.residentialstatus", "countryofbirth": "myinfo.birth_country",
	"marital": "myinfo.marital_status", "housing": "myinfo.housingtype", "hdb": "myinfo.hdbtype",
	"vehicle": "myinfo.vehicles", "vehno": "myinfo.vehicles", "employer": "myinfo.name_of_employer", "employername": "myinfo.name_of_employer",
	"employment": "myinfo.name_of_employer", "workpass": "myinfo.workpass_status", "passstatus": "myinfo.workpass_status",
	"workpassexpiry": "myinfo.workpass_expiry_date", "passexpirydate": "myinfo.workpass_expiry_date",
	"publicofficer": "pocdex.public_officer_details", "employments": "pocdex.number_of_employments",
}

// plainName is a scope without its family, and without what people write in
// different ways.
func plainName(scope string) string {
	scope = strings.ToLower(scope)
	if at := strings.LastIndexByte(scope, '.'); at >= 0 {
		scope = scope[at+1:]
	}
	return strings.NewReplacer("_", "", "-", "", ":", "").Replace(scope)
}

// nearestScope is a remedy for a scope that is not in the data catalogue: the
// one that is usually meant by the name, or the one that is closest.
func nearestScope(scope string, known []string) string {
	name := plainName(scope)
	for _, k := range known {
		if plainName(k) == name {
			return "did you mean " + k + "?"
		}
	}
	if meant, ok := scopeSlips[name]; ok {
		return "did you mean " + meant + "?"
	}
	return didYouMean(scope, known)
}
