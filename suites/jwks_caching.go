package suites

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"

	"github.com/onsi/ginkgo/v2"
)

// How long the key set may be kept.

var JWKS08 = judge.Check{
	ID: "JWKS-08", Title: "the key set can be cached, and a rotation is noticed",
	Problem: "the key set cannot be cached, or is cached so long that a rotation goes unnoticed", Level: judge.SHOULD, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCCORE("10.1.1")},
	Expect: "Cache headers allow caching the set for some time, at most a day, or caching it with revalidation.",
	Why:    "Without caching, every login fetches the keys; if they are cached for too long, a compromised key stays trusted.",
	Remedy: "Send Cache-Control with a max-age between a few minutes and a day, or no-cache together with an ETag.",
}

var _ = ginkgo.It("JWKS-08 the key set can be cached, and a rotation is noticed", check(JWKS08, func(s *Session) {
	e := s.JWKS()
	s.KeySet()
	problem := uncacheable(e)
	s.Require(problem == "", "", problem, e)
}))

// uncacheable says why a response cannot be cached for a while and no longer;
// empty: it can.
func uncacheable(e *Exchange) string {
	const day = 24 * 60 * 60
	control := strings.ToLower(e.Header("Cache-Control"))
	directives := map[string]string{}
	for _, part := range strings.Split(control, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		directives[name] = strings.Trim(value, `"`)
	}
	validator := e.Header("ETag") != "" || e.Header("Last-Modified") != ""
	_, noStore := directives["no-store"]
	_, noCache := directives["no-cache"]
	_, hasAge := directives["max-age"]
	age, err := strconv.Atoi(directives["max-age"])
	switch {
	case noStore:
		return "Cache-Control: " + clip(control)
	case hasAge && (err != nil || age < 0):
		return "Cache-Control with a max-age that is not a number of seconds"
	case noCache || hasAge && age == 0:
		if !validator {
			return "Cache-Control: " + clip(control) + ", and neither ETag nor Last-Modified"
		}
		return ""
	case hasAge && age > day:
		return fmt.Sprintf("a max-age of %d seconds, more than a day", age)
	case hasAge:
		return ""
	case e.Header("Expires") != "":
		return staleBy(e, day)
	case validator && control == "":
		return "no Cache-Control"
	case control == "":
		return "neither Cache-Control nor Expires"
	}
	return "Cache-Control: " + clip(control) + ", without max-age"
}

func staleBy(e *Exchange, most int) string {
	expires, err := http.ParseTime(e.Header("Expires"))
	date, errDate := http.ParseTime(e.Header("Date"))
	if errDate != nil {
		date = e.Started
	}
	switch left := expires.Sub(date); {
	case err != nil || left <= 0:
		return "Expires says that the response is stale immediately"
	case left > time.Duration(most)*time.Second:
		return fmt.Sprintf("Expires is %s away, more than a day", left.Round(time.Hour))
	}
	return ""
}
