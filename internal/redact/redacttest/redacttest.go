// Package redacttest holds secrets for tests: a key, what people put into the
// place of another value, and the spellings in which a secret may turn up.
package redacttest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"net/url"
	"strings"
	"sync"
)

// Key is an RSA key of 2048 bits, the same for the whole process.
var Key = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// PEM is Key as PKCS#8 in PEM.
func PEM() string {
	der, _ := x509.MarshalPKCS8PrivateKey(Key())
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// Secrets in the place of other values.
const (
	StrayToken  = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1PXN0cmF5In0.c2lnbmF0dXJlLW9mLWEtc3RyYXktdG9rZW4"
	StrayRandom = "q7Vx2Kp9mR4tLw8ZbN3cYd6HfJ1sGa5U0eQoTiXu"
	StraySecret = "Zk4Wn8Qd2Xr7Tb5M" // the client secret of the configuration
)

// Strays are secrets as they get into the place of another value, with what of
// each must not be seen again.
func Strays() map[string]struct{ Text, Marked string } {
	body := strings.Split(PEM(), "\n")[3][:24]
	return map[string]struct{ Text, Marked string }{
		"a PEM block":                     {PEM(), body},
		"a PEM block, newlines escaped":   {strings.ReplaceAll(PEM(), "\n", `\n`), body},
		"a PEM block, newlines gone":      {strings.ReplaceAll(PEM(), "\n", ""), body},
		"a token":                         {StrayToken, StrayToken[21:41]},
		"a JWK":                           {`{"kty":"RSA","d":"` + StrayRandom + `","n":"AQAB"}`, StrayRandom[:16]},
		"the value of another setting":    {StraySecret, StraySecret},
		"a long text":                     {StrayRandom, StrayRandom[:16]},
		"a long text in base64":           {base64.StdEncoding.EncodeToString([]byte(StrayRandom + "?>")), base64.StdEncoding.EncodeToString([]byte(StrayRandom))[:20]},
		"a password in an address":        {"https://user:" + StrayRandom + "@a.example/v2", StrayRandom[:16]},
		"a secret in an address's query":  {"https://a.example/v2?secret=" + StrayRandom, StrayRandom[:16]},
		"a secret in an address's path":   {"https://a.example/" + StrayRandom, StrayRandom[:16]},
		"a secret among a list's members": {"TOKEN-05," + StrayRandom, StrayRandom[:16]},
		"a secret beside a scope":         {"openid " + StrayRandom, StrayRandom[:16]},
	}
}

// Spellings is a secret in the ways in which it may turn up.
func Spellings(secret string) map[string]string {
	quoted, _ := json.Marshal(secret)
	percent, entities, units := "", "", ""
	for _, b := range []byte(secret) {
		percent += fmt.Sprintf("%%%02x", b)
	}
	for _, c := range secret {
		entities += fmt.Sprintf("&#x%X;", c)
		units += fmt.Sprintf(`\u%04x`, c)
	}
	return map[string]string{
		"raw":              secret,
		"query":            url.QueryEscape(secret),
		"path":             url.PathEscape(secret),
		"percent, all":     percent,
		"percent, twice":   url.QueryEscape(url.QueryEscape(secret)),
		"json":             strings.Trim(string(quoted), `"`),
		"json, all":        units,
		"json in json":     strings.Trim(string(Must(json.Marshal(string(quoted)))), `"`),
		"html":             html.EscapeString(secret),
		"html, all":        entities,
		"percent in html":  html.EscapeString(url.QueryEscape(secret)),
		"percent in json":  strings.ReplaceAll(url.QueryEscape(secret), "%", `\u0025`),
		"base64":           base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64, inside 1": base64.StdEncoding.EncodeToString([]byte("a" + secret + "tail")),
		"base64, inside 2": base64.URLEncoding.EncodeToString([]byte("ab" + secret + "t")),
		"base64, inside 3": base64.RawURLEncoding.EncodeToString([]byte(`{"x":"` + secret + `"}`)),
		"base64 in query":  url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(secret))),
		"hex":              hex.EncodeToString([]byte(secret)),
		"hex, upper":       strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
}

// Must is b; it panics on an error.
func Must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Leaks says whether s still shows the secret in any spelling.
func Leaks(s, secret string) string {
	for name, spelling := range Spellings(secret) {
		core := spelling
		if strings.HasPrefix(name, "base64") { // the ends depend on what stands beside
			core = strings.Trim(spelling, "=")
			ends := 4
			if strings.Contains(name, "inside") {
				ends = 10
			}
			if len(core) < 2*ends+6 {
				continue
			}
			core = core[ends : len(core)-ends]
		}
		if strings.Contains(s, core) {
			return name
		}
	}
	return ""
}
