package config

import (
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"
)

// Type is the form of a setting's value.
type Type string

// The types of settings.
const (
	TypeText     Type = "text"
	TypeURL      Type = "URL"
	TypeFile     Type = "file"
	TypeDir      Type = "directory"
	TypeDuration Type = "duration" // 10s, 2m
	TypeInt      Type = "number"   // whole, from 0
	TypeFloat    Type = "decimal"  // from 0
	TypeBool     Type = "bool"
	TypeChoice   Type = "choice" // one of Setting.Choices
	TypeList     Type = "list"   // separated by commas, or given repeatedly
	TypeScopes   Type = "scopes" // separated by spaces or commas
	TypeSteps    Type = "steps"  // in the configuration file only
	TypeSize     Type = "size"   // bytes, with KiB or MiB
)

// Group says what a setting is about; commands bind the groups they need.
type Group string

// The groups of settings.
const (
	GroupTarget  Group = "target"  // the provider, and the clients registered there
	GroupLogin   Group = "login"   // how codes are obtained
	GroupChecks  Group = "checks"  // what is checked, and how it counts
	GroupNetwork Group = "network" // how requests are sent
	GroupOutput  Group = "output"  // what is written
	GroupBrowser Group = "browser"
	GroupLoad    Group = "load"
	GroupCrypto  Group = "crypto"
)

// Setting is one row of the table from which flags, environment variables, the
// configuration file, its template, doctor and the documentation are made.
type Setting struct {
	Key     string   // in the configuration file, and its name in messages
	Flag    string   // empty: not to be given on the command line
	Env     []string // environment variables, the first winning
	Type    Type
	Choices []string // of TypeChoice
	Default string
	Help    string // one sentence, small initial, no full stop
	Secret  bool   // its value is never shown and never taken from a flag or the file
	Group   Group
	set     func(*loader, given)
}

// NoFlag and NoFile tell the reasons apart for which a setting is missing there.
func (s Setting) NoFlag() bool { return s.Flag == "" }

// NoFile says that the setting cannot stand in the configuration file.
func (s Setting) NoFile() bool { return s.Secret }

// Settings is the table of all settings, in the order in which they are shown.
func Settings() []Setting { return slices.Clone(table) }

// SettingByKey finds a setting by its key.
func SettingByKey(key string) (Setting, bool) {
	for _, s := range table {
		if s.Key == key {
			return s, true
		}
	}
	return Setting{}, false
}

// settingByVariable finds a setting by an environment variable of it.
func settingByVariable(name string) (Setting, bool) {
	for _, s := range table {
		if slices.Contains(s.Env, name) {
			return s, true
		}
	}
	return Setting{}, false
}

// RequireNone is the value of the setting require by which nothing need be judged.
const RequireNone = "none"

// Names of the settings that come from the official SDKs' world.
const sgidPrefix = "SGID_"

