package redact

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
)

func benchmarkRedactor(values int) *Redactor {
	r := New()
	for i := range values {
		r.Learn(KindAccessToken, fmt.Sprintf("%x-token-%d-abcdefghijklmnopqrstuvwxyz", i*7919, i))
	}
	return r
}

func BenchmarkLearn(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		if i%10000 == 0 {
			b.StopTimer()
			benchmarkRedactor(0)
			b.StartTimer()
		}
		r := New()
		r.Learn(KindAccessToken, "0123456789abcdefghijklmnopqrstuvwxyz")
	}
}

// BenchmarkExchange redacts a page of 16 KiB with ten thousand values learnt.
func BenchmarkExchange(b *testing.B) {
	r := benchmarkRedactor(10000)
	page := strings.Repeat(`<p class="x">A line of a page, as long as lines are &amp; a bit</p>`+"\n", keptBody/68)
	e := &exchange.Exchange{Request: exchange.Request{URL: "http://127.0.0.1/authorize?client_id=x&state=y"}, Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(page)}}
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		r.Exchange(e)
	}
}

func BenchmarkLearnClientSecret(b *testing.B) {
	for b.Loop() {
		New().Learn(KindClientSecret, "0123456789abcdefghijklmnopqrstuvwxyz")
	}
}
