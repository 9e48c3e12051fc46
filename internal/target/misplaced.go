package target

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sgidcheck/internal/inert"
)

var (
	pemText   = regexp.MustCompile(`-----\s*BEGIN|PRIVATE\s*KEY-----`)
	jwtText   = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*\.`)
	jwkText   = regexp.MustCompile(`"kty"\s*:|\bkty\s*:`)
	uuidText  = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
	alnumRun  = regexp.MustCompile(`[A-Za-z0-9]+`)
	wordText  = regexp.MustCompile(`[A-Z]?[a-z]{3,14}|[A-Z]{4,14}`)
	oddInText = regexp.MustCompile("[+=&$!^~;{}\"'`\\\\@#\\x00-\\x1f\\x7f]")
	boundText = regexp.MustCompile(`^[a-z_]{1,20}(\.[a-z0-9_.]{1,8})?\s*(<=|>=|==|<|>)\s*[0-9.]{1,12}\s*([a-z]{1,2}|%|/s)?$`) // a threshold
	hostText  = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?$`)
)

// SecretForm names the kind of secret that a text is by its form: a PEM block, a
// token, a JWK; empty where it has none of these.
func SecretForm(text string) string {
	switch {
	case pemText.MatchString(text):
		return "a PEM block"
	case jwtText.MatchString(text):
		return "a token (JWT)"
	case jwkText.MatchString(text):
		return "a JWK"
	}
	return ""
}

// MayBeSecret says whether a text may be a secret that was put where another
// value belongs: it has a secret's form, or is long and not made of words as
// names, paths and hosts are.
func MayBeSecret(text string) bool {
	switch {
	case SecretForm(text) != "":
		return true
	case len(text) < 16:
		return false
	case len(text) > 200, uuidText.MatchString(text), oddInText.MatchString(text), !utf8.ValidString(text):
		return true
	}
	random := 0
	for _, run := range alnumRun.FindAllString(text, -1) {
		rest := len(wordText.ReplaceAllString(run, ""))
		switch digits := strings.Trim(run, "0123456789") == ""; {
		case digits && len(run) < 16, !digits && rest == 0:
		default:
			random += rest
		}
	}
	return random >= 12
}

// itsValue stands in a message for a value that it must not show.
const itsValue = "its value"

// quoted is a value as a message may show it, in quotes, and "its value" where
// it may be a secret. It is for values of a few characters.
func quoted(value string) string {
	if len(value) >= 16 || MayBeSecret(value) {
		return itsValue
	}
	return fmt.Sprintf("%q", inert.Line(value))
}

// nameOr is a name as a message may show it, of a host, a scope or a key: itself,
// or other words where it may be a secret.
func nameOr(name, other string) string {
	if MayBeSecret(name) {
		return other
	}
	return inert.Line(name)
}

var quotedText = regexp.MustCompile("['\"`][^'\"`]{16,}['\"`]?")

// withoutQuotes is a message of a parser without what it quotes at length.
func withoutQuotes(message string) string { return quotedText.ReplaceAllString(message, "…") }

// quotedURL is an address as a message may show it: without user, query and
// fragment, and "its value" where nothing of it is sure to be harmless.
func quotedURL(address string) string {
	u, err := url.Parse(address)
	switch {
	case SecretForm(address) != "":
		return itsValue
	case err == nil && u.Host != "" && u.Scheme != "":
		base := u.Scheme + "://" + u.Host + u.EscapedPath()
		if MayBeSecret(base) {
			return itsValue
		}
		if strings.ContainsAny(address, "?#@") {
			base += " …"
		}
		return fmt.Sprintf("%q", inert.Line(base))
	case err == nil && strings.Contains(address, ".") && hostText.MatchString(address) && !MayBeSecret(address):
		return fmt.Sprintf("%q", address)
	}
	return quoted(address)
}

// isPlace says whether a text names a file or folder that is there, or lies in
// a folder below the root, which no secret's text does.
func isPlace(path string) bool {
	if _, err := os.Lstat(path); err == nil {
		return true
	}
	if !filepath.IsAbs(path) {
		return false
	}
	for up := filepath.Dir(path); up != filepath.Dir(up); up = filepath.Dir(up) {
		if _, err := os.Lstat(up); err == nil {
			return true
		}
	}
	return false
}

// fileNamed is a path as a message may show it, and "the file" where it may be a
// secret. What is there, is no secret; where secrets are expected, a name with
// neither folder nor extension may be one.
func fileNamed(path string, secretExpected bool) string {
	if SecretForm(path) == "" && isPlace(path) {
		return inert.Line(path)
	}
	plain := filepath.Ext(path) != "" || strings.HasPrefix(path, "/") || strings.HasPrefix(path, ".")
	if MayBeSecret(path) || secretExpected && !plain {
		return "the file"
	}
	return inert.Line(path)
}

