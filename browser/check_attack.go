package browser

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/run"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	cdptarget "github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/onsi/ginkgo/v2"
)

// What another site, or a crafted link, can do to the login page. Each is
// tried, and each trial is shown to work on a page of the harness first.

var BROW05 = judge.Check{
	ID: "BROW-05", Title: "the login page does not render in another site's frame",
	Problem: "the login page renders in another site's frame", Level: judge.MUST,
	Basis:  []run.Basis{judge.RFC("9700", "4.16")},
	Expect: "A page of another site that frames the authorization request shows nothing of the login page in the frame.",
	Why:    "In an invisible frame, another site can hijack the click that logs the citizen in and shares their data.",
	Remedy: "Send Content-Security-Policy: frame-ancestors 'none' with every page of the login, and X-Frame-Options: DENY for old browsers.",
	Needs:  []judge.Need{judge.Login},
}

var _ = ginkgo.It("BROW-05 the login page does not render in another site's frame", check(BROW05, func(s *Session) {
	page := s.showsLoginPage()
	r := s.request()
	one := s.startLogin(r, false)
	one.roam()
	one.first = false
	trial := one.errand.request.URL
	parent := s.harness.foreign(trial)
	control := s.harness.other(parent) + "/control"
	ctx, cancel := s.limited()
	defer cancel()
	s.must(s.load(ctx, one.tab, parent+"/frames?control="+url.QueryEscape(control)+"&trial="+url.QueryEscape(trial)))
	shown, evidence := "", judge.Recorded(nil)
	if strings.HasPrefix(one.tab.where(), parent) {
		shown, evidence = s.shownInFrame(ctx, one, control, trial, page)
	} else {
		s.Observe("the page leaves the frame by script")
	}
	s.Require(shown == "", "nothing of the login page in the frame", "the login page renders in a frame of another site, with "+shown, evidence)
}))

// shownInFrame is what a frame of another site shows of the login that trial begins
// and that stands at page outside of a frame, empty where that is nothing. A page at
// control, which may be framed, is shown.
func (s *Session) shownInFrame(ctx context.Context, one *browserLogin, control, trial, page string) (shown string, evidence judge.Recorded) {
	s.must(one.profile.await(ctx, func() bool { return one.framed(trial) != nil }))
	s.unhindered(one.framed(trial))
	s.film(one, "framed by another site")
	s.awaitFramed(ctx, one, control)
	if s.drawnInFrames(ctx, one, originOf(control)) == "" {
		s.Block("browser", "a page that may be framed did not render in a frame either, so the login page cannot be judged")
	}
	if h := one.framed(trial); h.Status >= 400 {
		s.Observe("the frame shows a refusal with status %d instead of the login page", h.Status)
		return "", nil
	}
	shown = s.drawnInFrames(ctx, one, originOf(trial), originOf(page))
	h := one.framed(trial)
	if shown == "" && h.Blocked != "" {
		s.Observe("the browser blocked it (%s)", h.Blocked)
	}
	return shown, s.evidenceOf(h.exchange())
}

// awaitFramed waits until a frame was given a page or refused it, no longer than a
// script has to draw.
func (s *Session) awaitFramed(ctx context.Context, one *browserLogin, address string) {
	ctx, cancel := context.WithTimeout(ctx, s.Driver.opt.Timeout/3)
	defer cancel()
	_ = one.profile.await(ctx, func() bool { return one.framed(address) != nil })
}

// drawnInFrames looks into the frames of the origins until one shows something, the
// browser has blocked them all, or a script had its time to draw.
func (s *Session) drawnInFrames(ctx context.Context, one *browserLogin, origins ...string) (shown string) {
	late := time.After(s.Driver.opt.Timeout / 3)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		blocked := true
		for _, origin := range slices.Compact(slices.Sorted(slices.Values(origins))) {
			if shown = s.inFrames(ctx, one, origin); shown != "" {
				return shown
			}
			h := one.framed(origin)
			blocked = blocked && (h == nil || h.Blocked != "" || h.Status >= 400)
		}
		if blocked {
			return ""
		}
		select {
		case <-look.C:
		case <-late:
			return ""
		case <-ctx.Done():
			return ""
		}
	}
}

// showsLoginPage makes sure that the target shows a login page outside of a
// frame, so that an empty frame means something, and says where.
func (s *Session) showsLoginPage() (address string) {
	var page *login.Response
	if s.Person != nil { // nobody needs to scan for that
		page = s.startLogin(s.request(), false).show()
	} else {
		page = s.sharedLogin().response
	}
	if page.Page == nil {
		s.NotApplicable("the target shows no login page: it redirects immediately")
	}
	return page.Page.Request.URL
}

// film takes a picture of what the browser login shows; nothing of a person can be
// on it, because nobody logged in there.
func (s *Session) film(one *browserLogin, name string) { s.picture(name, one.tab, false) }

