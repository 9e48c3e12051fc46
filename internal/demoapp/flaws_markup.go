package demoapp

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Flaws of how a page shows what comes from outside, each in another place.

// shown is a flaw by which the page of a login that is refused shows something of
// the callback.
func shown(name, breaks string, show func(q url.Values) string) Flaw {
	return flaw(name, "RP-24", breaks, func(a *App, c *conduct) {
		c.refuse = func(w http.ResponseWriter, r *http.Request, _ error) {
			a.page(w, http.StatusBadRequest, "You are not logged in", show(r.URL.Query())+logInLink)
		}
	})
}

// described is shown for error_description.
func described(name, breaks string, show func(description string) string) Flaw {
	return shown(name, breaks, func(q url.Values) string { return show(q.Get("error_description")) })
}

// withoutTags is a text in which < and > are escaped, and nothing else.
func withoutTags(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(text)
}

// asJSON is a text as JSON, in which < and > stand as they are.
func asJSON(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // it is a string
	}
	return strings.TrimSpace(b.String())
}

var flawsShown = []Flaw{
	described("description-in-attribute", "error_description stands in an attribute with < and > escaped and the quote not.", func(text string) string {
		return `<input type="hidden" name="why" value="` + withoutTags(text) + `">`
	}),
	described("description-in-single-quotes", "error_description stands in an attribute in single quotes, which are not escaped.", func(text string) string {
		return `<input type="hidden" name="why" value='` + strings.ReplaceAll(withoutTags(text), `"`, "&#34;") + `'>`
	}),
	described("description-without-quotes", "error_description stands, escaped, in an attribute without quotes.", func(text string) string {
		return `<input type=hidden name=why value=` + html.EscapeString(text) + `>`
	}),
	described("description-in-script", "error_description stands in a string of a script with < and > escaped and the quote not.", func(text string) string {
		return `<script>var why = '` + withoutTags(text) + `'</script>`
	}),
	described("description-in-script-json", "error_description stands in a script as JSON, which </script> ends.", func(text string) string {
		return `<script>var why = ` + asJSON(text) + `</script>`
	}),
	described("description-decoded-again", "error_description is decoded once more before it is shown, after it was escaped.", func(text string) string {
		decoded, err := url.QueryUnescape(withoutTags(text))
		if err != nil {
			return ""
		}
		return "<p>" + decoded + "</p>"
	}),
	shown("denial-description-shown", "error_description is written into the page as it comes where error is access_denied.", func(q url.Values) string {
		if q.Get("error") != "access_denied" {
			return ""
		}
		return "<p>" + q.Get("error_description") + "</p>"
	}),
	shown("error-uri-linked", "error_uri is a link of the page, whatever its scheme.", func(q url.Values) string {
		return `<p><a href="` + html.EscapeString(q.Get("error_uri")) + `">More about this</a></p>`
	}),
	shown("unknown-parameter-shown", "Parameters that are not known are written into the page as they come.", func(q url.Values) string {
		var b strings.Builder
		for name := range q {
			if known(name) != name && name != "error_description" && name != "error_uri" {
				b.WriteString("<p>Unknown: " + q.Get(name) + "</p>")
			}
		}
		return b.String()
	}),
}

// dataBeside is a flaw by which the page shows each value of the data in one more place.
func dataBeside(name, breaks string, show func(text string) string) Flaw {
	return flaw(name, "RP-64", breaks, func(_ *App, c *conduct) {
		c.escape = func(text string) string { return html.EscapeString(text) + show(text) }
	})
}

var flawsDataShown = []Flaw{
	flaw("markup-behind-a-date", "RP-64", "The data are written into the page without escaping, where the date of birth is one.", func(_ *App, c *conduct) {
		c.escape = func(text string) string { return text }
		c.editData = append(c.editData, func(data map[string]string) error {
			born := data["myinfo.date_of_birth"]
			if _, err := time.Parse(time.DateOnly, born); err != nil && born != "NA" && born != "" {
				return refusal("the date of birth is no date")
			}
			return nil
		})
	}),
	dataBeside("data-in-attribute", "The data stand in attributes with < and > escaped and the quote not.", func(text string) string {
		return `<input type="hidden" name="value" value="` + withoutTags(text) + `">`
	}),
	dataBeside("data-in-script-json", "The data stand in scripts as JSON, which </script> ends.", func(text string) string {
		return `<script>var value = ` + asJSON(text) + `</script>`
	}),
}
