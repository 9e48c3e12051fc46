package demoapp

import (
	"context"
	"sync/atomic"
)

// Flaws of how the provider's key set is kept and read.

var flawsKeySet = []Flaw{
	flaw("key-set-kept-forever", "RP-59", "The key set is fetched once, when the first person logs in.", func(_ *App, c *conduct) {
		c.mayRefetch = func() bool { return false }
	}),
	flaw("first-key-taken", "RP-60", "The first key of the set is taken, whatever the token names.", func(_ *App, c *conduct) {
		c.chooseKey = func(keys []signingKey, _ header) *signingKey {
			if len(keys) == 0 {
				return nil
			}
			return &keys[0]
		}
	}).with("a new key beside the old is never looked for", "RP-59"),
	flaw("other-keys-fail", "RP-60", "A key set with a key of a type that is not known cannot be read.", func(_ *App, c *conduct) {
		usable := c.keyUsable
		c.keyUsable = func(m jwkMembers) bool { return usable(m) || m.Type != "RSA" }
	}),
	flaw("encryption-key-taken", "RP-60", "use is not looked at: a key for encryption is taken for the first one that signs.", func(_ *App, c *conduct) {
		c.keyUsable = func(m jwkMembers) bool { return m.Type == "RSA" }
		c.chooseKey = func(keys []signingKey, _ header) *signingKey { return &keys[0] }
	}).with("a new key beside the old is never looked for", "RP-59"),
	flaw("key-set-failure-kept", "RP-61", "A key set that could not be fetched once is not asked for again.", func(_ *App, c *conduct) {
		var failed atomic.Bool
		c.keysFailed = func(error) { failed.Store(true) }
		signed := c.signed
		c.signed = func(ctx context.Context, token string, h header, l *attempt) error {
			if failed.Load() {
				return refusal("there is no key set")
			}
			return signed(ctx, token, h, l)
		}
	}),
}
