package loadtest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/redact"
)

// teller answers requests of the preparation with an error that quotes a secret of
// the request, which it remembers.
type teller struct {
	status int
	quote  string // of the token request's form; the access token where it is empty

	mu   sync.Mutex
	told []string
}

func (q *teller) tell(w http.ResponseWriter, r *http.Request) bool {
	secret := r.PostFormValue(q.quote)
	if q.quote == "" {
		secret = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	q.mu.Lock()
	q.told = append(q.told, secret)
	q.mu.Unlock()
	w.WriteHeader(q.status)
	body, _ := json.Marshal(map[string]string{"error": "bad " + secret + ", which is " + base64.StdEncoding.EncodeToString([]byte(secret))})
	w.Write(body)
	return true
}

// check holds a text against what was told.
func (q *teller) check(t *testing.T, text string) {
	t.Helper()
	if len(q.told) == 0 || !strings.Contains(text, "[redacted ") {
		t.Errorf("%d secrets were quoted, and the text shows none of it: %s", len(q.told), text)
	}
	for _, secret := range q.told {
		if len(secret) < 8 || strings.Contains(text, secret) || strings.Contains(text, base64.RawStdEncoding.EncodeToString([]byte(secret))) {
			t.Errorf("%q stands in %s", secret, text)
		}
	}
}

func TestAPreparationThatFailsTellsNoSecret(t *testing.T) {
	for _, scenario := range []Scenario{Token, Login, Userinfo} {
		for _, status := range []int{400, 500} {
			for _, quote := range []string{"code", "code_verifier", "client_secret", ""} {
				if quote == "" && scenario == Token {
					continue
				}
				t.Run(fmt.Sprintf("%s %d %s", scenario, status, quote), func(t *testing.T) {
					s := newStandIn(t, httptest.NewServer)
					q := &teller{status: status, quote: quote}
					always := func(_ uint64, w http.ResponseWriter, r *http.Request) bool { return q.tell(w, r) }
					if quote == "" {
						s.start(nil, always)
					} else {
						s.start(always, nil)
					}
					o := s.options(t, scenario)
					var notes []string
					o.Note = func(text string) { notes = append(notes, text) }
					o.Redactor = redact.New()
					o.pause = func(context.Context, time.Duration) error { return nil }
					_, err := Run(t.Context(), o, nil)
					if err == nil {
						t.Fatal("the load was started")
					}
					q.check(t, o.Redactor.Text(err.Error()))
					if status == 500 {
						q.check(t, strings.Join(notes, "\n"))
					}
				})
			}
		}
	}
}

// Access tokens that a run has at hand are secrets of the load, too.
func TestLoginsAtHandAreNotTold(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	q := &teller{status: 400}
	s.start(nil, func(_ uint64, w http.ResponseWriter, r *http.Request) bool { return q.tell(w, r) })
	o := s.options(t, Userinfo)
	o.Logins, o.Redactor = []AccessGrant{{AccessToken: "an-access-token-at-hand"}}, redact.New()
	_, err := Run(t.Context(), o, nil)
	if err == nil {
		t.Fatal("the load was started")
	}
	q.check(t, o.Redactor.Text(err.Error()))
}

func TestANoteOfAPassingErrorTellsNoSecret(t *testing.T) {
	s := newStandIn(t, httptest.NewServer)
	q := &teller{status: 500, quote: "code"}
	s.start(func(n uint64, w http.ResponseWriter, r *http.Request) bool { return n == 0 && q.tell(w, r) }, nil)
	o := s.options(t, Token)
	var notes []string
	o.Note = func(text string) { notes = append(notes, text) }
	o.Rate, o.Duration = 20, 200*time.Millisecond
	o.pause = func(context.Context, time.Duration) error { return nil }
	load, err := Run(t.Context(), o, nil)
	if err != nil || load.Requests == 0 {
		t.Fatalf("%v, %+v", err, load)
	}
	q.check(t, strings.Join(notes, "\n"))
}

// failingMinter fails to mint from some code on, and quotes a code that it gave.
type failingMinter struct {
	Minter
	mu   sync.Mutex
	left int
	last string
}

func (m *failingMinter) Mint(ctx context.Context) (*Code, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left--; m.left < 0 {
		return nil, errors.New("no code after " + m.last)
	}
	code, err := m.Minter.Mint(ctx)
	if err == nil {
		m.last = code.Value
	}
	return code, err
}

func TestMintingThatFailsTellsNoSecret(t *testing.T) {
	for _, search := range []*Search{nil, {Step: 200 * time.Millisecond, Max: 200}} {
		s := newStandIn(t, httptest.NewServer)
		o := s.options(t, Token)
		m := &failingMinter{Minter: o.Minter, left: 10}
		o.Minter, o.FindMax, o.Redactor = m, search, redact.New()
		_, err := Run(t.Context(), o, nil)
		if err == nil {
			t.Fatal("the load was started")
		}
		if text := o.Redactor.Text(err.Error()); m.last == "" || strings.Contains(text, m.last) || !strings.Contains(text, "[redacted code") {
			t.Errorf("%q stands in %s", m.last, text)
		}
	}
}
