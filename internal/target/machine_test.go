package target

import (
	"context"
	"crypto/x509"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What this machine could not do is told of this machine, with the remedy.
func TestThisMachineIsNamed(t *testing.T) {
	dialled := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	for _, c := range []struct {
		name string
		err  error
		kind FailureKind
		says []string
	}{
		{"descriptors", dialled(syscall.EMFILE), FailedMachine, []string{"descriptor limit", "ulimit -n"}},
		{"descriptors while resolving", &net.DNSError{Err: "dial udp 127.0.0.53:53: socket: too many open files", Name: "idp.example"}, FailedMachine, []string{"descriptor limit", "ulimit -n"}},
		{"files of the system", dialled(syscall.ENFILE), FailedMachine, []string{"system-wide", "fs.file-max"}},
		{"ports", dialled(syscall.EADDRNOTAVAIL), FailedMachine, []string{"no local address or port", "--pace"}},
		{"firewall", dialled(syscall.EPERM), FailedMachine, []string{"firewall", "outgoing connections"}},
		{"sandbox", dialled(syscall.EACCES), FailedMachine, []string{"sandbox", "outgoing connections"}},
		{"buffers", dialled(syscall.ENOBUFS), FailedMachine, []string{"buffer space"}},
		{"no route", dialled(syscall.ENETUNREACH), FailedRoute, []string{"this machine has no route", "HTTPS_PROXY"}},
		{"no network", &net.DNSError{Err: "dial udp 192.0.2.1:53: connect: network is unreachable", Name: "idp.example"}, FailedRoute, []string{"this machine has no route"}},
		{"host away", dialled(syscall.EHOSTUNREACH), FailedRoute, []string{"the host cannot be reached"}},
		{"no such name", &net.DNSError{Err: "no such host", Name: "idp.example", IsNotFound: true}, FailedName, []string{`"idp.example" does not resolve`}},
		{"no name server", &net.DNSError{Err: "i/o timeout", Name: "idp.example", IsTimeout: true}, FailedName, []string{"the name server does not answer"}},
		{"refused", dialled(syscall.ECONNREFUSED), FailedRefused, []string{"connection refused"}},
		{"clock", x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{
			NotBefore: time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2002, 3, 4, 0, 0, 0, 0, time.UTC)}},
			FailedTLS, []string{"2001-02-03 to 2002-03-04", "this machine's clock says 20"}},
	} {
		client := newClient(t, ClientOptions{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, c.err }})
		for _, r := range []Request{{URL: "http://idp.example/"}, {URL: "http://idp.example/", Header: map[string][]string{"X": {"v "}}}} {
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
