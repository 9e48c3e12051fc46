package loadtest

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"slices"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// Scenario names what is put under load.
type Scenario string

// The scenarios.
const (
	Token    Scenario = "token"    // token requests, each with a code, verifier and nonce of its own
	Userinfo Scenario = "userinfo" // userinfo requests, with a few access tokens in turn
	Login    Scenario = "login"    // authorization (with Live), token, verification, userinfo and decryption as one transaction
)

// Scenarios lists the scenarios by name.
func Scenarios() []string { return []string{string(Token), string(Userinfo), string(Login)} }

// main is the part whose latency is that of a whole transaction.
func (s Scenario) main() int {
	switch s {
	case Token:
		return partToken
	case Userinfo:
		return partUserinfo
	default:
		return partLogin
	}
}

// requests is how many requests one transaction sends.
func (s Scenario) requests() uint64 {
	if s == Login {
		return 2
	}
	return 1
}

// requests is how many requests one transaction sends: with Live, at least the
// authorization request and one login page beside.
func (o *Options) requests() uint64 {
	if o.Live {
		return o.Scenario.requests() + 2
	}
	return o.Scenario.requests()
}

// CheckMode says how much of each response is looked at.
type CheckMode string

// The modes of checking.
const (
	CheckFull CheckMode = "full"          // every answer is verified, decrypted and compared
	CheckNone CheckMode = run.CheckedNone // only whether there was an answer, and its status
)

// Defaults of Options.
const (
	DefaultDuration = 10 * time.Second
	DefaultTimeout  = 10 * time.Second
	DefaultWorkers  = 10_000
	DefaultTokens   = 20
	DefaultMaxBody  = 1 << 20
	DefaultBacklog  = 8192
	DefaultMinters  = 8
	maxRate         = 1_000_000 // per second
	maxDuration     = 7 * 24 * time.Hour
)

// CheckRate says why no load can have that rate a second; nil: one can.
func CheckRate(rate float64) error {
	if !(rate > 0) || rate > maxRate {
		return fmt.Errorf("the rate must be above 0 and at most %d a second, not %.10g", maxRate, rate)
	}
	return nil
}

// CheckDuration says why no load can last that long; nil: one can.
func CheckDuration(d time.Duration) error {
	if d > maxDuration {
		return fmt.Errorf("a duration of %s is longer than a week", d)
	}
	return nil
}

