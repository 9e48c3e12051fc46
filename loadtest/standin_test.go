package loadtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"sgidcheck/internal/sgid"
)

const (
	standInClient   = "load-client"
	standInSecret   = "load-client-secret-0123456789abcd"
	standInRedirect = "http://127.0.0.1:8085/callback"
)

var (
	clientKey  = sync.OnceValue(newRSAKey)
	signingKey = sync.OnceValue(newRSAKey)
)

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// standIn is a provider of a few lines, for tests that need to say what happens
// to each single request. Its answers are encrypted once, so that it costs
// little beside what is measured.
type standIn struct {
	*httptest.Server
	answers [2][]byte // userinfo of two persons

	// token and userinfo, when set, may answer a request themselves, given how
	// many came before it since start was called.
	token, userinfo func(n uint64, w http.ResponseWriter, r *http.Request) bool

	stranger []byte              // userinfo of another person, with a sub of their own
	mistaken func(n uint64) bool // token requests that are answered with that person's tokens

	rotated atomic.Bool   // the key set has k2 beside k1, and k2 is named by new tokens
	off     time.Duration // by which its clock is ahead

	tokens, userinfos atomic.Uint64
	mu                sync.Mutex
	codes             map[string][2]string // code -> challenge, nonce
	minted            atomic.Uint64
}

var standInPersons = [2]map[string]string{
	{"myinfo.name": "TAN AH KOW", "myinfo.email": "ahkow@example.com"},
	{"myinfo.name": "LIM BEE HOON", "myinfo.email": "beehoon@example.com"},
}

func newStandIn(t testing.TB, start func(http.Handler) *httptest.Server) *standIn {
	s := &standIn{codes: map[string][2]string{}}
	for i, person := range standInPersons {
		s.answers[i] = sealAnswer(t, "u=person-0", person) // the sub of the first: only the data is the other's
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+sgid.PathJWKS, s.serveJWKS)
	mux.HandleFunc("GET "+sgid.PathDiscovery, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	mux.HandleFunc("POST "+sgid.PathToken, s.serveToken)
	mux.HandleFunc("GET "+sgid.PathUserInfo, s.serveUserInfo)
	s.Server = start(mux)
	t.Cleanup(s.Close)
	return s
}

// sealAnswer encrypts a userinfo response in the form of the SDK's fixtures.
func sealAnswer(t testing.TB, sub string, person map[string]string) []byte {
	t.Helper()
	block := make([]byte, 16)
	rand.Read(block)
	plain := fmt.Sprintf(`{"kty":"oct","k":%q}`, base64.RawURLEncoding.EncodeToString(block))
	key, err := jwe.Encrypt([]byte(plain), jwe.WithKey(jwa.RSA_OAEP_256, &clientKey().PublicKey), jwe.WithContentEncryption(jwa.A256GCM))
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]string{}
	for name, value := range person {
		field, err := jwe.Encrypt([]byte(value), jwe.WithKey(jwa.A128GCMKW, block), jwe.WithContentEncryption(jwa.A128GCM))
		if err != nil {
			t.Fatal(err)
		}
		data[name] = string(field)
	}
	body, _ := json.Marshal(map[string]any{"sub": sub, "key": string(key), "data": data})
	return body
}

func (s *standIn) serveJWKS(w http.ResponseWriter, _ *http.Request) {
	keys := []any{}
	for _, id := range []string{"k1", "k2"} {
		key, _ := jwk.FromRaw(&signingKey().PublicKey)
		key.Set("kid", id)
		key.Set("use", "sig")
		key.Set("alg", "RS256")
		if keys = append(keys, key); !s.rotated.Load() {
			break
		}
	}
	json.NewEncoder(w).Encode(map[string]any{"keys": keys})
}

