package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/nearest"
	"sgidcheck/internal/redact"
)

// maxFile bounds every file that is read as configuration.
const maxFile = 1 << 20

// put puts a value into the place that its setting has for it, or says what is
// wrong with it and what to do.
func put(g given) (problem, remedy string) {
	s, text, least := g.setting, strings.TrimSpace(g.text()), 0
	if s.Positive {
		least = 1
	}
	members := []string{text}
	if s.Type == TypeList {
		members = g.items
	}
	for _, member := range members {
		if len(s.Choices) > 0 && !slices.Contains(s.Choices, member) {
			return redact.Quoted(member) + " is not one of " + strings.Join(s.Choices, ", "), didYouMean(member, s.Choices)
		}
	}
	switch into := s.Into.(type) {
	case *given:
		*into = g
	case *string:
		*into = text
	case *[]string:
		*into = g.items
	case func(string) error:
		for _, member := range members {
			if err := into(member); err != nil {
				return redact.Quoted(member) + " " + err.Error(), ""
			}
		}
	case *bool:
		truth := map[string]bool{"true": true, "yes": true, "on": true, "1": true, "false": false, "no": false, "off": false, "0": false}
		v, ok := truth[strings.ToLower(text)]
		if !ok {
			return redact.Quoted(text) + " is neither true nor false", "write true or false"
		}
		*into = v
	case *int, *uint64, *[]int:
		var all []int
		for _, member := range members {
			n, err := strconv.Atoi(member)
			if err != nil || n < least {
				return fmt.Sprintf("%s is not a whole number from %d", redact.Quoted(member), least), "write one such as 10"
			}
			all = append(all, n)
		}
		switch into := into.(type) {
		case *int:
			*into = all[0]
		case *uint64:
			*into = uint64(all[0])
		case *[]int:
			*into = all
		}
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n < 0 || math.IsNaN(n) || math.IsInf(n, 0) {
			return redact.Quoted(text) + " is not a non-negative number", "write one such as 2.5"
		}
		if n == 0 && s.Positive {
			return "it is not above 0", "write a number such as 2.5"
		}
		*into = n
	case *time.Duration:
		d, err := time.ParseDuration(text)
		switch {
		case err != nil:
			return redact.Quoted(text) + " is not a duration", "write it with a unit, such as 10s or 2m"
		case d < 0:
			return redact.Quoted(text) + " is negative", "write a duration of 0s or more"
		case d == 0 && s.Positive:
			return "it must be above 0", "write a duration such as 10s"
		}
		*into = d
	case *int64:
		n, ok := size(text)
		if !ok {
			return redact.Quoted(text) + " is not a size of at most 64MiB", "write one such as 1MiB or 4096"
		}
		*into = n
	}
	return "", ""
}

// size reads a number of bytes, as it is or with KiB or MiB.
func size(text string) (bytes int64, ok bool) {
	unit := int64(1)
	for suffix, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
		if cut, found := strings.CutSuffix(text, suffix); found {
			text, unit = strings.TrimSpace(cut), factor
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return n * unit, err == nil && n > 0 && n*unit <= 64<<20
}

// didYouMean is a remedy that names the known word closest to what was written, or
// all of them where none is close and they are few.
func didYouMean(wrote string, known []string) string {
	switch best, distance := nearest.Of(wrote, known); {
	case best != "" && distance <= max(2, len(wrote)/3):
		return fmt.Sprintf("did you mean %s?", best)
	case len(known) <= 8:
		return "the choices are " + strings.Join(known, ", ")
	}
	return "'sgidcheck init' writes a file with every setting"
}

// readBounded reads a small file whole.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = errors.New("it exceeds " + exchange.SpellBytes(maxFile))
	}
	return body, err
}

// Plain is an error of the file system without the path, which the message names already.
func Plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}
