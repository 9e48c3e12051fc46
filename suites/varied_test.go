package suites

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// refusing refuses, at the endpoint whose path ends so, each login for which varied is
// true of its authorization request.
func (w *world) refusing(path string, status int, body string, varied func(url.Values) bool) {
	refuse := false
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/authorize") && r.Method == http.MethodGet && r.URL.Query().Get("response_type") == "code" {
			refuse = varied(r.URL.Query())
		}
		if !refuse || !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.Header().Set("Cache-Control", "no-store")
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte(body))
		return true
	}
}

// refusingAfterTheFirst refuses every code, or access token, but the first that comes.
func (w *world) refusingAfterTheFirst(path string) {
	first := ""
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		sent, _ := url.ParseQuery(string(body))
		what := sent.Get("code") + r.Header.Get("Authorization")
		if first == "" && len(what) > 40 { // a code or token that was issued
			first = what
		}
		if len(what) <= 40 || what == first {
			return false
		}
		rw.WriteHeader(http.StatusBadRequest)
		_, _ = rw.Write([]byte(refusedGrant))
		return true
	}
}

// blamed judges that no check is blocked by one that holds.
func blamed(t *testing.T, got map[string]run.Check) {
	t.Helper()
	for id, c := range got {
		if by := got[c.BlockedBy]; c.Verdict == run.Blocked && by.Verdict == run.Pass {
			t.Errorf("%s is blocked by %s, which holds: %s", id, c.BlockedBy, c.Reason)
		}
	}
}

const refusedGrant = `{"error":"invalid_grant"}`

func openidAlone(request url.Values) bool { return request.Get("scope") == "openid" }

// Where an ordinary login works, and one with other scopes does not, the check that
// asks for those fails: what it builds on holds, and nobody else would report it.
func TestAVariedLoginThatIsNotServedFailsItsCheck(t *testing.T) {
	for _, path := range []string{"/oauth/token", "/oauth/userinfo"} {
		for _, few := range []bool{false, true} {
			w := newWorld(t)
			w.few = few
			w.refusing(path, http.StatusBadRequest, refusedGrant, openidAlone)
			got := w.judge(t, "TOKEN-01", "UINFO-01", "UINFO-02", "UINFO-10", "IDT-18")
			blamed(t, got)
			for id, want := range map[string]run.Verdict{"TOKEN-01": run.Pass, "UINFO-01": run.Pass, "UINFO-02": run.Pass, "UINFO-10": run.Fail} {
				if c := got[id]; c.Verdict != want {
					t.Errorf("%s refused, few logins %t: %s: %s by %q: %s%s", path, few, id, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
				}
			}
			if c := got["UINFO-10"]; !strings.Contains(c.Observed, "400") || !strings.Contains(c.Observed, "of a login with its own scope") {
				t.Errorf("UINFO-10: %s", c.Observed)
			}
		}
	}
}

// Where no login works, the varied one is not to blame.
func TestAVariedLoginIsNotToBlameWhereNoneWorks(t *testing.T) {
	for path, owner := range map[string]string{"/oauth/token": "TOKEN-01", "/oauth/userinfo": "UINFO-01"} {
		w := newWorld(t)
		w.refusing(path, http.StatusBadRequest, refusedGrant, func(url.Values) bool { return true })
		got := w.judge(t, owner, "UINFO-10")
		if got[owner].Verdict != run.Fail || got["UINFO-10"].Verdict != run.Blocked || got["UINFO-10"].BlockedBy != owner {
			t.Errorf("%s refused: %s %s, UINFO-10 %s by %q", path, owner, got[owner].Verdict, got["UINFO-10"].Verdict, got["UINFO-10"].BlockedBy)
		}
	}
}

// What the second client, or a second login of the same person, does not get is not
// blamed on the check that has seen it work for the first.
func TestALaterLoginThatIsNotServedIsNotBlamedOnWhatHolds(t *testing.T) {
	w := newWorld(t)
	second := w.provider.Clients()[1].ID
	bySecond := func(r url.Values) bool { return r.Get("client_id") == second }
	for _, one := range []struct {
		name, check, by string
		spoil           func()
	}{
		{"second client's secret", "IDT-12", "configuration", func() { w.refusing("/oauth/token", 400, `{"error":"invalid_client"}`, bySecond) }},
		{"second client's code", "IDT-12", "a token request", func() { w.refusing("/oauth/token", 400, refusedGrant, bySecond) }},
		{"second login's code", "IDT-11", "a token request", func() { w.refusingAfterTheFirst("/oauth/token") }},
		{"second login's token", "TOKEN-06", "a userinfo request", func() { w.refusingAfterTheFirst("/oauth/userinfo") }},
		{"second client's login", "IDT-12", "configuration", func() { w.refusing("/oauth/authorize", 400, refusedGrant, bySecond) }},
	} {
		one.spoil()
		got := w.judge(t, "AUTHZ-01", "TOKEN-01", "UINFO-01", "IDT-07", one.check)
		blamed(t, got)
		if c := got[one.check]; c.Verdict != run.Blocked || c.BlockedBy != one.by || got["UINFO-01"].Verdict != run.Pass {
			t.Errorf("%s: %s by %q: %s%s", one.name, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
		}
	}
}

// An access token that is served a few times and no more is not blamed on UINFO-16, which
// has seen it served again.
func TestATokenThatWearsOutIsNotBlamedOnItsRepetition(t *testing.T) {
	w := newWorld(t)
	times := 0
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/oauth/userinfo") || r.Header.Get("Authorization") == "" {
			return false
		}
		if times++; times > 2 {
			rw.WriteHeader(http.StatusUnauthorized)
		}
		return times > 2
	}
	got := w.judge(t, "UINFO-16", "UINFO-08")
	blamed(t, got)
	if c := got["UINFO-08"]; got["UINFO-16"].Verdict != run.Pass || c.Verdict != run.Blocked || c.BlockedBy != "a userinfo request" {
		t.Errorf("UINFO-16 %s; UINFO-08 %s by %q: %s", got["UINFO-16"].Verdict, c.Verdict, c.BlockedBy, c.Reason)
	}
}

