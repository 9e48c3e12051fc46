package suites

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/run"
)

// refusing are checks that hold where a request is refused.
var refusing = []string{"AUTHZ-04", "AUTHZ-07", "AUTHZ-08", "AUTHZ-15", "AUTHZ-18", "AUTHZ-23", "AUTHZ-31", "AUTHZ-32", "AUTHZ-34", "AUTHZ-35", "PKCE-01", "PKCE-03", "PKCE-04", "PKCE-05", "TOKEN-22"}

// A firewall or a rate limit answers for the target, with the statuses of a refusal:
// what is refused then was judged by nobody.
func TestAFirewallIsNoRefusal(t *testing.T) {
	w := newWorld(t)
	page := "<title>Request Rejected</title>The requested URL was rejected."
	turn := func(status int, fields ...string) func(http.ResponseWriter) {
		page := page
		return func(rw http.ResponseWriter) {
			for i := 0; i < len(fields); i += 2 {
				rw.Header().Set(fields[i], fields[i+1])
			}
			rw.Header().Set("Content-Type", "text/html")
			rw.WriteHeader(status)
			rw.Write([]byte(page))
		}
	}
	statusOK := map[string]bool{"an error page": true, "a page with a script": true, "a CAPTCHA": true}
	plain := turn(http.StatusOK)
	page = `<title>Access denied</title><h1>Error</h1><p>Access denied: the request was rejected.</p><script src="/challenge.js"></script>`
	byScript := turn(http.StatusOK)
	page = `<title>Access denied</title><h1>Error</h1><p>Access denied</p><form action="/verify"><p>Are you a robot?</p><input type="checkbox" name="human"><button>Go on</button></form>`
	captcha := turn(http.StatusOK)
	page = "<title>Request Rejected</title>The requested URL was rejected."
	for name, away := range map[string]func(http.ResponseWriter){
		"a page with a script": byScript, "a CAPTCHA": captcha,
		"403":                 turn(http.StatusForbidden),
		"405 and a puzzle":    turn(http.StatusMethodNotAllowed, "X-Amzn-Waf-Action", "captcha"),
		"202 and a challenge": turn(http.StatusAccepted, "X-Amzn-Waf-Action", "challenge"),
		"an error page":       plain,
		"503":                 turn(http.StatusServiceUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			loggedIn := false
			w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
				w.mu.Lock()
				on := loggedIn
				loggedIn = loggedIn || strings.HasSuffix(r.URL.Path, "/token") && peek(r).Get("code_verifier") != ""
				w.mu.Unlock()
				if on {
					away(rw)
				}
				return on
			}
			for id, c := range w.judge(t, append([]string{"AUTHZ-01"}, refusing...)...) {
				switch {
				case id == "AUTHZ-01", id == "AUTHZ-32" && statusOK[name]: // that one is about its status
				case c.Verdict != run.Blocked:
					t.Errorf("%s: %s: %s%s", id, c.Verdict, c.Reason, c.Observed)
				case c.BlockedBy == "target" && (w.noted("--pace") > 0) != (name == "503"), c.BlockedBy == "target" && (w.noted("let this machine through") > 0) != (name != "503"):
					t.Errorf("%s: the notes do not say what to do: %q", id, w.notes)
				}
			}
		})
	}
}

// A limit on the rate lets a request through now and then, and says 503.
func TestALimitThatLetsSomeThroughIsNoServerError(t *testing.T) {
	w := newWorld(t)
	asked := 0
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/authorize") {
			return false
		}
		w.mu.Lock()
		asked++
		over := asked > 10 && asked%3 != 0
		w.mu.Unlock()
		if over {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
		return over
	}
	for id, c := range w.judge(t, "AUTHZ-01", "AUTHZ-05", "AUTHZ-18", "PKCE-04") {
		if c.Verdict != run.Pass && (c.Verdict != run.Blocked || c.BlockedBy != "target") {
			t.Errorf("%s: %s by %q: %s%s", id, c.Verdict, c.BlockedBy, c.Reason, c.Observed)
		}
	}
}

// Where the target goes on serving, one ordinary request shows it, once a check.
func TestOneOrdinaryRequestShowsThatTheTargetStillServes(t *testing.T) {
	w := newWorld(t)
	own := w.provider.Clients()[0].ID
	for _, tt := range []struct {
		id   string
		most int // ordinary requests after the first wrong one
	}{{"AUTHZ-07", 2}, {"AUTHZ-06", 2}} { // one of them is the login page that pages are held against
		var clients []string
		w.on = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/authorize") {
				w.mu.Lock()
				clients = append(clients, r.URL.Query().Get("client_id"))
				w.mu.Unlock()
			}
			return false
		}
		if c := w.judge(t, tt.id)[tt.id]; c.Verdict != run.Pass {
			t.Errorf("%s: %s: %s%s", tt.id, c.Verdict, c.Reason, c.Observed)
		}
		first := slices.IndexFunc(clients, func(id string) bool { return id != own })
		ordinary := 0
		for _, id := range clients[first:] {
			if id == own {
				ordinary++
			}
		}
		if ordinary > tt.most || clients[len(clients)-1] != own {
			t.Errorf("%s sends %q", tt.id, clients)
		}
	}
}
