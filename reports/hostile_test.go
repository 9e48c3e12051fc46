package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"sgidcheck/internal/inert"
	"sgidcheck/internal/run"
)

// hostile holds what a target could answer to harm whoever reads the report:
// markup, script, terminal escapes, text turned round, bytes that are no text,
// and the ends of whatever the forms wrap text in.
const hostile = "</pre></style></script><script>alert(1)</script><img src=x onerror=alert(1)>" +
	"\" onmouseover=\"alert(1) ' --> ]]> <![CDATA[ {{.}} \x1b[2J\x1b]0;pwned\x07\x9b31m\x00\x08\r" +
	"\u202egnp.exe\u202c\u2066x\u2069\u200b\u200f\ufeff\u2028\u2029\U000e0041\ufffe\xff\xc3( " +
	"[click](javascript:alert(1)) ![x](https://evil.example/p.png) | cell | `code` @everyone <!-- https://evil.example"

// soaked returns a record in which every text is hostile but for those that the
// schema fixes.
func soaked(t testing.TB) *run.Record {
	t.Helper()
	r := new(run.Record)
	soak(reflect.ValueOf(r).Elem())
	r.Schema, r.Target.Kind, r.Verdict = run.Schema, "external", run.RunFail
	first := r.Checks[0]
	r.Checks = nil
	for i, v := range append(run.Verdicts(), run.Fail) {
		c := first
		c.ID, c.Verdict, c.Level = []string{"TOKEN-05", "PKCE-08", "AUTHZ-08", "DISC-01", "JWKS-01", "IDT-01", "UINFO-03", "TLS-01", "BROW-01"}[i], v, "MUST"
		r.Checks = append(r.Checks, c)
	}
	r.Browser.Steps[0].Thumbnail = "data:image/png;base64,\" onerror=\"alert(1)"
	r.Count()
	return r
}

func soak(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		soak(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeOf(time.Time{}) {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			soak(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		soak(v.Index(0))
		soak(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		element := reflect.New(v.Type().Elem()).Elem()
		soak(element)
		v.SetMapIndex(reflect.ValueOf(hostile), element)
	case reflect.String:
		v.SetString(hostile)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(3)
	case reflect.Uint64:
		v.SetUint(3)
	case reflect.Float64:
		v.SetFloat(1.5)
	}
}

func TestHostileTextIsInertInEveryForm(t *testing.T) {
	r := soaked(t)
	for _, name := range Formats() {
		if name == "json" {
			continue // the record itself: JSON, which the schema's tests look at
		}
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Format(&b, name, r); err != nil {
				t.Fatal(err)
			}
			out := b.String()
			if !strings.Contains(out, "alert(1)") {
				t.Fatal("the hostile text is not in the report at all: nothing was tested")
			}
			if !utf8.ValidString(out) {
				t.Error("not valid UTF-8")
			}
			for _, c := range out {
				if c != '\n' && c != '\t' && inert.Hidden(c) || unicode.Is(unicode.Cc, c) && c != '\n' && c != '\t' {
					at := strings.IndexRune(out, c)
					t.Fatalf("control or invisible character %U after %q", c, out[max(0, at-300):at])
				}
			}
			switch name {
			case "html":
				inertHTML(t, out)
			case "junit":
				wellFormed(t, out)
			case "markdown":
				for _, bad := range []string{"<", " [click", "k](javascript", "![x", "https://evil", "@everyone", "\n| cell"} {
					if strings.Contains(out, bad) {
						t.Errorf("Markdown holds %q", bad)
					}
				}
			case "sarif":
				if !json.Valid(b.Bytes()) {
					t.Error("not JSON")
				}
				noEmbeddedLinks(t, b.Bytes())
			}
		})
	}
	t.Run("terminal with colour", func(t *testing.T) {
		var b bytes.Buffer
		if err := Terminal(&b, r, Options{Verbose: true, Color: true}); err != nil {
			t.Fatal(err)
		}
		plain := b.String()
		for _, code := range []string{"0", "1", "2", "1;31", "1;32", "1;35", "31", "32", "33", "34", "35", "36", "90"} {
			plain = strings.ReplaceAll(plain, "\x1b["+code+"m", "")
		}
		if strings.Contains(plain, "\x1b") {
			t.Error("an escape sequence of the target reached the terminal")
		}
	})
}

func wellFormed(t *testing.T, document string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(document))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMegabytesAreCutWithLengthAndHash(t *testing.T) {
	body := strings.Repeat("A\u202e<script>", 400_000)
	r := &run.Record{Checks: []run.Check{{ID: "TOKEN-05", Area: "TOKEN", Level: "MUST", Verdict: run.Fail, Observed: body, Expected: body, Title: body,
		Exchanges: []run.Exchange{{Judged: true, Request: run.Request{Method: "GET", URL: "http://127.0.0.1/" + body, Body: body, Headers: []run.Header{{Name: "A", Value: body}}},
			Response: &run.Response{Status: 200, Body: body, Headers: []run.Header{{Name: "B", Value: body}}}, Curl: body, Error: body}}}}}
	r.Count()
	for _, name := range Formats() {
		if name == "json" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Format(&b, name, r); err != nil {
				t.Fatal(err)
			}
			if b.Len() > 1<<20 {
				t.Errorf("%d bytes", b.Len())
			}
			if !strings.Contains(b.String(), thousands(len(body))) {
				t.Error("the length of what was cut is not said")
			}
			if name == "html" || name == "junit" || name == "sarif" {
				if _, note := cut(body, 1); !strings.Contains(b.String(), note[strings.Index(note, "SHA-256"):]) {
					t.Error("the hash of what was cut is not said")
				}
			}
		})
	}
}

// noEmbeddedLinks looks for links in the messages of a SARIF log, which viewers follow.
func noEmbeddedLinks(t *testing.T, body []byte) {
	t.Helper()
	type message struct {
		Text      string
		Arguments []string
	}
	var log struct {
		Runs []struct {
			Results     []struct{ Message message }
			Invocations []struct {
				ToolExecutionNotifications []struct{ Message message }
			}
			Tool struct {
				Driver struct {
					Rules []struct{ MessageStrings map[string]message }
				}
			}
		}
	}
	if err := json.Unmarshal(body, &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	var texts []string
	for _, r := range run.Results {
		texts = append(append(texts, r.Message.Text), r.Message.Arguments...)
	}
	for _, n := range run.Invocations[0].ToolExecutionNotifications {
		texts = append(texts, n.Message.Text)
	}
	for _, r := range run.Tool.Driver.Rules {
		for _, m := range r.MessageStrings {
			texts = append(texts, m.Text)
		}
	}
	if !strings.Contains(strings.Join(texts, ""), "[click]") {
		t.Error("the hostile text is not in a message at all: nothing was tested")
	}
	for _, text := range texts {
		if strings.Contains(text, "](") {
			t.Errorf("a message holds a link: %q", text)
		}
	}
}
