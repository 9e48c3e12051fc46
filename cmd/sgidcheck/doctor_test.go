package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/doctor"
	"sgidcheck/internal/loopback"
	"sgidcheck/internal/sgid"
)

// found is one finding as `doctor --format json` prints it.
type found struct{ Name, Status, Detail, Remedy string }

// planted is a problem in a setup that is healthy otherwise.
type planted struct {
	name   string
	args   []string
	env    []string // over the healthy one's
	unset  string   // a prefix of variables that are taken out of it
	files  map[string]string
	mode   os.FileMode // of the files; 0: 0600
	find   string      // the finding
	status string
	detail string
	also   string // another finding that comes with it
}

func doctored(t *testing.T, answer http.HandlerFunc, secured bool) string {
	t.Helper()
	s := httptest.NewUnstartedServer(answer)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secured {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return "SGID_ISSUER=" + s.URL + "/v2"
}

func plantedProblems(t *testing.T) []planted {
	says := func(status int, media, body string) string {
		return doctored(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}, false)
	}
	metadata := func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, `{"issuer":"http://%s/v2"}`, r.Host) }
	late := doctored(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		metadata(w, r)
	}, false)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	key := map[string]string{"key.pem": newKeyPEM()}
	const problem, warning = "problem", "warning"
	return []planted{
		{name: "nobody listens", env: []string{"SGID_ISSUER=http://" + loopback.ClosedAddress(t) + "/v2"}, find: "connection", status: problem, detail: "refused"},
		{name: "the name does not resolve", env: []string{"SGID_ISSUER=https://no-such-host.invalid/v2"}, find: "name", status: problem, detail: "no-such-host.invalid"},
		{name: "it hangs up", env: []string{doctored(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false)}, find: "metadata", status: problem, detail: "closed"},
		{name: "unknown authority", env: []string{doctored(t, metadata, true)}, find: "TLS", status: problem, detail: "unknown authority"},
		{name: "a clock that is an hour off", env: []string{late}, find: "clock", status: problem, detail: "behind"},
		{name: "another issuer in the metadata", env: []string{says(200, "application/json", `{"issuer":"https://other.example/v2"}`)}, find: "metadata", status: problem, detail: "other.example"},
		{name: "no metadata", env: []string{says(404, "text/plain", "no")}, find: "metadata", status: problem, detail: "404"},
		{name: "a page for metadata", env: []string{says(200, "text/html", "<html>")}, find: "metadata", status: problem, detail: "HTML"},
		{name: "broken metadata", env: []string{says(200, "application/json", "{")}, find: "metadata", status: problem, detail: "not metadata"},
		{name: "a proxy that refuses", env: []string{"SGID_ISSUER=https://idp.example/v2", "HTTPS_PROXY=" + strings.TrimSuffix(strings.TrimPrefix(says(403, "text/plain", "no"), "SGID_ISSUER="), "/v2")}, find: "proxy", status: problem, detail: "did not let"},
		{name: "the report's folder is a file", args: []string{"--out", "there"}, files: map[string]string{"there": ""}, find: "out", status: problem},
		{name: "the report's folder lies under a file", args: []string{"--out", "there/report"}, files: map[string]string{"there": ""}, find: "report folder", status: problem},
		{name: "the redirect URI's port is taken", args: []string{"--login", "interactive"}, env: []string{"SGID_REDIRECT_URI=http://" + taken.Addr().String() + "/callback"}, find: "client: redirect URI", status: problem, detail: "cannot listen on", also: "client: registration"},
		{name: "a redirect URI that is not registered", env: []string{"SGID_REDIRECT_URI=https://agency.example/callback"}, find: "client: registration", status: problem, detail: "not registered for this service (redirect_uri)"},
		{name: "a second client that is not registered", env: []string{"SGID_SECOND_CLIENT_ID=unknown"}, find: "second client: registration", status: problem, detail: "not registered (client_id)"},
		{name: "a scope that is not registered", env: []string{"SGID_SECOND_SCOPES=openid myinfo.sex"}, find: "second client: registration", status: problem, detail: "invalid_scope"},
		{name: "the browser is not there", args: []string{"--chrome", "no-such-browser"}, find: "chrome", status: problem, detail: "no-such-browser"},
		{name: "the browser does not start", find: "browser", status: warning, detail: "does not start"},
		{name: "no second client", unset: "SGID_SECOND_", find: "second client", status: warning},
		{name: "a client secret in quotes, as docker --env-file leaves them", env: []string{`SGID_CLIENT_SECRET="of-no-value"`}, find: "configuration", status: warning, detail: "client secret (environment SGID_CLIENT_SECRET) is in quotes"},
		{name: "a client ID in quotes", env: []string{`SGID_CLIENT_ID='client'`}, find: "configuration", status: warning, detail: "client ID (environment SGID_CLIENT_ID) is in quotes", also: "client: registration"},
		{name: "a client secret with its name before it", env: []string{"SGID_CLIENT_SECRET=SGID_CLIENT_SECRET=x"}, find: "client-secret", status: problem, detail: "begins with SGID_CLIENT_SECRET"},
		{name: "the client ID that init writes", env: []string{"SGID_CLIENT_ID=CLIENT-ID-FROM-THE-DEVELOPER-PORTAL"}, find: "client-id", status: problem, detail: "placeholder"},
		{name: "a variable that was never replaced", env: []string{"SGID_CLIENT_SECRET=${SECRET}"}, find: "configuration", status: warning, detail: "placeholder"},
		{name: "an issuer that is empty", env: []string{"SGID_ISSUER="}, find: "issuer", status: problem, detail: "empty"},
		{name: "an origin beside another issuer", env: []string{"SGID_HOSTNAME=https://other.example"}, find: "hostname", status: problem, detail: "issuer (environment SGID_ISSUER)"},
		{name: "a key that others can read", args: []string{"--private-key", "key.pem"}, files: key, mode: 0o644, find: "configuration", status: warning, detail: "other users"},
		{name: "a scope that is not in the catalogue", env: []string{"SGID_SCOPES=openid myinfo.shoe_size"}, find: "configuration", status: warning, detail: "shoe_size", also: "client: registration"},
		{name: "a key that is not there", args: []string{"--private-key", "no.pem"}, find: "private-key", status: problem, detail: "no.pem"},
		{name: "a key that is a public one", env: []string{`SGID_PRIVATE_KEY=-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n`}, find: "private-key-pem", status: problem, detail: "public key"},
		{name: "no client secret", env: []string{"SGID_CLIENT_SECRET="}, find: "client-secret", status: problem},
		{name: "a redirect URI with a fragment", env: []string{"SGID_REDIRECT_URI=http://127.0.0.1:8085/callback#x"}, find: "redirect-uri", status: problem, detail: "fragment"},
		{name: "a selection of no check", args: []string{"--select", "NOPE"}, find: "select", status: problem, detail: "names no check"},
		{name: "a skip of no check", args: []string{"--skip", "NOPE-01"}, find: "skip", status: problem, detail: "names no check"},
		{name: "a threshold that is none", args: []string{"--threshold", "userinfo.p99<fast"}, find: "thresholds", status: problem, detail: "fast"},
		{name: "a waiver without a reason", args: []string{"--waivers", "w.yaml"}, files: map[string]string{"w.yaml": "- check: DISC-01\n  until: 2099-01-01\n"}, find: "waivers", status: problem, detail: "no reason"},
		{name: "a schema that is none", args: []string{"--openapi", "o.yaml"}, files: map[string]string{"o.yaml": "openapi: 3.0.0\n"}, find: "openapi", status: problem, detail: "OpenAPI document"},
		{name: "a key of a login step that is unknown", files: map[string]string{"sgidcheck.yaml": "login-steps:\n  - press: Entre\n"}, find: "login-steps", status: problem, detail: "Entre"},
		{name: "a load that a run cannot make", env: []string{"SGIDCHECK_RUN_LOAD_RATE=10000000"}, find: "run-load-rate", status: problem, detail: "at most"},
		{name: "a fault of another provider", env: []string{"SGIDCHECK_EMBEDDED_FAULT=code-any-case"}, find: "embedded-fault", status: problem, detail: "an issuer is set"},
		{name: "a host that is none", args: []string{"--allow-host", "sgid test"}, find: "allow-host", status: problem, detail: "not a host name"},
		{name: "an unknown key in the configuration", files: map[string]string{"sgidcheck.yaml": "isuer: x\n"}, find: "isuer", status: problem},
		{name: "a secret in the configuration", files: map[string]string{"sgidcheck.yaml": "client-secret: s\n"}, find: "client-secret", status: problem},
	}
}

