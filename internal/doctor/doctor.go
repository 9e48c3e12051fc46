package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cmp"
	"sgidcheck/internal/inert"
	"sgidcheck/internal/sgid"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
)

// Status is what doctor says of one thing.
type Status string

// The statuses of a finding.
const (
	StatusOK      Status = "ok"
	StatusWarning Status = "warning"
	StatusProblem Status = "problem"
)

// Finding is one thing that doctor looked at.
type Finding struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"` // what to do; empty when it is ok
}

// Bounds of what doctor accepts.
const (
	littleSpace = 200 << 20 // bytes free for the report
	noSpace     = 20 << 20
	certificate = 14 * 24 * time.Hour // a certificate should have this long to run
)

// Options is what doctor needs beside the configuration. The zero value works.
type Options struct {
	Version string
	Probes  []func(context.Context) Finding        // browser, libcrypto and the like
	Now     func() time.Time                       // nil: time.Now
	Free    func(directory string) (uint64, error) // bytes free; nil: as the system says
	// Look shows a request's page in a browser; nil: there is none.
	Look func(context.Context, login.Authorization) (*login.Response, error)
}

// Examine looks at everything that a run needs: keys, redirect URIs, the way to
// the target and back, the browser, the folder for the report. The target sees
// a request for its metadata, and an authorization request of each client, with
// which nobody logs in.
func Examine(ctx context.Context, c *config.Config, o Options) []Finding {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Free == nil {
		o.Free = freeSpace
	}
	x := newExamination(c, o)
	var probed []Finding
	for _, probe := range o.Probes {
		probed = append(probed, probe(ctx))
	}
	x.browser = o.Look != nil && !slices.ContainsFunc(probed, func(f Finding) bool { return f.Name == "browser" && f.Status != StatusOK })
	x.configuration()
	if !c.Embedded() {
		x.party("client", &c.First)
		if c.Second != nil {
			x.party("second client", c.Second)
		} else {
			x.say("second client", StatusWarning, "none is configured: checks that need two clients are skipped", "register a second client and set "+
				"SGID_SECOND_CLIENT_ID, SGID_SECOND_CLIENT_SECRET, SGID_SECOND_PRIVATE_KEY and SGID_SECOND_REDIRECT_URI")
		}
		x.network(ctx)
	}
	x.findings = append(x.findings, probed...)
	x.folder()
	return x.findings
}

// ConfigFindings turns an error of Resolve into findings, a problem each.
func ConfigFindings(err error) []Finding {
	var all config.Errors
	if !errors.As(err, &all) {
		return []Finding{{Name: "configuration", Status: StatusProblem, Detail: err.Error()}}
	}
	var out []Finding
	for _, e := range all {
		detail := e.Problem
		if e.Origin != "" {
			detail += " (" + e.Origin + ")"
		}
		out = append(out, Finding{Name: e.Setting, Status: StatusProblem, Detail: detail, Remedy: e.Remedy})
	}
	return out
}

type examination struct {
	config   *config.Config
	opt      Options
	redactor *redact.Redactor // details quote what the target said
	browser  bool             // there is one, and it starts
	findings []Finding
}

func newExamination(c *config.Config, o Options) *examination {
	x := &examination{config: c, opt: o, redactor: redact.New()}
	c.Teach(x.redactor)
	return x
}

func (x *examination) say(name string, status Status, detail, remedy string) {
	x.findings = append(x.findings, Finding{Name: name, Status: status, Detail: inert.Line(x.redactor.Text(detail)), Remedy: remedy})
}

func (x *examination) configuration() {
	c := x.config
	detail := "no file; flags, environment and defaults"
	if c.File != "" {
		detail = "read from " + c.File
	}
	if c.Embedded() {
		detail += "; the embedded provider is the target"
	}
	x.say("configuration", StatusOK, detail, "")
	for _, w := range c.Warnings {
		problem, remedy, ok := strings.Cut(w, ": ")
		if !ok {
			problem, remedy = w, "make sure that this is intended"
		}
		x.say("configuration", StatusWarning, problem, remedy)
	}
}

