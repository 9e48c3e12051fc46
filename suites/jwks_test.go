package suites

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/run"
)

// withKey serves the provider's key set with one more key, written as given.
func (w *world) withKey(key string, alone bool) {
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/jwks.json") {
			return false
		}
		got := httptest.NewRecorder()
		w.provider.Handler().ServeHTTP(got, r)
		var set struct{ Keys []json.RawMessage }
		_ = json.Unmarshal(got.Body.Bytes(), &set)
		if alone {
			set.Keys = nil
		}
		var keys []string
		for _, k := range append(set.Keys, json.RawMessage(key)) {
			keys = append(keys, string(k))
		}
		maps.Copy(rw.Header(), got.Header())
		rw.Header().Del("Content-Length")
		_, _ = rw.Write([]byte(`{"keys":[` + strings.Join(keys, ",") + `]}`))
		return true
	}
}

// A key that cannot be read strictly gives away what it gives away; all else about it is
// JWKS-01's, and nothing passes for it.
func TestAKeyThatCannotBeReadIsNotPassed(t *testing.T) {
	w := newWorld(t)
	others := []string{"JWKS-04", "JWKS-05", "JWKS-06", "JWKS-07"}
	all := append(slices.Clone(others), "JWKS-03", "IDT-02")
	for name, tt := range map[string]struct {
		key     string
		alone   bool
		private run.Verdict // of JWKS-02
		blocked []string
	}{
		"a private key, its kid twice": {`{"kty":"RSA","n":"AQAB","e":"AQAB","d":"c2VjcmV0LXNlY3JldA","kid":"a","kid":"b"}`, false, run.Fail, all},
		"d twice, empty last":          {`{"kty":"RSA","n":"AQAB","e":"AQAB","d":"c2VjcmV0LXNlY3JldA","d":""}`, false, run.Fail, all},
		"a symmetric key":              {`{"kty":"RSA","kty":"oct","kid":"a"}`, false, run.Fail, all},
		"a public key, its kid twice":  {`{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a","kid":"b"}`, false, run.Blocked, all},
		"no object":                    {`"AQAB"`, false, run.Blocked, others},
		"no object, alone":             {`"AQAB"`, true, run.Blocked, all},
	} {
		w.withKey(tt.key, tt.alone)
		verdicts := w.judge(t, append(all, "JWKS-01", "JWKS-02")...)
		if c := verdicts["JWKS-02"]; c.Verdict != tt.private || verdicts["JWKS-01"].Verdict != run.Fail {
			t.Errorf("%s: JWKS-02 %s: %s%s, JWKS-01 %s", name, c.Verdict, c.Observed, c.Reason, verdicts["JWKS-01"].Verdict)
		}
		for id, c := range verdicts {
			if slices.Contains(tt.blocked, id) != (c.Verdict == run.Blocked && c.BlockedBy == "JWKS-01") && id != "JWKS-01" && id != "JWKS-02" {
				t.Errorf("%s: %s: %s by %q: %s%s", name, id, c.Verdict, c.BlockedBy, c.Observed, c.Reason)
			}
		}
		for _, e := range verdicts["JWKS-02"].Exchanges {
			if text, _ := json.Marshal(e); strings.Contains(string(text), "c2VjcmV0LXNlY3JldA") {
				t.Errorf("%s: the record has the private exponent", name)
			}
		}
	}
}

// A thumbprint is one of a certificate: where none is there, nothing was compared.
func TestAThumbprintAloneMatchesNothing(t *testing.T) {
	const key = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"further",`
	w := newWorld(t)
	for x5t, want := range map[string]run.Verdict{strings.Repeat("A", 27): run.Skip, "AAAA": run.Fail} {
		w.withKey(key+`"x5t":"`+x5t+`"}`, false)
		if c := w.judge(t, "JWKS-07")["JWKS-07"]; c.Verdict != want || want == run.Skip && c.Gap != run.NotApplicable {
			t.Errorf("x5t %s: %s: %s%s", x5t, c.Verdict, c.Observed, c.Reason)
		}
	}
}

func TestUncacheable(t *testing.T) {
	const date = "Mon, 02 Jan 2006 15:04:05 GMT"
	for _, c := range []struct {
		header    http.Header
		cacheable bool
	}{
		{http.Header{}, false},
		{http.Header{"Cache-Control": {"no-store"}}, false},
		{http.Header{"Cache-Control": {"no-store, max-age=600"}}, false},
		{http.Header{"Cache-Control": {"public, max-age=600"}}, true},
		{http.Header{"Cache-Control": {"Max-Age=\"600\""}}, true},
		{http.Header{"Cache-Control": {"max-age=31536000"}}, false},
		{http.Header{"Cache-Control": {"max-age=soon"}}, false},
		{http.Header{"Cache-Control": {"max-age=0"}}, false},
		{http.Header{"Cache-Control": {"no-cache"}}, false},
		{http.Header{"Cache-Control": {"no-cache"}, "Etag": {`"1"`}}, true},
		{http.Header{"Cache-Control": {"max-age=0"}, "Last-Modified": {date}}, true},
		{http.Header{"Cache-Control": {"public"}}, false},
		{http.Header{"Etag": {`"1"`}}, false},
		{http.Header{"Date": {date}, "Expires": {"Mon, 02 Jan 2006 16:04:05 GMT"}}, true},
		{http.Header{"Date": {date}, "Expires": {date}}, false},
		{http.Header{"Date": {date}, "Expires": {"Mon, 09 Jan 2006 15:04:05 GMT"}}, false},
		{http.Header{"Expires": {"0"}}, false},
	} {
		e := &Exchange{Exchange: &exchange.Exchange{Started: time.Now(), Response: &exchange.Response{Status: 200, Header: c.header}}}
		if problem := uncacheable(e); (problem == "") != c.cacheable {
			t.Errorf("%v: %q", c.header, problem)
		}
	}
}
