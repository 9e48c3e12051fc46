package demoapp

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"sgidcheck/internal/sgid"
)

// Settings are an application's registration at sgID.
type Settings struct {
	Hostname     string // the provider's origin, such as https://api.id.gov.sg
	ClientID     string
	ClientSecret string
	PrivateKey   string // PEM (PKCS#8 or PKCS#1); its line breaks may be written \n
	RedirectURI  string
	Scopes       []string // openid among them
}

// FromEnvironment reads the settings under the names that the SDK world has for
// them: SGID_HOSTNAME (https://api.id.gov.sg if empty), SGID_CLIENT_ID,
// SGID_CLIENT_SECRET, SGID_PRIVATE_KEY or SGID_PRIVATE_KEY_FILE,
// SGID_REDIRECT_URI, and SGID_SCOPES, separated by spaces ("openid myinfo.name"
// if empty). The error says that the key's file cannot be read.
func FromEnvironment(getenv func(string) string) (Settings, error) {
	s := Settings{
		Hostname: getenv("SGID_HOSTNAME"), ClientID: getenv("SGID_CLIENT_ID"), ClientSecret: getenv("SGID_CLIENT_SECRET"),
		PrivateKey: getenv("SGID_PRIVATE_KEY"), RedirectURI: getenv("SGID_REDIRECT_URI"), Scopes: strings.Fields(getenv("SGID_SCOPES")),
	}
	if s.Hostname == "" {
		s.Hostname = sgid.OriginProduction
	}
	if len(s.Scopes) == 0 {
		s.Scopes = []string{sgid.ScopeOpenID, "myinfo.name"}
	}
	if file := getenv("SGID_PRIVATE_KEY_FILE"); file != "" && s.PrivateKey == "" {
		key, err := os.ReadFile(file)
		if err != nil {
			return s, fmt.Errorf("SGID_PRIVATE_KEY_FILE: %w", err)
		}
		s.PrivateKey = string(key)
	}
	return s, nil
}

// validate returns key and redirect URI, parsed. It names every mistake at once.
func (s *Settings) validate() (*rsa.PrivateKey, *url.URL, error) {
	var errs []error
	origin, err := url.Parse(s.Hostname)
	if err != nil || origin.Host == "" || origin.Scheme != "https" && origin.Scheme != "http" {
		errs = append(errs, errors.New("SGID_HOSTNAME: want the provider's origin, such as http://127.0.0.1:8189"))
	} else {
		s.Hostname = origin.Scheme + "://" + origin.Host
	}
	if s.ClientID == "" {
		errs = append(errs, errors.New("SGID_CLIENT_ID: it is empty"))
	}
	if s.ClientSecret == "" {
		errs = append(errs, errors.New("SGID_CLIENT_SECRET: it is empty"))
	}
	callback, err := url.Parse(s.RedirectURI)
	if err != nil || callback.Host == "" || callback.Path == "" || slices.Contains([]string{pathHome, PathLogin, PathMe, PathLogout}, callback.Path) {
		errs = append(errs, errors.New("SGID_REDIRECT_URI: want the URL of the callback, such as http://localhost:8085/callback"))
	}
	if !slices.Contains(s.Scopes, sgid.ScopeOpenID) {
		errs = append(errs, errors.New("SGID_SCOPES: openid is not among them"))
	}
	key, err := parseKey(s.PrivateKey)
	if err != nil {
		errs = append(errs, fmt.Errorf("SGID_PRIVATE_KEY: %w", err))
	}
	return key, callback, errors.Join(errs...)
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
	if block == nil {
		return nil, errors.New("it is not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it is neither PKCS#8 nor PKCS#1")
	}
	key, isRSA := parsed.(*rsa.PrivateKey)
	if !isRSA {
		return nil, errors.New("it is not an RSA key")
	}
	return key, nil
}

func (s *Settings) issuer() string { return s.Hostname + sgid.IssuerPath }
