package rp

import (
	"errors"
	"strings"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// exchangeOf is what the provider received, and answered, as an exchange.
func exchangeOf(r *provider.Received, issuer string) *exchange.Exchange {
	address := r.URL
	if r.Endpoint != provider.Elsewhere {
		address = strings.TrimSuffix(issuer, sgid.IssuerPath) + r.URL
	}
	e := &exchange.Exchange{
		Request: exchange.Request{Method: r.Method, URL: address, Header: r.Header, Body: r.Body},
		Started: r.Started, Duration: r.Duration,
	}
	if r.Status == 0 {
		e.Err = errors.New("the provider closed the connection without an answer, on purpose")
		return e
	}
	e.Response = &exchange.Response{Status: r.Status, Header: r.AnswerHeader, Body: r.AnswerBody, Truncated: r.Sent > int64(len(r.AnswerBody))}
	return e
}
