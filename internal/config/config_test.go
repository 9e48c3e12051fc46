package config

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"sgidcheck/internal/redact/redacttest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// write makes a file in a fresh directory and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// resolveWith resolves flags, environment and the text of a configuration file.
func resolveWith(t *testing.T, args, environ []string, file string) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	BindFlags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	if file != "" {
		if err := os.WriteFile(DefaultFile, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Resolve(fs, environ, "")
}

// external is the environment of a complete configuration for an external target.
func external(change ...string) []string {
	env := []string{"SGID_ISSUER=http://127.0.0.1:5156/v2", "SGID_CLIENT_ID=client", "SGID_CLIENT_SECRET=secret-value",
		"SGID_PRIVATE_KEY=" + strings.ReplaceAll(redacttest.PEM(), "\n", `\n`), "SGID_REDIRECT_URI=http://127.0.0.1:8085/callback"}
	for _, c := range change {
		name, value, _ := strings.Cut(c, "=")
		env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if value != "" {
			env = append(env, c)
		}
	}
	return env
}

func TestFlagsWinOverEnvironmentOverFile(t *testing.T) {
	file := "issuer: https://file.example/v2\ntimeout: 3s\npace: 1.5\nselect: [A-01, A-02]\nslow: true\nthresholds:\n  - a<1ms\n  - b<2ms\nscopes:\n  - openid\n  - myinfo.email\n"
	c, err := resolveWith(t, []string{"--timeout", "7s", "--skip", "X,Y", "--skip=Z", "--strict"}, external("SGID_ISSUER=https://env.example/v2", "SGIDCHECK_PACE=2.5"), file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Issuer != "https://env.example/v2" || c.Timeout != 7*time.Second || c.Pace != 2.5 || !c.Slow || !c.Strict {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(c.Select, []string{"A-01", "A-02"}) || !slices.Equal(c.Skip, []string{"X", "Y", "Z"}) || !slices.Equal(c.Thresholds, []string{"a<1ms", "b<2ms"}) || !slices.Equal(c.First.Scopes, []string{"openid", "myinfo.email"}) {
		t.Errorf("lists: %v %v %v %v", c.Select, c.Skip, c.Thresholds, c.First.Scopes)
	}
	if !c.First.Key.Equal(redacttest.Key()) || c.First.ClientSecret != "secret-value" || c.Out != "sgidcheck-report" || c.RestartWait != 30*time.Second || c.MaxBody != 1<<20 {
		t.Errorf("%+v", c.First)
	}
	origins := map[string]string{}
	for _, v := range c.Values {
		origins[v.Setting.Key] = v.Origin
		if strings.Contains(v.Value, "secret-value") || strings.Contains(v.Value, "BEGIN") {
			t.Errorf("%s shows its secret: %s", v.Setting.Key, v.Value)
		}
	}
	for key, want := range map[string]string{"issuer": "environment SGID_ISSUER", "timeout": "flag --timeout", "slow": "sgidcheck.yaml line 5", "out": "default", "waivers": "not set", "client-secret": "environment SGID_CLIENT_SECRET"} {
		if origins[key] != want {
			t.Errorf("%s comes from %q, want %q", key, origins[key], want)
		}
	}
	if o := c.ClientOptions("1.2", nil); o.Pace != 2.5 || o.UserAgent != "sgidcheck/1.2" || !o.HonourRetryAfter {
		t.Errorf("client options %+v", o)
	}
}

func TestNothingSetIsTheEmbeddedProvider(t *testing.T) {
	c, err := resolveWith(t, nil, nil, "")
	if err != nil || !c.Embedded() || !c.Loopback() || c.EndpointsMode != EndpointsDiscovery || len(c.Warnings) > 0 || c.File != "" {
		t.Fatalf("%+v, %v", c, err)
	}
	c, err = resolveWith(t, nil, nil, "# nothing\n")
	if err != nil || !c.Embedded() || len(c.Warnings) > 0 || c.File != DefaultFile {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	key, secret := write(t, "key.pem", redacttest.PEM()), write(t, "secret.txt", "from-a-file\n")
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := resolveWith(t, []string{"--private-key", key, "--client-secret-file", secret}, external(), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.First.ClientSecret != "from-a-file" {
		t.Errorf("the flag's file must win over the environment: %q", c.First.ClientSecret)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "key.pem can be read by other users") {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

func TestSecondClient(t *testing.T) {
	second := []string{"SGID_SECOND_CLIENT_ID=second", "SGID_SECOND_CLIENT_SECRET=secret-two", "SGID_SECOND_PRIVATE_KEY=" + redacttest.PEM(), "SGID_SECOND_REDIRECT_URI=http://localhost:1/cb", "SGID_SECOND_SCOPES=openid,myinfo.name"}
	c, err := resolveWith(t, nil, external(second...), "")
	if err != nil || c.Second == nil || c.Second.ClientID != "second" || len(c.Second.Scopes) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "same private key") {
		t.Errorf("warnings: %q", c.Warnings)
	}
	_, err = resolveWith(t, nil, external("SGID_SECOND_CLIENT_ID=client"), "")
	if err == nil || !strings.Contains(err.Error(), "the second client is the same as the first") || !strings.Contains(err.Error(), "SGID_SECOND_CLIENT_SECRET") {
		t.Errorf("%v", err)
	}
}

// Each row is one mistake; the message must name the setting, where it came
// from, and what to do.
var mistakes = []struct {
	name    string
	args    []string
	env     []string
	file    string
	setting string
	want    []string
}{
	{name: "issuer with a slash", env: external("SGID_ISSUER=https://a.example/v2/"), setting: "issuer", want: []string{"environment SGID_ISSUER", "ends in a slash", "write https://a.example/v2"}},
	{name: "issuer with a slash and no path", args: []string{"--issuer", "https://a.example/"}, env: external(), setting: "issuer", want: []string{"flag --issuer", "write https://a.example/v2"}},
	{name: "issuer without /v2", env: external("SGID_ISSUER=https://a.example"), setting: "issuer", want: []string{"path /v2", "write https://a.example/v2"}},
	{name: "issuer without scheme", env: external("SGID_ISSUER=api-stg.id.gov.sg/v2"), setting: "issuer", want: []string{"not an absolute URL", "include the scheme"}},
	{name: "issuer without host", env: external("SGID_ISSUER=https:///v2"), setting: "issuer", want: []string{"not an absolute URL", "write an absolute URL such as"}},
	{name: "issuer that is no URL", env: external("SGID_ISSUER=https://a.example:x/v2"), setting: "issuer", want: []string{"not an absolute URL", "write an absolute URL such as"}},
	{name: "issuer that is a word with a percent sign", env: external("SGID_ISSUER=a%zz"), setting: "issuer", want: []string{"write an absolute URL such as"}},
	{name: "issuer that is a word", env: external("SGID_ISSUER=staging"), setting: "issuer", want: []string{"include the scheme, such as https://staging"}},
	{name: "issuer of another scheme", env: external("SGID_ISSUER=ftp://a.example/v2"), setting: "issuer", want: []string{"neither https nor http"}},
	{name: "issuer with a query", env: external("SGID_ISSUER=https://a.example/v2?x"), setting: "issuer", want: []string{"query"}},
	{name: "issuer with a fragment", env: external("SGID_ISSUER=https://a.example/v2#x"), setting: "issuer", want: []string{"fragment"}},
	{name: "issuer with credentials", env: external("SGID_ISSUER=https://u:p@a.example/v2"), setting: "issuer", want: []string{"user name"}},
	{name: "issuer is the metadata", env: external("SGID_ISSUER=https://a.example/v2/.well-known/openid-configuration"), setting: "issuer", want: []string{"write https://a.example/v2"}},
	{name: "issuer over http to elsewhere", env: external("SGID_ISSUER=http://a.example/v2"), setting: "issuer", want: []string{"unencrypted", "--allow-host a.example"}},
	{name: "production allowed", args: []string{"--allow-host", "a.example,API.id.gov.sg.:443"}, env: external(), setting: "allow-host", want: []string{"api.id.gov.sg is production", "leave it out"}},
	{name: "no client ID", env: external("SGID_CLIENT_ID="), setting: "client-id", want: []string{"is missing", "SGID_CLIENT_ID", "--client-id"}},
	{name: "no client secret", env: external("SGID_CLIENT_SECRET="), setting: "client-secret", want: []string{"is missing", "SGID_CLIENT_SECRET", "--client-secret-file"}},
	{name: "blank client secret", env: external("SGID_CLIENT_SECRET=  "), setting: "client-secret", want: []string{"is empty"}},
	{name: "client secret of two lines", env: external("SGID_CLIENT_SECRET=a\nb"), setting: "client-secret", want: []string{"more than one line"}},
	{name: "client secret file missing", args: []string{"--client-secret-file", "/no/such"}, env: external("SGID_CLIENT_SECRET="), setting: "client-secret-file", want: []string{"flag --client-secret-file", "/no/such cannot be read: no such file"}},
	{name: "no private key", env: external("SGID_PRIVATE_KEY="), setting: "private-key", want: []string{"is missing", "SGID_PRIVATE_KEY_FILE"}},
	{name: "private key is a path in the key's variable", env: external("SGID_PRIVATE_KEY=/etc/key.pem"), setting: "private-key-pem", want: []string{"not PEM", "SGID_PRIVATE_KEY_FILE"}},
	{name: "private key is a public one", env: external("SGID_PRIVATE_KEY=" + publicPEM()), setting: "private-key-pem", want: []string{"public key"}},
	{name: "private key file missing", args: []string{"--private-key=/no/key.pem"}, env: external(), setting: "private-key", want: []string{"/no/key.pem cannot be read"}},
	{name: "no redirect URI", env: external("SGID_REDIRECT_URI="), setting: "redirect-uri", want: []string{"is missing"}},
	{name: "relative redirect URI", env: external("SGID_REDIRECT_URI=/callback"), setting: "redirect-uri", want: []string{"absolute"}},
	{name: "redirect URI with a fragment", env: external("SGID_REDIRECT_URI=https://a.example/cb#f"), setting: "redirect-uri", want: []string{"fragment"}},
	{name: "redirect URI with a wildcard", env: external("SGID_REDIRECT_URI=https://*.example/cb"), setting: "redirect-uri", want: []string{"wildcard"}},
	{name: "redirect URI of another scheme", env: external("SGID_REDIRECT_URI=app://cb"), setting: "redirect-uri", want: []string{"neither"}},
	{name: "other redirect URI broken", env: external("SGID_REDIRECT_URIS=nonsense"), setting: "redirect-uris", want: []string{"absolute"}},
	{name: "scopes without openid", env: external("SGID_SCOPES=myinfo.name"), setting: "scopes", want: []string{"openid"}},
	{name: "scope that is none", env: external(`SGID_SCOPES=openid "x"`), setting: "scopes", want: []string{"not a scope"}},
	{name: "same client twice", env: external("SGID_SECOND_CLIENT_ID=client"), setting: "second-client-id", want: []string{"is the same as the first"}},
	{name: "same persona twice", args: []string{"--persona=a", "--second-persona=a"}, setting: "second-persona", want: []string{"same as persona"}},
	{name: "unknown endpoints", args: []string{"--endpoints=discover"}, setting: "endpoints", want: []string{`"discover" is not one of`, "did you mean discovery?"}},
	{name: "unknown login", args: []string{"--login=chrome"}, setting: "login", want: []string{"direct, browser, interactive"}},
	{name: "interactive at the embedded provider", args: []string{"--login=interactive"}, setting: "login", want: []string{"does not need a person to log in"}},
	{name: "login budget is a word", args: []string{"--login-budget=few"}, setting: "login-budget", want: []string{"whole number"}},
	{name: "login budget below nothing", args: []string{"--login-budget=-1"}, setting: "login-budget", want: []string{"whole number"}},
	{name: "timeout without unit", args: []string{"--timeout=10"}, setting: "timeout", want: []string{"10s"}},
	{name: "timeout of nothing", args: []string{"--timeout=0s"}, setting: "timeout", want: []string{"must be above 0"}},
	{name: "time below nothing", args: []string{"--max-time=-1s"}, setting: "max-time", want: []string{"is negative"}},
	{name: "restart wait is a word", env: []string{"SGIDCHECK_RESTART_WAIT=soon"}, setting: "restart-wait", want: []string{"environment SGIDCHECK_RESTART_WAIT", "duration"}},
	{name: "clock skew below nothing", args: []string{"--clock-skew=-3s"}, setting: "clock-skew", want: []string{"is negative"}},
	{name: "pace below nothing", args: []string{"--pace=-1"}, setting: "pace", want: []string{"non-negative"}},
	{name: "pace is not a number", args: []string{"--pace=NaN"}, setting: "pace", want: []string{"non-negative"}},
	{name: "body of no size", args: []string{"--max-body=0"}, setting: "max-body", want: []string{"64MiB"}},
	{name: "body of a gigabyte", args: []string{"--max-body=1024MiB"}, setting: "max-body", want: []string{"64MiB"}},
	{name: "strict is a word", args: []string{"--strict=very"}, setting: "strict", want: []string{"true or false"}},
	{name: "progress unknown", args: []string{"--progress=loud"}, setting: "progress", want: []string{"auto, plain, none"}},
	{name: "crypto unknown", args: []string{"--crypto=boring"}, setting: "crypto", want: []string{"auto, go, openssl"}},
	{name: "resolve without address", args: []string{"--resolve=idp.example"}, setting: "resolve", want: []string{"host:address"}},
	{name: "resolve to a name", args: []string{"--resolve=idp.example:other.example"}, setting: "resolve", want: []string{"host:address"}},
	{name: "CA file missing", args: []string{"--ca-file=/no/ca.pem"}, setting: "ca-file", want: []string{"/no/ca.pem"}},
	{name: "CA file without certificate", args: []string{"--ca-file=/dev/null"}, setting: "ca-file", want: []string{"no PEM certificate"}},
	{name: "waivers file missing", args: []string{"--waivers=/no/waivers.yaml"}, setting: "waivers", want: []string{"cannot be read"}},
	{name: "OpenAPI file missing", args: []string{"--openapi=/no/api.yaml"}, setting: "openapi", want: []string{"cannot be read"}},
	{name: "browser missing", env: []string{"CHROME_PATH=/no/chrome"}, setting: "chrome", want: []string{"environment CHROME_PATH"}},
	{name: "out is a file", args: []string{"--out=/dev/null"}, setting: "out", want: []string{"is a file"}},
	{name: "out is empty", args: []string{"--out="}, setting: "out", want: []string{"is empty"}},
	{name: "file named by flag is missing", args: []string{"--config=/no/file.yaml"}, setting: "config", want: []string{"flag --config", "sgidcheck init"}},
	{name: "file named by environment is missing", env: []string{"SGIDCHECK_CONFIG=/no/file.yaml"}, setting: "config", want: []string{"environment SGIDCHECK_CONFIG"}},
	{name: "unknown variable", env: []string{"SGIDCHECK_TIMEOUTS=3s"}, setting: "SGIDCHECK_TIMEOUTS", want: []string{"no such setting", "SGIDCHECK_TIMEOUT?"}},
	{name: "unknown key", file: "\nisuer: x\n", setting: "isuer", want: []string{"sgidcheck.yaml line 2", "did you mean issuer?"}},
	{name: "key twice", file: "slow: true\nslow: false\n", setting: "slow", want: []string{"line 2", "twice"}},
	{name: "secret in the file", file: "client-secret: x\n", setting: "client-secret", want: []string{"do not belong", "SGID_CLIENT_SECRET", "client-secret-file"}},
	{name: "private key in the file", file: "private-key-pem: x\n", setting: "private-key-pem", want: []string{"do not belong", "SGID_PRIVATE_KEY", "private-key"}},
	{name: "list for one value", file: "timeout: [1s]\n", setting: "timeout", want: []string{"wrong type"}},
	{name: "mapping for one value", file: "issuer:\n  url: x\n", setting: "issuer", want: []string{"wrong type"}},
	{name: "bad value in the file", file: "timeout: fast\n", setting: "timeout", want: []string{"sgidcheck.yaml line 1", "duration"}},
	{name: "file is a list", file: "- a\n", setting: "config", want: []string{"line 1"}},
	{name: "file is not YAML", file: "a: [\n", setting: "config", want: []string{"not YAML"}},
	{name: "two documents", file: "slow: true\n---\nslow: false\n", setting: "config", want: []string{"more than one YAML document"}},
	{name: "steps are a word", file: "login-steps: click\n", setting: "login-steps", want: []string{"wrong type"}},
	{name: "step of an unknown action", file: "login-steps:\n  - klick: a\n", setting: "login-steps", want: []string{"line 2", "did you mean click?"}},
	{name: "step without action", file: "login-steps:\n  - value: a\n", setting: "login-steps", want: []string{"no action"}},
	{name: "step with two actions", file: "login-steps:\n  - click: a\n    press: b\n", setting: "login-steps", want: []string{"two steps"}},
	{name: "fill without value", file: "login-steps:\n  - fill: a\n", setting: "login-steps", want: []string{"value"}},
	{name: "click with value", file: "login-steps:\n  - click: a\n    value: b\n", setting: "login-steps", want: []string{"does not take a value"}},
	{name: "step that is text", file: "login-steps:\n  - click\n", setting: "login-steps", want: []string{"not a mapping"}},
}

func publicPEM() string {
	der, _ := x509.MarshalPKIXPublicKey(&redacttest.Key().PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestEveryMistakeIsNamed(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			c, err := resolveWith(t, tt.args, tt.env, tt.file)
			var all Errors
			if !errors.As(err, &all) || c != nil {
				t.Fatalf("no refusal: %+v, %v", c, err)
			}
			i := slices.IndexFunc(all, func(e *Error) bool { return e.Setting == tt.setting })
			if i < 0 {
				t.Fatalf("%s is not named: %v", tt.setting, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(all[i].Error(), want) {
					t.Errorf("%q does not say %q", all[i], want)
				}
			}
			if all[i].Remedy == "" {
				t.Errorf("%q does not say what to do", all[i])
			}
			if strings.Contains(err.Error(), "secret-value") {
				t.Error("the message shows the secret")
			}
		})
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := resolveWith(t, []string{"--timeout=x"}, []string{"SGID_ISSUER=https://a.example/"}, "sloww: 1\n")
	var all Errors
	if !errors.As(err, &all) || len(all) < 7 {
		t.Errorf("%v", err)
	}
}

func TestUnknownScopeIsAWarning(t *testing.T) {
	c, err := resolveWith(t, nil, external("SGID_SCOPES=openid myinfo.nam"), "")
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "did you mean myinfo.name?") {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestPlainHTTPToANamedHost(t *testing.T) {
	for _, host := range []string{"mockpass", "MockPass:5156", "mockpass."} {
		c, err := resolveWith(t, []string{"--allow-host", host}, external("SGID_ISSUER=http://mockpass:5156/v2"), "")
		if err != nil || c.Loopback() {
			t.Errorf("%s: %+v, %v", host, c, err)
		}
	}
}

func TestLoginSteps(t *testing.T) {
	c, err := resolveWith(t, nil, nil, "login-steps:\n  - wait: '#user'\n  - fill: '#user'\n    value: $PERSONA\n  - press: Enter\n")
	want := []Step{{"wait", "#user", "", 2}, {"fill", "#user", "$PERSONA", 3}, {"press", "Enter", "", 5}}
	if err != nil || !slices.Equal(c.LoginSteps, want) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTemplates(t *testing.T) {
	for _, name := range Templates() {
		body, err := Settings().Template(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range Settings() {
			if !s.NoFile() && !strings.Contains(string(body), "\n"+s.Key+":") && !strings.Contains(string(body), "\n# "+s.Key+":") {
				t.Errorf("%s: %s is not there", name, s.Key)
			}
		}
		_, err = resolveWith(t, nil, nil, string(body))
		if name == TemplateStaging {
			if err == nil || !strings.Contains(err.Error(), ": the client ID is a template placeholder") {
				t.Errorf("the placeholder is not named: %v", err)
			}
			body = []byte(strings.ReplaceAll(string(body), clientIDPlaceholder, "a-client"))
			_, err = resolveWith(t, nil, nil, string(body))
		}
		for _, missing := range []string{"client-secret.txt", "private", "waivers"} {
			if err != nil {
				err = errors.New(strings.Join(slices.DeleteFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.Contains(line, missing) }), "\n"))
			}
		}
		if err != nil && err.Error() != "" {
			t.Errorf("%s: %v", name, err)
		}
		// With every comment taken off a default must still be what the table says.
		var uncommented []string
		for line := range strings.Lines(string(body)) {
			key, value, _ := strings.Cut(strings.TrimPrefix(line, "# "), ":")
			if _, ok := table.ByKey(key); ok && name == TemplateEmbedded && strings.TrimSpace(value) != "" {
				uncommented = append(uncommented, strings.TrimPrefix(line, "# "))
			}
		}
		if name == TemplateEmbedded {
			c, err := resolveWith(t, nil, nil, strings.Join(uncommented, ""))
			if err != nil || c.Timeout != 10*time.Second || c.Pace != 5 {
				t.Errorf("uncommented: %+v, %v", c, err)
			}
		}
	}
	if _, err := Settings().Template("production"); err == nil || !strings.Contains(err.Error(), "mockpass") {
		t.Errorf("%v", err)
	}
}

func TestSettingsTable(t *testing.T) {
	keys, flags, env := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range Settings() {
		if keys[s.Key] || s.Flag != "" && flags[s.Flag] {
			t.Errorf("%s is there twice", s.Key)
		}
		keys[s.Key], flags[s.Flag] = true, true
		for _, name := range s.Env {
			if env[name] {
				t.Errorf("%s is read twice", name)
			}
			env[name] = true
		}
		if s.Help == "" || strings.HasSuffix(s.Help, ".") {
			t.Errorf("%s: help %q", s.Key, s.Help)
		}
		if s.Secret && !s.NoFlag() {
			t.Errorf("%s is a secret with a flag", s.Key)
		}
	}
	fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
	BindFlags(fs, GroupNetwork)
	if fs.Lookup("timeout") == nil || fs.Lookup("issuer") != nil || fs.Lookup("config") == nil {
		t.Error("groups are not kept apart")
	}
	if !strings.Contains(fs.FlagUsages(), "--timeout duration") {
		t.Error(fs.FlagUsages())
	}
}

func TestSettingsMarkdownHasEverySetting(t *testing.T) {
	doc := Settings().Markdown()
	for _, s := range Settings() {
		for _, name := range s.Env {
			if !strings.Contains(doc, "`"+name+"`") {
				t.Errorf("%s is not there", name)
			}
		}
		if s.NoFile() == strings.Contains(doc, "| `"+s.Key+"` |") {
			t.Errorf("%s: key in the file", s.Key)
		}
	}
	for line := range strings.Lines(doc) {
		if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 6 {
			t.Errorf("columns: %s", line)
		}
	}
}

// What is shown of a setting is what is in force: of a flag that was given twice
// the last, of a list every member.
func TestTheValueInForceIsShown(t *testing.T) {
	c, err := resolveWith(t, []string{"--timeout", "5s", "--timeout=7s", "--select", "DISC", "--select=PKCE,JWKS"}, nil, "")
	if err != nil || c.Timeout != 7*time.Second {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, v := range c.Values {
		if want, ok := map[string]string{"timeout": "7s", "select": "DISC, PKCE, JWKS"}[v.Setting.Key]; ok && v.Value != want {
			t.Errorf("%s is shown as %q, want %q", v.Setting.Key, v.Value, want)
		}
	}
}
