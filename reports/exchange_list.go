package reports

import (
	"cmp"
	"fmt"
	"slices"

	"sgidcheck/internal/run"
)

// exchangesOf prepares the exchanges of c: each once, numbered, named by its step
// and its login.
func (v *reportView) exchangesOf(c *run.Check, limits textLimits) []exchangeView {
	told, times := v.places.once(c.Exchanges)
	logins := v.places.loginsOf(told)
	var out []exchangeView
	first := false
	for i := range told {
		e := viewExchange(c, &told[i], limits)
		e.Number, e.Times, e.Login = i+1, times[i], logins[i]
		e.Step = v.places.stepOf(&told[i])
		detail := cmp.Or(e.Case, lacks(e.Step, &told[i]))
		if detail != "" && detail != e.Wrong {
			e.Step += ", " + detail
		}
		if sentBefore(told[:i], &told[i]) {
			e.Step += ", again"
		}
		e.First, first = e.Judged && !first, first || e.Judged
		out = append(out, e)
	}
	return out
}

// sentBefore says that the same request is among the exchanges before it.
func sentBefore(before []run.Exchange, e *run.Exchange) bool {
	return slices.ContainsFunc(before, func(b run.Exchange) bool {
		return b.Request.Method == e.Request.Method && b.Request.URL == e.Request.URL && b.Request.Body == e.Request.Body && b.Case == e.Case &&
			slices.Equal(b.Request.Headers, e.Request.Headers)
	})
}

// once leaves out what the record has twice, and of documents that were read again
// without a change all but the first; times says how often each was had.
func (p *places) once(exchanges []run.Exchange) (told []run.Exchange, times []int) {
	at := map[string]int{}
	for _, e := range exchanges {
		same := fmt.Sprint(e.Request.Method, " ", e.Request.URL, "\n", e.Request.Headers, e.Request.Body, "\n", e.Error)
		step := p.stepOf(&e)
		document := !e.Judged && e.Request.Method == "GET" && (step == stepMetadata || step == stepKeys)
		switch {
		case document && e.Response != nil: // whose headers tell the time
			same = fmt.Sprint(same, e.Response.Status, e.Response.Body)
		case !document:
			same = fmt.Sprint(same, e.Started, e.DurationMS, e.Response != nil)
			if e.Response != nil {
				same = fmt.Sprint(same, *e.Response)
			}
		}
		i, there := at[same]
		switch {
		case !there:
			at[same] = len(told)
			told, times = append(told, e), append(times, 1)
		case document:
			times[i]++
		case e.Judged:
			told[i].Judged, told[i].Case = true, e.Case
		}
	}
	return told, times
}
