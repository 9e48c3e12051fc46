package main

import (
	"bytes"
	"strings"
	"testing"

	"sgidcheck/internal/config"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// inProcess runs a command line that is not meant to come as far as its command.
func inProcess(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	root := rootCommand()
	root.SetOut(&out)
	root.SetErr(&errs)
	code := executeOn(t.Context(), root, args)
	return result{code, out.String(), errs.String()}
}

func TestValuesAreCompleted(t *testing.T) {
	const filesToo, noFiles, noSpace = ":0\n", ":4\n", ":6\n"
	for args, want := range map[string]string{
		"conformance --login ":                               "interactive\n",
		"conformance --select DISC-01,PKCE":                  "DISC-01,PKCE-03\t",
		"conformance --select TOK":                           "TOKEN\t",
		"run --skip BROW-0":                                  "BROW-01\t",
		"conformance --endpoints d":                          "documented\n",
		"run --require c":                                    "complete\n",
		"run --progress p":                                   "plain\n",
		"run --waivers m":                                    "mockpass-4.3.4\n",
		"run --waivers ./":                                   filesToo,
		"run --crypto o":                                     "openssl\n",
		"run --out ":                                         ":16\n",
		"run --strict=":                                      "true\n",
		"code --scopes openid,myinfo.n":                      "openid,myinfo.name\n",
		"loadtest token --check ":                            "none\n",
		"loadtest us":                                        "userinfo\n",
		"loadtest login --threshold userinfo.p9":             "userinfo.p99<\n",
		"loadtest login --threshold errors":                  noSpace,
		"provider --fault pkce":                              "pkce-not-enforced\t",
		"provider --login-page q":                            "qr\n",
		"run --fault pkce-not-enforced --fault pkce-not-enf": noFiles,
		"conformance --variant error-page":                   "error-page-200\t",
		"selftest --fault pkce-not-enforced,pkce-not":        noFiles,
		"selftest --format j":                                "json\n",
		"selftest rp --flaw state-un":                        "state-unchecked\t",
		"demoapp --flaw state-un":                            "state-unchecked\t",
		"decrypt --engine go,":                               "go,openssl\n",
		"decrypt --alg RSA-OAEP-":                            "RSA-OAEP-256\n",
		"decrypt --rsa 2048,3":                               "2048,3072\n",
		"report --format sa":                                 "sarif\n",
		"checks --template JW":                               "JWKS\n",
		"init --for mock":                                    "mockpass\n",
		"init --set log":                                     "login=\t",
		"init --set login=i":                                 "login=interactive\n",
		"init --set strict=":                                 "strict=true\n",
		"rp --login b":                                       "browser\n",
		"conformance ":                                       noFiles,
	} {
		got := inProcess(t, append([]string{"__complete"}, strings.Split(args, " ")...)...)
		if got.code != exitPass || !strings.Contains("\n"+got.out, "\n"+want) {
			t.Errorf("%s: %d %s", args, got.code, got.out)
		}
	}
	got := inProcess(t, "__complete", "run", "--fault", "pkce-not-enforced", "--fault", "pkce-not-enf")
	if strings.Contains(got.out, "pkce-not-enforced") {
		t.Errorf("a fault that was given is offered again: %s", got.out)
	}
}

// A setting with a closed set of values completes them, whichever command has it.
func TestEveryChoiceIsCompleted(t *testing.T) {
	root, flags := rootCommand(), 0
	eachCommand(root, func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			s, _ := config.SettingOf(f)
			if len(s.Choices) == 0 && s.Complete == nil {
				return
			}
			flags++
			complete, there := cmd.GetFlagCompletionFunc(f.Name)
			if !there {
				t.Fatalf("%s --%s is not completed", cmd.CommandPath(), f.Name)
			}
			if offered, _ := complete(cmd, nil, ""); len(offered) == 0 {
				t.Errorf("%s --%s: nothing is offered", cmd.CommandPath(), f.Name)
			}
		})
	})
	if flags < 40 {
		t.Errorf("%d flags were looked at", flags)
	}
}

// Every command says which flag was probably meant, and ends with code 2.
func TestEveryCommandSaysWhichFlagWasMeant(t *testing.T) {
	root, tried := rootCommand(), 0
	eachCommand(root, func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if len(f.Name) < 4 {
				return
			}
			wrong := f.Name[:2] + f.Name[3:] // a letter too few
			if cmd.Flags().Lookup(wrong) != nil {
				return
			}
			tried++
			got := inProcess(t, append(path, "--"+wrong, "x")...)
			if got.code != exitUsage || !strings.Contains(got.err, "unknown flag --"+wrong) || !strings.Contains(got.err, "did you mean --") {
				t.Errorf("%s --%s: %d %s", cmd.CommandPath(), wrong, got.code, got.err)
			}
		})
	})
	if tried < 200 {
		t.Errorf("%d flags were tried", tried)
	}
}

