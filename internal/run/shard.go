package run

import (
	"fmt"
	"slices"
	"time"
)

// LoadPlan is the plan of a load that is sent by several processes, the same for
// all of them: part I of N sends the requests I, I+N, I+2N … of it, counted from 0,
// the warm-up's among them.
type LoadPlan struct {
	Parts       int       `json:"parts"`
	StartAt     time.Time `json:"start_at"` // when the warm-up begins, or the load where there is none
	Rate        float64   `json:"rate"`     // a second, of all parts together; at the start of a ramp
	RampTo      float64   `json:"ramp_to"`  // the rate at the end of DurationS
	WarmupS     float64   `json:"warmup_s,omitempty"`
	Warm        uint64    `json:"warm,omitempty"`         // requests (or logins) of the warm-up, of all parts
	DurationS   float64   `json:"duration_s"`             // of the load, the warm-up not counted
	EndsS       float64   `json:"ends_s"`                 // when the load is over: sooner where MaxRequests cuts it
	MaxRequests uint64    `json:"max_requests,omitempty"` // 0: no limit
	Planned     uint64    `json:"planned"`                // requests (or logins) of the load, of all parts
	Check       string    `json:"check"`                  // full or none
	Authorize   string    `json:"authorize,omitempty"`    // of logins: live, or ahead where codes were minted before
	Thresholds  []string  `json:"thresholds,omitempty"`   // judged on all parts together
}

// Asked is how many requests the plan has due from a until b, seconds from the
// load's start.
func (p *LoadPlan) Asked(a, b float64) float64 {
	a, b = max(0, min(a, p.EndsS)), max(0, min(b, p.EndsS))
	if a >= b {
		return 0
	}
	return (b - a) * (p.rateAt(a) + p.rateAt(b)) / 2
}

func (p *LoadPlan) rateAt(s float64) float64 {
	if p.DurationS <= 0 {
		return p.Rate
	}
	return p.Rate + (p.RampTo-p.Rate)*s/p.DurationS
}

// Share is how many of the plan's requests are part i's, in the load alone.
func (p *LoadPlan) Share(i int) uint64 {
	return shareOf(p.Warm+p.Planned, i, p.Parts) - shareOf(p.Warm, i, p.Parts)
}

// shareOf counts i, i+n, i+2n … below total.
func shareOf(total uint64, i, n int) uint64 {
	first, step := uint64(i), uint64(n)
	if total <= first {
		return 0
	}
	return (total-first-1)/step + 1
}

// differs names the first setting in which two plans are not one.
func (p *LoadPlan) differs(o *LoadPlan) string {
	for _, one := range []struct {
		name string
		a, b any
	}{
		{"the number of parts", p.Parts, o.Parts},
		{"the rate", p.Rate, o.Rate},
		{"the last rate of the ramp", p.RampTo, o.RampTo},
		{"the warm-up in seconds", p.WarmupS, o.WarmupS},
		{"the duration in seconds", p.DurationS, o.DurationS},
		{"the limit of requests", p.MaxRequests, o.MaxRequests},
		{"the number of requests planned", p.Planned, o.Planned},
		{"the checking of answers", p.Check, o.Check},
		{"when codes are obtained", p.Authorize, o.Authorize},
	} {
		if one.a != one.b {
			return fmt.Sprintf("%s is %v in one and %v in another", one.name, one.a, one.b)
		}
	}
	if !slices.Equal(p.Thresholds, o.Thresholds) {
		return fmt.Sprintf("the thresholds are %v in one and %v in another", p.Thresholds, o.Thresholds)
	}
	return ""
}

// Shard says which part of a load a record is of.
type Shard struct {
	Part       int    `json:"part"`                 // from 0
	Process    string `json:"process"`              // made up by the process that sent it: the same part may have run twice
	Host       string `json:"host,omitempty"`       // the name of the machine or pod
	Checkpoint int    `json:"checkpoint,omitempty"` // cumulative records of one process are numbered from 1
	// ClockS is by how many seconds the target's clock was ahead of this machine's, by
	// the Date of its responses, which says whole seconds; nil: it sent none.
	ClockS *float64 `json:"clock_s,omitempty"`
	LateS  float64  `json:"late_s,omitempty"` // how long after the common start it came; it sent nothing then
}

// States of a part in a merged record.
const (
	ShardWhole     = "whole"
	ShardMissing   = "missing"    // there is no record of it
	ShardCut       = "cut short"  // the last record that there is was not its last
	ShardLate      = "late"       // it came after the common start and sent nothing
	ShardRepeated  = "repeated"   // more than one process has sent it
	ShardOtherTime = "other time" // it was sent at another time than the others
)

// ShardResult is what one part came to, in a merged record.
type ShardResult struct {
	Part     int       `json:"part"`
	State    string    `json:"state"`            // whole, missing, cut short, late, repeated or other time
	Reason   string    `json:"reason,omitempty"` // of a state that is not whole
	Host     string    `json:"host,omitempty"`
	Planned  uint64    `json:"planned"`
	Sent     uint64    `json:"sent"`
	Requests uint64    `json:"requests"`
	Errors   uint64    `json:"errors"`
	RateSent float64   `json:"rate_sent"` // over the time of the whole load
	Achieved float64   `json:"rate_achieved"`
	P99      float64   `json:"p99"` // of a whole request (or login), milliseconds
	Max      float64   `json:"max"`
	Harness  Harness   `json:"harness"`
	WidthS   int       `json:"width_s,omitempty"` // what one of Series covers, in seconds, when more than one
	Series   []float64 `json:"series,omitempty"`  // sent a second, from the load's start
}

// Whole says that nothing is missing of the part.
func (s *ShardResult) Whole() bool { return s.State == ShardWhole }

// Name is how a part is distinguished from the others, such as "part 2 (pod-2)".
func (s *ShardResult) Name() string {
	if s.Host == "" {
		return fmt.Sprintf("part %d", s.Part)
	}
	return fmt.Sprintf("part %d (%s)", s.Part, s.Host)
}

// lost says which parts are not whole, in a clause; "" where all are.
func (l *Load) lost() []string {
	var out []string
	for i := range l.Shards {
		if s := &l.Shards[i]; !s.Whole() {
			text := s.Name() + " is " + s.State
			if s.State == ShardOtherTime {
				text = s.Name() + " is of another time"
			}
			if s.Reason != "" {
				text += " (" + s.Reason + ")"
			}
			out = append(out, text)
		}
	}
	return out
}
