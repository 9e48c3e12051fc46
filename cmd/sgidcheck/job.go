package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sgidcheck/browser"
	"slices"
	"strings"
	"syscall"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/rig"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
	"sgidcheck/reports"
	"sgidcheck/suites"
)

// job is one run from configuration to report: the target and what is
// needed to talk to it, and the record that grows.
type job struct {
	config    *config.Config
	embedded  *provider.Provider // nil: the target is external
	changes   embeddedOptions    // what is changed about the embedded provider
	redactor  *redact.Redactor
	client    *client.Client
	direct    *login.Direct
	driver    login.Driver
	suites    *suites.Campaign
	browsing  *browser.Campaign // nil: no browser checks are judged
	chrome    *browser.Chrome   // nil until a browser is needed
	noBrowser string            // why the browser checks are skipped; empty: they are not
	writer    *run.Writer
	lines     io.Writer // where the record goes line by line, in place of the output folder; nil: nowhere
	progress  *reports.Progress
	out, err  io.Writer
	closers   []func() error
	early     []string // notes from before the record was begun

	unwritten    bool          // it was said that the record cannot be written
	advanced     time.Duration // by which the embedded provider's clock is ahead
	lost         error         // verdicts that the record does not hold
	people       int           // how much the redactor knew of people when the record was redacted last
	command      string        // that goes on with this run once --resume is added
	verdictsOnly bool          // the record alone, without exchanges
}

// open readies everything without sending anything to the target.
func open(ctx context.Context, settings *config.Config, embedded embeddedOptions, out, errs io.Writer) (*job, error) {
	j := &job{config: settings, changes: embedded, out: out, err: errs, redactor: redact.New()}
	j.redactor.OwnWords(ownTexts()...)
	if settings.Embedded() {
		if err := j.startEmbedded(ctx, embedded); err != nil {
			return nil, err
		}
	} else if embedded.changed() {
		return nil, exit(exitUsage, errors.New("--fault, --variant and --tls are for the embedded provider; leave out --issuer"))
	}
	settings.Teach(j.redactor)
	httpClient, err := client.New(settings.ClientOptions(version, j.redactor))
	if err != nil {
		j.close()
		return nil, exit(exitUsage, err)
	}
	j.client = httpClient
	j.direct = login.NewDirect(httpClient, settings.Persona, settings.SecondPersona)
	j.driver = j.direct
	j.closers = append(j.closers, func() error { httpClient.Close(); return nil })
	if err := j.chooseDriver(); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

// close ends what open and the run have started, the last first.
func (j *job) close() {
	for _, f := range slices.Backward(j.closers) {
		if err := f(); err != nil {
			tell(j.err, 0, "sgidcheck: ", err.Error())
		}
	}
	j.closers = nil
}

// begin starts the record of a run against the target, with what an earlier
// run has judged where there was one. Coverage is what remains unjudged until a
// check says otherwise; nil where no checks are judged.
func (j *job) begin(earlier *earlierRun, coverage *run.Coverage) error {
	head := run.Record{
		Target:   j.target(),
		Started:  time.Now().UTC(),
		Strict:   j.config.Strict,
		Coverage: coverage,
	}
	if j.config.Require != config.RequireNone && coverage != nil {
		head.Require = j.config.Require
	}
	earlier.into(&head)
	return j.record(head)
}

// record starts the record in the output folder, with what the run was made with.
func (j *job) record(head run.Record) error {
	head.Tool = run.Tool{Name: "sgidcheck", Version: version}
	head.Command, head.Settings = commandLine(j.redactor), settingsOf(j.config, j.redactor)
	head.Keys = j.keys()
	var err error
	if j.lines != nil {
		j.writer, err = run.NewLineWriter(j.lines, head)
	} else if err = os.MkdirAll(j.config.Out, 0o755); err != nil {
		return exit(exitUsage, fmt.Errorf("--out %s: the folder cannot be made: %w", j.config.Out, err))
	} else {
		j.writer, err = run.NewWriter(recordIn(j.config.Out), head)
	}
	if err != nil {
		return exit(exitUsage, fmt.Errorf("--out %s: the record cannot be written: %w", j.config.Out, err))
	}
	if j.lines == nil {
		if err := reports.Remove(j.config.Out); err != nil {
			j.warn("a report of an earlier run stays beside this record until this run has ended: %v", err)
		}
	}
	for _, text := range j.early {
		j.note(text)
	}
	return nil
}

// note keeps what a reader must know beside the verdicts. It may quote the target, and
// a line of a record cannot be taken back.
func (j *job) note(text string) {
	if j.writer == nil {
		j.early = append(j.early, text)
		return
	}
	text = j.redactor.SentenceAgain(text)
	j.writer.Update(func(r *run.Record) {
		if !slices.Contains(r.Notes, text) {
			r.Notes = append(r.Notes, text)
		}
	})
}

// unsay takes out the notes of an earlier part of the run that begin so.
func (j *job) unsay(beginnings ...string) {
	j.writer.Update(func(r *run.Record) {
		r.Notes = slices.DeleteFunc(r.Notes, func(note string) bool {
			return slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(note, b) })
		})
	})
}

