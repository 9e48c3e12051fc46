package loadtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/cookie"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"
)

// Code is an authorization code with all that is needed to redeem it.
type Code struct {
	Value    string
	Verifier string // PKCE code verifier
	Nonce    string
	MintedAt time.Time
	Lifetime time.Duration // 0: not known

	front front    // of the login that it comes from
	login []secret // of the login that it comes from, until they are remembered
}

// Minter makes authorization codes, each with a verifier and a nonce of its
// own. It must be safe for concurrent use. An error means that no more codes
// can be had.
type Minter interface {
	Mint(ctx context.Context) (*Code, error)
}

// newCode makes everything about a code but the code.
func newCode(lifetime time.Duration) (*Code, sgid.PKCE) {
	pkce := sgid.NewPKCE()
	return &Code{Verifier: pkce.Verifier, Nonce: rand.Text(), Lifetime: lifetime}, pkce
}

// MintFunc makes an authorization code for a code challenge and a nonce without
// a login, as the embedded provider can.
type MintFunc func(challenge, nonce string) (code string, err error)

// NewFuncMinter mints by calling f. lifetime is how long a code may be
// redeemed, 0 when that is not known.
func NewFuncMinter(f MintFunc, lifetime time.Duration) Minter {
	return &funcMinter{f, lifetime}
}

type funcMinter struct {
	mint     MintFunc
	lifetime time.Duration
}

func (m *funcMinter) Mint(context.Context) (*Code, error) {
	code, pkce := newCode(m.lifetime)
	code.MintedAt = time.Now()
	var err error
	code.Value, err = m.mint(pkce.Challenge, code.Nonce)
	return code, err
}

// NewLoginMinter mints by logging in: the driver goes through the authorize
// endpoint, for request with a state, nonce and code challenge of its own each
// time. lifetime is how long a code may be redeemed, 0 when that is not known.
//
// The driver's client should keep no record of its exchanges: there may be very
// many.
func NewLoginMinter(driver login.Driver, endpoint string, request sgid.AuthorizeRequest, lifetime time.Duration) Minter {
	return &loginMinter{driver, endpoint, request, lifetime}
}

type loginMinter struct {
	driver   login.Driver
	endpoint string
	request  sgid.AuthorizeRequest
	lifetime time.Duration
}

func (m *loginMinter) Mint(ctx context.Context) (*Code, error) {
	code, pkce := newCode(m.lifetime)
	r := m.request
	r.CodeChallenge, r.Nonce = pkce.Challenge, code.Nonce
	r.State = rand.Text()
	code.MintedAt = time.Now() // at the latest: it can only be younger
	response, err := m.driver.Authorize(ctx, login.Authorization{
		Method:       "GET",
		Endpoint:     m.endpoint,
		Params:       r.Values(),
		RedirectURIs: []string{r.RedirectURI},
	})
	if err != nil {
		return nil, err
	}
	code.front, code.login = frontOf(response), cookiesOf(response)
	if err := m.take(code, response, r.State); err != nil {
		return nil, &loginError{err, code.front, append(code.login, secret{redact.KindCode, response.Params.Get("code")})}
	}
	return code, nil
}

// cookiesOf is the cookies that the exchanges of a login have set.
func cookiesOf(response *login.Response) (set []secret) {
	for _, e := range response.Exchanges {
		for _, field := range e.Header().Values("Set-Cookie") {
			if c, ok := cookie.Parse(field); ok {
				set = append(set, secret{redact.KindCookie, c.Value})
			}
		}
	}
	return set
}

// take takes the code from where a login ended.
func (m *loginMinter) take(code *Code, response *login.Response, state string) error {
	switch {
	case response.Kind != login.ResponseCallback:
		return fmt.Errorf("the login did not come back to the redirect URI: it ended with %s (status %d) %s%s", response.Kind, response.Status, response.FormError, response.Differs)
	case response.Params.Get("error") != "":
		return fmt.Errorf("the login came back with error=%s", response.Params.Get("error"))
	case response.Params.Get("state") != state:
		return errors.New("the login came back with another state")
	}
	if code.Value = response.Params.Get("code"); code.Value == "" {
		return errors.New("the login came back without a code")
	}
	return nil
}

// Bounds of minting ahead.
const (
	maxCodesAhead  = 20_000                // codes held at once
	agedCode       = 30 * time.Second      // younger codes of unknown lifetime count as fresh
	codeMargin     = 2 * time.Second       // how long before its end a code of known lifetime is no longer used
	mintErrorLimit = 5                     // failures in a row after which minting ends
	mintPause      = 50 * time.Millisecond // before it is tried again, doubled with each try
)

