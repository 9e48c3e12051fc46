package suites

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/run"
)

// An endpoint that falls silent for a valid token is one failure: of the check that
// meets it first. What the others judge was never sent.
func TestAUserinfoEndpointThatFallsSilentFailsOnce(t *testing.T) {
	refusing := []string{"UINFO-03", "UINFO-04", "UINFO-05", "UINFO-06", "UINFO-07", "UINFO-08"}
	w := newWorld(t)
	for served := int32(2); served < 7; served++ { // in UINFO-03, in UINFO-04, and on the way to each
		var asked atomic.Int32
		w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/userinfo") || asked.Add(1) <= served {
				return false
			}
			hangUp(rw)
			return true
		}
		verdicts := w.judge(t, append(refusing, "UINFO-01", "UINFO-16", "CRYPT-07")...)
		first := ""
		for _, id := range append(refusing, "CRYPT-07") {
			switch c := verdicts[id]; {
			case c.Verdict == run.Pass && first == "":
			case c.Verdict == run.Fail && first == "":
				first = id
			case c.Verdict != run.Blocked || c.BlockedBy != first:
				t.Errorf("%d served: %s, after %q: %s by %q: %s%s", served, id, first, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
			}
		}
		if verdicts["UINFO-16"].Verdict != run.Pass || first == "" {
			t.Errorf("%d served: UINFO-16 %s, and %q fails", served, verdicts["UINFO-16"].Verdict, first)
		}
		t.Logf("%d served: %s fails", served, first)
	}
}

// However many members a response has, and however long their names are, what is
// said of them stays short.
func TestNamesOfMembersAreQuotedInShort(t *testing.T) {
	w := newWorld(t)
	w.rewriting("/oauth/userinfo", func(answer map[string]any) map[string]any {
		if answer["sub"] == nil {
			return answer
		}
		data, _ := answer["data"].(map[string]any)
		if data == nil {
			data, answer["key"] = map[string]any{}, "a.b.c.d.e"
		}
		for i := range 200 {
			data[strings.Repeat("n", 200)+strconv.Itoa(i)] = "value"
		}
		answer["data"] = data
		return answer
	})
	for id, c := range w.judge(t, "UINFO-10", "UINFO-11", "UINFO-16", "UINFO-17") {
		if len(c.Observed)+len(c.Reason) > 4000 || c.Verdict != run.Fail && (id == "UINFO-10" || id == "UINFO-11") {
			t.Errorf("%s: %s, in %d characters: %.300s", id, c.Verdict, len(c.Observed)+len(c.Reason), c.Reason+c.Observed)
		}
	}
}
