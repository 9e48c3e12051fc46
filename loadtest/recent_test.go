package loadtest

import (
	"fmt"
	"strings"
	"testing"

	"sgidcheck/internal/target"
)

func TestRecentSecretsAreKnownAndBounded(t *testing.T) {
	var r recent
	for i := range recentSecrets + 10 {
		r.remember(secret{target.KindCode, fmt.Sprintf("code-%06d-of-a-login", i)})
	}
	if len(r.ring) != recentSecrets {
		t.Errorf("%d are remembered", len(r.ring))
	}
	redactor := target.NewRedactor()
	r.teach(redactor)
	text := redactor.Text(fmt.Sprintf("code-%06d-of-a-login and code-%06d-of-a-login, not code-000003-of-a-login", recentSecrets+9, 10))
	if strings.Count(text, "[redacted code") != 2 || !strings.Contains(text, "code-000003") {
		t.Error(text)
	}
	if r.teach(redactor); redactor.Known(target.KindCode) != recentSecrets {
		t.Errorf("%d codes are known", redactor.Known(target.KindCode))
	}
	(*recent)(nil).remember(secret{})
	(*recent)(nil).teach(redactor)
}
