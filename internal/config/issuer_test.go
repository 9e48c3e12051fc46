package config

import (
	"strings"
	"testing"
)

func TestWhatIsAnOrigin(t *testing.T) {
	for origin, problem := range map[string]string{
		"https://a.example":     "",
		"http://127.0.0.1:5156": "",
		"ftp://a.example":       "is not an origin",
		"https://":              "is not an origin",
		"https://a.example:x":   "is not an origin",
		"https://u:p@a.example": "user name or password",
		"https://a.example?":    "more than an origin",
		"https://a.example#":    "more than an origin",
	} {
		c, err := resolveWith(t, nil, external("SGID_ISSUER=", "SGID_HOSTNAME="+origin), "")
		if problem == "" && (err != nil || c.Issuer != origin+"/v2") || problem != "" && (err == nil || !strings.Contains(err.Error(), problem)) {
			t.Errorf("%s: %+v, %v; want %q", origin, c, err, problem)
		}
	}
}