// Options says what load to make, on what, and how to judge it. The zero value
// of a setting means its default; what has none is required.
type Options struct {
	Scenario  Scenario
	Issuer    string         // as the ID tokens must name it
	Endpoints sgid.Endpoints // Token, UserInfo and JWKS, as the scenario needs them; Discovery, when set, is asked for the target's health

	ClientID     string
	ClientSecret string
	RedirectURI  string
	Key          *rsa.PrivateKey // what userinfo responses are encrypted to
	Engine       string          // RSA engine of decryption: auto (default), go, openssl

	Rate     float64       // requests (or logins) a second; the rate at the start when RampTo is set
	RampTo   float64       // the rate at the end of Duration, reached linearly; 0: constant
	Duration time.Duration // of the load, the warm-up not counted; default DefaultDuration
	Warmup   time.Duration // duration of the warm-up at the first rate, which is not counted in any figure
	// MaxRequests ends the plan after that many requests to the endpoints under
	// load, those of the warm-up included and those of the preparation not; 0: no limit. Not with FindMax.
	MaxRequests uint64

	// Shared says that this run is a part of a load that several processes send, each
	// with the same options but for Part: the requests Part, Part+Parts, Part+2·Parts …
	// of one plan, at their times after StartAt. Its thresholds are recorded and not
	// judged: they are for all parts together.
	Shared      bool
	Part, Parts int
	// StartAt is when the plan begins, the warm-up included; zero: as soon as all is
	// ready. What is ready more than a second later sends nothing.
	StartAt time.Time
	// MintAhead is how long before its use a code is minted at most, and so how long
	// before StartAt minting begins: not longer than codes live. Default DefaultMintAhead.
	MintAhead time.Duration
	// LoginBudget is the most logins that the load may spend, of all parts together;
	// 0: as many as it needs.
	LoginBudget uint64

	Workers     int           // most transactions under way at once; default DefaultWorkers
	Connections int           // maximum number of open connections; 0: no limit
	HTTP2       bool          // speak HTTP/2; https only
	Timeout     time.Duration // of one request; default DefaultTimeout
	MaxBody     int64         // longest answer taken, in bytes; default DefaultMaxBody

	Check   CheckMode // default CheckFull
	Judges  int       // goroutines that judge while load is sent; default one less than the processors, at least 1
	Backlog int       // most answers that wait for a judge; default DefaultBacklog

	// Minter makes authorization codes. Required for token and login; for
	// userinfo it is used when Logins holds none.
	Minter Minter
	// Live makes each login of the scenario login whole: its authorization request
	// and what follows from it are made at their time, through Minter, and have parts
	// of their own. Otherwise codes are minted ahead, and the figures begin with the
	// token request.
	Live bool
	// RestartWait is how long minting is tried again while the target is too busy or not
	// there; default DefaultRestartWait. With KeepGoing it is, for as long as the load lasts.
	RestartWait time.Duration
	Minters     int // codes made at once; default DefaultMinters
	// Attended says that each login costs a person's time. Then only userinfo can
	// be loaded, with one access token unless Tokens says more, and tokens are not
	// renewed.
	Attended bool
	// Logins are logins at hand, whose access tokens userinfo uses.
	Logins []AccessGrant
	Tokens int // access tokens that userinfo takes in turn, when they are minted; default DefaultTokens

	Thresholds []Threshold // DefaultThreshold is added when they leave errors unbounded
	KeepGoing  bool        // go on when the target goes down

	FindMax *Search // search for the highest rate that holds; nil: one run at Rate

	Guard    *Guard                   // required: which hosts may be loaded
	TLS      *tls.Config              // nil: the system's authorities
	Dial     dialFunc                 // nil: plain TCP
	Route    *client.Route            // through which proxies; nil: none
	Blame    func(body []byte) string // what to say of a token request that is refused while the load is prepared; nil: nothing
	Redactor *redact.Redactor         // of the example exchanges; nil: a new one

	// Results, when set, takes the outcome of each transaction of the load in
	// vegeta's own encoding (gob), for its report, plot and encode commands. A
	// search writes each rate under a name of its own.
	Results io.Writer

	// Checkpoint, when set, takes the figures so far, without examples: before anything
	// is sent, and again and again while the load is. It is called from one goroutine
	// at a time and not after Run has returned, and answers how long to leave it alone.
	Checkpoint func(*run.Load) time.Duration

	Note func(string) // takes what a reader must know beside the figures; may be nil

	now        func() time.Time                           // nil: time.Now; for the age of codes
	pause      func(context.Context, time.Duration) error // nil: pause; between two tries of the preparation
	usage      func() (cpu time.Duration, maxRSS uint64)  // nil: processUsage
	limitCores func() float64                             // nil: cpuLimit
	grace      time.Duration                              // 0: lateGrace; how long after the plan's end late requests still go out

	renewEvery time.Duration // 0: renewEvery; the age at which an access token is replaced
}

// AccessGrant is an access token with the person it was issued for.
type AccessGrant struct {
	AccessToken string
	Subject     string // sub of the ID token that came with it; empty: not known
}

// ErrOptions is wrapped by the error for options that cannot be used.
var ErrOptions = errors.New("load test")

func optionError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrOptions, fmt.Sprintf(format, args...))
}

// Validate says which option cannot be used, and why, as Run would; nothing is
// sent. The error wraps ErrOptions.
func (o Options) Validate() error { return o.complete() }