// party looks at a client's key, redirect URI and scopes.
func (x *examination) party(name string, p *config.Registration) {
	x.say(name+": private key", StatusOK, fmt.Sprintf("RSA, %d bits", p.Key.N.BitLen()), "")
	x.callback(name, p.RedirectURI)
	unknown := 0
	for _, s := range p.Scopes {
		if _, ok := sgid.LookupScope(s); !ok {
			unknown++
		}
	}
	if unknown == 0 {
		x.say(name+": scopes", StatusOK, fmt.Sprintf("%d, all in the data catalogue", len(p.Scopes)), "")
	}
}

// network looks at the way to the target, step by step, and stops at the first
// step that fails: what comes after it could only fail, too.
func (x *examination) network(ctx context.Context) {
	httpClient, err := client.New(x.config.ClientOptions(x.opt.Version, x.redactor))
	if err != nil {
		x.say("network", StatusProblem, err.Error(), "correct ca-file or resolve")
		return
	}
	defer httpClient.Close()
	u, err := url.Parse(x.config.Issuer)
	if err != nil {
		return
	}
	proxied := x.proxy(httpClient, u)
	hostport := u.Host
	if u.Port() == "" {
		hostport = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	if !proxied && !x.connects(ctx, httpClient, u.Hostname(), hostport) {
		return
	}
	x.metadata(ctx, httpClient)
}

// proxy says whether the environment sends requests through one.
func (x *examination) proxy(httpClient *client.Client, u *url.URL) bool {
	proxy, err := httpClient.Route().Proxy(u)
	switch {
	case err != nil:
		x.say("proxy", StatusProblem, "the environment's proxy cannot be read", "correct HTTPS_PROXY, HTTP_PROXY and NO_PROXY")
		return true
	case proxy != nil:
		x.say("proxy", StatusOK, "through "+proxy.URL.Host, "")
		return true
	}
	x.say("proxy", StatusOK, "none", "")
	return false
}

func (x *examination) connects(ctx context.Context, httpClient *client.Client, host, hostport string) bool {
	ctx, cancel := context.WithTimeout(ctx, httpClient.Timeout())
	defer cancel()
	if at := httpClient.Route().Address(hostport); at != hostport {
		x.say("name", StatusOK, host+" is "+at+" (--resolve)", "")
	} else if net.ParseIP(host) == nil {
		addresses, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			x.say("name", StatusProblem, "the host name "+host+" does not resolve", "correct the issuer, or the machine's DNS; --resolve sets an address by hand")
			return false
		}
		x.say("name", StatusOK, host+" is "+strings.Join(addresses, ", "), "")
	}
	conn, err := httpClient.Dial(ctx, hostport)
	if err != nil {
		f := exchange.Classify(ctx, err, httpClient.Timeout())
		x.say("connection", StatusProblem, hostport+": "+f.Text, cmp.Or(f.Remedy, "start the target, or allow access to it (firewall, proxy)"))
		return false
	}
	conn.Close()
	x.say("connection", StatusOK, hostport+" answers", "")
	return true
}

// metadata asks for the metadata once, and looks at certificate, clock and content.
func (x *examination) metadata(ctx context.Context, httpClient *client.Client) {
	discovery, err := sgid.DiscoveryURL(x.config.Issuer)
	if err != nil {
		x.say("issuer", StatusProblem, err.Error(), "correct the issuer")
		return
	}
	e := httpClient.Do(ctx, exchange.Request{URL: discovery, Header: http.Header{"Accept": {"application/json"}}})
	now := x.opt.Now()
	if e.NoResponse() {
		name, remedy := "metadata", "check that the target works"
		switch e.Kind() {
		case exchange.FailedTLS:
			name, remedy = "TLS", "have the certificate corrected; name a private CA with --ca-file"
		case exchange.FailedProxy:
			name, remedy = "proxy", "correct HTTPS_PROXY, or let the proxy reach the target"
		case exchange.FailedMachine:
			name = "this machine"
		}
		detail := e.Reason()
		if f := (*exchange.Failure)(nil); errors.As(e.Err, &f) {
			detail, remedy = f.Text, cmp.Or(f.Remedy, remedy)
		}
		x.say(name, StatusProblem, detail, remedy)
		return
	}
	x.certificate(e, now)
	x.clock(e, now)
	severity, remedy := StatusProblem, "correct the issuer, or use --endpoints documented if the target has no metadata"
	if x.config.EndpointsMode == config.EndpointsDocumented {
		severity, remedy = StatusWarning, "the run continues without it, with the documented endpoints"
	}
	metadata, err := sgid.ParseMetadata(e.Body())
	switch {
	case e.Status() != http.StatusOK:
		x.say("metadata", severity, fmt.Sprintf("%s returns status %d", discovery, e.Status()), remedy)
	case err != nil && login.IsPage(e):
		x.say("metadata", severity, discovery+" returns an HTML page", remedy)
	case err != nil:
		x.say("metadata", severity, discovery+" is not metadata: "+err.Error(), remedy)
	case metadata.Issuer != x.config.Issuer:
		remedy = "have the target corrected"
		if x.accepts(metadata.Issuer) {
			remedy = "set the issuer to that value, or have the target corrected"
		}
		x.say("metadata", severity, fmt.Sprintf("it names the issuer %q", metadata.Issuer), remedy)
	default:
		x.say("metadata", StatusOK, "it names the configured issuer", "")
	}
	x.authorization(ctx, httpClient, metadata)
}

