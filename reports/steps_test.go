package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/run"
)

const (
	origin   = "http://127.0.0.1:5156/v2"
	pageOf   = origin + "/oauth/authorize?response_type=code&client_id=c&redirect_uri=r&scope=openid&code_challenge_method=S256&state="
	metadata = origin + "/.well-known/openid-configuration"
)

func get(url string) run.Exchange {
	return run.Exchange{Request: run.Request{Method: "GET", URL: url}, Response: &run.Response{Status: 200, Body: "{}"}}
}

func redeemed(code, token, case_ string) run.Exchange {
	return run.Exchange{Case: case_, Request: run.Request{Method: "POST", URL: origin + "/oauth/token",
		Body: "grant_type=authorization_code&client_id=c&client_secret=s&redirect_uri=r&code_verifier=v&code=[redacted code " + code + ", 43 characters]"},
		Response: &run.Response{Status: 200, Body: `{"access_token":"[redacted access_token ` + token + `, 43 characters]"}`}}
}

func returned(e run.Exchange, code, state string) run.Exchange {
	e.Response = &run.Response{Status: 302, Headers: []run.Header{{Name: "location", Value: "http://rp/callback?code=[redacted code " + code + ", 43 characters]&state=" + state}}}
	return e
}

// stepsOf are the exchanges as the report names them.
func stepsOf(exchanges ...run.Exchange) []string {
	r := &run.Record{Checks: []run.Check{{ID: "PKCE-10", Verdict: run.Fail, Exchanges: exchanges}}}
	var lines []string
	for _, e := range newReportView(r).Areas[0].Checks[0].Exchanges {
		lines = append(lines, strings.TrimSuffix(e.Step+" | "+e.Login, " | "))
	}
	return lines
}

func TestExchangesAreNamedByStepAndLogin(t *testing.T) {
	data := get(origin + "/oauth/userinfo")
	data.Request.Headers = []run.Header{{Name: "Authorization", Value: "Bearer [redacted access_token 8, 43 characters]"}}
	submit := get(origin + "/login")
	submit.Request.Method = "POST"
	without := redeemed("5", "9", "")
	without.Request.Body = strings.Replace(without.Request.Body, "code_verifier=v&", "", 1)
	unknown := redeemed("77", "78", "a code that was not issued")
	unknown.Response = &run.Response{Status: 400}
	got := stepsOf(
		get(metadata), get(metadata), get(metadata), get(metadata),
		get(pageOf+"one&code_challenge=A"), get(pageOf+"two&code_challenge=B"), get(pageOf+"refused&code_challenge=C"),
		returned(submit, "4", "two"), returned(submit, "5", "one"),
		redeemed("5", "8", "wrong verifier"), redeemed("4", "9", ""), without, unknown, data,
	)
	want := []string{
		"read the metadata", "authorize | login 2", "authorize | login 1", "authorize",
		"submit the login page | login 1", "submit the login page, again | login 2",
		"redeem, wrong verifier | login 2", "redeem | login 1", "redeem, without code_verifier | login 2", "redeem, a code that was not issued", "ask for the data | login 2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The login that came first by its code is login 1, and its code names it also
// where other checks share it.
func TestASharedLoginIsALogin(t *testing.T) {
	r := &run.Record{Checks: []run.Check{
		{ID: "TOKEN-01", Verdict: run.Pass, Exchanges: []run.Exchange{returned(get(pageOf+"one&code_challenge=A"), "5", "one")}},
		{ID: "TOKEN-05", Verdict: run.Fail, Exchanges: []run.Exchange{redeemed("5", "8", ""), redeemed("5", "9", "")}},
	}}
	for i, e := range newReportView(r).Areas[0].Checks[1].Exchanges {
		if e.Login != "login 1" || e.Number != i+1 || (i == 1) != strings.HasSuffix(e.Step, ", again") {
			t.Errorf("exchange %d: %s, %q", e.Number, e.Step, e.Login)
		}
	}
}

func TestAnExchangeIsToldOnce(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	twice, judged := redeemed("5", "8", ""), redeemed("5", "8", "at once")
	twice.Started, judged.Started, judged.Judged = &at, &at, true
	later := twice
	then := at.Add(time.Second)
	later.Started = &then
	told, _ := (&places{}).once([]run.Exchange{twice, judged, later})
	if len(told) != 2 || !told[0].Judged || told[0].Case != "at once" || told[1].Judged {
		t.Errorf("%d told: %+v", len(told), told)
	}
	changed := get(metadata)
	changed.Response = &run.Response{Status: 503}
	told, times := (&places{}).once([]run.Exchange{get(metadata), get(metadata), changed, get(metadata)})
	if len(told) != 2 || !slices.Equal(times, []int{3, 1}) {
		t.Errorf("%d told, %v times", len(told), times)
	}
}

// What the provider does wrong on purpose is said once.
func TestTheCaseIsSaidOnce(t *testing.T) {
	wrong := redeemed("5", "8", "iat a day ago")
	wrong.Wrong, wrong.Side = "iat a day ago", "provider"
	if got := stepsOf(wrong); !slices.Equal(got, []string{"redeem"}) {
		t.Errorf("%q", got)
	}
	r := &run.Record{Checks: []run.Check{{ID: "TOKEN-05", Verdict: run.Waived, Reason: "known", Waiver: &run.Waiver{Reason: "known"}}}}
	if c := newReportView(r).Areas[0].Checks[0]; c.Reason != "" {
		t.Errorf("the reason %q beside that of the waiver", c.Reason)
	}
}

// Endpoints at other paths are known by the metadata.
func TestStepsByTheMetadata(t *testing.T) {
	document := get(metadata)
	document.Response.Body = `{"authorization_endpoint":"https://id.example/start","token_endpoint":"https://id.example/exchange","userinfo_endpoint":"https://id.example/me","jwks_uri":"https://id.example/keys"}`
	got := stepsOf(document, get("https://id.example/start?response_type=code&x=1"), get("https://id.example/exchange"), get("https://id.example/me"), get("https://id.example/keys"), get("https://id.example/style.css"))
	want := []string{"read the metadata", "authorize, incomplete", "redeem, incomplete", "ask for the data", "fetch the key set", "load a part of a page"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A provider whose metadata names one place twice has its exchanges named the same way
// in every report.
func TestStepsAreNamedTheSameWayEachTime(t *testing.T) {
	doc := get(metadata)
	doc.Response.Body = `{"authorization_endpoint":"http://op/one","token_endpoint":"http://op/one","userinfo_endpoint":"http://op/one","jwks_uri":"http://op/one"}`
	for range 50 {
		if got := stepsOf(doc, get("http://op/one")); got[1] != stepData {
			t.Fatalf("%q", got)
		}
	}
}