// framed is the last request for a page of an address's origin in a frame, once it
// was answered or refused; nil before.
func (one *browserLogin) framed(address string) *hop {
	for _, h := range slices.Backward(one.profile.log.all()) {
		if h.Kind == network.ResourceTypeDocument && string(h.Frame) != one.tab.ident() && sameOrigin(h.URL, address) && (h.Status > 0 || h.Failed != "") {
			return h
		}
	}
	return nil
}

// inFrames looks into the frames that show a page of an origin, and says what
// a person could use there; empty: nothing.
func (s *Session) inFrames(ctx context.Context, one *browserLogin, origin string) string {
	op, stop := contextOf(ctx, one.tab)
	defer stop()
	infos, err := chromedp.Targets(op)
	s.must(one.profile.explain(ctx, err))
	for _, info := range infos {
		if info.Type != "iframe" || info.BrowserContextID != one.profile.id || originOf(info.URL) != origin {
			continue
		}
		if shown := s.lookInto(ctx, one, info.TargetID); shown != "" {
			return shown
		}
	}
	return ""
}

func (s *Session) lookInto(ctx context.Context, one *browserLogin, id cdptarget.ID) string {
	frame, stop := chromedp.NewContext(one.tab.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
	defer stop()
	t := &tab{profile: one.profile, ctx: frame}
	const script = `(() => { const page = ` + "SURVEY" + `; const n = page.visible().length; if (location.protocol === 'chrome-error:') return '';
		const drawn = [...document.querySelectorAll('canvas, svg, img')].some(e => e.checkVisibility() && e.getBoundingClientRect().width > 0);
		return n ? n + ' controls to use' : document.body && document.body.innerText.trim() ? 'text to read' : drawn ? 'a picture to see' : '' })()`
	shown, err := evaluate[string](ctx, t, strings.Replace(script, "SURVEY", surveyScript, 1))
	if err != nil && !isGone(err) && ctx.Err() == nil {
		return "" // the frame was emptied while it was looked at
	}
	s.must(err)
	return shown
}

// scripted are the parameters that script is put into.
var scripted = []string{
	"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
	"prompt", "login_hint", "ui_locales", "error", "error_description", "an unknown parameter",
}

var BROW06 = judge.Check{
	ID: "BROW-06", Title: "script in a parameter is not executed",
	Problem: "script in a parameter is executed", Level: judge.MUST,
	Basis:  []run.Basis{judge.ASVS("5.3")},
	Expect: "Script in any parameter, in the fragment, or in the login form's fields is never executed on the provider's pages, whether it breaks out of an element, an attribute or a string.",
	Why:    "Script on the login page sees who logs in, and can log them in to any service that the attacker chooses.",
	Remedy: "Escape reflected values for their context, never build pages from the URL in script, and forbid inline script with a content security policy.",
	Needs:  []judge.Need{judge.Login}, Cases: append(slices.Clone(scripted), "the fragment", "the login form"),
}

var _ = ginkgo.It("BROW-06 script in a parameter is not executed", check(BROW06, func(s *Session) {
	s.showsLoginPage()
	one := s.startLogin(s.request(), false)
	one.roam()
	one.first, one.beacon = false, newBeacon()
	s.armed(one)
	for _, name := range scripted {
		s.Case(name, func() {
			parameter := name
			if name == "an unknown parameter" {
				parameter = "sgidcheck_unknown"
			}
			for _, payload := range one.beacon.payloads(parameter, s.Config.First.RedirectURI) {
				r := s.request()
				r.params.Set(parameter, payload)
				s.tryScript(one, s.authorization(r).Request().URL)
			}
		})
	}
	s.Case("the fragment", func() {
		for _, payload := range one.beacon.payloads("fragment", "") {
			s.tryScript(one, s.authorization(s.request()).Request().URL+"#"+payload)
		}
	})
	s.Case("the login form", func() {
		for _, payload := range one.beacon.payloads("form", "")[:1] {
			s.tryScript(one, s.authorization(s.request()).Request().URL)
			if !s.submitScript(one, payload) {
				s.Observe("the login page has no form to fill in")
				break
			}
		}
	})
}))

// beacon is what a payload calls, with a random name and marker of its own:
// nothing that the page does by itself can be taken for it.
type beacon struct{ name, marker string }

func newBeacon() beacon {
	number := func() string { return strconv.Itoa(1e8 + rand.IntN(9e8)) }
	return beacon{name: "sgidcheckRan" + number(), marker: number()}
}

// payloads are the ways in which script is smuggled into a parameter: out of
// an element, out of an attribute, out of a string of a script, and as a URL.
func (b beacon) payloads(parameter, redirect string) []string {
	call := b.name + "(String(" + b.marker + "))"
	out := []string{
		`"'></title></textarea></script></style>--><script>` + call + `</script><img src=x onerror=` + call + `><svg onload=` + call + `>`,
		`x" onfocus="` + call + `" autofocus tabindex="0" onmouseover="` + call + `" x='';` + call + `;//`,
		`';` + call + `;'\';` + call + `;//"+` + call + `+"`,
	}
	if parameter == "redirect_uri" {
		out = append(out, "javascript:"+call, "data:text/html,<script>"+call+"</script>", redirect+`"><script>`+call+`</script>`)
	}
	return out
}

// armed prepares the tab to notice script that runs, and shows that it does on
// a page that makes the mistake.
func (s *Session) armed(one *browserLogin) {
	ctx, cancel := s.limited()
	defer cancel()
	_, err := call(ctx, one.tab, runtime.AddBinding, runtime.AddBindingParams{Name: one.beacon.name})
	s.must(err)
	origin := s.harness.foreign(one.errand.request.URL)
	s.must(s.load(ctx, one.tab, origin+"/echo?x="+url.QueryEscape(one.beacon.payloads("", "")[0])))
	if !one.ran() {
		s.Block("browser", "script on a page that reflects it was not detected, so the login page cannot be judged")
	}
}

// ran reports whether script of a payload has run since it was asked last.
func (one *browserLogin) ran() bool {
	one.tab.mu.Lock()
	defer one.tab.mu.Unlock()
	ran := slices.Contains(one.tab.bindings, one.beacon.marker)
	one.tab.bindings = nil
	return ran
}

// tryScript opens an address that holds a payload, does on the page what would
// set it off, and judges whether it ran.
func (s *Session) tryScript(one *browserLogin, address string) {
	ctx, cancel := s.limited()
	defer cancel()
	s.reach(ctx, one, address)
	s.provoke(ctx, one)
}

// reach opens an address and makes sure that the target answered.
func (s *Session) reach(ctx context.Context, one *browserLogin, address string) {
	err := s.load(ctx, one.tab, address)
	h := lastDocument(one.profile.log.all(), one.tab.ident())
	s.unhindered(h)
	if h != nil && h.Status == 0 && h.Failed != "" && !h.Canceled {
		e := h.exchange()
		s.keep(e)
		s.Block("target", "the target does not answer: %s", e.Reason())
	}
	s.must(err)
}

// provoke sets off what waits for a person, and judges.
func (s *Session) provoke(ctx context.Context, one *browserLogin) {
	script := `(() => {
		const names = ['` + one.beacon.name + `'];
		document.querySelectorAll('input,button,select,textarea,a,[tabindex],[onfocus],[onmouseover]').forEach(el => {
			try { el.focus(); el.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); } catch {}
		});
		return [...document.querySelectorAll('a[href],form[action],iframe[src],button[formaction],object[data]')].some(el =>
			['href', 'action', 'src', 'formaction', 'data'].some(a => /^\s*(javascript|data):/i.test(el.getAttribute(a) || '') && el.getAttribute(a).includes(names[0])));
	})()`
	link, err := evaluate[bool](ctx, one.tab, script)
	s.must(err)
	h := lastDocument(one.profile.log.all(), one.tab.ident())
	var evidence judge.Recorded
	if h != nil {
		evidence = s.evidenceOf(h.exchange())
	}
	s.Require(!one.ran(), "the script not executed", "the script is executed on "+s.Redactor.Text(bare(one.tab.where())), evidence)
	s.Require(!link, "the script not executed", "the page offers the script as a link or form", evidence)
}

// submitScript puts the payload into every field of the login form, sends it,
// and judges the response. It reports whether there was a form.
func (s *Session) submitScript(one *browserLogin, payload string) bool {
	ctx, cancel := s.limited()
	defer cancel()
	one.tab.mu.Lock()
	before := one.tab.loader
	one.tab.mu.Unlock()
	script := fmt.Sprintf(`(() => {
		const form = [...document.forms].find(f => f.method === 'post') || document.forms[0];
		if (!form) return false;
		const add = (name, value) => { const i = document.createElement('input'); i.type = 'hidden'; i.name = name; i.value = value; copy.append(i); };
		const copy = document.createElement('form');
		copy.method = form.method; copy.action = form.getAttribute('action') || location.href;
		for (const name of new Set([...form.elements].map(e => e.name).filter(Boolean))) add(name, %s);
		document.body.append(copy);
		setTimeout(() => HTMLFormElement.prototype.submit.call(copy), 0);
		return true;
	})()`, quote(payload))
	there, err := evaluate[bool](ctx, one.tab, script)
	s.must(err)
	if !there {
		return false
	}
	s.must(one.profile.await(ctx, func() bool {
		one.tab.mu.Lock()
		defer one.tab.mu.Unlock()
		return one.tab.loader != before && one.tab.loaded
	}))
	s.unhindered(lastDocument(one.profile.log.all(), one.tab.ident()))
	s.provoke(ctx, one)
	return true
}
