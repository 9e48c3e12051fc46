package loadtest

import (
	"fmt"
	"strings"
	"testing"

	"sgidcheck/internal/redact"
)

func TestRecentSecretsAreKnownAndBounded(t *testing.T) {
	var r recent
	for i := range 3 * recentSecrets {
		r.remember(secret{redact.KindCode, fmt.Sprintf("code-%06d-of-a-login", i)})
	}
	if n := len(r.after) + len(r.ring); n != 2*recentSecrets {
		t.Errorf("%d are remembered", n)
	}
	redactor := redact.New()
	r.teach(redactor)
	for i, known := range map[int]bool{0: true, recentSecrets - 1: true, recentSecrets: false, 2*recentSecrets - 1: false, 2 * recentSecrets: true, 3*recentSecrets - 1: true} {
		text := redactor.Text(fmt.Sprintf("code-%06d-of-a-login", i))
		if strings.Contains(text, "[redacted code") != known {
			t.Errorf("secret %d: %s", i, text)
		}
	}
	if r.teach(redactor); redactor.Known(redact.KindCode) != 2*recentSecrets {
		t.Errorf("%d codes are known", redactor.Known(redact.KindCode))
	}
	(*recent)(nil).remember(secret{})
	(*recent)(nil).teach(redactor)
}

func TestTokensOfEveryLoginAreRemembered(t *testing.T) {
	j := &judge{mode: CheckNone, recent: &recent{}}
	body := `{"access_token":"an-access-token-of-a-login","id_token":"eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl","token_type":"Bearer"}`
	if _, detail := j.token(&outcome{}, &answer{body: []byte(body)}, &Code{}); detail != "" {
		t.Fatal(detail)
	}
	redactor := redact.New()
	j.recent.teach(redactor)
	for _, kind := range []string{redact.KindAccessToken, redact.KindIDToken} {
		if redactor.Known(kind) != 1 {
			t.Errorf("%d of kind %s are known", redactor.Known(kind), kind)
		}
	}
}
