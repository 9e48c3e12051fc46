package redact

import (
	"regexp"
	"strings"
)

// Kinds of values that are redacted. A Learn with another kind works the same;
// its name stands in the placeholder.
const (
	KindClientSecret = "client_secret"
	KindCode         = "code"
	KindVerifier     = "code_verifier"
	KindAccessToken  = "access_token"
	KindIDToken      = "id_token"
	KindRefreshToken = "refresh_token"
	KindCookie       = "cookie"
	KindPrivateKey   = "private_key"
	KindPersonal     = "personal"
	KindLogin        = "login" // hidden fields of a login form
	KindCredentials  = "credentials"
	KindBlockKey     = "block_key" // k of its JWK
	KindSecretPart   = "part_of_client_secret"
	KindToken        = "token" // something that has a token's shape
	KindNRIC         = "nric"
	KindValue        = "value"
)

// secretFields names the parameters, form fields and JSON members whose values
// are secrets, and the kind of each.
var secretFields = map[string]string{
	"client_secret":    KindClientSecret,
	"code":             KindCode,
	"code_verifier":    KindVerifier,
	"access_token":     KindAccessToken,
	"id_token":         KindIDToken,
	"id_token_hint":    KindIDToken,
	"refresh_token":    KindRefreshToken,
	"token":            KindToken,
	"bearer_token":     KindAccessToken,
	"client_assertion": KindCredentials,
	"assertion":        KindCredentials,
	"password":         KindCredentials,
	"private_key":      KindPrivateKey,
}

// Shapes that are redacted wherever they stand.
var (
	// Two or four dots after something that begins like a JSON object in base64url.
	joseShape = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}`)
	// The same, encoded in base64 once more.
	joseBase64Shape = regexp.MustCompile(`ZXlK[A-Za-z0-9+/_-]{40,}={0,2}`)
	pemShape        = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`)
)

// What the scanning functions below take for a value must be at least this long:
// "code=400" is no secret.
const minShaped = 6

const nricLength = 9

// shapedFields are the names after which a value is a secret in any text.
var shapedFields = map[string]string{
	"client_secret": KindClientSecret, "code": KindCode, "code_verifier": KindVerifier, "access_token": KindAccessToken,
	"id_token": KindIDToken, "refresh_token": KindRefreshToken, "client_assertion": KindCredentials, "password": KindCredentials, "private_key": KindPrivateKey,
}

// nricAt says whether an NRIC or FIN stands at i: a letter, seven digits, a letter.
func nricAt(s string, i int) bool {
	end := i + nricLength
	if end > len(s) || i > 0 && wordByte(s[i-1]) && s[i-1] != '_' || end < len(s) && wordByte(s[end]) && s[end] != '_' {
		return false
	}
	for _, c := range []byte(s[i+1 : end-1]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	last := s[end-1] | 0x20
	return last >= 'a' && last <= 'z'
}

// parameterAt finds the value of name=value around the equals sign at i.
func parameterAt(s string, i int) (kind string, from, to int) {
	start := i
	for start > 0 && i-start < 24 && wordByte(s[start-1]) {
		start--
	}
	if kind = shapedFields[strings.ToLower(s[start:i])]; kind == "" || start > 0 && (s[start-1] == '.' || s[start-1] == '-') {
		return "", 0, 0
	}
	to = i + 1
	for to < len(s) && s[to] > ' ' && strings.IndexByte("&\"'<>#;,", s[to]) < 0 {
		to++
	}
	if to-i-1 < minShaped {
		return "", 0, 0
	}
	return kind, i + 1, to
}

// memberAt finds the value of "name": "value" around the colon at i.
func memberAt(s string, i int) (kind string, from, to int) {
	end := i
	for end > 0 && i-end < 4 && (s[end-1] == ' ' || s[end-1] == '\t') {
		end--
	}
	if end == 0 || s[end-1] != '"' && s[end-1] != '\'' {
		return "", 0, 0
	}
	start := strings.LastIndexByte(s[max(0, end-26):end-1], s[end-1])
	if start < 0 {
		return "", 0, 0
	}
	start += max(0, end-26)
	if kind = shapedFields[strings.ToLower(s[start+1:end-1])]; kind == "" {
		return "", 0, 0
	}
	from = i + 1
	for from < len(s) && (s[from] == ' ' || s[from] == '\t' || s[from] == '\n' || s[from] == '\r') {
		from++
	}
	if from == len(s) || s[from] != '"' && s[from] != '\'' {
		return "", 0, 0
	}
	quote := s[from]
	from++
	for to = from; to < len(s) && s[to] != quote; to++ {
	}
	if to-from < minShaped {
		return "", 0, 0
	}
	return kind, from, to
}

// credentialsAt finds what follows a scheme of the Authorization field at i.
func credentialsAt(s string, i int) (from, to int) {
	if i > 0 && wordByte(s[i-1]) {
		return 0, 0
	}
	for _, scheme := range [...]string{"bearer", "basic", "dpop"} {
		from = i + len(scheme)
		if from >= len(s) || s[from] != ' ' && s[from] != '\t' || !strings.EqualFold(s[i:from], scheme) {
			continue
		}
		for from < len(s) && (s[from] == ' ' || s[from] == '\t') {
			from++
		}
		odd := false // a word of a sentence is no token
		for to = from; to < len(s) && (wordByte(s[to]) && s[to] < 0x80 || strings.IndexByte(".~+/=-", s[to]) >= 0); to++ {
			odd = odd || s[to] < 'A' && s[to] != '-'
		}
		if odd && to-from >= 8 {
			return from, to
		}
	}
	return 0, 0
}

// loginField says whether a form field carries the state of a login rather than
// the choice of a person.
var loginField = regexp.MustCompile(`(?i)token|secret|csrf|xsrf|transaction|txn|tx_?id|session|sid$|ticket|interaction|uid$|verifier|passw|otp|pin$|challenge_?id|request_?id|relay`)

// plainParameters are the parameters of the protocol that are no secrets although
// loginField may match them.
var plainParameters = map[string]bool{
	"client_id": true, "redirect_uri": true, "response_type": true, "response_mode": true, "scope": true,
	"state": true, "nonce": true, "code_challenge": true, "code_challenge_method": true, "grant_type": true,
	"prompt": true, "display": true, "max_age": true, "ui_locales": true, "claims_locales": true,
	"acr_values": true, "login_hint": true, "request": true, "request_uri": true, "iss": true, "error": true,
	"error_description": true, "error_uri": true, "persona": true, "decision": true, "token_type": true,
}
