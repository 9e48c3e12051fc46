package sgid

import (
	"strings"
	"testing"
)

// twice is s as UTF-8 that was read as Latin-1 and encoded once more.
func twice(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func TestFreeText(t *testing.T) {
	const scope = "myinfo.name"
	for _, test := range []struct {
		scope, plaintext string
		says             string // part of what is wrong; empty: nothing
	}{
		{scope, "undefined", "says undefined"},
		{scope, "undefined TAN", "says undefined"},
		{scope, "TAN undefined", "says undefined"},
		{scope, "null", "says null"},
		{scope, " null ", "says null"},
		{scope, "NaN", "says NaN"},
		{scope, "None", "says None"},
		{scope, "[object Object]", "[object"},
		{scope, "TAN [object Undefined]", "[object"},
		{scope, `"TAN AH KOW"`, "JSON inside the string"},
		{scope, `""`, "JSON inside the string"},
		{scope, ` "TAN" `, "JSON inside the string"},
		{scope, `{"value":"TAN"}`, "JSON inside the string"},
		{scope, `["TAN"]`, "JSON inside the string"},
		{scope, `JOS\u00c9`, "escapes of JSON"},
		{scope, `TAN \"AH\" KOW`, "escapes of JSON"},
		{scope, "TAN%20AH%20KOW", "percent-escaped"},
		{scope, "JOS%C3%89", "percent-escaped"},
		{scope, "O%27BRIEN", "percent-escaped"},
		{scope, "O&#39;BRIEN", "HTML-escaped"},
		{scope, "O&#x27;BRIEN", "HTML-escaped"},
		{scope, "O&apos;BRIEN", "HTML-escaped"},
		{"myinfo.name_of_employer", "TAN &amp; SONS", "HTML-escaped"},
		{scope, "TAN&nbsp;AH", "HTML-escaped"},
		{scope, twice("JOSÉ"), "read as Latin-1"},
		{scope, twice("MÜLLER"), "read as Latin-1"},
		{scope, twice("陳大文"), "read as Latin-1"},
		{scope, twice("señor ñ"), "read as Latin-1"},
		{scope, "JOSÃ‰", "read as Latin-1"},
		{scope, "GÃ–DEL", "read as Latin-1"},
		{scope, "Oâ€™BRIEN", "read as Latin-1"},
		{scope, "é™³å¤§æ–‡", "read as Latin-1"},
		{scope, "TAN\x00", "NUL"},
		{scope, "TAN\x1bAH", "control character"},
		{scope, "TAN\nAH", "control character"},
		{scope, "TAN\tAH", "control character"},
		{scope, "TAN\u0085AH", "control character"},
		{scope, "TAN\u200bAH", "not seen"},
		{scope, "\ufeffTAN", "not seen"},
		{scope, "TAN\u00adAH", "not seen"},
		{scope, "TAN\u202eAH", "writing direction"},
		{scope, "TAN\u2066AH", "writing direction"},
		{scope, "JOS\ufffd", "lost character"},
		{scope, "   ", "empty"},
		{"myinfo.passport_number", "null", "says null"},
		{"myinfo.housingtype", "undefined", "says undefined"},
		{"myinfo.nationality", "SINGAPORE\u200b", "not seen"},
		{"myinfo.race", `"CHINESE"`, "JSON inside the string"},
		{"myinfo.registered_address", `BLK 1\nSINGAPORE 460001`, "backslash"},
		{"myinfo.registered_address", "BLK 1\\nBEDOK\nSINGAPORE 460001", "backslash"},
		{"myinfo.registered_address", "BLK 1\r\nSINGAPORE 460001", "control character"},
		{"myinfo.registered_address", "BLK undefined\nSINGAPORE 460001", "says undefined"},
		{"myinfo.registered_address", "BLK 1\nnull, SINGAPORE 460001", "says null"},
		{"myinfo.registered_address", "BLK&nbsp;1\nSINGAPORE 460001", "HTML-escaped"},
		{"myinfo.email", "undefined", "says undefined"},
		{"myinfo.email", "tan@undefined", "says undefined"},
		{"myinfo.email", "tan", "e-mail"},
		{"myinfo.email", "tan@", "e-mail"},
		{"myinfo.email", "@example.com", "e-mail"},
		{"myinfo.email", "a b@example.com", "e-mail"},
		{"myinfo.email", "a@b@example.com", "e-mail"},
		{"myinfo.email", "Tan <tan@example.com>", "e-mail"},
		{"myinfo.email", "tan%40example.com", "percent-escaped"},
		{"myinfo.vehicles", `[{"vehicle_number":"undefined"}]`, "says undefined"},
		{"myinfo.vehicles", `[{"vehicle_number":"SBA1A","make":{"name":"A &amp; B"}}]`, "HTML-escaped"},
		{"pocdex.public_officer_details", `[{"agency_name":"[object Object]"}]`, "[object"},
		{"pocdex.public_officer_details", `[{"a":"b"},{"titles":["x\u200b"]}]`, "not seen"},

		{scope, "NA", ""},
		{scope, "NULL", ""},
		{scope, "Null", ""},
		{scope, "NONE", ""},
		{scope, "NANCY NULLMANN", ""},
		{scope, "JENNIFER null-SMITH", ""},
		{scope, "O'BRIEN", ""},
		{scope, "RAJ S/O KUMAR", ""},
		{scope, "D\u2019SOUZA", ""},
		{scope, "JOSÉ MÜLLER-ÑANDÚ", ""},
		{scope, "VÝŠKA KŘÍŽ MÍŠA", ""},
		{scope, "陳大文", ""},
		{scope, "葛\U000e0100城", ""},
		{scope, "தமிழ்", ""},
		{scope, "A", ""},
		{scope, "TAN (CHEN) AH KOW @ JOHN", ""},
		{scope, `TAN "JOHNNY" AH KOW`, ""},
		{scope, " TAN", ""}, // a blank at the ends warns
		{"myinfo.name_of_employer", "O'BRIEN & SONS", ""},
		{"myinfo.name_of_employer", "100% PTE LTD", ""},
		{"myinfo.name_of_employer", "50%AB HOLDINGS", ""},
		{"myinfo.name_of_employer", "A&B; C&D LTD", ""},
		{"myinfo.name_of_employer", "AT&T", ""},
		{"myinfo.name_of_employer", `"BEST" FOODS "SG"`, ""},
		{"myinfo.name_of_employer", "[X] LTD", ""},
		{"myinfo.name_of_employer", "CAFÉ ‘ÉTÉ’ “Blå’s”", ""},
		{"myinfo.name_of_employer", `\o/ LTD`, ""},
		{"myinfo.email", "O'Brien+sg@mail.example.com", ""},
		{"myinfo.email", "tan@localhost", ""},
		{"myinfo.email", "tan@example.com ", ""},
		{"myinfo.registered_address", "BLK 1 \nSINGAPORE 460001", ""},
		{"myinfo.vehicles", `[{"vehicle_number":"NA"}]`, ""},
		{"pocdex.public_officer_details", `[{"agency_name":"","since":null,"hours":40,"lines":"a\nb"}]`, ""},
	} {
		s, _ := LookupScope(test.scope)
		err := s.Check(test.plaintext)
		if (test.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s %q: %v, want %q", test.scope, test.plaintext, err, test.says)
		}
	}
}

func TestBlankAtEnds(t *testing.T) {
	for text, want := range map[string]bool{
		"TAN": false, " TAN": true, "TAN ": true, "TAN\u00a0": true, "TAN\u3000": true, "TAN AH": false, "NA": false,
		"BLK 1\nSINGAPORE 460001": false, "BLK 1 \nSINGAPORE 460001": true, "BLK 1\n SINGAPORE 460001": true,
		`[{"vehicle_number":"SBA1A"}]`: false, `[{"vehicle_number":"SBA1A "}]`: true, ` [ {"a":["b"]} ] `: false, `[{"a":["b "]}]`: true,
	} {
		if BlankAtEnds(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}
