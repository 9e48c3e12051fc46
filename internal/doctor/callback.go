package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"syscall"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
)

// callback sees whether the redirect URI can be listened on, where the run does so:
// at http on this machine, for logins that are made in a browser. Where it cannot,
// the run has its browser catch the callback, if there is one.
func (x *examination) callback(name, uri string) {
	name += ": redirect URI"
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || !client.IsLoopback(uri) || x.config.Login == config.LoginDirect {
		x.say(name, StatusOK, uri, "")
		return
	}
	host, port := u.Hostname(), u.Port()
	if net.ParseIP(host) == nil {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "80"
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err == nil {
		ln.Close()
		x.say(name, StatusOK, uri+", which is free to listen on", "")
		return
	}
	severity, remedy := StatusProblem, portRemedy(err, port)
	if x.config.Login == config.LoginBrowser || x.browser {
		severity, remedy = StatusWarning, "nothing to do, as the browser catches the callback; to have it answered here, "+remedy
	}
	x.say(name, severity, fmt.Sprintf("cannot listen on %s: %s", uri, lastError(err)), remedy)
}

// inUse is EADDRINUSE as Windows says it, for which package syscall has no name.
const inUse = syscall.Errno(10048)

// portRemedy is what to do where a port cannot be listened on.
func portRemedy(err error, port string) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, inUse):
		return "stop the program that uses port " + port + ", or register another redirect URI"
	case errors.Is(err, fs.ErrPermission):
		return "register a redirect URI with a port from 1024 on: this system keeps port " + port + " for privileged programs"
	}
	return "register another redirect URI"
}

func lastError(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
