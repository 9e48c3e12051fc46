package config

import (
	"strings"
	"testing"
)

func TestTemplateTakesValuesOfItsOwn(t *testing.T) {
	body, err := Settings().Template(TemplateStaging, "client-id=THE-ID", "scopes=openid myinfo.name", "select=TOKEN", "PKCE", `persona=a "b" #c: d`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"client-id: \"THE-ID\"\n", "scopes: \"openid myinfo.name\"\n", "select: \"TOKEN,PKCE\"\n", `persona: "a \"b\" #c: d"` + "\n", "# What the developer portal gives"} {
		if !strings.Contains(string(body), "\n"+want) && !strings.Contains(string(body), want) {
			t.Errorf("%q is not there", want)
		}
	}
	if strings.Contains(string(body), clientIDPlaceholder) {
		t.Error("the placeholder is there still")
	}
	for entry, says := range map[string]string{
		"client-id": "has no value", "client-id=": "is empty", "nope=1": "no setting", "client-secret=x": "SGID_CLIENT_SECRET",
		"login-steps=x": "more than one value", "persona=-----BEGIN PRIVATE KEY-----": "PEM",
	} {
		if _, err := Settings().Template(TemplateStaging, entry); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want it to say %q", entry, err, says)
		}
	}
}