// examined runs doctor and returns what it found.
func examined(t *testing.T, p program) (result, []found) {
	t.Helper()
	p.args = append([]string{"doctor", "--format", "json"}, p.args...)
	got := p.run(t)
	var out struct{ Findings []found }
	if err := json.Unmarshal([]byte(got.out), &out); err != nil {
		t.Fatalf("%v\n%s%s", err, got.out, got.err)
	}
	return got, out.Findings
}

// healthySetup is an agency's environment against a provider that works.
func healthySetup(t *testing.T) []string {
	t.Helper()
	issuer, file := startProvider(t)
	clients := readClients(t, file)
	env := append(clients[0].environment("SGID_"), clients[1].environment("SGID_SECOND_")...)
	return append(env, "SGID_ISSUER="+issuer, "HTTP_PROXY=", "http_proxy=", "HTTPS_PROXY=", "https_proxy=")
}

func TestDoctorFindsNothingOnAHealthySetup(t *testing.T) {
	for name, env := range map[string][]string{"a provider": healthySetup(t), "the embedded provider": nil} {
		t.Run(name, func(t *testing.T) {
			got, findings := examined(t, program{env: env})
			for _, f := range findings {
				if f.Status != "ok" {
					t.Errorf("%s: %s: %s", f.Name, f.Status, f.Detail)
				}
			}
			if got.code != exitPass || len(findings) < 5 {
				t.Errorf("exit code %d, %d findings", got.code, len(findings))
			}
		})
	}
}

