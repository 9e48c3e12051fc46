package redact

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

// ItsValue stands in a message for a value that it must not show.
const ItsValue = "its value"

// Quoted is a value as a message may show it, in quotes, and "its value" where
// it may be a secret. It is for values of a few characters.
func Quoted(value string) string {
	if len(value) >= 16 || MayBeSecret(value) {
		return ItsValue
	}
	return fmt.Sprintf("%q", inert.Line(value))
}

// NameOr is a name as a message may show it, of a host, a scope or a key: itself,
// or other words where it may be a secret.
func NameOr(name, other string) string {
	if MayBeSecret(name) {
		return other
	}
	return inert.Line(name)
}

var quotedText = regexp.MustCompile("['\"`][^'\"`]{16,}['\"`]?")

// WithoutQuotes is a message of a parser without what it quotes at length.
func WithoutQuotes(message string) string { return quotedText.ReplaceAllString(message, "…") }

// QuotedURL is an address as a message may show it: without user, query and
// fragment, and "its value" where nothing of it is sure to be harmless.
func QuotedURL(address string) string {
	u, err := url.Parse(address)
	switch {
	case SecretForm(address) != "":
		return ItsValue
	case err == nil && u.Host != "" && u.Scheme != "":
		base := u.Scheme + "://" + u.Host + u.EscapedPath()
		if MayBeSecret(base) {
			return ItsValue
		}
		if strings.ContainsAny(address, "?#@") {
			base += " …"
		}
		return fmt.Sprintf("%q", inert.Line(base))
	case err == nil && strings.Contains(address, ".") && hostText.MatchString(address) && !MayBeSecret(address):
		return fmt.Sprintf("%q", address)
	}
	return Quoted(address)
}

// IsPlace says whether a text names a file or folder that is there, or lies in
// a folder below the root, which no secret's text does.
func IsPlace(path string) bool {
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

// FileNamed is a path as a message may show it, and "the file" where it may be a
// secret. What is there, is no secret; where secrets are expected, a name with
// neither folder nor extension may be one.
func FileNamed(path string, secretExpected bool) string {
	if SecretForm(path) == "" && IsPlace(path) {
		return inert.Line(path)
	}
	plain := filepath.Ext(path) != "" || strings.HasPrefix(path, "/") || strings.HasPrefix(path, ".")
	if MayBeSecret(path) || secretExpected && !plain {
		return "the file"
	}
	return inert.Line(path)
}

// ownNames are the flags whose values may look like secrets and are none: an ID
// at the target, a folder's name.
var ownNames = []string{"--client-id", "--second-client-id", "--out", "--resume"}

// Flagged is an argument that holds a flag and its value.
var Flagged = regexp.MustCompile(`(?s)^(--?[a-z][a-z0-9-]*)=(.*)$`)

// withheldArgument is args[i] without its value, where that may be a secret.
// Into addresses the redactor looks.
func withheldArgument(args []string, i int) (string, bool) {
	flag, value, shown := "", args[i], "(withheld)"
	if m := Flagged.FindStringSubmatch(value); m != nil {
		flag, value, shown = m[1], m[2], m[1]+"=(withheld)"
	} else if i > 0 {
		flag = args[i-1]
	}
	switch {
	case SecretForm(value) != "":
		return shown, true
	case IsPlace(value), slices.Contains(ownNames, flag), strings.Contains(value, "://"), strings.Contains(value, "?"):
		return "", false
	}
	return shown, slices.ContainsFunc(strings.Split(value, ","), MayBeSecret)
}

// Withheld is a text without what was learnt, and otherwise as it is.
func (r *Redactor) Withheld(s string) string {
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
