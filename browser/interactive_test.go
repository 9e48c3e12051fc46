package browser

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sgidcheck/internal/client"
	"sgidcheck/internal/login"

	"rsc.io/qr"
)

// screen is what the person sees: it can be waited on.
type screen struct {
	mu      sync.Mutex
	text    string
	changed chan struct{}
}

func newScreen() *screen { return &screen{changed: make(chan struct{}, 1)} }

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	s.text += string(b)
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

func (s *screen) await(t *testing.T, sign string) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for !strings.Contains(s.String(), sign) {
		select {
		case <-s.changed:
		case <-limit:
			t.Fatalf("the screen never said %q:\n%s", sign, s)
		}
	}
}

// codes are the QR codes on the screen, decoded again from what was drawn.
func (s *screen) codes(t *testing.T) []string {
	t.Helper()
	var out []string
	var rows []string
	read := func() {
		if len(rows) == 0 {
			return
		}
		text, err := readQR(rasterised(t, rows))
		if err != nil {
			t.Errorf("a QR code on the screen cannot be scanned: %v\n%s", err, strings.Join(rows, "\n"))
		}
		out, rows = append(out, text), nil
	}
	for _, line := range strings.Split(s.String(), "\n") {
		if strings.ContainsAny(line, "█▀▄") {
			rows = append(rows, line)
			continue
		}
		read()
	}
	read()
	return out
}

