package client

import (
	"sgidcheck/internal/exchange"
)

// Secrets learns what no record may hold from all that passes a client. A
// redactor is one.
type Secrets interface {
	Observe(*exchange.Exchange) // an exchange that is over
	ObserveURL(string)          // an address that was met and not asked for
	Learn(kind, value string)   // a value that this side made itself
}

// Secrets is what learns from the client's exchanges; never nil.
func (c *Client) Secrets() Secrets {
	if c.opt.Secrets == nil {
		return forgetful{}
	}
	return c.opt.Secrets
}

// forgetful learns nothing: for clients whose exchanges are not recorded.
type forgetful struct{}

func (forgetful) Observe(*exchange.Exchange) {}
func (forgetful) ObserveURL(string)          {}
func (forgetful) Learn(string, string)       {}
