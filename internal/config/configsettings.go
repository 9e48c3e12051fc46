package config

import (
	"strings"

	"sgidcheck/internal/run"
	"sgidcheck/suites/waivers"
)

// RequireNone is the value of the setting require by which nothing need be judged.
const RequireNone = "none"

// Beginnings of variables: of those of the official SDKs' world, and of the tool's own.
const (
	sgidPrefix = "SGID_"
	ownPrefix  = "SGIDCHECK_"
)

// environment is the variable of a setting without one of the SDK world's.
func environment(key string) string {
	return ownPrefix + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// table serves to look settings up; its rows fill nothing that is read.
var table = configSettings(&loader{c: &Config{}})

// configSettings is the rows that make a Config, filling the loader's.
func configSettings(l *loader) Table {
	var all Table
	c := l.c
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
	add(GroupFile,
		Setting{Key: "config", Env: []string{"SGIDCHECK_CONFIG"}, Once: true, Common: true, Type: TypeFile,
			Help: "configuration file; none means " + DefaultFile + " where there is one"})
	add(GroupTarget,
		Setting{Key: "issuer", Common: true, Type: TypeURL, Env: []string{"SGID_ISSUER"}, Into: &c.Issuer,
			Help: "the provider under test, such as https://api-stg.id.gov.sg/v2; if not set, the embedded provider"},
		Setting{Key: "hostname", Type: TypeURL, Env: []string{"SGID_HOSTNAME"}, Into: &l.hostname,
			Help: "the provider's origin, as in the official SDKs, such as https://api-stg.id.gov.sg; the issuer is the origin followed by /v2"},
		Setting{Key: "endpoints", Common: true, Type: TypeChoice, Choices: []string{EndpointsDiscovery, EndpointsDocumented}, Default: EndpointsDiscovery, Into: &c.EndpointsMode,
			Help: "take the endpoints from the provider's metadata, or the documented paths under the issuer's origin"})
	add(GroupTarget, partySettings("", "the client", &l.first)...)
	add(GroupTarget, partySettings("second-", "the second client", &l.second)...)
	add(GroupLogin,
		Setting{Key: "login", Common: true, Type: TypeChoice, Choices: []string{LoginDirect, LoginBrowser, LoginInteractive}, Default: LoginDirect, Into: &c.Login,
			Help: "how authorization codes are obtained: by plain requests, in a browser, or by a person"},
		Setting{Key: "persona", Type: TypeText, Into: &c.Persona,
			Help: "whom to log in as, by name or value on the login page; if not set, the first"},
		Setting{Key: "second-persona", Type: TypeText, Into: &c.SecondPersona,
			Help: "whom to log in as where a check needs a second person; if not set, the next one on the page"},
		Setting{Key: "login-budget", Type: TypeInt, Default: "0", Into: &c.LoginBudget,
			Help: "maximum number of logins in a run; 0 means as many as it needs"},
		Setting{Key: "few-logins", Type: TypeBool, Default: "false", Into: &c.FewLogins,
			Help: "let checks share logins, and try many refusals on one code; the default where a person logs in"},
		Setting{Key: "login-wait", Type: TypeDuration, Default: "10m", Positive: true, Into: &c.LoginWait,
			Help: "how long a person may take for one login; it counts towards no other limit"},
		Setting{Key: "people", Type: TypeInt, Default: "1", Into: &c.People,
			Help: "how many people are there to log in, where people do: 2 for the checks that need another person"},
		Setting{Key: "login-steps", Type: TypeSteps,
			Help: "what the browser does on a login page it does not know: a list of fill, click, select, press and wait"})
	add(GroupChecks,
		Setting{Key: "select", Common: true, Type: TypeList, Into: &c.Select,
			Help: "only these checks: IDs, areas or globs, such as TOKEN-05, PKCE or 'AUTHZ-1*'"},
		Setting{Key: "skip", Common: true, Type: TypeList, Into: &c.Skip,
			Help: "leave out these checks: IDs, areas or globs"},
		Setting{Key: "strict", Common: true, Type: TypeBool, Default: "false", Into: &c.Strict,
			Help: "count a failed SHOULD as a failure"},
		Setting{Key: "require", Type: TypeChoice, Choices: []string{RequireNone, run.RequireComplete}, Default: RequireNone, Env: []string{"SGID_REQUIRE"}, Into: &c.Require,
			Help: "what must be judged: with complete, a run that leaves an applicable MUST unjudged ends with exit code 3"},
		Setting{Key: "slow", Type: TypeBool, Default: "false", Into: &c.Slow,
			Help: "run the checks that wait for codes and tokens to expire; with rp, those that wait for a new key set or send responses of 64 MiB"},
		Setting{Key: "waivers", Common: true, Type: TypeFile, Into: &c.Waivers, Complete: waivers.Names,
			Help: "file with accepted deviations, or the name of a mock whose are built in (" + strings.Join(waivers.Names(), ", ") + "); a file of that name wins"},
		Setting{Key: "openapi", Type: TypeFile, Into: &c.OpenAPI,
			Help: "OpenAPI 3 document of the endpoints; if not set, the built-in one"},
		Setting{Key: "clock-skew", Type: TypeDuration, Default: "60s", Into: &c.ClockSkew,
			Help: "allowed difference between the provider's clock and this machine's"},
		Setting{Key: "allow-disruptive", Type: TypeBool, Default: "false", Into: &c.AllowDisruptive,
			Help: "run disruptive and concurrency checks against targets that are not on loopback"},
		Setting{Key: "restart-wait", Type: TypeDuration, Default: "30s", Into: &c.RestartWait,
			Help: "how long to wait for a target that went down"})
	add(GroupNetwork,
		Setting{Key: "timeout", Common: true, Type: TypeDuration, Default: "10s", Positive: true, Into: &c.Timeout,
			Help: "time limit for one request, from first to last byte"},
		Setting{Key: "max-time", Type: TypeDuration, Default: "0s", Into: &c.MaxTime,
			Help: "time limit for the whole run; 0 means no limit"},
		Setting{Key: "max-body", Type: TypeSize, Default: "1MiB", Into: &c.MaxBody,
			Help: "maximum size of a response"},
		Setting{Key: "pace", Type: TypeFloat, Default: "5", Into: &c.Pace,
			Help: "requests per second to targets that are not on loopback; 0 means no limit; those that must be concurrent go out at once, and the run waits for them afterwards"},
		Setting{Key: "ca-file", Type: TypeList, Into: &c.CAFiles,
			Help: "PEM file with a certificate authority to trust in addition to the system's"},
		Setting{Key: "resolve", Type: TypeList, Into: &c.Resolve,
			Help: "connect to this address for a host: host:address or host:port:address"},
		Setting{Key: "allow-host", Type: TypeList, Into: &c.AllowHosts,
			Help: "a host other than loopback that may be load-tested or reached over plain http"})
	add(GroupOutput,
		Setting{Key: "out", Common: true, Type: TypeDir, Default: "sgidcheck-report", Into: &c.Out,
			Help: "folder for the reports"},
		Setting{Key: "progress", Common: true, Type: TypeChoice, Choices: []string{"auto", "plain", "none"}, Default: "auto", Into: &c.Progress,
			Help: "how progress is shown: a bar on a terminal and lines elsewhere, always lines, or not at all"},
		Setting{Key: "verbose", Common: true, Type: TypeBool, Default: "false", Into: &c.Verbose,
			Help: "print all that the report says, and not a summary of one screen"},
		Setting{Key: "quiet", Common: true, Type: TypeBool, Default: "false", Into: &c.Quiet,
			Help: "print the first line of the result alone, and errors"},
		Setting{Key: "show-personal-data", Type: TypeBool, Default: "false", Into: &c.ShowPersonalData,
			Help: "keep decrypted values in the report (for synthetic people only); secrets stay hidden"})
	add(GroupBrowser,
		Setting{Key: "chrome", Type: TypeFile, Env: []string{"CHROME_PATH"}, Into: &c.Chrome,
			Help: "path of Chromium or Chrome; if not set, it is searched for"},
		Setting{Key: "require-browser", Type: TypeBool, Default: "false", Into: &c.RequireBrowser,
			Help: "fail if there is no browser, instead of skipping its checks"})
	add(GroupLoad,
		Setting{Key: "thresholds", Flag: "threshold", Type: TypeList, Into: &c.Thresholds,
			Help: "a condition on the results that decides the exit code, such as 'userinfo.p99<300ms'"})
	add(GroupCrypto,
		Setting{Key: "crypto", Type: TypeChoice, Choices: []string{"auto", "go", "openssl"}, Default: "auto", Into: &c.Crypto,
			Help: "the RSA engine: the standard library, the system's libcrypto, or the faster of the two"})
	return all
}

// partySettings is the settings of one client; prefix is empty or "second-".
func partySettings(prefix, whose string, p *partyDraft) []Setting {
	env := func(name string) []string {
		return []string{sgidPrefix + strings.ToUpper(strings.ReplaceAll(prefix, "-", "_")) + name}
	}
	return []Setting{
		{Key: prefix + "client-id", Common: prefix == "", Type: TypeText, Env: env("CLIENT_ID"), Into: &p.id,
			Help: "client ID of " + whose},
		{Key: prefix + "client-secret", Type: TypeText, Secret: true, Env: env("CLIENT_SECRET"), Into: &p.secret,
			Help: "client secret of " + whose},
		{Key: prefix + "client-secret-file", Common: prefix == "", Type: TypeFile, Env: env("CLIENT_SECRET_FILE"), Into: &p.secretFile,
			Help: "file with the client secret of " + whose},
		{Key: prefix + "private-key-pem", Type: TypeText, Secret: true, Env: env("PRIVATE_KEY"), Into: &p.key,
			Help: "private key of " + whose + " as PEM (with real line breaks, with \\n, or without any), as base64 of the PEM, or as JWK"},
		{Key: prefix + "private-key", Common: prefix == "", Type: TypeFile, Env: env("PRIVATE_KEY_FILE"), Into: &p.keyFile,
			Help: "file with the private key of " + whose + ", as PEM, DER or JWK"},
		{Key: prefix + "redirect-uri", Common: prefix == "", Type: TypeURL, Env: env("REDIRECT_URI"), Into: &p.redirect,
			Help: "registered redirect URI of " + whose},
		{Key: prefix + "redirect-uris", Type: TypeList, Env: env("REDIRECT_URIS"), Into: &p.redirects,
			Help: "other registered redirect URIs of " + whose},
		{Key: prefix + "scopes", Common: prefix == "", Type: TypeScopes, Env: env("SCOPES"), Into: &p.scopes,
			Help: "scopes to request as " + whose + ", including openid"},
	}
}