// rasterised is a code of half-block characters as a picture.
func rasterised(t *testing.T, rows []string) []byte {
	const side = 8
	width := len([]rune(rows[0]))
	picture := image.NewGray(image.Rect(0, 0, (width+4)*side, (2*len(rows)+4)*side))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	fill := func(x, y int, light bool) {
		if light {
			return
		}
		for dx := range side {
			for dy := range side {
				picture.SetGray((x+2)*side+dx, (y+2)*side+dy, color.Gray{})
			}
		}
	}
	for y, row := range rows {
		for x, r := range []rune(row) {
			fill(x, 2*y, r == '█' || r == '▀')
			fill(x, 2*y+1, r == '█' || r == '▄')
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// qrPage is a provider's page with a QR code, drawn in one of the ways that
// pages have. Every visit gets another code, and a phone that scans one is
// played by finish.
type qrPage struct {
	*httptest.Server
	mu     sync.Mutex
	visits int
	phone  chan string // where the page goes next
}

// hideCode, in place of an address, has the page take its QR code away, as pages do
// that wait for a phone to confirm.
const hideCode = "hide"

func newQRPage(t *testing.T, draw func(text string) string) *qrPage {
	q := &qrPage{phone: make(chan string, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q.mu.Lock()
		q.visits++
		text := fmt.Sprintf("https://app.example/qr/%d?id=abcdefgh", q.visits)
		q.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>Scan</title><h1>Scan with the app</h1>%s
<script>const wait = () => fetch('/wait').then(r => r.text()).then(u => {
  if (u !== hide) return location.href = u
  document.querySelector('img').remove()
  return wait()
}), hide = %q
wait()</script>`, draw(text), hideCode)
	})
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		select {
		case to := <-q.phone:
			io.WriteString(w, to)
		case <-r.Context().Done():
		}
	})
	q.Server = httptest.NewServer(mux)
	t.Cleanup(q.CloseClientConnections)
	return q
}

func asImage(text string) string {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		panic(err)
	}
	code.Scale = 5
	return `<img alt="QR code" src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(code.PNG()) + `">`
}

func modules(text string, each func(x, y int)) int {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		panic(err)
	}
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				each(x, y)
			}
		}
	}
	return code.Size
}

func asSVG(text string) string {
	var b strings.Builder
	size := modules(text, func(x, y int) { fmt.Fprintf(&b, `<rect x="%d" y="%d" width="1" height="1"/>`, x, y) })
	return fmt.Sprintf(`<svg width="250" height="250" viewBox="-2 -2 %d %d" shape-rendering="crispEdges">%s</svg>`, size+4, size+4, b.String())
}

func asCanvas(text string) string {
	var b strings.Builder
	modules(text, func(x, y int) { fmt.Fprintf(&b, "c.fillRect(%d,%d,6,6);", 6*x, 6*y) })
	return `<canvas id=q width=300 height=300></canvas><script>const c = document.getElementById('q').getContext('2d');` + b.String() + `</script>`
}

// clock is moved by the test.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	ticks chan time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ticks: make(chan time.Time)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// move lets time pass and the driver notice it.
func (c *clock) move(t *testing.T, d time.Duration) {
	t.Helper()
	c.mu.Lock()
	c.now = c.now.Add(d)
	now := c.now
	c.mu.Unlock()
	select {
	case c.ticks <- now:
	case <-time.After(30 * time.Second):
		t.Fatal("nobody looks at the clock")
	}
}

type sat struct {
	response *login.Response
	err      error
	driver   *Interactive
}

// person starts an interactive login and returns what the person has in front
// of them.
func person(t *testing.T, chrome *Chrome, q *qrPage, a login.Authorization) (*screen, io.Writer, *clock, chan sat) {
	t.Helper()
	httpClient, err := client.New(client.Options{NoProxy: true, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	out, c := newScreen(), newClock()
	in, keyboard := io.Pipe()
	d, err := NewInteractive(InteractiveOptions{
		Chrome: chrome, Client: httpClient, In: in, Out: out, Now: c.Now,
		Tick: func(time.Duration) (<-chan time.Time, func()) { return c.ticks, func() {} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close(); d.Close(); httpClient.Close() })
	done := make(chan sat, 1)
	ctx := within(t, 60*time.Second)
	go func() {
		l, err := d.Authorize(ctx, a)
		done <- sat{l, err, d}
	}()
	return out, keyboard, c, done
}

func TestInteractiveShowsTheQRCodeOfThePage(t *testing.T) {
	for name, draw := range map[string]func(string) string{"image": asImage, "svg": asSVG, "canvas": asCanvas} {
		t.Run(name, func(t *testing.T) {
			q := newQRPage(t, draw)
			a := authorization(q.Server, freeRedirect(t))
			out, _, _, done := person(t, chromium, q, a)
			out.await(t, "▀")
			out.await(t, "\n")
			q.phone <- a.Params.Get("redirect_uri") + "?code=c0de&" + "state=a+state%26%3D%2541"
			got := <-done
			if got.err != nil || got.response.Code() != "c0de" || got.response.Params.Get("state") != a.Params.Get("state") {
				t.Fatalf("landed on %+v, %v", got.response, got.err)
			}
			if codes := out.codes(t); len(codes) != 1 || codes[0] != "https://app.example/qr/1?id=abcdefgh" {
				t.Errorf("the codes on the screen say %q", codes)
			}
		})
	}
}

// Without a browser nobody runs the script that waits for the phone: it is the URL
// that is drawn, and the callback that is pasted. How the redirect came is not known.
func TestInteractiveWithoutABrowser(t *testing.T) {
	q := newQRPage(t, asImage)
	a := authorization(q.Server, "https://agency.example/back")
	out, keyboard, c, done := person(t, nil, q, a)
	out.await(t, "▀")
	out.await(t, "r: new QR code")
	c.move(t, 9*time.Minute)
	fmt.Fprintln(keyboard, "https://agency.example/elsewhere?code=x")
	out.await(t, "not the final URL")
	fmt.Fprintln(keyboard, "https://agency.example/back?code=stolen&state=another")
	out.await(t, "another login")
	fmt.Fprintln(keyboard, "https://agency.example/back?code=c0de&state=a%20state%26%3D%2541")
	got := <-done
	if got.err != nil || got.response.Code() != "c0de" || got.response.Status != 0 {
		t.Fatalf("landed on %+v, %v", got.response, got.err)
	}
	if codes := out.codes(t); len(codes) != 1 || codes[0] != a.Request().URL {
		t.Errorf("the codes on the screen say %q", codes)
	}
	if strings.Contains(out.String(), "valid for") || q.visits != 1 {
		t.Errorf("%d visits:\n%s", q.visits, out)
	}
}

// A target that stops answering while somebody logs in on another device does not
// end their login.
func TestInteractiveWithoutABrowserIsEndedByTheFirstLookAlone(t *testing.T) {
	q := newQRPage(t, asImage)
	a := authorization(q.Server, "https://agency.example/back")
	out, keyboard, c, done := person(t, nil, q, a)
	out.await(t, "▀")
	q.Server.Close()
	fmt.Fprintln(keyboard, "r")
	c.move(t, time.Second)
	c.move(t, time.Second)
	fmt.Fprintln(keyboard, "https://agency.example/back?code=c0de&state=a%20state%26%3D%2541")
	if got := <-done; got.err != nil || got.response.Code() != "c0de" {
		t.Fatalf("landed on %+v, %v", got.response, got.err)
	}
}

func TestInteractiveTakesTheCallbackAtTheRedirectURI(t *testing.T) {
	q := newQRPage(t, asImage)
	a := authorization(q.Server, freeRedirect(t))
	out, _, _, done := person(t, nil, q, a)
	out.await(t, "▀")
	r, err := http.Get(a.Params.Get("redirect_uri") + "?code=c0de&state=a%20state%26%3D%2541")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if got := <-done; got.err != nil || got.response.Code() != "c0de" {
		t.Fatalf("landed on %+v, %v", got.response, got.err)
	}
}

func TestInteractiveEndsWhenNobodyLogsIn(t *testing.T) {
	for name, end := range map[string]func(io.Writer, *clock){
		"the person gives up": func(keyboard io.Writer, _ *clock) { fmt.Fprintln(keyboard, "q") },
		"nobody comes":        func(_ io.Writer, c *clock) { c.move(t, time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			q := newQRPage(t, asImage)
			out, keyboard, c, done := person(t, nil, q, authorization(q.Server, freeRedirect(t)))
			out.await(t, "▀")
			end(keyboard, c)
			if got := <-done; got.err == nil {
				t.Errorf("a login that nobody made landed on %+v", got.response)
			}
		})
	}
}

func TestInteractiveKeepsTheProbesOfTheHarness(t *testing.T) {
	q := newQRPage(t, asImage)
	a := authorization(q.Server, freeRedirect(t))
	a.PageOnly = true
	httpClient, err := client.New(client.Options{NoProxy: true})
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewInteractive(InteractiveOptions{Client: httpClient, In: strings.NewReader(""), Out: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if l, err := d.Authorize(context.Background(), a); err != nil || l.Kind != login.ResponsePage {
		t.Errorf("a request that ends at the page asked somebody to log in: %+v, %v", l, err)
	}
}
