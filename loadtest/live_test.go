package loadtest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync/atomic"
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/login"
	"sgidcheck/internal/sgid"
)

// liveThrough is a load of whole logins on the embedded provider, whose
// authorization endpoint and login page are behind a handler.
func liveThrough(t *testing.T, front func(provider http.Handler) http.Handler) Options {
	t.Helper()
	o := embedded(t, Login, false)
	authorize := mustURL(t, o.Endpoints.Authorization)
	origin := *authorize
	origin.Path = ""
	server := httptest.NewServer(front(httputil.NewSingleHostReverseProxy(&origin)))
	t.Cleanup(server.Close)
	c, err := client.New(client.Options{Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	o.Endpoints.Authorization = server.URL + authorize.Path
	o.Minter = NewLoginMinter(login.NewDirect(c, "", ""), o.Endpoints.Authorization, sgid.AuthorizeRequest{
		ClientID: o.ClientID, RedirectURI: o.RedirectURI, Scopes: []string{"openid", "myinfo.name"},
	}, 0)
	o.Live, o.Timeout = true, 20*time.Second
	return o
}

func TestWholeLoginsBeginWithTheAuthorizationRequest(t *testing.T) {
	var authorized, pages atomic.Int64
	o := liveThrough(t, func(provider http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				pages.Add(1)
			} else if r.URL.Query().Get("client_id") != "" {
				authorized.Add(1)
			}
			provider.ServeHTTP(w, r)
		})
	})
	o.Rate, o.Duration = 20, 2*time.Second
	l, err := Run(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Requests != 40 || len(l.Errors) != 0 {
		t.Fatalf("%d logins, errors %v, %+v", l.Requests, l.Errors, l.Examples)
	}
	for _, part := range []string{"authorize", "login-page", "token", "verify", "userinfo", "decrypt", "login"} {
		if p := l.Parts[part]; p.Count != 40 || !(p.Latency.P50 > 0) {
			t.Errorf("%s: %+v", part, p)
		}
	}
	if whole := l.Parts["login"].Latency; whole.Min < l.Parts["authorize"].Latency.Min+l.Parts["login-page"].Latency.Min+l.Parts["token"].Latency.Min {
		t.Errorf("a login of %g ms is shorter than its parts", whole.Min)
	}
	// Each login of the load, and those that the preparation makes, has asked once.
	if want := int64(40 + referenceLogins); authorized.Load() != want || pages.Load() != want {
		t.Errorf("%d authorization requests, %d pages, want %d", authorized.Load(), pages.Load(), want)
	}
}

func TestErrorsBeforeTheCodeAreOfTheirPart(t *testing.T) {
	var under atomic.Bool
	var asked, refused, submitted, broken, cut atomic.Int64
	o := liveThrough(t, func(provider http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !under.Load():
			case r.Method != http.MethodPost && r.URL.Query().Get("client_id") != "":
				switch n := asked.Add(1); {
				case n%5 == 0:
					refused.Add(1)
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				case n%7 == 0:
					cut.Add(1)
					panic(http.ErrAbortHandler)
				}
			case r.Method == http.MethodPost && submitted.Add(1)%4 == 0:
				broken.Add(1)
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			provider.ServeHTTP(w, r)
		})
	})
	o.Rate, o.Duration, o.KeepGoing = 20, 2*time.Second, true
	l, err := Run(t.Context(), o, func(p Progress) {
		if p.Phase == "sending" {
			under.Store(true)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	early, late := uint64(refused.Load()+cut.Load()), uint64(broken.Load())
	if l.Requests != 40 || early == 0 || late == 0 || uint64(l.Errors["status-503"]) != uint64(refused.Load()) || uint64(l.Errors["reset"]) != uint64(cut.Load()) || uint64(l.Errors["status-500"]) != late {
		t.Errorf("%d logins, errors %v; refused %d, cut %d, broken %d", l.Requests, l.Errors, refused.Load(), cut.Load(), late)
	}
	for part, want := range map[string][2]uint64{"authorize": {40, early}, "login-page": {40 - early, late}, "token": {40 - early - late, 0}, "login": {40, early + late}} {
		if p := l.Parts[part]; p.Count != want[0] || p.Errors != want[1] {
			t.Errorf("%s: %d of which %d errors, want %v", part, p.Count, p.Errors, want)
		}
	}
	if len(l.Examples) != 3 {
		t.Errorf("examples %+v", l.Examples)
	}
	checkRecord(t, l)
}
