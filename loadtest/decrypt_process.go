package loadtest

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sgidcheck/internal/run"
)

//go:embed peer_jose.mjs
var decryptJoseScript []byte

//go:embed peer_jwcrypto.py
var decryptJWCryptoScript []byte

// decryptLanguage is a runtime with the library that the official SDK for it
// decrypts with, as it is found on this machine.
type decryptLanguage struct {
	runtime, library string
	worker           string // what takes the second core, in words
	script           []byte
	file             string   // the script's name
	command          string   // the program that runs it
	args             []string // that come after the script
}

// decryptLanguages finds what there is. peers is the folder that holds
// node_modules. What is not there is named, with what to do.
func decryptLanguages(ctx context.Context, peers string) (found []decryptLanguage, missing []run.Void) {
	if node, dir, err := findNode(peers); err != nil {
		missing = append(missing, run.Void{What: "jose on Node", Reason: err.Error()})
	} else {
		found = append(found, decryptLanguage{runtime: "Node", library: "jose", worker: "a worker thread",
			script: decryptJoseScript, file: "peer_jose.mjs", command: node, args: []string{dir}})
	}
	if python, err := findPython(ctx); err != nil {
		missing = append(missing, run.Void{What: "jwcrypto on Python", Reason: err.Error()})
	} else {
		found = append(found, decryptLanguage{runtime: "Python", library: "jwcrypto", worker: "a process",
			script: decryptJWCryptoScript, file: "peer_jwcrypto.py", command: python})
	}
	return found, missing
}

func findNode(peers string) (node, dir string, err error) {
	if dir, err = filepath.Abs(peers); err != nil {
		return "", "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@opengovsg", "sgid-client")); err != nil {
		return "", "", fmt.Errorf("the SDK is not installed in %s: run make peers", peers)
	}
	if node, err = exec.LookPath("node"); err != nil {
		return "", "", errors.New("node is not on the path: the SDK's library needs Node 18 or later")
	}
	return node, dir, nil
}

// findPython finds a Python that has jwcrypto. The system's own is asked as well
// as the first on the path: that is where a package of the distribution goes.
func findPython(ctx context.Context) (string, error) {
	there := false
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		python, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		there = true
		if exec.CommandContext(ctx, python, "-c", "import jwcrypto.jwe").Run() == nil {
			return python, nil
		}
	}
	if !there {
		return "", errors.New("python3 is not on the path")
	}
	return "", errors.New("python3 has no jwcrypto: run make peers, or install the package python3-jwcrypto")
}

// decryptPeer is a process that decrypts with a language's library.
type decryptPeer struct {
	language *decryptLanguage
	versions map[string]string
	cmd      *exec.Cmd
	stdin    io.WriteCloser
	stdout   *bufio.Reader
	dir      string
}

// start runs the language's script.
func (l *decryptLanguage) start(ctx context.Context) (*decryptPeer, error) {
	dir, err := os.MkdirTemp("", "sgidcheck-peer-")
	if err != nil {
		return nil, err
	}
	p := &decryptPeer{language: l, dir: dir}
	script := filepath.Join(dir, l.file)
	if err := os.WriteFile(script, l.script, 0o600); err != nil {
		p.stop()
		return nil, err
	}
	p.cmd = exec.CommandContext(ctx, l.command, append([]string{script}, l.args...)...)
	decryptApart(p.cmd)
	p.cmd.Stderr = io.Discard // an exception would print what it was about
	var stdout io.ReadCloser
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		if stdout, err = p.cmd.StdoutPipe(); err == nil {
			err = p.cmd.Start()
		}
	}
	if err != nil {
		p.cmd = nil
		p.stop()
		return nil, &decryptPeerFault{fmt.Errorf("%s does not start: %w", l.runtime, err)}
	}
	p.stdout = bufio.NewReader(stdout)
	return p, nil
}

// name is the library with its version, known once a job was done.
func (p *decryptPeer) name() string {
	return strings.TrimSpace(p.language.library+" "+p.versions[p.language.library]) + " on " + p.language.runtime
}

// decryptPeerFault is what the peer's own process did wrong. It leaves that language
// without figures, and no other measurement.
type decryptPeerFault struct{ error }

// rate has the peer do one job, held to so many cores.
func (p *decryptPeer) rate(job decryptPeerJob, cores int) (decryptTurn, error) {
	fault := func(what string) (decryptTurn, error) {
		return decryptTurn{}, &decryptPeerFault{fmt.Errorf("%s on %s %s; if it does so again, run make peers", p.language.library, p.language.runtime, what)}
	}
	decryptPin(p.cmd.Process.Pid, cores)
	line, err := json.Marshal(job)
	if err != nil {
		return decryptTurn{}, err
	}
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		return fault("ended before its time")
	}
	answer, err := p.stdout.ReadBytes('\n')
	if err != nil {
		return fault("ended without decrypting the answer")
	}
	var result struct {
		Versions map[string]string `json:"versions"`
		PerS     float64           `json:"per_s"`
		CPU      float64           `json:"cpu_s"`
		Wall     float64           `json:"wall_s"`
	}
	if err := json.Unmarshal(answer, &result); err != nil || !(result.PerS > 0) || !(result.Wall > 0) {
		return fault("gave no figure")
	}
	p.versions = result.Versions
	return decryptTurn{rate: result.PerS, share: min(1, result.CPU/result.Wall)}, nil
}

// stop ends the process and removes its script.
func (p *decryptPeer) stop() {
	if p.cmd != nil {
		p.stdin.Close()
		_ = p.cmd.Wait()
	}
	os.RemoveAll(p.dir)
}