// mayBeSecret says whether a value that was taken may be a secret all the same.
// Client IDs are as random as secrets, and are none.
func (g given) mayBeSecret() bool {
	key := strings.TrimPrefix(g.setting.Key, "second-")
	items := g.items
	switch {
	case key == "client-id":
		return false
	case g.setting.Type == TypeURL || key == "redirect-uris":
		return slices.ContainsFunc(items, func(item string) bool { return quotedURL(item) == itsValue })
	case g.setting.Type == TypeScopes:
		items = ScopeList(g.text())
	}
	return slices.ContainsFunc(items, func(item string) bool {
		if key == "thresholds" && boundText.MatchString(item) {
			return false
		}
		return !isPlace(item) && MayBeSecret(item)
	})
}

// misplaced says what secret a value holds that is none by its setting: key text
// where a file belongs, another setting's secret. Empty: none.
func (l *loader) misplaced(g given) (problem, remedy string) {
	if g.setting.Key == "client-secret" || g.setting.Key == "second-client-secret" {
		if form := SecretForm(g.raw); form == "a PEM block" || form == "a JWK" {
			return "it holds " + form + " in place of the client secret", "put the key into " + sgidPrefix + "PRIVATE_KEY, and the client secret here"
		}
	}
	if g.setting.Secret {
		return "", ""
	}
	remedy = "remove it there; a secret that stood in a wrong place should be replaced"
	if form := SecretForm(g.raw); form != "" {
		if strings.HasSuffix(g.setting.Key, "private-key") {
			return "it holds " + form + " in place of a file's name", "name the file, or put the key itself into " + strings.TrimSuffix(g.setting.Env[0], "_FILE")
		}
		return "it holds " + form, remedy
	}
	if slices.Contains([]string{"select", "skip", "thresholds"}, g.setting.Key) && g.mayBeSecret() {
		return "one of its members may be a secret, and is none of what belongs there", remedy
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

// ownNames are the flags whose values may look like secrets and are none: an ID
// at the target, a folder's name.
var ownNames = []string{"--client-id", "--second-client-id", "--out", "--resume"}

// flagged is an argument that holds a flag and its value.
var flagged = regexp.MustCompile(`(?s)^(--?[a-z][a-z0-9-]*)=(.*)$`)

// withheldArgument is args[i] without its value, where that may be a secret.
// Into addresses the redactor looks.
func withheldArgument(args []string, i int) (string, bool) {
	flag, value, shown := "", args[i], "(withheld)"
	if m := flagged.FindStringSubmatch(value); m != nil {
		flag, value, shown = m[1], m[2], m[1]+"=(withheld)"
	} else if i > 0 {
		flag = args[i-1]
	}
	switch {
	case SecretForm(value) != "":
		return shown, true
	case isPlace(value), slices.Contains(ownNames, flag), strings.Contains(value, "://"), strings.Contains(value, "?"):
		return "", false
	}
	return shown, slices.ContainsFunc(strings.Split(value, ","), MayBeSecret)
}

// Withhold takes out of a message what stands in the arguments or the
// environment (as os.Environ gives it) and may be a secret, however the message
// escapes it: for messages of others, which quote what they were given.
func Withhold(message string, args, environ []string) string {
	values := map[string]bool{}
	for _, a := range args {
		values[a] = MayBeSecret(a)
		if m := flagged.FindStringSubmatch(a); m != nil {
			values[m[2]] = MayBeSecret(m[2])
		}
	}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if s, ok := settingByVariable(name); ok {
			values[value] = s.Secret && len(value) >= bounded || MayBeSecret(value)
		}
	}
	r := NewRedactor()
	for value, secret := range values {
		if secret && !isPlace(value) {
			r.Learn(KindPrivateKey, value) // of which every line counts
			for item := range strings.SplitSeq(value, ",") {
				if len(item) >= 16 {
					r.Learn(KindPrivateKey, item)
				}
			}
		}
	}
	return r.withheld(message)
}

// withheld is a text without what was learnt, and otherwise as it is.
func (r *Redactor) withheld(s string) string {
	var found []span
	for _, v := range views(s) {
		r.index.find(v.text, func(from, to int, _ *label) {
			a, b := v.source(from, to)
			found = append(found, span{from: a, to: b})
		})
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out strings.Builder
	at := 0
	for _, f := range found {
		if f.from >= at {
			out.WriteString(s[at:f.from] + "(withheld)")
		}
		at = max(at, f.to)
	}
	return out.String() + s[at:]
}
