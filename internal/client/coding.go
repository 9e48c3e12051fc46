package client

import (
	"strings"

	"sgidcheck/internal/exchange"
)

// UnaskedCoding names the content codings of a response in which its body is
// still: those that the request did not ask for, or that stand several times.
// Empty: the body is as the target meant it.
func UnaskedCoding(e *exchange.Exchange) string {
	if e == nil || e.Response == nil {
		return ""
	}
	codings := e.Response.Header.Values("Content-Encoding")
	all := strings.TrimSpace(strings.Join(codings, ", "))
	if all == "" || strings.EqualFold(all, "identity") || len(codings) == 1 && isGzip(all) {
		return ""
	}
	return all
}
