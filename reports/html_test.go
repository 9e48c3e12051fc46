package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sgidcheck/internal/run"
)

// example is a synthetic record with something of everything.
func example(t testing.TB) *run.Record {
	t.Helper()
	r, err := run.Read("testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func htmlOf(t testing.TB, r *run.Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// inertHTML parses the document as a browser would and looks for anything that
// could act: script beside our own, event handlers, addresses that are not
// fragments, web links or pictures inside the file.
func inertHTML(t *testing.T, document string) {
	t.Helper()
	inertDocument(t, document, 1)
}

// inertTrend is inertHTML for the document that has no script at all.
func inertTrend(t *testing.T, document string) {
	t.Helper()
	inertDocument(t, document, 0)
}

func inertDocument(t *testing.T, document string, ours int) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	scripts, styles := 0, 0
	walk(root, func(n *html.Node) {
		switch n.Data {
		case "script":
			scripts++
		case "style":
			styles++
		case "iframe", "object", "embed", "base", "audio", "video", "source", "template":
			t.Errorf("element %s", n.Data)
		}
		for _, a := range n.Attr {
			value := strings.TrimSpace(a.Val)
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcset", a.Key == "formaction":
				t.Errorf("attribute %s=%q", a.Key, a.Val)
			case a.Key == "href" && n.Data == "a" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "./") && fileLink(value) == "" && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "http://"):
				t.Errorf("link to %q", a.Val)
			case a.Key == "src" && value != "" && !strings.HasPrefix(value, "data:image/"), a.Key == "href" && n.Data == "link" && value != "data:,":
				t.Errorf("%s loads %q", n.Data, a.Val)
			}
		}
	})
	if scripts != ours || styles != 1 {
		t.Errorf("%d scripts and %d styles, want %d and one", scripts, styles, ours)
	}
}

func walk(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func TestHTMLIsOneSafeFile(t *testing.T) {
	document := htmlOf(t, example(t))
	inertHTML(t, document)
	for _, kind := range []string{"style", "script"} {
		content := regexp.MustCompile(`(?s)<` + kind + `>(.*)</` + kind + `>`).FindStringSubmatch(document)
		if content == nil {
			t.Fatalf("no %s", kind)
		}
		sum := sha256.Sum256([]byte(content[1]))
		if want := fmt.Sprintf("%s-src &#39;sha256-%s&#39;", kind, base64.StdEncoding.EncodeToString(sum[:])); !strings.Contains(strings.ReplaceAll(document, "&#43;", "+"), want) {
			t.Errorf("the policy does not have %s", want)
		}
	}
	if !strings.Contains(document, "default-src &#39;none&#39;") {
		t.Error("the policy does not begin with nothing allowed")
	}
}

func TestHTMLSaysEverythingOfACheck(t *testing.T) {
	document := htmlOf(t, example(t))
	for name, want := range map[string]string{
		"verdict":      `<span class="word">6 MUST checks fail</span>; the worst lets a stolen code be used; 1 threshold is crossed`,
		"deep link":    `id="TOKEN-05"`,
		"clause":       `href="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2"`,
		"why":          "A code that works twice is worth stealing",
		"fix":          "Mark a code as used in the same transaction",
		"mark":         "<mark>200</mark>",
		"missing":      "absent from this answer: <code>invalid_grant</code>",
		"curl":         `client_secret="$SGID_CLIENT_SECRET"`,
		"skip reason":  "no second client: set SGID_SECOND_CLIENT_ID and its siblings",
		"block cause":  `Cause: <a href="#UINFO-04">UINFO-04</a>`,
		"waiver":       "AGENCY-112",
		"command":      "--out &#39;report folder&#39;",
		"open threat":  `<li class="threat t-open">`,
		"pretty JSON":  `  "token_endpoint": "http://127.0.0.1:5156/v2//oauth/token"`,
		"chart":        `aria-label="Latency over time.`,
		"thumbnail":    `<img src="data:image/png;base64,`,
		"printed once": `<title>6 MUST checks fail: http://127.0.0.1:5156/v2`,
	} {
		if !strings.Contains(document, want) {
			t.Errorf("%s: the report lacks %s", name, want)
		}
	}
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(document, -1) {
		if seen[id[1]] {
			t.Errorf("id %q twice", id[1])
		}
		seen[id[1]] = true
	}
	for _, to := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(document, -1) {
		if !seen[to[1]] {
			t.Errorf("link to #%s, which is not there", to[1])
		}
	}
}

// large is a run of many checks and exchanges.
func large(t testing.TB, checks, exchanges int) *run.Record {
	t.Helper()
	r := example(t)
	var source *run.Check
	for i := range r.Checks {
		if r.Checks[i].ID == "TOKEN-05" {
			source = &r.Checks[i]
		}
	}
	body := `{"data":"` + strings.Repeat(`\"<>&`, 2000) + `"}`
	var out []run.Check
	for i := range checks {
		c := *source
		c.ID = fmt.Sprintf("TOKEN-%03d", i+1)
		c.Verdict = []run.Verdict{run.Pass, run.Pass, run.Pass, run.Fail, run.Warn}[i%5]
		c.Exchanges = nil
		for j := i * exchanges / checks; j < (i+1)*exchanges/checks; j++ {
			e := source.Exchanges[1]
			response := *e.Response
			response.Body = body
			e.Response, e.Judged = &response, j%7 == 0
			c.Exchanges = append(c.Exchanges, e)
		}
		out = append(out, c)
	}
	r.Checks = out
	r.Count()
	return r
}

func TestHTMLOfALargeRunStaysSmall(t *testing.T) {
	r := large(t, 300, 1000)
	n := 0
	for _, c := range r.Checks {
		n += len(c.Exchanges)
	}
	document := htmlOf(t, r)
	if len(r.Checks) != 300 || n != 1000 || len(document) > 5<<20 {
		t.Errorf("%d checks, %d exchanges: %d bytes, want at most 5 MiB", len(r.Checks), n, len(document))
	}
	t.Logf("%d bytes", len(document))
}

func TestHTMLShowsSeverityBesideTheLevel(t *testing.T) {
	document := htmlOf(t, example(t))
	for _, want := range []string{
		`<span class="level">MUST</span> <span class="severity sev-high">high severity</span>`, // on a card
		`<span class="level">MUST <span class="severity sev-high">high severity</span></span></summary>`,
		`Code replayed <span class="severity sev-high">high severity</span>`, `data-severity="none"`, "What severity means",
	} {
		if !strings.Contains(document, want) {
			t.Errorf("lacks %s", want)
		}
	}
}
