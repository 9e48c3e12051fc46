package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

const releaseVersion = "v9.9.9"

// release is a published release of the program under test, and the key that it
// is signed with.
type release struct {
	folder  string // of the version's files
	url     string // that VERSION/FILE is put behind
	private *ecdsa.PrivateKey
}

// publish serves a release for this machine.
func publish(t *testing.T) *release {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	r := &release{folder: filepath.Join(root, releaseVersion), private: private}
	if err := os.Mkdir(r.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := built()
	if err == nil {
		err = os.Link(program, r.program())
	}
	if err != nil {
		t.Fatal(err)
	}
	r.sum(t)
	r.sign(t, private)
	server := httptest.NewServer(http.FileServer(http.Dir(root)))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *release) program() string {
	return filepath.Join(r.folder, fmt.Sprintf("sgidcheck_%s_%s_%s", releaseVersion, runtime.GOOS, runtime.GOARCH))
}

func (r *release) write(t *testing.T, name string, body []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.folder, name), body, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sum writes SHA256SUMS as sha256sum does.
func (r *release) sum(t *testing.T) {
	t.Helper()
	r.write(t, "SHA256SUMS", fmt.Appendf(nil, "%x  another_file\n%x  %s\n", sha256.Sum256(nil), r.digest(t), filepath.Base(r.program())))
}

// digest is the program's SHA-256.
func (r *release) digest(t *testing.T) []byte {
	t.Helper()
	file, err := os.Open(r.program())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		t.Fatal(err)
	}
	return sum.Sum(nil)
}

func (r *release) sign(t *testing.T, key *ecdsa.PrivateKey) {
	t.Helper()
	sums, err := os.ReadFile(filepath.Join(r.folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(sums)
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "SHA256SUMS.sig", signature)
}

func (r *release) publicKey() string { return publicHalf(r.private) }

func publicHalf(key *ecdsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// environment is what an installation of the release takes.
func (r *release) environment() []string {
	return []string{"TOOL_VERSION=" + releaseVersion, "TOOL_RELEASES=" + r.url, "TOOL_KEY=" + r.publicKey()}
}

// A release that scripts/sign.sh has signed is one that can be installed, and what
// users could not check is not signed.
func TestSigning(t *testing.T) {
	r := publish(t)
	sig := filepath.Join(r.folder, "SHA256SUMS.sig")
	der, err := x509.MarshalPKCS8PrivateKey(r.private)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.folder, "SHA256SUMS")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, key, published, says string
	}{
		{"no checksums", file, r.publicKey(), "make dist"},
		{"no key", "", r.publicKey(), "SIGNING_KEY is not set"},
		{"no file", "/no/such/key.pem", r.publicKey(), "cannot be read"},
		{"a public key", "-----BEGIN PUBLIC KEY-----\n" + r.publicKey() + "\n-----END PUBLIC KEY-----", r.publicKey(), "no private key"},
		{"a key that is not published", file, "", "make home PUBLIC_KEY=" + r.publicKey()},
		{"another key than the published one", file, publicHalf(other), "another one"},
		{"a file", file, r.publicKey(), ""},
		{"its text", text, r.publicKey(), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name != "no checksums" {
				r.onlyProgram(t)
			}
			os.Remove(sig)
			// With no folder for temporary files: the key goes into none.
			code, out := shell(t, "sh scripts/sign.sh "+r.folder, "SIGNING_KEY="+tt.key, "PUBLIC_KEY="+tt.published, "TMPDIR=/no/such/folder")
			if strings.Contains(out, "PRIVATE") {
				t.Errorf("it shows the key: %s", out)
			}
			if tt.says != "" {
				if _, err := os.Stat(sig); code != exitUsage || !strings.Contains(out, tt.says) || err == nil {
					t.Errorf("exit code %d (%v)\n%s", code, err, out)
				}
				return
			}
			if code != exitPass {
				t.Fatalf("exit code %d\n%s", code, out)
			}
			bin := t.TempDir()
			if code, out = shell(t, "sh scripts/install.sh "+releaseVersion+" "+bin+" && "+bin+"/sgidcheck --version", r.environment()...); code != exitPass {
				t.Errorf("install.sh: exit code %d\n%s", code, out)
			}
		})
	}
	r.write(t, filepath.Base(r.program())+".cdx.json", []byte("{}"))
	r.write(t, "SHA256SUMS", fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(nil), filepath.Base(r.program())))
	if code, out := shell(t, "sh scripts/sign.sh "+r.folder, "SIGNING_KEY="+file, "PUBLIC_KEY="+r.publicKey()); code != exitUsage {
		t.Errorf("files that are not what the checksums say: exit code %d\n%s", code, out)
	}
}

