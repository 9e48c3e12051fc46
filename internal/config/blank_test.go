package config

import (
	"errors"
	"sgidcheck/internal/redact/redacttest"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// without is an environment without one variable.
func without(env []string, name string) []string {
	return slices.Clip(slices.DeleteFunc(slices.Clone(env), func(e string) bool { return strings.HasPrefix(e, name+"=") }))
}

// Every setting, in every place in which it can stand, is refused where it is
// named and empty: a run without it would say nothing of what was meant.
func TestASettingThatIsNamedAndEmptyIsRefused(t *testing.T) {
	refused := func(t *testing.T, key, origin string, args, env []string, file string) {
		t.Helper()
		c, err := resolveWith(t, args, env, file)
		var all Errors
		if !errors.As(err, &all) || c != nil {
			t.Fatalf("%s (%s) is not refused: %v", key, origin, err)
		}
		i := slices.IndexFunc(all, func(e *Error) bool { return e.Setting == key && strings.HasPrefix(e.Origin, origin) })
		if i < 0 || !strings.Contains(all[i].Problem, "empty") || all[i].Remedy == "" {
			t.Fatalf("%s (%s): %v", key, origin, err)
		}
		if len(all) != 1 {
			t.Errorf("%s (%s): one cause, %d messages: %v", key, origin, len(all), err)
		}
	}
	for _, s := range Settings() {
		for _, value := range []string{"", " ", "\t", "\r\n", "\ufeff"} {
			base := external()
			for _, name := range s.Env {
				base = without(base, name)
			}
			for _, name := range s.Env {
				if strings.HasPrefix(name, "SGID") {
					refused(t, s.Key, "environment "+name, nil, append(base, name+"="+value), "")
				}
			}
			if s.Flag != "" {
				refused(t, s.Key, "flag --"+s.Flag, []string{"--" + s.Flag + "=" + value}, base, "")
			}
			if !s.NoFile() && s.Type != TypeSteps {
				refused(t, s.Key, "sgidcheck.yaml line 1", nil, base, s.Key+": \""+strings.NewReplacer("\t", `\t`, "\r", `\r`, "\n", `\n`).Replace(value)+"\"\n")
			}
		}
		if !s.NoFile() && s.Type != TypeList && s.Type != TypeSteps {
			base := external()
			for _, name := range s.Env {
				base = without(base, name)
			}
			refused(t, s.Key, "sgidcheck.yaml line 1", nil, base, s.Key+":\n")
		}
	}
}

func TestEverythingEmptyAsACIWithoutItsSecretsLeavesIt(t *testing.T) {
	var env []string
	for _, e := range external() {
		name, _, _ := strings.Cut(e, "=")
		env = append(env, name+"=")
	}
	_, err := resolveWith(t, nil, env, "")
	var all Errors
	if !errors.As(err, &all) || len(all) != len(env) {
		t.Fatalf("%v", err)
	}
	for _, e := range env {
		if !strings.Contains(err.Error(), "environment "+strings.TrimSuffix(e, "=")) {
			t.Errorf("%s is not named: %v", e, err)
		}
	}
}

func TestWhatMayBeEmpty(t *testing.T) {
	key := write(t, "key.pem", redacttest.PEM())
	for name, tt := range map[string]struct {
		args, env []string
		file      string
	}{
		"a variable that is not only this program's": {env: external("X=1", "CHROME_PATH=")},
		"a variable that a flag goes over":           {args: []string{"--issuer", "http://127.0.0.1:1/v2"}, env: append(external(), "SGID_ISSUER=")},
		"a key's variable where a flag names a file": {args: []string{"--private-key", key}, env: append(external(), "SGID_PRIVATE_KEY=")},
		"a list that says that there are none":       {env: external(), file: "skip: []\nallow-host:\nlogin-steps:\n"},
	} {
		if _, err := resolveWith(t, tt.args, tt.env, tt.file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := resolveWith(t, nil, external(), "select: [A-01, '']\n"); err == nil || !strings.Contains(err.Error(), "element of the list is empty") {
		t.Errorf("an empty member: %v", err)
	}
}

func TestClientSettingsWithoutAnIssuer(t *testing.T) {
	for _, e := range append(external("SGID_SECOND_CLIENT_ID=second", "SGID_SCOPES=openid"), "SGID_PRIVATE_KEY_FILE=k.pem") {
		name, _, _ := strings.Cut(e, "=")
		if name == "SGID_ISSUER" {
			continue
		}
		_, err := resolveWith(t, nil, []string{e}, "")
		if err == nil || !strings.HasPrefix(err.Error(), "issuer: ") || !strings.Contains(err.Error(), "environment "+name) || !strings.Contains(err.Error(), "SGID_ISSUER") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := resolveWith(t, nil, nil, "client-id: x\n"); err == nil || !strings.Contains(err.Error(), "sgidcheck.yaml line 1") {
		t.Errorf("%v", err)
	}
}

func TestHostname(t *testing.T) {
	noIssuer := without(external(), "SGID_ISSUER")
	const issuer, other = "http://127.0.0.1:5156/v2", "http://127.0.0.1:9/v2"
	for _, tt := range []struct {
		name, issuer, says string
		args, env          []string
		file               string
	}{
		{name: "the origin alone", env: append(noIssuer, "SGID_HOSTNAME=http://127.0.0.1:5156"), issuer: issuer},
		{name: "with a slash", env: append(noIssuer, "SGID_HOSTNAME=http://127.0.0.1:5156/"), issuer: issuer},
		{name: "with the CR of a file from Windows", env: append(noIssuer, "SGID_HOSTNAME=http://127.0.0.1:5156\r"), issuer: issuer},
		{name: "in the file", env: noIssuer, file: "hostname: http://127.0.0.1:5156\n", issuer: issuer},
		{name: "as a flag", args: []string{"--hostname=http://127.0.0.1:5156"}, env: noIssuer, issuer: issuer},
		{name: "agreeing with the issuer", env: append(external(), "SGID_HOSTNAME=http://127.0.0.1:5156"), issuer: issuer},
		{name: "the issuer's flag goes over it", args: []string{"--issuer=" + other}, env: append(noIssuer, "SGID_HOSTNAME=http://127.0.0.1:5156"), issuer: other},
		{name: "it goes over the file's issuer", env: append(noIssuer, "SGID_HOSTNAME=http://127.0.0.1:5156"), file: "issuer: " + other + "\n", issuer: issuer},
		{name: "against the issuer", env: append(external(), "SGID_HOSTNAME=http://127.0.0.1:9"), says: "hostname (environment SGID_HOSTNAME): it makes the issuer \"http://127.0.0.1:9/v2\", but issuer (environment SGID_ISSUER) is set to another one"},
		{name: "with /v2", env: append(noIssuer, "SGID_HOSTNAME=http://127.0.0.1:5156/v2"), says: "more than an origin"},
		{name: "a query", env: append(noIssuer, "SGID_HOSTNAME=http://127.0.0.1:5156?x"), says: "more than an origin"},
		{name: "no scheme", env: append(noIssuer, "SGID_HOSTNAME=api-stg.id.gov.sg"), says: "write scheme and host"},
		{name: "a name that is not this machine's, over http", env: append(noIssuer, "SGID_HOSTNAME=http://a.example"), says: "hostname (environment SGID_HOSTNAME): \"http://a.example/v2\" would send the client secret unencrypted"},
		{name: "empty", env: append(noIssuer, "SGID_HOSTNAME="), says: "hostname (environment SGID_HOSTNAME): it is empty"},
	} {
		c, err := resolveWith(t, tt.args, tt.env, tt.file)
		switch {
		case tt.says == "" && (err != nil || c.Issuer != tt.issuer || c.Embedded()):
			t.Errorf("%s: %v", tt.name, err)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// A command reads the settings of its groups alone: what it does not use cannot
// be wrong for it.
func TestOnlyTheGroupsAskedForAreRead(t *testing.T) {
	t.Chdir(t.TempDir())
	fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
	BindFlags(fs, GroupOutput)
	if _, err := Resolve(fs, []string{"SGID_ISSUER=", "SGID_CLIENT_ID=x"}, "", GroupOutput); err != nil {
		t.Error(err)
	}
	if _, err := Resolve(fs, []string{"SGIDCHECK_OUT="}, "", GroupOutput); err == nil {
		t.Error("an empty setting of its own is taken")
	}
}

// A line end of Windows means the same in every place.
func TestLineEndsOfWindows(t *testing.T) {
	secret, key := write(t, "secret.txt", "secret-value\r\n"), write(t, "key.pem", strings.ReplaceAll(redacttest.PEM(), "\n", "\r\n"))
	var env []string
	for _, e := range external("SGID_SCOPES=openid\r\nmyinfo.name", "SGID_REDIRECT_URIS=http://localhost:1/a\r\n,http://localhost:1/b", "SGIDCHECK_TIMEOUT=3s", "SGIDCHECK_STRICT=true", "SGIDCHECK_LOGIN=browser", "SGIDCHECK_PERSONA=a") {
		env = append(env, e+"\r")
	}
	for name, tt := range map[string]struct {
		args []string
		file string
	}{
		"variables": {},
		"files":     {args: []string{"--client-secret-file", secret + "\r", "--private-key=" + key + "\r"}},
		"yaml":      {file: "select: [A-01]\r\nclock-skew: 5s\r\nwaivers:\r\n  " + write(t, "w.yaml", "") + "\r\n"},
	} {
		c, err := resolveWith(t, tt.args, env, tt.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p := c.First
		if c.Issuer != "http://127.0.0.1:5156/v2" || p.ClientID != "client" || p.ClientSecret != "secret-value" || p.RedirectURI != "http://127.0.0.1:8085/callback" || c.Persona != "a" || !c.Strict ||
			!slices.Equal(p.RedirectURIs, []string{"http://localhost:1/a", "http://localhost:1/b"}) || !slices.Equal(p.Scopes, []string{"openid", "myinfo.name"}) || len(c.Warnings) > 0 {
			t.Errorf("%s: %q %q %q %v %v %v", name, c.Issuer, p.ClientID, p.RedirectURI, p.RedirectURIs, p.Scopes, c.Warnings)
		}
	}
}

func TestWhatStandsAroundCredentials(t *testing.T) {
	file := func(content string) []string { return []string{"--client-secret-file", write(t, "s.txt", content)} }
	for _, tt := range []struct {
		name, warns, fails string
		args, env          []string
	}{
		{name: "nothing", env: external()},
		{name: "a BOM in the file", args: file("\ufeffsecret-value\r\n"), env: external()},
		{name: "UTF-16 in the file", args: file("\xff\xfes\x00e\x00c\x00r\x00e\x00t\x00-\x00v\x00a\x00l\x00u\x00e\x00\r\x00\n\x00"), env: external()},
		{name: "a BOM before the variable", env: external("SGID_CLIENT_SECRET=\ufeffsecret-value", "SGID_CLIENT_ID=\ufeffclient")},
		{name: "quotes around the secret", env: external(`SGID_CLIENT_SECRET="secret-value"`), warns: "the client secret (environment SGID_CLIENT_SECRET) is in quotes"},
		{name: "quotes in the file", args: file("'secret-value'\n"), env: external(), warns: "the client secret (flag --client-secret-file) is in quotes"},
		{name: "quotes of a word processor", env: external("SGID_CLIENT_ID=“client”"), warns: "the client ID (environment SGID_CLIENT_ID) is in quotes"},
		{name: "the variable's name in the secret", env: external("SGID_CLIENT_SECRET=SGID_CLIENT_SECRET=secret-value"), fails: "without its name"},
		{name: "the variable's name in the file", args: file("export SGID_CLIENT_SECRET=secret-value\n"), env: external(), fails: "without its name"},
		{name: "the variable's name in the ID", env: external("SGID_CLIENT_ID=SGID_CLIENT_ID=client"), fails: "without its name"},
		{name: "another name", env: external("SGID_CLIENT_SECRET=SECRET=secret-value"), warns: "NAME=VALUE"},
		{name: "a space", env: external("SGID_CLIENT_SECRET=secret-value "), warns: "begins or ends with a space"},
		{name: "a no-break space", env: external("SGID_CLIENT_SECRET=secret\u00a0value"), warns: "non-ASCII"},
		{name: "a control character", env: external("SGID_CLIENT_ID=cli\x01ent"), fails: "control character"},
		{name: "two lines", env: external("SGID_CLIENT_ID=client\nx"), fails: "control character"},
		{name: "init's placeholder", env: external("SGID_CLIENT_ID=" + clientIDPlaceholder), fails: "placeholder"},
		{name: "a variable nobody replaced", env: external("SGID_CLIENT_SECRET=${CLIENT_SECRET}"), warns: "placeholder"},
		{name: "an example's", env: external("SGID_CLIENT_SECRET=<client secret>"), warns: "placeholder"},
		{name: "the private key for the secret", env: external("SGID_CLIENT_SECRET=" + strings.ReplaceAll(redacttest.PEM(), "\n", `\n`)), fails: "a PEM block instead of the client secret"},
		{name: "the private key in the secret's file", args: file(redacttest.PEM()), env: external(), fails: "a PEM block instead of the client secret"},
	} {
		c, err := resolveWith(t, tt.args, tt.env, "")
		switch {
		case tt.fails != "":
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s: %v", tt.name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.warns == "" && len(c.Warnings) > 0, tt.warns != "" && (len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], tt.warns)):
			t.Errorf("%s: warnings %q", tt.name, c.Warnings)
		case tt.warns == "" && (c.First.ClientSecret != "secret-value" || c.First.ClientID != "client"):
			t.Errorf("%s: %q %q", tt.name, c.First.ClientID, c.First.ClientSecret)
		}
		if err != nil && strings.Contains(err.Error(), "secret-value") {
			t.Errorf("%s: the secret is shown: %v", tt.name, err)
		}
	}
}

func TestScopeSlips(t *testing.T) {
	for scope, want := range map[string]string{
		"myinfo.nric": "myinfo.nric_number", "dob": "myinfo.date_of_birth", "myinfo.dob": "myinfo.date_of_birth", "nric": "myinfo.nric_number", "uinfin": "myinfo.nric_number",
		"name": "myinfo.name", "myinfo.Name": "myinfo.name", "myinfo.mobileno": "myinfo.mobile_number", "mobile_number": "myinfo.mobile_number", "email": "myinfo.email",
		"regadd": "myinfo.registered_address", "myinfo.dateOfBirth": "myinfo.date_of_birth", "myinfo.marital": "myinfo.marital_status", "myinfo.nam": "myinfo.name",
		"myinfo.residential_status": "myinfo.residentialstatus", "gender": "myinfo.sex", "pocdex.public_officer": "pocdex.public_officer_details",
	} {
		c, err := resolveWith(t, nil, external("SGID_SCOPES=openid "+scope), "")
		if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "did you mean "+want+"?") {
			t.Errorf("%s: %v", scope, err)
			if c != nil {
				t.Errorf("%q", c.Warnings)
			}
		}
	}
}
