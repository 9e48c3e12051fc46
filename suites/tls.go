package suites

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// TLS: the transport. These checks make their own connections to the issuer's
// host, as the client would.

var overTLS = []judge.Need{judge.HTTPS}

var TLS01 = judge.Check{
	ID: "TLS-01", Title: "the certificate is valid and its chain is complete",
	Problem: "the certificate is not valid, or its chain is not complete", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("9700", "2.6"), judge.RFC("9325", "3.6")},
	Expect: "The certificate is for the issuer's host, valid today, and the chain that the server sends leads to a trusted authority.",
	Why:    "A client that cannot verify the certificate fails, or has verification switched off and then accepts any server.",
	Remedy: "Install a certificate for this host together with its intermediate certificates; name a private CA with --ca-file.",
	Needs:  overTLS, Covers: []string{"HasValidCertificateTest"},
}

var _ = ginkgo.It("TLS-01 the certificate is valid and its chain is complete", check(TLS01, func(s *Session) {
	state := s.handshake()
	problem := ""
	if err := s.verify(state); err != nil {
		problem = plainCertificateError(err, state)
	}
	s.Require(problem == "", "", problem, nil)
	s.Observe("%s, %s", state.PeerCertificates[0].Subject.CommonName, tls.VersionName(state.Version))
}))

// host is the issuer's host and port.
func (s *Session) host() (name, hostport string) {
	u, err := url.Parse(s.Config.Issuer)
	if err != nil || u.Scheme != "https" {
		s.SkipFor(run.WantHTTPS, "the target is not https")
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return u.Hostname(), net.JoinHostPort(u.Hostname(), port)
}

// handshake connects to the target whatever its certificate says, and returns
// what was agreed.
func (s *Session) handshake() *tls.ConnectionState {
	name, hostport := s.host()
	conn, err := s.dial(hostport)
	if err != nil {
		s.Block("target", "no connection to %s: %v", hostport, err)
	}
	defer conn.Close()
	config := s.Client.TLSConfig()
	config.ServerName, config.NextProtos = name, []string{"http/1.1"}
	config.InsecureSkipVerify = true // TLS-01 verifies what comes back
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(s.Context); err != nil {
		s.stopIfInterrupted()
		s.Block("TLS-02", "no handshake with TLS 1.2 or 1.3: %v", err)
	}
	state := secured.ConnectionState()
	return &state
}

// verify verifies the certificates of a handshake as a client does, with the
// intermediates that the server sent and no others.
func (s *Session) verify(state *tls.ConnectionState) error {
	name, _ := s.host()
	intermediates := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		DNSName: name, Roots: s.Client.TLSConfig().RootCAs, Intermediates: intermediates,
	})
	return err
}

// plainCertificateError says in a person's words why a certificate was refused.
func plainCertificateError(err error, state *tls.ConnectionState) string {
	leaf := state.PeerCertificates[0]
	var (
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		authority x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &host):
		return fmt.Sprintf("the certificate is for %s, not for this host", strings.Join(names(leaf), ", "))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return "the certificate is not valid before " + invalid.Cert.NotBefore.UTC().Format(time.DateTime)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate expired on " + invalid.Cert.NotAfter.UTC().Format(time.DateTime)
	case errors.As(err, &authority) && len(state.PeerCertificates) == 1:
		return fmt.Sprintf("the server sends its certificate alone, and its issuer %q is not trusted: an intermediate certificate is missing, or the CA is a private one", leaf.Issuer)
	case errors.As(err, &authority):
		return fmt.Sprintf("the chain of %d certificates does not lead to a trusted authority; the last is issued by %q", len(state.PeerCertificates), state.PeerCertificates[len(state.PeerCertificates)-1].Issuer)
	}
	return err.Error()
}

// names are the host names and addresses that a certificate is for.
func names(c *x509.Certificate) []string {
	out := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	if len(out) == 0 {
		return []string{"no host"}
	}
	return out
}

