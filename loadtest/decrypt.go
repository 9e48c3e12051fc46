package loadtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// DecryptOptions picks the cells of the decryption benchmark: every combination
// of the lists. An empty list stands for a small useful set, or with Full for
// all of the matrix.
type DecryptOptions struct {
	RSABits    []int    // 2048, 3072, 4096
	Algs       []string // RSA-OAEP-256, RSA-OAEP
	Fields     []int    // number of fields in a response, 1 to 25
	FieldBytes []int    // plaintext bytes of a field, 16 to 65536
	Cores      []int    // number of cores to use, up to those of the machine
	Engines    []string // go, openssl, jwx
	Full       bool
	Duration   time.Duration // for each cell together with its floor; 1 s when 0
	Plan       []float64     // logins a second to plan cores for
	PeersDir   string        // the folder with the Node SDK's node_modules; "": no peer is measured

	// Progress, where set, is called after each step with the steps done, those in
	// all, and what was just measured.
	Progress func(done, total int, what string)

	measure   decryptMeter  // decryptRate, but for tests
	leastPeer time.Duration // the shortest turn of a peer; decryptLeastPeer, but for tests
}

// The bounds of the matrix.
const (
	decryptMaxFields     = 25
	decryptMaxFieldBytes = 64 << 10
	decryptDuration      = time.Second
)

// complete fills in what was left out and refuses what cannot be measured.
func (o *DecryptOptions) complete() error {
	machine := runtime.NumCPU()
	available := []string{}
	for _, e := range sgid.Engines() {
		if e.Available {
			available = append(available, e.Name)
		} else if slices.Contains(o.Engines, e.Name) {
			return fmt.Errorf("engine %s is not available: %s", e.Name, e.Reason)
		}
	}
	pick := func(list *[]int, small, full []int) {
		if len(*list) == 0 {
			*list = small
			if o.Full {
				*list = full
			}
		}
	}
	pick(&o.RSABits, []int{2048}, []int{2048, 3072, 4096})
	pick(&o.Fields, []int{1, 8, 25}, []int{1, 2, 4, 8, 16, 25})
	pick(&o.FieldBytes, []int{24}, []int{16, 1 << 10, decryptMaxFieldBytes})
	pick(&o.Cores, slices.Compact([]int{1, machine}), slices.Compact([]int{1, machine}))
	if len(o.Algs) == 0 {
		o.Algs = []string{sgid.AlgRSAOAEP256}
		if o.Full {
			o.Algs = sgid.KeyAlgorithms()
		}
	}
	if len(o.Engines) == 0 {
		o.Engines = available
	}
	if o.Duration == 0 {
		o.Duration = decryptDuration
	}
	if o.measure == nil {
		o.measure = decryptRate
	}
	if o.leastPeer == 0 {
		o.leastPeer = decryptLeastPeer
	}
	return o.validate(machine)
}

func (o *DecryptOptions) validate(machine int) error {
	for _, bits := range o.RSABits {
		if !slices.Contains([]int{2048, 3072, 4096}, bits) {
			return fmt.Errorf("RSA size %d: take 2048, 3072 or 4096", bits)
		}
	}
	for _, alg := range o.Algs {
		if !slices.Contains(sgid.KeyAlgorithms(), alg) {
			return fmt.Errorf("algorithm %q: take RSA-OAEP-256 or RSA-OAEP", alg)
		}
	}
	for _, n := range o.Fields {
		if n < 1 || n > decryptMaxFields {
			return fmt.Errorf("%d fields: take 1 to %d", n, decryptMaxFields)
		}
	}
	for _, n := range o.FieldBytes {
		if n < 1 || n > decryptMaxFieldBytes {
			return fmt.Errorf("fields of %d bytes: take 1 to %d", n, decryptMaxFieldBytes)
		}
	}
	for _, n := range o.Cores {
		if n < 1 || n > machine {
			return fmt.Errorf("%d cores: this machine has %d", n, machine)
		}
	}
	for _, engine := range o.Engines {
		if !slices.Contains([]string{sgid.EngineGo, sgid.EngineOpenSSL, sgid.EngineJWX}, engine) {
			return fmt.Errorf("engine %q: take go, openssl or jwx", engine)
		}
	}
	for _, rate := range o.Plan {
		if !(rate > 0) {
			return errors.New("a plan needs a rate above 0")
		}
	}
	if o.Duration < 0 {
		return errors.New("a duration below 0 cannot be measured for")
	}
	return nil
}

// RunDecrypt measures what decrypting a userinfo response costs, cell by cell,
// each in turns with the raw RSA operation of the same engine on the same cores.
// While it runs, the process is held to the cores of the cell, so nothing else
// should be going on in it. What other work on the machine disturbed is measured
// again, and is among the void, with the reason, where it stays so. When ctx ends
// it gives what was measured until then with ctx's error.
func RunDecrypt(ctx context.Context, o DecryptOptions) (*run.Decrypt, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	b := &decryptBench{o: o, keys: map[int]*decryptKey{}, floors: map[decryptFloorKey][]float64{}}
	b.result.Machine = thisMachine()
	b.total = len(o.RSABits) * len(o.Algs) * len(o.Fields) * len(o.FieldBytes) * len(o.Cores) * len(o.Engines)
	var languages []decryptLanguage
	if o.PeersDir != "" {
		if languages, b.result.Missing = decryptLanguages(ctx, o.PeersDir); ctx.Err() != nil {
			return nil, ctx.Err() // none was missing: the search for them was cut short
		} else if len(languages) == 0 {
			return nil, missingPeers(b.result.Missing)
		}
		b.total += len(languages)
	}
	defer decryptRelease(runtime.GOMAXPROCS(0))
	err := b.cells(ctx)
	if err == nil {
		err = b.peers(ctx, languages)
	}
	b.finish()
	return &b.result, err
}

