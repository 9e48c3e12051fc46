package loadtest

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

func TestRunDecryptMeasuresEveryCell(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	var steps []int
	got, err := RunDecrypt(context.Background(), DecryptOptions{
		Algs: []string{"RSA-OAEP", "RSA-OAEP-256"}, Fields: []int{1, 8}, FieldBytes: []int{24}, Cores: []int{1},
		Engines: []string{"go", "jwx"}, Duration: time.Millisecond, Plan: []float64{200}, measure: undisturbed,
		Progress: func(done, total int, what string) {
			if total != 8 || what == "" {
				t.Errorf("progress %d of %d: %q", done, total, what)
			}
			steps = append(steps, done)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Cells) != 8 || len(got.Floor) != 4 || len(got.Plan) != 2 || len(steps) != 8 {
		t.Fatalf("%d cells, %d floors, %d plans, %d steps", len(got.Cells), len(got.Floor), len(got.Plan), len(steps))
	}
	for _, c := range got.Cells {
		for name, v := range map[string]float64{"answers_per_s": c.AnswersPerS, "us_per_answer": c.USPerAnswer, "allocs": c.Allocs,
			"floor_ratio": c.FloorRatio, "rsa": c.Split.RSA, "aes": c.Split.AES, "key_import": c.Split.KeyImport, "parse": c.Split.Parse} {
			if !(v > 0) || math.IsInf(v, 0) {
				t.Errorf("%s %s %d: %s is %v", c.Engine, c.Alg, c.Fields, name, v)
			}
		}
	}
	if runtime.GOMAXPROCS(0) != before {
		t.Errorf("GOMAXPROCS left at %d", runtime.GOMAXPROCS(0))
	}
}

func TestRunDecryptRefusesWhatItCannotMeasure(t *testing.T) {
	for says, o := range map[string]DecryptOptions{
		"RSA size 1024":      {RSABits: []int{1024}},
		`algorithm "RSA1_5"`: {Algs: []string{"RSA1_5"}},
		"26 fields":          {Fields: []int{26}},
		"fields of 65537":    {FieldBytes: []int{65537}},
		"this machine has":   {Cores: []int{runtime.NumCPU() + 1}},
		`engine "x"`:         {Engines: []string{"x"}},
		"above 0":            {Plan: []float64{math.NaN()}},
	} {
		if got, err := RunDecrypt(context.Background(), o); err == nil || got != nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestRunDecryptStopsWithWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	got, err := RunDecrypt(ctx, DecryptOptions{
		Fields: []int{1, 2, 3}, Cores: []int{1}, Engines: []string{"go"}, Duration: time.Millisecond, measure: undisturbed,
		Progress: func(done, _ int, _ string) {
			if done == 2 {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || len(got.Cells) != 2 || len(got.Floor) != 1 {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestDecryptPlanTakesTheTypicalAnswer(t *testing.T) {
	cells := []run.Cell{
		{Engine: "go", RSABits: 4096, Alg: "RSA-OAEP-256", Fields: 8, FieldBytes: 24, Cores: 1, AnswersPerS: 100},
		{Engine: "go", RSABits: 2048, Alg: "RSA-OAEP-256", Fields: 8, FieldBytes: 24, Cores: 1, AnswersPerS: 1000},
		{Engine: "go", RSABits: 2048, Alg: "RSA-OAEP-256", Fields: 8, FieldBytes: 24, Cores: 2, AnswersPerS: 1900},
		{Engine: "go", RSABits: 2048, Alg: "RSA-OAEP", Fields: 8, FieldBytes: 24, Cores: 2, AnswersPerS: 2000},
		{Engine: "openssl", RSABits: 2048, Alg: "RSA-OAEP", Fields: 25, FieldBytes: 24, Cores: 1, AnswersPerS: 3000},
	}
	got := decryptPlan(cells, []float64{570})
	want := []run.Plan{
		{LoginsPerS: 570, Engine: "go", Runtime: "Go", Cores: 1, Utilisation: 0.6, Row: "RSA-2048, RSA-OAEP-256, 8 × 24 B, 2 cores"},
		{LoginsPerS: 570, Engine: "openssl", Runtime: "Go", Cores: 0.32, Utilisation: 0.6, Row: "RSA-2048, RSA-OAEP, 25 × 24 B, 1 core"},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v", got)
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]float64{"200/s": 200, "200": 200, "12000/m": 200, "3600/h": 1, "0/s": 0, "x": 0, "5/y": 0, "-1": 0, "NaN": 0, "": 0} {
		got, err := ParseRate(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
