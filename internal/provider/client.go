package provider

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"sgidcheck/internal/sgid"
)

// Client is one registered relying party, as the developer portal would hand it
// out. Its JSON form is that of the credentials file.
type Client struct {
	ID           string   `json:"client_id"`
	Secret       string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
	Scopes       []string `json:"scopes"`
	PrivateKey   string   `json:"private_key"` // PEM, PKCS#8; the provider never uses it
	PublicKey    string   `json:"public_key"`  // PEM, SPKI; userinfo is encrypted to it
}

// Credentials is what costs time to make: the clients with their keys, the
// signing keys, and the salt of the pairwise subjects. Made once, it lets many
// providers start at once.
type Credentials struct {
	Clients      []Client `json:"clients"`
	SigningKeys  []string `json:"signing_keys"` // PEM, PKCS#8: the current one first, then those that follow
	PairwiseSalt []byte   `json:"pairwise_salt"`
}

// rsaBits is the modulus length of every key made here (PROTOCOL.md, "Credentials").
const rsaBits = 2048

// NewCredentials makes the two default clients and three signing keys: one in
// use, the next, and one for after a rotation.
func NewCredentials() (*Credentials, error) {
	c := &Credentials{Clients: defaultClients(), SigningKeys: make([]string, 3), PairwiseSalt: make([]byte, 32)}
	_, _ = rand.Read(c.PairwiseSalt)
	var wg sync.WaitGroup
	errs := make([]error, len(c.Clients)+len(c.SigningKeys))
	for i := range c.Clients {
		wg.Go(func() { errs[i] = c.Clients[i].makeKey() })
	}
	for i := range c.SigningKeys {
		wg.Go(func() { c.SigningKeys[i], errs[len(c.Clients)+i] = newKeyPEM() })
	}
	wg.Wait()
	return c, errors.Join(errs...)
}

// defaultClients are the two clients without keys: the first may ask for the
// whole catalogue, the second for two scopes, with redirect URIs of its own.
func defaultClients() []Client {
	var all []string
	for _, s := range sgid.Scopes() {
		all = append(all, s.Name)
	}
	return []Client{
		{
			ID:     "SGIDCHECK-ONE",
			Secret: randomText(24),
			RedirectURIs: []string{
				"http://127.0.0.1:8085/callback",
				"http://127.0.0.1:8085/callback/second",
				"http://127.0.0.1:8085/callback/third?from=sgid",
			},
			Scopes: all,
		},
		{
			ID:     "SGIDCHECK-TWO",
			Secret: randomText(24),
			RedirectURIs: []string{
				"http://127.0.0.1:8086/callback",
				"http://127.0.0.1:8086/callback/second",
			},
			Scopes: []string{sgid.ScopeOpenID, "myinfo.name", "myinfo.email"},
		},
	}
}

// Clients returns the registered clients with their secrets and private keys.
func (p *Provider) Clients() []Client { return slices.Clone(p.listed) }

// client is a registration as the endpoints use it.
type client struct {
	Client
	secretHash [sha256.Size]byte
	key        *rsa.PublicKey
}

// hasSecret compares in constant time.
func (c *client) hasSecret(secret string) bool {
	h := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(h[:], c.secretHash[:]) == 1
}

// adoptCredentials takes clients, signing keys and salt from the options and
// makes what is not there.
func (p *Provider) adoptCredentials(o Options) error {
	cred := o.Credentials
	if cred == nil {
		var err error
		if cred, err = NewCredentials(); err != nil {
			return err
		}
	}
	list := cred.Clients
	if len(o.Clients) > 0 {
		list = o.Clients
	}
	p.listed = slices.Clone(list)
	if len(o.RedirectURIs) > 0 && len(p.listed) > 0 {
		p.listed[0].RedirectURIs = o.RedirectURIs
	}
	p.clients = make(map[string]*client, len(p.listed))
	for i := range p.listed {
		c, err := p.listed[i].register()
		if err != nil {
			return err
		}
		if _, twice := p.clients[c.ID]; twice {
			return fmt.Errorf("client %q is registered twice", c.ID)
		}
		p.clients[c.ID] = c
	}
	p.salt = cred.PairwiseSalt
	if len(p.salt) == 0 {
		return errors.New("provider credentials: pairwise_salt is empty")
	}
	ring, err := newKeyRing(cred.SigningKeys, p.now(), o.KeyLifetime)
	p.ring = ring
	return err
}

// register checks c, gives it a key where it has none, and makes it usable.
func (c *Client) register() (*client, error) {
	if c.ID == "" || c.Secret == "" || len(c.RedirectURIs) == 0 {
		return nil, fmt.Errorf("client %q: client_id, client_secret and one of redirect_uris are needed", c.ID)
	}
	if !slices.Contains(c.Scopes, sgid.ScopeOpenID) {
		return nil, fmt.Errorf("client %q: scopes must hold %s", c.ID, sgid.ScopeOpenID)
	}
	if c.PrivateKey == "" && c.PublicKey == "" {
		if err := c.makeKey(); err != nil {
			return nil, err
		}
	}
	if c.PublicKey == "" {
		key, err := parsePrivate(c.PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("client %q: private_key: %w", c.ID, err)
		}
		if c.PublicKey, err = publicPEM(&key.PublicKey); err != nil {
			return nil, err
		}
	}
	block, _ := pem.Decode([]byte(c.PublicKey))
	if block == nil {
		return nil, fmt.Errorf("client %q: public_key is not PEM", c.ID)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, isRSA := parsed.(*rsa.PublicKey)
	if err != nil || !isRSA {
		return nil, fmt.Errorf("client %q: public_key is not an RSA public key (SPKI)", c.ID)
	}
	return &client{Client: *c, secretHash: sha256.Sum256([]byte(c.Secret)), key: key}, nil
}

func (c *Client) makeKey() error {
	var err error
	if c.PrivateKey, err = newKeyPEM(); err != nil {
		return err
	}
	key, err := parsePrivate(c.PrivateKey)
	if err != nil {
		return err
	}
	c.PublicKey, err = publicPEM(&key.PublicKey)
	return err
}

func newKeyPEM() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

func parsePrivate(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA key")
	}
	return key, nil
}

func publicPEM(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// writeFiles writes the credentials file, and the CA beside it, where asked.
func (p *Provider) writeFiles() error {
	if dir := p.options.ClientDir; dir != "" {
		if err := p.writePortal(dir); err != nil {
			return err
		}
	}
	if p.options.ClientFile == "" {
		return nil
	}
	if err := writePrivate(p.options.ClientFile, p.listed); err != nil {
		return err
	}
	if p.tls == nil {
		return nil
	}
	return os.WriteFile(p.CAFile(), p.CA(), 0o644)
}

// writePrivate writes v as JSON, readable by the owner alone, also where the
// file was there before with wider rights.
func writePrivate(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("credentials file: %w", err)
	}
	if err := f.Chmod(0o600); err != nil {
		_ = f.Close()
		return fmt.Errorf("credentials file: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	return errors.Join(err, f.Close())
}

// randomText is n random bytes as base64url text.
func randomText(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

// NewClient makes a client's registration, with a secret and a key of its own.
func NewClient(id string, redirectURIs, scopes []string) (*Client, error) {
	c := &Client{ID: id, Secret: randomText(24), RedirectURIs: redirectURIs, Scopes: scopes}
	return c, c.makeKey()
}
