package encoded

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const verifier = "bbGcObXZC1YGBQZZtZGQH9jsyO1vypqCGqnSU_4TI5S"

func forVerifier(plain string) bool { return strings.Contains(plain, verifier) }

func compressed(text string, open func(w io.Writer) io.WriteCloser) string {
	var out bytes.Buffer
	w := open(&out)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return out.String()
}

func zlibOf(text string) string {
	return compressed(text, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

func gzipOf(text string) string {
	return compressed(text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func deflated(text string) string {
	return compressed(text, func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f })
}

func base64URL(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
func base64Std(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
func hexOf(text string) string     { return hex.EncodeToString([]byte(text)) }

// What is encoded is found, and so is the part of the text that is its encoding.
func TestSearch(t *testing.T) {
	const text = `{"verifier":"` + verifier + `"}`
	for name, encoding := range map[string]string{
		"base64":                          base64URL(text),
		"base64 twice":                    base64Std(base64URL(text)),
		"base64 three times":              base64Std(base64URL(base64Std(text))),
		"base64 behind a prefix":          "v1_" + base64URL(base64URL(text)),
		"hexadecimal":                     "ab" + hexOf(verifier),
		"hexadecimal behind a digit":      "a" + hexOf(verifier),
		"upper case":                      strings.ToUpper(hexOf(verifier)),
		"base64 of hexadecimal":           base64URL("v=" + hexOf(verifier)),
		"zlib":                            base64URL(zlibOf(text)),
		"gzip":                            base64URL(gzipOf(text)),
		"deflate":                         base64URL(deflated(text)),
		"hexadecimal of what is deflated": hexOf(zlibOf(text)),
		"base64 of percent":               base64URL(strings.ReplaceAll(text, "bbGc", "%62%62%47%63")),
		"behind 200 KiB":                  base64Std(gzipOf(strings.Repeat("a line\n", 200<<10/7) + text)),
	} {
		encoding = strings.TrimRight(encoding, "=")
		before, after := "<p>state: ", " (100 % of it)</p>"
		whole := before + encoding + after
		if !NewSearch(MostDecoded, forVerifier).In(whole, 3) {
			t.Errorf("%s: the verifier is not found", name)
		}
		parts := NewSearch(MostDecoded, forVerifier).Parts(whole, 3)
		if at := strings.Index(whole, encoding); !slices.Contains(parts, Part{at, at + len(encoding)}) {
			t.Errorf("%s: its part is not found, but %v", name, parts)
		}
	}
}

// Escapes of the text itself are undone, also where a sign stands that begins none.
func TestSearchUndoesEscapes(t *testing.T) {
	standard := base64Std(strings.Repeat("??>>", 8) + verifier) // it holds + and /
	for _, text := range []string{
		"100 % and " + url.QueryEscape(verifier[:20]) + "%62" + verifier[21:], // the character there is a b
		"&amp; " + strings.ReplaceAll(standard, "+", "&#43;"),
		`\q ` + strings.ReplaceAll(standard, "/", `\/`),
		url.QueryEscape(url.QueryEscape(standard)),
	} {
		text = strings.Replace(text, "%62", fmt.Sprintf("%%%02x", verifier[20]), 1)
		if !NewSearch(MostDecoded, forVerifier).In(text, 3) {
			t.Errorf("the verifier is not found in %s", text)
		}
	}
}

// crafted is a page of 1 MiB of parts of which each unfolds to as much as there is
// room for, and each part of that again.
func crafted() string {
	var page strings.Builder
	inner := base64URL(deflated(strings.Repeat("a", longestInflated))) + " "
	part := base64URL(zlibOf(strings.Repeat(inner, 700)))
	for n := 0; page.Len() < 1<<20; n++ {
		fmt.Fprintf(&page, "%s %d ", part, n)
	}
	return page.String()
}

// seen is how many octets a search through a text looks at in all.
func seen(text string, octets int) (total int) {
	NewSearch(octets, func(plain string) bool { total += len(plain); return false }).In(text, 3)
	return total
}

// Whatever a page is made of, no more is decoded than a search may.
func TestSearchIsBounded(t *testing.T) {
	page := crafted()
	for _, octets := range []int{64 << 10, 1 << 20, 2 * MostDecoded} {
		if got, most := seen(page, octets), len(page)+min(octets, MostDecoded); got > most {
			t.Errorf("%d octets were looked at, with room for %d", got, most)
		}
	}
	search := NewSearch(64<<10, forVerifier)
	if search.In(page, 3) || !search.Spent() {
		t.Error("a search that ended before its text did does not say so")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	NewSearch(MostDecoded, forVerifier).In(page, 3)
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8*MostDecoded {
		t.Errorf("a search allocates %d octets", allocated)
	}
}

// An ordinary page has room in its bound: what is hidden behind it is found.
func TestSearchOfALargePage(t *testing.T) {
	var page strings.Builder
	r := rand.New(rand.NewChaCha8([32]byte{}))
	for page.Len() < 1<<20 {
		image := make([]byte, 20<<10)
		for i := range image {
			image[i] = byte(r.UintN(256))
		}
		page.WriteString(`<img src="data:image/png;base64,` + base64Std(string(image)) + `">` + strings.Repeat(`<p class="x">A line of a page &amp; more</p>`+"\n", 100))
	}
	page.WriteString(base64URL(deflated(verifier)))
	if !NewSearch(MostDecoded, forVerifier).In(page.String(), 2) {
		t.Error("the verifier is not found")
	}
}

func BenchmarkSearch(b *testing.B) {
	for name, page := range map[string]string{
		"a page of 1 MiB": strings.Repeat(`<p class="x">A line of a page, as long as lines are &amp; a bit</p>`+"\n", 1<<20/68),
		"a crafted one":   crafted(),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				NewSearch(MostDecoded, forVerifier).In(page, 2)
			}
		})
	}
}
