package demoapp

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Flaws of the callback.

// comparing is a flaw in how state is compared.
func comparing(name, checks, breaks string, same func(sent, returned string) bool) Flaw {
	return flaw(name, checks, breaks, func(_ *App, c *conduct) { c.sameState = same })
}

// reading is a flaw in how the authorization response is read.
func reading(name, checks, breaks string, read func(q url.Values) (answer, error)) Flaw {
	return flaw(name, checks, breaks, func(_ *App, c *conduct) { c.readAnswer = read })
}

var flawsCallback = []Flaw{
	comparing("state-unchecked", "RP-19 RP-20", "state is not compared.", func(string, string) bool { return true }).
		with("a second login's verifier is taken for the first's", "RP-32"),
	comparing("state-compared-by-length", "RP-19", "Of state, the length alone is compared.", func(sent, returned string) bool { return len(sent) == len(returned) }).
		with("a second login's verifier is taken for the first's", "RP-32"),
	comparing("state-compared-by-beginning", "RP-19", "state may go on after what was sent.", func(sent, returned string) bool { return strings.HasPrefix(returned, sent) }),
	comparing("state-compared-by-end", "RP-19", "Of state, the last eight characters alone are compared.", func(sent, returned string) bool {
		return strings.HasSuffix(returned, sent[len(sent)-8:])
	}),
	comparing("state-part-enough", "RP-19", "A part of state is taken for it.", func(sent, returned string) bool {
		return returned != "" && strings.Contains(sent, returned)
	}),
	comparing("state-any-case", "RP-19", "state is compared case-insensitively.", strings.EqualFold),
	comparing("state-optional", "RP-20", "state is compared only where one comes back.", func(sent, returned string) bool {
		return returned == "" || sent == returned
	}),
	flaw("state-of-anybody", "RP-19", "Any state that the application sent to anybody is taken.", func(_ *App, c *conduct) {
		var mu sync.Mutex
		sentToAnybody := map[string]bool{}
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			sentToAnybody[l.state] = true
		})
		c.sameState = func(_, returned string) bool {
			mu.Lock()
			defer mu.Unlock()
			return sentToAnybody[returned]
		}
	}).
		with("a second login's verifier is taken for the first's", "RP-32"),
	flaw("state-of-any-browser", "RP-21", "state, nonce and verifier are looked up for whoever brings the state: a login is not bound to its browser.", func(a *App, c *conduct) {
		var mu sync.Mutex
		var all []*attempt
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, l)
		})
		c.mayBelong = func(*session) []*attempt {
			mu.Lock()
			defer mu.Unlock()
			return append([]*attempt(nil), all...)
		}
		c.spend = func(_ *session, l *attempt) bool {
			mu.Lock()
			defer mu.Unlock()
			for i := range all {
				if all[i] == l {
					all = append(all[:i], all[i+1:]...)
					return true
				}
			}
			return false
		}
	}).
		with("the state of another browser's login is a known one", "RP-19"),
	flaw("verifier-shared", "RP-22", "The verifier and the nonce of the login that began last are used for everybody.", func(_ *App, c *conduct) {
		var mu sync.Mutex
		var last *attempt
		c.editLogin = append(c.editLogin, func(l *attempt, _ *session, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			last = l
		})
		spend := c.spend
		c.spend = func(s *session, l *attempt) bool {
			mu.Lock()
			defer mu.Unlock()
			l.verifier, l.nonce = last.verifier, last.nonce
			return spend(s, l)
		}
	}).
		with("the first tab, or the first browser, has the second's verifier", "RP-32 RP-33"),

	reading("callback-reads-code-alone", "RP-23 RP-25 RP-34", "The callback takes code as text, whatever is there: error is not looked at, and a code that is missing is sent as null.", func(q url.Values) (answer, error) {
		got, err := readAnswer(q)
		got.hasError, got.hasIss = false, false
		if !q.Has("code") {
			got.code = "null"
		}
		return got, err
	}),
	flaw("cancelled-logs-in", "RP-23", "After access_denied the person of the last login is shown.", func(a *App, c *conduct) {
		var mu sync.Mutex
		var last *person
		c.tell = append(c.tell, func(_ *attempt, _ *tokens, p *person) {
			mu.Lock()
			defer mu.Unlock()
			last = p
		})
		refuse := c.refuse
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			mu.Lock()
			defer mu.Unlock()
			if r.URL.Query().Get("error") == "access_denied" && last != nil {
				c.admit(w, a.sessionOf(r), last)
			}
			refuse(w, r, err)
		}
	}).
		with("error is looked at first, and logs in", "RP-25"),
	flaw("cancelled-opens-the-page", "RP-23", "After access_denied the protected page is open, and shows nobody.", func(a *App, c *conduct) {
		refuse := c.refuse
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			if r.URL.Query().Get("error") == "access_denied" {
				c.admit(w, a.sessionOf(r), &person{})
			}
			refuse(w, r, err)
		}
	}).
		with("error is looked at first, and opens the page", "RP-25"),
	flaw("error-description-shown", "RP-24", "error_description is written into the page as it comes.", func(a *App, c *conduct) {
		c.refuse = func(w http.ResponseWriter, r *http.Request, _ error) {
			a.page(w, http.StatusBadRequest, "You are not logged in", "<p>"+r.URL.Query().Get("error_description")+"</p>")
		}
	}),
	flaw("error-shown", "RP-24", "error is written into the page as it comes.", func(a *App, c *conduct) {
		c.refuse = func(w http.ResponseWriter, r *http.Request, _ error) {
			a.page(w, http.StatusBadRequest, "You are not logged in", "<p>Error: "+r.URL.Query().Get("error")+"</p>")
		}
	}),
	flaw("state-shown", "RP-24", "A state that is not known is written into the page as it comes.", func(a *App, c *conduct) {
		c.unknown = func(w http.ResponseWriter, _ *http.Request, _ *session, got answer) {
			a.page(w, http.StatusBadRequest, "You are not logged in", "<p>Unknown state "+got.state+"</p>")
		}
	}),
	reading("error-ignored", "RP-25", "Where there is a code, error is not looked at.", func(q url.Values) (answer, error) {
		got, err := readAnswer(q)
		got.hasError = got.hasError && got.code == ""
		return got, err
	}),
	reading("error-of-the-person-alone", "RP-25", "Where there is a code, only access_denied is taken for an error.", func(q url.Values) (answer, error) {
		got, err := readAnswer(q)
		got.hasError = got.hasError && (got.code == "" || got.err == "access_denied")
		return got, err
	}),
	flaw("callback-again-crashes", "RP-26", "A callback whose login is not under way is answered 500.", func(_ *App, c *conduct) {
		c.unknown = func(w http.ResponseWriter, _ *http.Request, _ *session, _ answer) {
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		}
	}).
		with("such callbacks are refused with 500", "RP-71"),
	flaw("callback-again-logs-out", "RP-26", "A callback whose login is not under way ends the browser's session.", func(a *App, c *conduct) {
		c.unknown = func(w http.ResponseWriter, r *http.Request, s *session, _ answer) {
			if s != nil {
				a.sessions.remove(s.id)
			}
			c.refuse(w, r, refusal("this login is not under way in this browser"))
		}
	}),
	flaw("state-used-again", "RP-26 RP-27", "A login stays under way after its callback: the state works again.", func(a *App, c *conduct) {
		c.spend = func(*session, *attempt) bool { return true }
	}),
	flaw("code-of-reload-sent-again", "RP-26", "The callback that was used last is redeemed once more when it is loaded again.", func(a *App, c *conduct) {
		var mu sync.Mutex
		used := map[string]*attempt{}
		spend := c.spend
		c.spend = func(s *session, l *attempt) bool {
			mu.Lock()
			defer mu.Unlock()
			used[l.state] = l
			return spend(s, l)
		}
		refused := c.unknown
		c.unknown = func(w http.ResponseWriter, r *http.Request, s *session, got answer) {
			mu.Lock()
			l := used[got.state]
			delete(used, got.state)
			mu.Unlock()
			if l != nil && got.code != "" {
				_, _ = a.exchange(r.Context(), got.code, l)
			}
			refused(w, r, s, got)
		}
	}).with("the second callback's code is redeemed", "RP-27"),
	reading("repeated-parameter-crashes", "RP-28", "A parameter that is repeated is answered 500.", func(q url.Values) (answer, error) {
		for name, values := range q {
			if len(values) > 1 {
				panic(fmt.Sprintf("%s is a list", name))
			}
		}
		return readAnswer(q)
	}),
	reading("code-missing-is-sent", "RP-34", "A code that is missing or empty is sent to the provider.", func(q url.Values) (answer, error) {
		got, err := readAnswer(q)
		if got.code == "" && !got.hasError {
			got.code = "undefined"
		}
		return got, err
	}),
}
