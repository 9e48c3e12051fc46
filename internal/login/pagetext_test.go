package login

import "testing"

func TestPageText(t *testing.T) {
	for _, tt := range []struct {
		body, want string
		atMost     int
	}{
		{`<title>sgID</title><header>Menu</header><main><h1>Error</h1> <p>invalid_request:
			no</p><script>var x = "y"</script></main><footer>Help</footer>`, "Error invalid_request: no", 100},
		{"invalid_request: plain", "invalid_request: plain", 100},
		{"", "", 100},
		{"<p>0123456789 0123456789</p>", "0123456789 012…", 14},
		{"<p>äöüß</p>", "äöüß", 4},
	} {
		if got := PageText([]byte(tt.body), tt.atMost); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