func TestWhatWasMeant(t *testing.T) {
	for args, says := range map[string]string{
		"conformance --isuer x":                "unknown flag --isuer; did you mean --issuer?\nRun 'sgidcheck conformance --help'",
		"conformance -issuer=x":                "unknown flag -issuer; did you mean --issuer, with two hyphens?",
		"conformance -isuer x":                 "did you mean --issuer?",
		"conformance --rate 5":                 "unknown flag --rate: it is a flag of loadtest, and not of sgidcheck conformance",
		"conformance --client-secret x":        "a secret is never a flag's value; set SGID_CLIENT_SECRET, or name its file with --client-secret-file",
		"conformance --second-private-key-pem": "set SGID_SECOND_PRIVATE_KEY, or name its file with --second-private-key",
		"conformance --zzzzzzzzzz":             "unknown flag --zzzzzzzzzz\n",
		"conformance issuer=x":                 "did you mean --issuer?",
		"conformance extra":                    "sgidcheck conformance takes no argument, and got \"extra\"",
		"conformace":                           "unknown command \"conformace\"; did you mean conformance?",
		"diff a b":                             "did you mean report diff?",
		"zzzzzzzzz":                            "the commands are browser, checks,",
		"selftest pr":                          "unknown command \"pr\" of sgidcheck selftest; did you mean rp?",
		"help conformace":                      "did you mean conformance?",
		"help report dif":                      "did you mean diff?",
		"completion bsh":                       "did you mean bash?",
		"completion bash extra":                "takes no argument",
		"loadtest":                             "give one scenario",
		"loadtest tokn":                        "unknown scenario \"tokn\"; did you mean token?",
		"report":                               "needs a record, a report folder or a log",
		"report diff a":                        "sgidcheck report diff OLD NEW",
		"report diff a b c":                    "and no more",
		"report trend":                         "sgidcheck report trend DIR",
		"selftest --fault pkce-not-enforcd":    "did you mean pkce-not-enforced?",
		"selftest --variant eror-page-200":     "did you mean error-page-200?",
		"selftest rp --flaw state-uncheckd":    "did you mean state-unchecked?",
		"selftest --format jsn":                "did you mean json?",
		"checks --template TOKN":               "did you mean TOKEN?",
		"init --for mockpas":                   "did you mean mockpass?",
	} {
		if got := inProcess(t, strings.Fields(args)...); got.code != exitUsage || !strings.Contains(got.err, says) {
			t.Errorf("%s: %d %s\nwant %q", args, got.code, got.err, says)
		}
	}
}

// Every command that takes no argument says so.
func TestEveryCommandRefusesWhatItDoesNotTake(t *testing.T) {
	root, tried := rootCommand(), 0
	tellCommands(root, nil)
	eachCommand(root, func(cmd *cobra.Command) {
		if cmd.Use != cmd.Name() {
			return
		}
		tried++
		got := inProcess(t, append(strings.Fields(cmd.CommandPath())[1:], "nonsense-word")...)
		if got.code != exitUsage || !strings.Contains(got.err, "nonsense-word") || !strings.Contains(got.err, "--help' for usage") {
			t.Errorf("%s: %d %s%s", cmd.CommandPath(), got.code, got.out, got.err)
		}
	})
	if tried < 15 {
		t.Errorf("%d commands were tried", tried)
	}
}

func TestTheHelpOfCompletion(t *testing.T) {
	for args, says := range map[string]string{
		"completion":             "completes commands, flags and the values",
		"completion bash --help": "source <(sgidcheck completion bash)",
		"help completion fish":   "sgidcheck completion fish | source",
		"help report diff":       "what became of each check",
		"help":                   "before go-live",
	} {
		if got := inProcess(t, strings.Fields(args)...); got.code != exitPass || !strings.Contains(got.out, says) {
			t.Errorf("%s: %d %s%s", args, got.code, got.out, got.err)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if got := sgidcheck(t, "completion", shell); got.code != exitPass || !strings.Contains(got.out, "__complete") {
			t.Errorf("%s: %d, %d bytes", shell, got.code, len(got.out))
		}
	}
}
