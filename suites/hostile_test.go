package suites

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/sgid"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
)

// answerObject is a JSON object in the responses of a provider.
type answerObject struct {
	name  string
	path  string   // end of the endpoint's path
	reads []string // the areas whose checks read it most
	// edit takes the response's object and gives back what is sent in its place,
	// with change applied to the object that is meant.
	edit func(w *world, answer map[string]any, change func(map[string]any)) map[string]any
}

func itself(_ *world, answer map[string]any, change func(map[string]any)) map[string]any {
	change(answer)
	return answer
}

// inToken changes a part of the ID token, whose signature is then wrong.
func inToken(part int) func(*world, map[string]any, func(map[string]any)) map[string]any {
	return func(_ *world, answer map[string]any, change func(map[string]any)) map[string]any {
		text, _ := answer["id_token"].(string)
		parts := strings.Split(text, ".")
		if len(parts) != 3 {
			return answer
		}
		var object map[string]any
		raw, _ := base64.RawURLEncoding.DecodeString(parts[part])
		if json.Unmarshal(raw, &object) != nil {
			return answer
		}
		change(object)
		raw, _ = json.Marshal(object)
		parts[part] = base64.RawURLEncoding.EncodeToString(raw)
		answer["id_token"] = strings.Join(parts, ".")
		return answer
	}
}

// inBlockKey changes the JWK that a response's key holds.
func inBlockKey(w *world, answer map[string]any, change func(map[string]any)) map[string]any {
	compact, _ := answer["key"].(string)
	private, err := sgid.ParsePrivateKey([]byte(w.provider.Clients()[0].PrivateKey))
	if err != nil {
		return answer
	}
	raw, err := jwe.Decrypt([]byte(compact), jwe.WithKey(jwa.RSA_OAEP_256, private))
	if err != nil {
		return answer // no data was granted, or it is another client's
	}
	var object map[string]any
	if json.Unmarshal(raw, &object) != nil {
		return answer
	}
	change(object)
	raw, _ = json.Marshal(object)
	sealed, err := jwe.Encrypt(raw, jwe.WithKey(jwa.RSA_OAEP_256, &private.PublicKey), jwe.WithContentEncryption(jwa.A256GCM))
	if err == nil {
		answer["key"] = string(sealed)
	}
	return answer
}

var answerObjects = []answerObject{
	{"metadata", "/openid-configuration", []string{"DISC", "AUTHZ-01", "AUTHZ-28", "PKCE-03"}, itself},
	{"key set", "/jwks.json", []string{"JWKS", "IDT"}, itself},
	{"key", "/jwks.json", []string{"JWKS", "IDT"}, func(_ *world, answer map[string]any, change func(map[string]any)) map[string]any {
		change(answer["keys"].([]any)[0].(map[string]any))
		return answer
	}},
	{"token response", "/oauth/token", []string{"AUTHZ-16", "TOKEN", "IDT", "NONCE", "UINFO", "CRYPT", "DATA"}, func(w *world, answer map[string]any, change func(map[string]any)) map[string]any {
		if answer["error"] == nil {
			change(answer)
		}
		return answer
	}},
	{"token error", "/oauth/token", []string{"TOKEN", "PKCE"}, func(w *world, answer map[string]any, change func(map[string]any)) map[string]any {
		if answer["error"] != nil {
			change(answer)
		}
		return answer
	}},
	{"ID token header", "/oauth/token", []string{"IDT", "NONCE", "UINFO"}, inToken(0)},
	{"ID token claims", "/oauth/token", []string{"IDT", "NONCE", "UINFO", "CRYPT"}, inToken(1)},
	{"userinfo", "/oauth/userinfo", []string{"AUTHZ-16", "TOKEN-06", "IDT", "UINFO", "CRYPT", "DATA"}, itself},
	{"data", "/oauth/userinfo", []string{"UINFO", "CRYPT", "DATA"}, func(_ *world, answer map[string]any, change func(map[string]any)) map[string]any {
		if data, ok := answer["data"].(map[string]any); ok {
			change(data)
		}
		return answer
	}},
	{"block key", "/oauth/userinfo", []string{"UINFO", "CRYPT", "DATA"}, inBlockKey},
}

// rewriting answers from the provider, with every JSON object of an endpoint edited.
func (w *world) rewriting(path string, edit func(map[string]any) map[string]any) {
	w.on = func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		got := httptest.NewRecorder()
		w.provider.Handler().ServeHTTP(got, r)
		var answer map[string]any
		body := got.Body.Bytes()
		if json.Unmarshal(body, &answer) == nil {
			body, _ = json.Marshal(edit(answer))
		}
		maps.Copy(rw.Header(), got.Header())
		rw.Header().Del("Content-Length")
		rw.WriteHeader(got.Code)
		_, _ = rw.Write(body)
		return true
	}
}

// members are the names in such an object, as the provider sends them.
func (w *world) members(t *testing.T, p answerObject) []string {
	t.Helper()
	names := map[string]bool{}
	w.rewriting(p.path, func(answer map[string]any) map[string]any {
		return p.edit(w, answer, func(object map[string]any) {
			for name := range object {
				names[name] = true
			}
		})
	})
	w.judge(t, "DISC-01", "JWKS-01", "TOKEN-08", "UINFO-01", "NONCE-01")
	return slices.Sorted(maps.Keys(names))
}

// A hostile value stands in place of a member of a response.
type hostileValue struct {
	name  string
	value any
}

var missing = hostileValue{name: "missing", value: struct{}{}}

var hostileValues = []hostileValue{
	{"null", nil}, {"a number", 7}, {"an object", map[string]any{"a": "b"}}, {"an array", []any{"a"}}, {"true", true}, {"an empty string", ""}, missing,
}

func (v hostileValue) put(object map[string]any, name string) {
	if v.name == missing.name {
		delete(object, name)
		return
	}
	object[name] = v.value
}

// What a target makes of its answers is never called a defect of the harness,
// and never passes for having been judged: with any member of any JSON answer
// of a wrong type, or missing, each check judges or is blocked by another. Of
// each object a few members have one of the values each, and meet the checks
// that read them most; HOSTILE=all tries everything.
func TestAnswersOfWrongTypesAreTheTargets(t *testing.T) {
	w := newWorld(t)
	all, most := os.Getenv("HOSTILE") == "all", 8
	if all {
		most = 1 << 20
	}
	turn := 0
	for _, p := range answerObjects {
		t.Run(p.name, func(t *testing.T) {
			first := turn
			names, reading := w.members(t, p), p.reads
			if len(names) == 0 {
				t.Error("it has no members")
			}
			for _, name := range names {
				if turn++; turn > first+most {
					break
				}
				values := []hostileValue{hostileValues[turn%len(hostileValues)]} // each in its turn
				if all {
					values, reading = hostileValues, nil
				}
				for _, v := range values {
					w.rewriting(p.path, func(answer map[string]any) map[string]any {
						return p.edit(w, answer, func(object map[string]any) { v.put(object, name) })
					})
					for id, c := range w.judge(t, reading...) {
						if c.BlockedBy == "harness" {
							t.Errorf("%s is %s: %s: %s", name, v.name, id, c.Reason)
						}
					}
				}
			}
		})
	}
}
