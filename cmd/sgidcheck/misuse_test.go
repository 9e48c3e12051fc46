package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// misuse is one wrong call: exit code 2, one message that names what is wrong,
// and not one request sent.
type misuse struct {
	name  string
	args  []string
	env   []string
	files map[string]string // written into the working directory before
	says  string            // must stand in the message
}

// ISSUER in an argument or a variable stands for a target that counts requests.
const anIssuer = "ISSUER"

func misuses() []misuse {
	conformance := func(args ...string) []string { return append([]string{"conformance"}, args...) }
	external := func(args ...string) []string {
		return append([]string{"conformance", "--issuer", anIssuer, "--client-id", "c", "--redirect-uri", "http://127.0.0.1:8085/callback", "--scopes", "openid"}, args...)
	}
	secret, key := "SGID_CLIENT_SECRET=of-no-value", "SGID_PRIVATE_KEY="+strings.ReplaceAll(newKeyPEM(), "\n", `\n`)
	file := func(body string) map[string]string { return map[string]string{"sgidcheck.yaml": body} }
	waiver := func(body string) map[string]string { return map[string]string{"w.yaml": body} }
	var empty []misuse
	for _, command := range [][]string{{"run"}, {"conformance"}, {"browser"}, {"loadtest", "login"}} {
		empty = append(empty,
			misuse{name: command[0] + ", the issuer's variable empty", args: command, env: []string{"SGID_ISSUER="}, says: "issuer (environment SGID_ISSUER): it is empty"},
			misuse{name: command[0] + ", the issuer's flag empty", args: append(slices.Clip(command), "--issuer", ""), says: "issuer (flag --issuer): it is empty"},
			misuse{name: command[0] + ", a client without an issuer", args: command, env: []string{"SGID_CLIENT_ID=c", secret, key}, says: "SGID_ISSUER"},
			misuse{name: command[0] + ", all that a CI lacks", args: command, env: []string{"SGID_ISSUER=", "SGID_CLIENT_ID=", "SGID_CLIENT_SECRET=", "SGID_PRIVATE_KEY=", "SGID_REDIRECT_URI="}, says: "SGID_PRIVATE_KEY"},
			misuse{name: command[0] + ", an empty key in the configuration", args: command, files: file("issuer:\n"), says: "sgidcheck.yaml line 1"})
	}
	return append(empty, []misuse{
		{name: "decrypt into nowhere", args: []string{"decrypt", "--out", ""}, says: "out (flag --out): it is empty"},
		{name: "resume of nothing", args: conformance("--resume", ""), says: "(flag --resume): it is empty"},
		{name: "a fault without a name", args: conformance("--fault", ""), says: "(flag --fault): it is empty"},
		{name: "a provider at no address", args: []string{"provider", "--addr", " "}, says: "(flag --addr): it is empty"},
		{name: "a report of no form", args: []string{"report", "--format", "", "."}, says: "(flag --format): it is empty"},
		{name: "a configuration without a name", args: conformance("--config", ""), says: "(flag --config): it is empty"},
		{name: "an origin beside another issuer", args: conformance(), env: []string{"SGID_ISSUER=http://127.0.0.1:1/v2", secret, key, "SGID_HOSTNAME=https://other.example"}, says: "hostname (environment SGID_HOSTNAME): it makes the issuer \"https://other.example/v2\", but issuer (environment SGID_ISSUER) is set to another one"},
		{name: "unknown command", args: []string{"conformace"}, says: "conformance"},
		{name: "unknown flag", args: conformance("--isuer", "x"), says: "--isuer"},
		{name: "flag without a value", args: conformance("--issuer"), says: "--issuer"},
		{name: "argument where none belongs", args: conformance("extra"), says: "extra"},
		{name: "bool flag with nonsense", args: conformance("--strict=maybe"), says: "strict"},
		{name: "duration without a unit", args: conformance("--timeout", "10"), says: "timeout"},
		{name: "negative duration", args: conformance("--timeout", "-5s"), says: "timeout"},
		{name: "zero timeout", args: conformance("--timeout", "0s"), says: "timeout"},
		{name: "number that is none", args: conformance("--login-budget", "few"), says: "login-budget"},
		{name: "negative number", args: conformance("--login-budget", "-1"), says: "login-budget"},
		{name: "negative pace", args: conformance("--pace", "-1"), says: "pace"},
		{name: "size that is none", args: conformance("--max-body", "much"), says: "max-body"},
		{name: "unknown login driver", args: conformance("--login", "telepathy"), says: "login"},
		{name: "unknown endpoints mode", args: conformance("--endpoints", "guess"), says: "endpoints"},
		{name: "unknown progress mode", args: conformance("--progress", "loud"), says: "progress"},
		{name: "unknown crypto engine", args: conformance("--crypto", "rot13"), says: "crypto"},
		{name: "unknown check", args: conformance("--select", "TOKEN-99"), says: "TOKEN-99"},
		{name: "unknown area", args: conformance("--select", "TOKN"), says: "TOKEN"},
		{name: "glob that matches nothing", args: conformance("--skip", "X*"), says: "X*"},
		{name: "unknown fault", args: conformance("--fault", "pkce-not-enforcd"), says: "pkce-not-enforced"},
		{name: "fault of an external target", args: external("--fault", "pkce-not-enforced"), env: []string{secret, key}, says: "--fault"},
		{name: "https of an external target", args: external("--tls"), env: []string{secret, key}, says: "--tls"},
		{name: "resolve without an address", args: conformance("--resolve", "host"), says: "resolve"},
		{name: "resolve with a port that is none", args: conformance("--resolve", "host:port:127.0.0.1"), says: "resolve"},
		{name: "CA file that is not there", args: conformance("--ca-file", "no.pem"), says: "no.pem"},
		{name: "CA file without a certificate", args: conformance("--ca-file", "ca.pem"), files: map[string]string{"ca.pem": "hello"}, says: "ca.pem"},
		{name: "OpenAPI file that is not there", args: conformance("--openapi", "no.yaml"), says: "no.yaml"},
		{name: "OpenAPI file that is none", args: conformance("--openapi", "api.yaml"), files: map[string]string{"api.yaml": "[1, 2"}, says: "openapi"},
		{name: "OpenAPI file without the endpoints", args: conformance("--openapi", "api.yaml"), files: map[string]string{"api.yaml": "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n"}, says: "openapi"},
		{name: "output folder that is a file", args: conformance("--out", "there"), files: map[string]string{"there": ""}, says: "there"},
		{name: "resume without a record", args: conformance("--resume", "nowhere"), says: "nowhere"},
		{name: "resume from a broken record", args: conformance("--resume", "."), files: map[string]string{"run.json": "{"}, says: "run.json"},
		{name: "waivers that are not there", args: conformance("--waivers", "no.yaml"), says: "no.yaml"},
		{name: "waivers of a mock that is misspelt", args: conformance("--waivers", "mockpas-4.3.4"), says: "did you mean mockpass-4.3.4"},
		{name: "built-in waivers by the path of a clone", args: conformance("--waivers", "suites/waivers/mockpass-4.3.4.yaml"), says: "did you mean mockpass-4.3.4"},
		{name: "waivers that are neither file nor built in", args: conformance("--waivers", "acme"), says: "built in: mockpass-4.3.4"},
		{name: "waivers that are no list", args: conformance("--waivers", "w.yaml"), files: waiver("check: TOKEN-05\n"), says: "w.yaml"},
		{name: "waiver for an unknown check", args: conformance("--waivers", "w.yaml"), files: waiver("- {check: TOKEN-5, reason: r, until: 2999-01-01}\n"), says: "TOKEN-05"},
		{name: "waiver without a reason", args: conformance("--waivers", "w.yaml"), files: waiver("- {check: TOKEN-05, until: 2999-01-01}\n"), says: "reason"},
		{name: "waiver without a date", args: conformance("--waivers", "w.yaml"), files: waiver("- {check: TOKEN-05, reason: r}\n"), says: "until"},
		{name: "waiver with a date that is none", args: conformance("--waivers", "w.yaml"), files: waiver("- {check: TOKEN-05, reason: r, until: soon}\n"), says: "until"},
		{name: "waiver with an unknown member", args: conformance("--waivers", "w.yaml"), files: waiver("- {check: TOKEN-05, reson: r, until: 2999-01-01}\n"), says: "reson"},
		{name: "issuer that is no URL", args: conformance("--issuer", "staging"), says: "issuer"},
		{name: "issuer with a trailing slash", args: external("--issuer", anIssuer+"/"), env: []string{secret, key}, says: "slash"},
		{name: "issuer without /v2", args: conformance("--issuer", "http://127.0.0.1:1"), says: "/v2"},
		{name: "issuer with a query", args: external("--issuer", anIssuer+"?x=1"), env: []string{secret, key}, says: "query"},
		{name: "issuer with a fragment", args: external("--issuer", anIssuer+"#x"), env: []string{secret, key}, says: "fragment"},
		{name: "issuer of another scheme", args: conformance("--issuer", "ftp://127.0.0.1/v2"), says: "issuer"},
		{name: "issuer over http on another machine", args: conformance("--issuer", "http://sgid.example/v2"), says: "https"},
		{name: "no client ID", args: conformance("--issuer", anIssuer, "--redirect-uri", "http://127.0.0.1:8085/callback"), env: []string{secret, key}, says: "SGID_CLIENT_ID"},
		{name: "no client secret", args: external(), env: []string{key}, says: "SGID_CLIENT_SECRET"},
		{name: "no private key", args: external(), env: []string{secret}, says: "SGID_PRIVATE_KEY"},
		{name: "no redirect URI", args: conformance("--issuer", anIssuer, "--client-id", "c"), env: []string{secret, key}, says: "SGID_REDIRECT_URI"},
		{name: "secret as a flag", args: external("--client-secret", "s"), env: []string{key}, says: "--client-secret"},
		{name: "private key file that is not there", args: external("--private-key", "no.pem"), env: []string{secret}, says: "no.pem"},
		{name: "private key that is a public one", args: external("--private-key", "k.pem"), env: []string{secret}, files: map[string]string{"k.pem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}, says: "public key"},
		{name: "private key that is not PEM", args: external(), env: []string{secret, "SGID_PRIVATE_KEY=hello"}, says: "PEM"},
		{name: "secret file that is not there", args: external("--client-secret-file", "no.txt"), env: []string{key}, says: "no.txt"},
		{name: "secret file that is empty", args: external("--client-secret-file", "s.txt"), env: []string{key}, files: map[string]string{"s.txt": "\n"}, says: "s.txt"},
		{name: "redirect URI that is relative", args: external("--redirect-uri", "/callback"), env: []string{secret, key}, says: "redirect-uri"},
		{name: "redirect URI with a fragment", args: external("--redirect-uri", "http://127.0.0.1:8085/callback#x"), env: []string{secret, key}, says: "redirect-uri"},
		{name: "scopes without openid", args: external("--scopes", "myinfo.name"), env: []string{secret, key}, says: "openid"},
		{name: "second client without its key", args: external(), env: []string{secret, key, "SGID_SECOND_CLIENT_ID=d", "SGID_SECOND_CLIENT_SECRET=s", "SGID_SECOND_REDIRECT_URI=http://127.0.0.1:8086/callback"}, says: "SGID_SECOND_PRIVATE_KEY"},
		{name: "configuration file that is not there", args: conformance("--config", "no.yaml"), says: "no.yaml"},
		{name: "configuration that is not YAML", args: conformance(), files: file("issuer: [\n"), says: "sgidcheck.yaml"},
		{name: "unknown key in the configuration", args: conformance(), files: file("isuer: x\n"), says: "issuer"},
		{name: "secret in the configuration", args: conformance(), files: file("client-secret: s\n"), says: "client-secret"},
		{name: "key set twice in the configuration", args: conformance(), files: file("timeout: 1s\ntimeout: 2s\n"), says: "twice"},
		{name: "wrong type in the configuration", args: conformance(), files: file("timeout: {a: b}\n"), says: "timeout"},
		{name: "unknown login step", args: conformance(), files: file("login-steps:\n  - clik: button\n"), says: "click"},
		{name: "provider on another machine's address", args: []string{"provider", "--addr", "0.0.0.0:0"}, says: "loopback"},
		{name: "provider with an address that is none", args: []string{"provider", "--addr", "here"}, says: "here"},
		{name: "provider with an unknown fault", args: []string{"provider", "--fault", "no-such-thing"}, says: "no-such-thing"},
		{name: "catalogue in an unknown form", args: []string{"checks", "--format", "tabel"}, says: "tabel"},
		{name: "catalogue of an unknown area", args: []string{"checks", "--select", "TOKN"}, says: "TOKN"},
		{name: "selftest of an unknown fault", args: []string{"selftest", "--fault", "no-such-thing"}, says: "no-such-thing"},
		{name: "selftest into a folder that cannot be made", args: []string{"selftest", "--fault", "pkce-not-enforced", "--out", "/dev/null/x"}, says: "--out /dev/null/x"},
		{name: "selftest of applications into one that cannot be made", args: []string{"selftest", "rp", "--flaw", "state-unchecked", "--out", "/dev/null/x"}, says: "--out /dev/null/x"},
		{name: "decryption into a folder that cannot be made", args: []string{"decrypt", "--out", "/dev/null/x"}, says: "--out /dev/null/x"},
		{name: "selftest in an unknown form", args: []string{"selftest", "--format", "pdf"}, says: "pdf"},
	}...)
}

func TestMisuseIsToldAndSendsNothing(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	issuer := server.URL + "/v2"
	for _, m := range misuses() {
		t.Run(m.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, body := range m.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := make([]string, len(m.args))
			for i, a := range m.args {
				args[i] = strings.ReplaceAll(a, anIssuer, issuer)
			}
			before := requests.Load()
			got := program{args: args, env: m.env, dir: dir}.run(t)
			if got.code != exitUsage {
				t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
			}
			if !strings.Contains(got.err, m.says) {
				t.Errorf("the message does not say %q:\n%s", m.says, got.err)
			}
			if n := requests.Load() - before; n > 0 {
				t.Errorf("%d requests were sent", n)
			}
			if strings.Contains(got.err, "panic") || strings.Contains(got.err, "goroutine") {
				t.Errorf("it panicked:\n%s", got.err)
			}
		})
	}
}
