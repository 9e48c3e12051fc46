package sgid

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestIssuers(t *testing.T) {
	tests := []struct{ issuer, documented, discovery string }{ // what the error says; "" for none
		{"https://api.id.gov.sg/v2", "", ""},
		{"http://127.0.0.1:5156/v2", "", ""},
		{"https://api.id.gov.sg/v2/", "ends in a slash", "ends in a slash"},
		{"https://api.id.gov.sg", "has no path /v2", ""},
		{"https://api.id.gov.sg/v2/sgid", "has no path /v2", ""},
		{"api.id.gov.sg/v2", "not an absolute", "not an absolute"},
		{"//api.id.gov.sg/v2", "not an absolute", "not an absolute"},
		{"https:///v2", "names no host", "names no host"},
		{"https://u:p@x/v2", "user name", "user name"},
		{"https://x/v2?a", "query or fragment", "query or fragment"},
		{"https://x/v2#", "query or fragment", "query or fragment"},
		{"http://[::1/v2", "not a URL", "not a URL"},
		{"", "empty", "empty"},
	}
	says := func(err error, want string) bool {
		return (want == "") == (err == nil) && (err == nil || strings.Contains(err.Error(), want))
	}
	for _, test := range tests {
		e, err := DocumentedEndpoints(test.issuer)
		if !says(err, test.documented) {
			t.Errorf("DocumentedEndpoints(%q): %v", test.issuer, err)
		}
		if err == nil && (e.Discovery != test.issuer+"/.well-known/openid-configuration" || !strings.HasSuffix(e.Token, "/v2/oauth/token")) {
			t.Errorf("DocumentedEndpoints(%q) = %+v", test.issuer, e)
		}
		if _, err := DiscoveryURL(test.issuer); !says(err, test.discovery) {
			t.Errorf("DiscoveryURL(%q): %v", test.issuer, err)
		}
	}
}

func TestPKCE(t *testing.T) {
	// RFC7636 appendix B.
	if got := ChallengeS256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Errorf("challenge %s", got)
	}
	asLibrariesSend := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	seen := map[string]bool{}
	for range 100 {
		p := NewPKCE()
		if !asLibrariesSend.MatchString(p.Verifier) || p.Challenge != ChallengeS256(p.Verifier) || seen[p.Verifier] {
			t.Fatalf("%+v, seen before: %v", p, seen[p.Verifier])
		}
		seen[p.Verifier] = true
	}
}

func TestARequestKeepsTheQueryOfItsEndpoint(t *testing.T) {
	v := AuthorizeRequest{ClientID: "c", RedirectURI: "http://x/cb?a=b", Scopes: []string{"openid", "myinfo.name"}, CodeChallenge: "ch"}.Values()
	if _, ok := v["state"]; ok {
		t.Error("an empty state is sent")
	}
	for _, test := range []struct{ endpoint, prefix string }{
		{"https://x/v2/oauth/authorize", "https://x/v2/oauth/authorize?client_id=c&"},
		{"https://x/a?tenant=1", "https://x/a?tenant=1&client_id=c&"},
		{"https://x/a?", "https://x/a?client_id=c&"},
	} {
		got := WithQuery(test.endpoint, v.Encode())
		u, err := url.Parse(got)
		if err != nil || !strings.HasPrefix(got, test.prefix) || u.Query().Get("scope") != "openid myinfo.name" ||
			u.Query().Get("redirect_uri") != "http://x/cb?a=b" || u.Query().Get("code_challenge_method") != "S256" {
			t.Errorf("%s: %s, %v", test.endpoint, got, err)
		}
	}
}

func TestNRIC(t *testing.T) {
	for s, want := range map[string]bool{
		"S9812379B": true, "S9812379A": false, "s9812379B": false, "M1234567K": true, "M1234567L": false,
		"F1234567N": true, "G1234567X": true, "T1234567J": true, "A1234567J": false, "S981237B": false, "": false, "S98123x9B": false,
	} {
		if ValidNRIC(s) != want {
			t.Errorf("ValidNRIC(%s) = %t", s, !want)
		}
	}
	got := FindNRIC("sub=u=S9812379B, again S9812379B, inside xs9812379bx, wrong S9812379A, G1234567X")
	if fmt.Sprint(got) != "[S9812379B s9812379b G1234567X]" {
		t.Errorf("found %q", got)
	}
}

