package client

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// HostName brings a host name or address, with or without a port, into one
// spelling, without the port.
func HostName(s string) (string, error) {
	host := s
	if h, _, err := net.SplitHostPort(s); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().WithZone("").String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimRight(host, "."))
	if err != nil || ascii == "" || strings.ContainsAny(ascii, "/@: ") {
		return "", errors.New("not a host name")
	}
	return strings.ToLower(ascii), nil
}
