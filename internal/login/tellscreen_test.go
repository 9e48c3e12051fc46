package login

import "testing"

func TestTellScreen(t *testing.T) {
	const login, failed = `<main><h1>Scan to log in</h1><canvas></canvas></main>`, `<main><h1>Error</h1><p>invalid_request: no</p></main>`
	const cookies = `<form method=post action=/cookie-consent><input type=checkbox name=statistics><button>OK</button></form>`
	const about, form = `<a id=qr-help href=/help>How to scan</a>`, `<form method=post action=/login><input name=username></form>`
	good := &Screen{HTML: []byte(login), QR: true}
	for _, tt := range []struct {
		name string
		page Screen
		good *Screen
		want PageSort
	}{
		{"a QR code", Screen{HTML: []byte(login), QR: true}, good, PageLogin},
		{"a QR code beside an error", Screen{HTML: []byte(login + failed), QR: true}, good, PageLogin},
		{"an error in its place", Screen{HTML: []byte(failed)}, good, PageError},
		{"an error, and the script that drew it", Screen{HTML: []byte(failed + `<script src=/app.js></script><script>fetch("/start")</script>`)}, good, PageError},
		{"nothing yet", Screen{HTML: []byte(`<main></main>`)}, good, PageUnclear},
		{"a QR code that cannot be read, and no word of an error", Screen{HTML: []byte(login)}, good, PageUnclear},
		{"a form beside an error", Screen{HTML: []byte(failed + `<form action=/other><input name=nric></form>`)}, good, PageUnclear},
		{"an error beside a choice of cookies", Screen{HTML: []byte(failed + cookies)}, &Screen{HTML: []byte(login + cookies), QR: true}, PageError},
		{"an error beside the link to a page about QR codes, and the form", Screen{HTML: []byte(failed + about)}, &Screen{HTML: []byte(login + about + form), QR: true}, PageError},
		{"the form that asks who, beside an error", Screen{HTML: []byte(failed + form)}, &Screen{HTML: []byte(login + form), QR: true}, PageLogin},
		{"a link with a code", Screen{HTML: []byte(failed + `<a href="https://rp.example/cb?code=0123456789abcdef">on</a>`)}, good, PageUnclear},
		{"an error where a good request shows none either", Screen{HTML: []byte(failed)}, &Screen{HTML: []byte(failed)}, PageUnclear},
	} {
		if got, why := TellScreen(&tt.page, tt.good); got != tt.want || (why == "") != (got != PageUnclear) {
			t.Errorf("%s: %s (%s), want %s", tt.name, got, why, tt.want)
		}
	}
}

func TestOffersQR(t *testing.T) {
	for page, want := range map[string]bool{
		qrLogin: true, `<h1>Scan</h1><canvas id=qr></canvas><script src=/qr.js></script>`: true,
		formLogin: false, documented: false, shell: false, ``: false,
		`<h1>Error</h1><div id=qr-code></div><p>invalid_request</p>`: false,
		`<script src=/qr.js></script>`:                               false,
	} {
		if got := OffersQR([]byte(page)); got != want {
			t.Errorf("%v for %s", got, page)
		}
	}
}

func TestTakesScript(t *testing.T) {
	for page, want := range map[string]bool{qrLogin: true, shell: true, formLogin: false, documented: false, ``: false} {
		if got := TakesScript([]byte(page)); got != want {
			t.Errorf("%v for %s", got, page)
		}
	}
}
