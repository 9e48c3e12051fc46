package sgid

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
	utf "golang.org/x/text/encoding/unicode"
)

func block(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func keyAsJWK(key any) string { return string(must(json.Marshal(must(jwk.FromRaw(key))))) }

// keyForms are the texts that people put where a private key belongs; says is
// empty where the key is taken.
func keyForms(t *testing.T) []struct{ name, text, says string } {
	t.Helper()
	pkcs8, pkcs1 := string(pemPKCS8(t, testKey())), block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKey()))
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	public := must(x509.MarshalPKIXPublicKey(&testKey().PublicKey))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: testNow, NotAfter: testNow.Add(time.Hour)}
	cert := must(x509.CreateCertificate(rand.Reader, template, template, &testKey().PublicKey, testKey()))
	utf16 := func(order utf.Endianness, mark utf.BOMPolicy) string {
		return must(utf.UTF16(order, mark).NewEncoder().String(pkcs8))
	}
	bag := "Bag Attributes\n    friendlyName: client\n    localKeyID: 54 69 6D\nKey Attributes: <No Attributes>\n"
	legacy := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00112233445566778899AABBCCDDEEFF"}, Bytes: x509.MarshalPKCS1PrivateKey(testKey())}))
	escaped := strings.ReplaceAll(pkcs8, "\n", `\n`)
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	std := base64.StdEncoding.EncodeToString
	return []struct{ name, text, says string }{
		{"PKCS#8", pkcs8, ""},
		{"PKCS#1", pkcs1, ""},
		{"newlines as two characters", escaped, ""},
		{"newlines escaped twice", strings.ReplaceAll(pkcs8, "\n", `\\n`), ""},
		{"newlines of Windows, escaped twice", strings.ReplaceAll(pkcs8, "\n", `\\r\\n`), ""},
		{"quoted, as .env files have it", `"` + escaped + `"`, ""},
		{"with its name before it", "SGID_PRIVATE_KEY=" + escaped, ""},
		{"line ends of Windows", strings.ReplaceAll(pkcs8, "\n", "\r\n"), ""},
		{"line ends of old Macs", strings.ReplaceAll(pkcs8, "\n", "\r"), ""},
		{"newlines became spaces", strings.ReplaceAll(pkcs8, "\n", " "), ""},
		{"newlines vanished", strings.ReplaceAll(pkcs8, "\n", ""), ""},
		{"all white space vanished", strings.NewReplacer("\n", "", " ", "").Replace(pkcs8), ""},
		{"PKCS#1, newlines vanished", strings.ReplaceAll(pkcs1, "\n", ""), ""},
		{"indented, as YAML has it", strings.ReplaceAll(pkcs8, "\n", "\n    "), ""},
		{"a JSON string with its slashes escaped", strings.ReplaceAll(escaped, "/", `\/`), ""},
		{"a JSON file with the key in it", `{"client_id":"x","private_key":"` + escaped + `"}`, ""},
		{"blank lines around it", "\r\n\r\n" + pkcs8 + "\r\n \r\n", ""},
		{"byte order mark", "\ufeff" + pkcs8, ""},
		{"UTF-16, little endian", utf16(utf.LittleEndian, utf.UseBOM), ""},
		{"UTF-16, big endian", utf16(utf.BigEndian, utf.UseBOM), ""},
		{"UTF-16, little endian, no mark", utf16(utf.LittleEndian, utf.IgnoreBOM), ""},
		{"UTF-16, big endian, no mark", utf16(utf.BigEndian, utf.IgnoreBOM), ""},
		{"certificate before it", block("CERTIFICATE", cert) + pkcs8, ""},
		{"certificate and public key behind it", pkcs8 + block("CERTIFICATE", cert) + block("PUBLIC KEY", public), ""},
		{"openssl pkcs12 -nodes", bag + pkcs8 + bag + "subject=CN = client\nissuer=CN = ca\n" + block("CERTIFICATE", cert), ""},
		{"wrong label", strings.ReplaceAll(pkcs1, "RSA PRIVATE", "PRIVATE"), ""},
		{"base64 of the PEM", std([]byte(pkcs8)), ""},
		{"base64 of the PEM, in lines", wrapLines(std([]byte(pkcs8)), 76), ""},
		{"base64 of the PEM, unpadded and for URLs", base64.RawURLEncoding.EncodeToString([]byte(pkcs8)), ""},
		{"base64 of the PEM, its name before it", "KEY=" + std([]byte(pkcs8)), ""},
		{"base64 of the JWK", std([]byte(keyAsJWK(testKey()))), ""},
		{"DER", string(must(x509.MarshalPKCS8PrivateKey(testKey()))), ""},
		{"base64 without its armour", std(x509.MarshalPKCS1PrivateKey(testKey())), ""},
		{"JWK", keyAsJWK(testKey()), ""},
		{"JWK Set of one", `{"keys":[` + keyAsJWK(testKey()) + `]}`, ""},
		{"JWK, quoted", "'" + keyAsJWK(testKey()) + "'", ""},

		{"empty", " \n", "empty"},
		{"a byte order mark alone", "\ufeff", "empty"},
		{"a path", "/etc/key.pem", "not PEM"},
		{"cut off", pkcs8[:600], "broken PEM"},
		{"its begin cut off", pkcs8[100:], "broken PEM"},
		{"cut off before a certificate", pkcs8[:600] + "\n" + block("CERTIFICATE", cert), "broken PEM"},
		{"not base64 inside", strings.Replace(pkcs8, "MII", "M*I", 1), "not base64"},
		{"public", block("PUBLIC KEY", public), "public key"},
		{"public, PKCS#1", block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&testKey().PublicKey)), "public key"},
		{"public, JWK", keyAsJWK(&testKey().PublicKey), "public key"},
		{"public, labelled private", block("PRIVATE KEY", public), "public key"},
		{"certificate", block("CERTIFICATE", []byte("x")), "certificate"},
		{"certificate, DER", string(cert), "certificate"},
		{"elliptic curve", string(pemPKCS8(t, ec)), "not an RSA key"},
		{"elliptic curve, SEC 1", block("EC PARAMETERS", []byte{6, 0}) + block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ec))), "elliptic curve"},
		{"elliptic curve, JWK", keyAsJWK(ec), "not an RSA key"},
		{"Ed25519", string(pemPKCS8(t, ed)), "not an RSA key"},
		{"pass phrase", block("ENCRYPTED PRIVATE KEY", []byte("x")), "openssl pkey"},
		{"pass phrase, PEM's own", legacy, "pass phrase"},
		{"pass phrase, PEM's own, newlines became spaces", strings.ReplaceAll(legacy, "\n", " "), "pass phrase"},
		{"OpenSSH", block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")), "ssh-keygen"},
		{"PKCS#12", "\x30\x82\x0a\x00\x02\x01\x03" + strings.Repeat("x", 100), "openssl pkcs12"},
		{"damaged", block("PRIVATE KEY", []byte("x")), "damaged"},
		{"too small", string(pemPKCS8(t, small)), "1024 bits"},
		{"too small, JWK", keyAsJWK(small), "1024 bits"},
		{"two keys", pkcs8 + pkcs1, "more than one"},
		{"two different keys", pkcs8 + string(pemPKCS8(t, otherKey())), "more than one private key"},
		{"two keys, one encrypted", pkcs8 + legacy, "more than one private key"},
		{"JWK Set of two", `{"keys":[` + keyAsJWK(testKey()) + "," + keyAsJWK(otherKey()) + `]}`, "more than one key"},
		{"JWK without its primes", withoutPrimes(t), "JWK"},
		{"JSON that is no JWK", `{"a":1}`, "no JWK"},
		{"JSON, broken", `{"kty":"RSA"`, "ends too early"},
		{"JSON, nested beyond reason", `{"kty":` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + "}", "private key"},
		{"a request", block("CERTIFICATE REQUEST", []byte("x")), "another type"},
		{"larger than any key", strings.Repeat("A", maxKeyText+1), "larger than"},
		{"a larger key than any", block("PRIVATE KEY", append([]byte{0x30}, make([]byte, maxKeyDER)...)), "larger than"},
	}
}

