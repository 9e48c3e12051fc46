package loadtest

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"sgidcheck/internal/sgid"
)

// serveVariable makes the test binary a stand-in provider, so that benchmarks
// have a target in a process of its own: its processor time is not the harness's.
const serveVariable = "LOADTEST_SERVE_STANDIN"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		serveStandIn()
		return
	}
	os.Exit(m.Run())
}

type served struct {
	URL    string
	Key    string // PEM
	Answer []byte
}

// serveStandIn answers userinfo until its standard input ends.
func serveStandIn() {
	person := map[string]string{}
	for i := range 8 {
		person[fmt.Sprintf("myinfo.field_%d", i)] = "twenty-four bytes of it."
	}
	var t panicking
	answer := sealAnswer(t, "u=person-0", person)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+sgid.PathUserInfo, func(w http.ResponseWriter, _ *http.Request) { w.Write(answer) })
	s := httptest.NewServer(mux)
	der, err := x509.MarshalPKCS8PrivateKey(clientKey())
	if err != nil {
		panic(err)
	}
	json.NewEncoder(os.Stdout).Encode(served{s.URL, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), answer})
	io.Copy(io.Discard, os.Stdin)
}

// panicking is the testing.TB of a process that runs no test.
type panicking struct{ testing.TB }

func (panicking) Helper()           {}
func (panicking) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func startStandIn(b *testing.B) served {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var s served
	if err := json.Unmarshal(line, &s); err != nil {
		b.Fatal(err)
	}
	return s
}

func (s served) options(b *testing.B) Options {
	b.Helper()
	guard, err := NewGuard(nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	key, err := sgid.ParsePrivateKey([]byte(s.Key))
	if err != nil {
		b.Fatal(err)
	}
	return Options{
		Scenario:  Userinfo,
		Endpoints: sgid.Endpoints{UserInfo: s.URL + sgid.PathUserInfo},
		Key:       key,
		Logins:    []AccessGrant{{AccessToken: "at-0"}},
		Guard:     guard,
	}
}

const (
	benchConnections = 16
	beyondReach      = 500_000 // a rate that cannot be held, so that the sender is the limit
)

// BenchmarkSendingRatio compares userinfo load with checking off with vegeta's
// attacker by itself and with wrk, in turns, against the same server and with as
// many connections: the rate each reaches, and the processor time it takes for a
// request, which a busy machine changes less. wrk is written in C, sends nothing
// by a schedule, and waits for each response before it sends again: it is the least
// that a request can cost here.
func BenchmarkSendingRatio(b *testing.B) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		b.Log("wrk is not measured: install Debian's package wrk")
	}
	s := startStandIn(b)
	const turn = time.Second
	var ours, theirs, c sender
	for b.Loop() {
		o := s.options(b)
		o.Check, o.Rate, o.Duration = CheckNone, beyondReach, turn
		o.Workers, o.Connections = benchConnections, benchConnections
		load, err := Run(b.Context(), o, nil)
		if err != nil {
			b.Fatal(err)
		}
		if len(load.Errors) > 0 || !load.Harness.Limited {
			b.Fatalf("errors %v, harness %+v", load.Errors, load.Harness)
		}
		ours.add(float64(load.Requests), seconds(load.Harness.CPUSeconds), seconds(load.DurationS))

		attacker := vegeta.NewAttacker(vegeta.Workers(benchConnections), vegeta.MaxWorkers(benchConnections),
			vegeta.Connections(benchConnections), vegeta.MaxConnections(benchConnections))
		targeter := vegeta.NewStaticTargeter(vegeta.Target{Method: "GET", URL: s.URL + sgid.PathUserInfo, Header: http.Header{"Authorization": {"Bearer at-0"}}})
		n, began := 0.0, time.Now()
		before, _ := processUsage()
		for r := range attacker.Attack(targeter, vegeta.Rate{Freq: beyondReach, Per: time.Second}, turn+lateGrace, "") {
			if r.Error != "" {
				b.Fatal(r.Error)
			}
			n++
		}
		after, _ := processUsage()
		theirs.add(n, after-before, time.Since(began))
		if wrk != "" {
			c.add(runWrk(b, wrk, s, turn+lateGrace))
		}
	}
	ours.report(b, "ours")
	theirs.report(b, "vegeta")
	b.ReportMetric(ours.requests/ours.wall/(theirs.requests/theirs.wall), "ours/vegeta")
	if wrk != "" {
		c.report(b, "wrk")
		b.ReportMetric(ours.requests/ours.wall/(c.requests/c.wall), "ours/wrk")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkCheckingRatio compares the processor time that the harness takes for
// one response when every response is decrypted and checked with that of sending
// alone plus that of decrypting alone.
func BenchmarkCheckingRatio(b *testing.B) {
	s := startStandIn(b)
	for _, engine := range []string{"go", "auto"} {
		b.Run("engine="+engine, func(b *testing.B) {
			const rate, turn = 1500, 2 * time.Second
			one := func(check CheckMode) float64 {
				o := s.options(b)
				o.Check, o.Rate, o.Duration, o.Engine = check, rate, turn, engine
				o.Workers, o.Connections = benchConnections, benchConnections
				load, err := Run(b.Context(), o, nil)
				if err != nil {
					b.Fatal(err)
				}
				if len(load.Errors) > 0 || load.Requests == 0 {
					b.Fatalf("%d requests, errors %v", load.Requests, load.Errors)
				}
				return load.Harness.CPUSeconds / float64(load.Requests)
			}
			d, err := sgid.NewDecrypter(s.options(b).Key, engine)
			if err != nil {
				b.Fatal(err)
			}
			var sending, checking, decrypting float64
			for b.Loop() {
				sending += one(CheckNone)
				checking += one(CheckFull)
				const answers = 1000
				before, _ := processUsage()
				for range answers {
					if _, _, err := d.DecryptUserInfo(s.Answer); err != nil {
						b.Fatal(err)
					}
				}
				after, _ := processUsage()
				decrypting += (after - before).Seconds() / answers
			}
			n := float64(b.N) / 1e6
			b.ReportMetric(sending/n, "sending-us/answer")
			b.ReportMetric(decrypting/n, "decrypting-us/answer")
			b.ReportMetric(checking/n, "checking-us/answer")
			b.ReportMetric(checking/(sending+decrypting), "checking/sum")
			b.ReportMetric(0, "ns/op")
		})
	}
}