// accepts reports whether the configuration takes a value for the issuer.
func (x *examination) accepts(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme == "http" && !client.IsLoopback(issuer) && !x.config.Allows(u.Hostname()) {
		return false
	}
	_, err = sgid.DocumentedEndpoints(issuer)
	return err == nil
}

// authorization has the registrations tried at the endpoint that is in use, where
// there is one.
func (x *examination) authorization(ctx context.Context, httpClient *client.Client, metadata *sgid.Metadata) {
	if x.config.EndpointsMode == config.EndpointsDocumented {
		if documented, err := sgid.DocumentedEndpoints(x.config.Issuer); err == nil {
			x.registered(ctx, httpClient, documented.Authorization)
		}
	} else if metadata != nil && metadata.AuthorizationEndpoint != "" {
		x.registered(ctx, httpClient, metadata.AuthorizationEndpoint)
	}
}

func (x *examination) certificate(e *exchange.Exchange, now time.Time) {
	state := e.Response.TLS
	if state == nil || len(state.PeerCertificates) == 0 {
		return
	}
	left := state.PeerCertificates[0].NotAfter.Sub(now)
	detail := fmt.Sprintf("chain valid, expires in %d days", int(left.Hours()/24))
	if left < certificate {
		x.say("TLS", StatusWarning, detail, "have the certificate renewed")
		return
	}
	x.say("TLS", StatusOK, detail, "")
}

func (x *examination) clock(e *exchange.Exchange, now time.Time) {
	date, err := http.ParseTime(e.Header().Get("Date"))
	if err != nil {
		x.say("clock", StatusWarning, "the target sends no Date header: its clock cannot be compared", "nothing to do if ID tokens are accepted")
		return
	}
	skew := now.Sub(date).Round(time.Second)
	side := "behind"
	if skew < 0 {
		skew, side = -skew, "ahead of"
	}
	switch detail := fmt.Sprintf("the target's clock is %s %s this machine's", exchange.Spell(skew), side); {
	case skew > x.config.ClockSkew:
		x.say("clock", StatusProblem, detail, "set both clocks by NTP, or allow more with --clock-skew")
	case skew > 5*time.Second && skew > x.config.ClockSkew/2:
		x.say("clock", StatusWarning, detail, "set both clocks by NTP")
	default:
		x.say("clock", StatusOK, "in sync within "+exchange.Spell(max(skew, time.Second)), "")
	}
}

// folder sees whether the report can be written.
func (x *examination) folder() {
	out := x.config.Out
	existing := out
	for {
		if _, err := os.Stat(existing); err == nil || filepath.Dir(existing) == existing {
			break
		}
		existing = filepath.Dir(existing)
	}
	probe, err := os.CreateTemp(existing, ".sgidcheck-*")
	if err != nil {
		x.say("report folder", StatusProblem, out+" cannot be written: "+config.Plain(err), "name another folder with --out")
		return
	}
	probe.Close()
	os.Remove(probe.Name())
	x.say("report folder", StatusOK, out+" can be written", "")
	free, err := x.opt.Free(existing)
	switch {
	case err != nil:
	case free < noSpace:
		x.say("disk space", StatusProblem, exchange.SpellBytes(int64(free>>10<<10))+" free", "free disk space, or name another folder with --out")
	case free < littleSpace:
		x.say("disk space", StatusWarning, fmt.Sprintf("%d MiB free", free>>20), "free disk space, or name another folder with --out")
	default:
		x.say("disk space", StatusOK, fmt.Sprintf("%d MiB free", free>>20), "")
	}
}
