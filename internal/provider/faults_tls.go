package provider

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Faults of the transport: real servers with real certificates.

func transport(name, checks, breaks string, apply func(c *conduct)) Fault {
	return fault(name, checks, breaks, func(_ *Provider, c *conduct) { apply(c) }).overTLS()
}

// oldSuites are suites with forward secrecy that TLS 1.0 and 1.1 know.
var oldSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
}

// fromVersion takes TLS from a version on.
func fromVersion(version uint16) func(c *conduct) {
	return func(c *conduct) {
		c.editTLS = append(c.editTLS, func(config *tls.Config) {
			config.MinVersion = version
			config.CipherSuites = append(config.CipherSuites, oldSuites...)
		})
	}
}

// weakSuite takes a suite without forward secrecy, which needs an RSA key.
func weakSuite(suites ...uint16) func(c *conduct) {
	return func(c *conduct) {
		c.certificate.rsa = true
		c.editTLS = append(c.editTLS, func(config *tls.Config) {
			config.CipherSuites = append(config.CipherSuites, suites...)
		})
	}
}

const day = 24 * time.Hour

var faultsTLS = []Fault{
	transport("certificate-expired", "TLS-01", "The certificate expired yesterday.", func(c *conduct) {
		c.certificate.notBefore, c.certificate.notAfter = time.Now().Add(-90*day), time.Now().Add(-day)
	}),
	transport("certificate-not-yet-valid", "TLS-01", "The certificate is not valid until tomorrow.", func(c *conduct) {
		c.certificate.notBefore, c.certificate.notAfter = time.Now().Add(day), time.Now().Add(90*day)
	}),
	transport("certificate-for-other-host", "TLS-01", "The certificate is for another host.", func(c *conduct) {
		c.certificate.names, c.certificate.addresses = []string{"api.sgid.example"}, []net.IP{net.IPv4(127, 0, 0, 9)}
	}),
	transport("certificate-self-signed", "TLS-01", "The certificate is self-signed.", func(c *conduct) { c.certificate.selfSigned = true }),
	transport("certificate-chain-incomplete", "TLS-01", "The intermediate certificate is not sent.", func(c *conduct) { c.certificate.intermediate = true }),

	transport("tls-1-0-taken", "TLS-02", "TLS 1.0 is accepted.", fromVersion(tls.VersionTLS10)),
	transport("tls-1-1-taken", "TLS-02", "TLS 1.1 is accepted.", fromVersion(tls.VersionTLS11)),

	transport("plain-http-served", "TLS-03", "The https port serves plain http as well.", func(c *conduct) { c.plainToo = true }),

	transport("no-hsts", "TLS-04", "Strict-Transport-Security is not sent.", func(c *conduct) { c.noHSTS = true }),
	transport("hsts-switched-off", "TLS-04", "Strict-Transport-Security has max-age=0.", func(c *conduct) {
		for _, at := range []endpoint{atDiscovery, atJWKS, atAuthorize, atToken, atUserInfo, atLogin} {
			c.reanswer(at, func(a *held, _ *http.Request) { a.header.Set("Strict-Transport-Security", "max-age=0") })
		}
	}),

	transport("cipher-without-forward-secrecy", "TLS-05", "RSA key exchange, without forward secrecy, is accepted.",
		weakSuite(tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384)),
	transport("cipher-rsa-cbc", "TLS-05", "TLS_RSA_WITH_AES_128_CBC_SHA is accepted.", weakSuite(tls.TLS_RSA_WITH_AES_128_CBC_SHA)),
	transport("cipher-3des", "TLS-05", "TLS_RSA_WITH_3DES_EDE_CBC_SHA is accepted.", weakSuite(tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)),

	transport("certificate-ends-soon", "TLS-06", "The certificate expires in ten days.", func(c *conduct) { c.certificate.notAfter = time.Now().Add(10 * day) }),
}
