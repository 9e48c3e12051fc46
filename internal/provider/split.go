package provider

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// splitListener sorts a listener's connections by their first octet: a TLS
// handshake (22) goes to the first listener, anything else to the second. Only
// the faults that serve plain http on the https port need it.
func splitListener(l net.Listener) (secure, plain net.Listener) {
	a := &sortedListener{Listener: l, conns: make(chan net.Conn), over: make(chan struct{})}
	b := &sortedListener{Listener: l, conns: make(chan net.Conn), over: a.over}
	var once sync.Once
	end := func() { once.Do(func() { close(a.over) }) }
	a.end, b.end = end, end
	go func() {
		defer end()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go sortConnection(c, a, b)
		}
	}()
	return a, b
}

func sortConnection(c net.Conn, secure, plain *sortedListener) {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(c)
	first, err := r.Peek(1)
	if err != nil {
		_ = c.Close()
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	to := plain
	if first[0] == 22 {
		to = secure
	}
	select {
	case to.conns <- peekedConn{c, r}:
	case <-to.over:
		_ = c.Close()
	}
}

type sortedListener struct {
	net.Listener
	conns chan net.Conn
	over  chan struct{}
	end   func()
}

func (l *sortedListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.over:
		return nil, net.ErrClosed
	}
}

func (l *sortedListener) Close() error {
	l.end()
	return l.Listener.Close()
}

// peekedConn reads again what was looked at.
type peekedConn struct {
	net.Conn
	r *bufio.Reader
}

func (c peekedConn) Read(b []byte) (int, error) { return c.r.Read(b) }
