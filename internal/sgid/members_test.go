package sgid

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

// snake writes the name of a field of Metadata as the member that it is read from.
func snake(name string) string {
	for _, word := range []string{"ID", "OP", "ACR", "UI", "JWKSURI", "URI"} {
		name = strings.Replace(name, word, strings.ToUpper(word[:1])+strings.ToLower(word[1:]), 1)
	}
	name = strings.NewReplacer("Jwksuri", "Jwks_uri", "JWKSUri", "Jwks_uri", "UserInfo", "Userinfo", "TosUri", "Tos_uri").Replace(name)
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(strings.ReplaceAll(b.String(), "__", "_"))
}

func TestMetadataReadsEveryMember(t *testing.T) {
	typ := reflect.TypeOf(Metadata{})
	read := 0
	for i := range typ.NumField() {
		field := typ.Field(i)
		member := snake(field.Name)
		value, ok := map[reflect.Kind]string{reflect.String: `"v"`, reflect.Slice: `["v"]`, reflect.Pointer: `true`}[field.Type.Kind()]
		if field.Name == "Unknown" || field.Name == "Raw" || !ok {
			continue
		}
		read++
		m, err := ParseMetadata([]byte(`{"` + member + `":` + value + `}`))
		if err != nil || len(m.Unknown) > 0 || reflect.ValueOf(*m).Field(i).IsZero() {
			t.Errorf("%s is not read from %s: %v", field.Name, member, err)
		}
		if _, err := ParseMetadata([]byte(`{"` + member + `":7}`)); err == nil {
			t.Errorf("%s is a number, and that is no error", member)
		}
	}
	if read < 40 {
		t.Errorf("only %d members were tried", read)
	}
}

func TestRequestsHoldTheirParameters(t *testing.T) {
	full := AuthorizeRequest{ClientID: "c", RedirectURI: "r", Scopes: []string{"openid", "a"}, State: "s", Nonce: "n", CodeChallenge: "ch"}.Values()
	if got, want := full.Encode(), "client_id=c&code_challenge=ch&code_challenge_method=S256&nonce=n&redirect_uri=r&response_type=code&scope=openid+a&state=s"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := (AuthorizeRequest{ClientID: "c", RedirectURI: "r"}).Values().Encode(), "client_id=c&redirect_uri=r&response_type=code&scope="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	token := TokenRequest{ClientID: "c", ClientSecret: "s", Code: "co", RedirectURI: "r", CodeVerifier: "v"}.Values()
	if got, want := token.Encode(), "client_id=c&client_secret=s&code=co&code_verifier=v&grant_type=authorization_code&redirect_uri=r"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for endpoint, want := range map[string]string{"https://x/a": "https://x/a", "https://x/a?b": "https://x/a?b"} {
		if got := WithQuery(endpoint, ""); got != want {
			t.Errorf("%s: %s", endpoint, got)
		}
	}
	for endpoint, want := range map[string]string{"http://x/a?b&": "http://x/a?b&c=d", "http://x/a?b": "http://x/a?b&c=d"} {
		if got := WithQuery(endpoint, "c=d"); got != want {
			t.Errorf("%s: %s", endpoint, got)
		}
	}
}

func TestABlockKeyIsNeverPrinted(t *testing.T) {
	bk := &BlockKey{K: []byte("0123456789abcdef"), JWK: []byte("0123456789abcdef")}
	encoded, err := json.Marshal(bk)
	for _, text := range []string{fmt.Sprint(bk), fmt.Sprintf("%v %+v %s", bk, bk, bk), fmt.Sprintf("%#v", bk), string(encoded)} {
		if err != nil || !strings.Contains(text, "[block key]") || strings.Contains(text, "0123") || strings.Contains(text, "48 49") {
			t.Errorf("%s, %v", text, err)
		}
	}
}

func TestOAuthErrorText(t *testing.T) {
	for want, e := range map[string]*OAuthError{"a": {Code: "a"}, "a: b": {Code: "a", Description: "b"}, "a: " + strings.Repeat("x", 80) + "…": {Code: "a", Description: strings.Repeat("x", 81)}} {
		if e.Error() != want {
			t.Errorf("%s, want %s", e, want)
		}
	}
}

