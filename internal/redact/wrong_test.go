package redact

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sgidcheck/internal/exchange"
)

// tokenRequest is a request that redeems a code.
func tokenRequest(code, verifier string) exchange.Request {
	form := url.Values{"code": {code}, "code_verifier": {verifier}}
	return exchange.Request{Method: "POST", URL: "http://h/token", Header: http.Header{"Content-Type": {formType}}, Body: []byte(form.Encode())}
}

func bearing(token string) exchange.Request {
	return exchange.Request{Method: "GET", URL: "http://h/userinfo", Header: http.Header{"Authorization": {"Bearer " + token}}}
}

// Whoever follows a line that was refused must not send what is granted, nor the other way.
func TestCurlTellsWhatWasWrongOnPurpose(t *testing.T) {
	const first, second, met = "the-first-code", "the-second-code", "a-code-in-a-location"
	verifier := strings.Repeat("v", 43)
	another := strings.Repeat("w", 43)
	r := New()
	r.TellWrong()
	r.Pair(first, verifier)
	r.Pair(second, another)
	r.Pair("ab", verifier)
	r.Pair("unfit-code", "")
	r.Learn(KindAccessToken, "access-token-of-a-login")
	r.Learn(KindAccessToken, "tok")
	r.LearnWrong(KindAccessToken, "token-of-nobody")
	r.LearnWrong(KindAccessToken, "access-token-of-a-logi")
	r.Observe(&exchange.Exchange{Request: exchange.Request{URL: "http://h/auth?code=sent-and-not-issued"}, Response: &exchange.Response{
		Status: 200, Header: http.Header{"Location": {"http://h/cb?code=" + met}}, Body: []byte(`{"access_token":"token-in-an-answer"}`)}})
	for _, tt := range []struct {
		name string
		q    exchange.Request
		want []string
	}{
		{"a login's", tokenRequest(first, verifier), []string{"CODE", "CODE_VERIFIER"}},
		{"a short code", tokenRequest("ab", verifier), []string{"CODE", "CODE_VERIFIER"}},
		{"another login's verifier", tokenRequest(first, another), []string{"CODE", "WRONG_CODE_VERIFIER"}},
		{"nobody's verifier", tokenRequest(first, strings.ToUpper(verifier)), []string{"CODE", "WRONG_CODE_VERIFIER"}},
		{"a short verifier", tokenRequest(first, "v"), []string{"CODE", "WRONG_CODE_VERIFIER"}},
		{"a login that no verifier fits", tokenRequest("unfit-code", verifier), []string{"CODE", "WRONG_CODE_VERIFIER"}},
		{"nobody's code", tokenRequest("the-first-cod3", verifier), []string{"WRONG_CODE", "CODE_VERIFIER"}},
		{"nobody's code, sent before", tokenRequest("sent-and-not-issued", verifier), []string{"WRONG_CODE", "CODE_VERIFIER"}},
		{"a code that was only met", tokenRequest(met, verifier), []string{"CODE", "CODE_VERIFIER"}},
		{"a login's token", bearing("access-token-of-a-login"), []string{"ACCESS_TOKEN"}},
		{"a short token", bearing("tok"), []string{"ACCESS_TOKEN"}},
		{"a token in an answer", bearing("token-in-an-answer"), []string{"ACCESS_TOKEN"}},
		{"nobody's token", bearing("token-of-nobody"), []string{"WRONG_ACCESS_TOKEN"}},
		{"a token that is shortened", bearing("access-token-of-a-logi"), []string{"WRONG_ACCESS_TOKEN"}},
		{"nobody's short token", bearing("to"), []string{"WRONG_ACCESS_TOKEN"}},
	} {
		r.Observe(&exchange.Exchange{Request: tt.q})
		line := r.Curl(tt.q)
		if strings.Count(line, `"$`) != len(tt.want) {
			t.Errorf("%s: %s", tt.name, line)
		}
		for _, name := range tt.want {
			if !strings.Contains(line, `"$`+name+`"`) {
				t.Errorf("%s: no $%s in %s", tt.name, name, line)
			}
		}
	}
	for _, q := range []exchange.Request{tokenRequest("nobody's code", "nobody's verifier"), bearing("nobody's-token")} {
		if line := New().Curl(q); strings.Contains(line, "WRONG_") {
			t.Errorf("where nobody says what is right: %s", line)
		}
	}
	if got := r.Text("the-first-code and token-of-nobody"); strings.Contains(got, "first") || strings.Contains(got, "nobody") {
		t.Errorf("not redacted: %s", got)
	}
}
