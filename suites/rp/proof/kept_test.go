package proof_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sgidcheck/internal/demoapp"
	"sgidcheck/internal/run"
	"sgidcheck/suites/rp/proof"
)

var fieldOnPage = regexp.MustCompile(`<dt>([^<]*)</dt><dd>([^<]*)</dd>`)

// fieldsOf are the fields that a page of the demo application shows, by name.
func fieldsOf(page string) map[string]string {
	fields := map[string]string{}
	for _, found := range fieldOnPage.FindAllStringSubmatch(page, -1) {
		fields[found[1]] = html.UnescapeString(found[2])
	}
	return fields
}

// keepsPages shows who comes without data the page that their sub had before; only
// the first, where it is never kept anew.
func keepsPages(anew bool) func(http.Handler) http.Handler {
	var mu sync.Mutex
	kept := map[string]string{}
	return rewritten(demoapp.PathMe, func(w http.ResponseWriter, _ *http.Request, status int, body string) {
		mu.Lock()
		defer mu.Unlock()
		if fields := fieldsOf(body); status == http.StatusOK {
			sub := fields["Identifier"]
			if len(fields) > 1 && (anew || kept[sub] == "") {
				kept[sub] = body
			}
			body = kept[sub]
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// Data that an application has kept of an earlier login are not those of this one:
// neither were they taken, where they came wrong, nor read, where they came right.
func TestDataThatWereKept(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, id string
		anew     bool
		flaws    []string
		want     run.Verdict
	}{
		{"kept anew", "RP-54", true, nil, run.Pass},
		{"kept anew", "RP-55", true, nil, run.Pass},
		{"kept anew", "RP-56", true, nil, run.Pass},
		{"kept anew", "RP-57", true, nil, run.Pass},
		{"kept anew, by 256 bits alone", "RP-54", true, []string{"field-by-256-bits-alone"}, run.Fail},
		{"kept anew, RSA1_5 taken", "RP-55", true, []string{"rsa1-5-accepted"}, run.Fail},
		{"kept anew, tags not looked at", "RP-56", true, []string{"tag-unchecked"}, run.Fail},
		{"kept once for all", "RP-54", false, nil, run.Skip},
		{"kept once for all", "RP-57", false, nil, run.Skip},
	} {
		t.Run(tt.id+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			campaign := behind(t, trials, keepsPages(tt.anew), append(tt.flaws, "userinfo-errors-ignored")...)
			if got := judged(t.Context(), t, campaign, tt.id); got.Verdict != tt.want {
				t.Errorf("%s %s%s, want %s", got.Verdict, got.Observed, got.Reason, tt.want)
			}
		})
	}
}

// profile puts fields of who is logged in into a cookie of their own, and shows on the
// protected page, beside what stands there already where that is to stay, what the
// cookie says of them.
func profile(stays bool, seal, open func(text string) string, fields ...string) func(http.Handler) http.Handler {
	return rewritten(demoapp.PathMe, func(w http.ResponseWriter, r *http.Request, status int, body string) {
		if status != http.StatusOK {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
		said := map[string]string{}
		if held, err := r.Cookie("profile"); err == nil {
			_ = json.Unmarshal([]byte(open(held.Value)), &said)
		} else {
			all := fieldsOf(body)
			for _, name := range fields {
				said[name] = all[name]
			}
			text, _ := json.Marshal(said)
			http.SetCookie(w, &http.Cookie{Name: "profile", Value: seal(string(text)), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		}
		if !stays {
			body = "<h1>You are logged in</h1>"
		}
		for _, name := range slices.Sorted(slices.Values(fields)) {
			if name != "Identifier" {
				body += "<p>" + html.EscapeString(said[name]) + "</p>"
			}
		}
		_, _ = io.WriteString(w, body)
	})
}

// A cookie that holds all that is known of a person is rewritten in all of it, and
// believed where nothing signs it.
func TestPersonInACookieWithTheirData(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	const name, email = "myinfo.name", "myinfo.email"
	toBase64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	fromBase64 := func(value string) string {
		text, _ := base64.StdEncoding.DecodeString(value)
		return string(text)
	}
	escaped := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	unescaped := func(value string) string {
		text, _ := url.PathUnescape(value)
		return text
	}
	mac := func(text string) string {
		h := hmac.New(sha256.New, []byte("Zt7-kXw2qLr9"))
		_, _ = h.Write([]byte(text))
		return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
	}
	signed := func(text string) string { return toBase64(text) + "." + mac(text) }
	verified := func(value string) string {
		coded, seal, _ := strings.Cut(value, ".")
		if text := fromBase64(coded); hmac.Equal([]byte(seal), []byte(mac(text))) {
			return text
		}
		return ""
	}
	digested := func(text string) string {
		sum := sha256.Sum256([]byte(escaped(text)))
		return escaped(text) + "." + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	undigested := func(value string) string {
		text := unescaped(value[:max(strings.LastIndex(value, "."), 0)])
		if digested(text) != value {
			return ""
		}
		return text
	}
	express := func(secret string) (seal, open func(string) string) {
		seal = func(text string) string {
			h := hmac.New(sha256.New, []byte(secret))
			_, _ = h.Write([]byte("j:" + text))
			return escaped("s:j:" + text + "." + base64.RawStdEncoding.EncodeToString(h.Sum(nil)))
		}
		return seal, func(value string) string {
			signed := unescaped(value)
			text := strings.TrimPrefix(signed[:max(strings.LastIndex(signed, "."), 0)], "s:j:")
			if seal(text) != value {
				return ""
			}
			return text
		}
	}
	guessable, openGuessable := express("keyboard cat")
	secret, openSecret := express("Zt7-kXw2qLr9")
	for _, tt := range []struct {
		name       string
		stays      bool
		seal, open func(string) string
		fields     []string
		want       run.Verdict
	}{
		{"sub and name in base64", false, toBase64, fromBase64, []string{"Identifier", name}, run.Fail},
		{"sub and name, signed", false, signed, verified, []string{"Identifier", name}, run.Pass},
		{"name and e-mail address, escaped", false, escaped, unescaped, []string{name, email}, run.Fail},
		{"name and e-mail address, with a digest", false, digested, undigested, []string{name, email}, run.Fail},
		{"sub and e-mail address, signed as Express does", false, secret, openSecret, []string{"Identifier", email}, run.Pass},
		{"sub and e-mail address, signed as Express does, by a secret that can be guessed", false, guessable, openGuessable, []string{"Identifier", email}, run.Fail},
		{"a greeting beside who is logged in", true, toBase64, fromBase64, []string{name}, run.Pass},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			campaign := behind(t, trials, profile(tt.stays, tt.seal, tt.open, tt.fields...))
			got := judged(t.Context(), t, campaign, "RP-74")
			if got.Verdict != tt.want || strings.Contains(got.Observed, "no cookie") {
				t.Errorf("%s %s%s, want %s", got.Verdict, got.Observed, got.Reason, tt.want)
			}
		})
	}
}

// looksBehind refuses the callbacks in which the application has looked at the key set:
// beside the token and userinfo, it made a third request. The next one knows the keys.
func looksBehind(judging *atomic.Bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !judging.Load() || r.URL.Path != "/callback" {
				next.ServeHTTP(w, r)
				return
			}
			var sent atomic.Int64
			trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sent.Add(1) }}
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
			if sent.Load() > 2 {
				http.Error(w, "the key is not known", http.StatusBadRequest)
				return
			}
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = answer.Body.WriteTo(w)
		})
	}
}

