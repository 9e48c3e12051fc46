package provider

import (
	"net"
	"net/url"
	"testing"
)

// The other host is none of the provider's or of its client's, wherever these are.
func TestElsewhereIsAnotherHost(t *testing.T) {
	for _, tt := range []struct{ addr, redirectURI string }{
		{"127.0.0.1:0", "http://localhost:8085/callback"}, {"127.0.0.2:0", "http://localhost:8085/callback"}, {"127.0.0.1:0", "http://127.0.0.2:8085/callback"},
	} {
		f, err := StartFront(t.Context(), FrontOptions{Addr: tt.addr, RedirectURI: tt.redirectURI})
		if err != nil {
			if tt.addr != "127.0.0.1:0" {
				t.Skipf("this system has no second address of its own: %v", err)
			}
			t.Fatal(err)
		}
		for _, address := range []string{f.Issuer(), tt.redirectURI} {
			if hostOf(t, address) == hostOf(t, f.Elsewhere()) {
				t.Errorf("provider %s, client %s: the other host is at %s", f.Issuer(), tt.redirectURI, f.Elsewhere())
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Hostname()
}

// Where a system has no other address, the last is taken.
func TestListenOn(t *testing.T) {
	for want, hosts := range map[string][]string{"127.0.0.1": {"192.0.2.1", "127.0.0.1"}, "::1": {"127.0.0.1", "::1"}} {
		l, err := listenOn(hosts, "127.0.0.1")
		if err != nil {
			if want == "::1" {
				continue // a system without IPv6
			}
			t.Fatal(err)
		}
		if host, _, _ := net.SplitHostPort(l.Addr().String()); host != want {
			t.Errorf("%v: %s, want %s", hosts, host, want)
		}
		_ = l.Close()
	}
}
