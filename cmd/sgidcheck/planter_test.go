package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"sgidcheck/internal/provider"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// planter stands in front of a provider and plants what it knows, secrets and
// people's data, in every place of every response.
type planter struct {
	behind *provider.Provider
	server *httptest.Server
	origin string // of the provider behind
	key    *rsa.PrivateKey

	mu       sync.Mutex
	dice     *mrand.Rand
	fixed    []string          // known from the start
	latest   map[string]string // what the traffic showed last, by kind
	all      map[string]string // everything it ever knew, with its kind
	planted  int
	stumbles bool // every other answer of token and userinfo is an error
	served   map[string]int
}

func newPlanter(t *testing.T, people int, stumbles bool) *planter {
	t.Helper()
	behind, err := provider.Start(t.Context(), provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { behind.Close() })
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &planter{behind: behind, key: key, stumbles: stumbles, dice: mrand.New(mrand.NewPCG(6, 5)), latest: map[string]string{}, all: map[string]string{}, served: map[string]int{}}
	p.origin = strings.TrimSuffix(behind.Issuer(), "/v2")
	for _, c := range behind.Clients() {
		p.know("client secret", c.Secret)
		p.knowKey(t, c.PrivateKey)
	}
	for _, person := range provider.Personas()[:people] {
		for scope, value := range person.Data {
			if len(value) >= 4 {
				p.know(scope, value)
			}
		}
	}
	to, err := url.Parse(p.origin)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.server = httptest.NewServer(&httputil.ReverseProxy{
		Transport:      &http.Transport{DisableCompression: true},
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to); p.overhear(r.In, r.Out) },
		ModifyResponse: p.plant,
		FlushInterval:  -1,
	})
	p.mu.Unlock()
	t.Cleanup(p.server.Close)
	return p
}

func (p *planter) issuer() string { return p.server.URL + "/v2" }

// know remembers a value for good.
func (p *planter) know(kind, value string) {
	p.all[value] = kind
	if !slices.Contains(p.fixed, value) {
		p.fixed = append(p.fixed, value)
	}
}

// knowKey remembers the private parts of a client's key, and a line of its PEM.
func (p *planter) knowKey(t *testing.T, text string) {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key := parsed.(*rsa.PrivateKey)
	p.know("private key", strings.Split(text, "\n")[4])
	for _, part := range [][]byte{key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes(), key.Precomputed.Dp.Bytes(), key.Precomputed.Dq.Bytes(), key.Precomputed.Qinv.Bytes()} {
		p.know("private key", base64.RawURLEncoding.EncodeToString(part))
	}
}

// saw remembers a value of the traffic.
func (p *planter) saw(kind, value string) {
	if len(value) < 16 || p.all[value] == "client secret" {
		return
	}
	if _, there := p.all[value]; !there {
		p.all[value] = kind
	}
	p.latest[kind] = value
}

// overhear reads the secrets of a request, and makes it one to the provider.
func (p *planter) overhear(in, out *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range []string{"Origin", "Referer"} {
		if v := in.Header.Get(name); v != "" {
			out.Header.Set(name, strings.Replace(v, p.server.URL, p.origin, 1))
		}
	}
	if token, ok := strings.CutPrefix(in.Header.Get("Authorization"), "Bearer "); ok && p.all[token] != "" {
		p.saw("access token", token)
	}
	for _, c := range in.Cookies() {
		p.saw("cookie", c.Value)
	}
	if in.URL.Path != "/v2/oauth/token" {
		return
	}
	body, err := io.ReadAll(io.LimitReader(in.Body, 1<<20))
	if err != nil {
		return
	}
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if form, err := url.ParseQuery(string(body)); err == nil {
		p.saw("verifier", form.Get("code_verifier"))
	}
}

// longest bounds what is planted, so that a header stays one that is read.
const longest = 2000

