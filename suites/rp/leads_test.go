package rp

import (
	"slices"
	"strings"
	"testing"

	"sgidcheck/internal/application"
)

func TestPageLeads(t *testing.T) {
	for page, leads := range map[string]bool{
		`<a href="https://zq-evil.example/">On</a>`:                                                           true,
		`<a href="//zq-evil.example/">On</a>`:                                                                 true,
		"<a href=\"/\t/zq-evil.example/\">On</a>":                                                             true,
		`<a href="/login?next=https%3A%2F%2Fzq-evil.example%2F">On</a>`:                                       false,
		`<a href="/login?next=https://zq-evil.example/">On</a>`:                                               false,
		`<a href="https://app.example/?to=https://zq-evil.example/">On</a>`:                                   false,
		`<a href=".zq-evil.example/">On</a>`:                                                                  false,
		`<a href="javascript:alert('zq-evil')">On</a>`:                                                        true,
		`<a href="javascript:history.back()">Back</a><p>zq-evil</p>`:                                          false,
		`<p>You came from https://zq-evil.example/</p>`:                                                       false,
		`<base href="https://zq-evil.example/">`:                                                              true,
		`<form action="https://zq-evil.example/"></form>`:                                                     true,
		`<form><input type="hidden" name="next" value="https://zq-evil.example/"></form>`:                     false,
		`<form><button formaction="//zq-evil.example/">On</button></form>`:                                    true,
		`<meta http-equiv="Refresh" content="30; url=https://zq-evil.example/">`:                              true,
		`<meta property="og:url" content="30; url=https://zq-evil.example/">`:                                 false,
		`<script>location = "https://zq-evil.example/"</script>`:                                              true,
		`<script>window.location.href='https:\/\/zq-evil.example\/'</script>`:                                 true,
		`<script>setTimeout(() => location.replace("\u002f/zq-evil.example/"), 0)</script>`:                   true,
		"<script>top.location.assign(`https://zq-evil.example/`)</script>":                                    true,
		`<body onload="location.href='https://zq-evil.example/'">`:                                            true,
		`<script>window.state = {"location": "https://zq-evil.example/"}</script>`:                            false,
		`<script>const location = "https://zq-evil.example/"</script>`:                                        false,
		`<script>state.location = "https://zq-evil.example/"</script>`:                                        false,
		`<script>if (location == "https://zq-evil.example/") refuse()</script>`:                               false,
		`<script>location = "/login?next=https://zq-evil.example/"</script>`:                                  false,
		`<script type="application/json">{"next":"https://zq-evil.example/"}</script>`:                        false,
		`<script>location.replace("/me")</script><p title="https://zq-evil.example/">Hi</p>`:                  false,
		`<!-- <a href="https://zq-evil.example/">On</a> --><textarea>location="//zq-evil.example"</textarea>`: false,
	} {
		if how := pageLeads([]byte(page)).how; (how != "") != leads {
			t.Errorf("%s: %q, want %v", page, how, leads)
		}
	}
}

// The start page's address stays within what servers and proxies take, with the
// longest place, too: it then has the names in parts, and elsewhere all at once.
func TestStartPageStaysShort(t *testing.T) {
	for start, most := range map[string]int{"http://localhost:3000/login": 1, "https://licences-and-permits.of-an-agency.example.gov.sg/login": 2} {
		s := &Session{Campaign: &Campaign{Options: Options{Site: &application.Site{Start: start}}}}
		for _, p := range places {
			value, tried := p.at(s.Site), []string{}
			parts := s.inParts(value, pageParameters)
			for _, names := range parts {
				tried = append(tried, names...)
				start := s.startWith(value, names...).Start
				if len(start) > 4096 || !strings.Contains(start, evil) || strings.Contains(start, "{") {
					t.Errorf("%s: %d characters: %s", p.name, len(start), start)
				}
			}
			if len(parts) > most || !slices.Equal(tried, pageParameters) {
				t.Errorf("%s at %s: %d parts with %v", p.name, start, len(parts), tried)
			}
		}
	}
}
