package config

import (
	"strings"
	"testing"
)

// A threshold of any length and comparison is none of the texts that may be
// secrets; what stands in its place still is.
func TestThresholdsAreNoSecrets(t *testing.T) {
	for item, taken := range map[string]bool{
		"userinfo.p99<300ms": true, "userinfo.count==50": true, "rate_achieved>=190/s": true, "userinfo.p99_9 <= 1.5s": true, "login.errors<=0.1%": true, "errors<1%": true, "userinfo.errors==0": true,
		"4dGhzc2VjcmV0aXNsb25nZXJ0aGFu==": false, "SGID_CLIENT_SECRET=4f9a8c2be1d07a63": false, "errors<4f9a8c2be1d07a63bb99a1c2d3": false, "4f9a8c2be1d07a63bb99a1c2d3<1": false,
	} {
		_, err := resolveWith(t, []string{"--threshold", item}, nil, "")
		if (err == nil) != taken || err != nil && strings.Contains(err.Error(), item) {
			t.Errorf("%s: %v", item, err)
		}
	}
}
