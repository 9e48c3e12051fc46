package provider

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// CredentialsFor are a provider's for one client that was made before. The
// subjects follow from the client's ID, so that an application knows the people
// again in the next run. SigningKeys are those of an earlier run; none: new ones.
func CredentialsFor(c Client, signingKeys []string) (*Credentials, error) {
	if _, err := c.register(); err != nil {
		return nil, err
	}
	salt := hmac.New(sha256.New, []byte("sgidcheck: pairwise subjects"))
	salt.Write([]byte(c.ID))
	cred := &Credentials{Clients: []Client{c}, SigningKeys: signingKeys, PairwiseSalt: salt.Sum(nil)}
	if len(signingKeys) == 0 {
		cred.SigningKeys = make([]string, 3)
		errs := make([]error, len(cred.SigningKeys))
		var wg sync.WaitGroup
		for i := range cred.SigningKeys {
			wg.Go(func() { cred.SigningKeys[i], errs[i] = newKeyPEM() })
		}
		wg.Wait()
		return cred, errors.Join(errs...)
	}
	_, err := signingKeysOf(signingKeys)
	return cred, err
}

// keptClient is a registration in a file, with the signing keys of the provider
// that serves it: an application may keep a key set from one run to the next.
type keptClient struct {
	Client
	SigningKeys []string `json:"signing_keys,omitempty"`
}

// WriteClientFile writes a client with the provider's signing keys to a new file,
// as a list of one, readable by the owner alone.
func WriteClientFile(path string, cred *Credentials) error {
	return replacePrivate(path, []keptClient{{cred.Clients[0], cred.SigningKeys}})
}

// ErrNotKept is why signing keys that a client file lacked could not be added to it.
var ErrNotKept = errors.New("the provider's signing keys could not be kept")

// ReadClientFile returns the first client of a file, changed by change, with the
// signing keys that stand there. Where there are none, new ones are added to the
// file; ErrNotKept, beside the credentials, says that this could not be done.
func ReadClientFile(path string, change func(*Client)) (*Credentials, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var kept []keptClient
	var all []map[string]json.RawMessage
	if json.Unmarshal(body, &kept) != nil || json.Unmarshal(body, &all) != nil || len(kept) == 0 {
		return nil, errors.New("it is not a JSON array of clients as this program writes it; name a file that does not exist to have one created")
	}
	c, had := kept[0].Client, len(kept[0].SigningKeys) > 0
	change(&c)
	cred, err := CredentialsFor(c, kept[0].SigningKeys)
	if err != nil || had {
		return cred, err
	}
	all[0]["signing_keys"], err = json.Marshal(cred.SigningKeys)
	if err == nil {
		err = replacePrivate(path, all)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	return cred, err
}

// replacePrivate writes v as JSON beside the file and renames it into place,
// readable by the owner alone: nobody reads half of it, and a write that fails
// leaves what was there.
func replacePrivate(path string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
