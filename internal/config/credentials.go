package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"sgidcheck/internal/sgid"

	"sgidcheck/internal/redact"
)

// maxPathLength is how long a text may be to be taken for a path.
const maxPathLength = 512

// secret takes the client secret from the environment or its file: a file named
// by a flag comes first, then the environment.
func (l *loader) secret(d *partyDraft) string {
	value, g, where := d.secret.text(), d.secret, "it"
	if d.secretFile.set() && (!g.set() || strings.HasPrefix(d.secretFile.origin, "flag")) {
		g = d.secretFile
		where = redact.FileNamed(g.text(), true)
		body, err := l.contents(g.text())
		if err != nil {
			l.wrong(g, fmt.Sprintf("%s cannot be read: %s", where, Plain(err)), "name a file that holds the client secret and nothing else")
			return ""
		}
		l.readableByOthers(g.text())
		value = string(bytes.TrimRight(sgid.PlainText(body), "\r\n"))
		if form := redact.SecretForm(value); form == "a PEM block" || form == "a JWK" {
			l.wrong(g, where+" holds "+form+" instead of the client secret", "put only the client secret there")
			return ""
		}
	}
	if !g.set() {
		return ""
	}
	value = strings.TrimPrefix(value, "\ufeff")
	switch {
	case strings.TrimSpace(value) == "":
		l.wrong(g, where+" is empty", "put the client secret there")
		return ""
	case strings.ContainsAny(value, "\r\n\x00"):
		l.wrong(g, where+" holds more than one line", "put only the client secret there")
		return ""
	}
	l.credential(g, "client secret", value)
	return value
}

// key takes the private key from the environment or its file.
func (l *loader) key(d *partyDraft, p *Registration) {
	g, pem := d.key, []byte(d.key.text())
	if d.keyFile.set() && (!g.set() || strings.HasPrefix(d.keyFile.origin, "flag")) {
		g = d.keyFile
		body, err := readBounded(g.text())
		if err != nil {
			l.wrong(g, fmt.Sprintf("%s cannot be read: %s", redact.FileNamed(g.text(), true), Plain(err)), "name the PEM file from the developer portal")
			return
		}
		l.readableByOthers(g.text())
		pem = body
	}
	key, err := sgid.ParsePrivateKey(pem)
	if err != nil {
		problem, remedy := err.Error(), "use the PEM file from the developer portal"
		var says *sgid.KeyError
		if errors.As(err, &says) {
			problem, remedy = says.Problem, says.Remedy
		}
		if g.setting.Secret && !bytes.ContainsAny(pem, "\n{") && len(pem) < maxPathLength {
			remedy += "; for a file, set " + g.setting.Env[0] + "_FILE or --" + strings.TrimSuffix(g.setting.Key, "-pem")
		}
		l.wrong(g, problem, remedy)
		return
	}
	p.Key = key
}

// readableByOthers warns about a file with credentials that other users can read.
// Not of one that Kubernetes has mounted for this group alone, as it does with
// fsGroup: nobody could give it another mode, and the pod has no other users.
func (l *loader) readableByOthers(name string) {
	if runtime.GOOS == "windows" {
		return
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && !mountedForGroup(name, info) {
		l.warn("%s can be read by other users of this machine (mode %04o): chmod 600 %s", name, info.Mode().Perm(), name)
	}
}

// mountedForGroup says that a file is of a mounted Secret, which only its group can
// read. Such a folder has its files as links by way of ..data.
func mountedForGroup(name string, info os.FileInfo) bool {
	if info.Mode().Perm()&0o037 != 0 {
		return false
	}
	link, err := os.Readlink(name)
	return err == nil && strings.HasPrefix(filepath.ToSlash(link), "..data/")
}

var (
	quotePairs  = []string{`""`, "''", "``", "“”", "‘’"}
	assignment  = regexp.MustCompile(`^(?:export\s+|set\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*[=:]`)
	placeholder = regexp.MustCompile(`(?i)^(?:<.*>|\$\{?\w+\}?|\{\{.*\}\}|your[-_ ]?(?:sgid[-_ ]?)?client[-_ ]?(?:id|secret)|change[-_ ]?me|to[-_ ]?do|x{3,}|\.{3,})$`)
)

// credential notices what is around a client ID or secret that was copied from
// somewhere, and what is no credential at all. A target would answer it with
// invalid_client, and nothing would say why.
func (l *loader) credential(g given, what, value string) {
	own := strings.TrimSuffix(g.setting.Env[0], "_FILE")
	if m := assignment.FindStringSubmatch(value); m != nil && strings.EqualFold(m[1], own) {
		l.wrong(g, "the "+what+" begins with "+own+" followed by = or :", "give only the value, without its name")
		return
	}
	switch {
	case value == clientIDPlaceholder:
		l.wrong(g, "the "+what+" is a template placeholder", "put the "+what+" from the developer portal there")
	case strings.ContainsFunc(value, func(c rune) bool { return c < 0x20 || c == 0x7f }):
		l.wrong(g, "the "+what+" holds a control character", "copy it again, without anything else")
	case placeholder.MatchString(value):
		l.warn("the %s (%s) looks like an example's placeholder: use the value from the developer portal", what, g.origin)
	case inQuotes(value):
		l.warn("the %s (%s) is in quotes, which are sent as part of the value; if that is not intended, remove them (docker --env-file keeps quotes, a shell does not)", what, g.origin)
	case assignment.MatchString(value) && strings.Contains(value, "="):
		l.warn("the %s (%s) looks like NAME=VALUE: if that is not intended, keep only the value", what, g.origin)
	case strings.TrimFunc(value, unseen) != value:
		l.warn("the %s (%s) begins or ends with a space: if that is not intended, remove it", what, g.origin)
	case strings.ContainsFunc(value, func(c rune) bool { return c > 0x7e }):
		l.warn("the %s (%s) holds a non-ASCII character, which may be invisible: copy it again", what, g.origin)
	}
}

// BlameCredentials is what to say beside a token request that the target
// refuses before it has granted any, with the body of its response: where it says
// invalid_client (RFC 6749 section 5.2), the client's credentials are the first
// suspect. Empty: it says something else, or the credentials are not of the
// user's making.
func (c *Config) BlameCredentials(p *Registration, body []byte) string {
	if e, _ := sgid.ParseOAuthError(body); e == nil || e.Code != "invalid_client" {
		return ""
	}
	prefix := ""
	if c.Second != nil && p.ClientID == c.Second.ClientID {
		prefix = "second-"
	}
	var from []string
	for _, v := range c.Values {
		switch v.Setting.Key {
		case prefix + "client-id", prefix + "client-secret", prefix + "client-secret-file":
			if v.Origin != "not set" {
				from = append(from, fmt.Sprintf("%s (%s)", v.Setting.Key, v.Origin))
			}
		}
	}
	if len(from) == 0 {
		return ""
	}
	slices.Reverse(from) // the secret is what is wrong most often
	return "check first " + strings.Join(from, " and ") +
		": compare them with the client's registration at this target, and make sure that nothing else was copied with them ('sgidcheck doctor' looks for quotes, names and spaces)"
}

// inQuotes says whether a value stands between quotes of any kind.
func inQuotes(value string) bool {
	return slices.ContainsFunc(quotePairs, func(pair string) bool {
		opening, size := utf8.DecodeRuneInString(pair)
		return len(value) >= len(pair) && strings.HasPrefix(value, string(opening)) && strings.HasSuffix(value, pair[size:])
	})
}
