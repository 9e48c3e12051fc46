package loadtest

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// undisturbed carries each operation out once, and says that nothing disturbed
// it: a test is about what becomes of figures, and its machine may be busy.
func undisturbed(cores int, _ time.Duration, op func() error) (decryptTurn, error) {
	return decryptTurn{rate: 1000 * float64(cores), share: 1}, op()
}

// release gives the process back the cores that a test takes from it.
func release(t *testing.T) {
	t.Helper()
	procs := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { decryptRelease(procs) })
}

// told gives each turn in the order of the list what it says, the last again and
// again; each operation is carried out once.
func told(turns ...decryptTurn) decryptMeter {
	n := -1
	return func(_ int, _ time.Duration, op func() error) (decryptTurn, error) {
		n = min(n+1, len(turns)-1)
		return turns[n], op()
	}
}

func decryptContestFor(t *testing.T, cores int) *decryptContest {
	t.Helper()
	release(t)
	b := &decryptBench{keys: map[int]*decryptKey{}}
	a, err := b.answer(2048, sgid.AlgRSAOAEP256, 1, 24)
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.key.decrypter(sgid.EngineGo)
	if err != nil {
		t.Fatal(err)
	}
	return &decryptContest{decrypter: d, cores: cores, floor: a.floor(d), cell: a.open(d)}
}

func TestADisturbedTurnIsTakenAgain(t *testing.T) {
	const wanted = 4
	warm := decryptTurn{rate: 1, share: 0.1} // the warm-up counts for nothing
	floor, cell := decryptTurn{rate: 100, share: 1}, decryptTurn{rate: 90, share: 0.97}
	slow := decryptTurn{rate: 10, share: 0.4}
	for name, c := range map[string]struct {
		turns []decryptTurn
		lost  int
		says  string
	}{
		"nothing disturbs": {[]decryptTurn{warm, warm, floor, cell, floor, cell, floor, cell, floor, cell}, 0, ""},
		"a floor and a cell are disturbed": {[]decryptTurn{
			warm, warm, slow, cell, floor, slow, floor, cell, floor, cell, floor, cell, floor, cell}, 2, ""},
		"all are disturbed":     {[]decryptTurn{slow}, decryptPatience*wanted + decryptMoreTurns, "19 of 19 turns got less than 95 % of the processor time"},
		"faster than the floor": {[]decryptTurn{warm, warm, cell, floor, cell, floor, cell, floor, cell, floor}, 0, "which cannot be"},
		"a host that is busy": {[]decryptTurn{
			warm, warm, floor, cell, floor, {rate: 40, share: 1}, floor, cell, floor, {rate: 40, share: 1}}, 0, "differ by"},
	} {
		t.Run(name, func(t *testing.T) {
			contest := decryptContestFor(t, 1)
			if err := decryptInTurns(context.Background(), []*decryptContest{contest}, wanted*2*decryptSlice, told(c.turns...)); err != nil {
				t.Fatal(err)
			}
			got := contest.void(wanted)
			if len(contest.lost) != c.lost || (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
				t.Errorf("lost %d, want %d; void %q, want %q", len(contest.lost), c.lost, got, c.says)
			}
			if got == "" && !slices.Equal(contest.cells, []float64{90, 90, 90, 90}) {
				t.Errorf("rates %v", contest.cells)
			}
		})
	}
}

// A machine that is busy all the while gives no figure at all, and a plan says nothing of what is void.
func TestABusyMachineIsVoidInWords(t *testing.T) {
	got, err := RunDecrypt(context.Background(), DecryptOptions{
		Fields: []int{1}, Cores: []int{1}, Engines: []string{"go", "jwx"}, Duration: time.Millisecond, Plan: []float64{200},
		measure: told(decryptTurn{rate: 100, share: 0.5}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Cells)+len(got.Floor)+len(got.Plan) != 0 || len(got.Void) != 2 {
		t.Fatalf("%+v", got)
	}
	for i, engine := range []string{"go", "jwx"} {
		if v := got.Void[i]; v.What != engine+", RSA-2048, RSA-OAEP-256, 1 × 24 B, 1 core" || !strings.Contains(v.Reason, "50 % or less") {
			t.Errorf("%+v", v)
		}
	}
	r := &run.Record{Complete: true, Decrypt: got}
	if r.Count(); r.Verdict != run.RunIncomplete {
		t.Errorf("verdict %s", r.Verdict)
	}
	r.Checks = []run.Check{{Verdict: run.Pass}}
	if r.Count(); r.Verdict != run.RunPass {
		t.Errorf("figures beside checks decide the verdict: %s", r.Verdict)
	}
}

func TestWhatOneCoreBeatsIsVoid(t *testing.T) {
	release(t)

	b := &decryptBench{o: DecryptOptions{Cores: []int{1, 2}, Engines: []string{"go"}, Duration: time.Millisecond}, keys: map[int]*decryptKey{}, floors: map[decryptFloorKey][]float64{}}
	answer, err := b.answer(2048, sgid.AlgRSAOAEP256, 1, 24)
	if err != nil {
		t.Fatal(err)
	}
	b.o.measure = func(cores int, _ time.Duration, op func() error) (decryptTurn, error) {
		return decryptTurn{rate: 1000 / float64(cores), share: 1}, op()
	}
	if err := b.group(context.Background(), answer); err != nil {
		t.Fatal(err)
	}
	if len(b.result.Cells) != 1 || len(b.result.Void) != 1 || !strings.Contains(b.result.Void[0].Reason, "2 cores came out slower than one") {
		t.Errorf("%+v", b.result)
	}

}

// What is measured on a machine that may be busy is right or void.
func TestRatesAreOfTheTimeThatWasGot(t *testing.T) {
	turn, err := decryptRate(1, 2*time.Millisecond, func() error { return nil })
	if err != nil || !(turn.rate > 0) || !(turn.share > 0) || turn.share > 1 {
		t.Errorf("%+v, %v", turn, err)
	}
	if _, known := decryptCPU(); !known {
		return
	}
	waiting := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(waiting) })
	if turn, err = decryptRate(1, time.Millisecond, func() error { <-waiting; return nil }); err != nil || !turn.disturbed() {
		t.Errorf("an operation that waits got %.2f of its core: %v", turn.share, err)
	}
}
