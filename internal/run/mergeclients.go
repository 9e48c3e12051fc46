package run

import (
	"fmt"
	"slices"
	"strings"
)

// Masked says that the value is not shown, as it is or may be a secret.
func (s Setting) Masked() bool {
	return strings.HasPrefix(s.Value, "(set, ") || strings.Contains(s.Value, "[redacted ")
}

// sameClients is an error where the records are of two clients: what one left
// unjudged is not what holds of another. A record that does not say who its client
// was, such as one against the embedded provider, which makes its own, may be of any.
func sameClients(records []*Record) error {
	for _, key := range []string{"client-id", "second-client-id"} {
		known := ""
		for _, r := range records {
			i := slices.IndexFunc(r.Settings, func(s Setting) bool { return s.Name == key })
			if i < 0 || r.Settings[i].Masked() {
				continue
			}
			switch id := strings.TrimSpace(r.Settings[i].Value); {
			case id == "" || id == known:
			case known == "":
				known = id
			default:
				return fmt.Errorf("the records are of different clients, %s %q and %q: compare them instead", key, known, id)
			}
		}
	}
	return nil
}
