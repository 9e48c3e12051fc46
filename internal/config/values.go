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

	"github.com/agnivade/levenshtein"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/redact"
)

// maxFile bounds every file that is read as configuration.
const maxFile = 1 << 20

// The functions below make a setting's set function from the place that it fills.

func toText(to func(*Config) *string) func(*loader, given) {
	return func(l *loader, g given) {
		value := strings.TrimSpace(g.text())
		if g.setting.Type == TypeChoice && !slices.Contains(g.setting.Choices, value) {
			l.wrong(g, redact.Quoted(value)+" is not one of "+strings.Join(g.setting.Choices, ", "), nearest(value, g.setting.Choices))
			return
		}
		*to(l.c) = value
	}
}

func toList(to func(*Config) *[]string) func(*loader, given) {
	return func(l *loader, g given) { *to(l.c) = g.items }
}

func toBool(to func(*Config) *bool) func(*loader, given) {
	return func(l *loader, g given) {
		switch strings.ToLower(strings.TrimSpace(g.text())) {
		case "true", "yes", "on", "1":
			*to(l.c) = true
		case "false", "no", "off", "0":
			*to(l.c) = false
		default:
			l.wrong(g, redact.Quoted(g.text())+" is neither true nor false", "write true or false")
		}
	}
}

func toInt(to func(*Config) *int) func(*loader, given) {
	return func(l *loader, g given) {
		n, err := strconv.Atoi(strings.TrimSpace(g.text()))
		if err != nil || n < 0 {
			l.wrong(g, redact.Quoted(g.text())+" is not a whole number from 0", "write one such as 10")
			return
		}
		*to(l.c) = n
	}
}

func toFloat(to func(*Config) *float64) func(*loader, given) {
	return func(l *loader, g given) {
		n, err := strconv.ParseFloat(strings.TrimSpace(g.text()), 64)
		if err != nil || n < 0 || math.IsNaN(n) || math.IsInf(n, 0) {
			l.wrong(g, redact.Quoted(g.text())+" is not a number from 0", "write one such as 2.5")
			return
		}
		*to(l.c) = n
	}
}

func toDuration(to func(*loader) *time.Duration, zero bool) func(*loader, given) {
	return func(l *loader, g given) {
		d, err := time.ParseDuration(strings.TrimSpace(g.text()))
		switch {
		case err != nil:
			l.wrong(g, redact.Quoted(g.text())+" is not a duration", "write one with its unit, such as 10s or 2m")
		case d < 0:
			l.wrong(g, redact.Quoted(g.text())+" is less than nothing", "write a duration from 0s")
		case d == 0 && !zero:
			l.wrong(g, "0 leaves no time at all", "write a duration such as 10s")
		default:
			*to(l) = d
		}
	}
}

func toSize(to func(*Config) *int64) func(*loader, given) {
	return func(l *loader, g given) {
		digits, unit := strings.TrimSpace(g.text()), int64(1)
		for suffix, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
			if cut, ok := strings.CutSuffix(digits, suffix); ok {
				digits, unit = strings.TrimSpace(cut), factor
			}
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil || n <= 0 || n*unit > 64<<20 {
			l.wrong(g, redact.Quoted(g.text())+" is not a size up to 64MiB", "write one such as 1MiB or 4096")
			return
		}
		*to(l.c) = n * unit
	}
}

// nearest is a remedy that names the known word closest to what was written, or
// all of them where none is close and they are few.
func nearest(wrote string, known []string) string {
	best, distance := "", math.MaxInt
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(wrote), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	switch {
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
		err = errors.New("it is longer than " + exchange.SpellBytes(maxFile))
	}
	return body, err
}

// plain is an error of the file system without the path, which the message names already.
func Plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}
