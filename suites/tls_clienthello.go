package suites

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"sgidcheck/internal/exchange"
)

// versionSSL30 is SSL 3.0, which crypto/tls knows no more.
const versionSSL30 = 0x0300

// helloLimit is how long a server may take to answer a ClientHello.
const helloLimit = 10 * time.Second

// clientHello is what a client offers. It is written by hand: crypto/tls offers
// nothing that is weak enough to be refused.
type clientHello struct {
	version uint16
	suites  []uint16
	tls13   bool // offer TLS 1.3, too
}

// serverHello is what the server made of an offer.
type serverHello struct {
	taken   bool
	version uint16
	suite   uint16
	saw     string
}

// dial connects to host:port, without a handshake.
func (s *Session) dial(hostport string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(s.Context, helloLimit)
	defer cancel()
	conn, err := s.Client.Tunnel(ctx, hostport)
	s.stopIfInterrupted()
	if err != nil {
		failure := exchange.Classify(s.Context, err, helloLimit)
		s.blockedOnTheWay(failure)
		return nil, failure
	}
	return conn, conn.SetDeadline(time.Now().Add(helloLimit))
}

// offer sends a ClientHello to the target and returns what it chose. A server
// that says nothing blocks the check, and so does one that closes the
// connection and then takes no ordinary handshake either.
func (s *Session) offer(hello clientHello) serverHello {
	name, hostport := s.host()
	conn, err := s.dial(hostport)
	if err != nil {
		s.Block("target", "no connection to %s: %v", hostport, err)
	}
	defer conn.Close()
	if _, err = conn.Write(hello.bytes(name)); err == nil {
		var answer serverHello
		if answer, err = readServerHello(conn); err == nil {
			return answer
		}
	}
	s.stopIfInterrupted()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.Block("target", "no response to a ClientHello within %s", helloLimit)
	}
	s.handshake() // it lives, and so it closed the connection by choice
	return serverHello{saw: "the connection was closed"}
}

func readServerHello(r io.Reader) (serverHello, error) {
	header := make([]byte, 5)
	if _, err := io.ReadFull(r, header); err != nil {
		return serverHello{}, err
	}
	if header[0] != 21 && header[0] != 22 || header[1] != 3 {
		return serverHello{saw: "a response that is not TLS"}, nil
	}
	body := make([]byte, min(int(binary.BigEndian.Uint16(header[3:])), 1<<14))
	if _, err := io.ReadFull(r, body); err != nil {
		return serverHello{}, err
	}
	if header[0] == 21 {
		if len(body) < 2 {
			return serverHello{saw: "an alert"}, nil
		}
		return serverHello{saw: "the alert " + strings.TrimPrefix(tls.AlertError(body[1]).Error(), "tls: ")}, nil
	}
	const random = 6 + 32 // message type and length, version, random
	if len(body) < random+1 || body[0] != 2 || len(body) < random+1+int(body[random])+3 {
		return serverHello{saw: "a message that is not a ServerHello"}, nil
	}
	after := body[random+1+int(body[random]):]
	out := serverHello{taken: true, version: binary.BigEndian.Uint16(body[4:]), suite: binary.BigEndian.Uint16(after)}
	if len(after) >= 5 {
		out.version = selectedVersion(after[5:], out.version)
	}
	version := tls.VersionName(out.version)
	if out.version == versionSSL30 {
		version = "SSL 3.0"
	}
	out.saw = fmt.Sprintf("%s with %s", version, suiteName(out.suite))
	return out, nil
}

// selectedVersion reads the extension in which TLS 1.3 says its version.
func selectedVersion(extensions []byte, otherwise uint16) uint16 {
	for len(extensions) >= 4 {
		kind, length := binary.BigEndian.Uint16(extensions), int(binary.BigEndian.Uint16(extensions[2:]))
		extensions = extensions[4:]
		if length > len(extensions) {
			break
		}
		if kind == 43 && length == 2 {
			return binary.BigEndian.Uint16(extensions)
		}
		extensions = extensions[length:]
	}
	return otherwise
}

// bytes is the ClientHello as a record on the wire (RFC 5246 section 7.4.1.2,
// RFC 8446 section 4.1.2).
func (h clientHello) bytes(serverName string) []byte {
	random := make([]byte, 64)
	rand.Read(random)
	suites := h.suites
	if h.tls13 {
		suites = append([]uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384, tls.TLS_CHACHA20_POLY1305_SHA256}, suites...)
	}
	body := binary.BigEndian.AppendUint16(nil, h.version)
	body = append(body, random[:32]...)
	body = append(body, 0)
	body = append(body, withLength16(uint16s(suites...))...)
	body = append(body, 1, 0) // no compression
	if h.version > versionSSL30 {
		body = append(body, withLength16(h.extensions(serverName, random[32:]))...)
	}
	message := append([]byte{1, 0}, withLength16(body)...)
	record := []byte{22, 3, 1}
	if h.version == versionSSL30 {
		record[2] = 0
	}
	return append(record, withLength16(message)...)
}

func (h clientHello) extensions(serverName string, share []byte) []byte {
	var out []byte
	add := func(kind uint16, content []byte) {
		out = append(binary.BigEndian.AppendUint16(out, kind), withLength16(content)...)
	}
	if net.ParseIP(serverName) == nil {
		add(0, withLength16(append([]byte{0}, withLength16([]byte(serverName))...)))
	}
	groups := uint16s(uint16(tls.X25519), uint16(tls.CurveP256), uint16(tls.CurveP384), uint16(tls.CurveP521), 256, 257)
	add(10, withLength16(groups))
	add(11, []byte{1, 0}) // uncompressed points
	add(13, withLength16(uint16s(0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202)))
	add(0xff01, []byte{0}) // secure renegotiation
	if h.tls13 {
		add(43, append([]byte{4}, uint16s(tls.VersionTLS13, tls.VersionTLS12)...))
		add(45, []byte{1, 1})
		add(51, withLength16(append(uint16s(uint16(tls.X25519)), withLength16(share)...)))
	}
	return out
}

func uint16s(values ...uint16) []byte {
	var out []byte
	for _, v := range values {
		out = binary.BigEndian.AppendUint16(out, v)
	}
	return out
}

func withLength16(content []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(content))), content...)
}
