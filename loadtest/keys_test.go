package loadtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Keys that are rotated, and a clock that is off, are no errors of the responses.
func TestRotatedKeysAndAWrongClockAreNoErrors(t *testing.T) {
	for name, disturb := range map[string]func(*standIn){
		"rotated keys":    func(s *standIn) { s.rotated.Store(true) },
		"an hour ahead":   func(s *standIn) { s.off = time.Hour },
		"an hour behind":  func(s *standIn) { s.off = -time.Hour },
		"never disturbed": func(*standIn) {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			rotates := name == "rotated keys"
			if !rotates {
				disturb(s)
			}
			o := s.options(t, Login)
			o.Rate, o.Duration = 100, 100*time.Millisecond
			var notes []string
			o.Note = func(text string) { notes = append(notes, text) }
			s.start(nil, nil)
			load, err := Run(t.Context(), o, afterPreparation(s, func(n uint64, _ http.ResponseWriter, _ *http.Request) bool {
				if rotates && n == 5 {
					disturb(s)
				}
				return false
			}, nil))
			if err != nil {
				t.Fatal(err)
			}
			if len(load.Errors) > 0 {
				t.Errorf("errors %v: %+v", load.Errors, load.Examples)
			}
			if told := strings.Contains(strings.Join(notes, " "), "clock"); told != (s.off != 0) || len(notes) > 1 {
				t.Errorf("notes %q", notes)
			}
		})
	}
}
