// Package layout fits text into the columns of a terminal.
package layout

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Columns is the width of a terminal of which nothing else is known.
const Columns = 80

// Width is the number of columns that s takes: two for the wide characters of
// East Asia, none for what is put on the character before it.
func Width(s string) int {
	n := 0
	for _, c := range s {
		n += columns(c)
	}
	return n
}

func columns(c rune) int {
	if c < 0x300 {
		return 1
	}
	if unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(c).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut returns as much of s as fits into columns, ending in an ellipsis where
// something is left out.
func Cut(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	shown, _ := split(s, columns-1)
	return strings.TrimRight(shown, " ") + "…"
}

// split returns the longest beginning of s that fits into n columns, of one
// character at least, and the rest.
func split(s string, n int) (begin, rest string) {
	taken := 0
	for i, c := range s {
		if taken += columns(c); taken > n && i > 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// Wrap breaks s into lines of at most n columns, at spaces where it can. Words
// of s that are longer than a line are broken.
func Wrap(s string, n int) []string { return wrap(s, n, true) }

func wrap(s string, n int, breaking bool) []string {
	n = max(n, 20)
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			for breaking && Width(word) > n {
				if line != "" {
					lines, line = append(lines, line), ""
				}
				var begin string
				begin, word = split(word, n)
				lines = append(lines, begin)
			}
			switch {
			case line == "":
				line = word
			case Width(line)+1+Width(word) <= n:
				line += " " + word
			default:
				lines, line = append(lines, line), word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// Hanging is text behind a lead, in lines of at most n columns, those after the
// first indented by as much as the lead takes.
func Hanging(lead, text string, n int) string {
	indent := Width(lead)
	return lead + strings.Join(Wrap(text, n-indent), "\n"+strings.Repeat(" ", indent))
}

// Message is Hanging that leaves long words whole: paths, addresses, commands. With
// n not above 0 it is one line for each of text.
func Message(lead, text string, n int) string {
	if n <= 0 {
		return lead + text
	}
	indent := Width(lead)
	return lead + strings.Join(wrap(text, n-indent, false), "\n"+strings.Repeat(" ", indent))
}

// Table writes rows in columns. Where n is above 0 and the rows are wider, the
// last column is wrapped; where that leaves it too little room, it stands below
// the others, indented.
func Table(w io.Writer, n int, rows [][]string) error {
	const between, least, indent = 2, 24, 4
	widths := []int{}
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(cell))
		}
	}
	begins := 0
	for _, one := range widths {
		begins += one + between
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row[:len(row)-1] {
			line += cell + strings.Repeat(" ", widths[i]+between-Width(cell))
		}
		last := row[len(row)-1]
		switch {
		case n <= 0 || begins+Width(last) <= n:
			line += last
		case n-begins >= least:
			line = Hanging(line, last, n)
		default:
			line = Hanging("", strings.Join(strings.Fields(line), " "), n) + "\n" + Hanging(strings.Repeat(" ", indent), last, n)
		}
		for part := range strings.SplitSeq(line, "\n") {
			if _, err := fmt.Fprintln(w, strings.TrimRight(part, " ")); err != nil {
				return err
			}
		}
	}
	return nil
}
