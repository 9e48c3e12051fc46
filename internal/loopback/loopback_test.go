package loopback_test

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"sgidcheck/internal/loopback"
)

func TestFreePort(t *testing.T) {
	port := loopback.FreePort(t)
	if port >= 32_768 {
		t.Errorf("port %d may be given to a program that asks for any", port)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// Nobody else can take the address, and who connects is refused.
func TestClosedAddress(t *testing.T) {
	address := loopback.ClosedAddress(t)
	if l, err := net.Listen("tcp", address); err == nil {
		l.Close()
		t.Errorf("%s can be listened at", address)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Errorf("%s answers", address)
	} else if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%s: %v", address, err)
	}
}
