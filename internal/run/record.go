// Package run is the run record: the one JSON document that holds everything a
// run saw, and from which every report is drawn. It knows nothing of sgID and
// nothing of how the figures came about.
package run

import "time"

// Schema names the version of the record's form that this package writes.
const Schema = "sgidcheck.run/v1"

// Verdict is what one run says of one check.
type Verdict string

// The verdicts of a check.
const (
	Pass        Verdict = "pass"         // it holds
	Fail        Verdict = "fail"         // a MUST does not hold
	Warn        Verdict = "warn"         // a SHOULD does not hold
	Info        Verdict = "info"         // what an INFO check saw
	Skip        Verdict = "skip"         // a need is not met
	Blocked     Verdict = "blocked"      // it could not be judged
	Waived      Verdict = "waived"       // it fails or warns, and a waiver in force covers it
	StaleWaiver Verdict = "stale-waiver" // a waiver covers it, yet it passes
)

// Verdicts lists every verdict in the order in which reports count them.
func Verdicts() []Verdict {
	return []Verdict{Pass, Fail, Warn, Info, Skip, Blocked, Waived, StaleWaiver}
}

// The verdicts of a whole run.
const (
	RunPass       = "pass"
	RunFail       = "fail"
	RunIncomplete = "incomplete"
)

// Record is one run. Times are UTC, written as RFC 3339. No member holds a
// secret or a person's data: what was recorded was redacted before it came here.
type Record struct {
	Schema   string     `json:"schema"`
	Tool     Tool       `json:"tool"`
	Target   Target     `json:"target"`
	Command  []string   `json:"command,omitempty"`     // how to repeat the run; secrets never stand in it
	Settings []Setting  `json:"settings,omitempty"`    // every setting in force; secrets masked
	Keys     []string   `json:"client_keys,omitempty"` // RFC 7638 thumbprints of the clients' public keys, the second client's last
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished,omitempty"`
	Complete bool       `json:"complete"`
	Stopped  string     `json:"stopped,omitempty"` // why the run ended early
	Resumed  int        `json:"resumed,omitempty"` // how often the run was taken up again
	Strict   bool       `json:"strict,omitempty"`  // warnings counted as failures
	Require  string     `json:"require,omitempty"` // what had to be judged: complete, or nothing
	Verdict  string     `json:"verdict"`           // pass, fail or incomplete
	Summary  Summary    `json:"summary"`
	Coverage *Coverage  `json:"coverage,omitempty"` // of a run that judges checks
	Notes    []string   `json:"notes,omitempty"`    // what a reader must know beside the verdicts
	Checks   []Check    `json:"checks"`
	Begun    []Begun    `json:"begun,omitempty"`  // checks in the middle of which the run is, or was stopped
	Logins   []string   `json:"logins,omitempty"` // what each login was made for, where checks share them
	Browser  *Browser   `json:"browser,omitempty"`
	Load     *Load      `json:"load,omitempty"`
	Decrypt  *Decrypt   `json:"decrypt,omitempty"`
}

// Begun is a check that waits for a login, with the cases that hold already: a run
// that goes on does not try them again.
type Begun struct {
	ID    string   `json:"id"`
	Cases []string `json:"cases"`
}

// Tool is the program that made the record.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Setting is one setting as it was in force, so that the run can be repeated.
type Setting struct {
	Name   string `json:"name"`   // its key in the configuration file
	Value  string `json:"value"`  // masked where it is or may be a secret; empty: none
	Origin string `json:"origin"` // such as "flag --issuer", "environment SGID_ISSUER", "default"
}

// Target is the provider under test.
type Target struct {
	Issuer      string   `json:"issuer"`
	Kind        string   `json:"kind"`                  // embedded or external
	Local       bool     `json:"local,omitempty"`       // it is on this machine though its URL does not say so
	Endpoints   string   `json:"endpoints,omitempty"`   // discovery or documented
	Login       string   `json:"login,omitempty"`       // direct, browser or interactive
	Faults      []string `json:"faults,omitempty"`      // of the embedded provider
	Variants    []string `json:"variants,omitempty"`    // of the embedded provider
	Application string   `json:"application,omitempty"` // the relying party's start page, where that is what is judged
}

// Summary counts the checks by verdict.
type Summary struct {
	Pass        int `json:"pass"`
	Fail        int `json:"fail"`
	Warn        int `json:"warn"`
	Info        int `json:"info"`
	Skip        int `json:"skip"`
	Blocked     int `json:"blocked"`
	Waived      int `json:"waived"`
	StaleWaiver int `json:"stale-waiver"`
}

