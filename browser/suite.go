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

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// Options is what the browser checks have to judge with.
type Options struct {
	Chrome   *Chrome
	Driver   *Driver // knows the login page; nil: made from Config
	Config   *config.Config
	Client   *client.Client
	Redactor *redact.Redactor
	// Person, when set, has a person log in: the login that was made for the other
	// suites is the one that is looked at. Redeemed is what they were given for a
	// code; nil: nothing.
	Person   *Interactive
	Redeemed func(code string) *sgid.TokenResponse
	Embedded bool   // the target is the embedded provider, its people made up
	Out      string // folder for screenshots and the HAR file; empty: none are written

	NoEvidence bool // take no pictures: the verdicts alone are wanted
}

// Open returns a campaign of the browser checks over the target of o. It starts
// the harness's own pages on loopback, which Close stops, and sends nothing to
// the target.
func Open(o Options) (*Campaign, error) {
	c := &Campaign{Options: o, evidence: evidence{started: time.Now()}}
	var err error
	if c.harness, err = newHarness(strings.HasPrefix(o.Config.Issuer, "https://")); err != nil {
		return nil, err
	}
	o.Chrome.trust(c.harness.fingerprint)
	if o.Driver == nil {
		if c.Driver, err = NewDriver(o.Chrome, DriverOptionsOf(o.Config, o.Redactor)); err != nil {
			c.harness.close()
			return nil, err
		}
	}
	return c, nil
}

// On opens a browser, and its suite, on a rig. The path is that of the
// executable, as Find returns it; guard is that of ChromeOptions. Where the
// configuration asks for it, the suites after this one log in through it.
func On(path string, guard []string) rig.Opener {
	return func(r *rig.Rig) (rig.Suite, error) {
		options := ChromeOptionsOf(path, r.Config, r.Client, nil)
		options.Guard, options.Lean = guard, true
		chrome := NewChrome(options)
		r.OnClose(chrome.Close)
		driver, err := NewDriver(chrome, DriverOptionsOf(r.Config, r.Redactor))
		if err != nil {
			return rig.Suite{}, err
		}
		r.OnClose(driver.Close)
		if r.Config.Login == config.LoginBrowser {
			r.Driver = driver
		}
		c, err := Open(Options{
			Chrome: chrome, Driver: driver, Config: r.Config, Client: r.Client, Redactor: r.Redactor,
			Embedded: r.Embedded != nil, NoEvidence: true,
		})
		if err != nil {
			return rig.Suite{}, err
		}
		r.OnClose(c.Close)
		return rig.Suite{Body: c.Body, Browser: true}, nil
	}
}

// Close stops the harness's pages. The browser and the driver stay the caller's.
func (c *Campaign) Close() error {
	c.harness.close()
	return nil
}

// Body returns the function that judges the check with the given ID; nil: it is
// none of the browser's.
func (c *Campaign) Body(id string) func(*judge.T) {
	return bodies.With(id, func(t *judge.T, body func(*Session)) {
		s := &Session{T: t, Campaign: c}
		defer s.leave()
		body(s)
	})
}

// DriverOptionsOf is how the browser driver logs in under a configuration.
func DriverOptionsOf(c *config.Config, r *redact.Redactor) DriverOptions {
	return DriverOptions{
		Persona: c.Persona, SecondPersona: c.SecondPersona, Steps: c.LoginSteps, Redactor: r,
		Timeout: max(3*c.Timeout, 10*time.Second),
	}
}

// ChromeOptionsOf is how the browser is run under a configuration: it cannot
// reach the hosts of redirect URIs, which are somebody else's, and it accepts
// the certificate of an https target whose authority --ca-file names.
func ChromeOptionsOf(path string, c *config.Config, httpClient *client.Client, note func(string)) ChromeOptions {
	o := ChromeOptions{Path: path, Resolve: c.Resolve, Note: note, Frames: true}
	issuer, err := url.Parse(c.Issuer)
	if err != nil {
		return o
	}
	parties := []config.Registration{c.First}
	if c.Second != nil {
		parties = append(parties, *c.Second)
	}
	for _, p := range parties {
		for _, uri := range p.Callbacks() {
			if u, err := url.Parse(uri); err == nil && !client.LoopbackHost(u.Hostname()) && u.Hostname() != issuer.Hostname() {
				o.Unreachable = append(o.Unreachable, u.Hostname())
			}
		}
	}
	if issuer.Scheme == "https" && len(c.CAFiles) > 0 {
		o.Trust = func(ctx context.Context) []string { return leafKey(ctx, httpClient, issuer) }
	}
	return o
}

// leafKey is the fingerprint of the key of the target's certificate, which the
// client has verified against the authorities that it was given. Nothing where
// it cannot be verified: the browser then refuses it, too.
func leafKey(ctx context.Context, httpClient *client.Client, issuer *url.URL) []string {
	port := issuer.Port()
	if port == "" {
		port = "443"
	}
	raw, err := httpClient.Tunnel(ctx, net.JoinHostPort(issuer.Hostname(), port))
	if err != nil {
		return nil
	}
	defer raw.Close()
	config := httpClient.TLSConfig()
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

// Evidence is what the browser saw, for the record. It writes the HAR file.
func (c *Campaign) Evidence() *run.Browser { return c.collect() }

// Campaign is what the browser checks of one run share.
type Campaign struct {
	Options
	harness  *harness
	evidence evidence

	endpoints *sgid.Endpoints
	shared    *authorized // the login that many checks judge
	why       *sharedProblem
}

// sharedProblem is why the login that many checks judge could not be had.
type sharedProblem struct {
	by, reason string
}

var bodies = judge.Bodies[*Session]{}

// check registers a check of the browser and returns what Ginkgo takes for it.
func check(c judge.Check, body func(*Session)) []any {
	c.Phase = judge.Browsing
	c.Needs = append(c.Needs, judge.Browser)
	return bodies.Add(c, body)
}

// Session is one check's view of the target through the browser.
type Session struct {
	*judge.T
	*Campaign
	browserLogins []*browserLogin
}

// leave gives up what the check had open, and keeps its network log.
func (s *Session) leave() {
	for _, one := range s.browserLogins {
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
		s.Block("harness", "the run was interrupted, or the check exceeded its time limit")
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
