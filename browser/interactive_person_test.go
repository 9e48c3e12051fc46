package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What a person with a phone does that is not what was asked, or takes longer.

func TestInteractiveRenewsACodeThatHasRunOut(t *testing.T) {
	q := newQRPage(t, asImage)
	a := authorization(q.Server, freeRedirect(t))
	out, _, c, done := person(t, chromium, q, a)
	out.await(t, "▀")
	c.move(t, 31*time.Second)
	out.await(t, "valid for 1:29")
	c.move(t, 90*time.Second)
	out.await(t, "may have expired")
	if codes := out.codes(t); len(codes) != 1 {
		t.Errorf("a code that somebody may be confirming was replaced: %q", codes)
	}
	c.move(t, time.Minute)
	out.await(t, "here is a new one")
	c.move(t, time.Second)
	q.phone <- a.Params.Get("redirect_uri") + "?code=c0de&state=a+state%26%3D%2541"
	if got := <-done; got.err != nil || got.response.Status != 200 {
		t.Fatalf("landed on %+v, %v", got.response, got.err)
	}
	if codes := out.codes(t); len(codes) != 2 || codes[0] == codes[1] {
		t.Errorf("the codes on the screen say %q: want one, and another when it had run out", codes)
	}
}

// A page that has taken its code away waits for the phone: loaded anew, it would
// forget who is confirming there.
func TestInteractiveLeavesAPageThatWaitsForThePhone(t *testing.T) {
	q := newQRPage(t, asImage)
	a := authorization(q.Server, freeRedirect(t))
	out, _, c, done := person(t, chromium, q, a)
	out.await(t, "▀")
	q.phone <- hideCode
	for !strings.Contains(out.String(), "shows no QR code any more") {
		c.move(t, 0)
	}
	c.move(t, 5*time.Minute)
	c.move(t, time.Second)
	q.phone <- a.Params.Get("redirect_uri") + "?code=c0de&state=a+state%26%3D%2541"
	if got := <-done; got.err != nil || got.response.Code() != "c0de" || q.visits != 1 {
		t.Fatalf("landed on %+v, %v, after %d visits", got.response, got.err, q.visits)
	}
}

// Somebody who declines by mistake is asked again; who declines twice is believed.
func TestInteractiveAsksAgainWhereTheLoginWasDeclined(t *testing.T) {
	for second, want := range map[string]string{"code=c0de": "c0de", "error=access_denied": ""} {
		q := newQRPage(t, asImage)
		a := authorization(q.Server, freeRedirect(t))
		out, _, _, done := person(t, chromium, q, a)
		back := a.Params.Get("redirect_uri") + "?state=a+state%26%3D%2541&"
		out.await(t, "▀")
		q.phone <- back + "error=access_denied"
		out.await(t, "The login was declined")
		q.phone <- back + second
		got := <-done
		if got.err != nil || got.response.Code() != want || got.response.Params.Has("error") != (want == "") || q.visits != 2 {
			t.Errorf("landed on %+v, %v, after %d visits", got.response, got.err, q.visits)
		}
	}
}

// A provider that refuses by itself is asked once.
func TestInteractiveTakesARefusalThatNobodyMadeForTheProviders(t *testing.T) {
	redirect := freeRedirect(t)
	visits := 0
	q := &qrPage{Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits++
		http.Redirect(w, r, redirect+"?error=access_denied&state=a+state%26%3D%2541", http.StatusFound)
	}))}
	t.Cleanup(q.Close)
	_, _, _, done := person(t, chromium, q, authorization(q.Server, redirect))
	if got := <-done; got.err != nil || got.response.Params.Get("error") != "access_denied" || got.response.Status != http.StatusFound || visits != 1 {
		t.Errorf("landed on %+v, %v, after %d visits", got.response, got.err, visits)
	}
}

// A wish that was typed before a login began was meant for the one before.
func TestInteractiveTakesNoWishOfTheLoginBefore(t *testing.T) {
	q := newQRPage(t, asImage)
	a := authorization(q.Server, "https://agency.example/back")
	out, keyboard, c, done := person(t, nil, q, a)
	out.await(t, "r: new QR code")
	fmt.Fprintln(keyboard, "https://agency.example/back?code=one&state=a%20state%26%3D%2541")
	got := <-done
	if got.err != nil {
		t.Fatal(got.err)
	}
	fmt.Fprintln(keyboard, "q")
	for len(got.driver.lines) == 0 { // until it was read
		runtime.Gosched()
	}
	c.mu.Lock()
	c.now = c.now.Add(time.Minute)
	c.mu.Unlock()
	next := make(chan sat, 1)
	go func() {
		l, err := got.driver.Authorize(within(t, time.Minute), a)
		next <- sat{response: l, err: err}
	}()
	out.await(t, "typed before this login began")
	fmt.Fprintln(keyboard, "https://agency.example/back?code=two&state=a%20state%26%3D%2541")
	if got := <-next; got.err != nil || got.response.Code() != "two" {
		t.Errorf("landed on %+v, %v", got.response, got.err)
	}
}
