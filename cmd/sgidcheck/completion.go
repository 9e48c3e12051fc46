package main

import (
	"slices"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/loadtest"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// complete lets a shell offer the values of every flag, and no files where a
// command takes no argument.
func complete(root *cobra.Command) {
	all := table(root)
	eachCommand(root, func(cmd *cobra.Command) {
		if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && cmd.Use == cmd.Name() {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			s, ok := config.SettingOf(f)
			if !ok {
				return
			}
			offered := offeredFor(s)
			if s.Key == "init-set" {
				offered = func() []string { return entries(all) }
			}
			if err := cmd.RegisterFlagCompletionFunc(f.Name, completion(s, f, offered)); err != nil {
				panic(err) // a flag that is not there, or there twice
			}
		})
	})
}

// offeredFor is the values of a setting that a shell may offer, each with what it
// means after a tab.
func offeredFor(s config.Setting) func() []string {
	switch {
	case s.Complete != nil:
		return s.Complete
	case s.Key == "select" || s.Key == "skip":
		return checkNames
	case s.Key == "thresholds":
		return loadtest.Figures
	case s.Type == config.TypeScopes:
		return scopeNames
	case s.Type == config.TypeBool:
		return func() []string { return []string{"true", "false"} }
	}
	return func() []string { return s.Choices }
}

// separators is what stands between the values of a setting that takes several.
func separators(s config.Setting) string {
	switch {
	case s.Uncut:
		return ""
	case s.Type == config.TypeList:
		return ","
	case s.Type == config.TypeScopes:
		return ", "
	}
	return ""
}

// completion offers the values of a flag that continue what was begun, those
// that were given already left out. Files and folders are the shell's to offer.
func completion(s config.Setting, f *pflag.Flag, offered func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		at := 0
		if i := strings.LastIndexAny(begun, separators(s)); i >= 0 {
			at = i + 1
		}
		before, last := begun[:at], begun[at:]
		given := before
		if f.Changed {
			given += "," + f.Value.String()
		}
		given = "," + strings.NewReplacer(" ", ",").Replace(given) + ","
		var out []string
		for _, v := range offered() {
			name, _, _ := strings.Cut(v, "\t")
			if strings.HasPrefix(name, last) && (separators(s) == "" || !strings.Contains(given, ","+name+",")) {
				out = append(out, before+v)
			}
		}
		switch {
		case s.Type == config.TypeDir:
			return nil, cobra.ShellCompDirectiveFilterDirs
		case s.Type == config.TypeFile:
			return out, cobra.ShellCompDirectiveDefault // files where nothing is offered
		case slices.ContainsFunc(out, unfinished):
			return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// unfinished says of what is offered that more must follow.
func unfinished(offered string) bool {
	name, _, _ := strings.Cut(offered, "\t")
	return strings.HasSuffix(name, "=") || strings.HasSuffix(name, "<")
}

// described is what list holds, as a shell offers it: names with what they mean.
func described[T any](list []T, of func(T) (name, says string)) []string {
	var out []string
	for _, each := range list {
		name, says := of(each)
		out = append(out, name+"\t"+says)
	}
	return out
}

func checkNames() []string {
	areas := described(run.Areas(), func(area string) (string, string) { return area, "every check of area " + area })
	return append(areas, described(judge.Catalogue(), func(c judge.Check) (string, string) { return c.ID, c.Title })...)
}

func faultNames() []string {
	return described(provider.Faults(), func(f provider.Fault) (string, string) { return f.Name, f.Breaks })
}

func variantNames() []string {
	return described(provider.Variants(), func(v provider.Variant) (string, string) { return v.Name, v.Differs })
}

func flawNames() []string {
	return described(demoapp.Flaws(), func(f demoapp.Flaw) (string, string) { return f.Name, f.Breaks })
}

func demoVariantNames() []string {
	return described(demoapp.Variants(), func(v demoapp.Variant) (string, string) { return v.Name, v.Differs })
}

func scopeNames() []string {
	var names []string
	for _, s := range sgid.Scopes() {
		names = append(names, s.Name)
	}
	return names
}

// entries are the settings of a configuration file, as init --set takes them: with
// their values where these are known.
func entries(all config.Table) []string {
	var out []string
	for _, s := range all {
		if s.NoFile() || s.Type == config.TypeSteps {
			continue
		}
		out = append(out, s.Key+"=\t"+s.Help)
		if s.Type == config.TypeChoice || s.Type == config.TypeBool {
			for _, v := range offeredFor(s)() {
				out = append(out, s.Key+"="+v)
			}
		}
	}
	return out
}