func TestMembersOfAWrongType(t *testing.T) {
	for raw, want := range map[string]string{`{}`: "an object", ` [1]`: "an array", `"x"`: "a string", `true`: "a boolean", `false`: "a boolean", `null`: "null", `-1`: "a number", `0`: "a number", `9`: "a number", ``: "nothing", `x`: "something that is not JSON"} {
		if got := jsonKind([]byte(raw)); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
	const all = `{"s":"v","e":"","l":["a"],"b":true,"n":7,"o":{},"z":null}`
	o, err := parseObject("test", []byte(all), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if o.str("s") != "v" || o.str("absent") != "" || len(o.strings("l")) != 1 || o.strings("absent") != nil || !*o.boolean("b") || o.boolean("absent") != nil || o.number("n").String() != "7" || o.number("absent") != nil || o.err() != nil {
		t.Errorf("%+v", o)
	}
	for name, read := range map[string]func(){
		"a string, got a number":                  func() { o.str("n") },
		"a string, got null":                      func() { o.str("z") },
		"a non-empty string, got an empty string": func() { o.required("e") },
		"a non-empty string, got nothing":         func() { o.required("absent") },
		"an array of strings, got an object":      func() { o.strings("o") },
		"an array of strings, got null":           func() { o.strings("z") },
		"a boolean, got a string":                 func() { o.boolean("s") },
		"a boolean, got null":                     func() { o.boolean("z") },
		"a number, got a boolean":                 func() { o.number("b") },
		"a number, got null":                      func() { o.number("z") },
		"an array, got another value":             func() { o.wrong("l", "an array") },
		"anything, got nothing":                   func() { o.wrong("absent", "anything") },
	} {
		o.errs = nil
		read()
		if len(o.errs) != 1 || !strings.HasSuffix(o.errs[0].Error(), "expected "+name) {
			t.Errorf("%v, want %s", o.errs, name)
		}
	}
}

func TestHeaderMembersOfAJWE(t *testing.T) {
	head := func(members string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"dir","enc":"A128GCM"`+members+`}`)) + "....AA"
	}
	for members, says := range map[string]string{
		``: "", `,"kid":"k","typ":"JWT","cty":"JWK"`: "", `,"crit":["a","b"]`: "", `,"zip":"DEF"`: "", `,"iv":"AAAA","tag":"AAAA"`: "",
		`,"kid":7`: `"kid" is not a string`, `,"zip":7`: `"zip" is not a string`, `,"iv":7`: `"iv" is not a string`, `,"tag":"*"`: `"tag": not base64url`,
		`,"crit":[]`: `"crit" is not`, `,"crit":"a"`: `"crit" is not`, `,"crit":["a",1]`: `"crit" is not`, `,"crit":[1,"a"]`: `"crit" is not`,
	} {
		j, err := ParseJWE(head(members))
		if (err == nil) != (says == "") || err != nil && (!strings.Contains(err.Error(), says) || !errors.Is(err, ErrMalformed)) {
			t.Errorf("%s: %v, want %q", members, err, says)
		}
		if err == nil && ((j.Zip != nil) != strings.Contains(members, "zip") || len(j.Crit) != 2*strings.Count(members, "crit") || len(j.KeyIV) != 3*strings.Count(members, "iv") || (j.KID == "k") != strings.Contains(members, "kid")) {
			t.Errorf("%s: %+v", members, j)
		}
	}
}

func TestCertificatesOfAKey(t *testing.T) {
	root, leaf := testKey(), otherKey()
	issue := func(name string, serial int64, public *rsa.PublicKey, issuer *x509.Certificate) []byte {
		template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: testNow, NotAfter: testNow.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
		if issuer == nil {
			issuer = template
		}
		der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, root)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	rootDER := issue("root", 1, &root.PublicKey, nil)
	rootCert, err := x509.ParseCertificate(rootDER)
	if err != nil {
		t.Fatal(err)
	}
	leafDER := issue("leaf", 2, &leaf.PublicKey, rootCert)
	url, std := base64.RawURLEncoding.EncodeToString, base64.StdEncoding.EncodeToString
	sum1, sum256 := sha1.Sum(leafDER), sha256.Sum256(leafDER)
	chain := `,"x5c":["` + std(leafDER) + `","` + std(rootDER) + `"]`
	for _, tt := range []struct{ name, extra, says string }{
		{"a chain", chain, ""},
		{"a chain that does not hold", `,"x5c":["` + std(leafDER) + `","` + std(leafDER) + `"]`, "x5c[1] does not certify"},
		{"no certificate", `,"x5c":["` + std([]byte("none")) + `"]`, "x5c[0] is not a certificate"},
		{"an empty chain", `,"x5c":[]`, "x5c is empty"},
		{"both thumbprints", chain + `,"x5t":"` + url(sum1[:]) + `","x5t#S256":"` + url(sum256[:]) + `"`, ""},
		{"another thumbprint", chain + `,"x5t":"` + url(sum256[:]) + `"`, "x5t is not the thumbprint"},
		{"another long thumbprint", chain + `,"x5t#S256":"` + url(sum1[:]) + `"`, "x5t#S256 is not the thumbprint"},
		{"a thumbprint without its certificate", `,"x5t":"AAAA"`, ""},
	} {
		set, err := ParseKeySet([]byte(`{"keys":[{"kty":"RSA","e":"AQAB","n":"` + url(leaf.N.Bytes()) + `"` + tt.extra + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Keys[0].CheckCertificates(); (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}

func TestNRICCheckLetters(t *testing.T) {
	// The letters of each series, in the order of the weighted sum modulo 11.
	weights := []int{2, 7, 6, 5, 4, 3, 2}
	for series, letters := range map[byte]string{'S': "JZIHGFEDCBA", 'T': "GFEDCBAJZIH", 'F': "XWUTRQPNMLK", 'G': "RQPNMLKXWUT", 'M': "XWUTRQPNJLK"} {
		for n := range 50 {
			digits := fmt.Sprintf("%07d", n*123457%10_000_000)
			sum := 0
			for i, w := range weights {
				sum += w * int(digits[i]-'0')
			}
			if series == 'M' {
				sum += 3
			}
			right := letters[sum%11]
			for c := byte('A'); c <= 'Z'; c++ {
				s := string(series) + digits + string(c)
				if ValidNRIC(s) != (c == right) {
					t.Errorf("%s: %v", s, c != right)
				}
			}
		}
	}
	for _, s := range []string{"S98123/9B", "S98123:9B", "S9812379BB", "S9812379", "X9812379B"} {
		if ValidNRIC(s) {
			t.Errorf("%s is valid", s)
		}
	}
	if got := FindNRIC("S9812379B"); len(got) != 1 {
		t.Errorf("alone: %q", got)
	}
	if got := FindNRIC("xS9812379B"); len(got) != 1 {
		t.Errorf("at the end: %q", got)
	}
}

func TestVerificationWithoutATime(t *testing.T) {
	keys := keySet(t, map[string]*rsa.PrivateKey{"k1": testKey()})
	want := Expectation{Issuer: testIssuer, ClientID: testClient, Nonce: new("n-1")}
	claims := goodClaims()
	claims["iat"], claims["exp"] = time.Now().Unix(), time.Now().Add(time.Hour).Unix()
	if _, err := VerifyIDToken(sign(t, testKey(), "RS256", map[string]any{"kid": "k1"}, claims), keys, want); err != nil {
		t.Errorf("a token of now: %v", err)
	}
	claims["exp"] = time.Now().Add(-time.Hour).Unix()
	if _, err := VerifyIDToken(sign(t, testKey(), "RS256", map[string]any{"kid": "k1"}, claims), keys, want); strings.Join(failed(t, err), " ") != "exp" {
		t.Errorf("a token of the past: %v", err)
	}
	claims = goodClaims()
	claims["nbf"] = "soon"
	want.Now = testNow
	if _, err := VerifyIDToken(sign(t, testKey(), "RS256", map[string]any{"kid": "k1"}, claims), keys, want); strings.Join(failed(t, err), " ") != "nbf" {
		t.Errorf("nbf of another type: %v", err)
	}
	if _, err := VerifyIDToken("x", keys, want); err == nil {
		t.Error("no token is verified")
	}
	if err := VerifySignature("x", keys); err == nil {
		t.Error("no token is verified")
	}
	odd := sign(t, testKey(), "RS256", map[string]any{"kid": "k1"}, goodClaims())
	_, rest, _ := strings.Cut(odd, ".")
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":7}`))
	if got := strings.Join(failed(t, VerifySignature(header+"."+rest, keys)), " "); !strings.Contains(got, "kid") {
		t.Errorf("kid of another type: %s", got)
	}
}

func TestPlainTextOfUTF16(t *testing.T) {
	for in, want := range map[string]string{
		"\xef\xbb\xbfab": "ab", "\xff\xfea\x00b\x00": "ab", "\xfe\xff\x00a\x00b": "ab", "a\x00b\x00": "ab", "\x00a\x00b": "ab",
		"ab": "ab", "a\x00b": "a\x00b", "\x00a\x00": "\x00a\x00", "": "", "a\x00\x00\x00": "a\x00\x00\x00", "ab\x00\x00": "ab\x00\x00", "\x00\x00\x00a": "\x00\x00\x00a",
	} {
		if got := string(PlainText([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"YQ==": "a", "YQ": "a", " Y\n\"Q\",": "a", "-_8": "\xfb\xff", "+/8=": "\xfb\xff", "*": "", "": ""} {
		if got := string(fromBase64(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestEncodedTwice(t *testing.T) {
	for text, want := range map[string]bool{
		"CafÃ©": true, "â‚¬": true, "ðŸ™‚": true, "ï¿½": true, "Â£": true, "Café": false, "VÝŠKA": false, "“café’s”": false, "Ã": false, "Ã a": false, "£": false, "": false,
	} {
		if encodedTwice(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}
