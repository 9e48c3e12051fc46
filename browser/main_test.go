package browser

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// chromium is the browser that the tests of this package share.
var chromium *Chrome

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "guard" {
		if err := Guard(os.Args[2], os.Stdin); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	path, err := Find("")
	if err != nil {
		fmt.Fprintln(os.Stderr, "the tests of this package drive a real browser:", err)
		os.Exit(1)
	}
	chromium = NewChrome(ChromeOptions{Path: path})
	code := m.Run()
	chromium.Close()
	os.Exit(code)
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