// A login that is refused, and behind which the key set is looked at, does not break
// the next one; taking the first key does.
func TestKeySetThatIsLookedAtBehindALogin(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, flaw := range []string{"", "first-key-taken", "other-keys-fail"} {
		t.Run("RP-60 "+flaw, func(t *testing.T) {
			t.Parallel()
			want, flaws := run.Pass, []string(nil)
			if flaw != "" {
				want, flaws = run.Fail, []string{flaw}
			}
			var judging atomic.Bool
			campaign := behind(t, trials, looksBehind(&judging), flaws...)
			judging.Store(true)
			got := judged(t.Context(), t, campaign, "RP-60")
			if got.Verdict != want {
				t.Errorf("%s %s%s, want %s", got.Verdict, got.Observed, got.Reason, want)
			}
		})
	}
}

// failsOnItsPage welcomes whom the application refuses, and fails to show them.
func failsOnItsPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("half"); err == nil && r.URL.Path == demoapp.PathMe {
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if r.URL.Path == "/callback" && answer.Code == http.StatusBadRequest {
			http.SetCookie(w, &http.Cookie{Name: "half", Value: "1", Path: "/"})
			_, _ = io.WriteString(w, "Welcome")
			return
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = answer.Body.WriteTo(w)
	})
}

// failsForNobody is a protected page that answers nobody, as it answers who was
// refused: 500.
func failsForNobody(next http.Handler) http.Handler {
	return rewritten(demoapp.PathMe, func(w http.ResponseWriter, _ *http.Request, status int, body string) {
		if status != http.StatusOK {
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})(next)
}

// A refusal that is an internal error of the protected page counts, unless nobody is
// shown that page in another way; so does each that is judged by something else than
// who is logged in.
func TestRefusalsThatAreInternalErrors(t *testing.T) {
	trials, err := proof.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, id string
		wrap     func(http.Handler) http.Handler
		flaws    []string
		want     run.Verdict
	}{
		{"the page fails", "RP-53", failsOnItsPage, nil, run.Warn},
		{"the page fails", "RP-56", failsOnItsPage, nil, run.Warn},
		{"the page fails for nobody, too", "RP-53", failsForNobody, nil, run.Pass},
		{"the callback fails", "RP-22", nil, []string{"refusals-are-500"}, run.Warn},
		{"the callback fails", "RP-27", nil, []string{"refusals-are-500"}, run.Warn},
		{"the callback fails", "RP-55", nil, []string{"refusals-are-500"}, run.Warn},
	} {
		t.Run(tt.id+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			campaign := behind(t, trials, tt.wrap, tt.flaws...)
			if got := judged(t.Context(), t, campaign, tt.id); got.Verdict != run.Pass {
				t.Fatalf("%s: %s %s%s", tt.id, got.Verdict, got.Observed, got.Reason)
			}
			if got := judged(t.Context(), t, campaign, "RP-71"); got.Verdict != tt.want {
				t.Errorf("RP-71: %s %s%s, want %s", got.Verdict, got.Observed, got.Reason, tt.want)
			}
		})
	}
}
