package main

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/sgid"
	"sgidcheck/loadtest"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// jobFlags say how a load is run as a Job of Kubernetes.
type jobFlags struct {
	print               bool
	shards              int
	name, image, secret string
	cpu, memory         string
	ttl                 time.Duration
}

// settings is the rows of the manifests. They are of one call alone: what stands in
// a configuration file is for the load.
func (f *jobFlags) settings() config.Table {
	return config.Rows("sgidcheck loadtest", "loadtest",
		config.Setting{Flag: "print-job", Into: &f.print, Once: true,
			Help: "print the manifests that run this load in --shards pods of Kubernetes, and send nothing"},
		config.Setting{Flag: "shards", Into: &f.shards, Once: true,
			Help: "with --print-job: how many pods send the load"},
		config.Setting{Flag: "job-name", Into: &f.name, Once: true,
			Help: "with --print-job: the Job's name; none means sgidcheck- and the time it starts at"},
		config.Setting{Flag: "job-image", Into: &f.image, Once: true,
			Help: "with --print-job: the container image, as the nodes pull it; none means sgidcheck of this version, as make image builds it"},
		config.Setting{Flag: "job-secret", Default: "sgidcheck", Into: &f.secret, Once: true,
			Help: "with --print-job: the Secret that holds the keys client-secret and private-key"},
		config.Setting{Flag: "job-cpu", Default: "1", Into: &f.cpu, Once: true,
			Help: "with --print-job: processors that each pod asks for, such as 500m or 2"},
		config.Setting{Flag: "job-memory", Default: "256Mi", Into: &f.memory, Once: true,
			Help: "with --print-job: memory that each pod asks for"},
		config.Setting{Flag: "job-ttl", Default: "1h", Into: &f.ttl, Once: true, Positive: true,
			Help: "with --print-job: how long the Job and its logs stay after it has ended"})
}

// Bounds and names of the manifests.
const (
	jobStartsIn    = 3 * time.Minute // where --start-at does not say: pods are scheduled and images pulled
	jobMargin      = 2 * time.Minute // beyond the load's own time, before the Job is ended
	mostShards     = 10_000
	credentialsDir = "/credentials"
)

//go:embed job.yaml.tmpl
var jobTemplate string

// manifest is what the template of the manifests takes.
type manifest struct {
	Name, Image, Secret, CPU, Memory, Version, StartAt string
	Shards, Deadline, TTL                              int
	Args, CAKeys                                       []string
}

var (
	kubernetesName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$`)
	quantity       = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi)?$`)
)

// printJob prints the manifests of a load. It needs no secret: the pods have them.
func (f *jobFlags) printJob(cmd *cobra.Command, scenario loadtest.Scenario, flags *loadtest.Flags) error {
	settings, err := table(cmd.Root()).Resolve(cmd.Flags(), withoutSecrets(cmd.Flags()), "")
	if err != nil {
		return exit(exitUsage, err)
	}
	o := loadtest.Options{Scenario: scenario, Attended: settings.Login == config.LoginInteractive, LoginBudget: uint64(settings.LoginBudget)}
	if err := f.apply(cmd, settings, flags, &o); err != nil {
		return exit(exitUsage, err)
	}
	m := manifest{
		Name: f.name, Image: cmp.Or(f.image, "sgidcheck:"+version), Secret: f.secret, CPU: f.cpu, Memory: f.memory, Version: version,
		StartAt: o.StartAt.UTC().Format(time.RFC3339), Shards: f.shards, TTL: int(f.ttl.Seconds()),
		Deadline: int((time.Until(o.StartAt) + o.Warmup + o.Duration + settings.Timeout + jobMargin).Seconds()),
	}
	if m.Name == "" {
		m.Name = "sgidcheck-" + strings.ToLower(o.StartAt.UTC().Format("20060102-150405"))
	}
	m.Args, m.CAKeys = f.arguments(cmd, settings, scenario, m.StartAt)
	t := template.Must(template.New("job").Funcs(template.FuncMap{"quote": quoteYAML}).Parse(jobTemplate))
	return exitOn(t.Execute(cmd.OutOrStdout(), m))
}

func exitOn(err error) error {
	if err != nil {
		return exit(exitUsage, err)
	}
	return nil
}

