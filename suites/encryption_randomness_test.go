package suites

import (
	"bytes"
	"crypto/rand"
	"testing"
)

func TestNotRandom(t *testing.T) {
	fresh := func(n int) []byte {
		b := make([]byte, n)
		rand.Read(b)
		return b
	}
	half := fresh(8)
	for what, key := range map[string][]byte{
		"digits": []byte("0001732634000123"), "hexadecimal": []byte("00ff00ff12345678"), "base64": []byte("c2dpZGNoZWNrLWtl"),
		"zeros": append(fresh(8), make([]byte, 8)...), "one octet": bytes.Repeat([]byte{7}, 32), "a half twice": append(half, half...),
	} {
		if notRandom(key) == "" {
			t.Errorf("%s: taken for random", what)
		}
	}
	for _, n := range []int{16, 24, 32, 64} {
		if problem := notRandom(fresh(n)); problem != "" {
			t.Errorf("a random key of %d octets %s", n, problem)
		}
	}
}

func TestSameOctets(t *testing.T) {
	var random, prefixed [][]byte
	for range enoughKeys {
		key := make([]byte, 16)
		rand.Read(key)
		random = append(random, key)
		prefixed = append(prefixed, append([]byte("twelve octet"), key[:4]...))
	}
	if n, length := sameOctets(prefixed); n != 12 || length != 16 {
		t.Errorf("%d of %d octets are the same, expected 12 of 16", n, length)
	}
	if n, _ := sameOctets(random); n != 0 {
		t.Errorf("%d octets of random keys are the same", n)
	}
	if n, _ := sameOctets(prefixed[:3]); n != 0 {
		t.Errorf("judged by %d octets of three keys", n)
	}
	if n, _ := sameOctets([][]byte{random[0], random[0], random[0], random[0], random[0], random[0]}); n != 0 {
		t.Error("one key, used again, is judged by its octets")
	}
}
