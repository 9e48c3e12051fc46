package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/redact/redacttest"
	"sgidcheck/internal/run"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact"
)

// Values marked so that they can be found again anywhere.
const (
	plantedSecret   = "MARKEDsecret/with+chars&in=it%"
	plantedCode     = "MARKEDcode-0123456789abcdef"
	plantedToken    = "MARKEDtoken~0123456789abcdef"
	plantedVerifier = "MARKEDverifier-._~0123456789abcdef0123456789"
	plantedCookie   = "MARKEDcookie0123456789"
	plantedName     = "MARKED NAME BIN ABDULLAH"
	plantedNRIC     = "S9912345Z"
	plantedAddress  = "BLK MARKED AVENUE 9\n#09-99\nSINGAPORE 999999"
)

func planted() map[string]string {
	return map[string]string{redact.KindClientSecret: plantedSecret, redact.KindCode: plantedCode, redact.KindAccessToken: plantedToken,
		redact.KindVerifier: plantedVerifier, redact.KindCookie: plantedCookie, "name": plantedName, redact.KindNRIC: plantedNRIC, "address": plantedAddress}
}

// TestNothingPlantedSurvives lets a target answer with marked values in every
// place and spelling it has, over a real connection in small chunks, and looks
// for them in what would be stored and printed.
func TestNothingPlantedSurvives(t *testing.T) {
	idToken := "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"u=MARKEDsub","name":"`+plantedName+`"}`)) + ".c2ln"
	bodies := map[string]struct{ media, format string }{
		"text":             {"text/plain", "before %s after"},
		"html text":        {"text/html", "<html><body><p>Hello %s</p>"},
		"html attribute":   {"text/html", `<input type="hidden" name="x" value="%s"><a href="/x?y=%s">`},
		"html comment":     {"text/html", "<!-- %s --><script>var x = '%s'</script>"},
		"json error":       {"application/json", `{"error":"invalid_grant","error_description":"no %s here"}`},
		"json unknown":     {"application/json", `{"data":{"myinfo.name":"%s"},"list":["%s"],"nested":{"a":[{"b":"%s"}]}}`},
		"json cut off":     {"application/json", `{"message":"%s","other":"%s`},
		"json member name": {"application/json", `{"%s":1}`},
		"json in text":     {"text/plain", `dump: {"access_token":"%s"}`},
		"xml":              {"application/xml", `<?xml version="1.0"?><e a="%s">%s</e>`},
		"form":             {"application/x-www-form-urlencoded", "error=%s&code=%s&x=%s"},
		"wrong type":       {"application/jwt", "%s"},
		"no type":          {"", "%s"},
		"stack trace":      {"text/plain", "Error: bad %s\n    at /srv/app.js:1 token=%s;\x1b[31m"},
	}
	r := redact.New()
	r.Learn(redact.KindClientSecret, plantedSecret)
	r.Learn(redact.KindPersonal, plantedName)
	r.Learn(redact.KindPersonal, plantedAddress)
	r.Learn(redact.KindPersonal, plantedNRIC)
	c := newClient(t, Options{Secrets: r, Timeout: 30 * time.Second})
	for kind, secret := range planted() {
		for spelling, text := range redacttest.Spellings(secret) {
			for place, b := range bodies {
				body := strings.ReplaceAll(b.format, "%s", text)
				header := strings.NewReplacer("\n", "", "\r", "").Replace(text)
				base := rawServer(t, func(conn net.Conn, _ string) {
					fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nX-Echo: a %s b\r\nLocation: /cb?code=%s&x=%s#access_token=%s\r\nWWW-Authenticate: Bearer error_description=\"%s\"\r\nSet-Cookie: sid=%s; Path=/%s\r\nTransfer-Encoding: chunked\r\n\r\n",
						b.media, header, header, header, header, header, header, header)
					for i := 0; i < len(body); i += 3 { // no chunk holds a whole secret
						piece := body[i:min(i+3, len(body))]
						fmt.Fprintf(conn, "%x\r\n%s\r\n", len(piece), piece)
					}
					io.WriteString(conn, "0\r\nX-Trailer: "+header+"\r\n\r\n")
				})
				e := c.Do(context.Background(), exchange.Request{Method: "POST", URL: base + "/t?state=s&id_token=" + idToken,
					Header: http.Header{"Authorization": {"Bearer " + plantedToken}, "Cookie": {"sid=" + plantedCookie}, "Content-Type": {"application/x-www-form-urlencoded"}},
					Body:   []byte("client_secret=" + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(plantedSecret, "%", "%25"), "&", "%26"), "+", "%2B") + "&code=" + plantedCode + "&code_verifier=" + plantedVerifier)})
				stored := r.Exchange(e)
				checkPlanted(t, stored, secret, kind+", "+spelling+", "+place)
				if out := r.Text("error: " + text + " in " + body); strings.Contains(out, "MARKED") || redacttest.Leaks(out, secret) != "" {
					t.Errorf("%s, %s, %s: printed as %q", kind, spelling, place, out)
				}
			}
		}
	}
}

func checkPlanted(t *testing.T, stored run.Exchange, secret, where string) {
	t.Helper()
	for name, text := range map[string]string{"request": flat(stored.Request), "response": flat(stored.Response), "curl": stored.Curl, "error": stored.Error} {
		for _, gone := range []string{"MARKED", plantedNRIC, "BIN ABDULLAH", "999999"} {
			if strings.Contains(text, gone) {
				t.Errorf("%s: %s still shows %q: %s", where, name, gone, text)
				return
			}
		}
		if found := redacttest.Leaks(text, secret); found != "" {
			t.Errorf("%s: %s still shows it as %s: %s", where, name, found, text)
		}
	}
}

// flat is every string of a value, as it was before JSON escaped it.
func flat(v any) string {
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			b.WriteString(v + "\n")
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	var plain any
	if err := json.Unmarshal(redacttest.Must(json.Marshal(v)), &plain); err != nil {
		panic(err)
	}
	walk(plain)
	return b.String()
}
