package sgid_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/url"
	"time"

	"sgidcheck/internal/sgid"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
)

func ExampleNewPKCE() {
	pair := sgid.NewPKCE()
	fmt.Println(len(pair.Verifier), pair.Challenge == sgid.ChallengeS256(pair.Verifier))
	// Output: 43 true
}

// The pair of RFC 7636, appendix B.
func ExampleChallengeS256() {
	fmt.Println(sgid.ChallengeS256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
	// Output: E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM
}

func ExampleAuthorizeRequest() {
	request := sgid.AuthorizeRequest{
		ClientID: "DEMO", RedirectURI: "https://agency.example/callback", Scopes: []string{"openid", "myinfo.name"},
		State: "af0ifjsldkj", Nonce: "n-0S6_WzA2Mj", CodeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
	}
	u, err := url.Parse(sgid.WithQuery("https://sgid.example/v2/oauth/authorize", request.Values().Encode()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u.Host + u.Path)
	for _, name := range []string{"response_type", "scope", "redirect_uri", "code_challenge_method"} {
		fmt.Println(name, "=", u.Query().Get(name))
	}
	// Output:
	// sgid.example/v2/oauth/authorize
	// response_type = code
	// scope = openid myinfo.name
	// redirect_uri = https://agency.example/callback
	// code_challenge_method = S256
}

// The relying party's private key opens the block key, and the block key opens
// every field.
func ExampleDecrypter_DecryptUserInfo() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	answer := sealedAnswer(&key.PublicKey) // what the userinfo endpoint would say

	decrypter, err := sgid.NewDecrypter(key, sgid.EngineGo)
	if err != nil {
		log.Fatal(err)
	}
	sub, data, err := decrypter.DecryptUserInfo(answer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sub, data["myinfo.name"])
	// Output: u=1f3a TAN XIAO HUI
}

// sealedAnswer is the provider's side: a block key sealed with the client's
// public key, and a field sealed with the block key.
func sealedAnswer(client *rsa.PublicKey) []byte {
	block := make([]byte, 16)
	rand.Read(block) // never fails
	jwk, _ := json.Marshal(map[string]string{"kty": "oct", "alg": sgid.AlgA128GCMKW, "k": base64.RawURLEncoding.EncodeToString(block)})
	answer, _ := json.Marshal(map[string]any{
		"sub":  "u=1f3a",
		"key":  seal(jwk, jwa.RSA_OAEP_256, client),
		"data": map[string]string{"myinfo.name": seal([]byte("TAN XIAO HUI"), jwa.A128GCMKW, block)},
	})
	return answer
}

func seal(plaintext []byte, alg jwa.KeyEncryptionAlgorithm, key any) string {
	out, err := jwe.Encrypt(plaintext, jwe.WithKey(alg, key), jwe.WithContentEncryption(jwa.A128GCM))
	if err != nil {
		log.Fatal(err)
	}
	return string(out)
}

// Every step of OpenID Connect Core 3.1.3.7 is judged, and each that does not
// hold is named.
func ExampleVerifyIDToken() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	keys, err := sgid.ParseKeySet(publicSet(&key.PublicKey)) // what the jwks endpoint would say
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1700000000, 0)
	token := signed(key, map[string]any{
		"iss": "https://sgid.example/v2", "aud": "DEMO", "sub": "u=1f3a",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": "n-0S6_WzA2Mj",
	})
	nonce := "n-0S6_WzA2Mj"
	want := sgid.Expectation{Issuer: "https://sgid.example/v2", ClientID: "DEMO", Nonce: &nonce, Now: now}

	verified, err := sgid.VerifyIDToken(token, keys, want)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("for", verified.Subject)

	want.ClientID = "ANOTHER"
	_, err = sgid.VerifyIDToken(token, keys, want)
	var wrong *sgid.ClaimError
	fmt.Println(errors.As(err, &wrong), wrong.Claim)
	// Output:
	// for u=1f3a
	// true aud
}

func publicSet(key *rsa.PublicKey) []byte {
	set, _ := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig",
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}})
	return set
}

func signed(key *rsa.PrivateKey, claims map[string]any) string {
	header, _ := json.Marshal(map[string]string{"alg": "RS256", "kid": "1", "typ": "JWT"})
	payload, _ := json.Marshal(claims)
	input := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	sum := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		log.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}
