package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// The targets that Template writes a configuration for.
const (
	TemplateEmbedded = "embedded"
	TemplateMockPass = "mockpass"
	TemplateStaging  = "staging"
)

// clientIDPlaceholder stands in a template until it is replaced.
const clientIDPlaceholder = "CLIENT-ID-FROM-THE-DEVELOPER-PORTAL"

// Templates lists the names that Template takes.
func Templates() []string { return []string{TemplateEmbedded, TemplateMockPass, TemplateStaging} }

// preset is what a template sets; every other setting stands in it as a comment
// with its default.
var presets = map[string]map[string]string{
	TemplateEmbedded: {},
	TemplateMockPass: {
		"issuer":             "http://127.0.0.1:5156/v2",
		"endpoints":          EndpointsDocumented,
		"client-id":          "mockpass-accepts-any",
		"client-secret-file": "client-secret.txt",
		"private-key":        "node_modules/@opengovsg/mockpass/static/certs/key.pem",
		"redirect-uri":       "http://127.0.0.1:8085/callback",
		"scopes":             "openid myinfo.name myinfo.nric_number",
		"persona":            "S9812379B",
		"waivers":            "mockpass-4.3.4",
	},
	TemplateStaging: {
		"issuer":             sgid.IssuerStaging,
		"client-id":          clientIDPlaceholder,
		"client-secret-file": "client-secret.txt",
		"private-key":        "private-key.pem",
		"redirect-uri":       "http://127.0.0.1:8085/callback",
		"scopes":             "openid myinfo.name",
		"login":              LoginInteractive,
		"few-logins":         "true",
		"pace":               "2",
		"require":            run.RequireComplete,
	},
}

var templateHeads = map[string]string{
	TemplateEmbedded: "The embedded provider: no setting is required.",
	TemplateMockPass: "MockPass, in the folder of this file.",
	TemplateStaging:  "sgID staging, with the values from the developer portal.",
}

// templateNotes is what else stands in the head.
var templateNotes = map[string]string{TemplateMockPass: mockPass, TemplateStaging: portal}

// mockPass says how MockPass is had and served. It ends at requests that it should refuse.
const mockPass = `#
#   npm install @opengovsg/mockpass@4.3.4
#   echo any-line > client-secret.txt
#   while :; do MOCKPASS_NRIC=S9812379B npx mockpass; done
#
# It accepts any client, with any secret. It ends at some requests that it should
# refuse, and the loop starts it again.
#
`

// portal says where what the developer portal gives goes.
const portal = `#
# What the developer portal gives, and where it goes:
#
#   client ID            client-id, below
#   client secret        the file client-secret.txt: one line, and chmod 600
#   private key (PEM)    the file private-key.pem, and chmod 600
#   redirect URL         redirect-uri, below, character for character; register
#                        http://127.0.0.1:8085/callback, and logins come back by themselves
#   scopes               scopes, below: all that are registered, openid among them
#   a second client      the same under second-client-id and so on; without one
#                        it stays unjudged whether a code of another service is taken
#
# In CI the secrets come from the environment: SGID_CLIENT_SECRET, SGID_PRIVATE_KEY.
#
`

