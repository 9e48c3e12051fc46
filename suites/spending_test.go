package suites

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// A wrong request uses the code up, and what is used up is refused in other words
// than what was never issued. Behind that an empty secret is as good as the right
// one: only on a code that is good does it show.
func TestADeadCodeProvesNoRefusal(t *testing.T) {
	for _, few := range []bool{false, true} {
		w := newWorld(t)
		w.few = few
		secret := w.provider.Clients()[0].Secret
		w.on = usedUpByRefusals(w, func(form url.Values) {
			if form.Has("client_secret") && form.Get("client_secret") == "" {
				form.Set("client_secret", secret)
			}
		})
		got := w.judge(t, "TOKEN-12", "TOKEN-13", "PKCE-08", "PKCE-07")
		for id, want := range map[string]run.Verdict{"TOKEN-12": run.Fail, "TOKEN-13": run.Pass, "PKCE-08": run.Pass, "PKCE-07": run.Pass} {
			if c := got[id]; c.Verdict != want {
				t.Errorf("few logins: %t: %s: %s %s%s, want %s", few, id, c.Verdict, c.Reason, c.Observed, want)
			}
		}
	}
}

// A code that does not work for what another check varies shows as little: here no
// verifier is asked for, and a nonce that is not plain keeps the code from working.
func TestACodeThatAVariationSpoilsProvesNoRefusal(t *testing.T) {
	w := newWorld(t)
	w.few, w.faults = true, []string{"pkce-not-enforced"}
	w.restart(t)
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		answer := httptest.NewRecorder()
		w.provider.Handler().ServeHTTP(answer, r)
		given, _ := sgid.ParseTokenResponse(answer.Body.Bytes())
		if given != nil && given.IDToken != "" {
			id, err := sgid.ParseIDToken(given.IDToken)
			if nonce, _ := id.Claims["nonce"].(string); err == nil && strings.ContainsAny(nonce, " %") {
				answer = refusedWith(`{"error":"invalid_grant"}`)
			}
		}
		answerAs(rw, answer)
		return true
	}
	got := w.judge(t, "PKCE-07", "NONCE-01")
	for id, want := range map[string]run.Verdict{"PKCE-07": run.Fail, "NONCE-01": run.Fail} {
		if c := got[id]; c.Verdict != want {
			t.Errorf("%s: %s %s%s, want %s", id, c.Verdict, c.Reason, c.Observed, want)
		}
	}
}

// So does a code that does not work for what is varied by who only looks where the
// login led: here the state.
func TestACodeThatAStateSpoilsProvesNoRefusal(t *testing.T) {
	w := newWorld(t)
	w.few, w.faults = true, []string{"pkce-not-enforced"}
	w.restart(t)
	var mu sync.Mutex
	spoilt := map[string]bool{}
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		w.provider.Handler().ServeHTTP(answer, r)
		mu.Lock()
		defer mu.Unlock()
		if back, err := url.Parse(answer.Header().Get("Location")); err == nil && strings.ContainsAny(back.Query().Get("state"), " %") {
			spoilt[back.Query().Get("code")] = true
		}
		if form, _ := url.ParseQuery(string(body)); strings.HasSuffix(r.URL.Path, "/token") && spoilt[form.Get("code")] {
			answer = refusedWith(`{"error":"invalid_grant"}`)
		}
		answerAs(rw, answer)
		return true
	}
	if c := w.judge(t, "PKCE-07", "AUTHZ-02")["PKCE-07"]; c.Verdict != run.Fail {
		t.Errorf("PKCE-07: %s %s%s", c.Verdict, c.Reason, c.Observed)
	}
}

// A finding in a login that others share, and that is not found again alone, is no
// cause of what another check finds.
func TestATransientErrorIsNoCause(t *testing.T) {
	w := newWorld(t)
	w.few = true
	first, second := w.provider.Clients()[0], w.provider.Clients()[1]
	once := false
	w.on = editingForms(w, func(form url.Values) *httptest.ResponseRecorder {
		switch secret := form.Get("client_secret"); {
		case form.Get("client_id") == second.ID && secret != "":
			form.Set("client_secret", second.Secret) // any does
		case secret != "" && secret != first.Secret && !once:
			once = true
			answer := httptest.NewRecorder()
			answer.WriteHeader(http.StatusBadGateway)
			return answer
		}
		return nil
	})
	got := w.judge(t, "TOKEN-11", "TOKEN-32", "NONCE-01")
	for id, want := range map[string]run.Verdict{"TOKEN-11": run.Pass, "TOKEN-32": run.Fail} {
		if c := got[id]; c.Verdict != want {
			t.Errorf("%s: %s %s%s, want %s", id, c.Verdict, c.Reason, c.Observed, want)
		}
	}
	if !once {
		t.Error("nothing was answered with 502")
	}
}

// editingForms is a token endpoint that sees forms edited, or answers by itself.
func editingForms(w *world, edit func(url.Values) *httptest.ResponseRecorder) func(int, http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	return func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		mu.Lock()
		answer := edit(form)
		mu.Unlock()
		if answer == nil {
			r.Body = io.NopCloser(strings.NewReader(form.Encode()))
			r.ContentLength = -1
			return false
		}
		answerAs(rw, answer)
		return true
	}
}

// usedUpByRefusals is a token endpoint that sees forms edited, and at which a code
// is dead once a request with it was refused.
func usedUpByRefusals(w *world, edit func(url.Values)) func(int, http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	dead := map[string]bool{}
	return func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		code := form.Get("code")
		mu.Lock()
		defer mu.Unlock()
		answer := httptest.NewRecorder()
		if dead[code] {
			answer = refusedWith(`{"error":"invalid_request","error_description":"The code was used."}`)
		} else {
			edit(form)
			r.Body = io.NopCloser(bytes.NewReader([]byte(form.Encode())))
			r.ContentLength = int64(len(form.Encode()))
			w.provider.Handler().ServeHTTP(answer, r)
			dead[code] = answer.Code != http.StatusOK
		}
		answerAs(rw, answer)
		return true
	}
}

// refusedWith is a token endpoint's refusal with this body.
func refusedWith(body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	answer.Header().Set("Content-Type", "application/json")
	answer.Header().Set("Cache-Control", "no-store")
	answer.WriteHeader(http.StatusBadRequest)
	answer.WriteString(body)
	return answer
}

// answerAs answers with what was recorded.
func answerAs(rw http.ResponseWriter, answer *httptest.ResponseRecorder) {
	maps.Copy(rw.Header(), answer.Header())
	rw.WriteHeader(answer.Code)
	rw.Write(answer.Body.Bytes())
}
