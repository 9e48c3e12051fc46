package browser

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// MissingError says that no browser was found, and how to install one here.
type MissingError struct {
	Named string // what was asked for by flag or environment; empty: the path was searched
	Err   error  // why it cannot be used
}

func (e *MissingError) Error() string {
	if e.Named != "" {
		return fmt.Sprintf("the browser %s cannot be used: %v; name another with --chrome or CHROME_PATH, or install one: %s", e.Named, e.Err, InstallHint())
	}
	return "no Chromium or Chrome was found on the path: " + InstallHint() + ", or name one with --chrome or CHROME_PATH"
}

func (e *MissingError) Unwrap() error { return e.Err }

// Find returns the browser's executable: the one that named (--chrome) says,
// else the one of CHROME_PATH, else the first known name on the path. The
// error is a *MissingError.
func Find(named string) (string, error) { return find(named, knownNames(runtime.GOOS)) }

// FindForMany returns the browser for a selftest, which opens thousands of pages:
// as Find, but Chromium's headless shell comes first, as it costs half as much.
func FindForMany() (string, error) {
	return find("", append([]string{headlessShell}, knownNames(runtime.GOOS)...))
}

// headlessShell is Chromium without its own windows, as Debian calls it.
const headlessShell = "chromium-headless-shell"

func find(named string, known []string) (string, error) {
	if named == "" {
		named = os.Getenv("CHROME_PATH")
	}
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", &MissingError{Named: named, Err: err}
		}
		return path, nil
	}
	for _, name := range known {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", &MissingError{Err: errors.New("not found")}
}

func knownNames(system string) []string {
	switch system {
	case "darwin":
		return []string{
			"chromium",
			"/Applications/Chromium.app/Contents/MacOS/Chromium",
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		}
	case "windows":
		return []string{
			"chrome", "chromium",
			`C:\Program Files\Google\Chrome\Application\chrome.exe`,
			`C:\Program Files (x86)\Google\Chrome\Application\chrome.exe`,
			"msedge",
		}
	}
	return []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"chrome", "/usr/lib/chromium/chromium", "/opt/google/chrome/chrome", "/snap/bin/chromium", headlessShell,
	}
}

// InstallHint says how a browser is installed on the system at hand.
func InstallHint() string { return installHint(runtime.GOOS, "/etc/os-release") }

func installHint(system, release string) string {
	switch system {
	case "darwin":
		return "brew install --cask chromium"
	case "windows":
		return "winget install Google.Chrome"
	}
	for _, id := range distributions(release) {
		switch id {
		case "debian":
			return "sudo apt-get install -y chromium"
		case "ubuntu":
			return "sudo snap install chromium (or Google's .deb of Chrome where snaps do not run, as in containers)"
		case "alpine":
			return "apk add chromium"
		case "fedora", "rhel", "centos":
			return "sudo dnf install -y chromium"
		case "arch":
			return "sudo pacman -S --needed chromium"
		case "suse", "opensuse":
			return "sudo zypper install -y chromium"
		}
	}
	return "install Chromium or Chrome with the system's package manager"
}

// distributions are the values of ID and ID_LIKE in an os-release file, the
// system's own first.
func distributions(release string) []string {
	f, err := os.Open(release)
	if err != nil {
		return nil
	}
	defer f.Close()
	var own, like []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.ToLower(strings.Trim(value, `"'`))
		switch name {
		case "ID":
			own = append(own, value)
		case "ID_LIKE":
			like = append(like, strings.Fields(value)...)
		}
	}
	return append(own, like...)
}
