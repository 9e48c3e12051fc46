package loadtest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/sgid"
)

// Keys that are rotated, and a clock that is off, are no errors of the responses.
func TestRotatedKeysAndAWrongClockAreNoErrors(t *testing.T) {
	for name, disturb := range map[string]func(*standIn){
		"rotated keys":    func(s *standIn) { s.rotated.Store(true) },
		"an hour ahead":   func(s *standIn) { s.off = time.Hour },
		"an hour behind":  func(s *standIn) { s.off = -time.Hour },
		"never disturbed": func(*standIn) {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t, httptest.NewServer)
			rotates := name == "rotated keys"
			if !rotates {
				disturb(s)
			}
			o := s.options(t, Login)
			o.Rate, o.Duration = 100, 100*time.Millisecond
			var notes []string
			o.Note = func(text string) { notes = append(notes, text) }
			s.start(nil, nil)
			load, err := Run(t.Context(), o, afterPreparation(s, func(n uint64, _ http.ResponseWriter, _ *http.Request) bool {
				if rotates && n == 5 {
					disturb(s)
				}
				return false
			}, nil))
			if err != nil {
				t.Fatal(err)
			}
			if len(load.Errors) > 0 {
				t.Errorf("errors %v: %+v", load.Errors, load.Examples)
			}
			if told := strings.Contains(strings.Join(notes, " "), "clock"); told != (s.off != 0) || len(notes) > 1 {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// While the key set is fetched for a key that it lacks, tokens of known keys do not
// wait for it; those of unknown keys do, and fetch it no second time.
func TestKnownKeysAreAtHandWhileTheKeySetIsFetched(t *testing.T) {
	token := func(kid string) string {
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"RS256","kid":%q}`, kid)) + ".e30.c2ln"
	}
	old, renewed := &sgid.KeySet{Keys: []sgid.Key{{KID: "k1"}}}, &sgid.KeySet{Keys: []sgid.Key{{KID: "k1"}, {KID: "k2"}}}
	begun, answer := make(chan struct{}, 10), make(chan struct{})
	var fetches, atOnce atomic.Int64
	k := &signingKeys{set: old, fetch: func() (*sgid.KeySet, error) {
		if atOnce.Add(1) > 1 {
			t.Error("two fetches at once")
		}
		defer atOnce.Add(-1)
		n := fetches.Add(1)
		begun <- struct{}{}
		<-answer
		if n == 1 {
			return nil, errors.New("busy")
		}
		return renewed, nil
	}}
	sets := make(chan *sgid.KeySet, 10)
	var unknown sync.WaitGroup
	for range 4 {
		unknown.Go(func() { sets <- k.have(token("k2")) })
	}
	<-begun
	known := make(chan *sgid.KeySet, 1)
	go func() { known <- k.have(token("k1")) }()
	select {
	case set := <-known:
		if set != old {
			t.Errorf("%+v", set)
		}
	case <-time.After(10 * time.Second):
		t.Error("a token of a known key waits for the key set")
	}
	close(answer)
	unknown.Wait()
	close(sets)
	found := map[*sgid.KeySet]int{}
	for set := range sets {
		found[set]++
	}
	if fetches.Load() != 2 || found[old] != 1 || found[renewed] != 3 {
		t.Errorf("%d fetches, %d tokens without the new key, %d with it; want 2, 1, 3", fetches.Load(), found[old], found[renewed])
	}
}
