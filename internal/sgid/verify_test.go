package sgid

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
)

var testNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	testIssuer = "http://127.0.0.1:5156/v2"
	testClient = "client-1"
)

func goodClaims() map[string]any {
	return map[string]any{
		"iss": testIssuer, "sub": "u=5b6f0e0c", "aud": testClient, "nonce": "n-1",
		"exp": testNow.Add(time.Hour).Unix(), "iat": testNow.Unix(),
	}
}

// failed names the claims that err complains of, in order.
func failed(t *testing.T, err error) []string {
	t.Helper()
	var claims []string
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err != nil {
			t.Fatalf("not a joined error: %v", err)
		}
		return nil
	}
	for _, e := range joined.Unwrap() {
		claim, ok := e.(*ClaimError)
		if !ok {
			t.Fatalf("not a ClaimError: %v", e)
		}
		if claim.Step == "" || claim.Expected == "" || claim.Got == "" {
			t.Errorf("incomplete: %+v", claim)
		}
		claims = append(claims, claim.Claim)
	}
	return claims
}

func TestVerifyIDTokenJudgesEveryStep(t *testing.T) {
	nonce := "n-1"
	want := Expectation{Issuer: testIssuer, ClientID: testClient, Nonce: &nonce, AccessToken: "token", Code: "code", Now: testNow, Leeway: time.Minute}
	set := func(name string, value any) func(map[string]any) { return func(c map[string]any) { c[name] = value } }
	drop := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	tests := []struct {
		name   string
		change func(map[string]any)
		fails  string
	}{
		{"everything wrong is reported at once", func(c map[string]any) {
			for name := range c {
				delete(c, name)
			}
		}, "iss aud exp iat nonce sub"},
		{"good", func(map[string]any) {}, ""},
		{"issuer with a slash", set("iss", testIssuer+"/"), "iss"},
		{"issuer missing", drop("iss"), "iss"},
		{"other audience", set("aud", "client-2"), "aud"},
		{"audience in an array", set("aud", []string{testClient}), ""},
		{"audience of a wrong type", set("aud", []any{testClient, 1}), "aud"},
		{"two audiences without azp", set("aud", []string{testClient, "x"}), "aud azp"},
		{"two audiences with azp", func(c map[string]any) { c["aud"] = []string{testClient, "x"}; c["azp"] = testClient }, ""},
		{"azp of another", set("azp", "x"), "azp"},
		{"expired", set("exp", testNow.Add(-time.Minute).Unix()), "exp"},
		{"expired within the leeway", set("exp", testNow.Add(-59*time.Second).Unix()), ""},
		{"exp as a string", set("exp", "1803816000"), "exp"},
		{"exp without end", set("exp", json.Number("1e300")), "exp"},
		{"iat in the future", set("iat", testNow.Add(61*time.Second).Unix()), "iat"},
		{"iat with a fraction", set("iat", json.Number("1772366400.5")), ""},
		{"iat missing", drop("iat"), "iat"},
		{"nonce of another case", set("nonce", "N-1"), "nonce"},
		{"nonce missing", drop("nonce"), "nonce"},
		{"sub empty", set("sub", ""), "sub"},
		{"sub too long", set("sub", strings.Repeat("x", 256)), "sub"},
		{"sub not ASCII", set("sub", "u=é"), "sub"},
		{"nbf in the future", set("nbf", testNow.Add(time.Hour).Unix()), "nbf"},
		{"at_hash right", set("at_hash", LeftHash("token")), ""},
		{"at_hash wrong", set("at_hash", LeftHash("other")), "at_hash"},
		{"c_hash wrong", set("c_hash", "x"), "c_hash"},
	}
	keys := keySet(t, map[string]*rsa.PrivateKey{"k1": testKey()})
	for _, test := range tests {
		claims := goodClaims()
		test.change(claims)
		compact := sign(t, testKey(), jwa.RS256, map[string]any{"kid": "k1"}, claims)
		token, err := VerifyIDToken(compact, keys, want)
		if got := strings.Join(failed(t, err), " "); got != test.fails || token == nil {
			t.Errorf("%s: failed %q, want %q (%v)", test.name, got, test.fails, err)
		}
	}
	claims := goodClaims()
	want.Nonce = nil
	_, err := VerifyIDToken(sign(t, testKey(), jwa.RS256, map[string]any{"kid": "k1"}, claims), keys, want)
	if got := failed(t, err); !slices.Equal(got, []string{"nonce"}) {
		t.Errorf("a nonce that was never sent: failed %q", got)
	}
}

