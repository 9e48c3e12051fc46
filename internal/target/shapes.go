package target

import "regexp"

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
	KindBlockKey     = "block_key"
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
	nricShape       = regexp.MustCompile(`(?i)[STFGM][0-9]{7}[A-Z]`)
	pemShape        = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`)
	bearerShape     = regexp.MustCompile(`(?i)\b(?:bearer|basic|dpop)[ \t]+([A-Za-z0-9._~+/=-]{8,})`)
	parameterShape  = regexp.MustCompile(`(?i)(?:^|[^A-Za-z0-9_.-])(client_secret|code|code_verifier|access_token|id_token|refresh_token|client_assertion|password)=([^&\s"'<>#;,]{6,})`)
	// A quoted member of something JSON-like, also where JSON stands within text.
	memberShape = regexp.MustCompile(`(?i)["'](client_secret|code|code_verifier|access_token|id_token|refresh_token|password|private_key)["']\s*:\s*["']([^"']{6,})["']`)
)

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
