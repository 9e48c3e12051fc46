package sgid

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParsersRefuseWhatIsNotOneObject(t *testing.T) {
	parsers := map[string]func([]byte) error{
		"metadata": func(b []byte) error { _, err := ParseMetadata(b); return err },
		"keys":     func(b []byte) error { _, err := ParseKeySet(b); return err },
		"token":    func(b []byte) error { _, err := ParseTokenResponse(b); return err },
		"error":    func(b []byte) error { _, err := ParseOAuthError(b); return err },
		"userinfo": func(b []byte) error { _, err := ParseUserInfo(b); return err },
	}
	tests := []struct{ body, says string }{
		{`{"sub":"a","issuer":"x","sub":"b"}`, `member "sub" stands twice`},
		{`{"a":{"b":1,"b":2}}`, `member "b" stands twice`},
		{`{"a":[{"b":"}","\u0062":2}]}`, `member "b" stands twice`},
		{`{"\"":1,"x":{"y":1},"y":{},"z":[1,{"x":2}],"\u0022":2}`, `member "\"" stands twice`},
		{`{"00":1,"01":1,"02":1,"03":1,"04":1,"05":1,"06":1,"07":1,"08":1,"09":1,"10":1,"11":1,"12":1,"13":1,"14":1,"15":1,"16":1,"17":1,"01":1}`, `member "01" stands twice`},
		{`{"a":1} {"a":2}`, "7 bytes behind"},
		{`{"a":1`, "ends too early"},
		{`{"a":1,}`, "not JSON"},
		{`<!DOCTYPE html>`, "HTML"},
		{`[]`, "got an array"},
		{`"x"`, "got a string"},
		{``, "empty"},
		{"{\"a\":\"\xff\"}", "not UTF-8"},
		{strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), "nested deeper"},
		{`{"a":"` + strings.Repeat("x", maxAnswer) + `"}`, "larger than"},
	}
	for name, parse := range parsers {
		for _, test := range tests {
			if err := parse([]byte(test.body)); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %.40q: got %v, want %q", name, test.body, err, test.says)
			}
		}
	}
}

func TestParseMetadataTellsWrongMembers(t *testing.T) {
	m, err := ParseMetadata([]byte(`{"issuer":7,"token_endpoint":"https://x/t","scopes_supported":[],"response_types_supported":["code",null],
		"request_parameter_supported":false,"claims_parameter_supported":"yes","x_new":{}}`))
	var wrong []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var member *MemberError
		if !errors.As(e, &member) {
			t.Fatalf("got %v", e)
		}
		wrong = append(wrong, member.Member)
	}
	if !slices.Equal(wrong, []string{"issuer", "response_types_supported", "claims_parameter_supported"}) {
		t.Errorf("wrong: %q", wrong)
	}
	if m.TokenEndpoint != "https://x/t" || m.ScopesSupported == nil || len(m.ScopesSupported) != 0 || m.GrantTypesSupported != nil ||
		m.RequestParameterSupported == nil || *m.RequestParameterSupported || !slices.Equal(m.Unknown, []string{"x_new"}) || len(m.Raw) != 7 {
		t.Errorf("got %+v", m)
	}
}

func TestParseTokenResponse(t *testing.T) {
	tests := []struct{ body, says string }{
		{`{"access_token":"a","id_token":"b"}`, ""},
		{`{"access_token":"a","id_token":"b","token_type":"Bearer","expires_in":3600,"scope":"openid"}`, ""},
		{`{"access_token":"","id_token":"b"}`, `"access_token": expected a non-empty string, got an empty string`},
		{`{"access_token":"a"}`, `"id_token": expected a non-empty string, got nothing`},
		{`{"access_token":1,"id_token":null}`, `"id_token": expected a string, got null`},
		{`{"access_token":"a","id_token":"b","expires_in":"3600"}`, `"expires_in": expected a number, got a string`},
	}
	for _, test := range tests {
		a, err := ParseTokenResponse([]byte(test.body))
		if a == nil || (test.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.body, err, test.says)
		}
	}
}

func TestParseOAuthError(t *testing.T) {
	tests := []struct{ body, says string }{
		{`{"error":"invalid_grant","error_description":"Code has been used."}`, ""},
		{`{"error":"invalid_grant","error_description":"a \"quoted\" word"}`, "error_description"},
		{`{"error":"invalid_grant","error_description":"é"}`, "error_description"},
		{`{"error":"invalid_grant","error_uri":"https://x/a b"}`, "error_uri"},
		{`{"message":"Bad Request"}`, `"error": expected a non-empty string, got nothing`},
	}
	for _, test := range tests {
		e, err := ParseOAuthError([]byte(test.body))
		if e == nil || (test.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.body, err, test.says)
		}
	}
}

