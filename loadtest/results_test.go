package loadtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// vegeta's own decoder reads what was written, and its figures are those of the
// record.
func TestResultsAreVegetas(t *testing.T) {
	for _, scenario := range []Scenario{Userinfo, Login, Token} {
		t.Run(string(scenario), func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			var file bytes.Buffer
			o := s.options(t, scenario)
			o.Results, o.Rate, o.Duration, o.Warmup = &file, 100, 500*time.Millisecond, 100*time.Millisecond
			fails := func(n uint64, w http.ResponseWriter, _ *http.Request) bool {
				switch {
				case n < 20: // the warm-up's are in no figure
				case n%5 == 0:
					w.WriteHeader(http.StatusServiceUnavailable)
					return true
				case n%7 == 0:
					w.Write([]byte(`{}`))
					return true
				}
				return false
			}
			token, userinfo := fails, fails
			if scenario == Login {
				token = nil
			}
			load, err := Run(t.Context(), o, afterPreparation(s, token, userinfo))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"at-code", "code-0000", standInSecret, "AH KOW"} {
				if strings.Contains(file.String(), secret) {
					t.Errorf("the results hold %q", secret)
				}
			}
			if vegeta.DecoderFor(bytes.NewReader(file.Bytes())) == nil {
				t.Fatal("vegeta does not know the encoding")
			}
			decode := vegeta.DecoderFor(&file)
			var metrics vegeta.Metrics
			kinds := map[string]int{}
			for {
				var r vegeta.Result
				if err := decode(&r); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				metrics.Add(&r)
				if r.Error != "" {
					kinds[r.Error]++
				}
				if r.Attack != string(scenario)+" at 100/s" || r.URL == "" || r.Method == "" || r.Timestamp.IsZero() {
					t.Errorf("%+v", r)
				}
			}
			metrics.Close()
			if metrics.Requests != load.Requests || metrics.Requests != 50 {
				t.Errorf("%d results of %d requests", metrics.Requests, load.Requests)
			}
			failed := 0
			for kind, n := range load.Errors {
				failed += n
				if kinds[kind] != n {
					t.Errorf("%s: %d in the results, %d in the record", kind, kinds[kind], n)
				}
			}
			if len(load.Errors) != 2 || len(kinds) != 2 {
				t.Errorf("kinds %v, in the record %v", kinds, load.Errors)
			}
			if got := int(metrics.Success*float64(metrics.Requests) + 0.5); got != int(load.Requests)-failed {
				t.Errorf("%d successes, want %d", got, int(load.Requests)-failed)
			}
			if got, want := milliseconds(metrics.Latencies.Max), load.Parts[partNames[scenario.main()]].Latency.Max; got < want*0.99 || got > want*1.01 {
				t.Errorf("slowest %g ms, in the record %g ms", got, want)
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A results file that cannot be written takes nothing from the load, and is reported.
func TestResultsThatCannotBeWritten(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	o := s.options(t, Userinfo)
	o.Results, o.Rate, o.Duration = fullDisk{}, 100, 100*time.Millisecond
	var notes []string
	o.Note = func(text string) { notes = append(notes, text) }
	load, err := Run(t.Context(), o, nil)
	if err != nil || load.Requests != 10 {
		t.Fatalf("%v, %+v", err, load)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "the results file is incomplete: no space left") {
		t.Errorf("notes %q", notes)
	}
}

// A disk that hangs does not hold up whoever hands results over.
func TestResultsOfASlowDiskAreDroppedAndCounted(t *testing.T) {
	hang := make(chan struct{})
	r := newResults(writerFunc(func(b []byte) (int, error) { <-hang; return len(b), nil }))
	for range 3 * resultsAhead {
		r.add(vegeta.Result{URL: strings.Repeat("x", 100)})
	}
	close(hang)
	if told := r.close(); !strings.Contains(told, "could not be written as fast as they came") || r.dropped.Load() == 0 {
		t.Errorf("%q, %d dropped", told, r.dropped.Load())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
