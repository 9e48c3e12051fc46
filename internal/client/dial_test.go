package client

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestWhereAHostIsConnectedTo(t *testing.T) {
	d, err := newDialer([]string{"A.example:10.0.0.1", "a.example:8443:10.0.0.2", "b.example:10.0.0.3:99", "c.example:[::1]"}, true)
	if err != nil || d.proxies != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"a.example:443": "10.0.0.1:443", "A.EXAMPLE:80": "10.0.0.1:80", "a.example:8443": "10.0.0.2:8443", "b.example:443": "10.0.0.3:99", "c.example:1": "[::1]:1", "d.example:1": "d.example:1", "a.example": "a.example",
	} {
		if got := d.address(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]bool{"443": true, "0": true, "65535": true, "65536": false, "": false, "https": false, "/1": false, ":1": false} {
		if isPort(in) != want {
			t.Errorf("port %q: %v", in, !want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for in, want := range map[string]bool{"http://localhost/": true, "http://LOCALHOST.:1/": true, "http://a.localhost": true, "http://127.9.9.9": true, "http://[::1]:1": true, "http://localhost.example": false, "http://10.0.0.1": false, "http://a.example": false, "%": false, "http://alocalhost": false} {
		if IsLoopback(in) != want {
			t.Errorf("%s: %v", in, !want)
		}
	}
}

func TestPaceIsKept(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var waited []time.Duration
	p := newPacer(2, func() time.Time { return now }, func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil })
	for _, step := range []time.Duration{0, 100 * time.Millisecond, 900 * time.Millisecond, 500 * time.Millisecond} {
		now = now.Add(step)
		if err := p.wait(context.Background(), "https://a.example"); err != nil {
			t.Error(err)
		}
	}
	if fmt.Sprint(waited) != "[400ms]" {
		t.Errorf("waited %v", waited)
	}
	free := newPacer(0, func() time.Time { return now }, func(context.Context, time.Duration) error { t.Error("waited without a pace"); return nil })
	for range 3 {
		_ = free.wait(context.Background(), "https://a.example")
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if free.wait(stopped, "https://a.example") == nil || p.wait(stopped, "http://localhost") == nil {
		t.Error("a stopped run goes on")
	}
}
