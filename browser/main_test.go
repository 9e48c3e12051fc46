package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
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
	specsOnly()
	path, err := Find("")
	if err != nil {
		fmt.Fprintln(os.Stderr, "the tests of this package drive a real browser:", err)
		os.Exit(1)
	}
	chromium = NewChrome(ChromeOptions{Path: path, Frames: true})
	code := m.Run()
	chromium.Close()
	os.Exit(code)
}

// specsOnly leaves the other tests out where Ginkgo's own command runs this package.
func specsOnly() {
	flag.Parse()
	byGinkgo, chosen := false, false
	flag.Visit(func(f *flag.Flag) {
		byGinkgo = byGinkgo || strings.HasPrefix(f.Name, "ginkgo.")
		chosen = chosen || f.Name == "test.run"
	})
	if byGinkgo && !chosen {
		flag.Set("test.run", "^TestProvider$")
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
