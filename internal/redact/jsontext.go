package redact

import (
	"encoding/json"
	"strings"

	"sgidcheck/internal/nesting"
)

// jsonValue is a string or number in a text that is JSON, or nearly so.
type jsonValue struct {
	from, to int    // in the text, quotes included
	name     string // of the innermost member it belongs to
	top      string // of the outermost member that it stands in
	depth    int    // arrays and objects around it
	text     string // the string's or number's content
	number   bool
}

// topMember says whether it is the value of a member of the outermost object.
func (v jsonValue) topMember(name string) bool { return v.name == name && v.depth <= 1 }

// jsonValues walks over JSON and calls visit for each string and number that is
// a value. It keeps going where the text is not well-formed, because a secret in
// broken JSON is still a secret.
func jsonValues(s string, visit func(jsonValue)) {
	var names [nesting.Max]string // of the open objects and arrays, as far as they are kept
	depth, name := 0, ""
	value := func(v jsonValue) {
		v.name, v.top, v.depth = name, name, depth
		for _, outer := range names[:min(depth, nesting.Max)] {
			if outer != "" {
				v.top = outer
				break
			}
		}
		visit(v)
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '{' || c == '[':
			if depth < nesting.Max {
				names[depth] = name
			}
			depth++
			i++
		case c == '}' || c == ']':
			depth = max(depth-1, 0)
			name = ""
			if depth > 0 {
				name = names[min(depth, nesting.Max)-1]
			}
			i++
		case c == '"':
			end := stringEnd(s, i)
			next := end
			for next < len(s) && (s[next] == ' ' || s[next] == '\t' || s[next] == '\n' || s[next] == '\r') {
				next++
			}
			content := unquote(s[i:end])
			if next < len(s) && s[next] == ':' {
				name = content
			} else {
				value(jsonValue{from: i, to: end, text: content})
			}
			i = end
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(s) && strings.IndexByte("0123456789+-.eE", s[end]) >= 0 {
				end++
			}
			value(jsonValue{from: i, to: end, text: s[i:end], number: true})
			i = end
		default:
			i++
		}
	}
}

// stringEnd is the index after the string that begins at i, or the text's end.
func stringEnd(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		}
	}
	return len(s)
}

func unquote(s string) string {
	var out string
	if json.Unmarshal([]byte(s), &out) == nil {
		return out
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, `"`), `"`)
}

// openMembers are the members whose values are stored as they came (after the
// search for secrets): what the protocol itself says, and nothing of a person.
var openMembers = set(
	// errors
	"error", "error_description", "error_uri", "message", "detail", "title", "type", "status", "statusCode",
	"reason", "errors", "path", "method", "timestamp", "name",
	// token responses
	"token_type", "expires_in", "scope",
	// metadata
	"issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint",
	"revocation_endpoint", "introspection_endpoint", "end_session_endpoint", "device_authorization_endpoint",
	"pushed_authorization_request_endpoint", "check_session_iframe", "backchannel_authentication_endpoint",
	"scopes_supported", "response_types_supported", "response_modes_supported", "grant_types_supported",
	"acr_values_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
	"id_token_encryption_alg_values_supported", "id_token_encryption_enc_values_supported",
	"userinfo_signing_alg_values_supported", "userinfo_encryption_alg_values_supported",
	"userinfo_encryption_enc_values_supported", "request_object_signing_alg_values_supported",
	"request_object_encryption_alg_values_supported", "request_object_encryption_enc_values_supported",
	"token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
	"display_values_supported", "claim_types_supported", "claims_supported", "service_documentation",
	"claims_locales_supported", "ui_locales_supported", "claims_parameter_supported",
	"request_parameter_supported", "request_uri_parameter_supported", "require_request_uri_registration",
	"op_policy_uri", "op_tos_uri", "code_challenge_methods_supported", "prompt_values_supported",
	"revocation_endpoint_auth_methods_supported", "introspection_endpoint_auth_methods_supported",
	"authorization_response_iss_parameter_supported", "dpop_signing_alg_values_supported",
	// public keys
	"kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y", "x5c", "x5t", "x5t#S256", "x5u",
	// claims and header members of tokens that are about the token
	"iss", "aud", "exp", "iat", "nbf", "auth_time", "nonce", "at_hash", "c_hash", "azp", "amr", "acr", "typ", "enc", "cty",
)

// personNames are members of openMembers that name a person when they do not
// stand within an error.
var inErrorsOnly = set("name", "title", "type", "detail", "reason", "status", "path")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// jsonMarks marks the values of members that are not known to be harmless,
// whatever they hold. isError says that the response's status is an error's.
func (r *Redactor) jsonMarks(s string, isError bool) []span {
	var out []span
	jsonValues(s, func(v jsonValue) {
		kind, secret := secretFields[v.name]
		if !secret || v.name == "code" && isError {
			open := openMembers[v.name] || v.name == "code"
			if open && (isError || v.name != "code" && !inErrorsOnly[v.name]) && !underData(v.top) {
				return
			}
			kind = KindValue
		}
		switch {
		case v.number && v.text != "0":
			out = append(out, span{v.from, v.to, label{kind: "number"}, rankPlace})
		case !v.number && v.text != "":
			from, to := v.from+1, v.to
			if to > from && s[to-1] == '"' {
				to--
			}
			out = append(out, span{from, to, r.label(kind, v.text), rankPlace})
		}
	})
	return out
}

// underData says whether a value in the outermost member top belongs to the
// data or key of a userinfo response.
func underData(top string) bool { return top == "data" || top == "key" }