func (s *standIn) serveToken(w http.ResponseWriter, r *http.Request) {
	n := s.tokens.Add(1) - 1
	if s.token != nil && s.token(n, w, r) {
		return
	}
	code := r.PostFormValue("code")
	s.mu.Lock()
	want, ok := s.codes[code]
	delete(s.codes, code)
	s.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || want[0] != base64.RawURLEncoding.EncodeToString(sum[:]) || r.PostFormValue("client_secret") != standInSecret {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	w.Header().Set("Date", time.Now().Add(s.off).UTC().Format(http.TimeFormat))
	sub, whose := "u=person-0", ""
	if s.mistaken != nil && s.mistaken(n) {
		sub, whose = "u=person-1", "stranger-"
	}
	fmt.Fprintf(w, `{"access_token":"at-%s%s","id_token":%q}`, whose, code, s.idToken(sub, want[1]))
}

func (s *standIn) idToken(sub, nonce string) string {
	claims, _ := json.Marshal(map[string]any{
		"iss": s.issuer(), "sub": sub, "aud": standInClient, "nonce": nonce,
		"iat": time.Now().Add(s.off).Unix(), "exp": time.Now().Add(s.off + 10*time.Minute).Unix(),
	})
	h := jws.NewHeaders()
	h.Set("kid", "k1")
	if s.rotated.Load() {
		h.Set("kid", "k2")
	}
	token, err := jws.Sign(claims, jws.WithKey(jwa.RS256, signingKey(), jws.WithProtectedHeaders(h)))
	if err != nil {
		panic(err)
	}
	return string(token)
}

func (s *standIn) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	n := s.userinfos.Add(1) - 1
	if s.userinfo != nil && s.userinfo(n, w, r) {
		return
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer at-") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer at-stranger-") {
		w.Write(s.stranger)
		return
	}
	w.Write(s.answers[0])
}

// mistake has the token requests with these numbers answered as another person's.
func (s *standIn) mistake(t testing.TB, numbers ...uint64) {
	s.stranger = sealAnswer(t, "u=person-1", standInPersons[1])
	s.mistaken = func(n uint64) bool { return slices.Contains(numbers, n) }
	s.start(nil, nil)
}

func (s *standIn) issuer() string { return s.URL + "/v2" }

func (s *standIn) mint(challenge, nonce string) (string, error) {
	code := fmt.Sprintf("code-%08d", s.minted.Add(1))
	s.mu.Lock()
	s.codes[code] = [2]string{challenge, nonce}
	s.mu.Unlock()
	return code, nil
}

// start counts requests from 0 from now on, and answers by the given functions.
func (s *standIn) start(token, userinfo func(uint64, http.ResponseWriter, *http.Request) bool) {
	s.token, s.userinfo = token, userinfo
	s.tokens.Store(0)
	s.userinfos.Store(0)
}

func (s *standIn) options(t testing.TB, scenario Scenario) Options {
	t.Helper()
	guard, err := NewGuard(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Scenario: scenario,
		Issuer:   s.issuer(),
		Endpoints: sgid.Endpoints{
			Token: s.URL + sgid.PathToken, UserInfo: s.URL + sgid.PathUserInfo,
			JWKS: s.URL + sgid.PathJWKS, Discovery: s.URL + sgid.PathDiscovery,
		},
		ClientID: standInClient, ClientSecret: standInSecret, RedirectURI: standInRedirect,
		Key: clientKey(), Engine: "go",
		Rate: 200, Duration: time.Second,
		Minter: NewFuncMinter(s.mint, time.Minute),
		Tokens: 3,
		Guard:  guard,
	}
}

// hook makes answers from the first request of the load on: the preparation's
// requests come before it and are answered as usual.
func afterPreparation(s *standIn, token, userinfo func(uint64, http.ResponseWriter, *http.Request) bool) func(Progress) {
	var once sync.Once
	return func(p Progress) {
		if strings.HasPrefix(p.Phase, "minting") || strings.HasPrefix(p.Phase, "sending") {
			once.Do(func() { s.start(token, userinfo) })
		}
	}
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
