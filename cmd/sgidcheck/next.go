package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sgidcheck/internal/config"
	"sgidcheck/internal/doctor"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/layout"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
)

// The step that follows each of init, doctor and run, on the way to go-live.

// following is what to do next, in words, and the commands for it, which a shell takes
// as they are shown.
type following struct {
	says     string
	commands []string
}

func (f following) String() string {
	return strings.Join(append([]string{f.says}, f.commands...), "\n  ")
}

// lines is how many lines tell writes.
func (f following) lines(columns int) int {
	if f.says == "" {
		return 0
	}
	n := strings.Count(layout.Message("next: ", f.says, columns), "\n") + 1
	for _, c := range f.commands {
		n += len(continued(c, columns))
	}
	return n
}

// tell writes it, the words in lines of so many columns; 0: of any.
func (f following) tell(w io.Writer, columns int) {
	if f.says == "" {
		return
	}
	tell(w, columns, "next: ", f.says)
	for _, c := range f.commands {
		fmt.Fprintln(w, strings.Join(continued(c, columns), "\n"))
	}
}

// continued is a command in lines, as a shell continues them, where it has more than so
// many columns; 0: one line. A flag and its value stay together.
func continued(command string, columns int) (lines []string) {
	line, end := " ", " \\"
	for _, part := range flagParts(command) {
		if columns > 0 && layout.Width(line+" "+part+end) > columns && strings.TrimSpace(line) != "" {
			lines, line = append(lines, line+end), "   "
		}
		line += " " + part
	}
	return append(lines, line)
}

// flagParts are a command up to its first flag, and each flag with its value, quoted as
// they stand there.
func flagParts(command string) (parts []string) {
	from, quote := 0, byte(0)
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case quote == 0 && c == '\\': // and what it takes the meaning from
			i++
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && strings.HasPrefix(command[i:], " --"):
			parts, from = append(parts, command[from:i]), i+1
		}
	}
	return append(parts, command[from:])
}

// afterInit says what to do with the file that init wrote.
func afterInit(purpose, file string) following {
	named := ""
	if file != config.DefaultFile {
		named = " --config " + redact.Quote(file)
	}
	switch purpose {
	case config.TemplateEmbedded:
		return following{"run it", []string{"sgidcheck run" + named}}
	case config.TemplateStaging:
		return following{fmt.Sprintf("put what the developer portal gives where the head of %s says, then", file), []string{"sgidcheck doctor" + named}}
	}
	return following{fmt.Sprintf("start MockPass as the head of %s says, then", file), []string{"sgidcheck doctor" + named}}
}

// givenFlags is what stands on the command line, to be put behind another command: all
// but the flags named. Without it that command would have another target. What may be a
// secret by what the settings are is withheld.
func givenFlags(cmd *cobra.Command, settings *config.Config, but ...string) string {
	var b strings.Builder
	for _, arg := range config.GivenFlags(cmd.Flags(), but...) {
		flag, value, _ := strings.Cut(arg, "=")
		own, _ := config.SettingOf(cmd.Flags().Lookup(strings.TrimPrefix(flag, "--")))
		for _, v := range settings.Values {
			switch {
			case v.Setting.Key != own.Key || own.Flag == "": // another command may have a flag of that name
			case v.Withheld():
				value = "(withheld)"
			case v.Setting.Type == config.TypeURL:
				value = v.Value
			}
		}
		b.WriteString(" " + flag + "=" + redact.Quote(value))
	}
	return b.String()
}

// afterDoctor says what to do about what doctor found, which was called with the flags.
func afterDoctor(findings []doctor.Finding, flags string) following {
	has := func(s doctor.Status) bool {
		return slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Status == s })
	}
	if has(doctor.StatusProblem) {
		return following{"fix each problem, and run doctor again", nil}
	}
	says := "see what a run will ask of whom, then run"
	if has(doctor.StatusWarning) {
		says = "read the warnings, see what a run will ask of whom, then run"
	}
	return following{says, []string{"sgidcheck run --dry-run" + flags, "sgidcheck run" + flags}}
}

