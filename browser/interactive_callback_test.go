package browser

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// Nobody but this machine can reach the listener, and what it takes is one GET
// with the state that is waited for.
func TestListenersAreOnLoopbackAlone(t *testing.T) {
	var l listeners
	defer l.close()
	for _, redirect := range []string{"http://0.0.0.0:0/callback", "http://[::]:0/callback", "http://192.0.2.1:8085/callback", "http://rp.example:8085/callback", "https://127.0.0.1:0/callback"} {
		if _, ok := l.expect(redirect, "s", func(string) {}); ok {
			t.Errorf("%s is listened on", redirect)
		}
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		redirect := strings.Replace(freeRedirect(t), "127.0.0.1", host, 1)
		arrived := 0
		if _, ok := l.expect(redirect, "s", func(string) { arrived++ }); !ok {
			t.Fatalf("%s is not listened on", redirect)
		}
		for method, address := range map[string]string{http.MethodPost: redirect + "?state=s&code=c", http.MethodPut: redirect + "?state=s", http.MethodGet: redirect + "/elsewhere?state=s"} {
			r, err := http.NewRequest(method, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			got.Body.Close()
			if got.StatusCode != http.StatusNotFound || arrived > 0 {
				t.Errorf("%s %s: status %d, %d arrived", method, address, got.StatusCode, arrived)
			}
		}
	}
	for address := range l.servers {
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			t.Errorf("it listens on %s", address)
		}
	}
}
