package config

import (
	"regexp"
	"slices"
	"strings"

	"sgidcheck/internal/redact"
)

// boundText is the text of a threshold.
var boundText = regexp.MustCompile(`^[a-z_]{1,20}(\.[a-z0-9_.]{1,8})?\s*(<=|>=|==|<|>)\s*[0-9.]{1,12}\s*([a-z]{1,2}|%|/s)?$`)

// mayBeSecret says whether a value that was taken may be a secret all the same.
// Client IDs are as random as secrets, and are none.
func (g given) mayBeSecret() bool {
	key := strings.TrimPrefix(g.setting.Key, "second-")
	items := g.items
	switch {
	case key == "client-id":
		return false
	case g.setting.Type == TypeURL || key == "redirect-uris":
		return slices.ContainsFunc(items, func(item string) bool { return redact.QuotedURL(item) == redact.ItsValue })
	case g.setting.Type == TypeScopes:
		items = ScopeList(g.text())
	}
	return slices.ContainsFunc(items, func(item string) bool {
		if key == "thresholds" && boundText.MatchString(item) {
			return false
		}
		return !redact.IsPlace(item) && redact.MayBeSecret(item)
	})
}

// misplaced says what secret a value holds that is none by its setting: key text
// where a file belongs, another setting's secret. Empty: none.
func (l *loader) misplaced(g given) (problem, remedy string) {
	if g.setting.Key == "client-secret" || g.setting.Key == "second-client-secret" {
		if form := redact.SecretForm(g.raw); form == "a PEM block" || form == "a JWK" {
			return "it holds " + form + " instead of the client secret", "put the key in " + sgidPrefix + "PRIVATE_KEY, and the client secret here"
		}
	}
	if g.setting.Secret {
		return "", ""
	}
	remedy = "remove it from there; a secret that was put in the wrong place should be replaced"
	if form := redact.SecretForm(g.raw); form != "" {
		if strings.HasSuffix(g.setting.Key, "private-key") {
			return "it holds " + form + " instead of a file name", "name the file, or put the key itself into " + strings.TrimSuffix(g.setting.Env[0], "_FILE")
		}
		return "it holds " + form, remedy
	}
	if slices.Contains([]string{"select", "skip", "thresholds"}, g.setting.Key) && g.mayBeSecret() {
		return "one of its values may be a secret and is not a valid value here", remedy
	}
	for value, owner := range l.secrets {
		for _, item := range append(g.items, g.raw) {
			if strings.TrimSpace(item) == value {
				return "it holds the value of " + owner, remedy
			}
		}
	}
	return "", ""
}

// Withhold takes out of a message what stands in the arguments or the
// environment (as os.Environ gives it) and may be a secret, however the message
// escapes it: for messages of others, which quote what they were given.
func Withhold(message string, args, environ []string) string {
	values := map[string]bool{}
	for _, a := range args {
		values[a] = redact.MayBeSecret(a)
		if m := redact.Flagged.FindStringSubmatch(a); m != nil {
			values[m[2]] = redact.MayBeSecret(m[2])
		}
	}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if s, ok := table.byVariable(name); ok || strings.HasPrefix(name, ownPrefix) {
			values[value] = s.Secret && len(value) >= redact.Bounded || redact.MayBeSecret(value)
		}
	}
	r := redact.New()
	for value, secret := range values {
		if secret && !redact.IsPlace(value) {
			r.Learn(redact.KindPrivateKey, value) // of which every line counts
			for item := range strings.SplitSeq(value, ",") {
				if len(item) >= 16 {
					r.Learn(redact.KindPrivateKey, item)
				}
			}
		}
	}
	return r.Withheld(message)
}
