package suites

import "testing"

func TestUncleanURL(t *testing.T) {
	for raw, clean := range map[string]bool{
		"https://idp.example/v2//oauth/token":        false,
		"https://idp.example/v2/./oauth/token":       false,
		"https://idp.example/v2/x/../oauth/token":    false,
		"https://idp.example/v2/%6fauth/token":       false,
		"https://idp.example/v2/a%2fb":               false, // an escape in lower case
		"https://idp.example/v2/a%2Fb":               true,
		"https://IDP.example/v2/oauth/token":         false,
		"HTTPS://idp.example/v2/oauth/token":         false,
		"https://idp.example:443/v2/oauth/token":     false,
		"https://idp.example:8443/v2/oauth/token":    true,
		"https://idp.example/v2/oauth/token#":        false,
		"https://user@idp.example/v2/oauth/token":    false,
		"https://idp.example/v2/oauth/token?a=1&b=2": true,
		"https://idp.example/v2/oauth/token/":        true,
		"https://idp.example":                        true,
		"http://idp.example/v2/oauth/token":          false,
		"http://127.0.0.1:5156/v2/oauth/token":       true,
		"http://[::1]:5156/v2/oauth/token":           true,
		"http://localhost:5156/v2/oauth/token":       true,
		"http://127.0.0.1.example/v2/oauth/token":    false,
		"/v2/oauth/token":                            false,
		"//idp.example/v2/oauth/token":               false,
		"ftp://idp.example/v2/oauth/token":           false,
		"https:///v2/oauth/token":                    false,
		"https://idp.example/%zz":                    false,
		"":                                           false,
	} {
		if problem := uncleanURL(raw); (problem == "") != clean {
			t.Errorf("%q: %q", raw, problem)
		}
	}
}

func TestSameWhenClean(t *testing.T) {
	const want = "https://idp.example/v2/oauth/token"
	for got, same := range map[string]bool{
		"https://idp.example/v2//oauth/token":     true,
		"https://IDP.example:443/v2/oauth/token":  true,
		"http://idp.example/v2/oauth/token":       true,
		"/v2/oauth/token":                         true,
		"https://idp.example/v2/oauth/token#frag": true,
		"https://idp.example/v2/oauth/tokens":     false,
		"https://idp.example/oauth/token":         false,
		"https://other.example/v2/oauth/token":    false,
		"https://idp.example/v2/oauth/token?x=1":  false,
		"https://idp.example/v2/oauth/Token":      false,
	} {
		if sameWhenClean(got, want) != same {
			t.Errorf("%q: not %t", got, same)
		}
	}
}
