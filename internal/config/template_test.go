package config

import (
	"errors"
	"strings"
	"testing"
)

func TestTemplateTakesValuesOfItsOwn(t *testing.T) {
	body, err := Settings().Template(TemplateStaging, "client-id=THE-ID", "scopes=openid myinfo.name", "select=TOKEN,PKCE", `persona=a "b" #c: d`,
		"thresholds=userinfo.p99<300ms", "thresholds=requests>=5,errors<1%", "second-persona=Tan, Ah Kow")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"client-id: \"THE-ID\"\n", "scopes: \"openid myinfo.name\"\n", "select: \"TOKEN,PKCE\"\n", `persona: "a \"b\" #c: d"` + "\n", "second-persona: \"Tan, Ah Kow\"\n",
		`thresholds: "userinfo.p99<300ms,requests>=5,errors<1%"` + "\n", "# What the developer portal gives"} {
		if !strings.Contains(string(body), "\n"+want) && !strings.Contains(string(body), want) {
			t.Errorf("%q is not there", want)
		}
	}
	if strings.Contains(string(body), clientIDPlaceholder) {
		t.Error("the placeholder is there still")
	}
	all := append(Settings(), Rows("sgidcheck x", "x", Setting{Flag: "rate", Into: func(string) error { return errors.New("is not a rate") }})...)
	for entry, says := range map[string]string{
		"persona=a,login=direct": "persona is followed by login, after a comma: give each setting by itself", "client-id": "has no value", "client-id=": "is empty", "nope=1": "no setting", "client-secret=x": "SGID_CLIENT_SECRET",
		"login-steps=x": "more than one value", "client-secret: hunter2hunter2": "KEY=VALUE",
		"login=telepathy": "login: \"telepathy\" is not one of direct, browser, interactive", "timeout=10": "timeout: \"10\" is not a duration; write", "timeout=0s": "above 0",
		"x-rate=much":                         "x-rate: \"much\" is not a rate",
		"persona=-----BEGIN PRIVATE KEY-----": "PEM",
	} {
		if _, err := all.Template(TemplateStaging, entry); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want it to say %q", entry, err, says)
		}
	}
	if _, err := all.Template(TemplateStaging, "persona=a", "persona=b"); err == nil || !strings.Contains(err.Error(), "persona is given twice") {
		t.Errorf("two values of one setting: %v", err)
	}
}
