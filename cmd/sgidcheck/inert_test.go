package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"
	"unicode/utf8"

	"sgidcheck/internal/provider"

	"golang.org/x/net/html"
)

// malice is what a target may answer to harm whoever looks at the report.
const malice = "</pre></style></script><script>alert('MALICE')</script><img src=x onerror=alert('MALICE')>" +
	"\" onmouseover=\"alert(1) ' --> ]]> <![CDATA[ \x1b[2J\x1b]0;MALICE\x07\x9b31m\x00\x08" +
	"\u202egnp.exe\u202c\u2066x\u2069\u200b\ufeff\u2028\U000e0041\xff\xc3( " +
	"[click](javascript:alert(1)) ![x](https://evil.example/p.png) | cell | `MALICE`"

// malicious stands in front of a provider and answers every error with malice,
// at times megabytes of it, and puts some into every header and page.
func malicious(t *testing.T) (issuer string, behind *provider.Provider) {
	t.Helper()
	behind, err := provider.Start(t.Context(), provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { behind.Close() })
	origin := strings.TrimSuffix(behind.Issuer(), "/v2")
	to, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	inHeader := strings.NewReplacer("\x00", "", "\x1b", "", "\x07", "", "\x08", "").Replace(malice)
	var requests atomic.Int64
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			for _, name := range []string{"Origin", "Referer"} {
				if v := r.In.Header.Get(name); v != "" {
					r.Out.Header.Set(name, origin+strings.TrimPrefix(v, "http://"+r.In.Host))
				}
			}
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Set("X-Malice", inHeader)
			r.Header.Add("Set-Cookie", "malice="+url.QueryEscape(malice)+"; Path=/v2/malice")
			media := r.Header.Get("Content-Type")
			switch {
			case r.StatusCode >= 400:
				served := requests.Add(1)
				media = [...]string{"application/json", "text/html", "text/plain", ""}[served%4]
				text, err := json.Marshal(malice)
				if err != nil {
					return err
				}
				body := [...]string{fmt.Sprintf(`{"error":%s,"error_description":%s,%s:1}`, text, text, text), "<html><body>" + malice, malice, malice}[served%4]
				if served%5 == 0 {
					body = strings.Repeat(body, 3<<20/len(body)) // megabytes
				}
				r.Header.Set("Content-Type", media)
				r.Body.Close()
				r.Body = io.NopCloser(strings.NewReader(body))
			case strings.Contains(media, "html"):
				r.Body = struct {
					io.Reader
					io.Closer
				}{io.MultiReader(r.Body, strings.NewReader(malice)), r.Body}
			default:
				return nil
			}
			r.ContentLength = -1
			r.Header.Del("Content-Length")
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL + "/v2", behind
}

// Whatever a target answers is shown inert in every form.
func TestMaliceIsInert(t *testing.T) {
	issuer, behind := malicious(t)
	p := &planter{behind: behind}
	out := t.TempDir()
	args := []string{"conformance", "--issuer", issuer, "--endpoints", "documented", "--progress", "plain", "--out", out, "--select", "AUTHZ,TOKEN,UINFO,DISC-01"}
	got := program{args: args, env: p.environment(t)}.run(t)
	if got.code == exitUsage {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	recordOf(t, out) // which is valid
	texts := written(t, out, got)
	for where, text := range texts {
		if !utf8.ValidString(text) {
			t.Errorf("%s is not UTF-8", where)
		}
		for i, c := range text {
			if c != '\n' && c != '\t' && (unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c) || c == '\u2028') {
				t.Errorf("%s holds the character %U after %q", where, c, text[max(0, i-80):i])
				break
			}
		}
		if len(text) > 12<<20 {
			t.Errorf("%s is %d bytes long", where, len(text))
		}
	}
	for _, name := range []string{"run.json", "report.html", "junit.xml"} {
		if !strings.Contains(texts[name], "MALICE") {
			t.Errorf("%s does not show what the target said: nothing is proven", name)
		}
	}
	if !strings.Contains(texts["run.json"], "bytes in all, SHA-256") {
		t.Error("nothing long was cut")
	}
	inertPage(t, texts["report.html"])
	var suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Cases   []struct {
			Name string `xml:"name,attr"`
			Out  string `xml:"system-out"`
			Text string `xml:"failure"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal([]byte(texts["junit.xml"]), &suites); err != nil {
		t.Errorf("junit.xml: %v", err)
	}
	shown := 0
	for _, c := range suites.Cases {
		if strings.Contains(c.Out+c.Text, "<script>alert('MALICE')") {
			shown++
		}
	}
	if shown == 0 || len(suites.Cases) < 50 {
		t.Errorf("junit.xml shows it in %d of %d cases", shown, len(suites.Cases))
	}
	for _, bad := range []string{"<script", "<img", "](javascript:", "![x]("} {
		if strings.Contains(texts["summary.md"], bad) {
			t.Errorf("summary.md holds %s", bad)
		}
	}
}

// inertPage fails where the report holds an element or attribute that only the
// target can have put there.
func inertPage(t *testing.T, page string) {
	t.Helper()
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range document.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" && n.FirstChild != nil && strings.Contains(n.FirstChild.Data, "MALICE") {
			t.Error("the target's text stands in a script")
		}
		for _, a := range n.Attr {
			address := a.Key == "href" || a.Key == "src"
			if strings.HasPrefix(a.Key, "on") || address && (strings.Contains(a.Val, "evil.example") || strings.HasPrefix(a.Val, "javascript:") || a.Val == "x") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}
