package browser

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/url"
	"strings"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/internal/target"
)

// Options is what the browser checks have to judge with.
type Options struct {
	Chrome   *Chrome
	Driver   *Driver // knows the login page; nil: made from Config
	Config   *target.Config
	Client   *target.Client
	Redactor *target.Redactor
	Embedded bool   // the target is the embedded provider, its people made up
	Out      string // folder for screenshots and the HAR file; empty: none are written

	NoEvidence bool // take no pictures: the verdicts alone are wanted
}

// Open makes the browser checks ready to judge the target of o. It starts the
// harness's own pages on loopback, and sends nothing to the target.
func Open(o Options) error {
	if o.Driver == nil {
		d, err := NewDriver(o.Chrome, DriverOptionsOf(o.Config, o.Redactor))
		if err != nil {
			return err
		}
		o.Driver = d
	}
	h, err := newHarness(strings.HasPrefix(o.Config.Issuer, "https://"))
	if err != nil {
		return err
	}
	o.Chrome.trust(h.fingerprint)
	Close()
	opened = &campaign{Options: o, harness: h, evidence: evidence{started: time.Now()}}
	return nil
}

// Close stops the harness's pages. The browser and the driver stay the caller's.
func Close() {
	if opened != nil {
		opened.harness.close()
		opened = nil
	}
}

// DriverOptionsOf is how the browser driver logs in under a configuration.
func DriverOptionsOf(c *target.Config, r *target.Redactor) DriverOptions {
	return DriverOptions{
		Persona: c.Persona, SecondPersona: c.SecondPersona, Steps: c.LoginSteps, Redactor: r,
		Timeout: max(3*c.Timeout, 10*time.Second),
	}
}

// ChromeOptionsOf is how the browser is run under a configuration: it cannot
// reach the hosts of redirect URIs, which are somebody else's, and it accepts
// the certificate of an https target whose authority --ca-file names.
func ChromeOptionsOf(path string, c *target.Config, client *target.Client, note func(string)) ChromeOptions {
	o := ChromeOptions{Path: path, Resolve: c.Resolve, Note: note}
	issuer, err := url.Parse(c.Issuer)
	if err != nil {
		return o
	}
	parties := []target.Party{c.First}
	if c.Second != nil {
		parties = append(parties, *c.Second)
	}
	for _, p := range parties {
		for _, uri := range p.Callbacks() {
			if u, err := url.Parse(uri); err == nil && !loopback(u.Hostname()) && u.Hostname() != issuer.Hostname() {
				o.Unreachable = append(o.Unreachable, u.Hostname())
			}
		}
	}
	if issuer.Scheme == "https" && len(c.CAFiles) > 0 {
		o.Trust = func(ctx context.Context) []string { return leafKey(ctx, client, issuer) }
	}
	return o
}

// leafKey is the fingerprint of the key of the target's certificate, which the
// client has verified against the authorities that it was given. Nothing where
// it cannot be verified: the browser then refuses it, too.
func leafKey(ctx context.Context, client *target.Client, issuer *url.URL) []string {
	port := issuer.Port()
	if port == "" {
		port = "443"
	}
	raw, err := client.Tunnel(ctx, net.JoinHostPort(issuer.Hostname(), port))
	if err != nil {
		return nil
	}
	defer raw.Close()
	config := client.TLSConfig()
	config.ServerName = issuer.Hostname()
	conn := tls.Client(raw, config)
	if conn.HandshakeContext(ctx) != nil {
		return nil
	}
	return []string{fingerprint(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)}
}

func fingerprint(publicKey []byte) string {
	sum := sha256.Sum256(publicKey)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Evidence is what the browser saw, for the record; nil where nothing was done.
// It writes the HAR file.
func Evidence() *run.Browser {
	if opened == nil {
		return nil
	}
	return opened.collect()
}

// campaign is what the browser checks of one run share.
type campaign struct {
	Options
	harness  *harness
	evidence evidence

	endpoints *sgid.Endpoints
	shared    *login // the login that many checks judge
	why       *sharedProblem
}

// sharedProblem is why the login that many checks judge could not be had.
type sharedProblem struct {
	by, reason string
}

// opened is the campaign that the registered checks judge; Ginkgo runs its
// specs once a process, and so there is one.
var opened *campaign

// check registers a check of the browser.
func check(c judge.Check, body func(*Session)) judge.Check {
	c.Phase = judge.Browsing
	c.Needs = append(c.Needs, judge.Browser, judge.LoginForm)
	return judge.Register(c, bodies.keep(c.ID, func(t *judge.T) {
		if opened == nil {
			t.Block("harness", "no target was opened")
		}
		s := &Session{T: t, campaign: opened}
		defer s.leave()
		body(s)
	}))
}

// bodies are the checks' functions by ID, for judging one without Ginkgo,
// which runs its specs once a process.
var bodies = functions{}

type functions map[string]func(*judge.T)

func (f functions) keep(id string, body func(*judge.T)) func(*judge.T) {
	f[id] = body
	return body
}

// Session is one check's view of the target through the browser.
type Session struct {
	*judge.T
	*campaign
	sittings []*sitting
}

// leave gives up what the check had open, and keeps its network log.
func (s *Session) leave() {
	for _, one := range s.sittings {
		one.close()
	}
}

// must ends the check, blocked, where the browser could not do something: what
// was not seen is not judged.
func (s *Session) must(err error) {
	if err == nil {
		return
	}
	if s.Context.Err() != nil {
		s.Block("harness", "the run was interrupted, or the check took longer than it may")
	}
	s.Block("browser", "the browser could not do it: %v", err)
}

// unhindered ends the check, blocked, where a proxy kept a request from its
// host: what the proxy says is nothing of the target's.
func (s *Session) unhindered(h *hop) {
	if h == nil {
		return
	}
	if why := h.byProxy(); why != nil {
		s.Block("configuration", "%s", why.Text)
	}
}

// limited is the check's context with a bound for one step in the browser.
func (s *Session) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.Context, s.Driver.opt.Timeout)
}