// afterRun says what to do with the record of a run in the folder out; nothing where
// nothing follows. Command is the one that it was started with, without its --resume.
func afterRun(r *run.Record, out, command string) following {
	resume := []string{command + " --resume " + redact.Quote(out)}
	report := filepath.Join(out, "report.html")
	left, beyond := unjudged(r)
	switch {
	case r.Target.Application != "":
		return following{afterRP(r, report), nil}
	case len(r.Checks) == 0 && r.Coverage == nil: // a load or decryption alone is not continued
		return following{}
	case !r.Complete:
		return following{"resume the run", resume}
	case len(r.Checks) == 0:
		return following{}
	case r.Summary.Fail > 0:
		return following{fmt.Sprintf("show %s to whoever runs the provider; after the repair run again with another --out, and compare", report),
			[]string{fmt.Sprintf("sgidcheck report diff %s NEW/run.json", redact.Quote(recordIn(out)))}}
	case r.Summary.Blocked > 0 || wants(r, run.WantLogins) && !unbounded(r) || resumable(r, beyond): // what is judged needs no second login
		return following{"what could not be judged stands in " + report + " with what it needs; supply that, and resume" + byProgram(beyond), resume}
	case left > len(beyond):
		return following{"what could not be judged stands in " + report + " with what it needs; supply that, and run again" + byProgram(beyond), nil}
	case left > 0:
		return following{report + " is for your security reviewer" + byProgram(beyond), nil}
	}
	return following{report + " is for your security reviewer", nil}
}

// unjudged is how many applicable MUST checks a run has left out, and which of them no
// run can judge in which a person logs in.
func unjudged(r *run.Record) (left int, beyond []string) {
	if r.Coverage == nil {
		return 0, nil
	}
	for _, u := range r.Coverage.NotJudged {
		check, _ := judge.Lookup(u.ID)
		program := check.NeedsProgram() || u.Gap == run.WantLogins && len(u.Cases) > 0 && unbounded(r) || u.Gap == run.WantPerson && !check.Has(judge.SecondPerson)
		if program && r.Target.Login == config.LoginInteractive {
			beyond = append(beyond, u.ID)
		}
	}
	return len(r.Coverage.NotJudged), beyond
}

// resumable reports that a setting closes the gap for which a MUST check was left out,
// beside those that no such run can judge.
func resumable(r *run.Record, beyond []string) bool {
	return r.Coverage != nil && slices.ContainsFunc(r.Coverage.NotJudged, func(u run.Unjudged) bool {
		_, supplies := suppliable[u.Gap]
		if u.Gap == run.WantPerson {
			supplies = r.Target.Login == config.LoginInteractive // a program logs in as whom it likes
		}
		return (supplies || u.Gap == run.WantBrowser) && !slices.Contains(beyond, u.ID)
	})
}

// unbounded reports that a run might log in as often as it liked: what it left out for
// want of logins, another leaves out, too.
func unbounded(r *run.Record) bool {
	return slices.ContainsFunc(r.Settings, func(s run.Setting) bool { return s.Name == "login-budget" && s.Value == "0" })
}

// byProgram is the clause that says how to judge what no run can in which a person logs
// in; "" where there is nothing of that.
func byProgram(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return fmt.Sprintf("; no run in which a person logs in can judge %s: judge them against a mock, or a staging whose login page a program can operate (--login browser, --login direct)", strings.Join(ids, ", "))
}

// afterRP is afterRun for a run that has judged a relying party.
func afterRP(r *run.Record, report string) string {
	switch {
	case r.Summary.Fail > 0:
		return report + " shows the application's developers what fails, with both sides of the login and the line to change; then run again"
	case r.Summary.Blocked > 0:
		return "what could not be judged stands in " + report + " with its cause; fix that, and run again"
	case r.Coverage != nil && len(r.Coverage.NotJudged) > 0:
		return "what was not judged stands in " + report + " with what it needs; supply that, and run again"
	case r.Summary.Warnings() > 0:
		return report + " holds the warnings, each with what to change; --strict counts them as failures"
	}
	return report + " is for your security reviewer"
}