// codeStore holds codes minted ahead, and goes on minting while they are used,
// until as many as planned are made.
type codeStore struct {
	ready  chan *Code
	oldest atomic.Int64 // the greatest age, in ns, at which a code was taken by the target

	mu      sync.Mutex
	more    *sync.Cond // wanted has grown, or minting has ended
	wanted  uint64     // in all
	claimed uint64     // made or being made
	ended   bool
	failure error

	stop    context.CancelFunc
	minters sync.WaitGroup
}

// newCodeStore starts minting wanted codes, with so many minters at once.
// ahead bounds how many are held; 0 means maxCodesAhead.
func newCodeStore(ctx context.Context, m Minter, minters int, wanted uint64, ahead int) *codeStore {
	if ahead <= 0 || ahead > maxCodesAhead {
		ahead = maxCodesAhead
	}
	if wanted < uint64(ahead) {
		ahead = int(wanted)
	}
	ctx, stop := context.WithCancel(ctx)
	s := &codeStore{ready: make(chan *Code, ahead), wanted: wanted, stop: stop}
	s.more = sync.NewCond(&s.mu)
	context.AfterFunc(ctx, func() { s.end(ctx.Err()) })
	for range minters {
		s.minters.Go(func() { s.mint(ctx, m) })
	}
	return s
}

func (s *codeStore) mint(ctx context.Context, m Minter) {
	for s.claim() {
		var code *Code
		var err error
		for try := range mintErrorLimit {
			if try > 0 && client.Sleep(ctx, mintPause<<try) != nil {
				break
			}
			if code, err = m.Mint(ctx); err == nil || ctx.Err() != nil {
				break
			}
		}
		if err != nil {
			s.end(err)
			return
		}
		select {
		case s.ready <- code:
		case <-ctx.Done():
			return
		}
	}
}

// claim waits until a code is wanted; it is false when minting has ended.
func (s *codeStore) claim() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.claimed >= s.wanted && !s.ended {
		s.more.Wait()
	}
	s.claimed++
	return !s.ended
}

func (s *codeStore) want(more uint64) {
	s.mu.Lock()
	s.wanted += more
	s.more.Broadcast()
	s.mu.Unlock()
}

func (s *codeStore) end(err error) {
	s.mu.Lock()
	if !s.ended {
		s.ended, s.failure = true, err
	}
	s.more.Broadcast()
	s.mu.Unlock()
}

// err is why minting ended early, if it did.
func (s *codeStore) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// fill waits until as many codes as can be held ahead are there, or until the
// load begins where that is a time of the clock, and calls progress now and then.
func (s *codeStore) fill(ctx context.Context, begins time.Time, progress func(have, want int)) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for len(s.ready) < cap(s.ready) && s.err() == nil && (begins.IsZero() || time.Until(begins) > beforeStart) {
		progress(len(s.ready), cap(s.ready))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	if err := s.err(); err != nil {
		return fmt.Errorf("authorization codes could not be minted (%d of %d were): %w", len(s.ready), cap(s.ready), err)
	}
	progress(len(s.ready), cap(s.ready))
	return nil
}

// take is a code to use now, or nil when there is none. Codes of known lifetime
// that have run out, or are about to, are thrown away, and a new one is minted in
// their place; ranOut is how many those were.
func (s *codeStore) take(now time.Time) (code *Code, ranOut uint64) {
	for {
		select {
		case c := <-s.ready:
			if c.Lifetime > 0 && now.Sub(c.MintedAt) > c.Lifetime-min(codeMargin, c.Lifetime/10) {
				ranOut++
				s.want(1)
				continue
			}
			return c, ranOut
		default:
			return nil, ranOut
		}
	}
}

// accepted notes that the target took a code at that age.
func (s *codeStore) accepted(age time.Duration) {
	for {
		old := s.oldest.Load()
		if int64(age) <= old || s.oldest.CompareAndSwap(old, int64(age)) {
			return
		}
	}
}

// ranOut says whether a code that was refused as invalid_grant at that age was
// simply too old: older than its lifetime, or, where that is
// not known, neither fresh nor younger than one that was accepted.
func (s *codeStore) ranOut(c *Code, age time.Duration) bool {
	switch {
	case c.Lifetime > 0 && age < c.Lifetime:
		return false
	case c.Lifetime == 0 && (age < agedCode || int64(age) <= s.oldest.Load()):
		return false
	}
	return true
}

func (s *codeStore) close() {
	s.stop()
	s.minters.Wait()
}