// judge runs the planned checks and returns why the run ended early; empty: it
// did not.
func (j *job) judge(ctx context.Context, plan []judge.Planned, waivers []run.Waiver, earlier *earlierRun) (stopped string) {
	campaign := &judge.Campaign{
		Plan: plan, Body: j.body, Waivers: waivers, Between: j.suites.Between, Redact: j.redactor.Verdict, NoEvidence: j.verdictsOnly,
		CheckLimit: rig.CheckLimit(j.config), Broker: j.suites.Broker(),
		Begun:  func(begun []run.Begun) { j.writer.Update(func(r *run.Record) { r.Begun = begun }) },
		Before: func(check judge.Check) { j.progress.Start(check.ID) },
		After: func(out run.Check) {
			j.progress.Done(out)
			if !earlier.stands(out) {
				j.add(earlier.with(out))
			}
			if known := j.redactor.Known(redact.KindPersonal); known != j.people {
				j.people = known
				j.redactAgain()
			}
			j.tellUnwritten()
		},
	}
	if unreached := campaign.Run(ctx); unreached > 0 {
		return fmt.Sprintf("%s; %d of %d checks were not judged", ended(ctx), unreached, len(plan))
	}
	return ""
}

// loggedIn keeps what a login is for.
func (j *job) loggedIn(what string) {
	if j.writer != nil {
		j.writer.Update(func(r *run.Record) { r.Logins = append(r.Logins, what) })
	}
}

// body returns the function that judges a check, of the suites or the browser.
func (j *job) body(id string) func(*judge.T) {
	if body := j.suites.Body(id); body != nil || j.browsing == nil {
		return body
	}
	return j.browsing.Body(id)
}

// add puts a check into the record. One that JSON cannot hold keeps its verdict
// where something was found and is blocked elsewhere: no verdict vanishes.
func (j *job) add(c run.Check) {
	err := j.writer.Add(c)
	if err == nil {
		return
	}
	j.warn("the evidence for %s cannot be recorded: %v", c.ID, err)
	bare := run.Check{ID: c.ID, Area: c.Area, Title: c.Title, Problem: c.Problem, Level: c.Level, Basis: c.Basis, Verdict: c.Verdict,
		Expected: c.Expected, Observed: c.Observed, Remediation: c.Remediation, Why: c.Why, Waiver: c.Waiver, Cases: c.Cases, Root: c.Root}
	bare.Reason = "the evidence could not be recorded: " + err.Error()
	switch c.Verdict {
	case run.Fail, run.Warn, run.Waived:
	default:
		bare.Verdict, bare.BlockedBy = run.Blocked, "harness"
	}
	if err := j.writer.Add(bare); err != nil {
		j.lost = errors.Join(j.lost, fmt.Errorf("the verdict on %s is not in the record: %w", c.ID, err))
	}
}

// tellUnwritten says, once, that the record does not get onto the disk.
func (j *job) tellUnwritten() {
	if err := j.writer.Err(); err != nil && !j.unwritten {
		j.unwritten = true
		j.warn("the record cannot be written at the moment (%v); the run continues and writing is retried", err)
	}
}

// redactAgain takes out of the record what the target, or a setting such as the
// persona, said of a person before this side had decrypted it, and so did not know
// it for a person's data.
func (j *job) redactAgain() {
	var checks []run.Check
	j.writer.Update(func(r *run.Record) {
		checks = slices.Clone(r.Checks)
		for i := range r.Notes {
			r.Notes[i] = j.redactor.SentenceAgain(r.Notes[i])
		}
		for i := range r.Command {
			r.Command[i] = j.redactor.SentenceAgain(r.Command[i])
		}
		for i := range r.Settings {
			r.Settings[i].Value = j.redactor.SentenceAgain(r.Settings[i].Value)
		}
		j.redactor.Load(r.Load)
		j.redactor.Browser(r.Browser)
	})
	for _, c := range checks {
		j.add(j.redactor.Check(c))
	}
}