// onlyProgram writes SHA256SUMS with the files that are there.
func (r *release) onlyProgram(t *testing.T) {
	t.Helper()
	r.write(t, "SHA256SUMS", fmt.Appendf(nil, "%x  %s\n", r.digest(t), filepath.Base(r.program())))
}

var namesHome = regexp.MustCompile(`(?:github\.com|githubusercontent\.com|ghcr\.io)/([A-Za-z0-9_.-]+/sgidcheck)\b|uses: ([A-Za-z0-9_.-]+/sgidcheck)@`)

// What names the public home says what release.env says, and 'make home' changes it
// everywhere.
func TestThePublicHomeStandsInOnePlace(t *testing.T) {
	root := t.TempDir()
	files := []string{"release.env", "README.md", "CHANGELOG.md", "action.yml", "templates/sgidcheck.yml", "reports/home.go", "scripts/home.sh"}
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		files = append(files, "docs/"+filepath.Base(doc))
	}
	for _, file := range files {
		body, err := os.ReadFile(filepath.Join("../..", file))
		if err == nil {
			err = os.MkdirAll(filepath.Join(root, filepath.Dir(file)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, file), body, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	home := func() (repository, key string, named int) {
		env, err := os.ReadFile(filepath.Join(root, "release.env"))
		if err != nil {
			t.Fatal(err)
		}
		repository = regexp.MustCompile(`(?m)^REPOSITORY=(.+)$`).FindStringSubmatch(string(env))[1]
		key = regexp.MustCompile(`(?m)^PUBLIC_KEY=(.*)$`).FindStringSubmatch(string(env))[1]
		for _, file := range files {
			body, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range namesHome.FindAllStringSubmatch(string(body), -1) {
				if named++; m[1]+m[2] != repository {
					t.Errorf("%s has its home at %s, not at %s", file, m[1]+m[2], repository)
				}
			}
		}
		return repository, key, named
	}
	if _, _, named := home(); named < 5 {
		t.Errorf("only %d places name the home", named)
	}
	if code, out := shellIn(t, root, "sh scripts/home.sh agency/sgidcheck a+B/c="); code != exitPass {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if repository, key, _ := home(); repository != "agency/sgidcheck" || key != "a+B/c=" {
		t.Errorf("release.env has %s and %s", repository, key)
	}
	for _, file := range []string{"README.md", "docs/install.md", "docs/ci.md"} {
		body, err := os.ReadFile(filepath.Join(root, file))
		if err != nil || strings.Contains(string(body), "Until a release is published") {
			t.Errorf("%s still says what to do until then (%v)", file, err)
		}
	}
	template, err := os.ReadFile(filepath.Join(root, "templates/sgidcheck.yml"))
	if err != nil || !strings.Contains(string(template), `default: "a+B/c="`) {
		t.Errorf("the template has another key (%v)", err)
	}
	for _, wrong := range []string{"agency", "https://x/y", "a b/c"} {
		if code, out := shellIn(t, root, "sh scripts/home.sh '"+wrong+"'"); code != exitUsage {
			t.Errorf("%s: exit code %d\n%s", wrong, code, out)
		}
	}
}
