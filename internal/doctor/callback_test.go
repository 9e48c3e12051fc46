package doctor

import (
	"context"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
)

// A redirect URI is listened on where the run does so, and matters where nothing else
// catches the callback.
func TestDoctorOnARedirectURIThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().String()
	_, port, _ := net.SplitHostPort(at)
	look := func(context.Context, login.Authorization) (*login.Response, error) { return nil, nil }
	for _, tt := range []struct {
		name, login, uri string
		look             func(context.Context, login.Authorization) (*login.Response, error)
		status           Status
	}{
		{"a person without a browser", config.LoginInteractive, "http://" + at + "/cb", nil, StatusProblem},
		{"a person without a browser, at a name", config.LoginInteractive, "http://localhost:" + port + "/cb", nil, StatusProblem},
		{"a person with a browser", config.LoginInteractive, "http://" + at + "/cb", look, StatusWarning},
		{"the browser login", config.LoginBrowser, "http://" + at + "/cb", nil, StatusWarning},
		{"the direct login", config.LoginDirect, "http://" + at + "/cb", nil, StatusOK},
		{"https", config.LoginInteractive, "https://" + at + "/cb", nil, StatusOK},
		{"another machine", config.LoginInteractive, "http://192.0.2.1:" + port + "/cb", nil, StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := healthyConfig(t, "http://127.0.0.1:1")
			c.Login, c.First.RedirectURI = tt.login, tt.uri
			f := finding(t, Examine(t.Context(), c, Options{Free: plenty, Look: tt.look}), "client: redirect URI")
			if f.Status != tt.status || f.Status != StatusOK && !strings.Contains(f.Remedy, "stop the program that uses port "+port) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestWhatToDoAboutAPort(t *testing.T) {
	for want, err := range map[string]error{
		"stop the program that uses port 80":                   syscall.EADDRINUSE,
		"privileged programs":                                  syscall.EACCES,
		"register another redirect URI":                        syscall.EADDRNOTAVAIL,
		"stop the program that uses port 80, or register anot": inUse,
	} {
		wrapped := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", err)}
		if got := portRemedy(wrapped, "80"); !strings.Contains(got, want) || strings.Contains(got, "stop") != strings.Contains(want, "stop") {
			t.Errorf("%v: %s", err, got)
		}
	}
}
