package main

import (
	"net"
	"testing"

	"sgidcheck/internal/config"
)

// ownAddress is an address of this machine beside the loopback, or empty.
func ownAddress() string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if network, ok := a.(*net.IPNet); ok && !network.IP.IsLoopback() && network.IP.To4() != nil {
			return network.IP.String()
		}
	}
	return ""
}

// A target on this machine says nothing of what goes live, by whatever name it is called.
func TestATargetOnThisMachineIsKnown(t *testing.T) {
	type target struct {
		issuer  string
		resolve []string
		want    bool
	}
	cases := map[string]target{
		"elsewhere":                     {"https://203.0.113.9/v2", nil, false},
		"led to the loopback":           {"https://idp.example/v2", []string{"idp.example:127.0.0.1"}, true},
		"led to no address":             {"https://idp.example/v2", []string{"idp.example:443:0.0.0.0"}, true},
		"led to no IPv6 address":        {"https://idp.example/v2", []string{"idp.example:[::]:8443"}, true},
		"led elsewhere":                 {"https://idp.example/v2", []string{"idp.example:203.0.113.9"}, false},
		"led elsewhere and here":        {"https://idp.example/v2", []string{"idp.example:8443:203.0.113.9", "idp.example:127.0.0.1"}, true},
		"another name is led here":      {"https://203.0.113.9/v2", []string{"idp.example:127.0.0.1"}, false},
		"its URL says that it is local": {"http://127.0.0.1:5156/v2", nil, false},
	}
	if own := ownAddress(); own != "" {
		cases["an address of this machine"] = target{"https://" + net.JoinHostPort(own, "8443") + "/v2", nil, true}
		cases["led to an address of this machine"] = target{"https://idp.example/v2", []string{"idp.example:" + own}, true}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j := &job{config: &config.Config{Issuer: c.issuer, Resolve: c.resolve}}
			if got := j.local(); got != c.want {
				t.Errorf("%s with %v: local %v", c.issuer, c.resolve, got)
			}
		})
	}
	if !ledHere("localhost") {
		t.Error("localhost leads elsewhere")
	}
}
