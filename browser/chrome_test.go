package browser

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"sgidcheck/internal/login"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// ownChrome is a browser of the test's own, which it may harm. Its temporary
// files go where the test can look for leftovers.
func ownChrome(t *testing.T) (*Chrome, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	path, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	c := NewChrome(ChromeOptions{Path: path, Patience: 5 * time.Second, Guard: []string{os.Args[0], "guard"}})
	t.Cleanup(func() { c.Close() })
	return c, dir
}

// leftovers are the processes that were started with a profile under dir, and
// what is still in it.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	out, _ := filepath.Glob(filepath.Join(dir, "*"))
	if runtime.GOOS != "linux" {
		return out
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		if text, err := os.ReadFile(line); err == nil && strings.Contains(string(text), dir+"/sgidcheck-browser-") {
			out = append(out, line)
		}
	}
	return out
}

// hanging is a provider that never answers, and says when it was asked.
func hanging(t *testing.T) (login.Authorization, chan struct{}) {
	asked := make(chan struct{}, 100)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	s := site(t, "", map[string]http.HandlerFunc{"/authorize": func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}})
	return authorization(s, freeRedirect(t)), asked
}

func TestNothingIsLeft(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are looked for in /proc")
	}
	for name, end := range map[string]func(*Chrome, context.CancelFunc){
		"closed":               func(c *Chrome, _ context.CancelFunc) { c.Close() },
		"killed":               func(c *Chrome, _ context.CancelFunc) { syscall.Kill(c.PID(), syscall.SIGKILL) },
		"stopped, like a hang": func(c *Chrome, stop context.CancelFunc) { syscall.Kill(c.PID(), syscall.SIGSTOP); c.alive(c.running) },
		"run interrupted":      func(_ *Chrome, stop context.CancelFunc) { stop() },
	} {
		t.Run(name, func(t *testing.T) {
			c, dir := ownChrome(t)
			d, err := NewDriver(c, DriverOptions{Timeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			a, asked := hanging(t)
			ctx, stop := context.WithCancel(within(t, 3*time.Minute))
			done := make(chan error, 1)
			go func() {
				_, err := d.Authorize(ctx, a)
				done <- err
			}()
			select {
			case <-asked:
			case err := <-done:
				t.Fatalf("the login ended before anything was asked: %v", err)
			}
			if len(leftovers(t, dir)) < 3 {
				t.Error("the running browser was not found: the test would miss its leftovers")
			}
			end(c, stop)
			if err := <-done; name == "run interrupted" && !errors.Is(err, context.Canceled) || name != "run interrupted" && !errors.Is(err, ErrGone) {
				t.Errorf("the login ended with %v", err)
			}
			c.Close()
			if left := leftovers(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if _, err := d.Authorize(within(t, time.Second), a); !errors.Is(err, ErrGone) {
				t.Errorf("after Close a login ended with %v", err)
			}
		})
	}
}

func TestAPageThatCrashesIsNoResponse(t *testing.T) {
	c, _ := ownChrome(t)
	ctx := within(t, 3*time.Minute)
	p, tab, err := c.newProfile(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	go call(ctx, tab, page.Crash, cdp.Empty{})
	if err := p.await(ctx, func() bool { return false }); !errors.Is(err, ErrGone) {
		t.Errorf("a crashed page gives %v", err)
	}
	// The browser lives, and so does the next login.
	s := site(t, radioPage, nil)
	d, err := NewDriver(c, DriverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if l, err := d.Authorize(ctx, authorization(s, freeRedirect(t))); err != nil || l.Kind != login.ResponseCallback {
		t.Errorf("after the crash of a page, the next login gives %+v, %v", l, err)
	}
}

func TestTheBrowserIsStartedAgainAfterACrash(t *testing.T) {
	c, _ := ownChrome(t)
	s := site(t, radioPage, nil)
	d, err := NewDriver(c, DriverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for range 2 {
		l, err := d.Authorize(within(t, 3*time.Minute), authorization(s, freeRedirect(t)))
		if err != nil || l.Kind != login.ResponseCallback {
			t.Fatalf("landed on %+v, %v", l, err)
		}
		syscall.Kill(c.PID(), syscall.SIGKILL)
		<-c.running.gone
	}
}

// A selftest takes the headless shell first; both take what CHROME_PATH names
// before either.
func TestWhichBrowserIsFound(t *testing.T) {
	for _, tt := range []struct {
		there               []string
		named               string
		found, foundForMany string
	}{
		{there: []string{"chromium"}, found: "chromium", foundForMany: "chromium"},
		{there: []string{"chromium", "chromium-headless-shell"}, found: "chromium", foundForMany: "chromium-headless-shell"},
		{there: []string{"another", "chromium", "chromium-headless-shell"}, named: "another", found: "another", foundForMany: "another"},
	} {
		dir := t.TempDir()
		t.Setenv("PATH", dir)
		t.Setenv("CHROME_PATH", tt.named)
		for _, name := range tt.there {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		one, err := Find("")
		many, errMany := FindForMany()
		if err != nil || errMany != nil || filepath.Base(one) != tt.found || filepath.Base(many) != tt.foundForMany {
			t.Errorf("of %v, CHROME_PATH %q: %s, %v; for many %s, %v", tt.there, tt.named, one, err, many, errMany)
		}
	}
}

func TestMissingBrowserSaysHowToInstall(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("CHROME_PATH", filepath.Join(dir, "nothing"))
	var missing *MissingError
	if _, err := Find(""); !errors.As(err, &missing) || !strings.Contains(err.Error(), "--chrome") || missing.Named == "" {
		t.Errorf("a wrong CHROME_PATH gives %v", err)
	}
	for release, want := range map[string]string{
		"ID=debian\n":                      "sudo apt-get install -y chromium",
		"ID=\"ubuntu\"\nID_LIKE=debian\n":  "snap",
		"ID=linuxmint\nID_LIKE=\"ubuntu\"": "snap",
		"ID=alpine\n":                      "apk add chromium",
		"ID=something":                     "package manager",
	} {
		file := filepath.Join(dir, "os-release")
		if err := os.WriteFile(file, []byte(release), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := installHint("linux", file); !strings.Contains(got, want) {
			t.Errorf("%q: the hint is %q", release, got)
		}
	}
}