// Warnings counts what a reader is warned of: a waiver that is not needed, too.
func (s Summary) Warnings() int { return s.Warn + s.StaleWaiver }

// Basis is a clause that a check rests on.
type Basis struct {
	Source  string `json:"source"` // a tag such as RFC6749 or SGID-API
	Section string `json:"section,omitempty"`
	URL     string `json:"url,omitempty"`
}

// Check is one testable statement and what this run says of it.
type Check struct {
	ID          string     `json:"id"`
	Area        string     `json:"area"`
	Title       string     `json:"title"`
	Problem     string     `json:"problem,omitempty"` // what is wrong where it does not hold, as a title of it
	Level       string     `json:"level"`             // MUST, SHOULD or INFO
	Basis       []Basis    `json:"basis"`
	Verdict     Verdict    `json:"verdict"`
	Expected    string     `json:"expected"`
	Observed    string     `json:"observed"`
	Reason      string     `json:"reason,omitempty"`     // of a skip, a block, or a waiver that does not hold
	Gap         Gap        `json:"gap,omitempty"`        // of a skip: does not apply, or what was lacking
	BlockedBy   string     `json:"blocked_by,omitempty"` // the check or exchange that blocked it
	Root        bool       `json:"root,omitempty"`       // what it found keeps others from being judged, which it blocks
	Remediation string     `json:"remediation"`
	Why         string     `json:"why,omitempty"` // why it matters
	DurationMS  float64    `json:"duration_ms"`
	Waiver      *Waiver    `json:"waiver,omitempty"`
	Cases       []Case     `json:"cases,omitempty"`
	Exchanges   []Exchange `json:"exchanges"`
}

// OutsideCases is the name of the case that stands for what a check with cases found
// outside of any of them. It is in the record only where it does not hold.
const OutsideCases = "outside the cases"

// Case is one named input of a check.
type Case struct {
	Name     string  `json:"name"`
	Verdict  Verdict `json:"verdict"`            // pass, fail, skip or blocked; a SHOULD's failing case is warn
	Expected string  `json:"expected,omitempty"` // where it fails, and other words than the check's say it
	Observed string  `json:"observed,omitempty"`
	Gap      Gap     `json:"gap,omitempty"`   // of a skip: does not apply, or what was lacking
	Level    string  `json:"level,omitempty"` // where it is another than the check's
}

// Exchange is one request with its response, redacted.
type Exchange struct {
	Case       string     `json:"case,omitempty"`
	Started    *time.Time `json:"started,omitempty"` // when it was sent
	Judged     bool       `json:"judged,omitempty"`  // the exchange that the failing assertion points at
	Request    Request    `json:"request"`
	Response   *Response  `json:"response,omitempty"`
	Error      string     `json:"error,omitempty"`
	DurationMS float64    `json:"duration_ms"`
	Curl       string     `json:"curl,omitempty"`
	Side       string     `json:"side,omitempty"`  // of a run that judges a relying party: application, or provider
	Wrong      string     `json:"wrong,omitempty"` // what the provider did wrong on purpose in this login
	Shows      string     `json:"shows,omitempty"` // who the application's page shows
}

// Header is one header field line.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Request is what was sent, redacted.
type Request struct {
	Method  string   `json:"method"`
	URL     string   `json:"url"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
}

// Response is what came back, redacted.
type Response struct {
	Status  int      `json:"status"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
}

// Browser is what the browser saw.
type Browser struct {
	Product string        `json:"product,omitempty"` // name and version
	Sandbox bool          `json:"sandbox"`
	Steps   []BrowserStep `json:"steps,omitempty"`
	HAR     string        `json:"har,omitempty"` // file under --out
	Timings []Timing      `json:"timings,omitempty"`
}

// BrowserStep is one thing done in the browser.
type BrowserStep struct {
	Check      string   `json:"check,omitempty"`
	Name       string   `json:"name"`
	URL        string   `json:"url,omitempty"`
	Screenshot string   `json:"screenshot,omitempty"` // file under --out
	Thumbnail  string   `json:"thumbnail,omitempty"`  // a small image as data URI, for the report
	Console    []string `json:"console,omitempty"`
	AtMS       float64  `json:"at_ms"`
}

// Timing is one named duration or size seen in the browser.
type Timing struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"` // ms or bytes
}

