package rp

import (
	"testing"

	"sgidcheck/internal/application"
	"sgidcheck/internal/cookie"
)

// Where the application is on two hosts, both are sent what was planted.
func TestPlantedOnEveryHost(t *testing.T) {
	site := &application.Site{Start: "https://www.agency.example/login", RedirectURI: "https://api.agency.example/callback", Protected: "https://app.agency.example/me"}
	s := &Session{Campaign: &Campaign{Options: Options{Site: site}}}
	b := s.planted([]cookie.Cookie{{Name: "__Host-session", Value: "5a5a", Secure: true}})
	for _, address := range []string{site.Start, site.RedirectURI, site.Protected} {
		if got := b.Cookies(address); len(got) != 1 || got[0].Value != "5a5a" {
			t.Errorf("%s is sent %v", address, got)
		}
	}
}
