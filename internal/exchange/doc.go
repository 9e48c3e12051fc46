// Package exchange is one HTTP request with its response as they were on the
// wire, and why there was no response, in a person's words. It holds secrets and
// stays in memory: what is stored comes from package redact.
package exchange