// next is a value to plant, in some spelling. A value too short to be told
// apart in every spelling is planted as it is.
func (p *planter) next() string {
	known := p.fixed
	for _, kind := range []string{"code", "access token", "ID token", "verifier", "cookie"} {
		if v := p.latest[kind]; v != "" {
			known = append(known[:len(known):len(known)], v, v, v)
		}
	}
	p.planted++
	value := known[p.dice.IntN(len(known))]
	if len(value) < 8 {
		return value
	}
	if out := spellings[p.dice.IntN(len(spellings))].write(value); len(out) < longest {
		return out
	}
	return value
}

// plant rewrites a response.
func (p *planter) plant(r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	body = bytes.ReplaceAll(body, []byte(p.origin), []byte(p.server.URL))
	media := r.Header.Get("Content-Type")
	path := r.Request.URL.Path
	p.served[path]++
	stumbles := p.stumbles && (path == "/v2/oauth/token" || path == "/v2/oauth/userinfo") && p.served[path] > 12 && p.served[path]%2 == 0
	if !stumbles {
		p.read(r, &body)
	}
	switch {
	case stumbles:
		r.StatusCode = http.StatusInternalServerError
		body = p.trace()
		r.Header.Set("Content-Type", "text/plain")
	case strings.Contains(media, "html"):
		body = p.inPage(body)
	case strings.Contains(media, "json") && r.StatusCode >= 400 && p.dice.IntN(4) == 0:
		body = p.trace()
		r.Header.Set("Content-Type", "text/plain")
	case strings.Contains(media, "json"):
		body = p.inJSON(body, r.StatusCode >= 400)
	}
	p.inHeader(r)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if p.dice.IntN(6) == 0 {
		r.Body = io.NopCloser(&slowly{body}) // no chunk holds a whole secret
	}
	r.ContentLength = -1
	r.Header.Del("Content-Length")
	return nil
}

// slowly gives a few bytes a read.
type slowly struct{ rest []byte }

func (s *slowly) Read(into []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(into, s.rest[:min(7, len(s.rest))])
	s.rest = s.rest[n:]
	return n, nil
}

// read learns the secrets of a response, and signs its ID token with a key of
// the planter's own, with a person's data among the claims.
func (p *planter) read(r *http.Response, body *[]byte) {
	for _, c := range r.Cookies() {
		p.saw("cookie", c.Value)
	}
	if to, err := r.Location(); err == nil {
		p.saw("code", to.Query().Get("code"))
	}
	switch r.Request.URL.Path {
	case "/v2/.well-known/jwks.json":
		e := base64.RawURLEncoding.EncodeToString([]byte{1, 0, 1})
		*body = fmt.Appendf(nil, `{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"planter","n":"%s","e":"%s"}]}`, base64.RawURLEncoding.EncodeToString(p.key.N.Bytes()), e)
	case "/v2/oauth/token":
		var answer map[string]any
		if json.Unmarshal(*body, &answer) != nil || answer["id_token"] == nil {
			return
		}
		answer["id_token"] = p.signed(answer["id_token"].(string))
		p.saw("access token", answer["access_token"].(string))
		p.saw("ID token", answer["id_token"].(string))
		*body, _ = json.Marshal(answer)
	}
}

func (p *planter) signed(token string) string {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		panic(err)
	}
	claims := bytes.Replace(payload, []byte(p.origin), []byte(p.server.URL), 1)
	claims = p.inJSON(claims, false)
	headers := jws.NewHeaders()
	if err := headers.Set("kid", "planter"); err != nil {
		panic(err)
	}
	out, err := jws.Sign(claims, jws.WithKey(jwa.RS256, p.key, jws.WithProtectedHeaders(headers)))
	if err != nil {
		panic(err)
	}
	return string(out)
}

