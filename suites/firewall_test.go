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

// turningAway answers token requests whose form has what suspect says with 403 and a page.
func (w *world) turningAway(media, page string, suspect func(url.Values) bool) {
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/oauth/token") {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err != nil || !suspect(form) {
			return false
		}
		rw.Header().Set("Content-Type", media)
		rw.WriteHeader(http.StatusForbidden)
		_, _ = rw.Write([]byte(page))
		return true
	}
}

func injects(form url.Values) bool {
	for name, values := range form {
		if strings.ContainsAny(name+strings.Join(values, ""), "'\"$\x00\r\n") || strings.Contains(strings.Join(values, ""), "../") || strings.Contains(strings.Join(values, ""), "%00") {
			return true
		}
	}
	return false
}

// A firewall in front of the target that turns away what looks like an attack fails and
// blocks nothing; what the token endpoint itself refuses is judged as ever.
func TestAFirewallIsNotTheTokenEndpoint(t *testing.T) {
	checks := []string{"TOKEN-01", "TOKEN-08", "TOKEN-09", "TOKEN-17", "PKCE-08"}
	for media, page := range map[string]string{"text/html": "<html><h1>403 Forbidden</h1></html>", "application/json": `{"message":"Forbidden"}`} {
		w := newWorld(t)
		w.turningAway(media, page, injects)
		got := w.judge(t, checks...)
		for id, c := range got {
			if c.Verdict != run.Pass {
				t.Errorf("%s: %s: %s by %q: %s%s", media, id, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
			}
		}
		turned := map[string]bool{"quotes and SQL": true, "path": true, "JSON": true, "NUL": true, "line break": true, "percent signs": true}
		for _, one := range got["TOKEN-08"].Cases {
			if (one.Gap == run.NotApplicable && strings.Contains(one.Observed, "firewall")) != turned[one.Name] {
				t.Errorf("%s: case %s: %s %s", media, one.Name, one.Verdict, one.Observed)
			}
		}
		if w.noted("firewall") != 1 || !strings.Contains(got["TOKEN-17"].Observed, "firewall") {
			t.Errorf("%s: notes %q, TOKEN-17: %s", media, w.notes, got["TOKEN-17"].Observed)
		}
	}
}

// A 403 page for a code that no rule against attacks looks for is the endpoint's, and so
// is one that every wrong code gets.
func TestAPageForAHarmlessCodeIsNoFirewalls(t *testing.T) {
	long := func(form url.Values) bool { return len(form.Get("code")) == 4096 }
	w := newWorld(t)
	w.turningAway("text/html", "<html></html>", long)
	got := w.judge(t, "TOKEN-08", "TOKEN-17")
	if got["TOKEN-17"].Verdict != run.Fail || got["TOKEN-08"].Verdict != run.Blocked || got["TOKEN-08"].BlockedBy != "TOKEN-17" {
		t.Errorf("a long code: TOKEN-17 %s, TOKEN-08 %s by %q", got["TOKEN-17"].Verdict, got["TOKEN-08"].Verdict, got["TOKEN-08"].BlockedBy)
	}
	var issued []string
	w.turningAway("text/html", "<html></html>", func(form url.Values) bool {
		if code := form.Get("code"); len(code) == 43 && len(issued) == 0 {
			issued = append(issued, code) // that of the shared login
		}
		return !slices.Contains(issued, form.Get("code"))
	})
	got = w.judge(t, "TOKEN-09", "TOKEN-17")
	if c := got["TOKEN-17"]; c.Verdict != run.Fail || strings.Contains(c.Observed, "firewall") || got["TOKEN-09"].Verdict != run.Blocked {
		t.Errorf("every wrong code: TOKEN-17 %s (%s), TOKEN-09 %s", c.Verdict, c.Observed, got["TOKEN-09"].Verdict)
	}
}
