package cookie

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Cookie is a Set-Cookie field, read as browsers read it.
type Cookie struct {
	Name      string
	Value     string // as it was sent, quotes and all
	Domain    string // in lower case and without its leading dot; empty: the host's alone
	Path      string // empty, or not beginning with a slash: the request's folder
	SameSite  string // as it was sent
	Secure    bool
	HTTPOnly  bool
	HasMaxAge bool
	MaxAge    time.Duration
	Expires   time.Time // zero: not said, or no date
}

// GoesTo reports whether requests for the path carry the cookie, as far as its Path
// says: one without goes to what lies beside where it was set, which is not known here.
func (c Cookie) GoesTo(path string) bool {
	return !strings.HasPrefix(c.Path, "/") || pathMatches(path, c.Path)
}

// longest is how long name and value may be together before browsers drop a cookie.
const longest = 4096

// Parse reads a Set-Cookie field (RFC 6265 section 5.2). ok is false for one
// that browsers drop: without a name, with control characters, or too long.
func Parse(field string) (c Cookie, ok bool) {
	if strings.ContainsFunc(field, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return Cookie{}, false
	}
	pair, attributes, _ := strings.Cut(field, ";")
	name, value, found := strings.Cut(pair, "=")
	c.Name, c.Value = trim(name), trim(value)
	if !found || c.Name == "" || len(c.Name)+len(c.Value) > longest {
		return Cookie{}, false
	}
	for attribute := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		c.attribute(strings.ToLower(trim(name)), trim(value))
	}
	return c, true
}

func trim(s string) string { return strings.Trim(s, " \t") }

// attribute takes one attribute; of one that stands twice the last counts.
func (c *Cookie) attribute(name, value string) {
	switch name {
	case "expires":
		if at, ok := date(value); ok {
			c.Expires = at
		}
	case "max-age":
		if seconds, ok := maxAge(value); ok {
			c.HasMaxAge, c.MaxAge = true, seconds
		}
	case "domain":
		if value != "" {
			c.Domain = strings.ToLower(strings.TrimPrefix(value, "."))
		}
	case "path":
		c.Path = value
	case "secure":
		c.Secure = true
	case "httponly":
		c.HTTPOnly = true
	case "samesite":
		c.SameSite = value
	}
}

// maxAge is RFC 6265 section 5.2.2. What is longer than 400 days is 400 days.
func maxAge(value string) (time.Duration, bool) {
	digits := strings.TrimPrefix(value, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	if digits != value {
		return 0, true
	}
	const limit = 400 * 24 * 3600
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds > limit {
		seconds = limit
	}
	return time.Duration(seconds) * time.Second, true
}

// date is the cookie-date of RFC 6265 section 5.1.1: a time, a day of the month,
// a month and a year in any order, whatever stands between them.
func date(value string) (time.Time, bool) {
	if at, err := http.ParseTime(value); err == nil {
		return at, true
	}
	var clock, month, day, year string
	for _, token := range strings.FieldsFunc(value, delimiter) {
		switch {
		case clock == "" && strings.Count(token, ":") == 2:
			clock = token
		case day == "" && leadingDigits(token) >= 1 && leadingDigits(token) <= 2:
			day = token[:leadingDigits(token)]
		case month == "" && len(token) >= 3 && strings.Contains(" jan feb mar apr may jun jul aug sep oct nov dec ", " "+strings.ToLower(token[:3])+" "):
			month = strings.ToUpper(token[:1]) + strings.ToLower(token[1:3])
		case year == "" && leadingDigits(token) >= 2 && leadingDigits(token) <= 4:
			year = token[:leadingDigits(token)]
		}
	}
	if n, err := strconv.Atoi(year); err == nil && n < 70 {
		year = strconv.Itoa(n + 2000)
	} else if err == nil && n < 100 {
		year = strconv.Itoa(n + 1900)
	}
	at, err := time.Parse("2 Jan 2006 15:4:5", day+" "+month+" "+year+" "+clock)
	return at, err == nil && at.Year() >= 1601
}

// delimiter is what stands between the tokens of a cookie-date.
func delimiter(r rune) bool {
	return r == '\t' || r >= 0x20 && r <= 0x2f || r >= 0x3b && r <= 0x40 || r >= 0x5b && r <= 0x60 || r >= 0x7b && r <= 0x7e
}

func leadingDigits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
