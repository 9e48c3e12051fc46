package suites

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// A token is given away whatever else the response lacks, and whatever its status.
func TestATokenIsSeenInAnyResponse(t *testing.T) {
	for body, holdsNone := range map[string]bool{
		`{"error":"invalid_client"}`:                  true,
		`{"access_token":"","id_token":""}`:           true,
		`not JSON`:                                    true,
		`{"access_token":"x","id_token":"y"}`:         false,
		`{"access_token":"x"}`:                        false,
		`{"id_token":"y","error":"invalid_client"}`:   false,
		`{"access_token":"x","expires_in":"3600"}`:    false,
		`{"access_token":"x","id_token":["a","b"]}`:   false,
		`{"access_token":"x","token_type":{"a":"b"}}`: false,
	} {
		if matched, err := HoldNoToken().Match(answering(401, body)); err != nil || matched != holdsNone {
			t.Errorf("%s: holds no token %t (%v), want %t", body, matched, err, holdsNone)
		}
	}
}

// A response may name several schemes, in one field or in many, and in any order.
func TestBasicIsFoundAmongTheChallenges(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		fields []string
		want   run.Verdict
	}{
		{[]string{`Basic realm="x"`}, run.Pass},
		{[]string{`Bearer realm="x", Basic realm="x"`}, run.Pass},
		{[]string{`Bearer realm="x"`, `Basic realm="x"`}, run.Pass},
		{[]string{`Basic, Bearer`}, run.Pass},
		{[]string{`Bearer`}, run.Fail},
		{[]string{`Basics realm="x"`}, run.Fail},
		{[]string{`Bearer realm="x, Basic y"`}, run.Fail},
	} {
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/token") || r.Header.Get("Authorization") == "" {
				return false
			}
			answer := httptest.NewRecorder()
			w.provider.Handler().ServeHTTP(answer, r)
			answer.Header()["Www-Authenticate"] = tt.fields
			answerAs(rw, answer)
			return true
		}
		if c := w.judge(t, "TOKEN-24")["TOKEN-24"]; c.Verdict != tt.want {
			t.Errorf("%q: %s, want %s: %s%s", tt.fields, c.Verdict, tt.want, c.Reason, c.Observed)
		}
	}
}