// decryptBench is one run of the benchmark.
type decryptBench struct {
	o           DecryptOptions
	keys        map[int]*decryptKey // by bits
	floors      map[decryptFloorKey][]float64
	floorOrder  []decryptFloorKey
	result      run.Decrypt
	done, total int
}

type decryptFloorKey struct {
	engine string
	bits   int
	alg    string
	cores  int
}

func (b *decryptBench) step(what string) {
	b.done++
	if b.o.Progress != nil {
		b.o.Progress(b.done, b.total, what)
	}
}

// cells measures every combination, answer by answer.
func (b *decryptBench) cells(ctx context.Context) error {
	for _, bits := range b.o.RSABits {
		for _, alg := range b.o.Algs {
			for _, fields := range b.o.Fields {
				for _, size := range b.o.FieldBytes {
					a, err := b.answer(bits, alg, fields, size)
					if err != nil {
						return err
					}
					if err := b.group(ctx, a); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// group measures one response by every engine on every number of cores, all in
// turns: what is compared was measured under the same conditions.
func (b *decryptBench) group(ctx context.Context, a *decryptAnswer) error {
	var contests []*decryptContest
	for _, cores := range b.o.Cores {
		for _, engine := range b.o.Engines {
			d, err := a.key.decrypter(engine)
			if err != nil {
				return err
			}
			if err := a.check(d); err != nil {
				return fmt.Errorf("engine %s, RSA-%d, %s, %d fields of %d bytes: %w", engine, a.key.bits, a.alg, a.fields, a.size, err)
			}
			contests = append(contests, &decryptContest{decrypter: d, cores: cores, floor: a.floor(d), cell: a.open(d)})
		}
	}
	err := decryptInTurns(ctx, contests, b.o.Duration, b.o.measure)
	wanted := decryptWanted(b.o.Duration)
	single := map[string]float64{} // what one core did, by engine
	for _, c := range contests {
		if err != nil && 2*len(c.ratios) < wanted {
			return err
		}
		reason := c.void(wanted)
		if one := single[c.decrypter.Engine()]; reason == "" && decryptMedian(c.cells) < decryptLeastGain*one {
			reason = fmt.Sprintf("%d cores came out slower than one (%.0f answers a second beside %.0f), which cannot be: something disturbed the measurement that this system does not tell", c.cores, decryptMedian(c.cells), one)
		}
		if cellErr := b.cell(a, c, reason); cellErr != nil {
			return cellErr
		}
		if reason == "" && c.cores == 1 {
			single[c.decrypter.Engine()] = decryptMedian(c.cells)
		}
	}
	return err
}

// cell enters what a contest measured, or why it is void.
func (b *decryptBench) cell(a *decryptAnswer, c *decryptContest, void string) error {
	engine := c.decrypter.Engine()
	cell := run.Cell{Engine: engine, RSABits: a.key.bits, Alg: a.alg, Fields: a.fields, FieldBytes: a.size, Cores: c.cores}
	if void == "" {
		decryptHold(c.cores, engine)
		var err error
		if cell.Split, cell.Allocs, void, err = a.split(c.decrypter, b.o.Duration/10, b.o.measure); err != nil {
			return err
		}
	}
	what := engine + ", " + decryptRow(cell)
	if void != "" {
		b.result.Void = append(b.result.Void, run.Void{What: what, Reason: void})
		b.step(what + ": void")
		return nil
	}
	key := decryptFloorKey{engine, a.key.bits, a.alg, c.cores}
	if _, seen := b.floors[key]; !seen {
		b.floorOrder = append(b.floorOrder, key)
	}
	b.floors[key] = append(b.floors[key], c.floors...)
	cell.AnswersPerS = decryptMedian(c.cells)
	cell.USPerAnswer = float64(c.cores) * 1e6 / cell.AnswersPerS
	cell.FloorRatio = decryptMedian(c.ratios)
	b.result.Cells = append(b.result.Cells, cell)
	b.step(fmt.Sprintf("%s: %.0f answers/s, %.2f of the floor", what, cell.AnswersPerS, cell.FloorRatio))
	return nil
}

// finish draws up floor and plan from what was measured.
func (b *decryptBench) finish() {
	b.result.Floor = []run.Floor{}
	for _, key := range b.floorOrder {
		b.result.Floor = append(b.result.Floor, run.Floor{
			Engine: key.engine, RSABits: key.bits, Alg: key.alg, Cores: key.cores, PerS: decryptMedian(b.floors[key]),
		})
	}
	if b.result.Cells == nil {
		b.result.Cells = []run.Cell{}
	}
	b.result.Plan = decryptPlan(b.result.Cells, b.o.Plan)
	b.result.Plan = append(b.result.Plan, decryptPeerPlan(b.result.Peers, b.o.Plan, func(cores int) string {
		row := b.o.typical()
		row.Cores = cores
		return decryptRow(row)
	})...)
}
