package redact

import (
	"sgidcheck/internal/redact/redacttest"
	"slices"
	"strings"
	"testing"
)

func TestMayBeSecret(t *testing.T) {
	for _, s := range redacttest.Strays() {
		if s.Text != redacttest.StraySecret && !strings.Contains(s.Text, ",") && !strings.Contains(s.Text, " ") && !MayBeSecret(s.Text) {
			t.Errorf("%q is taken for harmless", s.Text)
		}
	}
	for _, text := range []string{
		"", "discovery", "10s", "no.pem", "TOKEN-05", "AUTHZ-1*", "userinfo.p99<300ms", "login.errors<0.01%", "sgidcheck-report/2026-07-01/run.json",
		"https://api-stg.id.gov.sg/v2", "http://127.0.0.1:8085/callback", "node_modules/@opengovsg/mockpass/static/certs/key.pem"[14:], "/etc/ssl/certs/ca-certificates.crt",
		"myinfo.mobile_number_with_country_code", "openid myinfo.name myinfo.nric_number", "TAN AH KOW JONATHAN", "idp.example:443:127.0.0.1", "suites/waivers/mockpass-4.3.4.yaml", "mockpass-4.3.4",
		"C:/Users/Tan Ah Kow/Documents/private-key.pem", "sgid-mock.default.svc.cluster.local",
	} {
		if text != "" && text[0] == '@' {
			continue
		}
		if MayBeSecret(text) {
			t.Errorf("%q is taken for a secret", text)
		}
	}
}

func TestTheRecordedCommandHoldsNoMisplacedSecret(t *testing.T) {
	for kind, stray := range redacttest.Strays() {
		if kind == "the value of another setting" || strings.HasPrefix(kind, "a secret in an address") {
			continue // the redactor has learnt the one, and looks into the other
		}
		for _, args := range [][]string{{"sgidcheck", "run", "--persona", stray.Text}, {"sgidcheck", "run", "--persona=" + stray.Text}} {
			if got := strings.Join(New().Command(args), " "); strings.Contains(got, stray.Marked) {
				t.Errorf("%s: %s", kind, got)
			}
		}
	}
	plain := []string{"sgidcheck", "run", "--client-id", redacttest.StrayRandom, "--out=/tmp/" + redacttest.StrayRandom, "--threshold=userinfo.p99<300ms", "--issuer", "https://api-stg.id.gov.sg/v2", "--select", strings.Repeat("TOKEN-05,", 40)}
	if got := New().Command(plain); !slices.Equal(got, plain) {
		t.Errorf("%q", got)
	}
}
