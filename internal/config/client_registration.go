package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"
)

// Registration is a relying party's registration at the target.
type Registration struct {
	ClientID     string
	ClientSecret string
	RedirectURI  string   // the one that is used
	RedirectURIs []string // others that are registered
	Scopes       []string
	Key          *rsa.PrivateKey
}

// Callbacks is every registered redirect URI, the one that is used first.
func (p Registration) Callbacks() []string {
	if p.RedirectURI == "" || slices.Contains(p.RedirectURIs, p.RedirectURI) {
		return p.RedirectURIs
	}
	return append([]string{p.RedirectURI}, p.RedirectURIs...)
}

// Teach makes a redactor learn the party's secrets. In lines for a shell, variable
// stands for the client secret.
func (p Registration) Teach(r *redact.Redactor, variable string) {
	r.LearnAs(redact.KindClientSecret, p.ClientSecret, variable)
	if p.Key == nil {
		return
	}
	if der, err := x509.MarshalPKCS8PrivateKey(p.Key); err == nil {
		r.Learn(redact.KindPrivateKey, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	}
	r.Learn(redact.KindPrivateKey, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(p.Key)})))
	// Of the numbers every one is enough to find the key, as a JWK writes it or as
	// bytes, which the redactor looks for in base64 and hexadecimal.
	numbers := append([]*big.Int{p.Key.D, p.Key.Precomputed.Dp, p.Key.Precomputed.Dq, p.Key.Precomputed.Qinv}, p.Key.Primes...)
	for _, n := range numbers {
		if n != nil {
			r.Learn(redact.KindPrivateKey, base64.RawURLEncoding.EncodeToString(n.Bytes()))
			r.Learn(redact.KindPrivateKey, string(n.Bytes()))
		}
	}
}

// UnsetScopes are the scopes that a client requests where none are set.
func UnsetScopes() []string { return []string{sgid.ScopeOpenID, "myinfo.name"} }

// ScopeList reads scopes separated by white space or commas, and drops repetitions.
func ScopeList(s string) []string {
	var out []string
	for _, scope := range strings.FieldsFunc(s, func(c rune) bool { return c == ',' || unseen(c) }) {
		if !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	return out
}