// inHeader plants in the header, and in the query and fragment of a redirect.
func (p *planter) inHeader(r *http.Response) {
	line := strings.NewReplacer("\n", " ", "\r", " ", "\x00", "", "\x1b", "") // what a client refuses to read
	r.Header.Set("X-Debug", line.Replace("user="+p.next()+"; trace "+p.next()))
	r.Header.Add("Server-Timing", line.Replace(`db;desc="`+p.next()+`"`))
	r.Header.Add("Set-Cookie", "debug="+url.QueryEscape(p.next())+"; Path=/debug")
	if v := r.Header.Get("WWW-Authenticate"); v != "" {
		r.Header.Set("WWW-Authenticate", line.Replace(v+`, error_description="`+p.next()+`"`))
	}
	to := strings.ReplaceAll(r.Header.Get("Location"), p.origin, p.server.URL)
	switch {
	case to == "":
	case strings.Contains(to, "code=") || strings.Contains(to, "error="):
		r.Header.Set("Location", to+"&debug="+url.QueryEscape(p.next())+"#trace="+url.QueryEscape(p.next())+"/"+url.PathEscape(p.next()))
	default:
		r.Header.Set("Location", to)
	}
}

// inString is a text as the inside of a JSON string. Escapes that it holds stay
// escapes, as a target that builds JSON by hand would leave them.
func inString(s string) string {
	return strings.NewReplacer(`"`, `\"`, "\n", `\n`, "\r", `\r`, "\x00", `\u0000`, "\x1b", `\u001b`, `\x`, `\\x`, `\'`, `'`).Replace(s)
}

// inJSON adds members; of an error it replaces the description, and sometimes
// breaks the end off.
func (p *planter) inJSON(body []byte, isError bool) []byte {
	end := bytes.LastIndexByte(body, '}')
	if end < 0 {
		return body
	}
	more := fmt.Sprintf(`,"debug":"%s","trace":{"user":["%s",{"name":"%s"}]}`, inString(p.next()), inString(p.next()), inString(p.next()))
	if !json.Valid([]byte("{" + more[1:] + "}")) {
		more = fmt.Sprintf(`,"debug":"%s"`, base64.StdEncoding.EncodeToString([]byte("user="+p.fixed[p.dice.IntN(len(p.fixed))])))
	}
	if !isError {
		// What is not UTF-8 would not be read, and the run would learn nothing.
		return append(body[:end:end], strings.ToValidUTF8(more, "?")+"}"...)
	}
	text := fmt.Sprintf(`{"error":"invalid_request","error_description":"no %s and %s","%s":1,"message":"%s"`, inString(p.next()), inString(p.next()), inString(p.next()), inString(p.next()))
	if p.dice.IntN(3) == 0 {
		return []byte(text + `,"cut":"` + inString(p.next()))
	}
	return []byte(text + more + "}")
}

// inPage adds to a page outside of its forms: text, attributes, comments,
// hidden fields and script.
func (p *planter) inPage(body []byte) []byte {
	more := fmt.Sprintf("<p>Hello %s, <b title=\"%s\">%s</b></p><!-- %s --><input type=\"hidden\" name=\"debug\" value=\"%s\"><div data-user='%s'></div><script>var user = \"%s\"; // %s\n</script>",
		p.next(), html.EscapeString(p.next()), p.next(), strings.ReplaceAll(p.next(), "--", ""), html.EscapeString(p.next()), strings.ReplaceAll(p.next(), "'", "&#39;"), inString(p.next()), strings.ReplaceAll(p.next(), "\n", " "))
	if end := bytes.LastIndex(body, []byte("</body>")); end >= 0 {
		return append(body[:end:end], more+"</body></html>"...)
	}
	return append(body, more...)
}

// trace is an exception of a server that says too much.
func (p *planter) trace() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "TypeError: cannot read %s\n", p.next())
	for range 6 {
		fmt.Fprintf(&b, "    at handler (/srv/app.js:12) user=%s; code=%s, [%s]\n", p.next(), p.next(), p.next())
	}
	return b.Bytes()
}
