package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tlsIdentity is the provider's certificate and the CA that vouches for it.
type tlsIdentity struct {
	ca          []byte // PEM
	certificate tls.Certificate
}

// certificateWish is how the certificate is to be; the zero value is a good one.
type certificateWish struct {
	notBefore, notAfter time.Time // zero: an hour ago, in 90 days
	names               []string  // instead of localhost
	addresses           []net.IP  // instead of 127.0.0.1 and ::1
	selfSigned          bool      // by itself instead of by the CA
	intermediate        bool      // signed by an intermediate CA that is not sent
	rsa                 bool      // an RSA key, as ciphers without forward secrecy need
}

// newTLSIdentity makes a CA, which exists for this provider alone, and a
// certificate for loopback and, where it is not empty, for host.
func newTLSIdentity(wish certificateWish, host string) (*tlsIdentity, error) {
	now := time.Now()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := authorityTemplate("sgidcheck embedded provider CA", now)
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, fmt.Errorf("provider CA: %w", err)
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return nil, err
	}
	id := &tlsIdentity{ca: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})}
	signer, signerKey := ca, caKey
	if wish.intermediate {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		template := authorityTemplate("sgidcheck embedded provider intermediate CA", now)
		der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
		if err != nil {
			return nil, err
		}
		if signer, err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
		signerKey = key
	}
	id.certificate, err = leaf(wish, host, now, signer, signerKey)
	return id, err
}

func authorityTemplate(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// leaf makes the server's certificate, as wished.
func leaf(wish certificateWish, host string, now time.Time, signer *x509.Certificate, signerKey *ecdsa.PrivateKey) (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "sgidcheck embedded provider"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 90),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		BasicConstraintsValid: true,
	}
	if host != "" {
		template.DNSNames = append(template.DNSNames, host)
	}
	if !wish.notAfter.IsZero() {
		template.NotAfter = wish.notAfter
	}
	if !wish.notBefore.IsZero() {
		template.NotBefore = wish.notBefore
	}
	if wish.names != nil {
		template.DNSNames, template.IPAddresses = wish.names, wish.addresses
	}
	var key any
	var public any
	if wish.rsa {
		k, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			return tls.Certificate{}, err
		}
		key, public = k, k.Public()
		template.KeyUsage |= x509.KeyUsageKeyEncipherment
	} else {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return tls.Certificate{}, err
		}
		key, public = k, k.Public()
	}
	parent, parentKey := signer, any(signerKey)
	if wish.selfSigned {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, parentKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("provider certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func serial() *big.Int { return new(big.Int).SetBytes(randomBytes(16)) }

// CA is the certificate, PEM, that clients must trust; nil without TLS.
func (p *Provider) CA() []byte {
	if p.tls == nil {
		return nil
	}
	return slices.Clone(p.tls.ca)
}

// CAFile is where the CA was written: beside the client file, under its name
// with -ca.pem for its ending. Empty without a client file or without TLS.
func (p *Provider) CAFile() string {
	if p.tls == nil || p.options.ClientFile == "" {
		return ""
	}
	return strings.TrimSuffix(p.options.ClientFile, filepath.Ext(p.options.ClientFile)) + "-ca.pem"
}

// tlsConfig takes TLS 1.2 and 1.3 and, for 1.2, only suites with forward
// secrecy and authenticated encryption (RFC9325 3.1, 4.2).
func (p *Provider) tlsConfig() *tls.Config {
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{p.tls.certificate},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
	for _, edit := range p.conduct.editTLS {
		edit(config)
	}
	return config
}

// serveTLS serves https on the listener. Plain http on the same port is told so
// with a 400, unless a fault serves it, too.
func (p *Provider) serveTLS() error {
	p.server.TLSConfig = p.tlsConfig()
	if !p.conduct.plainToo {
		return p.server.ServeTLS(p.listener, "", "")
	}
	secure, plain := splitListener(p.listener)
	go func() { _ = p.plain.Serve(plain) }()
	return p.server.ServeTLS(secure, "", "")
}