// A login with max_age that is shown the login page, and leads to no code, is IDT-13's:
// AUTHZ-21 looks no further than the page.
func TestALoginThatEndsBehindItsPageIsItsOwnChecks(t *testing.T) {
	w := newWorld(t)
	for _, behind := range []bool{true, false} {
		aged := false
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/authorize") && r.Method == http.MethodGet {
				if aged = r.URL.Query().Get("max_age") == "10000"; aged && !behind {
					rw.WriteHeader(http.StatusBadRequest)
					return true
				}
				return false
			}
			if aged && r.Method == http.MethodPost {
				rw.WriteHeader(http.StatusBadRequest)
				return true
			}
			return false
		}
		got := w.judge(t, "AUTHZ-01", "AUTHZ-21", "IDT-13")
		blamed(t, got)
		want := map[bool]run.Verdict{true: run.Warn, false: run.Blocked}[behind]
		if c := got["IDT-13"]; c.Verdict != want || (got["AUTHZ-21"].Verdict == run.Pass) != behind {
			t.Errorf("behind its page %t: %s by %q: %s%s; AUTHZ-21 %s", behind, c.Verdict, c.BlockedBy, c.Reason, c.Observed, got["AUTHZ-21"].Verdict)
		}
	}
}

// The second client's data are its own check's, whatever keeps them from being had.
func TestTheSecondClientsDataAreItsOwnChecks(t *testing.T) {
	w := newWorld(t)
	second := w.provider.Clients()[1].ID
	w.refusing("/oauth/userinfo", http.StatusInternalServerError, `{}`, func(r url.Values) bool { return r.Get("client_id") == second })
	got := w.judge(t, "UINFO-01", "CRYPT-03", "CRYPT-09")
	blamed(t, got)
	if c := got["CRYPT-09"]; c.Verdict != run.Fail || !strings.Contains(c.Observed, "500") {
		t.Errorf("%s by %q: %s%s", c.Verdict, c.BlockedBy, c.Reason, c.Observed)
	}
}

// A scope that the token endpoint or the userinfo endpoint refuses is not granted.
func TestAScopeMayBeRefusedLate(t *testing.T) {
	beyond := func(r url.Values) bool { return strings.Contains(r.Get("scope"), unregisteredScope) }
	for _, one := range []struct {
		path   string
		status int
		want   run.Verdict
	}{{"/oauth/token", 400, run.Pass}, {"/oauth/token", 500, run.Fail}, {"/oauth/userinfo", 403, run.Pass}, {"/oauth/userinfo", 500, run.Fail}} {
		w := newWorld(t)
		w.faults = []string{"scope-dropped-silently"}
		w.restart(t)
		w.refusing(one.path, one.status, `{"error":"invalid_scope"}`, beyond)
		got := w.judge(t, "TOKEN-01", "UINFO-01", "AUTHZ-16")
		blamed(t, got)
		c := got["AUTHZ-16"]
		at := slices.IndexFunc(c.Cases, func(one run.Case) bool { return one.Name == "invented" })
		if at < 0 || c.Cases[at].Verdict != one.want {
			t.Errorf("%s answers %d: %s by %q: %s%s", one.path, one.status, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
		}
	}
}