// Each problem is found, and nothing beside it; doctor's word on a browser that
// the test withholds is left aside.
func TestDoctorFindsEachPlantedProblem(t *testing.T) {
	noBrowser, err := exec.LookPath("false")
	if err != nil {
		t.Fatal(err)
	}
	env := append(healthySetup(t), "CHROME_PATH="+noBrowser)
	for _, p := range plantedProblems(t) {
		t.Run(p.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, body := range p.files {
				file := filepath.Join(dir, name)
				if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
					t.Fatal(err)
				}
				if p.mode != 0 {
					if err := os.Chmod(file, p.mode); err != nil {
						t.Fatal(err)
					}
				}
			}
			mine := slices.DeleteFunc(slices.Clone(env), func(v string) bool { return p.unset != "" && strings.HasPrefix(v, p.unset) })
			if p.args != nil && p.args[0] == "--private-key" {
				mine = append(mine, "SGID_PRIVATE_KEY=")
			}
			got, findings := examined(t, program{args: p.args, env: append(mine, p.env...), dir: dir})
			seen, also := false, p.also == ""
			for _, f := range findings {
				switch {
				case f.Name == p.find && f.Status == p.status && strings.Contains(f.Detail, p.detail):
					seen = true
					if f.Remedy == "" {
						t.Errorf("%s has no remedy", f.Name)
					}
				case f.Status == "problem" && f.Name == p.also:
					also = true
				case f.Status != "ok" && f.Name != "browser":
					t.Errorf("%s: %s: %s", f.Name, f.Status, f.Detail)
				}
			}
			if !seen || !also {
				t.Errorf("it is not found among %+v", findings)
			}
			want := exitPass
			if p.status == "problem" || p.also != "" {
				want = exitUsage
			}
			if got.code != want {
				t.Errorf("exit code %d", got.code)
			}
		})
	}
}