// environment is the variable of a setting without one of the SDK world's.
func environment(key string) string {
	return "SGIDCHECK_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

var table = buildTable()

func buildTable() []Setting {
	var all []Setting
	add := func(group Group, settings ...Setting) {
		for _, s := range settings {
			s.Group = group
			if s.Flag == "" && !s.Secret && s.Type != TypeSteps {
				s.Flag = s.Key
			}
			if len(s.Env) == 0 && s.Type != TypeSteps {
				s.Env = []string{environment(s.Key)}
			}
			all = append(all, s)
		}
	}
	add(GroupTarget,
		Setting{Key: "issuer", Type: TypeURL, Env: []string{"SGID_ISSUER"}, set: toText(func(c *Config) *string { return &c.Issuer }),
			Help: "the provider under test, such as https://api-stg.id.gov.sg/v2; none means the embedded provider"},
		Setting{Key: "hostname", Type: TypeURL, Env: []string{"SGID_HOSTNAME"}, set: func(l *loader, g given) { l.hostname = g },
			Help: "the provider's origin, as the official SDKs take it, such as https://api-stg.id.gov.sg: the issuer is it and /v2"},
		Setting{Key: "endpoints", Type: TypeChoice, Choices: []string{EndpointsDiscovery, EndpointsDocumented}, Default: EndpointsDiscovery, set: toText(func(c *Config) *string { return &c.EndpointsMode }),
			Help: "take the endpoints from the provider's metadata, or the documented paths under the issuer's origin"})
	add(GroupTarget, partySettings("", "the client", func(l *loader) *partyDraft { return &l.first })...)
	add(GroupTarget, partySettings("second-", "the second client", func(l *loader) *partyDraft { return &l.second })...)
	add(GroupLogin,
		Setting{Key: "login", Type: TypeChoice, Choices: []string{LoginDirect, LoginBrowser, LoginInteractive}, Default: LoginDirect, set: toText(func(c *Config) *string { return &c.Login }),
			Help: "how authorization codes are obtained: by plain requests, in a browser, or by a person"},
		Setting{Key: "persona", Type: TypeText, set: toText(func(c *Config) *string { return &c.Persona }),
			Help: "whom to log in, by the name or value on the login page; none means the first"},
		Setting{Key: "second-persona", Type: TypeText, set: toText(func(c *Config) *string { return &c.SecondPersona }),
			Help: "whom to log in where a check needs another person; none means the first other one"},
		Setting{Key: "login-budget", Type: TypeInt, Default: "0", set: toInt(func(c *Config) *int { return &c.LoginBudget }),
			Help: "the most logins a run may spend; 0 means as many as it needs"},
		Setting{Key: "login-steps", Type: TypeSteps, set: func(*loader, given) {},
			Help: "what the browser does on a login page it does not know: a list of fill, click, select, press and wait"})
	add(GroupChecks,
		Setting{Key: "select", Type: TypeList, set: toList(func(c *Config) *[]string { return &c.Select }),
			Help: "only these checks: IDs, areas or globs, such as TOKEN-05, PKCE or 'AUTHZ-1*'"},
		Setting{Key: "skip", Type: TypeList, set: toList(func(c *Config) *[]string { return &c.Skip }),
			Help: "not these checks: IDs, areas or globs"},
		Setting{Key: "strict", Type: TypeBool, Default: "false", set: toBool(func(c *Config) *bool { return &c.Strict }),
			Help: "count a SHOULD that does not hold as a failure"},
		Setting{Key: "require", Type: TypeChoice, Choices: []string{RequireNone, run.RequireComplete}, Default: RequireNone, Env: []string{"SGID_REQUIRE"}, set: toText(func(c *Config) *string { return &c.Require }),
			Help: "what must be judged: with complete, a run that leaves an applicable MUST unjudged ends with exit code 3"},
		Setting{Key: "slow", Type: TypeBool, Default: "false", set: toBool(func(c *Config) *bool { return &c.Slow }),
			Help: "run the checks that wait for codes and tokens to run out"},
		Setting{Key: "waivers", Type: TypeFile, set: toText(func(c *Config) *string { return &c.Waivers }),
			Help: "file with accepted deviations"},
		Setting{Key: "openapi", Type: TypeFile, set: toText(func(c *Config) *string { return &c.OpenAPI }),
			Help: "OpenAPI 3 document of the endpoints; none means the built-in one"},
		Setting{Key: "clock-skew", Type: TypeDuration, Default: "60s", set: toDuration(func(l *loader) *time.Duration { return &l.c.ClockSkew }, true),
			Help: "how far the provider's clock may be from this machine's"},
		Setting{Key: "allow-disruptive", Type: TypeBool, Default: "false", set: toBool(func(c *Config) *bool { return &c.AllowDisruptive }),
			Help: "run disruptive and concurrency checks against targets that are not on loopback"},
		Setting{Key: "restart-wait", Type: TypeDuration, Default: "30s", set: toDuration(func(l *loader) *time.Duration { return &l.c.RestartWait }, true),
			Help: "how long a target that went down is waited for"})
	add(GroupNetwork,
		Setting{Key: "timeout", Type: TypeDuration, Default: "10s", set: toDuration(func(l *loader) *time.Duration { return &l.c.Timeout }, false),
			Help: "for one request, from the first byte to the last"},
		Setting{Key: "max-time", Type: TypeDuration, Default: "0s", set: toDuration(func(l *loader) *time.Duration { return &l.c.MaxTime }, true),
			Help: "for the whole run; 0 means no limit"},
		Setting{Key: "max-body", Type: TypeSize, Default: "1MiB", set: toSize(func(c *Config) *int64 { return &c.MaxBody }),
			Help: "the longest answer that is read"},
		Setting{Key: "pace", Type: TypeFloat, Default: "5", set: toFloat(func(c *Config) *float64 { return &c.Pace }),
			Help: "requests a second outside loopback; 0 means unbounded"},
		Setting{Key: "ca-file", Type: TypeList, set: toList(func(c *Config) *[]string { return &c.CAFiles }),
			Help: "PEM file with a certificate authority to trust beside the system's"},
		Setting{Key: "resolve", Type: TypeList, set: toList(func(c *Config) *[]string { return &c.Resolve }),
			Help: "connect to an address in place of a host: host:address or host:port:address"},
		Setting{Key: "allow-host", Type: TypeList, set: toList(func(c *Config) *[]string { return &c.AllowHosts }),
			Help: "a host that is not loopback and may be put under load, or be reached over plain http"})
	add(GroupOutput,
		Setting{Key: "out", Type: TypeDir, Default: "sgidcheck-report", set: toText(func(c *Config) *string { return &c.Out }),
			Help: "where the report is written"},
		Setting{Key: "progress", Type: TypeChoice, Choices: []string{"auto", "plain", "none"}, Default: "auto", set: toText(func(c *Config) *string { return &c.Progress }),
			Help: "how progress is shown"},
		Setting{Key: "show-personal-data", Type: TypeBool, Default: "false", set: toBool(func(c *Config) *bool { return &c.ShowPersonalData }),
			Help: "keep decrypted values in the report: for synthetic people only; secrets stay hidden"})
	add(GroupBrowser,
		Setting{Key: "chrome", Type: TypeFile, Env: []string{"CHROME_PATH"}, set: toText(func(c *Config) *string { return &c.Chrome }),
			Help: "path of Chromium or Chrome; none means it is looked for"},
		Setting{Key: "require-browser", Type: TypeBool, Default: "false", set: toBool(func(c *Config) *bool { return &c.RequireBrowser }),
			Help: "fail when there is no browser, in place of skipping its checks"})
	add(GroupLoad,
		Setting{Key: "thresholds", Flag: "threshold", Type: TypeList, set: toList(func(c *Config) *[]string { return &c.Thresholds }),
			Help: "a condition on the figures that decides the exit code, such as 'userinfo.p99<300ms'"})
	add(GroupCrypto,
		Setting{Key: "crypto", Type: TypeChoice, Choices: []string{"auto", "go", "openssl"}, Default: "auto", set: toText(func(c *Config) *string { return &c.Crypto }),
			Help: "the RSA engine: the standard library's, the system's libcrypto, or the faster of them"})
	return all
}

// partySettings is the settings of one client; prefix is empty or "second-".
func partySettings(prefix, whose string, draft func(*loader) *partyDraft) []Setting {
	env := func(name string) []string {
		return []string{sgidPrefix + strings.ToUpper(strings.ReplaceAll(prefix, "-", "_")) + name}
	}
	set := func(put func(*partyDraft, given)) func(*loader, given) {
		return func(l *loader, g given) { put(draft(l), g) }
	}
	return []Setting{
		{Key: prefix + "client-id", Type: TypeText, Env: env("CLIENT_ID"), set: set(func(p *partyDraft, g given) { p.id = g }),
			Help: "client ID of " + whose},
		{Key: prefix + "client-secret", Type: TypeText, Secret: true, Env: env("CLIENT_SECRET"), set: set(func(p *partyDraft, g given) { p.secret = g }),
			Help: "client secret of " + whose},
		{Key: prefix + "client-secret-file", Type: TypeFile, Env: env("CLIENT_SECRET_FILE"), set: set(func(p *partyDraft, g given) { p.secretFile = g }),
			Help: "file with the client secret of " + whose},
		{Key: prefix + "private-key-pem", Type: TypeText, Secret: true, Env: env("PRIVATE_KEY"), set: set(func(p *partyDraft, g given) { p.key = g }),
			Help: "private key of " + whose + " as PEM, its line breaks real, written as \\n, or gone; as base64 of that; or as JWK"},
		{Key: prefix + "private-key", Type: TypeFile, Env: env("PRIVATE_KEY_FILE"), set: set(func(p *partyDraft, g given) { p.keyFile = g }),
			Help: "file with the private key of " + whose + ", as PEM, DER or JWK"},
		{Key: prefix + "redirect-uri", Type: TypeURL, Env: env("REDIRECT_URI"), set: set(func(p *partyDraft, g given) { p.redirect = g }),
			Help: "registered redirect URI of " + whose},
		{Key: prefix + "redirect-uris", Type: TypeList, Env: env("REDIRECT_URIS"), set: set(func(p *partyDraft, g given) { p.redirects = g }),
			Help: "other registered redirect URIs of " + whose},
		{Key: prefix + "scopes", Type: TypeScopes, Env: env("SCOPES"), set: set(func(p *partyDraft, g given) { p.scopes = g }),
			Help: "scopes to ask for as " + whose + ", openid among them"},
	}
}
