package suites

import (
	"net/http"
	"testing"
	"time"

	"sgidcheck/internal/exchange"
)

func TestUncacheable(t *testing.T) {
	const date = "Mon, 02 Jan 2006 15:04:05 GMT"
	for _, c := range []struct {
		header    http.Header
		cacheable bool
	}{
		{http.Header{}, false},
		{http.Header{"Cache-Control": {"no-store"}}, false},
		{http.Header{"Cache-Control": {"no-store, max-age=600"}}, false},
		{http.Header{"Cache-Control": {"public, max-age=600"}}, true},
		{http.Header{"Cache-Control": {"Max-Age=\"600\""}}, true},
		{http.Header{"Cache-Control": {"max-age=31536000"}}, false},
		{http.Header{"Cache-Control": {"max-age=soon"}}, false},
		{http.Header{"Cache-Control": {"max-age=0"}}, false},
		{http.Header{"Cache-Control": {"no-cache"}}, false},
		{http.Header{"Cache-Control": {"no-cache"}, "Etag": {`"1"`}}, true},
		{http.Header{"Cache-Control": {"max-age=0"}, "Last-Modified": {date}}, true},
		{http.Header{"Cache-Control": {"public"}}, false},
		{http.Header{"Etag": {`"1"`}}, false},
		{http.Header{"Date": {date}, "Expires": {"Mon, 02 Jan 2006 16:04:05 GMT"}}, true},
		{http.Header{"Date": {date}, "Expires": {date}}, false},
		{http.Header{"Date": {date}, "Expires": {"Mon, 09 Jan 2006 15:04:05 GMT"}}, false},
		{http.Header{"Expires": {"0"}}, false},
	} {
		e := &Exchange{Exchange: &exchange.Exchange{Started: time.Now(), Response: &exchange.Response{Status: 200, Header: c.header}}}
		if problem := uncacheable(e); (problem == "") != c.cacheable {
			t.Errorf("%v: %q", c.header, problem)
		}
	}
}