// An engine that was asked for and cannot be had is a problem; nobody is told to install
// what the build cannot use.
func TestDoctorOnLibcrypto(t *testing.T) {
	for _, tt := range []struct {
		name     string
		engine   sgid.EngineStatus
		crypto   string
		status   doctor.Status
		installs bool
	}{
		{"there", sgid.EngineStatus{Available: true}, "openssl", doctor.StatusOK, false},
		{"not there", sgid.EngineStatus{Reason: "not found"}, "auto", doctor.StatusWarning, true},
		{"not there, and asked for", sgid.EngineStatus{Reason: "not found"}, "openssl", doctor.StatusProblem, true},
		{"never there", sgid.EngineStatus{Reason: "no cgo", NeverHere: true}, "auto", doctor.StatusWarning, false},
		{"never there, and asked for", sgid.EngineStatus{Reason: "no cgo", NeverHere: true}, "openssl", doctor.StatusProblem, false},
	} {
		tt.engine.Name = sgid.EngineOpenSSL
		f := probeLibcrypto([]sgid.EngineStatus{tt.engine}, tt.crypto)
		if f.Status != tt.status || strings.Contains(f.Remedy, "install") != tt.installs || (f.Remedy == "") != (tt.status == doctor.StatusOK) {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}

// What a run against the embedded provider would end on, doctor says, and what it takes,
// doctor takes.
func TestDoctorJudgesTheEmbeddedProvider(t *testing.T) {
	for name, c := range map[string]struct {
		env    []string
		find   string
		detail string
	}{
		"an unknown fault":           {[]string{"SGIDCHECK_EMBEDDED_FAULT=code-any-case,code-any-cas"}, "embedded-fault", `unknown fault "code-any-cas"`},
		"an unknown variant":         {[]string{"SGIDCHECK_EMBEDDED_VARIANT=redirect-303"}, "embedded-variant", `unknown variant "redirect-303"`},
		"a fault of https over http": {[]string{"SGIDCHECK_EMBEDDED_FAULT=certificate-expired"}, "embedded-fault", "only over https"},
		"the same, and no https":     {[]string{"SGIDCHECK_EMBEDDED_FAULT=certificate-expired", "SGIDCHECK_EMBEDDED_TLS=off"}, "embedded-fault", "only over https"},
		"a variant of http":          {[]string{"SGIDCHECK_EMBEDDED_VARIANT=cookie-secure-over-http", "SGIDCHECK_EMBEDDED_TLS=yes"}, "embedded-variant", "only over plain http"},
		"a fault, over https":        {[]string{"SGIDCHECK_EMBEDDED_FAULT=certificate-expired", "SGIDCHECK_EMBEDDED_TLS=On"}, "", ""},
		"a fault and a variant":      {[]string{"SGIDCHECK_EMBEDDED_FAULT=code-any-case", "SGIDCHECK_EMBEDDED_VARIANT=redirect-302"}, "", ""},
		"https":                      {[]string{"SGIDCHECK_EMBEDDED_TLS=true"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, findings := examined(t, program{env: c.env})
			seen := c.find == ""
			for _, f := range findings {
				if f.Name == c.find && f.Status == "problem" && strings.Contains(f.Detail, c.detail) {
					seen = true
				} else if f.Status == "problem" {
					t.Errorf("%s: %s", f.Name, f.Detail)
				}
			}
			want := exitUsage
			if c.find == "" {
				want = exitPass
			}
			if !seen || got.code != want {
				t.Errorf("exit code %d, want %d: %+v", got.code, want, findings)
			}
			out := filepath.Join(t.TempDir(), "out")
			planned := program{args: []string{"run", "--select", "DISC-01", "--load=false", "--decrypt=false", "--progress", "none", "--out", out}, env: c.env}.run(t)
			if (planned.code == exitUsage) != (want == exitUsage) {
				t.Errorf("a run ends with %d\n%s", planned.code, planned.err)
			}
		})
	}
}

// What may be a secret stands in none of doctor's lines.
func TestDoctorWithholdsAlsoInTheNextCommands(t *testing.T) {
	const typed, host = "Zq8xT4vLw9KpR2mN7bYc", "Jw3rP7kQz5XnB9dM2vTs"
	got := program{args: []string{"doctor", "--persona", typed, "--allow-host", host, "--select", "DISC"}}.run(t)
	if got.code != exitPass || !strings.Contains(got.out, "sgidcheck run --persona='(withheld)'") || !strings.Contains(got.out, "--select='DISC'") {
		t.Errorf("exit code %d:\n%s%s", got.code, got.out, got.err)
	}
	for _, secret := range []string{typed, host} {
		if strings.Contains(got.out+got.err, secret) {
			t.Errorf("%s is shown:\n%s%s", secret, got.out, got.err)
		}
	}
}

// rp has a flag --redirect-uri of its own; that of a run is meant.
func TestTheNextCommandsOfDoctorHaveTheRedirectURIThatWasGiven(t *testing.T) {
	env := healthySetup(t)
	i := slices.IndexFunc(env, func(v string) bool { return strings.HasPrefix(v, "SGID_REDIRECT_URI=") })
	uri := strings.TrimPrefix(env[i], "SGID_REDIRECT_URI=")
	got := program{args: []string{"doctor", "--redirect-uri", uri}, env: slices.Delete(env, i, i+1)}.run(t)
	if got.code != exitPass || !strings.Contains(got.out, "sgidcheck run --redirect-uri='"+uri+"'") {
		t.Errorf("exit code %d:\n%s%s", got.code, got.out, got.err)
	}
}
