package demoapp

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Flaws of what is done with the data.

// crashing is a flaw by which some data are answered 500.
func crashing(name, checks, breaks string, onto func(a *App, data map[string]string) bool) Flaw {
	return flaw(name, checks, breaks, func(a *App, c *conduct) {
		refuse := c.refuse
		c.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			if err == errUnexpected {
				http.Error(w, "Internal Server Error", http.StatusInternalServerError)
				return
			}
			refuse(w, r, err)
		}
		c.editData = append(c.editData, func(data map[string]string) error {
			if onto(a, data) {
				return errUnexpected
			}
			return nil
		})
	})
}

const errUnexpected = refusal("the data are not what the program expects")

var flawsData = []Flaw{
	crashing("birthday-demanded", "RP-62", "A date of birth that is no date is answered 500.", func(_ *App, data map[string]string) bool {
		_, err := time.Parse(time.DateOnly, data["myinfo.date_of_birth"])
		return data["myinfo.date_of_birth"] == "NA" && err != nil
	}),
	crashing("every-scope-demanded", "RP-62", "A scope that was asked for and is not in the answer is answered 500.", func(a *App, data map[string]string) bool {
		return len(data) < len(a.settings.Scopes)-1
	}),
	crashing("name-demanded", "RP-62", "A name that is empty or not there is answered 500.", func(_ *App, data map[string]string) bool {
		return data["myinfo.name"] == ""
	}),
	flaw("data-in-cookie", "RP-63", "The data are kept in a cookie, which has room for 4 kB.", func(a *App, c *conduct) {
		admit := c.admit
		c.admit = func(w http.ResponseWriter, s *session, p *person) {
			var held strings.Builder
			for name, value := range p.data {
				held.WriteString(url.QueryEscape(name+"="+value) + ".")
			}
			if held.Len() > 4000 {
				held.Reset() // browsers drop a cookie that is larger, and the login with it
				a.setCookie(w, a.sessions.open(nil, nil).id)
				return
			}
			admit(w, s, p)
		}
	}),
	flaw("text-read-as-latin1", "RP-63", "What was decrypted is taken for Latin-1.", func(_ *App, c *conduct) {
		c.editData = append(c.editData, func(data map[string]string) error {
			for name, value := range data {
				runes := make([]rune, len(value))
				for i := range len(value) {
					runes[i] = rune(value[i])
				}
				data[name] = string(runes)
			}
			return nil
		})
	}),
	crashing("ascii-demanded", "RP-63", "A name beyond ASCII is answered 500.", func(_ *App, data map[string]string) bool {
		return strings.ContainsFunc(data["myinfo.name"], func(r rune) bool { return r > 127 })
	}),
	crashing("long-name-fails", "RP-63", "A name longer than 255 characters does not fit into its column and is answered 500.", func(_ *App, data map[string]string) bool {
		return len(data["myinfo.name"]) > 255
	}),
	flaw("markup-unescaped", "RP-64", "The data are written into the page without escaping.", func(_ *App, c *conduct) {
		c.escape = func(text string) string { return text }
	}),
	flaw("markup-half-escaped", "RP-64", "Of the data, the word script alone is taken out.", func(_ *App, c *conduct) {
		c.escape = func(text string) string { return strings.NewReplacer("<script", "", "</script", "").Replace(text) }
	}),
}