func TestVerifySignatureChoosesTheKey(t *testing.T) {
	one := map[string]*rsa.PrivateKey{"k1": testKey()}
	two := map[string]*rsa.PrivateKey{"k1": testKey(), "k2": otherKey()}
	none := map[string]*rsa.PrivateKey{}
	kid := func(id string) map[string]any { return map[string]any{"kid": id} }
	tests := []struct {
		name   string
		keys   map[string]*rsa.PrivateKey
		header map[string]any
		alg    jwa.SignatureAlgorithm
		fails  string
	}{
		{"named", two, kid("k1"), jwa.RS256, ""},
		{"named the other", two, kid("k2"), jwa.RS256, "signature"},
		{"not named, one key", one, nil, jwa.RS256, ""},
		{"not named, two keys", two, nil, jwa.RS256, "kid"},
		{"name not in the set", two, kid("k3"), jwa.RS256, "kid"},
		{"empty set", none, kid("k1"), jwa.RS256, "signature"},
		{"RS512", one, kid("k1"), jwa.RS512, "alg"},
		{"PS256", one, kid("k1"), jwa.PS256, "alg"},
		{"crit", one, map[string]any{"kid": "k1", "crit": []string{"x"}, "x": true}, jwa.RS256, "crit"},
	}
	for _, test := range tests {
		compact := sign(t, testKey(), test.alg, test.header, goodClaims())
		if got := strings.Join(failed(t, VerifySignature(compact, keySet(t, test.keys))), " "); got != test.fails {
			t.Errorf("%s: failed %q, want %q", test.name, got, test.fails)
		}
	}
}

func TestVerifySignatureRefusesForgeries(t *testing.T) {
	keys := keySet(t, map[string]*rsa.PrivateKey{"k1": testKey()})
	good := sign(t, testKey(), jwa.RS256, map[string]any{"kid": "k1"}, goodClaims())
	parts := strings.Split(good, ".")
	header := func(h string) string { return base64.RawURLEncoding.EncodeToString([]byte(h)) }
	tests := []struct{ name, compact, fails string }{
		{"unsigned", header(`{"alg":"none"}`) + "." + parts[1] + ".", "alg"},
		{"HMAC with the public key", header(`{"alg":"HS256","kid":"k1"}`) + "." + parts[1] + "." + parts[2], "alg"},
		{"other claims", parts[0] + "." + header(`{"sub":"x"}`) + "." + parts[2], "signature"},
		{"no signature", parts[0] + "." + parts[1] + ".", "signature"},
		{"other header", header(`{"alg":"RS256", "kid":"k1"}`) + "." + parts[1] + "." + parts[2], "signature"},
	}
	for _, test := range tests {
		if got := strings.Join(failed(t, VerifySignature(test.compact, keys)), " "); got != test.fails {
			t.Errorf("%s: failed %q, want %q", test.name, got, test.fails)
		}
	}
}

func TestParseIDTokenSaysWhatIsWrong(t *testing.T) {
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	tests := []struct{ compact, says string }{
		{"", "1 parts"},
		{"a.b", "2 parts"},
		{"a.b.c.d.e", "encrypted"},
		{strings.Repeat("a", maxToken+1), "larger than"},
		{"!." + enc("{}") + ".", "ID token header"},
		{enc("{}") + "=." + enc("{}") + ".", "header: not base64url"},
		{enc("{}") + "." + enc(`{"sub":"a","sub":"b"}`) + ".", `claims: member "sub" stands twice`},
		{enc("{}") + "." + enc(`[]`) + ".", "claims: expected a JSON object, got an array"},
		{enc("{}") + "." + enc(`{}x`) + ".", "claims: 1 bytes behind"},
		{enc("{}") + "." + enc(`{}`) + ".*", "ID token signature"},
	}
	for _, test := range tests {
		if _, err := ParseIDToken(test.compact); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%.30q: %v, want %q", test.compact, err, test.says)
		}
	}
}

func TestParseIDTokenKeepsWhatStandsThere(t *testing.T) {
	claims := goodClaims()
	claims["aud"] = []string{"a", "b"}
	delete(claims, "nonce")
	token, err := ParseIDToken(sign(t, testKey(), jwa.RS256, map[string]any{"kid": "k1"}, claims))
	if err != nil {
		t.Fatal(err)
	}
	if token.AudienceIsString || !slices.Equal(token.Audience, []string{"a", "b"}) || token.Nonce != nil ||
		token.KID != "k1" || token.Algorithm != AlgRS256 || !token.IssuedAt.Equal(testNow) || len(token.Signature) != 256 {
		t.Errorf("got %+v", token)
	}
	if _, ok := token.Claims["exp"].(json.Number); !ok {
		t.Errorf("exp is a %T", token.Claims["exp"])
	}
	var claim *ClaimError
	if err := token.Verify(nil, Expectation{Now: testNow}); !errors.As(err, &claim) {
		t.Errorf("got %v", err)
	}
}
