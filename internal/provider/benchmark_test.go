package provider

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The endpoints through the handler, without a listener: how many a second one
// provider has to offer to a load test.

// mintAll makes n codes for all scopes of the first client.
func mintAll(b *testing.B, p *Provider, n int) []string {
	b.Helper()
	c := p.Clients()[0]
	codes := make([]string, n)
	for i := range codes {
		var err error
		if codes[i], err = p.Mint(c.ID, i%len(Personas()), c.Scopes, challengeOf(testVerifier), "n"); err != nil {
			b.Fatal(err)
		}
	}
	return codes
}

func BenchmarkToken(b *testing.B) {
	p := start(b, Options{})
	requests := make(chan *http.Request, b.N)
	for _, code := range mintAll(b, p, b.N) {
		requests <- formRequest("/v2/oauth/token", p.tokenValues(code))
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, <-requests)
			if w.Code != http.StatusOK {
				b.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
}

func BenchmarkUserinfo(b *testing.B) {
	p := start(b, Options{})
	var bearers []string
	for _, code := range mintAll(b, p, len(Personas())) {
		bearers = append(bearers, "Bearer "+p.redeemed(code).text("access_token"))
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			r := httptest.NewRequest("GET", "/v2/oauth/userinfo", nil)
			r.Header.Set("Authorization", bearers[i%len(bearers)])
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
}

func BenchmarkLoginPage(b *testing.B) {
	p := start(b, Options{})
	target := "/v2/oauth/authorize?" + p.authorizeRequest("scope", strings.Join(p.Clients()[0].Scopes, " ")).Encode()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, httptest.NewRequest("GET", target, nil))
			if w.Code != http.StatusOK {
				b.Errorf("%d", w.Code)
			}
		}
	})
}
