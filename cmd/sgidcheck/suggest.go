package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/layout"
	"sgidcheck/internal/nearest"
	"sgidcheck/internal/redact"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// likely is the known word that was probably meant; "" where none is close.
func likely(wrote string, known []string) string {
	if word, distance := nearest.Of(wrote, known); word != "" && distance <= max(2, len(wrote)/3) {
		return word
	}
	return ""
}

// oneOf says that a value is none of the known ones, with the nearest, or with all
// of them where they are few.
func oneOf(what, wrote string, known []string) error {
	if slices.Contains(known, wrote) {
		return nil
	}
	text := fmt.Sprintf("unknown %s %s", what, redact.Quoted(wrote))
	if near := likely(wrote, known); near != "" {
		return fmt.Errorf("%s; did you mean %s?", text, near)
	}
	if len(known) <= 15 {
		return fmt.Errorf("%s; want one of %s", text, strings.Join(known, ", "))
	}
	return errors.New(text)
}

// flagError says what was probably meant by a flag that the command does not have.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	name, short := unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames()
	if short != "" { // what follows one hyphen
		name, _, _ = strings.Cut(short, "=")
		if cmd.Flags().Lookup(name) != nil {
			return fmt.Errorf("unknown flag -%s; did you mean --%s, with two hyphens?", name, name)
		}
	}
	hyphens := map[bool]string{true: "-", false: "--"}[short != ""]
	text := "unknown flag " + hyphens + redact.NameOr(name, "…")
	all := table(cmd.Root())
	if s, ok := all.ByKey(name); ok && s.Secret {
		return fmt.Errorf("%s: a secret is never a flag's value; set %s, or name its file with --%s", text, s.Env[0], fileOf(all, name))
	}
	names := []string{"help"}
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	var elsewhere []string
	for _, s := range all {
		if s.Flag == name {
			elsewhere = append(elsewhere, s.Commands...)
		}
	}
	near := likely(name, names)
	switch {
	case len(elsewhere) > 0:
		return fmt.Errorf("%s: it is a flag of %s, and not of %s", text, strings.Join(elsewhere, ", "), cmd.CommandPath())
	case near != "":
		return fmt.Errorf("%s; did you mean --%s?", text, near)
	}
	return errors.New(text)
}

// fileOf is the flag that names the file of a secret.
func fileOf(all config.Table, secret string) string {
	for _, key := range []string{secret + "-file", strings.TrimSuffix(secret, "-pem")} {
		if s, ok := all.ByKey(key); ok && s.Flag != "" {
			return s.Flag
		}
	}
	return secret
}

// noArguments is for commands that take none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unexpected(cmd, args[0])
}

// arguments is for commands that take so many; most is 0 where there may be more.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least {
			return fmt.Errorf("%s needs %s: %s", cmd.CommandPath(), what, usageLine(cmd))
		}
		if most > 0 && len(args) > most {
			return fmt.Errorf("%s takes %s and no more: %s", cmd.CommandPath(), what, usageLine(cmd))
		}
		return nil
	}
}

func usageLine(cmd *cobra.Command) string {
	return strings.TrimSpace(cmd.Parent().CommandPath() + " " + cmd.Use)
}

// unexpected says what was probably meant by a word where no argument belongs.
func unexpected(cmd *cobra.Command, word string) error {
	text := fmt.Sprintf("%s takes no argument, and got %s", cmd.CommandPath(), redact.Quoted(word))
	var below, flags []string
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() || child.Name() == "help" {
			below = append(below, child.Name())
		}
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	if len(below) == 0 {
		name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if near := likely(name, flags); near != "" {
			return fmt.Errorf("%s; did you mean --%s?", text, near)
		}
		return errors.New(text)
	}
	text = fmt.Sprintf("unknown command %s of %s", redact.Quoted(word), cmd.CommandPath())
	if cmd == cmd.Root() {
		text = "unknown command " + redact.Quoted(word)
		eachCommand(cmd, func(deep *cobra.Command) {
			if deep.Name() == word && deep.IsAvailableCommand() && !slices.Contains(below, word) {
				below = append(below, strings.TrimPrefix(deep.CommandPath(), cmd.Name()+" "))
				word = below[len(below)-1]
			}
		})
	}
	if near := likely(word, below); near != "" {
		return fmt.Errorf("%s; did you mean %s?", text, near)
	}
	return fmt.Errorf("%s; the commands are %s", text, strings.Join(below, ", "))
}

// tellCommands makes what cobra adds by itself refuse what it does not know as
// every command does.
func tellCommands(root *cobra.Command, args []string) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	for _, child := range root.Commands() {
		switch child.Name() {
		case "help":
			child.Short = "Print the help of a command"
			child.Run = nil
			child.RunE = help
		case "completion":
			child.Short = "Print the script by which a shell completes commands and values"
			child.Long = `Prints the script by which a shell completes commands, flags and the values of
flags: names of faults, checks, scopes, formats. The help of each shell says how
it is loaded: sgidcheck completion bash --help.`
			child.Args = noArguments
			child.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range child.Commands() {
				shell.Args = noArguments
				var lines []string
				for line := range strings.SplitSeq(shell.Long, "\n") {
					lines = append(lines, layout.Message("", line, layout.Columns))
				}
				shell.Long = strings.Join(lines, "\n")
			}
		}
	}
}

func help(cmd *cobra.Command, args []string) error {
	found := cmd.Root()
	for _, word := range args {
		var next *cobra.Command
		for _, child := range found.Commands() {
			if child.Name() == word {
				next = child
			}
		}
		if next == nil {
			return unexpected(found, word)
		}
		found = next
	}
	found.InitDefaultHelpFlag()
	return found.Help()
}
