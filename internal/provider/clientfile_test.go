package provider

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/sgid"
)

// oneClient is a registration with a key.
func oneClient(t *testing.T) Client {
	t.Helper()
	c, err := NewClient("SGIDCHECK-RP", []string{"http://localhost:3000/callback"}, []string{sgid.ScopeOpenID})
	if err != nil {
		t.Fatal(err)
	}
	return *c
}

func unchanged(*Client) {}

// kids are those of the key set that a front with the credentials serves.
func kids(t *testing.T, cred *Credentials) (out []string, front *Front) {
	t.Helper()
	front, err := StartFront(t.Context(), FrontOptions{Credentials: cred})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.Get(originOf(front.Issuer()) + sgid.PathJWKS)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.NewDecoder(r.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		out = append(out, k.ID)
	}
	return out, front
}

// The subjects follow from the client's ID alone, and differ between people and clients.
func TestSubjectsAreTheSameInEachRun(t *testing.T) {
	seen := map[string]string{}
	for range 2 {
		for _, id := range []string{"SGIDCHECK-RP", "ANOTHER"} {
			c := oneClient(t)
			c.ID = id
			cred, err := CredentialsFor(c, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, front := kids(t, cred)
			for _, p := range slices.Concat(People(), Newcomers()) {
				who := id + " " + p.ID
				if before := seen[who]; before != "" && before != front.Sub(&p) {
					t.Errorf("%s: %s, and then %s", who, before, front.Sub(&p))
				}
				seen[who] = front.Sub(&p)
			}
		}
	}
	subjects := map[string]bool{}
	for _, sub := range seen {
		subjects[sub] = true
	}
	if people := len(People()) + len(Newcomers()); len(subjects) != 2*people {
		t.Errorf("%d subjects of %d people at two clients", len(subjects), people)
	}
}

// A client file that was written is read with the same keys.
func TestAClientFileKeepsTheSigningKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "client.json")
	first, err := CredentialsFor(oneClient(t), nil)
	if err == nil {
		err = WriteClientFile(path, first)
	}
	if err != nil {
		t.Fatal(err)
	}
	second, err := ReadClientFile(path, func(c *Client) { c.RedirectURIs = []string{"http://localhost:4000/cb"} })
	if err != nil {
		t.Fatal(err)
	}
	if second.Clients[0].Secret != first.Clients[0].Secret || second.Clients[0].RedirectURIs[0] != "http://localhost:4000/cb" {
		t.Errorf("%+v", second.Clients[0])
	}
	before, _ := kids(t, first)
	if now, _ := kids(t, second); !slices.Equal(before, now) {
		t.Errorf("kids %v, and then %v", before, now)
	}
	private(t, path)
}

func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if there, _ := os.ReadDir(filepath.Dir(path)); len(there) != 1 {
		t.Errorf("beside the file: %v", there)
	}
}

// A file without signing keys is given them, behind a link too, and what else stands in it stays.
func TestAnOldClientFileIsGivenSigningKeys(t *testing.T) {
	folder, links := t.TempDir(), t.TempDir()
	path, link := filepath.Join(folder, "client.json"), filepath.Join(links, "link.json")
	c := oneClient(t)
	body, err := json.Marshal([]any{
		map[string]any{"client_id": c.ID, "client_secret": c.Secret, "redirect_uris": c.RedirectURIs, "scopes": c.Scopes, "private_key": c.PrivateKey, "note": "a note"},
		map[string]any{"client_id": "SECOND"},
	})
	if err == nil {
		err = os.WriteFile(path, body, 0o644)
	}
	if err == nil {
		err = os.Symlink(path, link)
	}
	if err != nil {
		t.Fatal(err)
	}
	first, err := ReadClientFile(link, unchanged)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ReadClientFile(path, unchanged)
	if err != nil || !slices.Equal(first.SigningKeys, second.SigningKeys) {
		t.Errorf("the signing keys are others, %v", err)
	}
	now, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`"note": "a note"`, `"client_id": "SECOND"`, c.Secret, "signing_keys"} {
		if !strings.Contains(string(now), text) {
			t.Errorf("the file does not hold %s", text)
		}
	}
	private(t, path)
}

// A file that cannot be changed serves all the same, and says so.
func TestAClientFileThatCannotBeChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("c", 250)) // no longer name can be written beside it
	body, err := json.Marshal([]Client{oneClient(t)})
	if err == nil {
		err = os.WriteFile(path, body, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cred, err := ReadClientFile(path, unchanged)
	if !errors.Is(err, ErrNotKept) || cred == nil || len(cred.SigningKeys) == 0 {
		t.Errorf("%v %v", cred, err)
	}
	if now, _ := os.ReadFile(path); string(now) != string(body) {
		t.Error("the file was changed")
	}
}

func TestClientFilesThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": `{`, "no list": `{"client_id":"A"}`, "nobody": `[]`, "null": `[null]`, "no secret": `[{"client_id":"A"}]`,
		"one signing key": `[{"client_id":"A","client_secret":"s","redirect_uris":["http://localhost/"],"scopes":["openid"],"signing_keys":["x"]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "client.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadClientFile(path, unchanged); err == nil || errors.Is(err, ErrNotKept) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Nothing by which a person is known on a page is another's, and identity numbers have
// the letter that they need.
func TestNewcomersAreUnmistakable(t *testing.T) {
	all := slices.Concat(People(), Newcomers())
	marks := map[string]string{}
	for _, p := range all {
		if !sgid.ValidNRIC(p.Data["myinfo.nric_number"]) {
			t.Errorf("%s: %s", p.ID, p.Data["myinfo.nric_number"])
		}
		for _, mark := range Marks(&p) {
			if other := marks[mark]; other != "" && other != p.ID {
				t.Errorf("%s is a mark of %s and of %s", mark, other, p.ID)
			}
			marks[mark] = p.ID
		}
		for _, other := range all {
			page := strings.Join(Marks(&other), "\n")
			if other.ID != p.ID && slices.ContainsFunc(Marks(&p), func(mark string) bool { return strings.Contains(page, mark) }) {
				t.Errorf("%s shows where %s does", p.ID, other.ID)
			}
		}
	}
}
