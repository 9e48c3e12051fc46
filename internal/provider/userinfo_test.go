package provider

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestUserinfoRefusals(t *testing.T) {
	p := start(t, Options{})
	code := p.code(t)
	token := p.redeemed(code)
	good := token.text("access_token")
	for name, c := range map[string]struct {
		headers []string
		status  int
		code    string
	}{
		"none":         {nil, 401, ""},
		"other scheme": {[]string{"Basic " + good}, 401, ""},
		"no scheme":    {[]string{good}, 401, ""},
		"no value":     {[]string{"Bearer "}, 400, "invalid_request"},
		"two values":   {[]string{"Bearer " + good + " " + good}, 400, "invalid_request"},
		"two headers":  {[]string{"Bearer " + good, "Bearer " + good}, 400, "invalid_request"},
		"list":         {[]string{"Bearer " + good + ", Bearer " + good}, 400, "invalid_request"},
		"control":      {[]string{"Bearer \x01" + good}, 400, "invalid_request"},
		"unknown":      {[]string{"Bearer " + strings.Repeat("a", 43)}, 401, "invalid_token"},
		"tampered":     {[]string{"Bearer " + good[:42] + "!"}, 400, "invalid_request"},
		"cut":          {[]string{"Bearer " + good[:42]}, 401, "invalid_token"},
		"ID token":     {[]string{"Bearer " + token.text("id_token")}, 401, "invalid_token"},
		"code":         {[]string{"Bearer " + code}, 401, "invalid_token"},
	} {
		a := p.askUserinfo(c.headers...)
		challenge := a.Header().Get("WWW-Authenticate")
		if a.Code != c.status || a.text("error") != c.code || !strings.HasPrefix(challenge, "Bearer ") ||
			strings.Contains(challenge, "error=") != (c.code != "") {
			t.Errorf("%s: %d %s %s", name, a.Code, challenge, a.Body)
		}
	}
	for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
		if a := p.askUserinfo(scheme + " " + good); a.Code != http.StatusOK {
			t.Errorf("%s: %d", scheme, a.Code)
		}
	}
	query := httptest.NewRequest("GET", "/v2/oauth/userinfo?access_token="+good, nil)
	body := formRequest("/v2/oauth/userinfo", url.Values{"access_token": {good}})
	post := httptest.NewRequest("POST", "/v2/oauth/userinfo", nil)
	post.Header.Set("Authorization", "Bearer "+good)
	for name, c := range map[string]struct {
		r      *http.Request
		status int
	}{
		"query": {query, 400}, "body": {body, 401}, "POST": {post, 200},
		"PUT": {httptest.NewRequest("PUT", "/v2/oauth/userinfo", nil), 405},
	} {
		if a := p.do(c.r); a.Code != c.status {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
}

// TestEveryAnswerIsEncryptedAnew: no initialisation vector and no wrapped key twice.
func TestEveryAnswerIsEncryptedAnew(t *testing.T) {
	for _, alg := range []string{"A256GCMKW", "dir"} {
		p := start(t, Options{FieldAlgorithm: alg})
		bearer := "Bearer " + p.redeemed(p.code(t, "scope", strings.Join(p.Clients()[0].Scopes, " "))).text("access_token")
		seen := map[string]bool{}
		for range 4 {
			a := p.askUserinfo(bearer)
			data, _ := a.members["data"].(map[string]any)
			jwes := []string{a.text("key")}
			for _, v := range data {
				jwes = append(jwes, v.(string))
			}
			for _, compact := range jwes {
				parts := strings.Split(compact, ".")
				header, _ := base64.RawURLEncoding.DecodeString(parts[0])
				marks := []string{parts[2]}
				if strings.Contains(string(header), `"iv"`) {
					marks = append(marks, parts[0], parts[1])
				}
				for _, m := range marks {
					if seen[m] || m == "" {
						t.Fatalf("%s: seen before, or empty: %q", alg, m)
					}
					seen[m] = true
				}
			}
		}
	}
}