func TestScopes(t *testing.T) {
	tests := []struct {
		scope, plaintext string
		ok               bool
	}{
		{"openid", "", true}, {"openid", "x", false},
		{"myinfo.name", "TAN AH KOW", true}, {"myinfo.name", "", false}, {"myinfo.name", "\xff", false},
		{"myinfo.nric_number", "S9812379B", true}, {"myinfo.nric_number", "S9812379A", false}, {"myinfo.nric_number", "s9812379b", false},
		{"myinfo.date_of_birth", "1998-02-28", true}, {"myinfo.date_of_birth", "1998-02", true}, {"myinfo.date_of_birth", "1998", true},
		{"myinfo.date_of_birth", "1998-02-30", false}, {"myinfo.date_of_birth", "28/02/1998", false},
		{"myinfo.passport_expiry_date", "2030-01-31", true}, {"myinfo.passport_expiry_date", "2030-01", false},
		{"myinfo.mobile_number", "87654321", true}, {"myinfo.mobile_number", "+6587654321", false},
		{"myinfo.mobile_number_with_country_code", "+65 87654321", true}, {"myinfo.mobile_number_with_country_code", "87654321", false},
		{"myinfo.registered_address", "BLK 1 BEDOK NORTH ROAD\n#02-03\nSINGAPORE 460001", true}, {"myinfo.registered_address", "BLK 1, SINGAPORE 460001", false},
		{"myinfo.registered_address", "BLK 1\nSINGAPORE", false}, {"myinfo.registered_address", "BLK 1\n\nSINGAPORE 460001", false},
		{"myinfo.sex", "MALE", true}, {"myinfo.sex", "Male", false},
		{"myinfo.vehicles", `[{"vehicle_number":"SBA1A"}]`, true}, {"myinfo.vehicles", "[]", true},
		{"myinfo.vehicles", `[{"number":"SBA1A"}]`, false}, {"myinfo.vehicles", `{"vehicle_number":"SBA1A"}`, false}, {"myinfo.vehicles", "[null]", false},
		{"pocdex.public_officer_details", `[{"work_email":"a@b"}]`, true}, {"pocdex.public_officer_details", `["x"]`, false},
		{"pocdex.number_of_employments", "0", true}, {"pocdex.number_of_employments", "one", false}, {"pocdex.number_of_employments", "-1", false},
	}
	for _, test := range tests {
		s, ok := LookupScope(test.scope)
		err := s.Check(test.plaintext)
		if !ok || (err == nil) != test.ok {
			t.Errorf("%s %q: %v", test.scope, test.plaintext, err)
		}
		if err != nil && test.plaintext != "" && strings.Contains(err.Error(), test.plaintext) {
			t.Errorf("%s: the error quotes the value: %v", test.scope, err)
		}
	}
	for _, s := range Scopes() {
		if err := s.Check(NotAvailable); (err == nil) == (s.Name == ScopeOpenID) {
			t.Errorf("%s: NA: %v", s.Name, err)
		}
	}
	if _, ok := LookupScope("myinfo.Name"); ok || len(Scopes()) != 25 {
		t.Errorf("%d scopes, or names in another case are taken", len(Scopes()))
	}
}

func TestCheckCertificates(t *testing.T) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: testNow, NotAfter: testNow.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &testKey().PublicKey, testKey())
	if err != nil {
		t.Fatal(err)
	}
	x5c := base64.StdEncoding.EncodeToString(der)
	for _, test := range []struct {
		name  string
		key   *rsa.PrivateKey
		extra string
		says  string
	}{
		{"none", testKey(), ``, ""},
		{"right", testKey(), `,"x5c":["` + x5c + `"]`, ""},
		{"another key's", otherKey(), `,"x5c":["` + x5c + `"]`, "for another key"},
		{"thumbprint", testKey(), `,"x5c":["` + x5c + `"],"x5t#S256":"AAAA"`, "x5t#S256"},
		{"not base64", testKey(), `,"x5c":["*"]`, "not standard base64"},
		{"not a list", testKey(), `,"x5c":"` + x5c + `"`, "an array of strings"},
	} {
		n := base64.RawURLEncoding.EncodeToString(test.key.N.Bytes())
		set, err := ParseKeySet([]byte(`{"keys":[{"kty":"RSA","e":"AQAB","n":"` + n + `"` + test.extra + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Keys[0].CheckCertificates(); (test.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		}
	}
}
