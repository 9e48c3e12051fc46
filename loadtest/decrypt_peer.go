package loadtest

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

const (
	decryptLeastPeer = 200 * time.Millisecond // the shortest turn of a peer
	// decryptPeerRounds is how often peer and own engine take turns; the median counts.
	decryptPeerRounds = 3
	// decryptPeerInFlight keeps a thread of Node busy while a promise is settled.
	decryptPeerInFlight = 16
)

// decryptPeerJob is one line to the peer's process.
type decryptPeerJob struct {
	PEM        string  `json:"pem"`
	Body       string  `json:"body"`
	Threads    int     `json:"threads"`  // threads of Node, processes of Python
	InFlight   int     `json:"inFlight"` // answers at once in a thread
	Seconds    float64 `json:"seconds"`
	ImportOnce bool    `json:"importOnce"`
}

// peers measures the libraries of the official SDKs beside the fastest own
// engine, in turns, for each number of cores, on the typical answer. What a language
// that fails was to measure is void, and the next one has its turn.
func (b *decryptBench) peers(ctx context.Context, languages []decryptLanguage) error {
	row := b.o.typical()
	a, err := b.answer(row.RSABits, row.Alg, row.Fields, row.FieldBytes)
	if err != nil {
		return err
	}
	key, err := a.key.pem()
	if err != nil {
		return err
	}
	d, err := a.key.decrypter(decryptFastest(b.o.Engines))
	if err != nil {
		return err
	}
	job := decryptPeerJob{
		PEM:      key,
		Body:     string(a.body),
		Seconds:  max(b.o.Duration/decryptPeerRounds, b.o.leastPeer).Seconds(),
		InFlight: decryptPeerInFlight,
	}
	for _, language := range languages {
		err := b.language(ctx, &language, job, a, d)
		if ctx.Err() != nil { // which ends the process, too, in whatever way
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// language measures one of the peers, on each number of cores.
func (b *decryptBench) language(ctx context.Context, language *decryptLanguage, job decryptPeerJob, a *decryptAnswer, d *sgid.Decrypter) error {
	name := language.library + " on " + language.runtime
	var fault *decryptPeerFault
	decryptRelease(runtime.GOMAXPROCS(0)) // what is started inherits the cores it may use
	left := b.o.Cores
	peer, err := language.start(ctx)
	if err == nil {
		defer peer.stop()
		for len(left) > 0 {
			if err = b.peerOn(ctx, peer, job, a, d, left[0]); err != nil {
				break
			}
			left = left[1:]
		}
	}
	switch {
	case err == nil:
		b.step(name)
		return nil
	case ctx.Err() != nil || !errors.As(err, &fault):
		return err
	}
	for _, cores := range left {
		b.result.Void = append(b.result.Void, run.Void{What: name + ", " + decryptCores(cores), Reason: fault.Error()})
	}
	b.step(name + ": void")
	return nil
}

// pem is the private key as PKCS #8, which the SDKs take.
func (k *decryptKey) pem() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// decryptUse is one way of using a peer, and what it came to turn by turn.
type decryptUse struct {
	name       string
	threads    int
	importOnce bool
	rates      []float64
	lost       []float64
	measure    func() (decryptTurn, error)
}

// done says that the use needs no further turn.
func (u *decryptUse) done() bool {
	return len(u.rates) >= decryptPeerRounds || len(u.rates)+len(u.lost) >= decryptPatience*decryptPeerRounds
}

// peerOn measures on one number of cores: the library as the SDK uses it, on the
// one thread that it has, and what could be had beyond that.
func (b *decryptBench) peerOn(ctx context.Context, peer *decryptPeer, job decryptPeerJob, a *decryptAnswer, d *sgid.Decrypter, cores int) error {
	uses := []*decryptUse{
		{name: "as the SDK uses it", threads: 1},
		{name: "private key imported once", threads: 1, importOnce: true},
	}
	if cores > 1 {
		each := peer.language.worker + " for each core"
		uses = append(uses,
			&decryptUse{name: each, threads: cores},
			&decryptUse{name: each + ", private key imported once", threads: cores, importOnce: true})
	}
	for _, u := range uses {
		u.measure = func() (decryptTurn, error) {
			job.Threads, job.ImportOnce = u.threads, u.importOnce
			return peer.rate(job, cores)
		}
	}
	own := &decryptUse{threads: cores, measure: func() (decryptTurn, error) {
		decryptHold(cores, d.Engine())
		return b.o.measure(cores, time.Duration(job.Seconds*float64(time.Second)), a.open(d))
	}}
	all := append(slices.Clone(uses), own)
	for slices.ContainsFunc(all, func(u *decryptUse) bool { return !u.done() }) {
		for _, u := range all {
			if err := ctx.Err(); err != nil {
				return err
			}
			if u.done() {
				continue
			}
			turn, err := u.measure()
			switch {
			case err != nil:
				return err
			case turn.disturbed():
				u.lost = append(u.lost, turn.share)
			default:
				u.rates = append(u.rates, turn.rate)
			}
		}
	}
	for name, version := range peer.versions {
		b.result.Machine.Versions[name] = version
	}
	b.enter(own, run.Peer{Name: fmt.Sprintf("sgidcheck, engine %s, in turns with %s", d.Engine(), peer.language.library), Runtime: "Go", Cores: cores})
	for _, u := range uses {
		b.enter(u, run.Peer{Name: peer.name() + ", " + u.name, Runtime: peer.language.runtime, Use: u.name, Cores: cores, Busy: u.threads})
	}
	return nil
}

// enter adds what a use came to: a peer of the record, or one of the void.
func (b *decryptBench) enter(u *decryptUse, p run.Peer) {
	if len(u.rates) == 0 || 2*len(u.rates) < decryptPeerRounds {
		b.result.Void = append(b.result.Void, run.Void{
			What: p.Name + ", " + decryptCores(p.Cores), Reason: decryptDisturbed(u.lost, len(u.lost)+len(u.rates)),
		})
		return
	}
	p.AnswersPerS = decryptMedian(u.rates)
	b.result.Peers = append(b.result.Peers, p)
}

func decryptFastest(engines []string) string {
	for _, engine := range []string{sgid.EngineOpenSSL, sgid.EngineGo} {
		if slices.Contains(engines, engine) {
			return engine
		}
	}
	return engines[0]
}

// missingPeers is an error where none of the languages is there.
func missingPeers(missing []run.Void) error {
	var words []string
	for _, m := range missing {
		words = append(words, m.What+": "+m.Reason)
	}
	return fmt.Errorf("no peer can be measured: %s", strings.Join(words, "; "))
}
