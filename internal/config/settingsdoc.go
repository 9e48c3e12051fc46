package config

import (
	"fmt"
	"slices"
	"strings"
)

// Markdown is the table for the documentation: under the heading of each group
// the commands that have it, and of each setting the key in the configuration
// file, flag, environment variables, default and meaning.
func (t Table) Markdown() string {
	var b strings.Builder
	var group Group
	t = slices.DeleteFunc(slices.Clone(t), Setting.hidden)
	for i, s := range t {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n### %s\n\n", group)
			if commands := t[i:].commands(); len(commands) > 0 && string(group) != "sgidcheck "+commands[0] {
				fmt.Fprintf(&b, "Flags of %s.\n\n", code(commands...))
			}
			fmt.Fprintf(&b, "| in `%s` | flag | environment | default | meaning |\n| --- | --- | --- | --- | --- |\n", DefaultFile)
		}
		key, flag, help := s.Key, s.Flag, s.Help
		if s.NoFile() {
			key = ""
		}
		if !s.NoFlag() {
			flag = "--" + flag
		}
		if len(s.Choices) > 0 {
			help += " (" + strings.Join(s.Choices, ", ") + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(key), code(flag), code(s.Env...), code(s.Default), strings.ReplaceAll(help, "|", `\|`))
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// commands is those that have a flag of the first setting's group.
func (t Table) commands() []string {
	var out []string
	for _, s := range t {
		for _, c := range s.Commands {
			if s.Group == t[0].Group && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// code is words as Markdown shows code; an empty one is left out.
func code(words ...string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "`, `") + "`"
}
