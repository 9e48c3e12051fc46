package exchange

import (
	"errors"
	"net"
	"strings"
	"syscall"
)

// local are the errors of a connection that this machine did not make, by
// system error: what the reader is shown, and what to do about it. A network that
// is gone may come back, and is waited for; the others are this machine's to mend.
var local = []struct {
	err          error
	kind         FailureKind
	words        string // of the error, where a resolver hands on nothing but its text
	text, remedy string
}{
	{syscall.EMFILE, FailedMachine, "too many open files", "this process may not open more files and connections (descriptor limit)", "raise the limit, with ulimit -n 4096 for instance"},
	{syscall.ENFILE, FailedMachine, "too many open files in system", "this machine cannot open more files (system-wide limit)", "close other programs, or raise the limit (fs.file-max)"},
	{syscall.EADDRNOTAVAIL, FailedMachine, "cannot assign requested address", "this machine has no local address or port left for the connection",
		"wait a minute until closed connections are gone, stop programs that hold many of them, or slow the run down with --pace"},
	{syscall.EPERM, FailedMachine, "operation not permitted", "this machine does not allow the connection (local firewall or sandbox)", "allow outgoing connections to the target"},
	{syscall.EACCES, FailedMachine, "permission denied", "this machine does not allow the connection (local firewall or sandbox)", "allow outgoing connections to the target"},
	{syscall.ENETUNREACH, FailedRoute, "network is unreachable", "this machine has no route to the target's network", "check its network or VPN; if a proxy is needed, set HTTPS_PROXY"},
	{syscall.ENETDOWN, FailedRoute, "network is down", "this machine's network is down", "check its network or VPN"},
	{syscall.ENOBUFS, FailedMachine, "no buffer space available", "this machine has no buffer space left for connections", "stop programs that hold many connections"},
	{syscall.ENOMEM, FailedMachine, "cannot allocate memory", "this machine has no memory left for the connection", "stop other programs"},
}

// onThisMachine is the failure of a connection that this machine did not make;
// nil where the reason lies elsewhere.
func onThisMachine(err error) *Failure {
	var dns *net.DNSError
	resolving := errors.As(err, &dns)
	for _, l := range local {
		if errors.Is(err, l.err) || resolving && strings.HasSuffix(dns.Err, l.words) {
			return &Failure{Kind: l.kind, Text: l.text, Remedy: l.remedy, Err: err}
		}
	}
	return nil
}
