package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// FailureKind sorts the ways in which a request stays without a response.
type FailureKind string

// The kinds of failure.
const (
	FailedRefused    FailureKind = "refused"     // nothing listens
	FailedReset      FailureKind = "reset"       // the connection was reset
	FailedClosed     FailureKind = "closed"      // the connection was closed before the response was complete
	FailedTimeout    FailureKind = "timeout"     // no complete response in time
	FailedCanceled   FailureKind = "canceled"    // the run was stopped
	FailedName       FailureKind = "name"        // the host name did not resolve
	FailedRoute      FailureKind = "unreachable" // no way to the host
	FailedTLS        FailureKind = "tls"         // the handshake or the certificate failed
	FailedTooLong    FailureKind = "too-long"    // body over the limit
	FailedHeader     FailureKind = "header"      // header section over the limit
	FailedMalformed  FailureKind = "malformed"   // not HTTP, or a broken encoding
	FailedProxy      FailureKind = "proxy"       // the proxy cannot be reached, or refused
	FailedMachine    FailureKind = "machine"     // this machine could not make the connection; the target is not concerned
	FailedUnsendable FailureKind = "unsendable"  // the request itself could not be built
	FailedOther      FailureKind = "other"
)

// Failure is why an exchange has no complete answer. Its text is meant for
// people and names nothing secret.
type Failure struct {
	Kind   FailureKind
	Text   string
	Remedy string // what the reader can do about it; may be empty
	Err    error  // the cause; may be nil
}

// Error is the text for people, with the remedy where there is one.
func (f *Failure) Error() string {
	if f.Remedy == "" {
		return f.Text
	}
	return f.Text + "; " + f.Remedy
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Temporary says that the target may answer a little later: it was not there,
// or the way to it was broken.
func (f *Failure) Temporary() bool {
	switch f.Kind {
	case FailedRefused, FailedReset, FailedClosed, FailedTimeout, FailedName, FailedRoute, FailedProxy:
		return true
	}
	return false
}

// Classify turns an error of an http.RoundTripper into a Failure, for senders of
// their own. parent is the context without the request's time limit, which tells
// a stopped run from a slow target; limit is that time limit.
func Classify(parent context.Context, err error, limit time.Duration) *Failure {
	var already *Failure
	if errors.As(err, &already) {
		return already
	}
	fail := func(kind FailureKind, format string, args ...any) *Failure {
		return &Failure{Kind: kind, Text: fmt.Sprintf(format, args...), Err: err}
	}
	var (
		dns       *net.DNSError
		timeout   interface{ Timeout() bool }
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		alert     tls.AlertError
	)
	text := err.Error()
	if parent.Err() != nil && errors.Is(parent.Err(), context.Canceled) {
		return fail(FailedCanceled, "the run was stopped before the response arrived")
	}
	if f := onThisMachine(err); f != nil {
		return f
	}
	switch {
	case errors.As(err, &dns) && dns.IsTimeout && !errors.Is(err, context.DeadlineExceeded):
		return fail(FailedName, "the host name %q does not resolve: the name server does not answer", dns.Name)
	case errors.As(err, &dns) && !dns.IsTimeout:
		return fail(FailedName, "the host name %q does not resolve", dns.Name)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fail(FailedTimeout, "no complete response within %s", Spell(limit))
	case errors.As(err, &authority):
		return fail(FailedTLS, "the certificate is signed by an unknown authority (name a private CA with --ca-file)")
	case errors.As(err, &hostname):
		return fail(FailedTLS, "the certificate is not for this host")
	case errors.As(err, &invalid):
		return fail(FailedTLS, "the certificate is not valid: %s", plainX509(invalid, time.Now()))
	case errors.As(err, &verify), errors.As(err, &alert), errors.As(err, &record), strings.Contains(text, "tls: "):
		return fail(FailedTLS, "the TLS handshake failed: %s", tail(text, "tls: "))
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return fail(FailedTLS, "the server speaks plain http on this port")
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(FailedRefused, "connection refused")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fail(FailedReset, "the connection was reset")
	case errors.Is(err, syscall.EHOSTUNREACH):
		return fail(FailedRoute, "the host cannot be reached")
	case strings.Contains(text, "server response headers exceeded"), strings.Contains(text, "header list too large"):
		return fail(FailedHeader, "the response's header section exceeds the limit")
	case strings.Contains(text, "stream error"), strings.Contains(text, "GOAWAY"):
		return fail(FailedReset, "the HTTP/2 stream was reset")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		strings.Contains(text, "server closed idle connection"), strings.Contains(text, "use of closed"):
		return fail(FailedClosed, "the connection was closed before the response was complete")
	case strings.Contains(text, "unsupported protocol scheme"):
		return fail(FailedUnsendable, "the request's URL is neither http nor https")
	case strings.Contains(text, "transport connection broken"), strings.Contains(text, "cannot contain multiple"), strings.Contains(text, "malformed"), strings.Contains(text, "invalid"), strings.Contains(text, "bad "),
		strings.Contains(text, "unsupported transfer encoding"), strings.Contains(text, "too many 1xx"):
		return fail(FailedMalformed, "the response is not well-formed HTTP")
	}
	return fail(FailedOther, "no answer: %s", tail(text, ": "))
}

// tail is the part of an error's text after the last separator, without the
// request's URL, which may hold secrets.
func tail(text, sep string) string {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[i+len(sep):]
	}
	return text
}

func plainX509(e x509.CertificateInvalidError, now time.Time) string {
	switch {
	case e.Reason == x509.Expired && e.Cert != nil:
		return fmt.Sprintf("it is valid from %s to %s, and this machine's clock says %s", day(e.Cert.NotBefore), day(e.Cert.NotAfter), day(now))
	case e.Reason == x509.Expired:
		return "expired, or not valid yet, by this machine's clock"
	case e.Reason == x509.NotAuthorizedToSign:
		return "signed by a certificate that may not sign others"
	}
	return "refused by a constraint of the chain"
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Spell writes a duration without the zeroes of time.Duration.String.
func Spell(d time.Duration) string {
	s := d.Round(time.Millisecond).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// SpellBytes writes a size in the largest binary unit that divides it.
func SpellBytes(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
