package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/layout"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// table is the table of every setting: those that make a configuration, and
// what the commands of root have bound beside them.
func table(root *cobra.Command) config.Table {
	t := config.Settings()
	eachCommand(root, func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			s, ok := config.SettingOf(f)
			if !ok {
				return
			}
			i := slices.IndexFunc(t, func(known config.Setting) bool { return known.Key == s.Key })
			if i < 0 {
				i, t = len(t), append(t, s)
			}
			if !cmd.Hidden {
				t[i].Commands = append(t[i].Commands, strings.TrimPrefix(cmd.CommandPath(), root.Name()+" "))
			}
		})
	})
	return t
}

// eachCommand calls visit for a command and all below it.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, child := range cmd.Commands() {
		eachCommand(child, visit)
	}
}

// resolve reads the settings of a command: what was bound on it with Rows, and those of
// the groups (none: all) that make a configuration. Warnings are printed.
func resolve(cmd *cobra.Command, groups ...config.Group) (*config.Config, error) {
	settings, err := table(cmd.Root()).Resolve(cmd.Flags(), os.Environ(), "", groups...)
	if err != nil {
		return nil, exit(exitUsage, err)
	}
	for _, w := range settings.Warnings {
		if !settings.Quiet {
			tell(cmd.ErrOrStderr(), columnsOf(cmd.ErrOrStderr()), "warning: ", w)
		}
	}
	return settings, nil
}

// resolveOwn is resolve for a command that has no need of a configuration; the
// others call resolve themselves.
func resolveOwn(cmd *cobra.Command, _ []string) error {
	if config.MakesConfig(cmd.Flags()) {
		return nil
	}
	_, err := resolve(cmd, config.Own)
	return err
}

// usage is cobra's, with the flags under the headings of their groups, those first that are
// needed most.
func usage(cmd *cobra.Command) error {
	const common = "Common flags"
	groups, heads, shared := map[string]*pflag.FlagSet{}, []string{common}, 0
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		head := common
		if s, ok := config.SettingOf(f); ok && !s.Common {
			head = string(s.Group)
		} else if ok {
			shared++
		}
		if groups[head] == nil {
			groups[head] = pflag.NewFlagSet(head, pflag.ContinueOnError)
			groups[head].SortFlags = false
		}
		groups[head].AddFlag(f)
		if !slices.Contains(heads, head) {
			heads = append(heads, head)
		}
	})
	if shared < 2 { // --config alone is no group
		groups = map[string]*pflag.FlagSet{"Flags": cmd.LocalFlags()}
		heads = []string{"Flags"}
	}
	hide := func(hidden bool) { cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = hidden }) }
	hide(true)
	err := new(cobra.Command).UsageFunc()(cmd)
	hide(false)
	for _, head := range heads {
		if usages := groups[head].FlagUsagesWrapped(cmp.Or(columnsOf(cmd.OutOrStderr()), layout.Columns)); usages != "" {
			fmt.Fprintf(cmd.OutOrStderr(), "\n%s:\n%s", head, usages)
		}
	}
	return err
}
