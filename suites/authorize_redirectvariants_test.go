package suites

import (
	"slices"
	"testing"
)

func TestTricksDifferFromTheRegisteredURI(t *testing.T) {
	made := map[string]func(string) cases[string]{"path": appendedToPath, "query": queryChanged, "normalised": reached, "host": otherHosts}
	for _, registered := range []string{sampleURI, "https://app.agency.gov.sg/sgid/callback", "https://app.agency.gov.sg", "https://app.agency.gov.sg/cb?tenant=1", "http://localhost:3000/", "https://[::1]:8443/cb"} {
		for kind, tricks := range made {
			names := tricks(registered).names()
			if !slices.Equal(names, tricks(sampleURI).names()) {
				t.Errorf("%s: %s has other cases than the catalogue lists: %v", kind, registered, names)
			}
			for _, trick := range tricks(registered) {
				if trick.input == registered {
					t.Errorf("%s: %s of %s is the registered URI itself", kind, trick.name, registered)
				}
			}
		}
	}
}

func TestTricks(t *testing.T) {
	for name, want := range map[string]string{
		"dot segments before":    "http://127.0.0.1:8085/sgidcheck/../callback",
		"backslash":              `http://127.0.0.1:8085\callback`,
		"doubled slash":          "http://127.0.0.1:8085//callback",
		"other case":             "http://127.0.0.1:8085/CALLBACK",
		"encoded letter":         "http://127.0.0.1:8085/%63allback",
		"as userinfo":            "http://127.0.0.1:8085@sgidcheck.example/callback",
		"suffix":                 "http://127.0.0.1.sgidcheck.example:8085/callback",
		"other port":             "http://127.0.0.1:8089/callback",
		"no port":                "http://127.0.0.1/callback",
		"other scheme":           "https://127.0.0.1:8085/callback",
		"ideographic full stops": "http://127。0。0。1:8085/callback",
	} {
		all := append(reached(sampleURI), otherHosts(sampleURI)...)
		i := slices.IndexFunc(all, func(t trick) bool { return t.name == name })
		if i < 0 || all[i].input != want {
			t.Errorf("%s is %q, want %q", name, all[max(i, 0)].input, want)
		}
	}
}
