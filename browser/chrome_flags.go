package browser

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

// newProfileFolder makes the folder for everything the browser writes. The
// browser puts a socket into it, whose path the system bounds: where the usual
// place for temporary files has too long a name, /tmp takes its place.
func newProfileFolder() (string, error) {
	const pattern, socket, longest = profilePrefix, "0123456789/org.chromium.Chromium.XXXXXX/SingletonSocket", 104
	parent := os.TempDir()
	if len(parent)+1+len(pattern)+len(socket) > longest && runtime.GOOS != "windows" {
		parent = "/tmp"
	}
	return os.MkdirTemp(parent, pattern)
}

// flags are the command line of the browser: quiet, alone, and asking nothing
// of anybody but the pages it is sent to.
func (c *Chrome) flags(ctx context.Context, profile string) []chromedp.ExecAllocatorOption {
	off := []string{
		"Translate", "OptimizationHints", "MediaRouter", "AutofillServerCommunication",
		"InterestFeedContentSuggestions", "CertificateTransparencyComponentUpdater", "HttpsUpgrades",
		"HttpsFirstBalancedModeAutoEnable", "BackForwardCache", "LocalNetworkAccessChecks", "PrivateNetworkAccessSendPreflights",
		// Pages of the browser's own behind the address bar of each window, and a
		// process made before there is a page for it, cost as much as a login.
		"WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess",
	}
	set := map[string]any{
		"user-data-dir": profile, "headless": "new", "hide-scrollbars": true, "mute-audio": true,
		"no-first-run": true, "no-default-browser-check": true, "no-service-autorun": true,
		"disable-background-networking": true, "disable-component-update": true, "disable-sync": true,
		"disable-extensions": true, "disable-component-extensions-with-background-pages": true,
		"disable-default-apps": true, "disable-domain-reliability": true, "disable-client-side-phishing-detection": true,
		"disable-breakpad": true, "disable-crash-reporter": true, "metrics-recording-only": true, "no-pings": true,
		"disable-quic": true, "disable-hang-monitor": true, "disable-popup-blocking": true, "disable-prompt-on-repost": true,
		"disable-background-timer-throttling": true, "disable-backgrounding-occluded-windows": true,
		"disable-renderer-backgrounding": true, "disable-dev-shm-usage": true,
		"disable-gpu": true, "password-store": "basic", "use-mock-keychain": true, "force-color-profile": "srgb",
		"disable-search-engine-choice-screen": true, "safebrowsing-disable-auto-update": true,
		"disable-features": strings.Join(off, ","), "window-size": "1280,900", "lang": "en-SG",
		"proxy-server": nowhere,
	}
	if c.opt.Frames {
		set["site-per-process"] = true
	}
	if c.opt.Lean && !c.opt.Visible {
		set["disable-threaded-compositing"] = true
		set["disable-features"] = strings.Join(append(off, "RenderDocument"), ",")
		if !c.opt.Frames {
			// One process for all pages of a profile: each site in its own costs as
			// much as three pages.
			set["renderer-process-limit"] = "1"
			set["disable-site-isolation-trials"] = true
		}
	}
	if c.opt.Visible {
		for _, name := range []string{"headless", "hide-scrollbars", "mute-audio"} {
			delete(set, name)
		}
	}
	if on, _ := Sandboxed(); !on {
		set["no-sandbox"] = true
		set["disable-setuid-sandbox"] = true
	}
	if rules := c.hostRules(); rules != "" {
		set["host-resolver-rules"] = rules
	}
	trusted := slices.Clone(c.opt.Trusted)
	if c.opt.Trust != nil {
		trusted = append(trusted, c.opt.Trust(ctx)...)
	}
	if len(trusted) > 0 {
		set["ignore-certificate-errors-spki-list"] = strings.Join(trusted, ",")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(c.opt.Path),
		chromedp.ModifyCmdFunc(ownGroup),
		chromedp.NoInheritEnv, chromedp.Env(environment(profile)...),
	}
	for name, value := range set {
		options = append(options, chromedp.Flag(name, value))
	}
	return options
}

// hostRules keeps the browser from hosts that are somebody else's, and sends
// those that --resolve names where it says.
func (c *Chrome) hostRules() string {
	var rules []string
	for _, entry := range c.opt.Resolve {
		if host, rest, ok := strings.Cut(entry, ":"); ok {
			if port, address, more := strings.Cut(rest, ":"); more && !strings.HasPrefix(rest, "[") && isDigits(port) {
				host, rest = host+":"+port, address
			}
			rules = append(rules, "MAP "+host+" "+rest)
		}
	}
	for _, host := range c.opt.Unreachable {
		rules = append(rules, "MAP "+host+" ~NOTFOUND")
	}
	return strings.Join(rules, ",")
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// environment is what the browser is told of its surroundings: where its
// display is, and nothing that may be secret: proxies, whose addresses may hold
// passwords, are told of by other means.
func environment(profile string) []string {
	// Its temporary files, too, go where they will be removed.
	env := []string{"HOME=" + profile, "TMPDIR=" + profile, "XDG_CONFIG_HOME=" + profile, "XDG_CACHE_HOME=" + profile}
	for _, name := range []string{
		"PATH", "LANG", "LC_ALL", "TZ", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR",
		"FONTCONFIG_PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LOCALAPPDATA",
	} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
