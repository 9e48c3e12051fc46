package config

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/redact/redacttest"
)

func TestTeachLearnsEveryNumberOfAKey(t *testing.T) {
	r := redact.New()
	key := redacttest.Key()
	Registration{ClientSecret: "the-secret", Key: key}.Teach(r, "SGID_CLIENT_SECRET")
	for name, n := range map[string]*big.Int{"d": key.D, "p": key.Primes[0], "q": key.Primes[1], "dp": key.Precomputed.Dp, "dq": key.Precomputed.Dq, "qi": key.Precomputed.Qinv} {
		if got := r.Text(fmt.Sprintf("%x", n.Bytes())); !strings.Contains(got, "redacted private_key") {
			t.Errorf("%s is shown: %s", name, got)
		}
	}
	lines := strings.Split(redacttest.PEM(), "\n")
	if got := r.Text(lines[3]); !strings.Contains(got, "redacted private_key") {
		t.Errorf("a line of the PEM is shown: %s", got)
	}
	bare := redact.New()
	Registration{ClientSecret: "the-secret"}.Teach(bare, "SGID_CLIENT_SECRET")
	if bare.Known(redact.KindPrivateKey) != 0 || bare.Known(redact.KindClientSecret) != 1 {
		t.Error("a party without a key")
	}
}

func TestCallbacks(t *testing.T) {
	for _, tt := range []struct {
		p    Registration
		want string
	}{
		{Registration{}, "[]"}, {Registration{RedirectURI: "a"}, "[a]"}, {Registration{RedirectURI: "a", RedirectURIs: []string{"b"}}, "[a b]"},
		{Registration{RedirectURI: "b", RedirectURIs: []string{"a", "b"}}, "[a b]"}, {Registration{RedirectURIs: []string{"a"}}, "[a]"},
	} {
		if got := fmt.Sprint(tt.p.Callbacks()); got != tt.want {
			t.Errorf("%+v: %s", tt.p, got)
		}
	}
	if got := fmt.Sprint(ScopeList("openid, a\tb\nopenid a")); got != "[openid a b]" {
		t.Error(got)
	}
}
