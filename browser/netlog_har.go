package browser

import (
	"encoding/json"
	"net/url"
	"os"
	"time"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"

	"github.com/chromedp/cdproto/har"
)

// writeHAR writes the requests as an HTTP Archive 1.2, redacted as the
// exchanges of the record are.
func writeHAR(file string, kept []keptHop, redactor *redact.Redactor, product string) error {
	archive := har.HAR{Log: &har.Log{
		Version: "1.2", Creator: &har.Creator{Name: "sgidcheck"},
		Browser: &har.Creator{Name: "browser", Version: product}, Entries: []*har.Entry{},
	}}
	for _, k := range kept {
		archive.Log.Entries = append(archive.Log.Entries, harEntry(k, redactor.Exchange(k.hop.exchange())))
	}
	text, err := json.MarshalIndent(archive, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

func harEntry(k keptHop, e run.Exchange) *har.Entry {
	entry := &har.Entry{
		StartedDateTime: k.hop.Started.Format(time.RFC3339Nano), Time: e.DurationMS, Comment: k.check,
		Request: &har.Request{
			Method: e.Request.Method, URL: e.Request.URL, HTTPVersion: "HTTP/1.1", Cookies: []*har.Cookie{},
			Headers: harHeaders(e.Request.Headers), QueryString: []*har.NameValuePair{}, HeadersSize: -1, BodySize: int64(len(e.Request.Body)),
		},
		Response: &har.Response{
			HTTPVersion: "HTTP/1.1", Cookies: []*har.Cookie{}, Headers: []*har.NameValuePair{},
			Content: &har.Content{Size: k.hop.Bytes}, HeadersSize: -1, BodySize: k.hop.Bytes,
		},
		Cache:   &har.Cache{},
		Timings: &har.Timings{Send: 0, Wait: e.DurationMS, Receive: 0},
	}
	if u, err := url.Parse(e.Request.URL); err == nil {
		for name, values := range u.Query() {
			for _, value := range values {
				entry.Request.QueryString = append(entry.Request.QueryString, &har.NameValuePair{Name: name, Value: value})
			}
		}
	}
	if e.Response != nil {
		entry.Response.Status = int64(e.Response.Status)
		entry.Response.Headers = harHeaders(e.Response.Headers)
		for _, h := range e.Response.Headers {
			if h.Name == "Location" {
				entry.Response.RedirectURL = h.Value
			}
		}
		if k.hop.Response != nil {
			entry.Response.Content.MimeType = k.hop.Response.MimeType
			entry.Response.HTTPVersion = k.hop.Response.Protocol
		}
	}
	if e.Error != "" {
		entry.Response.Comment = e.Error
	}
	return entry
}

func harHeaders(in []run.Header) []*har.NameValuePair {
	out := []*har.NameValuePair{}
	for _, h := range in {
		out = append(out, &har.NameValuePair{Name: h.Name, Value: h.Value})
	}
	return out
}
