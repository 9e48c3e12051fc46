package suites

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/run"
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

// A token that runs out without having said when keeps no check of the whole run from
// its verdict where there are responses enough, or another login's token is valid.
func TestATokenThatRanOutSilently(t *testing.T) {
	closing := []string{"CRYPT-06", "CRYPT-07", "CRYPT-11"}
	for name, tt := range map[string]struct {
		further []string // that log in
		lives   int      // for how many requests for data a token is valid
		faults  []string
		want    []run.Verdict
	}{
		"with two responses":                      {nil, 2, nil, []run.Verdict{run.Pass, run.Pass, run.Blocked}},
		"with five responses":                     {nil, 5, nil, []run.Verdict{run.Pass, run.Pass, run.Pass}},
		"with another login":                      {[]string{"IDT-11"}, 2, nil, []run.Verdict{run.Pass, run.Pass, run.Blocked}},
		"with another login whose token is valid": {[]string{"IDT-11"}, -2, nil, []run.Verdict{run.Pass, run.Pass, run.Pass}},
		"with one key for all":                    {nil, 5, []string{"block-key-constant"}, []run.Verdict{run.Pass, run.Warn, run.Pass}},
		"with keys that hardly differ":            {nil, 5, []string{"block-key-mostly-constant"}, []run.Verdict{run.Pass, run.Pass, run.Fail}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.few, w.faults = true, tt.faults
			w.restart(t)
			var mu sync.Mutex
			asked, first := map[string]int{}, ""
			w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
				token := r.Header.Get("Authorization")
				if !strings.HasSuffix(r.URL.Path, "/userinfo") || token == "" {
					return false
				}
				mu.Lock()
				defer mu.Unlock()
				asked[token]++
				if first == "" {
					first = token
				}
				ranOut := tt.lives > 0 && asked[token] > tt.lives || tt.lives < 0 && token == first && asked[token] > -tt.lives
				if ranOut {
					rw.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
					rw.WriteHeader(http.StatusUnauthorized)
				}
				return ranOut
			}
			got := w.judge(t, append(slices.Concat(closing, tt.further), "UINFO-16")...)
			for i, id := range closing {
				if c := got[id]; c.Verdict != tt.want[i] {
					t.Errorf("%s: %s %s%s, want %s", id, c.Verdict, c.Reason, c.Observed, tt.want[i])
				}
			}
		})
	}
}
