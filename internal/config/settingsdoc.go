package config

import (
	"fmt"
	"strings"
)

// SettingsMarkdown is the table of all settings for the documentation: key in
// the configuration file, flag, environment variable, default and meaning.
func SettingsMarkdown() string {
	var b strings.Builder
	var group Group
	for _, s := range table {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n### %s\n\n| in `%s` | flag | environment | default | meaning |\n| --- | --- | --- | --- | --- |\n", groupHeads[group], DefaultFile)
		}
		key, flag, standing := "`"+s.Key+"`", "", ""
		if s.NoFile() {
			key = ""
		}
		if !s.NoFlag() {
			flag = "`--" + s.Flag + "`"
		}
		if s.Default != "" {
			standing = "`" + s.Default + "`"
		}
		help := s.Help
		if s.Type == TypeChoice {
			help += " (" + strings.Join(s.Choices, ", ") + ")"
		}
		env := ""
		if len(s.Env) > 0 {
			env = "`" + strings.Join(s.Env, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", key, flag, env, standing, strings.ReplaceAll(help, "|", `\|`))
	}
	return strings.TrimPrefix(b.String(), "\n")
}
