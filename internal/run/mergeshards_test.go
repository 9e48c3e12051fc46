package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// shardRecord is the whole record of part i of 3, each with 20 requests of a load
// of 30/s for two seconds.
func shardRecord(i int, change ...func(*Record)) *Record {
	end := noon.Add(3 * time.Second)
	r := &Record{Complete: true, Finished: &end, Target: Target{Issuer: "i", Kind: "external"}, Load: &Load{
		Scenario: "userinfo", DurationS: 2, Planned: 20, Sent: 20, Requests: 20, Answers: 20, LastRightS: 1.9,
		Plan:  &LoadPlan{Parts: 3, StartAt: noon, Rate: 30, RampTo: 30, DurationS: 2, EndsS: 2, Planned: 60, Check: "full"},
		Shard: &Shard{Part: i, Process: fmt.Sprintf("process %d", i), Host: fmt.Sprintf("pod-%d", i), Checkpoint: 9},
	}}
	for _, f := range change {
		f(r)
	}
	return r
}

// cutAt makes a record a checkpoint at half of the load.
func cutAt(checkpoint int) func(*Record) {
	return func(r *Record) {
		r.Finished, r.Complete = nil, false
		r.Load.Shard.Checkpoint, r.Load.Sent, r.Load.Requests, r.Load.Answers, r.Load.DurationS = checkpoint, 10, 10, 10, 1
	}
}

func process(name string) func(*Record) {
	return func(r *Record) { r.Load.Shard.Process, r.Load.Shard.Host = name, name }
}

func late(r *Record) {
	r.Complete, r.Load.Sent, r.Load.Requests, r.Load.Answers, r.Load.DurationS, r.Load.LastRightS = false, 0, 0, 0, 0, 0
	r.Load.Shard.LateS, r.Load.Stopped = 12.4, "it was late"
}

// silent is a part that came to its end, and for which there never was a code.
func silent(r *Record) {
	r.Load.Sent, r.Load.Requests, r.Load.Answers, r.Load.LastRightS = 0, 0, 0, 0
}

func from(start time.Time) func(*Record) {
	return func(r *Record) { r.Load.Plan.StartAt = start }
}

func clock(ahead float64) func(*Record) {
	return func(r *Record) { r.Load.Shard.ClockS = &ahead }
}

