package suites

import (
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

// came judges that a check came to a verdict, blocked by another where one is named.
func came(t *testing.T, got map[string]run.Check, id string, want run.Verdict, by, says string) {
	t.Helper()
	c := got[id]
	if c.Verdict != want || c.BlockedBy != by || !strings.Contains(c.Reason+c.Observed, says) {
		t.Errorf("%s: %s by %q: %s%s; want %s by %q, with %q", id, c.Verdict, c.BlockedBy, c.Reason, c.Observed, want, by, says)
	}
}

// ofAnother edits every userinfo response that has another sub than the first.
func (w *world) ofAnother(edit func(map[string]any)) {
	first := ""
	w.rewriting("/oauth/userinfo", func(answer map[string]any) map[string]any {
		sub, _ := answer["sub"].(string)
		if first == "" {
			first = sub
		}
		if sub != first {
			edit(answer)
		}
		return answer
	})
}

// spoil changes what a JWE was encrypted to, so that it does not decrypt.
func spoil(compact any) string {
	parts := strings.Split(compact.(string), ".")
	at := 1
	if parts[1] == "" { // dir
		at = 3
	}
	parts[at] = changed(parts[at], len(parts[at])/2)
	return strings.Join(parts, ".")
}

// Where another person's response does not open, that is for the area CRYPT to say,
// which looks at it, too: the form of the first person's values is judged all the same.
func TestAnothersResponseThatDoesNotOpenKeepsNothingElseFromBeingJudged(t *testing.T) {
	w := newWorld(t)
	w.ofAnother(func(answer map[string]any) { answer["key"] = spoil(answer["key"]) })
	checks := []string{"UINFO-01", "UINFO-17", "CRYPT-03", "CRYPT-05", "CRYPT-06", "CRYPT-07", "DATA-01", "DATA-91"}
	got := w.judge(t, checks...)
	blamed(t, got)
	for _, id := range []string{"CRYPT-05", "CRYPT-06", "CRYPT-07", "DATA-01", "DATA-91"} {
		came(t, got, id, run.Pass, "", "")
	}
	came(t, got, "CRYPT-03", run.Fail, "", "another person's response")
	came(t, got, "UINFO-17", run.Blocked, "CRYPT-03", "")

	w.few = true // CRYPT-03 spends no login on another person
	w.ofAnother(func(answer map[string]any) { answer["key"] = spoil(answer["key"]) })
	got = w.judge(t, checks...)
	blamed(t, got)
	came(t, got, "CRYPT-03", run.Pass, "", "")
	came(t, got, "UINFO-17", run.Blocked, "a userinfo response", "")

	w.few = false
	w.ofAnother(func(answer map[string]any) {
		for name, compact := range answer["data"].(map[string]any) {
			answer["data"].(map[string]any)[name] = spoil(compact)
		}
	})
	got = w.judge(t, checks...)
	blamed(t, got)
	came(t, got, "CRYPT-05", run.Fail, "", "another person's")
	came(t, got, "DATA-01", run.Pass, "", "")
	came(t, got, "UINFO-17", run.Blocked, "CRYPT-05", "decrypts")
}

// What does not decrypt is not called data that identify nobody.
func TestDataThatDoNotDecryptAreNotCalledAnonymous(t *testing.T) {
	w := newWorld(t)
	w.rewriting("/oauth/userinfo", func(answer map[string]any) map[string]any {
		data, _ := answer["data"].(map[string]any)
		for name, compact := range data {
			data[name] = spoil(compact)
		}
		return answer
	})
	got := w.judge(t, "UINFO-17", "CRYPT-05")
	came(t, got, "CRYPT-05", run.Fail, "", "")
	came(t, got, "UINFO-17", run.Blocked, "CRYPT-05", "too little of the data decrypts")
}

// A response that opens once, and not the second time, is UINFO-16's.
func TestAKeyThatOpensOnceIsNotTheSameData(t *testing.T) {
	w := newWorld(t)
	times := 0
	w.rewriting("/oauth/userinfo", func(answer map[string]any) map[string]any {
		if times++; times > 1 && answer["key"] != nil {
			answer["key"] = spoil(answer["key"])
		}
		return answer
	})
	got := w.judge(t, "UINFO-16", "CRYPT-03", "CRYPT-11")
	blamed(t, got)
	came(t, got, "UINFO-16", run.Fail, "", "key decrypts in one, and not in the other")
	came(t, got, "CRYPT-11", run.Blocked, "UINFO-16", "")
}

// Where no data scope is granted, there is nothing encrypted, and nothing of it was
// judged: that is not blamed on the userinfo endpoint.
func TestWithoutAGrantNothingEncryptedIsJudged(t *testing.T) {
	w := newWorld(t)
	edits := map[string]func(map[string]any){
		"/oauth/token": func(answer map[string]any) {
			if answer["error"] == nil {
				answer["scope"] = "openid"
			}
		},
		"/oauth/userinfo": func(answer map[string]any) { delete(answer, "key"); delete(answer, "data") },
	}
	for path, edit := range edits {
		before := w.on
		w.rewriting(path, func(answer map[string]any) map[string]any { edit(answer); return answer })
		rewrites := w.on
		w.on = func(n int, rw http.ResponseWriter, r *http.Request) bool {
			return before != nil && before(n, rw, r) || rewrites(n, rw, r)
		}
	}
	encrypted := []string{"UINFO-17", "CRYPT-01", "CRYPT-03", "CRYPT-05", "CRYPT-06", "CRYPT-10", "DATA-01", "DATA-91"}
	got := w.judge(t, append([]string{"UINFO-01", "UINFO-11"}, encrypted...)...)
	came(t, got, "UINFO-01", run.Pass, "", "")
	record := &run.Record{Coverage: &run.Coverage{}}
	for id, c := range got {
		record.Checks = append(record.Checks, c)
		if id != "UINFO-01" && (c.Verdict != run.Skip || c.Gap != run.WantEvidence || !strings.Contains(c.Reason, "granted")) {
			t.Errorf("%s: %s for want of %s by %q: %s%s", id, c.Verdict, c.Gap, c.BlockedBy, c.Reason, c.Observed)
		}
	}
	if record.Count(); len(record.Coverage.NotJudged) != len(encrypted) { // all MUSTs but DATA-91, and UINFO-11
		t.Errorf("not judged: %v", record.Coverage.NotJudged)
	}
}

// That no value has its documented form is for the checks of the scopes to say.
func TestBlanksAreNotLookedForInValuesOfAnotherForm(t *testing.T) {
	w := newWorld(t)
	w.limits = func(c *config.Config) { c.First.Scopes = []string{"openid", "myinfo.sex"} }
	w.faults = []string{"sex-lower-case"}
	w.restart(t)
	got := w.judge(t, "CRYPT-05", "DATA-*", "DATA-91")
	blamed(t, got)
	came(t, got, "DATA-91", run.Blocked, checkOfScope("myinfo.sex"), "does not have its documented format")
}

// An ID token of a varied login that has no sub, or cannot be read, is for the checks that
// look at every ID token of the run.
func TestAVariedIDTokenIsForThoseWhoLookAtAll(t *testing.T) {
	w := newWorld(t)
	for owner, edit := range map[string]func(map[string]any){
		"IDT-18": func(answer map[string]any) {
			answer["id_token"] = inToken(1)(w, answer, func(claims map[string]any) { delete(claims, "sub") })["id_token"]
		},
		"IDT-17": func(answer map[string]any) { answer["id_token"] = "no.token" },
	} {
		times := 0
		w.rewriting("/oauth/token", func(answer map[string]any) map[string]any {
			if answer["id_token"] != nil {
				if times++; times > 1 {
					edit(answer)
				}
			}
			return answer
		})
		got := w.judge(t, "IDT-01", "IDT-07", "IDT-11", "IDT-17", "IDT-18")
		blamed(t, got)
		came(t, got, "IDT-11", run.Blocked, owner, "")
		came(t, got, owner, run.Fail, "", "")
	}
}
