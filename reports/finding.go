package reports

import "sgidcheck/internal/run"

// heading is what a report calls a check: what is wrong where it does not hold,
// and else what must hold.
func heading(c *run.Check) string {
	if objects(c.Verdict) && c.Problem != "" {
		return clip(c.Problem, 300)
	}
	return clip(c.Title, 300)
}

// caseRow is one line of a check's table of cases.
type caseRow struct {
	Verdict        run.Verdict
	Names          []string // of cases that came to the same
	Expected, Seen string
}

// caseRows are the cases of a check, as they were tried.
func caseRows(c *run.Check) []caseRow {
	var rows []caseRow
	for _, k := range c.Cases {
		row := caseRow{k.Verdict, []string{clip(k.Name, 200)}, clip(k.Expected, 400), clip(k.Observed, 600)}
		if row.Seen == "" && k.Verdict == run.Pass {
			row.Seen = "as expected"
		}
		rows = append(rows, row)
	}
	return rows
}

// brokenCases are the cases that do not hold, those that came to the same in one
// row.
func brokenCases(c *run.Check) []caseRow {
	var rows []caseRow
	at := map[[2]string]int{}
	for _, row := range caseRows(c) {
		if !objects(row.Verdict) {
			continue
		}
		key := [2]string{row.Expected, row.Seen}
		if i, there := at[key]; there {
			rows[i].Names = append(rows[i].Names, row.Names...)
			continue
		}
		at[key] = len(rows)
		rows = append(rows, row)
	}
	return rows
}

// cardView is a failure or a warning as a card shows it.
type cardView struct {
	*run.Check
	Rows []caseRow // of its cases that do not hold
	More int       // such rows that the card has no room for
	Wide bool      // some of the rows say what was expected in other words than the check
}

// cardRows is how many rows of cases a card has room for.
const cardRows = 6

func newCard(c *run.Check) cardView {
	card := cardView{Check: c, Rows: brokenCases(c)}
	if over := len(card.Rows) - cardRows; over > 0 {
		card.Rows, card.More = card.Rows[:cardRows], over
	}
	card.Wide = saysExpected(card.Rows)
	return card
}

func saysExpected(rows []caseRow) bool {
	for _, r := range rows {
		if r.Expected != "" {
			return true
		}
	}
	return false
}
