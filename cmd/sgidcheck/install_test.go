package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// spoiltReleases are releases that must not be installed, by what was done to them.
var spoiltReleases = map[string]func(t *testing.T, r *release){
	"another program": func(t *testing.T, r *release) {
		if err := os.Remove(r.program()); err != nil {
			t.Fatal(err)
		}
		r.write(t, filepath.Base(r.program()), []byte("#!/bin/sh\necho sgidcheck version evil\n"))
	},
	"another program and its checksum": func(t *testing.T, r *release) {
		if err := os.Remove(r.program()); err != nil {
			t.Fatal(err)
		}
		r.write(t, filepath.Base(r.program()), []byte("#!/bin/sh\necho sgidcheck version evil\n"))
		r.sum(t)
	},
	"signed with another key": func(t *testing.T, r *release) {
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		r.sign(t, other)
	},
	"not among the checksums": func(t *testing.T, r *release) {
		r.write(t, "SHA256SUMS", fmt.Appendf(nil, "%x  another_file\n", sha256.Sum256(nil)))
		r.sign(t, r.private)
	},
	"without a signature": func(t *testing.T, r *release) {
		if err := os.Remove(filepath.Join(r.folder, "SHA256SUMS.sig")); err != nil {
			t.Fatal(err)
		}
	},
}

// Whatever was done to a release, neither the document's commands nor the script of
// the Action leave a program behind.
func TestNoSpoiltReleaseIsInstalled(t *testing.T) {
	commands, _ := ciDocument(t)
	for name, spoil := range spoiltReleases {
		t.Run(name, func(t *testing.T) {
			r := publish(t)
			spoil(t, r)
			work := t.TempDir()
			code, out := shellIn(t, work, commands["install"]+"\nsgidcheck --version", r.environment()...)
			if code == exitPass || strings.Contains(out, "sgidcheck version") {
				t.Errorf("the document's commands: exit code %d\n%s", code, out)
			}
			code, out = shellIn(t, repository(t), "sh scripts/install.sh "+releaseVersion+" "+work+"/bin", r.environment()...)
			if code != exitFail {
				t.Errorf("install.sh: exit code %d\n%s", code, out)
			}
			// As it is pasted: an error ends nothing by itself.
			code, out = shellIn(t, work, "set +e\n"+byHand(t), append(r.environment(), "VERSION="+releaseVersion)...)
			if code == exitPass || strings.Contains(out, "sgidcheck version") {
				t.Errorf("by hand: exit code %d\n%s", code, out)
			}
			for _, left := range []string{".sgidcheck/sgidcheck", "bin/sgidcheck", "sgidcheck"} {
				if _, err := os.Stat(filepath.Join(work, left)); err == nil {
					t.Errorf("%s is there", left)
				}
			}
		})
	}
}

// byHand is what docs/install.md says for those who install a release by hand.
func byHand(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile("../../docs/install.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range markedBlock.FindAllStringSubmatch(string(body), -1) {
		if m[2] == "byhand" {
			return m[3]
		}
	}
	t.Fatal("docs/install.md does not say how a release is installed by hand")
	return ""
}

