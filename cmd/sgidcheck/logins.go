package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
)

// printLogins tells how many logins the run takes, and what for; to a person who
// will be asked for them as such.
func printLogins(w io.Writer, columns int, plan []judge.Planned, person bool) {
	if person {
		tell(w, columns, "", fmt.Sprintf("You will be asked to log in %d times (limit it with --login-budget N):", judge.PlannedLogins(plan)))
	} else {
		tell(w, columns, "", fmt.Sprintf("The run logs in %d times (--login-budget N bounds it):", judge.PlannedLogins(plan)))
	}
	if shared := sharedLogins(plan); shared != nil {
		for _, line := range shared {
			tell(w, columns, "  ", line)
		}
	}
	shared := 0
	for _, p := range plan {
		switch {
		case p.Skip != "" || len(p.Rides) > 0:
		case p.Logins > 0:
			tell(w, columns, "  ", fmt.Sprintf("%d for %s: %s", p.Logins, p.Check.ID, p.Check.Title))
		case p.Check.Has(judge.Login):
			shared++
		}
	}
	if shared > 0 && sharedLogins(plan) == nil {
		fmt.Fprintf(w, "  1 that %d more checks share\n", shared)
	}
}

// sharedLogins says which login serves which checks, and what is left out for
// want of logins; nil: none is shared.
func sharedLogins(plan []judge.Planned) []string {
	serves := map[int][]string{}
	last := 0
	var left []string
	for _, p := range plan {
		for _, r := range p.Rides {
			last = max(last, r.Login)
			if !slices.Contains(serves[r.Login], p.Check.ID) {
				serves[r.Login] = append(serves[r.Login], p.Check.ID)
			}
		}
		for _, name := range p.Left {
			left = append(left, strings.TrimSpace(p.Check.ID+" "+name))
		}
	}
	if last == 0 && left == nil {
		return nil
	}
	first := "every check that needs no login of its own"
	if serves[1] != nil { // of a resumed run, where any login serves them
		first = strings.Join(serves[1], ", ") + ", and " + first
	}
	lines := []string{"login 1 serves " + first}
	for n := 2; n <= last; n++ {
		lines = append(lines, fmt.Sprintf("login %d serves %s", n, strings.Join(serves[n], ", ")))
	}
	if left != nil {
		lines = append(lines, "left out for want of logins: "+strings.Join(left, "; "))
	}
	return lines
}
