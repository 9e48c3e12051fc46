package login

import (
	"strings"
	"testing"
)

const (
	formLogin = `<html><title>Log in</title><form method=post action=/v2/login><input type=hidden name=transaction value=t1>
<input type=radio name=persona value=a><input type=radio name=persona value=b><button>Log in</button></form>
<form action=/language><select name=lang><option>en</select></form>
<footer>Something is missing? Errors happen: <a href=/help>help</a></footer>`
	qrLogin = `<title>Scan</title><img alt=logo src="data:image/png;base64,LOGO"><div id=qr-code></div>
<script>new QRCode(document.getElementById("qr-code"), "https://x"); setInterval(function () { fetch("/status") }, 1000)</script>`
	drawnLogin  = `<title>Scan</title><img src="data:image/png;base64,` + "CODE" + `"><script src=/app.js></script>`
	shell       = `<div id=root></div><script src=/app.js></script>`
	shellFailed = `<div id=root></div><p>invalid_request</p><script src=/app.js></script>`
	linkLogin   = `<h1>Who are you?</h1><a href="/login?user=a">Ann</a> <a href="/login?user=b">Ben</a> <a href=/help>Help</a>`
	documented  = `<!doctype html><title>sgID</title><h1>Error</h1><p>invalid_request</p><p>redirect_uri is not registered</p>`
)

func TestTellPage(t *testing.T) {
	long := strings.Repeat("A", leastImage)
	const repeated = `<form method=post action="/login?client_id=RESEARCH-PORTAL&state=x"><input name=transaction></form>`
	const languages = `<form action="?locale=de"><button>Deutsch</button></form>`
	const about, icon = `<footer><a href=/help/qr-code>How to scan</a></footer>`, `<footer><img src=/icons/qr.svg></footer>`
	const cookies = `<form method=post action=/cookie-consent><input type=checkbox name=statistics><button>OK</button></form>`
	const chosen = `<form action=/lang><select name=lang><option>en</select></form>`
	const goesOn = `<form method=post action=/login><input type=hidden name=transaction value=t1><button>Go on</button></form>`
	const loadedQR = `<h1>sgID</h1><div id=qr-code></div><script src=/app.js></script>`
	nonced := func(nonce string) string {
		return `<meta name=csrf content="` + nonce + `"><div id=qr-code></div><script nonce="` + nonce + `">start()</script>`
	}
	drawn := strings.Replace(drawnLogin, "CODE", long, 1)
	for _, tt := range []struct {
		name, page, good string
		want             PageSort
	}{
		{"the documented error page", documented, formLogin, PageError},
		{"the same beside a QR code", documented, qrLogin, PageError},
		{"the same beside a QR code that is an image", documented, drawn, PageError},
		{"the same beside links to people", documented, linkLogin, PageError},
		{"the same beside a shell of script", documented, shell, PageUnclear},
		{"a message without a code", `<p>This service is not registered.</p>`, formLogin, PageError},
		{"with the footer and the languages of the login page", documented + formLogin[strings.Index(formLogin, "<form action=/language"):], formLogin, PageError},
		{"with the logo of the login page", documented + `<img src="data:image/png;base64,` + long + `">`, formLogin + `<img src="data:image/png;base64,` + long + `">`, PageError},
		{"with a script that the login page loads, too", documented + `<script src=/menu.js></script>`, formLogin + `<script src=/menu.js></script>`, PageError},

		{"the login page", formLogin, formLogin, PageLogin},
		{"the login page of another transaction", strings.Replace(formLogin, "t1", "t2", 1), formLogin, PageLogin},
		{"the login page with the word error", formLogin + "<p>Error: invalid_request</p>", formLogin, PageLogin},
		{"the login page at an address of its own", strings.Replace(formLogin, "/v2/login", "/interaction/Zk3vQ9x1/login", 1), strings.Replace(formLogin, "/v2/login", "/interaction/p8Wb2mmT/login", 1), PageLogin},
		{"the QR page with an error code", qrLogin + "<p>invalid_scope</p>", qrLogin, PageLogin},
		{"the login page whose form repeats a client ID", repeated, repeated, PageLogin},
		{"the documented error page beside a form that repeats a client ID", documented, repeated, PageError},
		{"with the languages of a QR page, by an action that is no more", documented + languages, qrLogin + languages, PageError},
		{"with a search of its own", documented + `<form class=search><input name=words></form>`, qrLogin, PageError},
		{"the QR page of another login", strings.Replace(qrLogin, "https://x", "https://y", 1), qrLogin, PageLogin},
		{"the QR page of another login, drawn by a script that it loads", loadedQR + "<p data-id=2></p>", loadedQR, PageLogin},
		{"the form that goes on without asking", goesOn, goesOn, PageLogin},
		{"the links with an error", linkLogin + "<p>Unknown client</p>", linkLogin, PageLogin},

		{"nothing but the word of the login page's footer", `<p>Errors</p>`, formLogin, PageUnclear},
		{"an empty page", ``, formLogin, PageUnclear},
		{"no message", `<h1>sgID</h1>`, formLogin, PageUnclear},
		{"a page of script", `<script>location = "/x"</script><p>invalid_request</p>`, formLogin, PageUnclear},
		{"another form", `<p>invalid_request</p><form action=/other><input name=nric></form>`, formLogin, PageUnclear},
		{"a waiting script beside an error", `<p>invalid_request</p><script>new EventSource("/wait")</script>`, qrLogin, PageUnclear},
		{"a canvas beside an error", `<p>invalid_request</p><canvas></canvas>`, formLogin, PageUnclear},
		{"another image that may be a QR code", `<p>invalid_request</p><img src="data:image/png;base64,` + long + `B">`, drawn, PageUnclear},
		{"a shell and its shell with an error", shellFailed, shell, PageUnclear},
		{"a code in a link", `<p>error</p><a href="https://rp.example/cb?code=0123456789abcdef">on</a>`, formLogin, PageUnclear},
		{"an error code in a link", documented + `<a href="/help?code=INVALID_REDIRECT_URI">help</a> <a href="/help?code=ERROR-1042-unknown%20client">help</a>`, formLogin, PageError},
		{"an error beside the link to a page about QR codes", documented + about, qrLogin + about, PageError},
		{"an error beside the picture of a QR code", documented + icon, qrLogin + icon, PageUnclear},
		{"an error beside a choice of cookies", documented + cookies, qrLogin + cookies, PageError},
		{"an error beside a choice of languages", documented + chosen, qrLogin + chosen, PageError},
		{"an error beside the form that goes on", documented + goesOn, goesOn, PageUnclear},
		{"one page for every request, which may show a QR code", loadedQR, loadedQR, PageUnclear},
		{"the same with a nonce for each answer", nonced("a1"), nonced("b2"), PageUnclear},
		{"one page for every request, with a choice of cookies", shell + cookies, shell + cookies, PageUnclear},
		{"a refresh", `<meta http-equiv=refresh content="0; url=/x"><p>error</p>`, formLogin, PageUnclear},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, why := TellPage([]byte(tt.page), ReadGoodPage([]byte(tt.good)))
			if got != tt.want || (why == "") != (got != PageUnclear) {
				t.Errorf("%s (%s), want %s", got, why, tt.want)
			}
		})
	}
	if got, _ := TellPage([]byte(documented), nil); got != PageError {
		t.Errorf("where a good request leads on at once: %s", got)
	}
	if got, _ := TellPage([]byte(qrLogin+"error"), nil); got != PageUnclear {
		t.Errorf("a QR code where a good request leads on at once: %s", got)
	}
}