// complete fills in defaults and says which setting cannot be used, and why.
func (o *Options) complete() error {
	switch o.Scenario {
	case Token, Userinfo, Login:
	default:
		return optionError("unknown scenario %q: it is token, userinfo or login", o.Scenario)
	}
	setDefault(&o.Duration, DefaultDuration)
	setDefault(&o.Timeout, DefaultTimeout)
	setDefault(&o.Workers, DefaultWorkers)
	setDefault(&o.MaxBody, DefaultMaxBody)
	setDefault(&o.Backlog, DefaultBacklog)
	setDefault(&o.Minters, DefaultMinters)
	setDefault(&o.RestartWait, DefaultRestartWait)
	if o.Attended {
		setDefault(&o.Tokens, 1)
	}
	setDefault(&o.Tokens, DefaultTokens)
	setDefault(&o.Check, CheckFull)
	setDefault(&o.grace, lateGrace)
	setDefault(&o.renewEvery, renewEvery)
	setDefault(&o.Engine, "auto")
	setDefault(&o.Judges, max(1, runtime.GOMAXPROCS(0)-1))
	if o.RampTo == 0 {
		o.RampTo = o.Rate
	}
	if o.Redactor == nil {
		o.Redactor = redact.New()
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.usage == nil {
		o.usage = processUsage
	}
	if o.limitCores == nil {
		o.limitCores = cpuLimit
	}
	if o.pause == nil {
		o.pause = client.Sleep
	}
	for _, rate := range []float64{o.Rate, o.RampTo} {
		if err := CheckRate(rate); err != nil {
			return optionError("%v", err)
		}
	}
	if err := CheckDuration(o.Duration); err != nil {
		return optionError("%v", err)
	}
	switch {
	case o.Duration < 0 || o.Warmup < 0 || o.Timeout < 0 || o.MintAhead < 0 || o.RestartWait < 0:
		return optionError("durations must not be negative")
	case o.Workers < 0 || o.Connections < 0 || o.Judges < 0 || o.Backlog < 0 || o.Minters < 0 || o.Tokens < 0 || o.MaxBody < 0:
		return optionError("workers, connections and the like must not be negative")
	case o.MaxRequests > 0 && o.MaxRequests < o.requests():
		return optionError("a limit of %d requests is less than one %s takes", o.MaxRequests, o.Scenario)
	case o.Check != CheckFull && o.Check != CheckNone:
		return optionError("unknown checking %q: it is full or none", o.Check)
	case o.Guard == nil:
		return optionError("no guard says which hosts may be loaded")
	case o.Minter == nil && o.Scenario != Userinfo:
		return optionError("the scenario %s needs a way to mint authorization codes; without one, load userinfo with the logins at hand", o.Scenario)
	case o.Attended && o.Scenario != Userinfo:
		return optionError("the scenario %s takes a login for every request, and a person has to make each; load userinfo", o.Scenario)
	case o.Minter == nil && len(o.Logins) == 0:
		return optionError("userinfo needs access tokens: a way to mint authorization codes, or logins at hand")
	case o.Key == nil && o.Check == CheckFull && o.Scenario != Token:
		return optionError("the client's private key is needed to decrypt the answers; without it, switch checking off with --check none")
	case o.FindMax != nil && o.RampTo != o.Rate:
		return optionError("a ramp and a search for the highest rate exclude each other")
	case o.FindMax != nil && o.MaxRequests > 0:
		return optionError("a limit of requests and a search for the highest rate exclude each other: the limit would cut short how long each rate is tried")
	}
	if o.FindMax != nil {
		if err := o.FindMax.complete(o); err != nil {
			return err
		}
	}
	if err := o.measurable(); err != nil {
		return err
	}
	if err := o.completeShare(); err != nil {
		return err
	}
	o.Thresholds = bounded(o.Thresholds, o.Scenario)
	for _, raw := range o.urls() {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return optionError("endpoint %q is not an absolute http or https URL", raw)
		}
		if o.HTTP2 && u.Scheme != "https" {
			return optionError("HTTP/2 needs https, and %s is not", raw)
		}
	}
	return nil
}

// otherDescriptors is how many descriptors a process needs beside its connections.
const otherDescriptors = 32

// ShareDescriptors bounds the connections for a target in this process, which
// needs a descriptor for each as the harness does: it would run out of them as
// if it were the target's own failure. Where they are enough, or the load has no more
// requests than that, it does nothing.
func (o *Options) ShareDescriptors() { o.shareDescriptors(descriptors()) }

func (o *Options) shareDescriptors(limit uint64) {
	room := max(1, (int64(min(limit, 1<<30))-otherDescriptors)/2)
	workers := int64(o.Workers)
	if workers == 0 {
		workers = DefaultWorkers
	}
	if limit == 0 || room >= workers || o.Connections > 0 && int64(o.Connections) <= room {
		return
	}
	if all := max(o.Rate, o.RampTo) * (o.Warmup + o.Duration).Seconds() * float64(o.requests()+2); o.FindMax == nil && all > 0 && all <= float64(room) {
		return // two more, for each login: its authorization request and page
	}
	o.Connections = int(room)
	if o.Note != nil {
		o.Note(fmt.Sprintf("at most %d connections were open at once, because this process may hold %d files and connections, and the embedded provider is in it, too; raise the limit with ulimit -n", room, limit))
	}
}

// urls are the addresses that this scenario sends requests to.
func (o *Options) urls() []string {
	var urls []string
	if o.Scenario != Userinfo || len(o.Logins) == 0 {
		urls = append(urls, o.Endpoints.Token, o.Endpoints.JWKS)
	}
	if o.Scenario != Token {
		urls = append(urls, o.Endpoints.UserInfo)
	}
	if o.Live && o.Endpoints.Authorization != "" {
		urls = append(urls, o.Endpoints.Authorization)
	}
	if o.Endpoints.Discovery != "" {
		urls = append(urls, o.Endpoints.Discovery)
	}
	return urls
}

// proxies are the proxies that the load goes through, each once.
func (o *Options) proxies() (list []*client.Proxy) {
	if o.Route == nil {
		return nil
	}
	for _, raw := range o.urls() {
		u, err := url.Parse(raw)
		if err != nil {
			continue
		}
		p, err := o.Route.Proxy(u)
		if err != nil || p == nil || slices.ContainsFunc(list, func(q *client.Proxy) bool { return *q.URL == *p.URL }) {
			continue
		}
		list = append(list, p)
	}
	return list
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
