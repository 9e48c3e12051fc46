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

// peerOn measures on one number of cores. The peer's best number of threads counts.
func (b *decryptBench) peerOn(ctx context.Context, node *decryptPeer, job decryptPeerJob, a *decryptAnswer, d *sgid.Decrypter, cores int) error {
	threads := []int{cores}
	if cores == runtime.NumCPU() && cores > 1 {
		threads = []int{cores, 2 * cores} // fewer cores than the machine has can only be kept to by threads
	}
	runtime.GOMAXPROCS(cores)
	var own []float64
	rates := map[bool]map[int][]float64{false: {}, true: {}}
	for range decryptPeerRounds {
		for _, job.ImportOnce = range []bool{false, true} {
			for _, job.Threads = range threads {
				if err := ctx.Err(); err != nil {
					return err
				}
				rate, err := node.rate(job)
				if err != nil {
					return err
				}
				rates[job.ImportOnce][job.Threads] = append(rates[job.ImportOnce][job.Threads], rate)
			}
		}
		rate, err := decryptRate(cores, time.Duration(job.Seconds*float64(time.Second)), a.open(d))
		if err != nil {
			return err
		}
		own = append(own, rate)
	}
	best := func(byThreads map[int][]float64) (rate float64) {
		for _, list := range byThreads {
			rate = max(rate, decryptMedian(list))
		}
		return rate
	}
	b.result.Peers = append(b.result.Peers,
		run.Peer{Name: "sgidcheck, engine " + d.Engine(), AnswersPerS: decryptMedian(own), Cores: cores},
		run.Peer{Name: node.name + ", as the SDK calls it", AnswersPerS: best(rates[false]), Cores: cores},
		run.Peer{Name: node.name + ", private key imported once", AnswersPerS: best(rates[true]), Cores: cores},
	)
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

// rate has the peer do one job and gives answers a second.
func (p *decryptPeer) rate(job decryptPeerJob) (float64, error) {
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
