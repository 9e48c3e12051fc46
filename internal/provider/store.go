package provider

import (
	"crypto/sha256"
	"sync"
	"time"
)

// store remembers values by a secret (a code, a token) until they run out. It
// keeps only the secret's hash. It is split into shards, so that logins do not
// wait for each other, and bounded twice: entries leave when their time is over
// and, should there be more than the limit, oldest first.
type store[V any] struct {
	now    func() time.Time
	shards [shardCount]shard[V]
}

const shardCount = 64

type storeKey [sha256.Size]byte

type shard[V any] struct {
	mu      sync.Mutex
	entries map[storeKey]storeEntry[V]
	order   []storeKey // in the order of insertion, from head on
	head    int
	limit   int
}

type storeEntry[V any] struct {
	value   V
	expires time.Time
}

// newStore makes a store for at most limit entries (roughly: each shard has its share).
func newStore[V any](now func() time.Time, limit int) *store[V] {
	s := &store[V]{now: now}
	for i := range s.shards {
		s.shards[i].entries = make(map[storeKey]storeEntry[V])
		s.shards[i].limit = max(limit/shardCount, 16)
	}
	return s
}

func (s *store[V]) find(secret string) (*shard[V], storeKey) {
	key := storeKey(sha256.Sum256([]byte(secret)))
	return &s.shards[key[0]%shardCount], key
}

// put remembers v under secret for the given time.
func (s *store[V]) put(secret string, v V, lifetime time.Duration) {
	now := s.now()
	sh, key := s.find(secret)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.sweep(now)
	if _, there := sh.entries[key]; !there {
		sh.order = append(sh.order, key)
	}
	sh.entries[key] = storeEntry[V]{v, now.Add(lifetime)}
}

// sweep forgets the oldest entries that have run out, or that are too many.
// Lifetimes within a store are alike, so that insertion order is expiry order.
func (sh *shard[V]) sweep(now time.Time) {
	for sh.head < len(sh.order) {
		key := sh.order[sh.head]
		if e, there := sh.entries[key]; there && now.Before(e.expires) && len(sh.entries) < sh.limit {
			break
		}
		delete(sh.entries, key)
		sh.head++
	}
	if sh.head > 64 && sh.head > len(sh.order)/2 {
		sh.order = append([]storeKey(nil), sh.order[sh.head:]...)
		sh.head = 0
	}
}

// get returns what is remembered under secret, unless its time is over.
func (s *store[V]) get(secret string) (v V, ok bool) {
	now := s.now()
	sh, key := s.find(secret)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e, there := sh.entries[key]
	if !there || !now.Before(e.expires) {
		return v, false
	}
	return e.value, true
}

// take is get, and forgets.
func (s *store[V]) take(secret string) (v V, ok bool) {
	now := s.now()
	sh, key := s.find(secret)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e, there := sh.entries[key]
	if !there {
		return v, false
	}
	delete(sh.entries, key)
	return e.value, now.Before(e.expires)
}

// drop forgets what is remembered under secret.
func (s *store[V]) drop(secret string) {
	sh, key := s.find(secret)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	delete(sh.entries, key)
}
