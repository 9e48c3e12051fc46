package loadtest

import (
	"bufio"
	"context"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

//go:embed peer_jose.mjs
var decryptPeerScript []byte

// decryptPeerRounds is how often peer and own engine take turns; the median counts.
const decryptPeerRounds = 3

// decryptPeerJob is one line to the peer's process.
type decryptPeerJob struct {
	PEM        string  `json:"pem"`
	Body       string  `json:"body"`
	Threads    int     `json:"threads"`
	InFlight   int     `json:"inFlight"` // answers at once in a thread
	Seconds    float64 `json:"seconds"`
	ImportOnce bool    `json:"importOnce"`
}

// peers measures the SDK's library on Node beside the fastest own engine, in
// turns, for each number of cores, on the typical answer.
func (b *decryptBench) peers(ctx context.Context) error {
	a, err := b.answer(b.o.RSABits[0], b.o.Algs[0], decryptPlanFields, decryptPlanBytes)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(a.key.private)
	if err != nil {
		return err
	}
	d, err := a.key.decrypter(decryptFastest(b.o.Engines))
	if err != nil {
		return err
	}
	decryptRelease(runtime.GOMAXPROCS(0)) // what is started inherits the cores it may use
	node, err := startDecryptPeer(ctx, b.o.PeersDir)
	if err != nil {
		return err
	}
	defer node.stop()
	job := decryptPeerJob{
		PEM:     string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		Body:    string(a.body),
		Seconds: max(b.o.Duration.Seconds()/decryptPeerRounds, 0.2),
	}
	for _, cores := range b.o.Cores {
		if err := b.peerOn(ctx, node, job, a, d, cores); err != nil {
			return err
		}
	}
	b.step("the SDK's library on Node")
	return nil
}

// decryptPeerInFlight keeps a thread busy while a promise is settled.
const decryptPeerInFlight = 16

// peerOn measures on one number of cores: the SDK as it is, on the one thread that
// Node gives it, and what could be had beyond that.
func (b *decryptBench) peerOn(ctx context.Context, node *decryptPeer, job decryptPeerJob, a *decryptAnswer, d *sgid.Decrypter, cores int) error {
	job.InFlight = decryptPeerInFlight
	type variant struct {
		name       string
		threads    int
		importOnce bool
		rates      []float64
	}
	variants := []*variant{
		{name: "as the SDK runs", threads: 1},
		{name: "private key imported once", threads: 1, importOnce: true},
	}
	if cores > 1 {
		variants = append(variants,
			&variant{name: "a worker thread for each core", threads: cores},
			&variant{name: "a worker thread for each core, private key imported once", threads: cores, importOnce: true})
	}
	decryptHold(cores, d.Engine())
	var own []float64
	for range decryptPeerRounds {
		for _, v := range variants {
			if err := ctx.Err(); err != nil {
				return err
			}
			job.Threads, job.ImportOnce = v.threads, v.importOnce
			rate, err := node.rate(job, cores)
			if err != nil {
				return err
			}
			v.rates = append(v.rates, rate)
		}
		rate, err := decryptRate(cores, time.Duration(job.Seconds*float64(time.Second)), a.open(d))
		if err != nil {
			return err
		}
		own = append(own, rate)
	}
	b.result.Peers = append(b.result.Peers, run.Peer{Name: "sgidcheck, engine " + d.Engine(), AnswersPerS: decryptMedian(own), Cores: cores})
	for _, v := range variants {
		b.result.Peers = append(b.result.Peers, run.Peer{Name: node.name + ", " + v.name, AnswersPerS: decryptMedian(v.rates), Cores: cores})
	}
	return nil
}

func decryptFastest(engines []string) string {
	for _, engine := range []string{sgid.EngineOpenSSL, sgid.EngineGo} {
		if slices.Contains(engines, engine) {
			return engine
		}
	}
	return engines[0]
}

// decryptPeer is a Node process that decrypts with the SDK's library.
type decryptPeer struct {
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	dir    string
}

// startDecryptPeer starts Node on the embedded script. peers is the folder that
// holds node_modules.
func startDecryptPeer(ctx context.Context, peers string) (*decryptPeer, error) {
	peers, err := filepath.Abs(peers)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(peers, "node_modules", "@opengovsg", "sgid-client")); err != nil {
		return nil, fmt.Errorf("the SDK is not installed in %s: run make peers", peers)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errors.New("node is not on the path: the SDK's library needs Node 18 or later")
	}
	dir, err := os.MkdirTemp("", "sgidcheck-peer-")
	if err != nil {
		return nil, err
	}
	p := &decryptPeer{dir: dir}
	script := filepath.Join(dir, "peer_jose.mjs")
	if err := os.WriteFile(script, decryptPeerScript, 0o600); err != nil {
		p.stop()
		return nil, err
	}
	p.cmd = exec.CommandContext(ctx, node, script, peers)
	p.cmd.Stderr = io.Discard // a rejected promise would print what it was about
	var stdout io.ReadCloser
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		if stdout, err = p.cmd.StdoutPipe(); err == nil {
			err = p.cmd.Start()
		}
	}
	if err != nil {
		p.cmd = nil
		p.stop()
		return nil, fmt.Errorf("node does not start: %w", err)
	}
	p.stdout = bufio.NewReader(stdout)
	return p, nil
}

// rate has the peer do one job, held to so many cores, and gives answers a second.
func (p *decryptPeer) rate(job decryptPeerJob, cores int) (float64, error) {
	decryptPin(p.cmd.Process.Pid, cores)
	line, err := json.Marshal(job)
	if err != nil {
		return 0, err
	}
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		return 0, errors.New("the SDK's library on Node ended before its time")
	}
	answer, err := p.stdout.ReadBytes('\n')
	if err != nil {
		return 0, errors.New("the SDK's library on Node did not decrypt the answer")
	}
	var result struct {
		Jose string  `json:"jose"`
		PerS float64 `json:"per_s"`
	}
	if err := json.Unmarshal(answer, &result); err != nil || !(result.PerS > 0) {
		return 0, errors.New("the SDK's library on Node gave no figure")
	}
	p.name = "jose " + result.Jose + " on Node"
	return result.PerS, nil
}

// stop ends the process and removes its script.
func (p *decryptPeer) stop() {
	if p.cmd != nil {
		p.stdin.Close()
		_ = p.cmd.Wait()
	}
	os.RemoveAll(p.dir)
}
