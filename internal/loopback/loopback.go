// Package loopback gives tests addresses of this machine that stay what they are
// while the test runs, whatever other tests and programs open beside it.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
)

// Systems give ports from 32768 on to whoever asks for any, and to outgoing
// connections: one below is taken only by who names it.
const (
	firstPort = 10_000
	ports     = 22_000
)

// FreePort is a TCP port of 127.0.0.1 for a server that the test starts: nothing
// listens on it, and no system gives it to a program that asks for any port. It
// fails the test where there is none.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := firstPort + rand.IntN(ports)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no port of 127.0.0.1 is free")
	return 0
}

// ClosedAddress is an address, as in "127.0.0.1:40001", at which nobody listens
// until the test ends: it is taken, and never listened at. It fails the test where
// none can be taken.
func ClosedAddress(t testing.TB) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}