func withoutPrimes(t *testing.T) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(keyAsJWK(testKey())), &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"p", "q", "dp", "dq", "qi"} {
		delete(members, name)
	}
	return string(must(json.Marshal(members)))
}

func wrapLines(s string, width int) string {
	var b strings.Builder
	for i := 0; i < len(s); i += width {
		b.WriteString(s[i:min(i+width, len(s))] + "\r\n")
	}
	return b.String()
}

func TestParsePrivateKey(t *testing.T) {
	for _, form := range keyForms(t) {
		t.Run(form.name, func(t *testing.T) {
			key, err := ParsePrivateKey([]byte(form.text))
			if form.says == "" {
				if err != nil || !key.Equal(testKey()) {
					t.Errorf("%v", err)
				}
				return
			}
			var says *KeyError
			if !errors.As(err, &says) || !strings.Contains(err.Error(), form.says) {
				t.Fatalf("%v, want %q", err, form.says)
			}
			if says.Problem == "" || says.Remedy == "" {
				t.Errorf("problem %q, remedy %q", says.Problem, says.Remedy)
			}
			for line := range strings.Lines(form.text) {
				if line = strings.TrimSpace(line); len(line) > 30 && strings.Contains(err.Error(), line) {
					t.Errorf("it quotes the text: %v", err)
				}
			}
		})
	}
}
