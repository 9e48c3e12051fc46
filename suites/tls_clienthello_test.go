package suites

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

func certificate(t *testing.T, key interface{ Public() any }, signer any) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: signer}
}

type public struct{ key any }

func (p public) Public() any { return p.key }

// A real server answers the hand-written ClientHello by what it is set up for.
func TestClientHello(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaCertificate := certificate(t, public{rsaKey.Public()}, rsaKey)
	ecCertificate := certificate(t, public{ecKey.Public()}, ecKey)
	group := func(name string) []uint16 {
		for _, g := range weakSuites {
			if g.name == name {
				return g.input
			}
		}
		t.Fatalf("no group %q", name)
		return nil
	}
	everything := &tls.Config{MinVersion: tls.VersionTLS10, Certificates: []tls.Certificate{rsaCertificate}}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		everything.CipherSuites = append(everything.CipherSuites, s.ID)
	}
	modern := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{rsaCertificate}}
	only13 := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{ecCertificate}}
	elliptic := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{ecCertificate}}
	for _, c := range []struct {
		what   string
		server *tls.Config
		hello  clientHello
		saw    string // how what is seen begins; empty: refused
	}{
		{"old server, TLS 1.0", everything, clientHello{version: tls.VersionTLS10, suites: everySuite()}, "TLS 1.0 with TLS_"},
		{"old server, TLS 1.1", everything, clientHello{version: tls.VersionTLS11, suites: everySuite()}, "TLS 1.1 with TLS_"},
		{"old server, RSA key exchange", everything, clientHello{version: tls.VersionTLS12, suites: group("RSA key exchange")}, "TLS 1.2 with TLS_RSA_"},
		{"old server, RC4", everything, clientHello{version: tls.VersionTLS12, suites: group("RC4")}, "TLS 1.2 with TLS_"},
		{"old server, 3DES", everything, clientHello{version: tls.VersionTLS12, suites: group("3DES")}, "TLS 1.2 with TLS_"},
		{"old server, anonymous", everything, clientHello{version: tls.VersionTLS12, suites: group("no authentication")}, ""},
		{"modern server, TLS 1.0", modern, clientHello{version: tls.VersionTLS10, suites: everySuite()}, ""},
		{"modern server, TLS 1.1", modern, clientHello{version: tls.VersionTLS11, suites: everySuite()}, ""},
		{"modern server, SSL 3.0", modern, clientHello{version: versionSSL30, suites: everySuite()}, ""},
		{"modern server, all", modern, clientHello{version: tls.VersionTLS12, suites: everySuite(), tls13: true}, "TLS 1.3 with TLS_"},
		{"modern server, TLS 1.2", modern, clientHello{version: tls.VersionTLS12, suites: everySuite()}, "TLS 1.2 with TLS_ECDHE_"},
		{"modern server, RSA key exchange", modern, clientHello{version: tls.VersionTLS12, suites: group("RSA key exchange")}, ""},
		{"TLS 1.3 alone", only13, clientHello{version: tls.VersionTLS12, suites: everySuite(), tls13: true}, "TLS 1.3 with TLS_"},
		{"elliptic certificate", elliptic, clientHello{version: tls.VersionTLS12, suites: everySuite(), tls13: true}, "TLS 1.2 with TLS_ECDHE_ECDSA_"},
	} {
		client, server := net.Pipe()
		go func() {
			tls.Server(server, c.server).Handshake()
			server.Close()
		}()
		go client.Write(c.hello.bytes("idp.example"))
		got, err := readServerHello(client)
		client.Close()
		switch {
		case err != nil:
			t.Errorf("%s: %v", c.what, err)
		case got.taken != (c.saw != "") || !strings.HasPrefix(got.saw, c.saw):
			t.Errorf("%s: %+v", c.what, got)
		}
	}
}

func TestReadServerHelloOfStrangeServers(t *testing.T) {
	for what, answer := range map[string]string{
		"HTTP":                  "HTTP/1.1 400 Bad Request\r\n\r\n",
		"an empty alert":        "\x15\x03\x01\x00\x00",
		"an alert":              "\x15\x03\x01\x00\x02\x02\x28",
		"another message":       "\x16\x03\x03\x00\x04\x0b\x00\x00\x00",
		"a cut-off ServerHello": "\x16\x03\x03\x00\x05\x02\x00\x00\x46\x03",
		"a session id too long": "\x16\x03\x03\x00\x28\x02\x00\x00\x24\x03\x03" + strings.Repeat("r", 32) + "\xff\x00",
	} {
		if got, err := readServerHello(strings.NewReader(answer)); err != nil || got.taken || got.saw == "" {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	for what, answer := range map[string]string{"nothing": "", "half a record": "\x16\x03\x03\x00\x40\x02"} {
		if _, err := readServerHello(strings.NewReader(answer)); err == nil {
			t.Errorf("%s is no error", what)
		}
	}
}