func TestInstallByHand(t *testing.T) {
	r := publish(t)
	code, out := shellIn(t, t.TempDir(), byHand(t), append(r.environment(), "VERSION="+releaseVersion)...)
	if code != exitPass || !strings.Contains(out, "Verified OK") || !strings.Contains(out, "sgidcheck version") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// Each system is given its own program, whatever it calls itself, by the script and by
// hand, and checks it with what it has.
func TestInstallKnowsTheMachine(t *testing.T) {
	for _, tt := range []struct{ system, machine, file, program string }{
		{"Linux", "aarch64", "linux_arm64", "sgidcheck"},
		{"Darwin", "arm64", "darwin_arm64", "sgidcheck"},
		{"Darwin", "x86_64", "darwin_amd64", "sgidcheck"},
		{"MINGW64_NT-10.0-22631", "x86_64", "windows_amd64.exe", "sgidcheck.exe"},
		{"MSYS_NT-10.0-26100-ARM64", "aarch64", "windows_amd64.exe", "sgidcheck.exe"},
		{"FreeBSD", "amd64", "", ""},
		{"Linux", "riscv64", "", ""},
	} {
		t.Run(tt.system+" "+tt.machine, func(t *testing.T) {
			r := publish(t)
			r.offer(t, "sgidcheck_"+releaseVersion+"_"+tt.file)
			tools := toolsOf(t, "sh", "mkdir", "mktemp", "dirname", "rm", "cat", "grep", "sed", "tr", "install", "curl", "openssl", "sha256sum")
			uname := fmt.Sprintf("#!/bin/sh\ncase $1 in -s) echo %s ;; -m) echo %s ;; esac\n", tt.system, tt.machine)
			err := os.WriteFile(filepath.Join(tools, "uname"), []byte(uname), 0o755)
			if tt.system == "Darwin" && err == nil { // which has shasum instead
				err = os.Remove(filepath.Join(tools, "sha256sum"))
				sums, lookErr := exec.LookPath("sha256sum")
				shasum := "#!/bin/sh\n[ \"$1 $2\" = '-a 256' ] && shift 2 && exec " + sums + " \"$@\"\n"
				err = errors.Join(err, lookErr, os.WriteFile(filepath.Join(tools, "shasum"), []byte(shasum), 0o755))
			}
			if err != nil {
				t.Fatal(err)
			}
			work := t.TempDir()
			env := append(r.environment(), "VERSION="+releaseVersion, "PATH="+tools)
			code, out := shellIn(t, work, "sh "+repository(t)+"/scripts/install.sh "+releaseVersion+" bin", env...)
			if tt.file == "" {
				if code != exitUsage || !strings.Contains(out, "there is no release for") {
					t.Errorf("exit code %d\n%s", code, out)
				}
				return
			}
			if _, err := os.Stat(filepath.Join(work, "bin", tt.program)); code != exitPass || err != nil {
				t.Errorf("install.sh: exit code %d, %v\n%s", code, err, out)
			}
			code, out = shellIn(t, work, strings.ReplaceAll(byHand(t), "./sgidcheck --version", ":"), env...)
			if _, err := os.Stat(filepath.Join(work, tt.program)); code != exitPass || err != nil || !strings.Contains(out, tt.file+": OK") {
				t.Errorf("by hand: exit code %d, %v\n%s", code, err, out)
			}
		})
	}
}

// offer makes a file the release's program.
func (r *release) offer(t *testing.T, name string) {
	t.Helper()
	body := []byte("#!/bin/sh\n")
	r.write(t, name, body)
	r.write(t, "SHA256SUMS", fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(body), name))
	r.sign(t, r.private)
}

// What install.sh is called with wrongly is named, and nothing is fetched.
func TestInstallNamesWhatIsWrong(t *testing.T) {
	for name, tt := range map[string]struct{ args, env, says string }{
		"no version":         {"'' bin", "", "is no version"},
		"a path for version": {"../x bin", "", "is no version"},
		"no key":             {"v1 bin", "TOOL_KEY=", "set TOOL_KEY"},
		"no folder":          {"v1", "", "usage"},
	} {
		t.Run(name, func(t *testing.T) {
			script := filepath.Join(t.TempDir(), "scripts")
			if err := os.CopyFS(script, os.DirFS("../../scripts")); err != nil { // no release.env beside it
				t.Fatal(err)
			}
			code, out := shellIn(t, t.TempDir(), "sh "+script+"/install.sh "+tt.args, "TOOL_RELEASES=http://127.0.0.1:1", tt.env)
			if code != exitUsage || !strings.Contains(out, tt.says) {
				t.Errorf("exit code %d\n%s", code, out)
			}
		})
	}
}
