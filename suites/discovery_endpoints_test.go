package suites

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/run"
)

func TestUncleanURL(t *testing.T) {
	for raw, clean := range map[string]bool{
		"https://idp.example/v2//oauth/token":        false,
		"https://idp.example/v2/./oauth/token":       false,
		"https://idp.example/v2/x/../oauth/token":    false,
		"https://idp.example/v2/%6fauth/token":       false,
		"https://idp.example/v2/a%2fb":               false, // an escape in lower case
		"https://idp.example/v2/a%2Fb":               true,
		"https://IDP.example/v2/oauth/token":         false,
		"HTTPS://idp.example/v2/oauth/token":         false,
		"https://idp.example:443/v2/oauth/token":     false,
		"https://idp.example:8443/v2/oauth/token":    true,
		"https://idp.example/v2/oauth/token#":        false,
		"https://user@idp.example/v2/oauth/token":    false,
		"https://idp.example/v2/oauth/token?a=1&b=2": true,
		"https://idp.example/v2/oauth/token/":        true,
		"https://idp.example":                        true,
		"http://idp.example/v2/oauth/token":          false,
		"http://127.0.0.1:5156/v2/oauth/token":       true,
		"http://[::1]:5156/v2/oauth/token":           true,
		"http://localhost:5156/v2/oauth/token":       true,
		"http://127.0.0.1.example/v2/oauth/token":    false,
		"/v2/oauth/token":                            false,
		"//idp.example/v2/oauth/token":               false,
		"ftp://idp.example/v2/oauth/token":           false,
		"https:///v2/oauth/token":                    false,
		"https://idp.example/%zz":                    false,
		"":                                           false,
	} {
		if problem := uncleanURL(raw); (problem == "") != clean {
			t.Errorf("%q: %q", raw, problem)
		}
	}
}

func TestSameWhenClean(t *testing.T) {
	const want = "https://idp.example/v2/oauth/token"
	for got, same := range map[string]bool{
		"https://idp.example/v2//oauth/token":     true,
		"https://IDP.example:443/v2/oauth/token":  true,
		"http://idp.example/v2/oauth/token":       true,
		"/v2/oauth/token":                         true,
		"https://idp.example/v2/oauth/token#frag": true,
		"https://idp.example/v2/oauth/tokens":     false,
		"https://idp.example/oauth/token":         false,
		"https://other.example/v2/oauth/token":    false,
		"https://idp.example/v2/oauth/token?x=1":  false,
		"https://idp.example/v2/oauth/Token":      false,
	} {
		if sameWhenClean(got, want) != same {
			t.Errorf("%q: not %t", got, same)
		}
	}
}

// A token endpoint that refuses with 404 is served where an exchange succeeds there;
// with the same words a router says that nothing is.
func TestARefusalWith404IsNoMissingEndpoint(t *testing.T) {
	const refusal, router = `{"error":"invalid_grant"}`, `{"message":"Not Found"}`
	answer := func(status int, media, body string) func(http.ResponseWriter) {
		return func(rw http.ResponseWriter) {
			rw.Header().Set("Content-Type", media)
			rw.WriteHeader(status)
			rw.Write([]byte(body))
		}
	}
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter)
		always bool // for right requests, too
		want   map[string]run.Verdict
	}{
		{"a refusal", answer(404, "application/json", refusal), false, map[string]run.Verdict{"DISC-05": run.Pass, "TOKEN-01": run.Pass}},
		{"a refusal in a router's words", answer(404, "application/json", router), false, map[string]run.Verdict{"DISC-05": run.Pass, "TOKEN-01": run.Pass}},
		{"a router", answer(404, "application/json", router), true, map[string]run.Verdict{"DISC-05": run.Fail, "TOKEN-01": run.Blocked}},
		{"a page", answer(404, "text/html", "not found"), false, map[string]run.Verdict{"DISC-05": run.Fail, "TOKEN-01": run.Blocked}},
	} {
		for _, mode := range []string{config.EndpointsDiscovery, config.EndpointsDocumented} {
			t.Run(tt.name+", "+mode, func(t *testing.T) {
				w := newWorld(t)
				w.limits = func(c *config.Config) { c.EndpointsMode = mode }
				secret := w.provider.Clients()[0].Secret
				w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
					if !strings.HasSuffix(r.URL.Path, "/token") || peek(r).Get("client_secret") == secret && !tt.always {
						return false
					}
					tt.answer(rw)
					return true
				}
				got := w.judge(t, "DISC-05", "TOKEN-01")
				for id, want := range tt.want {
					if mode == config.EndpointsDocumented && id == "TOKEN-01" {
						continue
					}
					if c := got[id]; c.Verdict != want {
						t.Errorf("%s: %s: %s%s, want %s", id, c.Verdict, c.Reason, c.Observed, want)
					}
				}
			})
		}
	}
}

// An optional endpoint behind a gateway that reaches nothing is not shown to be served.
func TestAnOptionalEndpointBehindAGateway(t *testing.T) {
	for _, tt := range []struct {
		name, endpoint string
		status         int
		body           string
		want           run.Verdict
	}{
		{"no backend", "revocation_endpoint", 502, "", run.Blocked},
		{"a backend that is busy", "end_session_endpoint", 503, "", run.Blocked},
		{"a backend that is slow", "introspection_endpoint", 504, "", run.Blocked},
		{"its own error", "introspection_endpoint", 500, `{"error":"server_error"}`, run.Pass},
		{"a refusal with 404", "revocation_endpoint", 404, `{"error":"invalid_client"}`, run.Pass},
		{"a router's words", "revocation_endpoint", 404, `{"message":"Not Found"}`, run.Blocked},
		{"a router's words to a GET", "end_session_endpoint", 404, `{"message":"Not Found"}`, run.Fail},
		{"nothing", "introspection_endpoint", 404, "", run.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
				switch {
				case r.URL.Path == "/further":
					rw.Header().Set("Content-Type", "application/json")
					rw.WriteHeader(tt.status)
					rw.Write([]byte(tt.body))
				case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
					got := httptest.NewRecorder()
					w.provider.Handler().ServeHTTP(got, r)
					var document map[string]any
					if err := json.Unmarshal(got.Body.Bytes(), &document); err != nil {
						t.Error(err)
					}
					document[tt.endpoint] = strings.TrimSuffix(w.provider.Issuer(), "/v2") + "/further"
					rw.Header().Set("Content-Type", "application/json")
					json.NewEncoder(rw).Encode(document)
				default:
					return false
				}
				return true
			}
			if c := w.judge(t, "DISC-05")["DISC-05"]; c.Verdict != tt.want {
				t.Errorf("%s: %s%s, want %s", c.Verdict, c.Reason, c.Observed, tt.want)
			}
		})
	}
}