func TestWhatBecameOfThePartsIsSaid(t *testing.T) {
	all := func(third ...*Record) []*Record {
		return append([]*Record{shardRecord(0, clock(0)), shardRecord(1, clock(-0.9))}, third...)
	}
	for name, c := range map[string]struct {
		records []*Record
		state   string // of part 2
		reason  string
		sent    uint64 // of all
	}{
		"all are whole":            {all(shardRecord(2)), ShardWhole, "", 60},
		"in any order, with logs":  {all(shardRecord(2), shardRecord(2, cutAt(3))), ShardWhole, "", 60},
		"the same record twice":    {all(shardRecord(2), shardRecord(2)), ShardWhole, "", 60},
		"one is missing":           {all(), ShardMissing, "", 40},
		"one is cut short":         {all(shardRecord(2, cutAt(3)), shardRecord(2, cutAt(2))), ShardCut, "1.0 s into the load", 50},
		"one never began":          {all(shardRecord(2, cutAt(1), func(r *Record) { r.Load.Sent, r.Load.Requests = 0, 0 })), ShardCut, "before the load", 40},
		"one was interrupted":      {all(shardRecord(2, func(r *Record) { r.Complete, r.Load.Stopped = false, "interrupted 1.0 s into the load" })), ShardCut, "interrupted", 60},
		"one was late":             {all(shardRecord(2, late)), ShardLate, "12.4 s", 40},
		"its replacement was late": {all(shardRecord(2, cutAt(3)), shardRecord(2, late, process("pod-2b"))), ShardCut, "1.0 s into the load", 50},
		"one was sent twice":       {all(shardRecord(2), shardRecord(2, process("pod-2b"))), ShardRepeated, "pod-2 and pod-2b", 60},
		"one has another clock":    {all(shardRecord(2, clock(-4))), ShardOtherTime, "its clock is 3.1 s ahead of that of most", 60},
		"one was sent later, too":  {all(shardRecord(2), shardRecord(2, process("pod-2b"), from(noon.Add(time.Hour)))), ShardRepeated, "from 2026-11-26T13:00:00Z on, too", 60},
		"one was late before":      {all(shardRecord(2), shardRecord(2, late, process("pod-2b"), from(noon.Add(-time.Hour)))), ShardWhole, "", 60},
		"one sent nothing":         {all(shardRecord(2, silent)), ShardCut, "none of its 20 requests", 40},
		"one at another time":      {all(shardRecord(2, from(noon.Add(time.Minute)))), ShardOtherTime, "12:01:00", 40},
	} {
		t.Run(name, func(t *testing.T) {
			slices.Reverse(c.records)
			m, err := Merge(c.records...)
			if err != nil {
				t.Fatal(err)
			}
			s, whole := m.Load.Shards[2], c.state == ShardWhole
			if s.State != c.state || !strings.Contains(s.Reason, c.reason) || m.Load.Sent != c.sent {
				t.Errorf("part 2 is %s (%s), %d sent, want %s (%s), %d", s.State, s.Reason, m.Load.Sent, c.state, c.reason, c.sent)
			}
			if m.Complete != whole || (m.Verdict == RunPass) != whole || whole == strings.Contains(m.Stopped, "part 2") {
				t.Errorf("complete %t, %s, stopped %q", m.Complete, m.Verdict, m.Stopped)
			}
			// The rate is that of the whole time, whatever each part made of it.
			if want := float64(c.sent) / 2; m.Load.RateAsked != 30 || m.Load.RateSent != want {
				t.Errorf("%g/s asked, %g/s sent, want 30 and %g", m.Load.RateAsked, m.Load.RateSent, want)
			}
			document, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := Validate(document); err != nil {
				t.Error(err)
			}
		})
	}
}

// A log may still hold an earlier run that was whole: a later one of which a part is
// missing must not pass by it.
func TestAnEarlierRunDoesNotStandForALaterOne(t *testing.T) {
	again := func(i int) *Record {
		return shardRecord(i, process(fmt.Sprint("later ", i)), from(noon.Add(time.Hour)))
	}
	m, err := Merge(shardRecord(0), shardRecord(1), shardRecord(2), again(0), again(1))
	if err != nil {
		t.Fatal(err)
	}
	if m.Verdict != RunIncomplete || !strings.Contains(m.Stopped, "2 of 3 parts not whole") || !strings.Contains(m.Stopped, "13:00:00") {
		t.Errorf("%s, stopped %q", m.Verdict, m.Stopped)
	}
}

// Of twenty parts one may be less than the tenth of a load that may be lacking.
func TestAPartOfManyThatSentNothingIsMissed(t *testing.T) {
	var records []*Record
	for i := range 20 {
		r := shardRecord(i, func(r *Record) {
			r.Load.Plan.Parts, r.Load.Plan.Planned, r.Load.Plan.Rate, r.Load.Plan.RampTo = 20, 400, 200, 200
		})
		if i == 7 {
			silent(r)
		}
		records = append(records, r)
	}
	m, err := Merge(records...)
	if err != nil {
		t.Fatal(err)
	}
	if m.Verdict != RunIncomplete || !strings.Contains(m.Stopped, "part 7") {
		t.Errorf("%s, stopped %q", m.Verdict, m.Stopped)
	}
}

func TestAWrongAnswerOfAPartThatIsNotCountedIsAFailure(t *testing.T) {
	wrong := shardRecord(2, process("pod-2b"), func(r *Record) { r.Load.Errors = map[string]int{WrongPerson: 1} })
	wrong.Complete = false // so that the other one's figures are taken
	m, err := Merge(shardRecord(0), shardRecord(1), shardRecord(2), wrong)
	if err != nil {
		t.Fatal(err)
	}
	if m.Verdict != RunFail || m.Load.Requests != 60 {
		t.Errorf("%s, %d requests", m.Verdict, m.Load.Requests)
	}
}

