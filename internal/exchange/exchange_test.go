package exchange

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestExchangeSaysWhatCame(t *testing.T) {
	answer := &Response{Status: 404, Header: http.Header{"A": {"b"}}, Body: []byte("x")}
	for _, tt := range []struct {
		name   string
		e      *Exchange
		status int
		reason string
		kind   FailureKind
		body   string
	}{
		{"an answer", &Exchange{Response: answer}, 404, "", "", "x"},
		{"half of one", &Exchange{Response: answer, Err: &Failure{Kind: FailedClosed, Text: "closed"}}, 0, "closed", FailedClosed, ""},
		{"another error", &Exchange{Err: errors.New("odd")}, 0, "odd", FailedOther, ""},
		{"nothing", &Exchange{}, 0, "no answer", FailedOther, ""},
		{"no exchange", nil, 0, "nothing was sent", FailedOther, ""},
	} {
		if tt.e.Status() != tt.status || tt.e.Reason() != tt.reason || tt.e.Kind() != tt.kind || string(tt.e.Body()) != tt.body || tt.e.NoResponse() != (tt.status == 0) || tt.e.Header() == nil {
			t.Errorf("%s: %d, %q, %s, %q", tt.name, tt.e.Status(), tt.e.Reason(), tt.e.Kind(), tt.e.Body())
		}
	}
	if (&Exchange{Response: answer}).Header().Get("A") != "b" || len((&Exchange{Response: &Response{}}).Header()) != 0 {
		t.Error("header fields")
	}
}

func TestKindsOfFailure(t *testing.T) {
	text := func(s string) error { return errors.New(s) }
	stopped, stop := context.WithCancel(context.Background())
	stop()
	late, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	for _, tt := range []struct {
		err  error
		ctx  context.Context
		kind FailureKind
		text string
	}{
		{text("x: odd"), nil, FailedOther, "no answer: odd"},
		{text("odd"), stopped, FailedCanceled, "stopped"},
		{context.DeadlineExceeded, late, FailedTimeout, "within 2m"},
		{context.Canceled, nil, FailedOther, "canceled"},
		{&net.DNSError{Name: "h"}, nil, FailedName, `"h" does not resolve`},
		{&net.DNSError{Name: "h", IsTimeout: true}, nil, FailedName, "name server"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, nil, FailedTLS, "expired"},
		{x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}, nil, FailedTLS, "may not sign"},
		{x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}, nil, FailedTLS, "constraint of the chain"},
		{text("remote: tls: no"), nil, FailedTLS, "failed: no"},
		{text("http: server gave HTTP response to HTTPS client"), nil, FailedTLS, "plain http"},
		{syscall.ECONNREFUSED, nil, FailedRefused, "refused"}, {syscall.ECONNRESET, nil, FailedReset, "reset"}, {syscall.EPIPE, nil, FailedReset, "reset"},
		{syscall.EHOSTUNREACH, nil, FailedRoute, "reached"}, {syscall.ENETUNREACH, nil, FailedRoute, "no route"},
		{text("net/http: server response headers exceeded 1 bytes"), nil, FailedHeader, "limit"}, {text("header list too large"), nil, FailedHeader, "limit"},
		{text("stream error: x"), nil, FailedReset, "HTTP/2"}, {text("GOAWAY"), nil, FailedReset, "HTTP/2"},
		{io.EOF, nil, FailedClosed, "closed"}, {io.ErrUnexpectedEOF, nil, FailedClosed, "closed"}, {net.ErrClosed, nil, FailedClosed, "closed"},
		{text("unsupported protocol scheme"), nil, FailedUnsendable, "neither"}, {text("malformed HTTP"), nil, FailedMalformed, "well-formed"},
		{fmt.Errorf("x: %w", &Failure{Kind: FailedProxy, Text: "as it was"}), stopped, FailedProxy, "as it was"},
	} {
		if tt.ctx == nil {
			tt.ctx = context.Background()
		}
		if f := Classify(tt.ctx, tt.err, 2*time.Minute); f.Kind != tt.kind || !strings.Contains(f.Text, tt.text) {
			t.Errorf("%v: %s, %q", tt.err, f.Kind, f.Text)
		}
	}
	for kind, want := range map[FailureKind]bool{FailedRefused: true, FailedReset: true, FailedClosed: true, FailedTimeout: true, FailedName: true, FailedRoute: true, FailedProxy: true, FailedTLS: false, FailedTooLong: false, FailedCanceled: false, FailedOther: false} {
		if (&Failure{Kind: kind}).Temporary() != want {
			t.Errorf("%s may pass: %v", kind, !want)
		}
	}
}

func TestSpelling(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", time.Second: "1s", 90 * time.Second: "1m30s", time.Minute: "1m", time.Hour: "1h", time.Hour + time.Minute: "1h1m", 1499 * time.Microsecond: "1ms", 10 * time.Minute: "10m"} {
		if got := Spell(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 1025: "1025 bytes", 1 << 20: "1 MiB", 1<<20 + 1024: "1025 KiB", 3 << 20: "3 MiB", 1<<20 - 1: "1048575 bytes"} {
		if got := SpellBytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestBeside(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1000, 0).Add(time.Duration(ms) * time.Millisecond) }
	answered := func(status, sent, back int) *Exchange {
		return &Exchange{Response: &Response{Status: status}, Sent: at(sent), Answered: at(back)}
	}
	one := answered(200, 10, 20)
	for name, tt := range map[string]struct {
		other *Exchange
		want  bool
	}{
		"sent before the response":      {answered(400, 19, 30), true},
		"had its response before":       {answered(200, 0, 10), false},
		"sent after the response":       {answered(200, 20, 30), false},
		"around it":                     {answered(500, 0, 40), true},
		"within it":                     {answered(200, 12, 13), true},
		"turned away":                   {answered(429, 10, 20), false},
		"never written":                 {&Exchange{Response: &Response{Status: 200}, Answered: at(15)}, false},
		"no response":                   {&Exchange{Sent: at(10), Answered: at(20)}, false},
		"a response that was not timed": {&Exchange{Response: &Response{Status: 200}, Sent: at(10)}, false},
	} {
		if one.Beside(tt.other) != tt.want || tt.other.Beside(one) != tt.want {
			t.Errorf("%s: %t", name, !tt.want)
		}
	}
}