// ownTexts are the texts of the catalogue, in whose words verdicts are written.
func ownTexts() []string {
	var texts []string
	for _, c := range judge.Catalogue() {
		texts = append(texts, c.Title, c.Problem, c.Expect, c.Why, c.Remedy, strings.Join(c.Cases, " "))
	}
	return texts
}

func ended(ctx context.Context) string {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return "the run reached its time limit (--max-time)"
	}
	return "the run was interrupted"
}

// remedyOf is what to do where a file could not be written.
func remedyOf(err error) string {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "let more files be open (ulimit -n)"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "make the folder writable"
	}
	return "free disk space"
}

// finish writes the record and every report and returns the run's exit code. A
// full disk does not keep the result from being reported.
func (j *job) finish(stopped string) error {
	j.addEvidence()
	j.redactAgain()
	record, err := j.writer.Finish(stopped == "", j.redactor.Sentence(stopped))
	if j.lines != nil {
		if err != nil {
			err = fmt.Errorf("--record: %w", err)
		}
		_ = j.draw(record, 0) // a terminal that has gone takes nothing from the record
		return j.ended(record, err)
	}
	if err != nil {
		err = fmt.Errorf("--out %s: %s, and continue with --resume: %w", j.config.Out, remedyOf(err), err)
	}
	err = errors.Join(err, j.lost)
	if j.verdictsOnly {
		fmt.Fprintln(j.out, reports.Verdict(record))
		return j.ended(record, err)
	}
	var next following
	if j.embedded == nil && !j.config.Quiet {
		next = afterRun(record, j.config.Out, j.redactor.Sentence(j.command))
	}
	files, failed := reports.Write(j.config.Out, record)
	if failed != nil && err == nil {
		err = fmt.Errorf("--out %s: a report could not be written; %s, and draw it with 'sgidcheck report': %w", j.config.Out, remedyOf(failed), failed)
	}
	// A terminal that has gone takes nothing from the record.
	if told := j.draw(record, 1+next.lines(columnsOf(j.err))); told == nil && !j.config.Quiet {
		fmt.Fprintln(j.out, reportPath(files))
	}
	next.tell(j.err, columnsOf(j.err))
	return j.ended(record, err)
}

// draw writes the result to the terminal: its first line, a summary that leaves so
// many lines of the screen for what follows, or everything.
func (j *job) draw(record *run.Record, after int) error {
	if j.config.Quiet {
		_, err := fmt.Fprintln(j.out, reports.Verdict(record))
		return err
	}
	o := terminalOptions(j.out)
	o.Verbose, o.Lines = j.config.Verbose, max(o.Lines, reports.SummaryLines)-after
	return reports.Terminal(j.out, record, o)
}

// ended is the run's exit code: by its record, and incomplete where that could
// not be written, unless something failed.
func (j *job) ended(record *run.Record, err error) error {
	code := run.ExitCode(record)
	if err != nil && code == run.ExitPass {
		code = exitIncomplete
	}
	return exit(code, err)
}

func reportPath(files []string) string {
	for _, f := range files {
		if strings.HasSuffix(f, ".html") {
			return f
		}
	}
	return ""
}

// settingsOf is every setting in force, as it may be shown. Which value may be a
// secret by its form, the configuration has judged by what the setting is.
func settingsOf(c *config.Config, r *redact.Redactor) []run.Setting {
	out := make([]run.Setting, 0, len(c.Values))
	for _, v := range c.Values {
		out = append(out, run.Setting{Name: v.Setting.Key, Value: r.Again(v.Value), Origin: r.Again(v.Origin)})
	}
	return out
}

// keys are the thumbprints of the clients' keys. The embedded provider makes new ones
// for every run.
func (j *job) keys() (out []string) {
	c := j.config
	if j.embedded != nil || c.First.Key == nil {
		return nil
	}
	out = append(out, sgid.Thumbprint(&c.First.Key.PublicKey))
	if c.Second != nil && c.Second.Key != nil {
		out = append(out, sgid.Thumbprint(&c.Second.Key.PublicKey))
	}
	return out
}

// commandLine is how the run is repeated, as it may be shown.
func commandLine(r *redact.Redactor) []string {
	return r.Command(append([]string{"sgidcheck"}, os.Args[1:]...))
}
