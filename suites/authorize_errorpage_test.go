package suites

import (
	"net/http"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
)

func TestWhatIsNoLoginPageIsNotCalledOne(t *testing.T) {
	answer := func(kind login.ResponseKind, status int, media, untold string) *AuthorizationResponse {
		e := &exchange.Exchange{Response: &exchange.Response{Status: status, Header: http.Header{"Content-Type": {media}}}}
		return &AuthorizationResponse{Response: &login.Response{Kind: kind, Status: status, Final: e}, Untold: untold}
	}
	for _, tt := range []struct {
		response *AuthorizationResponse
		want     string
	}{
		{answer(login.ResponseRefusal, 200, "text/html; charset=utf-8", ""), "an error page, status 200"},
		{answer(login.ResponseRefusal, 200, "application/json", ""), "a JSON error, status 200"},
		{answer(login.ResponseRefusal, 200, "text/plain", ""), "a text that names an error, status 200"},
		{answer(login.ResponseRefusal, 400, "text/html", ""), "status 400"},
		{answer(login.ResponsePage, 200, "text/html", "it holds no error code or message"), "cannot be distinguished from the login page"},
		{answer(login.ResponsePage, 200, "text/html", ""), "a login page, status 200"},
	} {
		if got := tt.response.Saw(); !strings.Contains(got, tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
