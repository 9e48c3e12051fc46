package run

import "testing"

func TestUnwritten(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "   ": true, "TO BE WRITTEN: why is this accepted, and by whom?": true, "to be written": true,
		"TODO": true, "todo: ask the vendor": true, "TBD": true, "tbc.": true, "FIXME": true, "XXX": true, "...": true, "…": true, "-": true, "?": true,
		"n/a": true, "N.A.": true, "<reason>": true, "{{ reason }}": true, "None": true, "placeholder text": true, "to do": true, "Change-Me": true, "4711": true,

		"a mock": false, "known": false, "To be done by the vendor in release 4.4": false, "To do with the clock of the mock": false,
		"MockPass returns state=undefined where none was sent": false, "unknown client IDs are allowed on staging": false,
		"Accepted by the CISO, see AGENCY-112": false, "模拟服务器": false, "test environment": false,
	} {
		if got := Unwritten(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
