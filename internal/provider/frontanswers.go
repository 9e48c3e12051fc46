package provider

import (
	"bytes"
	"net/http"
	"strconv"
)

// Answer answers a request in a way of its own; next would answer it correctly.
type Answer = func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Sends answers with a status and a body.
func Sends(status int, mediaType, body string) Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Redirects answers with a redirect.
func Redirects(status int, to string) Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

// Resets closes the connection without a response.
func Resets() Answer {
	return func(http.ResponseWriter, *http.Request, http.Handler) { hangUp() }
}

// NeverResponds keeps the connection open until the sender gives up, the front
// is closed, or release is.
func (f *Front) NeverResponds(release <-chan struct{}) Answer {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		select {
		case <-r.Context().Done():
		case <-f.done:
		case <-release:
		}
		hangUp()
	}
}

// Floods answers 200 with a JSON object of that many octets, sent piece by piece
// until the sender no longer takes it.
func Floods(octets int64) Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.FormatInt(octets, 10))
		begin, end := []byte(`{"padding":"`), []byte(`"}`)
		piece := bytes.Repeat([]byte("x"), 64<<10)
		left := octets - int64(len(begin)+len(end))
		if _, err := w.Write(begin); err != nil {
			return
		}
		for left > 0 {
			n := min(left, int64(len(piece)))
			if _, err := w.Write(piece[:n]); err != nil {
				return
			}
			left -= n
		}
		_, _ = w.Write(end)
	}
}

// Times answers the first n requests so, and the others correctly.
func Times(n int, answer Answer) Answer {
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		select {
		case <-left:
			answer(w, r, next)
		default:
			next.ServeHTTP(w, r)
		}
	}
}
