package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

// loaded runs a short load test and returns what it came to with its record.
func loaded(t *testing.T, args []string, env ...string) (result, *run.Record) {
	t.Helper()
	out := t.TempDir()
	got := program{env: env, args: append([]string{"loadtest", "--out", out, "--progress", "none", "--rate", "50", "--duration", "1s"}, args...)}.run(t)
	if got.code == exitUsage {
		t.Fatalf("%v: exit code %d\n%s", args, got.code, got.err)
	}
	return got, recordOf(t, out)
}

func TestLoadOnTheEmbeddedProvider(t *testing.T) {
	for _, scenario := range []string{"token", "userinfo", "login"} {
		got, record := loaded(t, []string{scenario, "--threshold", scenario + ".count==50", "--threshold", "errors==0"})
		l := record.Load
		if got.code != exitPass || l == nil || l.Requests != 50 || len(l.Errors) != 0 {
			t.Errorf("%s: exit code %d, %+v\n%s%s", scenario, got.code, l, got.out, got.err)
		}
	}
}

func TestAThresholdDecidesTheExitCode(t *testing.T) {
	got, record := loaded(t, []string{"userinfo", "--threshold", "requests>50", "--threshold", "errors==0"})
	if record.Load.Harness.Limited {
		// On a busy machine the crossed threshold must not be sold as a finding.
		if got.code != exitIncomplete {
			t.Errorf("exit code %d although the harness was the limit", got.code)
		}
		return
	}
	if got.code != exitFail || record.Verdict != run.RunFail || record.Load.Thresholds[0].OK || !record.Load.Thresholds[1].OK {
		t.Errorf("exit code %d, %+v\n%s", got.code, record.Load.Thresholds, got.err)
	}
}

func TestLoadThatIsRefusedSendsNothing(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	_, credentials := startProvider(t)
	env := readClients(t, credentials)[0].environment("SGID_")
	here := []string{"--issuer", server.URL + "/v2"}
	for says, args := range map[string][]string{
		"is production":                         {"userinfo", "--issuer", "https://api.id.gov.sg/v2", "--resolve", "api.id.gov.sg:127.0.0.1"},
		"cannot be allowed":                     append([]string{"userinfo", "--allow-host", "api.id.gov.sg"}, here...),
		"not this machine":                      {"userinfo", "--issuer", "https://192.0.2.7/v2"},
		"give one scenario":                     here,
		"unknown scenario":                      append([]string{"everything"}, here...),
		"has no unit":                           append([]string{"login", "--threshold", "login.p99<300"}, here...),
		"(flag --rate): \"fast\" is not a rate": append([]string{"login", "--rate", "fast"}, here...),
		"--find-max and --ramp exclude":         append([]string{"login", "--ramp", "1:2", "--find-max"}, here...),
		"a person has to make each":             append([]string{"login", "--login", "interactive"}, here...),
		"HTTP/2 needs https":                    append([]string{"userinfo", "--http2"}, here...),

		"--results: the file cannot be written": append([]string{"userinfo", "--results", filepath.Join(t.TempDir(), "no", "folder", "run.bin")}, here...),
		"(flag --results): it is empty":         append([]string{"userinfo", "--results", " "}, here...),

		"the scenario userinfo has no part login; its parts are userinfo, decrypt": append([]string{"userinfo", "--threshold", "login.p99<1s"}, here...),
		"the scenario token has no part userinfo; its parts are token, verify":     append([]string{"token", "--find-max", "--threshold", "userinfo.errors<1%"}, here...),
		"no part verify without the checking of answers (--check none)":            append([]string{"login", "--check", "none", "--threshold", "verify.p99<1s"}, here...),
	} {
		out := filepath.Join(t.TempDir(), "out")
		got := program{env: env, args: append([]string{"loadtest", "--out", out}, args...)}.run(t)
		if got.code != exitUsage || !strings.Contains(got.err, says) {
			t.Errorf("%v: exit code %d, want it to say %q:\n%s", args, got.code, says, got.err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v: something was written", args)
		}
	}
	if requests.Load() != 0 {
		t.Errorf("%d requests were sent", requests.Load())
	}
}

// A load that is interrupted stops within a second or so, and reports.
func TestInterruptedLoadStillReports(t *testing.T) {
	issuer, credentials := startProvider(t)
	origin, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	var answered atomic.Int64
	reached := make(chan struct{})
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: origin.Scheme, Host: origin.Host}) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/userinfo") {
			switch n := answered.Add(1); {
			case n == 60:
				close(reached)
				fallthrough
			case n > 60:
				<-r.Context().Done()
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	defer server.Close()
	out := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := program{env: readClients(t, credentials)[0].environment("SGID_"), args: []string{
		"loadtest", "userinfo", "--issuer", server.URL + "/v2", "--endpoints", "documented", "--out", out, "--progress", "none", "--rate", "100", "--duration", "1h", "--check", "none",
	}}.command(ctx, t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-reached:
	case <-ctx.Done():
		t.Fatal("the load did not get that far")
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	record := recordOf(t, out)
	if cmd.ProcessState.ExitCode() != exitIncomplete || record.Stopped == "" || record.Load == nil || record.Load.Requests == 0 || len(record.Load.Errors) != 0 {
		t.Errorf("exit code %d, stopped %q, %+v", cmd.ProcessState.ExitCode(), record.Stopped, record.Load)
	}
}

// MockPass hands out the same code for everybody who logs in, and takes it as
// access token; load on it works all the same, through its redirects.
func TestLoadOnMockPass(t *testing.T) {
	issuer := startMockPass(t)
	for _, scenario := range []string{"userinfo", "login"} {
		got, record := loaded(t, append([]string{scenario, "--endpoints", "documented"}, mockpassArguments(t, issuer)...))
		if l := record.Load; l == nil || l.Requests != 50 || len(l.Errors) != 0 {
			t.Errorf("%s: exit code %d, %+v\n%s%s", scenario, got.code, l, got.out, got.err)
		}
	}
}

// A load without thresholds fails on a target that answers wrongly, or too often
// not at all.
func TestLoadWithoutThresholdsFailsOnErrors(t *testing.T) {
	issuer, credentials := startProvider(t)
	origin, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: origin.Scheme, Host: origin.Host}) }}
	for name, c := range map[string]struct {
		args   []string
		status func(n int64) int // of userinfo request n of the load, 0 for the provider's own answer
		code   int
		says   string
	}{
		"most are refused":       {status: func(n int64) int { return map[bool]int{true: 503}[n%4 != 0] }, code: exitFail, says: "errors<1%"},
		"a threshold allows it":  {args: []string{"--threshold", "errors<80%"}, status: func(n int64) int { return map[bool]int{true: 503}[n%4 != 0] }, code: exitPass, says: "errors<80%"},
		"none is answered right": {status: func(int64) int { return 500 }, code: exitFail, says: "errors<1%"},
		"all are right":          {status: func(int64) int { return 0 }, code: exitPass, says: "errors<1%"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/userinfo") {
					// The first is answered, so that nothing is down from the start.
					if n := asked.Add(1) - 2; n >= 0 && c.status(n) != 0 {
						w.WriteHeader(c.status(n))
						return
					}
				}
				forward.ServeHTTP(w, r)
			}))
			defer server.Close()
			got, record := loaded(t, append([]string{"userinfo", "--issuer", server.URL + "/v2", "--endpoints", "documented", "--tokens", "1", "--check", "none"}, c.args...),
				readClients(t, credentials)[0].environment("SGID_")...)
			if got.code != c.code || !strings.Contains(got.out, c.says) {
				t.Errorf("exit code %d, want %d and %q\n%s%s\n%+v", got.code, c.code, c.says, got.out, got.err, record.Load)
			}
		})
	}
}

