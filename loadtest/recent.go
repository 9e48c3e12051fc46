package loadtest

import (
	"context"
	"errors"
	"sync"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"
)

// recentSecrets is how many secrets of a load test are remembered, so that an
// answer that shows another login's is known to: those of the requests under way
// and some before, and no more, because memory must not grow with the load.
const recentSecrets = 4096

// recent remembers the secrets that were made or sent last, and those that came
// right after an example was taken: the target knew them before they were known
// here. A nil recent remembers nothing. Safe for concurrent use.
type recent struct {
	mu    sync.Mutex
	after []secret // the first since the last teach
	ring  []secret // the last of the others
	next  int
}

// remember takes down secrets, in place of the oldest.
func (r *recent) remember(secrets ...secret) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(r.after) < recentSecrets {
			r.after = append(r.after, s)
			continue
		}
		if len(r.ring) < recentSecrets {
			r.ring = append(r.ring, s)
			continue
		}
		r.ring[r.next] = s
		r.next = (r.next + 1) % recentSecrets
	}
}

// teach makes a redactor learn what is remembered, once.
func (r *recent) teach(to *redact.Redactor) {
	if r == nil {
		return
	}
	r.mu.Lock()
	taught := append(r.after, r.ring...)
	r.after, r.ring, r.next = nil, nil, 0
	r.mu.Unlock()
	for _, s := range taught {
		if s.value != "" {
			to.Learn(s.kind, s.value)
		}
	}
}

// remembering is a minter whose codes are remembered, and so is what a login that
// gave none had.
type remembering struct {
	Minter
	recent *recent
}

func (m remembering) Mint(ctx context.Context) (*Code, error) {
	code, err := m.Minter.Mint(ctx)
	var failed *loginError
	switch {
	case err == nil:
		m.recent.remember(append(code.login, code.secrets()...)...)
		code.login = nil
	case errors.As(err, &failed):
		m.recent.remember(failed.login...)
	}
	return code, err
}

// teach makes the redactor learn the secrets of the load so far: a target may quote
// any of them in a text that ends up in an error, a note or a reason.
func (a *attack) teach() {
	if a.judge != nil {
		a.judge.recent.teach(a.o.Redactor)
	}
}

// shown is a sentence that may quote what the target said, without secrets.
func (a *attack) shown(sentence string) string {
	a.teach()
	return a.o.Redactor.Sentence(sentence)
}

// observe makes the redactor learn the secrets of a request and what came back.
func (a *attack) observe(ctx context.Context, got *answer) *exchange.Exchange {
	r := a.o.Redactor
	if t, err := sgid.ParseTokenResponse(got.body); err == nil {
		r.Learn(redact.KindAccessToken, t.AccessToken)
		r.Learn(redact.KindIDToken, t.IDToken)
	}
	e := got.exchange(ctx, a.wire.timeout)
	r.Observe(e)
	return e
}
