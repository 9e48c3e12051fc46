package loadtest

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
	"time"
)

// allThrough is a load of whole logins on the embedded provider, of which every
// endpoint is behind a TLS server, and what that server has seen of them.
func allThrough(t *testing.T) (Options, *seen) {
	t.Helper()
	s := &seen{open: map[net.Conn]bool{}, protocols: map[string]int{}}
	o := liveThrough(t, func(next http.Handler) http.Handler { return next })
	behind := mustURL(t, o.Endpoints.Token)
	behind.Path = ""
	proxy := httputil.NewSingleHostReverseProxy(behind)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.note(r)
		proxy.ServeHTTP(w, r)
	}))
	server.EnableHTTP2 = true
	server.Config.ConnState = s.connection
	server.StartTLS()
	t.Cleanup(server.Close)
	for _, endpoint := range []*string{&o.Endpoints.Authorization, &o.Endpoints.Token, &o.Endpoints.UserInfo, &o.Endpoints.JWKS, &o.Endpoints.Discovery} {
		*endpoint = server.URL + mustURL(t, *endpoint).Path
	}
	o.Minter.(*loginMinter).endpoint = o.Endpoints.Authorization
	o.TLS = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	o.Rate, o.Duration = 20, time.Second
	return o, s
}

// seen is what a server has seen.
type seen struct {
	mu        sync.Mutex
	open      map[net.Conn]bool
	most      int            // connections at once
	all       int            // connections
	protocols map[string]int // of requests, as "authorize HTTP/1.1"
}

func (s *seen) connection(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.all++
		s.open[c] = true
		s.most = max(s.most, len(s.open))
	case http.StateClosed, http.StateHijacked:
		delete(s.open, c)
	}
}

func (s *seen) note(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	leg := "api"
	if strings.Contains(r.URL.Path, "/authorize") {
		leg = "authorize"
	}
	s.protocols[leg+" "+r.Proto]++
}

// The whole of a login goes over the connections of the load, in its protocol.
func TestWholeLoginsKeepToTheConnectionsOfTheLoad(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		o, s := allThrough(t)
		o.HTTP2, o.Connections = http2, 2
		l, err := Run(t.Context(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		if l.Requests != 20 || len(l.Errors) != 0 {
			t.Fatalf("%d logins, errors %v, %+v", l.Requests, l.Errors, l.Examples)
		}
		s.mu.Lock()
		if s.most > 2 || s.all > 2 {
			t.Errorf("HTTP/2 %t: %d connections, %d at once, where 2 are allowed", http2, s.all, s.most)
		}
		want := map[bool]string{false: " HTTP/1.1", true: " HTTP/2.0"}[http2]
		if len(s.protocols) != 2 || s.protocols["authorize"+want] == 0 || s.protocols["api"+want] == 0 {
			t.Errorf("HTTP/2 %t: %v", http2, s.protocols)
		}
		s.mu.Unlock()
	}
}

// Where HTTP/2 is asked for and the authorization endpoint does not speak it, no
// load is sent.
func TestWholeLoginsWithoutHTTP2AreRefused(t *testing.T) {
	o, _ := allThrough(t)
	o.HTTP2 = true
	authorize := mustURL(t, o.Endpoints.Authorization)
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, o.RedirectURI+"?code=a-code&state="+r.URL.Query().Get("state"), http.StatusFound)
	}))
	t.Cleanup(front.Close)
	o.Endpoints.Authorization = front.URL + authorize.Path
	o.Minter.(*loginMinter).endpoint = o.Endpoints.Authorization
	if _, err := Run(t.Context(), o, nil); err == nil || !strings.Contains(err.Error(), "HTTP/2 was asked for, and the authorization endpoint speaks HTTP/1.1") {
		t.Errorf("%v", err)
	}
}
