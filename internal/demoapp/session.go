package demoapp

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"sync"
	"time"
)

// Bounds of what is kept of browsers.
const (
	maxSessions     = 10000
	maxAttempts     = 5 // logins that one browser may have under way
	sessionLifetime = time.Hour
	attemptLifetime = 10 * time.Minute
)

// session is what the application keeps of one browser.
type session struct {
	id       string
	expires  time.Time
	attempts []*attempt // logins under way, the newest last
	person   *person    // nil: nobody is logged in
}

// attempt is a login under way.
type attempt struct {
	state, nonce, verifier, challenge string

	endpoints endpoints
	next      string // local path to go to afterwards
	expires   time.Time
}

// person is who is logged in.
type person struct {
	sub  string
	data map[string]string // decrypted, by scope
}

// sessions holds them all. What a session holds is read and written in its lock.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*session
	now  func() time.Time
	// newID is the identifier of a new session, in which p is logged in; nil: nobody.
	newID func(p *person) string
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{byID: map[string]*session{}, now: now, newID: func(*person) string { return random() }}
}

// find returns the session of an identifier, nil if there is none.
func (s *sessions) find(id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.byID[id]
	if found == nil || s.now().After(found.expires) {
		return nil
	}
	return found
}

// open makes a session with a fresh identifier.
func (s *sessions) open(p *person, attempts []*attempt) *session {
	made := &session{id: s.newID(p), expires: s.now().Add(sessionLifetime), person: p, attempts: attempts}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= maxSessions {
		s.dropOldest()
	}
	s.byID[made.id] = made
	return made
}

func (s *sessions) dropOldest() {
	var oldest *session
	for _, each := range s.byID {
		if oldest == nil || each.expires.Before(oldest.expires) {
			oldest = each
		}
	}
	if oldest != nil {
		delete(s.byID, oldest.id)
	}
}

func (s *sessions) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// add puts a login under way into a session; beyond maxAttempts the oldest goes.
func (s *sessions) add(to *session, l *attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to.attempts = append(to.attempts, l)
	if len(to.attempts) > maxAttempts {
		to.attempts = to.attempts[1:]
	}
}

// underWay returns the logins under way of one browser, the newest last.
func (s *sessions) underWay(of *session) []*attempt {
	if of == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	return slices.DeleteFunc(slices.Clone(of.attempts), func(l *attempt) bool { return now.After(l.expires) })
}

// spend ends a login under way; false says that it had ended already.
func (s *sessions) spend(of *session, l *attempt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(of.attempts, l)
	if i >= 0 {
		of.attempts = slices.Delete(of.attempts, i, i+1)
	}
	return i >= 0
}

// rotate gives the browser a session with a fresh identifier, in which p is
// logged in, and ends the one it had. Other logins under way go on.
func (s *sessions) rotate(old *session, p *person) *session {
	made := s.open(p, s.underWay(old))
	s.remove(old.id)
	return made
}

// adopt makes a session with an identifier that the browser has brought.
func (s *sessions) adopt(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[id] = &session{id: id, expires: s.now().Add(sessionLifetime)}
}

// logIn logs a person in, in a session that keeps its identifier.
func (s *sessions) logIn(to *session, p *person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to.person = p
}

// personOf is who is logged in, nil if nobody.
func (s *sessions) personOf(of *session) *person {
	if of == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return of.person
}

// random is 256 bits as base64url: 43 characters, what RFC7636 4.1 recommends.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