func TestTellsError(t *testing.T) {
	for page, want := range map[string]bool{
		documented:                           true,
		"<title>Error</title><p>Try later":   true,
		"<p>invalid_client</p>":              true,
		"<p>Nothing is missing here.</p>":    false,
		formLogin:                            false,
		qrLogin + "<h1>Error</h1>":           false,
		shellFailed:                          false,
		"<h1>Error</h1><form><input></form>": false,
		shell + "<noscript>It cannot work without JavaScript.</noscript>": false,
	} {
		if got := TellsError([]byte(page)); got != want {
			t.Errorf("%q: %t", page, got)
		}
	}
}

func TestLooksIssued(t *testing.T) {
	for code, want := range map[string]bool{
		"INVALID_REDIRECT_URI": false, "invalid_redirect_uri": false, "InvalidRedirectUri": false, "ERR-40012-redirect-uri": false, "short1": false,
		"Zk3vQ9x1p8Wb2mmT7aaa": true, "3fa85f64-5717-4562-b3fc-2c963f66afa6": true, "8402775510936648": true, "dGhpcyBpcyBh_Y29kZQ-1x": true,
	} {
		if got := LooksIssued(code); got != want {
			t.Errorf("%s: %t", code, got)
		}
	}
}

func TestTellError(t *testing.T) {
	for body, want := range map[string]bool{
		`{"error":"invalid_request"}`:                                      true,
		`{"code":"invalid_client","message":"not registered"}`:             true,
		`{"error":{"code":400}}`:                                           true,
		`{"message":"client id is absent","code":"E4002"}`:                 true,
		`{"code":4002,"message":"client id is absent"}`:                    true,
		`{"code":"E4002"}`:                                                 false,
		`{"code":0,"message":"Who are you?"}`:                              false,
		`{"code":"200","message":"Who are you?"}`:                          false,
		`{"code":"SUCCESS","message":"Who are you?"}`:                      false,
		`{"code":"E4002","message":"Success"}`:                             false,
		`{"code":"k3J9xQ2","message":"Who are you?"}`:                      false,
		"invalid_request: redirect_uri is not registered":                  true,
		"The service is unknown":                                           true,
		`{"code":"Zk3vQ9x1p8Wb2mmT7aaa","error":"none"}`:                   false,
		`{"access_token":"x","error":"none"}`:                              false,
		`{"redirect":"https://rp/cb?code=Zk3vQ9x1p8Wb2mmT7","error":"no"}`: false,
		`{"status":"ok"}`:                                                  false,
		"":                                                                 false,
		"OK":                                                               false,
	} {
		if got := TellError([]byte(body)); got != want {
			t.Errorf("%q: %t", body, got)
		}
	}
}