var TLS02 = judge.Check{
	ID: "TLS-02", Title: "TLS 1.2 or 1.3, nothing older",
	Problem: "TLS 1.2 is not supported, or an older version is", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9325", "3.1")},
	Expect: "The server supports TLS 1.2 or 1.3, and refuses TLS 1.0, TLS 1.1 and SSL 3.0.",
	Why:    "The old versions are broken, and an attacker on the network can downgrade clients to them.",
	Remedy: "Set TLS 1.2 as the minimum version of the server or of whatever terminates TLS in front of it.",
	Needs:  overTLS, Covers: []string{"IsModernTlsSupportedTest", "IsDeprecatedTlsSupportedTest"},
	Cases: append([]string{"TLS 1.2 or 1.3"}, oldVersions.names()...),
}

var oldVersions = cases[uint16]{{"TLS 1.1", tls.VersionTLS11}, {"TLS 1.0", tls.VersionTLS10}, {"SSL 3.0", versionSSL30}}

var _ = ginkgo.It("TLS-02 TLS 1.2 or 1.3, nothing older", check(TLS02, func(s *Session) {
	s.Case("TLS 1.2 or 1.3", func() {
		hello := s.offer(clientHello{version: tls.VersionTLS12, suites: everySuite(), tls13: true})
		s.Require(hello.taken && hello.version >= tls.VersionTLS12, "", "refused: "+hello.saw, nil)
		s.Observe("%s", hello.saw)
	})
	oldVersions.each(s, func(version uint16) {
		hello := s.offer(clientHello{version: version, suites: everySuite()})
		s.Require(!hello.taken, "a refusal", "taken: "+hello.saw, nil)
	})
}))

var TLS04 = judge.Check{
	ID: "TLS-04", Title: "Strict-Transport-Security is set",
	Problem: "Strict-Transport-Security is not set", Level: judge.SHOULD, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("9700", "2.6"), judge.RFC("6797", "6.1")},
	Expect: "The authorization endpoint and the metadata are served with Strict-Transport-Security and a max-age above 0.",
	Why:    "Without it an attacker in the same wireless network can keep a citizen's browser on plain http and read the login.",
	Remedy: "Send Strict-Transport-Security: max-age=31536000 with every https response.",
	Needs:  overTLS, Cases: []string{"metadata", "authorization endpoint"},
}

var _ = ginkgo.It("TLS-04 Strict-Transport-Security is set", check(TLS04, func(s *Session) {
	s.Case("metadata", func() { s.strict(s.Discovery()) })
	s.Case("authorization endpoint", func() {
		response := s.Authorize()
		if response.Evidence == nil || response.Evidence.NoResponse() {
			s.owned("AUTHZ-01", response.Evidence, "the authorization endpoint gives no answer")
		}
		s.strict(response.Evidence)
	})
}))

func (s *Session) strict(e *Exchange) {
	header := e.Header("Strict-Transport-Security")
	s.Require(header != "", "Strict-Transport-Security", "no Strict-Transport-Security", e)
	lasting := false
	for _, directive := range strings.Split(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if strings.EqualFold(strings.TrimSpace(name), "max-age") {
			age, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(value), `"`), 10, 64)
			lasting = err == nil && age > 0
			break
		}
	}
	s.Require(lasting, "a max-age above 0", "Strict-Transport-Security: "+clip(header), e)
}

var TLS06 = judge.Check{
	ID: "TLS-06", Title: "the certificate is valid for at least two weeks",
	Problem: "a certificate expires within two weeks", Level: judge.SHOULD, Phase: judge.Reading,
	Basis:  []run.Basis{judge.PRACTICE()},
	Expect: "Each certificate that the server sends is valid for 14 days or more from now.",
	Why:    "When it expires, every login at every agency fails.",
	Remedy: "Renew the certificate now, and automate its renewal.",
	Needs:  overTLS,
}

var _ = ginkgo.It("TLS-06 the certificate is valid for at least two weeks", check(TLS06, func(s *Session) {
	const least = 14 * 24 * time.Hour
	state := s.handshake()
	for i, c := range state.PeerCertificates {
		left := time.Until(c.NotAfter)
		if i == 0 && left <= 0 {
			s.owned("TLS-01", nil, "the certificate expired on %s", c.NotAfter.UTC().Format(time.DateTime))
		}
		s.Require(left >= least, "14 days or more", fmt.Sprintf("%q expires on %s", clip(c.Subject.String()), c.NotAfter.UTC().Format(time.DateTime)), nil)
	}
	s.Observe("%d days left", int(time.Until(state.PeerCertificates[0].NotAfter).Hours()/24))
}))

