package loadtest

import (
	"context"

	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

func TestDecryptPeersThatAreMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	found, missing := decryptLanguages(context.Background(), t.TempDir())
	for i, want := range []struct{ what, do string }{{"jose on Node", "make peers"}, {"jwcrypto on Python", "python3"}} {
		// The system's own Python is found whatever the path is.
		if i == 1 && len(found) == 1 && found[0].runtime == "Python" && len(missing) == 1 {
			continue
		}
		if len(missing) <= i || missing[i].What != want.what || !strings.Contains(missing[i].Reason, want.do) {
			t.Errorf("missing %+v, found %+v", missing, found)
		}
	}
	if err := missingPeers([]run.Void{{What: "jose on Node", Reason: "run make peers"}}); !strings.Contains(err.Error(), "jose on Node: run make peers") {
		t.Error(err)
	}
}

// peersHere are the languages on this machine; it fails where one is not installed.
func peersHere(t *testing.T) []decryptLanguage {
	t.Helper()
	found, missing := decryptLanguages(t.Context(), filepath.Join("..", "peers"))
	for _, m := range missing {
		t.Errorf("%s: %s", m.What, m.Reason)
	}
	return found
}

func TestDecryptPeersOpenOurAnswers(t *testing.T) {
	release(t)
	for _, language := range peersHere(t) {
		for _, alg := range []string{"RSA-OAEP", "RSA-OAEP-256"} {
			b := &decryptBench{o: DecryptOptions{
				RSABits: []int{2048}, Algs: []string{alg}, Fields: []int{8}, FieldBytes: []int{24}, Cores: []int{1}, Engines: []string{"go"}, Duration: time.Millisecond, measure: undisturbed, leastPeer: 10 * time.Millisecond,
			}, keys: map[int]*decryptKey{}}
			b.result.Machine = thisMachine()
			if err := b.peers(t.Context(), []decryptLanguage{language}); err != nil {
				t.Fatal(err)
			}
			// A machine that is busy makes some of them void, and none of them vanish.
			var names []string
			for _, p := range b.result.Peers {
				if !(p.AnswersPerS > 0) || p.Cores != 1 || p.Runtime == "" {
					t.Errorf("%+v", p)
				}
				names = append(names, p.Name)
			}
			for _, v := range b.result.Void {
				if !strings.Contains(v.Reason, "busy") {
					t.Errorf("%+v", v)
				}
				names = append(names, strings.TrimSuffix(v.What, ", 1 core"))
			}
			library := language.library + " " + b.result.Machine.Versions[language.library] + " on " + language.runtime
			for _, want := range []string{"sgidcheck, engine go, in turns with " + language.library, library + ", as the SDK uses it", library + ", private key imported once"} {
				if !slices.Contains(names, want) {
					t.Errorf("%s: no %q among %q", alg, want, names)
				}
			}
		}
	}
}

func TestDecryptPeerSharesTheWork(t *testing.T) {
	for _, language := range peersHere(t) {
		peer, err := language.start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer peer.stop()
		b := &decryptBench{keys: map[int]*decryptKey{}}
		a, err := b.answer(2048, "RSA-OAEP-256", 2, 24)
		if err != nil {
			t.Fatal(err)
		}
		key, err := a.key.pem()
		if err != nil {
			t.Fatal(err)
		}
		job := decryptPeerJob{PEM: key, Body: string(a.body), Threads: 2, InFlight: 2, Seconds: 0.05, ImportOnce: true}
		// A turn that is over before its first answer, as on a busy machine, still has that one.
		for _, seconds := range []float64{0.05, 1e-9} {
			job.Seconds = seconds
			turn, err := peer.rate(job, 1)
			if err != nil || !(turn.rate > 0) || !(turn.share > 0) {
				t.Errorf("%s, %g s: %+v, %v", language.runtime, seconds, turn, err)
			}
		}
		// Another person's key opens nothing.
		job.Body = strings.Replace(job.Body, `"key":"`, `"key":"A`, 1)
		if _, err := peer.rate(job, 1); err == nil || !strings.Contains(err.Error(), language.library+" on "+language.runtime) {
			t.Errorf("%s: an answer that does not decrypt: %v", language.runtime, err)
		}
	}
}

func TestDecryptPeerPlan(t *testing.T) {
	peers := []run.Peer{
		{Name: "sgidcheck, engine go, in turns with jose", Runtime: "Go", AnswersPerS: 1, Cores: 1},
		{Name: "jose 5 on Node, a worker thread for each core", Runtime: "Node", AnswersPerS: 1000, Cores: 2, Busy: 2},
		{Name: "jose 5 on Node, as the SDK uses it", Runtime: "Node", AnswersPerS: 400, Cores: 2, Busy: 1},
		{Name: "jose 5 on Node, as the SDK uses it", Runtime: "Node", AnswersPerS: 500, Cores: 1, Busy: 1},
	}
	got := decryptPeerPlan(peers, []float64{300}, decryptCores)
	want := []run.Plan{
		{LoginsPerS: 300, Engine: peers[1].Name, Runtime: "Node", Cores: 1, Row: "2 cores", Utilisation: 0.6},
		{LoginsPerS: 300, Engine: peers[2].Name, Runtime: "Node", Cores: 1, Row: "1 core", Utilisation: 0.6},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// What a plan says of Go and of an SDK is of the same response, whatever was measured.
func TestPeersOpenTheResponseThatThePlanForGoIsOf(t *testing.T) {
	for _, o := range []DecryptOptions{
		{RSABits: []int{4096, 2048}, Algs: []string{"RSA-OAEP", "RSA-OAEP-256"}, Fields: []int{1, 8, 25}, FieldBytes: []int{1024, 24}},
		{RSABits: []int{4096, 3072}, Algs: []string{"RSA-OAEP"}, Fields: []int{25, 1}, FieldBytes: []int{65536, 1024}},
	} {
		o.Plan = []float64{10}
		b := &decryptBench{o: o, result: run.Decrypt{Peers: []run.Peer{{Name: "jose", Runtime: "Node", AnswersPerS: 100, Cores: 1, Busy: 1}}}}
		for _, bits := range o.RSABits {
			for _, alg := range o.Algs {
				for _, fields := range o.Fields {
					for _, size := range o.FieldBytes {
						b.result.Cells = append(b.result.Cells, run.Cell{Engine: "go", RSABits: bits, Alg: alg, Fields: fields, FieldBytes: size, Cores: 1, AnswersPerS: 100})
					}
				}
			}
		}
		b.finish()
		if plan := b.result.Plan; len(plan) != 2 || plan[0].Runtime != "Go" || plan[1].Runtime != "Node" || plan[0].Row != plan[1].Row {
			t.Errorf("%+v", plan)
		}
	}
}