// Load is the outcome of a load test. Rates are per second, latencies
// milliseconds from the intended send time.
type Load struct {
	Scenario     string          `json:"scenario"`        // token, userinfo or login
	Check        string          `json:"check,omitempty"` // how much of each answer was looked at: full or none; empty: not known
	RateAsked    float64         `json:"rate_asked"`
	RateSent     float64         `json:"rate_sent"`
	RateAchieved float64         `json:"rate_achieved"`
	DurationS    float64         `json:"duration_s"`
	Planned      uint64          `json:"planned,omitempty"` // how many the plan had; 0 where it is not known
	Requests     uint64          `json:"requests"`          // that ended: answered or failed
	Answers      uint64          `json:"answers,omitempty"` // of those, that were answered, correctly or not
	Errors       map[string]int  `json:"errors"`
	Aside        map[string]int  `json:"aside,omitempty"` // errors that enter no figure: of preparation, warm-up, and the other steps of a search
	Examples     []ErrorExample  `json:"examples,omitempty"`
	Parts        map[string]Part `json:"parts"`
	Series       []Second        `json:"series"`
	Thresholds   []Threshold     `json:"thresholds,omitempty"`
	Search       []SearchStep    `json:"search,omitempty"` // of --find-max
	Harness      Harness         `json:"harness"`
	BytesIn      uint64          `json:"bytes_in,omitempty"`
	BytesOut     uint64          `json:"bytes_out,omitempty"`
	Connections  uint64          `json:"connections,omitempty"`
	Handshakes   uint64          `json:"tls_handshakes,omitempty"`
	ExpiredCodes uint64          `json:"expired_codes,omitempty"` // codes that ran out unused; not the target's errors
	Stopped      string          `json:"stopped,omitempty"`       // why it ended early
	Sent         uint64          `json:"sent,omitempty"`          // that went out
	LastRightS   float64         `json:"last_right_s,omitempty"`  // when the last right answer came, from the load's start
	Plan         *LoadPlan       `json:"plan,omitempty"`          // of a load that several processes send
	Shard        *Shard          `json:"shard,omitempty"`         // in the record of one of them: which
	Shards       []ShardResult   `json:"shards,omitempty"`        // in a merged record: what each came to
}

// ErrorExample is one exchange that shows a kind of error under load.
type ErrorExample struct {
	Kind     string   `json:"kind"`
	Detail   string   `json:"detail"`
	Exchange Exchange `json:"exchange"`
}

// Part is the figures of one endpoint or step: token, userinfo, verify, decrypt or login.
type Part struct {
	Count     uint64  `json:"count"`
	Errors    uint64  `json:"errors"`
	Latency   Latency `json:"latency_ms"`
	Histogram string  `json:"histogram,omitempty"`         // HDR, compressed, base64
	UnitMS    float64 `json:"histogram_unit_ms,omitempty"` // what one unit of the histogram is; 0: it is found from the figures
}

// Latency is the distribution of a part's latency, in milliseconds.
type Latency struct {
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// Second is one second of a load test, counted from its start by intended send
// time; in the record of a long test, the several seconds that Width says.
type Second struct {
	Second  int     `json:"second"`
	Width   int     `json:"width_s,omitempty"` // the seconds it covers, when more than one
	Asked   float64 `json:"asked"`
	Sent    uint64  `json:"sent"`
	Done    uint64  `json:"done"`
	Errors  uint64  `json:"errors"`
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Max     float64 `json:"max"`
	Backlog int     `json:"backlog,omitempty"` // answers waiting to be judged
	Left    uint64  `json:"left,omitempty"`    // that went out within it, whenever they were due
	Came    uint64  `json:"came,omitempty"`    // that were answered or failed within it, whenever they were due

	Histogram string `json:"histogram,omitempty"` // in the record of one part of a load: HDR, compressed, base64, in microseconds
}

// Threshold is one condition on the figures, and whether it held.
type Threshold struct {
	Expression string  `json:"expression"`
	Value      float64 `json:"value"`
	OK         bool    `json:"ok"`
	Unmeasured bool    `json:"unmeasured,omitempty"` // the figure has no sample, or the load was interrupted before it was whole; OK is false, too
	Sure       bool    `json:"sure,omitempty"`       // crossed also by the parts of a load that were not at their own limit, or had no request been sent late
}

// SearchStep is one rate tried by a search for the highest that holds.
type SearchStep struct {
	Rate   float64 `json:"rate"`
	OK     bool    `json:"ok"`
	Reason string  `json:"reason,omitempty"`

	Limited bool `json:"limited,omitempty"` // the harness was the limit, so that it says nothing of the target
}

// Harness is what the harness itself used, and whether it was the limit.
type Harness struct {
	CPUSeconds  float64  `json:"cpu_s"`
	MaxRSSBytes uint64   `json:"max_rss_bytes"`
	Limited     bool     `json:"limited"`
	Reasons     []string `json:"reasons,omitempty"`
	Machine     *Machine `json:"machine,omitempty"` // that it ran on
}
