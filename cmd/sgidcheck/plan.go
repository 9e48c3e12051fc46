package main

import (
	"fmt"
	"io"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/layout"
)

// printPlan says what would be judged, in lines of so many columns; 0: of any.
func printPlan(w io.Writer, columns int, plan []judge.Planned) error {
	judged := 0
	var rows [][]string
	for _, p := range plan {
		if p.Skip != "" {
			rows = append(rows, []string{p.Check.ID, "skipped", p.Skip})
			continue
		}
		judged++
		rows = append(rows, []string{p.Check.ID, p.Check.Phase.String(), p.Check.Title})
	}
	if err := layout.Table(w, columns, rows); err != nil {
		return err
	}
	for _, line := range sharedLogins(plan) {
		tell(w, columns, "", line)
	}
	tell(w, columns, "", fmt.Sprintf("%d checks would be judged and %d skipped, with about %d requests and %d logins; nothing was sent",
		judged, len(plan)-judged, judge.PlannedRequests(plan), judge.PlannedLogins(plan)))
	return nil
}

// printDemands says what the run will ask of a target that others use, too, and
// of people.
func (j *job) printDemands(plan []judge.Planned) {
	columns := columnsOf(j.err)
	if !j.config.Loopback() {
		printDemand(j.err, columns, plan, j.config)
	}
	if attended(j.config) || j.config.FewLogins {
		printLogins(j.err, columns, plan, attended(j.config))
	}
}

func printDemand(w io.Writer, columns int, plan []judge.Planned, c *config.Config) {
	requests, logins := judge.PlannedRequests(plan), judge.PlannedLogins(plan)
	text := fmt.Sprintf("This run sends about %d requests to %s and logs in %d times", requests, c.Issuer, logins)
	if c.Pace > 0 {
		text += fmt.Sprintf(", at most %g requests a second: at least %s", c.Pace, time.Duration(float64(requests)/c.Pace*float64(time.Second)).Round(time.Second))
	}
	tell(w, columns, "", text+" (reduce it with --select, --skip or --login-budget; slow it down with --pace).")
}
