package suites

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
)

// A secret that a check finds in a response is not in the record of what it found.
func TestWhatIsDisclosedIsNotRecorded(t *testing.T) {
	for _, tt := range []struct {
		fault, id, label string
		want             run.Verdict
	}{
		{"secret-half-in-token-error", "TOKEN-30", "[redacted part_of_client_secret 1]", run.Fail},
		{"secret-half-in-token-error", "TOKEN-11", "[redacted part_of_client_secret 1]", run.Pass}, // these look for none
		{"secret-half-in-token-error", "TOKEN-17", "[redacted part_of_client_secret 1]", run.Pass},
		{"secret-in-token-error", "TOKEN-30", "[redacted client_secret ", run.Fail},
		{"header-with-block-key", "CRYPT-10", "[redacted block_key 1, 43 characters]", run.Fail},
		{"answer-with-block-key", "CRYPT-10", "[redacted block_key 1, 43 characters]", run.Fail},
	} {
		t.Run(tt.fault+" "+tt.id, func(t *testing.T) {
			w := newWorld(t)
			w.faults = []string{tt.fault}
			w.restart(t)
			c := w.judge(t, tt.id)[tt.id]
			if c.Verdict != tt.want {
				t.Fatalf("%s: %s%s", c.Verdict, c.Reason, c.Observed)
			}
			text, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), tt.label) {
				t.Errorf("%s is not in the record", tt.label)
			}
			secret := w.provider.Clients()[0].Secret
			for at := 0; at+len(secret)/2 <= len(secret); at++ {
				if strings.Contains(string(text), secret[at:at+len(secret)/2]) {
					t.Fatal("half of the client secret is in the record")
				}
			}
			for _, e := range c.Exchanges {
				if e.Response == nil {
					continue
				}
				for _, h := range e.Response.Headers {
					if h.Name == "X-Key" && !strings.HasPrefix(h.Value, "[redacted block_key ") {
						t.Errorf("X-Key: %s", h.Value)
					}
				}
			}
		})
	}
}

// answering is an exchange whose response has the body.
func answering(status int, body string) *Exchange {
	return &Exchange{Exchange: &exchange.Exchange{Response: &exchange.Response{Status: status, Header: http.Header{}, Body: []byte(body)}}, redactor: redact.New()}
}

// However much a target says, what is searched of it is bounded, and what is not
// searched is not judged.
func TestWhatIsSearchedIsBounded(t *testing.T) {
	var long []*Exchange
	for i := range 2 * mostSearched / longestText {
		long = append(long, answering(400, strconv.Itoa(i)+strings.Repeat("x", 4*longestText)))
	}
	all := searching(append(long, long...))
	if len(all.joined) > mostSearched+longestText || len(all.all)+all.left != len(long) || all.left == 0 {
		t.Fatalf("%d octets of %d responses, %d left", len(all.joined), len(all.all), all.left)
	}
	judged := func(ctx context.Context, tells func(told) string) run.Check {
		return judge.Judge(ctx, TOKEN30, func(t *judge.T) {
			s := &Session{T: t, Campaign: &Campaign{}}
			for _, name := range TOKEN30.Cases {
				s.Case(name, func() { s.noneTells(all, tells) })
			}
		})
	}
	nothing := func(told) string { return "" }
	if c := judged(t.Context(), nothing); c.Verdict != run.Skip || !strings.Contains(c.Reason, "were not searched") {
		t.Errorf("not all searched, and nothing found: %s (%s)", c.Verdict, c.Reason)
	}
	if c := judged(t.Context(), func(told) string { return "a code" }); c.Verdict != run.Fail {
		t.Errorf("not all searched, and something found: %s", c.Verdict)
	}
	ctx, stop := context.WithCancel(t.Context())
	looked := 0
	c := judged(ctx, func(told) string { looked++; stop(); return "" })
	if c.Verdict != run.Blocked || looked != 1 {
		t.Errorf("interrupted: %s after %d responses", c.Verdict, looked)
	}
	if all := searching(long[:3]); all.left > 0 || len(all.all) != 3 {
		t.Errorf("%d of 3 responses, %d left", len(all.all), all.left)
	}
}

// An error is searched to its end, however long it is, or is not said to hold nothing.
func TestALongErrorIsSearched(t *testing.T) {
	for name, tt := range map[string]struct {
		before  int // octets in front of the secret
		maxBody int64
		want    run.Verdict
	}{
		"90 KiB":                           {90 << 10, 1 << 20, run.Fail},
		"more than is searched":            {1 << 20, 4 << 20, run.Skip},
		"more than is taken of a response": {1 << 20, 1 << 20, run.Skip},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.limits = func(c *config.Config) { c.MaxBody = tt.maxBody }
			secret := w.provider.Clients()[0].Secret
			w.on = editingForms(w, func(form url.Values) *httptest.ResponseRecorder {
				if sent := form.Get("client_secret"); sent == "" || sent == secret {
					return nil
				}
				page := httptest.NewRecorder()
				page.WriteHeader(http.StatusInternalServerError)
				page.WriteString(strings.Repeat("x", tt.before) + " expected " + secret)
				return page
			})
			c := w.judge(t, "TOKEN-30")["TOKEN-30"]
			if at := slices.IndexFunc(c.Cases, func(one run.Case) bool { return one.Name == "client secret" }); at < 0 || c.Cases[at].Verdict != tt.want {
				t.Errorf("want %s of the client secret: %s %s %+v", tt.want, c.Verdict, c.Reason, c.Cases)
			}
		})
	}
	s := &Session{Campaign: &Campaign{}}
	for i := range 2 * mostSearched / longestBody {
		s.noteError(answering(500, strconv.Itoa(i)+strings.Repeat("x", longestBody-8)))
	}
	s.noteError(answering(404, "short"))
	if kept := len(s.Seen.Errors); kept > mostSearched/longestBody+1 || kept+s.Seen.ErrorsDropped != 2*mostSearched/longestBody+1 {
		t.Errorf("%d kept, %d dropped", kept, s.Seen.ErrorsDropped)
	}
	if all := searching(s.errorsSeen()); all.all[0].text != "short" {
		t.Error("a long error is searched before a short one")
	}
}

// A token that is nested too deep, or too long to be one, is not read.
func TestHostileTokensAreNotRead(t *testing.T) {
	for name, c := range map[string]struct {
		claims string
		parts  int
	}{
		"claims":   {`{"a":1}`, 1},
		"deep":     {strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), 0},
		"too long": {`{"a":"` + strings.Repeat("x", longestText) + `"}`, 0},
	} {
		if got := jsonParts("." + base64.RawURLEncoding.EncodeToString([]byte(c.claims)) + "."); len(got) != c.parts {
			t.Errorf("%s: %d parts", name, len(got))
		}
	}
}
