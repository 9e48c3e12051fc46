package suites

import (
	"context"
	"slices"
	"testing"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
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

// On a loopback address a provider may ignore the port, for native apps (RFC 8252
// section 7.3); anywhere else it must not.
func TestThePortOfALoopbackAddressIsNoMust(t *testing.T) {
	for further, want := range map[string]run.Verdict{"": run.Warn, "https://app.agency.example/callback": run.Fail} {
		w := newWorld(t)
		clients := w.provider.Clients()
		if further != "" {
			clients[0].RedirectURIs = append(clients[0].RedirectURIs, further)
		}
		w.provider.Close()
		p, err := provider.Start(context.WithoutCancel(t.Context()), provider.Options{Credentials: w.credentials, Clients: clients, Faults: []string{"redirect-port-ignored"}})
		if err != nil {
			t.Fatal(err)
		}
		w.provider = p
		verdicts := w.judge(t, "AUTHZ-08", "AUTHZ-13")
		if c := verdicts["AUTHZ-13"]; c.Verdict != want {
			t.Errorf("%s: %s: %s%s", further, c.Verdict, c.Observed, c.Reason)
		}
		for id, c := range verdicts {
			for _, one := range c.Cases {
				if one.Verdict == run.Fail && (id != "AUTHZ-13" || want != run.Fail || !slices.Contains(portTricks, one.Name)) {
					t.Errorf("%s: %s %s: %s", further, id, one.Name, one.Observed)
				}
			}
		}
	}
}

func TestDiffersInPort(t *testing.T) {
	for _, tt := range []struct {
		uri, registered string
		differs         bool
	}{
		{"http://127.0.0.1:8089/callback", sampleURI, true},
		{"http://127.0.0.1/callback", sampleURI, true},
		{"http://[::1]:81/cb?a=1", "http://[::1]/cb?a=1", true},
		{"http://localhost:81/cb", "http://LOCALHOST:82/cb", false},
		{"http://localhost:81/cb", "http://localhost:82/cb", true},
		{"https://localhost:81/cb", "https://localhost:82/cb", false},
		{"http://127.0.0.1:8089/other", sampleURI, false},
		{"http://localhost:8089/callback", sampleURI, false},
		{"http://127.0.0.1.sgidcheck.example:8089/callback", sampleURI, false},
		{"http://app.agency.example:8089/cb", "http://app.agency.example:80/cb", false},
		{sampleURI, sampleURI, false},
	} {
		if got := differsInPort(tt.uri, tt.registered); got != tt.differs {
			t.Errorf("%s for %s: %t", tt.uri, tt.registered, got)
		}
	}
}
