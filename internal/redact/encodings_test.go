package redact

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact/redacttest"
)

func deflated(text string) string {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, 9)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return out.String()
}

// What holds a learnt value in an encoding of its own, or in several, is gone
// whole, wherever it stands; what holds none stays.
func TestEncodingsOfLearntValues(t *testing.T) {
	const secret = "bbGcObXZC1YGBQZZtZGQH9jsyO1vypqCGqnSU_4TI5S"
	std, urlSafe := base64.StdEncoding, base64.RawURLEncoding
	harmless := std.EncodeToString([]byte(deflated(`{"page":"the first one of several","language":"en"}`)))
	for name, encoding := range map[string]string{
		"deflated":       std.EncodeToString([]byte(deflated(`{"verifier":"` + secret + `"}`))),
		"twice":          urlSafe.EncodeToString([]byte(urlSafe.EncodeToString([]byte("v=" + secret)))),
		"of percent":     urlSafe.EncodeToString([]byte("v=%62%62" + secret[2:])),
		"beside another": urlSafe.EncodeToString([]byte("v=" + secret + "&s=" + std.EncodeToString([]byte(deflated("t="+secret))))),
		"deflated twice": std.EncodeToString([]byte(deflated(urlSafe.EncodeToString([]byte(deflated(secret)))))),
	} {
		r := New()
		r.Learn(KindVerifier, secret)
		e := &exchange.Exchange{
			Request: exchange.Request{URL: "http://127.0.0.1/authorize?state=" + url.QueryEscape(encoding), Header: http.Header{"X": {encoding}}},
			Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"text/html"}, "Location": {"/me?s=" + url.QueryEscape(encoding)}},
				Body: []byte("<p>" + encoding + "</p><script>" + string(redacttest.Must(json.Marshal(encoding))) + "</script><p>" + harmless + "</p>")},
		}
		out := redacttest.Must(json.Marshal(r.Exchange(e)))
		for _, part := range []string{encoding[:20], url.QueryEscape(encoding)[:20], encoding[len(encoding)/2 : len(encoding)-3]} {
			if bytes.Contains(out, []byte(part)) {
				t.Errorf("%s: %q is still in %s", name, part, out)
			}
		}
		says := "[redacted encoded, "
		if name == "beside another" {
			says = "[redacted code_verifier 1, " // what can be told of it goes before
		}
		if !bytes.Contains(out, []byte(says)) {
			t.Errorf("%s: nothing says what was there: %s", name, out)
		}
		if !bytes.Contains(out, []byte(harmless)) {
			t.Errorf("%s: what holds nothing is gone: %s", name, out)
		}
		if text := r.Text(encoding); r.Again(text) != text {
			t.Errorf("%s: redacted again: %q, then %q", name, text, r.Again(text))
		}
	}
}

// A value that is longer than what is looked for is gone whole.
func TestLongValues(t *testing.T) {
	secret := strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyzABCD", 2*prefixKept/40) + "the-end-of-it"
	r := New()
	r.Learn(KindAccessToken, secret)
	for _, text := range []string{secret, base64.RawURLEncoding.EncodeToString([]byte(secret)), url.QueryEscape(secret + "+/")} {
		if got := r.Text("before " + text + " after"); !strings.HasPrefix(got, "before [redacted access_token 1, ") || !strings.HasSuffix(got, "] after") || len(got) > 100 {
			t.Errorf("%d characters are left: %.200s", len(got), got)
		}
	}
}

// A long value that stands in a text at each of its places, one character on end, costs
// no more than its length: reading it to its end from each would take many minutes.
func TestAValueThatRepeatsItselfCostsItsLength(t *testing.T) {
	secret := strings.Repeat("a", 1<<20)
	r := New()
	r.Learn(KindAccessToken, secret)
	done := make(chan string, 1)
	go func() { done <- r.Text("it is " + secret + " and " + secret + " again") }()
	select {
	case got := <-done:
		if strings.Contains(got, "aaa") || !strings.HasPrefix(got, "it is [redacted ") || !strings.HasSuffix(got, "] again") || strings.Count(got, "[redacted ") != 2 {
			t.Errorf("%.200q", got)
		}
	case <-time.After(time.Minute):
		t.Fatal("it is not redacted after a minute")
	}
}