func TestAPartAloneIsIncomplete(t *testing.T) {
	r := shardRecord(1)
	r.Count()
	if doubts := r.Load.Judge().Doubts(); r.Verdict != RunIncomplete || len(doubts) != 1 || !strings.Contains(doubts[0], "part 1 of 3 alone") {
		t.Errorf("%s, %q", r.Verdict, doubts)
	}
	r.Load.Errors = map[string]int{WrongPerson: 1}
	if r.Count(); r.Verdict != RunFail {
		t.Errorf("%s with an answer that is wrong", r.Verdict)
	}
}

func TestThresholdsOfAPlanThatNobodyJudgedAreNotKept(t *testing.T) {
	with := func(r *Record) { r.Load.Plan.Thresholds = []string{"errors<1%"} }
	m, err := Merge(shardRecord(0, with), shardRecord(1, with), shardRecord(2, with))
	if err != nil {
		t.Fatal(err)
	}
	if m.Verdict != RunIncomplete || len(m.Load.Judge().Unmeasured) != 1 {
		t.Errorf("%s, %+v", m.Verdict, m.Load.Judge())
	}
	if _, err := Merge(shardRecord(0, with), shardRecord(1)); err == nil || !strings.Contains(err.Error(), "thresholds") {
		t.Errorf("other thresholds: %v", err)
	}
}

func TestTheCommandOfTheWholeNamesNoPart(t *testing.T) {
	command := []string{"sgidcheck", "loadtest", "userinfo", "--shard", "0/3", "--rate", "30", "--record=-"}
	m, err := Merge(shardRecord(0, func(r *Record) { r.Command = command }), shardRecord(1, func(r *Record) { r.Command = []string{"sgidcheck", "--shard", "1/3"} }))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(m.Command, " "); got != "sgidcheck loadtest userinfo --rate 30" || len(m.Notes) != 0 {
		t.Errorf("%s, notes %q", got, m.Notes)
	}
}

func TestShareAndAskedOfAPlan(t *testing.T) {
	p := LoadPlan{Parts: 3, Rate: 10, RampTo: 30, DurationS: 10, EndsS: 8, Warm: 5, Planned: 150}
	if a, b, c := p.Share(0), p.Share(1), p.Share(2); a+b+c != 150 || a != 50 || b != 50 || c != 50 {
		t.Errorf("shares %d, %d, %d", a, b, c)
	}
	p.Warm, p.Planned = 4, 4 // requests 4, 5, 6, 7
	if a, b, c := p.Share(0), p.Share(1), p.Share(2); a != 1 || b != 2 || c != 1 {
		t.Errorf("shares %d, %d, %d", a, b, c)
	}
	for _, c := range [][3]float64{{0, 5, 75}, {5, 8, 69}, {5, 20, 69}, {8, 9, 0}, {3, 2, 0}} {
		if got := p.Asked(c[0], c[1]); got < c[2]-1e-9 || got > c[2]+1e-9 {
			t.Errorf("from %g to %g s %g are due, want %g", c[0], c[1], got, c[2])
		}
	}
}

// A line that falls away at the end is a part that was lost, and not a stretch that is
// shorter than the others.
func TestALoadThatEndsWithinAStretchIsDrawnAtItsRate(t *testing.T) {
	for _, c := range []struct{ seconds, width int }{{1201, 4}, {1200, 4}, {1203, 4}, {100, 1}} {
		l := &Load{Scenario: "token", DurationS: float64(c.seconds)}
		for at := 0; at < c.seconds; at += c.width {
			s := Second{Second: at, Sent: uint64(10 * min(c.width, c.seconds-at))}
			if c.width > 1 {
				s.Width = c.width
			}
			l.Series = append(l.Series, s)
		}
		var row ShardResult
		row.take(l)
		if low, high := slices.Min(row.Series), slices.Max(row.Series); low < 9.9 || high > 10.1 {
			t.Errorf("%d s in stretches of %d: from %v to %v a second, want 10 throughout", c.seconds, c.width, low, high)
		}
	}
}