func TestParseUserInfo(t *testing.T) {
	tests := []struct{ body, says string }{
		{`{"sub":"u=1","key":"k","data":{"b":"1","a":"2"}}`, ""},
		{`{"sub":"u=1"}`, ""},
		{`{"key":"k"}`, `"sub": expected a non-empty string, got nothing`},
		{`{"sub":"u=1","data":{"a":"2"}}`, `"key": expected a non-empty string beside data`},
		{`{"sub":"u=1","key":{},"data":{"a":"2"}}`, `"key": expected a string, got an object`},
		{`{"sub":"u=1","key":"k","data":["a"]}`, `"data": expected an object of strings, got an array`},
		{`{"sub":"u=1","key":"k","data":{"b":"1","a":{}}}`, `"data.a": expected a string, got an object`},
	}
	for _, test := range tests {
		u, err := ParseUserInfo([]byte(test.body))
		if u == nil || (test.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", test.body, err, test.says)
		}
	}
	u, _ := ParseUserInfo([]byte(tests[0].body))
	if !slices.Equal(u.DataOrder, []string{"b", "a"}) {
		t.Errorf("order %q", u.DataOrder)
	}
}

func TestParseKeySet(t *testing.T) {
	n := strictBase64.EncodeToString(testKey().N.Bytes())
	tests := []struct {
		name, key, says string
		usable          bool
	}{
		{"good", `{"kty":"RSA","kid":"1","use":"sig","alg":"RS256","n":"` + n + `","e":"AQAB"}`, "", true},
		{"for encryption", `{"kty":"RSA","use":"enc","n":"` + n + `","e":"AQAB"}`, "", false},
		{"key_ops without verify", `{"kty":"RSA","key_ops":["sign"],"n":"` + n + `","e":"AQAB"}`, "", false},
		{"padded", `{"kty":"RSA","n":"` + n + `==","e":"AQAB"}`, "n is not base64url without padding", true},
		{"leading zeros", `{"kty":"RSA","n":"` + n + `","e":"AAEAAQ"}`, "e has leading zero octets", true},
		{"no n", `{"kty":"RSA","e":"AQAB"}`, `"n": expected a non-empty string`, false},
		{"exponent 1", `{"kty":"RSA","n":"` + n + `","e":"AQ"}`, "no RSA number", false},
		{"EC", `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`, "", false},
		{"EC off the curve", `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"AAAA"}`, "not a valid EC key", false},
		{"a type that nobody knows is ignored", `{"kty":"PQC"}`, "", false},
		{"no kty", `{}`, `"kty": expected a non-empty string`, false},
		{"no object", `7`, "expected a JSON object, got a number", false},
	}
	for _, test := range tests {
		set, err := ParseKeySet([]byte(`{"keys":[` + test.key + `]}`))
		if err != nil || len(set.Keys) != 1 {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		k := set.Keys[0]
		if (test.says == "") != (k.Err == nil) || k.Err != nil && !strings.Contains(k.Err.Error(), test.says) || k.UsableForRS256() != test.usable {
			t.Errorf("%s: %v, usable %t", test.name, k.Err, k.UsableForRS256())
		}
	}
	for _, body := range []string{`{}`, `{"keys":{}}`, `{"keys":null}`} {
		if _, err := ParseKeySet([]byte(body)); err == nil {
			t.Errorf("%s: no error", body)
		}
	}
	set, _ := ParseKeySet([]byte(`{"keys":[{"kty":"oct","k":"AAAA"}]}`))
	if got := set.Keys[0].PrivateMembers(); !slices.Equal(got, []string{"k"}) {
		t.Errorf("private members %q", got)
	}
}

func TestCheckJSONTakesWhatIsUnique(t *testing.T) {
	names, err := checkJSON([]byte(` {"b":{"a":1,"b":[{"a":1},{"a":2}]},"a":"\"a\":{","c":[],"d":"b"} `), maxDocument)
	if err != nil || !slices.Equal(names, []string{"b", "a", "c", "d"}) {
		t.Errorf("%q, %v", names, err)
	}
}
