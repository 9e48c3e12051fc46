package config

import (
	"fmt"
	"os"
	"strings"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/redact"
)

// Login drivers by name.
const (
	LoginDirect      = "direct"
	LoginBrowser     = "browser"
	LoginInteractive = "interactive"
)

// How the endpoints are found.
const (
	EndpointsDiscovery  = "discovery"
	EndpointsDocumented = "documented"
)

// Config is every setting, resolved: flags over environment over the
// configuration file over defaults. Settings lists them.
type Config struct {
	Issuer        string // empty: the embedded provider
	EndpointsMode string // discovery or documented
	First         Registration
	Second        *Registration // nil: none configured

	Login         string // direct, browser or interactive
	Persona       string
	SecondPersona string
	FewLogins     bool          // checks share logins
	LoginWait     time.Duration // how long a person may take for a login
	People        int           // how many people can log in, where people do
	LoginBudget   int           // most logins a run may spend; 0: as many as it needs
	LoginSteps    []Step        // what the browser driver does on a page it does not know

	Select, Skip     []string // check IDs, areas or globs
	Strict           bool     // a SHOULD that does not hold fails the run
	Slow             bool     // run the checks that wait
	Require          string   // RequireNone, or run.RequireComplete
	Waivers          string   // file
	OpenAPI          string   // file; empty: the built-in schema
	ClockSkew        time.Duration
	AllowDisruptive  bool // disruptive checks on targets that are not loopback
	AllowHosts       []string
	RestartWait      time.Duration // how long to wait for a target that went down
	Crypto           string        // auto, go or openssl
	Thresholds       []string      // such as userinfo.p99<300ms
	Timeout          time.Duration // for one request
	MaxTime          time.Duration // for the whole run; 0: none
	MaxBody          int64         // bytes of a response
	Pace             float64       // requests a second outside loopback; 0: unbounded
	CAFiles          []string
	Resolve          []string
	Out              string // directory
	Progress         string // auto, plain or none
	Verbose, Quiet   bool   // all of the result on the terminal; its first line alone
	ShowPersonalData bool
	Chrome           string // path; empty: looked for
	RequireBrowser   bool

	File     string     // the configuration file that was read; empty: none
	Values   []Resolved // every setting with its origin, in the order of Settings
	Warnings []string   // what is legal and probably not meant

	authorities map[string][]byte // the contents of CAFiles, by name
}

// Resolved is one setting as it stands, for people: secrets are masked.
type Resolved struct {
	Setting Setting
	Value   string
	Origin  string // such as "flag --issuer", "environment SGID_ISSUER", "sgidcheck.yaml line 3", "default"

	written  []string
	withheld bool
}

// Withheld says that Value does not show what was written, because it is a secret or
// may be one.
func (r Resolved) Withheld() bool { return r.withheld }

// Written is the setting's value, or the members of a list, as another call of the
// program takes it; Value is for people, and may be masked or escaped. Nil for a secret.
func (r Resolved) Written() []string { return r.written }

// Step is one thing the browser driver does on a login page.
type Step struct {
	Action string // fill, click, select, press or wait
	Target string // CSS selector, or text=VISIBLE TEXT; for press: the key, such as Enter
	Value  string // for fill and select; $PERSONA stands for the persona's name
	Line   int    // in the configuration file
}

// Embedded says that the embedded provider is the target.
func (c *Config) Embedded() bool { return c.Issuer == "" }

// OnCommandLine says that the setting of that key was given by its flag.
func (c *Config) OnCommandLine(key string) bool { return strings.HasPrefix(c.origin(key), "flag ") }

// Given says that the setting of that key was given, and is not the default.
func (c *Config) Given(key string) bool {
	origin := c.origin(key)
	return origin != "" && origin != "default" && origin != notSet
}

// Follows says of the setting of that key that it has this value because of another
// one, which origin names. It changes what people are shown alone.
func (c *Config) Follows(key, value, origin string) {
	for i := range c.Values {
		if c.Values[i].Setting.Key == key {
			c.Values[i].Value, c.Values[i].Origin = value, origin
		}
	}
}

// Wrong is the error for the setting of that key, whose value only a command can judge.
func (c *Config) Wrong(key, problem, remedy string) *Error {
	return &Error{Setting: key, Origin: c.origin(key), Problem: problem, Remedy: remedy}
}

// notSet is the origin of a setting with neither value nor default.
const notSet = "not set"

func (c *Config) origin(key string) string {
	for _, v := range c.Values {
		if v.Setting.Key == key {
			return v.Origin
		}
	}
	return ""
}

// Loopback says that the target runs on this machine.
func (c *Config) Loopback() bool { return c.Embedded() || client.IsLoopback(c.Issuer) }

// Teach makes a redactor learn every configured secret, and what is typed into a
// login page where it may be one, and keep or hide
// personal data as configured. It comes before anything is sent.
func (c *Config) Teach(r *redact.Redactor) {
	c.First.Teach(r, "SGID_CLIENT_SECRET")
	if c.Second != nil {
		c.Second.Teach(r, "SGID_SECOND_CLIENT_SECRET")
	}
	typed := []string{c.Persona, c.SecondPersona}
	for _, step := range c.LoginSteps {
		typed = append(typed, step.Value)
	}
	for _, value := range typed {
		if redact.MayBeSecret(value) {
			r.Learn(redact.KindCredentials, value)
		}
	}
	if c.ShowPersonalData {
		r.ShowPersonalData()
	}
}

// ClientOptions is how the recording client behaves under this configuration;
// r learns the secrets of its exchanges, and may be nil.
func (c *Config) ClientOptions(version string, r *redact.Redactor) client.Options {
	o := client.Options{
		Timeout: c.Timeout, MaxBody: c.MaxBody, CAFiles: c.CAFiles, ReadFile: c.readAuthority, Resolve: c.Resolve,
		UserAgent: "sgidcheck/" + version, HonourRetryAfter: true,
	}
	if r != nil {
		o.Secrets = r
	}
	if !c.Loopback() {
		o.Pace = c.Pace
	}
	return o
}

// readAuthority reads one of CAFiles, of which a pipe gives its content once. Those
// that were added later are read as they are.
func (c *Config) readAuthority(name string) ([]byte, error) {
	if body, ok := c.authorities[name]; ok {
		return body, nil
	}
	return os.ReadFile(name)
}

// Error is one thing wrong with the configuration.
type Error struct {
	Setting string // its name
	Origin  string // where the value came from; empty when there is none
	Problem string
	Remedy  string // what to do about it
}

// Error names setting and origin, the problem, and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Setting)
	if e.Origin != "" {
		fmt.Fprintf(&b, " (%s)", e.Origin)
	}
	b.WriteString(": " + e.Problem)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Errors is everything that is wrong with a configuration.
type Errors []*Error

// Error is one line for each problem.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}
