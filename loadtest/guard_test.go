package loadtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestGuard(t *testing.T) {
	names := map[string]string{
		"localhost": "127.0.0.1", "localhost.example": "127.0.0.1", "idp.example": "192.0.2.7",
		"api.id.gov.sg": "127.0.0.1", "two.example": "127.0.0.1 192.0.2.7",
	}
	for _, c := range []struct {
		url            string
		allow, resolve []string
		refused        bool
	}{
		{"https://api.id.gov.sg/v2", nil, nil, true},
		{"https://api.id.gov.sg/v2", nil, []string{"api.id.gov.sg:127.0.0.1"}, true},
		{"https://API.ID.gov.sg.:443/v2", nil, nil, true},
		{"https://ａｐｉ.id.gov.sg/v2", nil, nil, true}, // full-width letters are the same name
		{"https://api-stg.id.gov.sg/v2", []string{"api-stg.id.gov.sg"}, nil, false},
		{"https://api-stg.id.gov.sg/v2", []string{"https.example"}, nil, true},
		{"http://127.0.0.1:8080/v2", nil, nil, false},
		{"http://127.9.9.9/v2", nil, nil, false},
		{"http://[::1]:8080/v2", nil, nil, false},
		{"http://[::ffff:127.0.0.1]/v2", nil, nil, false},
		{"http://[::ffff:192.0.2.7]/v2", nil, nil, true},
		{"http://0.0.0.0:8080/v2", nil, nil, true},
		{"http://192.0.2.7/v2", nil, nil, true},
		{"http://192.0.2.7/v2", []string{"192.0.2.7:80"}, nil, false},
		{"http://localhost:8080/v2", nil, nil, false},
		{"http://localhost.example/v2", nil, nil, false},
		{"http://idp.example/v2", nil, nil, true},
		{"http://two.example/v2", nil, nil, true},
		{"http://idp.example/v2", []string{"IDP.example."}, nil, false},
		{"http://idp.example:80/v2", nil, []string{"idp.example:80:127.0.0.1:9999"}, false},
		{"http://localhost/v2", nil, []string{"localhost:192.0.2.7"}, true},
		{"http://unknown.example/v2", nil, nil, true},
		{"/v2", nil, nil, true},
	} {
		g, err := NewGuard(c.allow, c.resolve)
		if err != nil {
			t.Fatal(err)
		}
		g.lookup = func(_ context.Context, host string) (addrs []netip.Addr, err error) {
			if names[host] == "" {
				return nil, errors.New("no such host")
			}
			for i, s := 0, names[host]; i < len(s); i += 10 {
				addrs = append(addrs, netip.MustParseAddr(s[i:min(len(s), i+9)]))
			}
			return addrs, nil
		}
		if err := g.Check(t.Context(), c.url); errors.Is(err, ErrHostRefused) != c.refused {
			t.Errorf("%s with %v %v: %v, want refused to be %t", c.url, c.allow, c.resolve, err, c.refused)
		}
	}
}

func TestProductionCannotBeAllowed(t *testing.T) {
	for _, host := range []string{"api.id.gov.sg", "API.id.gov.sg:443", "api.id.gov.sg."} {
		if _, err := NewGuard([]string{host}, nil); !errors.Is(err, ErrHostRefused) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestARefusedHostSeesNoConnection(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	for name, change := range map[string]func(*Options){
		"production as one of the endpoints": func(o *Options) { o.Endpoints.UserInfo = "https://api.id.gov.sg/v2/oauth/userinfo" },
		"a host that is not this machine":    func(o *Options) { o.Endpoints.JWKS = "http://192.0.2.7/jwks" },
	} {
		o := s.options(t, Login)
		change(&o)
		o.Dial = func(context.Context, string, string) (net.Conn, error) {
			t.Errorf("%s: a connection was opened", name)
			return nil, errors.New("not in this test")
		}
		if _, err := Run(t.Context(), o, nil); !errors.Is(err, ErrHostRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.minted.Load() != 0 {
		t.Error("codes were minted")
	}
}

// A name that leads to this machine when it is checked and elsewhere when the
// connection is made must not be loaded.
func TestAConnectionThatLeadsElsewhereIsClosed(t *testing.T) {
	g, err := NewGuard(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	defer theirs.Close()
	elsewhere := remoteConn{ours, &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 80}}
	dial := g.dialContext(func(context.Context, string, string) (net.Conn, error) { return elsewhere, nil })
	w := newWire(&Options{Timeout: DefaultTimeout, MaxBody: DefaultMaxBody, Workers: 1}, dial)
	defer w.close()
	u := mustURL(t, "http://localhost:80/")
	if a := w.do(t.Context(), &request{method: http.MethodGet, url: u, header: http.Header{}}); !errors.Is(a.err, ErrHostRefused) {
		t.Errorf("%v", a.err)
	}
	if _, err := theirs.Write([]byte("x")); err == nil {
		t.Error("the connection is still open")
	}
}

type remoteConn struct {
	net.Conn
	remote net.Addr
}

func (c remoteConn) RemoteAddr() net.Addr { return c.remote }
