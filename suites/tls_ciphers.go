package suites

import (
	"crypto/tls"
	"fmt"
	"slices"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// weakSuites are cipher suites by what is wrong with them, as the registry of
// TLS parameters numbers them.
var weakSuites = cases[[]uint16]{
	{"RSA key exchange", []uint16{
		0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1, 0x0041, 0x0084, 0x00ba, 0x00c0, 0x0096, 0x0007, 0xc050, 0xc051}},
	{"static Diffie-Hellman", []uint16{
		0x0030, 0x0031, 0x0036, 0x0037, 0x003e, 0x003f, 0x0068, 0x0069, 0x00a0, 0x00a1, 0x00a4, 0x00a5,
		0xc004, 0xc005, 0xc00e, 0xc00f, 0xc025, 0xc026, 0xc029, 0xc02a, 0xc02d, 0xc02e, 0xc031, 0xc032}},
	{"3DES", []uint16{0x000a, 0x000d, 0x0010, 0x0013, 0x0016, 0xc003, 0xc008, 0xc00d, 0xc012}},
	{"RC4", []uint16{0x0004, 0x0005, 0xc002, 0xc007, 0xc00c, 0xc011}},
	{"no encryption", []uint16{0x0001, 0x0002, 0x003b, 0xc001, 0xc006, 0xc00b, 0xc010}},
	{"no authentication", []uint16{0x0018, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x0046, 0x0089, 0x00a6, 0x00a7, 0xc015, 0xc016, 0xc017, 0xc018, 0xc019}},
	{"DES and export", []uint16{
		0x0003, 0x0006, 0x0008, 0x0009, 0x000b, 0x000c, 0x000e, 0x000f, 0x0011, 0x0012, 0x0014, 0x0015, 0x0017, 0x0019, 0x001a, 0x0062, 0x0064}},
}

// everySuite is every cipher suite before TLS 1.3 that a server may know, the
// strong ones first: for asking what version it speaks.
func everySuite() []uint16 {
	out := []uint16{0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xccaa, 0xc023, 0xc027, 0xc024, 0xc028, 0xc009, 0xc013, 0xc00a, 0xc014, 0x0033, 0x0039, 0x0032, 0x0038, 0x0067, 0x006b}
	for _, group := range weakSuites {
		out = append(out, group.input...)
	}
	return out
}

func suiteName(id uint16) string {
	for _, group := range weakSuites {
		if slices.Contains(group.input, id) && tls.CipherSuiteName(id) == fmt.Sprintf("0x%04X", id) {
			return fmt.Sprintf("cipher suite 0x%04X (%s)", id, group.name)
		}
	}
	return tls.CipherSuiteName(id)
}

var TLS05 = judge.Check{
	ID: "TLS-05", Title: "no cipher without forward secrecy or authentication",
	Problem: "a cipher without forward secrecy or authentication is accepted", Level: judge.MUST, Phase: judge.Refusing,
	Basis:  []run.Basis{judge.RFC("9325", "4.2"), judge.RFC("9325", "4.1")},
	Expect: "A client that offers only suites with RSA key exchange, static Diffie-Hellman, 3DES, RC4, no encryption, no authentication, DES or export is refused.",
	Why:    "Without forward secrecy, traffic recorded today can be decrypted once the server's key leaks; the other weak suites can be broken right away.",
	Remedy: "Allow ECDHE (and DHE) suites with AES-GCM or ChaCha20-Poly1305 only, or TLS 1.3 only.",
	Needs:  overTLS, Covers: []string{"AreStrongCiphersEnabledTest"},
	Cases: weakSuites.names(),
}

var _ = ginkgo.It("TLS-05 no cipher without forward secrecy or authentication", check(TLS05, func(s *Session) {
	s.handshake() // strong ones are taken
	weakSuites.each(s, func(suites []uint16) {
		hello := s.offer(clientHello{version: tls.VersionTLS12, suites: suites})
		s.Require(!hello.taken, "a refusal", "taken: "+hello.saw, nil)
	})
}))
