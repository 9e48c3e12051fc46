package client

import (
	"context"
	"crypto/x509"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
)

// What this machine could not do is attributed to this machine, with the remedy.
func TestThisMachineIsNamed(t *testing.T) {
	dialled := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	for _, c := range []struct {
		name string
		err  error
		kind exchange.FailureKind
		says []string
	}{
		{"descriptors", dialled(syscall.EMFILE), exchange.FailedMachine, []string{"descriptor limit", "ulimit -n"}},
		{"descriptors while resolving", &net.DNSError{Err: "dial udp 127.0.0.53:53: socket: too many open files", Name: "idp.example"}, exchange.FailedMachine, []string{"descriptor limit", "ulimit -n"}},
		{"files of the system", dialled(syscall.ENFILE), exchange.FailedMachine, []string{"system-wide", "fs.file-max"}},
		{"ports", dialled(syscall.EADDRNOTAVAIL), exchange.FailedMachine, []string{"no local address or port", "--pace"}},
		{"firewall", dialled(syscall.EPERM), exchange.FailedMachine, []string{"firewall", "outgoing connections"}},
		{"sandbox", dialled(syscall.EACCES), exchange.FailedMachine, []string{"sandbox", "outgoing connections"}},
		{"buffers", dialled(syscall.ENOBUFS), exchange.FailedMachine, []string{"buffer space"}},
		{"no route", dialled(syscall.ENETUNREACH), exchange.FailedRoute, []string{"this machine has no route", "HTTPS_PROXY"}},
		{"no network", &net.DNSError{Err: "dial udp 192.0.2.1:53: connect: network is unreachable", Name: "idp.example"}, exchange.FailedRoute, []string{"this machine has no route"}},
		{"host away", dialled(syscall.EHOSTUNREACH), exchange.FailedRoute, []string{"the host cannot be reached"}},
		{"no such name", &net.DNSError{Err: "no such host", Name: "idp.example", IsNotFound: true}, exchange.FailedName, []string{`"idp.example" does not resolve`}},
		{"no name server", &net.DNSError{Err: "i/o timeout", Name: "idp.example", IsTimeout: true}, exchange.FailedName, []string{"the name server does not answer"}},
		{"refused", dialled(syscall.ECONNREFUSED), exchange.FailedRefused, []string{"connection refused"}},
		{"clock", x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{
			NotBefore: time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2002, 3, 4, 0, 0, 0, 0, time.UTC)}},
			exchange.FailedTLS, []string{"2001-02-03 to 2002-03-04", "this machine's clock says 20"}},
	} {
		client := newClient(t, Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, c.err }})
		for _, r := range []exchange.Request{{URL: "http://idp.example/"}, {URL: "http://idp.example/", Header: map[string][]string{"X": {"v "}}}} {
			e := client.Do(context.Background(), r)
			if e.Kind() != c.kind {
				t.Errorf("%s: %s: %s", c.name, e.Kind(), e.Reason())
			}
			for _, want := range c.says {
				if !strings.Contains(e.Reason(), want) {
					t.Errorf("%s: %q lacks %q", c.name, e.Reason(), want)
				}
			}
		}
	}
}