var TLS03 = judge.Check{
	ID: "TLS-03", Title: "nothing is served over plain http",
	Problem: "an endpoint is served over plain http", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("6749", "3.2"), judge.RFC("9325", "3.2")},
	Expect: "Over plain http, on the same port and on port 80, each endpoint redirects to https or refuses the connection: no page, no token, no data.",
	Why:    "A client configured with http sends its secret and every person's token unencrypted, and nobody notices.",
	Remedy: "Disable plain http, or redirect every request there to https.",
	Needs:  overTLS, Covers: []string{"IsHttpsRequiredTest"},
	Cases: plainRequests.names(),
}

// plainRequests are what each endpoint is sent over plain http.
var plainRequests = cases[func(s *Session, base string) exchange.Request]{
	{"metadata", func(s *Session, base string) exchange.Request {
		return exchange.Request{URL: base + sgid.PathDiscovery}
	}},
	{"key set", func(s *Session, base string) exchange.Request { return exchange.Request{URL: base + sgid.PathJWKS} }},
	{"authorization", func(s *Session, base string) exchange.Request {
		return exchange.Request{URL: sgid.WithQuery(base+sgid.PathAuthorize, s.request().params.Encode())}
	}},
	{"token", func(s *Session, base string) exchange.Request {
		// No secret goes out in the clear: whether the request is worked on shows without one.
		return form(base+sgid.PathToken, sgid.TokenRequest{ClientID: s.Config.First.ClientID, ClientSecret: random(24), Code: random(24),
			RedirectURI: s.Config.First.RedirectURI, CodeVerifier: random(48)}.Values())
	}},
	{"user data", func(s *Session, base string) exchange.Request {
		return exchange.Request{URL: base + sgid.PathUserInfo, Header: http.Header{"Authorization": {"Bearer " + random(32)}}}
	}},
}

var _ = ginkgo.It("TLS-03 nothing is served over plain http", check(TLS03, func(s *Session) {
	name, hostport := s.host()
	hosts := []string{hostport}
	if strings.HasSuffix(hostport, ":443") {
		hosts = append(hosts, net.JoinHostPort(name, "80"))
	}
	served, silent := false, map[string]bool{}
	for _, c := range plainRequests {
		s.Case(c.name, func() {
			if c.name == "user data" && served {
				s.Skip("other endpoints are served over plain http, and this one may not survive a token that was not issued")
			}
			for _, host := range hosts {
				var e *Exchange
				saw := ""
				if !silent[host] { // somebody is there
					e = s.askPlainly(host, c.input(s, "http://"+host))
					silent[host] = e.Kind() == exchange.FailedTimeout || e.Kind() == exchange.FailedRefused
					saw = overPlainHTTP(e)
				}
				served = served || saw != ""
				s.Require(saw == "", "", "http://"+host+": "+saw, e)
			}
		})
	}
}))

// askPlainly sends a request over plain http. The check ends, blocked, where what
// comes back says nothing.
func (s *Session) askPlainly(host string, r exchange.Request) *Exchange {
	r.FreshConnection = true
	e := s.keep(s.Client.Do(s.Context, r))
	s.stopIfInterrupted()
	var failure *exchange.Failure
	if errors.As(e.Err, &failure) {
		s.blockedOnTheWay(failure)
	}
	if e.Status() >= 500 {
		s.Block("target", "http://%s: %s, which is neither a refusal nor a redirect", host, e.Saw())
	}
	return e
}

// overPlainHTTP says how a response over plain http goes beyond a refusal and a
// redirect to https; empty: it does not. No response is a refusal here: nothing
// listens, or what listens speaks TLS alone.
func overPlainHTTP(e *Exchange) string {
	location, err := url.Parse(e.Header("Location"))
	switch {
	case e.NoResponse():
		return ""
	case e.Status() >= 300 && e.Status() < 400:
		if err != nil || location.Scheme != "https" {
			return fmt.Sprintf("a redirect with status %d that does not lead to https", e.Status())
		}
		return ""
	case e.Status() < 400:
		return "served: " + e.Saw()
	case e.IsJSON() || e.Header("WWW-Authenticate") != "":
		return "the request was processed: " + e.Saw()
	}
	return ""
}