// Template is a commented sgidcheck.yaml for one of the Templates: every setting
// with its help and default, those that the target needs set, and those of own,
// each KEY=VALUE; several values of a list may come one by one. An unknown name is an error that lists the known ones, a setting
// that cannot stand in the file, or not with that value, one that names it.
func (t Table) Template(name string, own ...string) ([]byte, error) {
	preset, ok := presets[name]
	if !ok {
		return nil, fmt.Errorf("there is no configuration %q; the choices are %s", name, strings.Join(Templates(), ", "))
	}
	preset = maps.Clone(preset)
	values, err := t.entries(own)
	if err != nil {
		return nil, err
	}
	for key, value := range values {
		preset[key] = quotedScalar(value)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Configuration of sgidcheck. %s\n", templateHeads[name])
	b.WriteString("# Flags take precedence over environment variables, and those over this file. Never put secrets here.\n")
	b.WriteString(templateNotes[name])
	var group Group
	for _, s := range t {
		if s.Once || s.hidden() {
			continue
		}
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		b.WriteString("\n# " + strings.ToUpper(s.Help[:1]) + s.Help[1:] + ".\n")
		if s.Type == TypeChoice {
			fmt.Fprintf(&b, "# One of %s.\n", strings.Join(s.Choices, ", "))
		}
		if s.Secret {
			fmt.Fprintf(&b, "# From the environment only: %s\n", s.Env[0])
			continue
		}
		if names := otherNames(s); names != "" {
			fmt.Fprintf(&b, "# %s\n", names)
		}
		if value, ok := preset[s.Key]; ok {
			fmt.Fprintf(&b, "%s: %s\n", s.Key, value)
			continue
		}
		b.WriteString(commented(s))
	}
	return []byte(b.String()), nil
}

// entries are the values of the settings in list, each KEY=VALUE. The values of a
// setting that takes several may be given one by one.
func (t Table) entries(list []string) (map[string]string, error) {
	out := map[string]string{}
	rows := configSettings(t.loader())
	for _, entry := range list {
		key, value, assigned := strings.Cut(strings.TrimSpace(entry), "=")
		s, known := t.ByKey(key)
		switch {
		case !assigned && known:
			return nil, fmt.Errorf("%s has no value: write KEY=VALUE", key)
		case !assigned: // its value may stand in it, after another sign
			return nil, errors.New("a setting has no value: write KEY=VALUE")
		}
		if own, ok := rows.ByKey(key); ok {
			s = own
		}
		if err := t.writable(key, value, s, known); err != nil {
			return nil, err
		}
		before, twice := out[key]
		switch {
		case twice && s.Type == TypeList:
			value = before + "," + value
		case twice:
			return nil, fmt.Errorf("%s is given twice, and takes one value: leave one of them out", key)
		}
		out[key] = value
	}
	return out, nil
}

// writable says why a value cannot stand in the file, of the setting that key names
// where it is known.
func (t Table) writable(key, value string, s Setting, known bool) error {
	switch other := t.assignedIn(value); {
	case !known || s.Once:
		return fmt.Errorf("there is no setting %s: %s", redact.NameOr(key, "of that name"), didYouMean(key, t.fileKeys()))
	case s.Secret:
		return fmt.Errorf("%s is a secret, which does not belong into the file: put it into %s", key, s.Env[0])
	case s.Type == TypeSteps:
		return fmt.Errorf("%s is more than one value: write it into the file", key)
	case strings.TrimSpace(value) == "":
		return fmt.Errorf("%s is empty", key)
	case redact.SecretForm(value) != "":
		return fmt.Errorf("%s holds %s, which does not belong into the file", key, redact.SecretForm(value))
	case other != "":
		return fmt.Errorf("%s is followed by %s, after a comma: give each setting by itself", key, other)
	}
	if problem, remedy := put(taken(s, []string{value}, "argument")); problem != "" {
		return fmt.Errorf("%s: %s", key, strings.TrimSuffix(problem+"; "+remedy, "; "))
	}
	return nil
}

// assignedIn is the setting that a value assigns after a comma, as if it were not part
// of the value; empty: none.
func (t Table) assignedIn(value string) string {
	for _, part := range strings.Split(value, ",")[1:] {
		key, _, assigned := strings.Cut(strings.TrimSpace(part), "=")
		if _, known := t.ByKey(key); assigned && known {
			return key
		}
	}
	return ""
}

// quotedScalar is a value as a YAML scalar that is nothing but text.
func quotedScalar(value string) string {
	var b strings.Builder
	e := json.NewEncoder(&b) // a JSON string is a YAML one
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "''"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func otherNames(s Setting) string {
	var names []string
	if !s.NoFlag() {
		names = append(names, "--"+s.Flag)
	}
	return strings.Join(slices.Concat(names, s.Env), ", ")
}

// commented is a setting's line with its default, commented out.
func commented(s Setting) string {
	switch {
	case s.Type == TypeSteps:
		return "# login-steps:\n#   - fill: \"#username\"\n#     value: $PERSONA\n#   - click: text=Log in\n"
	case s.Default != "":
		return fmt.Sprintf("# %s: %s\n", s.Key, s.Default)
	case s.Type == TypeList:
		return fmt.Sprintf("# %s: []\n", s.Key)
	}
	return fmt.Sprintf("# %s:\n", s.Key)
}