func TestRunHoldsItsThresholdsAgainstALoad(t *testing.T) {
	start := func(args ...string) (result, string) {
		out := filepath.Join(t.TempDir(), "out")
		return program{args: append([]string{"run", "--out", out, "--progress", "none", "--select", "DISC-01", "--decrypt=false", "--load-duration", "1s"}, args...)}.run(t), out
	}
	for says, args := range map[string][]string{
		"has no unit":                                 {"--threshold", "login.p99<300"},
		"(flag --load-rate): it is not above 0":       {"--load-rate", "0"},
		"(flag --load-duration): \"-1s\" is negative": {"--load-duration", "-1s"},
		"unknown figure \"p99\"":                      {"--threshold", "p99<1s"},
		"allow-host (flag --allow-host): api.id.gov.sg is production and cannot be allowed":                    {"--allow-host", "sgid.test.example,API.id.gov.sg:443"},
		"allowed host \"sgid test\": not a host name":                                                          {"--allow-host", "sgid test"},
		"run-load-rate (flag --load-rate): the rate must be above 0 and at most 1000000 a second, not 2000000": {"--load-rate", "2000000", "--threshold", "login.p99<1ms"},
		"run-load-duration (flag --load-duration): a duration of 200h0m0s is longer than a week":               {"--load-duration", "200h", "--threshold", "login.p99<1ms"},
	} {
		if got, out := start(args...); got.code != exitUsage || !strings.Contains(got.err, says) {
			t.Errorf("%v: exit code %d\n%s", args, got.code, got.err)
		} else if _, err := os.Stat(out); err == nil {
			t.Errorf("%v: something was written", args)
		}
	}
	got, out := start("--threshold", "requests>1000")
	if l := recordOf(t, out).Load; got.code == exitPass || l == nil || l.Thresholds[0].OK || l.Thresholds[len(l.Thresholds)-1].Expression != "errors<1%" {
		t.Errorf("exit code %d, %+v", got.code, l)
	}
	got, out = start("--threshold", "requests>1", "--load=false")
	if r := recordOf(t, out); got.code != exitIncomplete || !strings.Contains(r.Stopped, "--threshold was not evaluated") {
		t.Errorf("exit code %d, stopped %q: what was asked for was not found out", got.code, r.Stopped)
	}
	if got, _ = start("--load=false"); got.code != exitPass {
		t.Errorf("exit code %d without a threshold\n%s%s", got.code, got.out, got.err)
	}
}