// apply checks everything that the pods would refuse, and what a Job cannot have.
func (f *jobFlags) apply(cmd *cobra.Command, settings *config.Config, flags *loadtest.Flags, o *loadtest.Options) (err error) {
	changed := cmd.Flags().Changed
	if changed("shard") || changed("record") || changed("results") || changed("out") {
		return errors.New("--print-job gives each pod its --shard, and --record - in place of --out and --results: leave them out")
	}
	if err := flags.Apply(o, settings); err != nil {
		return err
	}
	switch {
	case f.shards < 1 || f.shards > mostShards:
		return fmt.Errorf("--shards %d: --print-job needs from 1 to %d", f.shards, mostShards)
	case settings.Embedded():
		return errors.New("--print-job needs --issuer: each pod would load an embedded provider of its own")
	case settings.Loopback():
		return fmt.Errorf("--issuer %s: in a pod that is the pod itself; name the target as the cluster reaches it", settings.Issuer)
	case settings.Login == config.LoginBrowser:
		return errors.New("--login browser: there is no browser in the pods; use --login direct")
	case f.name != "" && !kubernetesName.MatchString(f.name), !kubernetesName.MatchString(f.secret):
		return fmt.Errorf("--job-name %q, --job-secret %q: want lower-case letters, digits and hyphens, at most 52", f.name, f.secret)
	case !quantity.MatchString(f.cpu) || !quantity.MatchString(f.memory):
		return fmt.Errorf("--job-cpu %q, --job-memory %q: want quantities such as 500m or 2, and 256Mi", f.cpu, f.memory)
	case f.ttl < time.Second:
		return fmt.Errorf("--job-ttl %s: it must be a second at least, or the logs are gone before they are read", f.ttl)
	}
	if o.StartAt.IsZero() {
		o.StartAt = time.Now().Add(jobStartsIn)
	}
	if time.Until(o.StartAt) <= 0 {
		return fmt.Errorf("--start-at %s: it is over", o.StartAt.UTC().Format(time.RFC3339))
	}
	o.StartAt = o.StartAt.Truncate(time.Second)
	o.Shared, o.Part, o.Parts = true, 0, f.shards
	if o.Thresholds, err = loadtest.ParseThresholds(settings.Thresholds); err != nil {
		return err
	}
	if o.Endpoints, err = sgid.DocumentedEndpoints(settings.Issuer); err != nil {
		return err
	}
	if o.Guard, err = loadtest.NewGuard(settings.AllowHosts, settings.Resolve); err != nil {
		return err
	}
	if err := o.Guard.Check(cmd.Context(), settings.Issuer); err != nil {
		return err
	}
	o.Issuer, o.Key, o.Minter = settings.Issuer, settings.First.Key, loadtest.NewFuncMinter(nil, 0)
	return o.Validate()
}

// arguments is the command line of each pod: all that was set here, wherever it
// came from, less what each pod has of its own.
func (f *jobFlags) arguments(cmd *cobra.Command, settings *config.Config, scenario loadtest.Scenario, startAt string) (args, caKeys []string) {
	args = []string{"loadtest", string(scenario), fmt.Sprintf("--shard=$(JOB_COMPLETION_INDEX)/%d", f.shards), "--start-at=" + startAt,
		"--record=-", "--progress=none", "--issuer=" + settings.Issuer,
		"--client-secret-file=" + path.Join(credentialsDir, "client-secret"), "--private-key=" + path.Join(credentialsDir, "private-key")}
	own := []string{"issuer", "hostname", "out", "progress", "client-secret-file", "private-key", "chrome", "config", "ca-file",
		"shard", "start-at", "record", "results"}
	for i := range settings.CAFiles {
		key := fmt.Sprintf("ca-%d.pem", i)
		args, caKeys = append(args, "--ca-file="+path.Join(credentialsDir, key)), append(caKeys, key)
	}
	for _, v := range settings.Values {
		s := v.Setting
		if s.NoFlag() || s.Secret || !settings.Given(s.Key) || slices.Contains(own, s.Flag) || cmd.Flags().Lookup(s.Flag) == nil ||
			strings.HasPrefix(s.Flag, "second-") || strings.HasPrefix(s.Flag, "job-") || s.Flag == "shards" || s.Flag == "print-job" {
			continue
		}
		for _, value := range v.Written() {
			args = append(args, "--"+s.Flag+"="+value)
		}
	}
	for i, arg := range args { // $(NAME) would be expanded by the kubelet
		if !strings.HasPrefix(arg, "--shard=") {
			args[i] = strings.ReplaceAll(arg, "$(", "$$(")
		}
	}
	return args, caKeys
}

// withoutSecrets is the environment with a secret and a key in it that are
// nobody's, where there are none: the manifests hold none, and printing them must
// not need any.
func withoutSecrets(flags *pflag.FlagSet) []string {
	environ := slices.Clone(os.Environ())
	for _, one := range []struct {
		flag, variable string
		value          func() string
	}{
		{"client-secret-file", "SGID_CLIENT_SECRET", rand.Text},
		{"private-key", "SGID_PRIVATE_KEY", nobodysKey},
	} {
		set := func(e string) bool {
			return strings.HasPrefix(e, one.variable+"=") || strings.HasPrefix(e, one.variable+"_FILE=")
		}
		if !flags.Changed(one.flag) && !slices.ContainsFunc(environ, set) {
			environ = append(environ, one.variable+"="+one.value())
		}
	}
	return environ
}

func nobodysKey() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return ""
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// quoteYAML writes a string as YAML takes it whatever is in it: JSON is YAML.
func quoteYAML(s string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSpace(b.String()), err
}
