package suites

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
)

// DISC: the provider metadata. Where its endpoints lead is in discovery_endpoints.go.

var DISC01 = judge.Check{
	ID: "DISC-01", Title: "the metadata is served as one JSON object",
	Problem: "the metadata is not served as one JSON object", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("4.2"), judge.SGIDAPI("API Documentation")},
	Expect: "The discovery endpoint returns 200 with application/json and one JSON object.",
	Why:    "A client that configures itself by discovery cannot start without it.",
	Remedy: "Serve the metadata at the issuer followed by /.well-known/openid-configuration, as application/json, each member once.",
	Covers: []string{"oidcc-discovery-endpoint-verification"},
}

var _ = ginkgo.It("DISC-01 the metadata is served as one JSON object", check(DISC01, func(s *Session) {
	e := s.Discovery()
	s.Expect(e).To(HaveStatus(http.StatusOK))
	s.Metadata()
	s.Require(e.Type() == "application/json", "application/json", e.Saw(), e)
}))

var DISC02 = judge.Check{
	ID: "DISC-02", Title: "issuer is the configured issuer",
	Problem: "issuer is not the configured issuer", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3"), judge.OIDCDISC("4.3")},
	Expect: "issuer equals the configured issuer, character for character, and has no query and no fragment.",
	Why:    "The issuer is the name under which ID tokens are trusted; a different one makes clients accept another provider's tokens, or reject all tokens.",
	Remedy: "Set issuer to exactly the value that relying parties are given, without a trailing slash.",
	Covers: []string{"oidcc CheckDiscEndpointIssuer"},
}

var _ = ginkgo.It("DISC-02 issuer is the configured issuer", check(DISC02, func(s *Session) {
	m := s.Metadata()
	s.mustHave("issuer")
	s.Assert(!strings.ContainsAny(m.Issuer, "?#"), "an issuer without query and fragment", fmt.Sprintf("%q", clip(m.Issuer)), s.discovery)
	s.Require(m.Issuer == s.Config.Issuer, fmt.Sprintf("%q", s.Config.Issuer), fmt.Sprintf("%q%s", clip(m.Issuer), almost(m.Issuer, s.Config.Issuer)), s.discovery)
}))

// almost says in what little two issuers differ.
func almost(got, want string) string {
	switch {
	case strings.TrimRight(got, "/") == strings.TrimRight(want, "/"):
		return ", which differs in a trailing slash"
	case strings.EqualFold(got, want):
		return ", which differs in upper and lower case"
	}
	return ""
}

var DISC03 = judge.Check{
	ID: "DISC-03", Title: "the metadata is valid against its schema",
	Problem: "the metadata is not valid against its schema", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3"), judge.OIDCDISC("4.2")},
	Expect: "Every required member is present, every member has the right type, and no list is empty.",
	Why:    "Clients read the metadata with typed parsers: one member of the wrong type makes the whole document unusable.",
	Remedy: "Correct the members listed. Omit lists without elements.",
	Covers: []string{"oidcc ValidateServerMetadataAgainstSchema"},
}

var _ = ginkgo.It("DISC-03 the metadata is valid against its schema", check(DISC03, func(s *Session) {
	s.Metadata()
	problem := s.schemas.problems("discovery", s.discovery.Status(), s.discovery.Body())
	_, err := sgid.ParseMetadata(s.discovery.Body())
	var wrong *sgid.MemberError
	if problem == "" && errors.As(err, &wrong) {
		problem = err.Error()
	}
	s.Require(problem == "", "", problem, s.discovery)
}))

var DISC07 = judge.Check{
	ID: "DISC-07", Title: "code is the only response type",
	Problem: "code is not the only response type", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("Authorize")},
	Expect: "response_types_supported contains code and nothing else.",
	Why:    "Any other response type passes tokens through the browser, where history, logs and scripts can read them.",
	Remedy: `Set response_types_supported to ["code"], and refuse every other response type.`,
	Covers: []string{"oidcc OIDCCCheckDiscEndpointResponseTypesSupported"},
}

var _ = ginkgo.It("DISC-07 code is the only response type", check(DISC07, func(s *Session) {
	s.consistsOf("response_types_supported", s.Metadata().ResponseTypesSupported, "code")
}))

var DISC08 = judge.Check{
	ID: "DISC-08", Title: "ID tokens are signed with RS256, never unsigned",
	Problem: "RS256 is not advertised for ID tokens, or unsigned ones are", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3")},
	Expect: "id_token_signing_alg_values_supported contains RS256 and does not contain none.",
	Why:    "RS256 is what the official SDKs verify; a client that accepts none accepts tokens from anyone.",
	Remedy: `Set id_token_signing_alg_values_supported to ["RS256"].`,
	Covers: []string{"oidcc OIDCCCheckDiscEndpointIdTokenSigningAlgValuesSupported"},
}

var _ = ginkgo.It("DISC-08 ID tokens are signed with RS256, never unsigned", check(DISC08, func(s *Session) {
	const name = "id_token_signing_alg_values_supported"
	algs := s.Metadata().IDTokenSigningAlgValuesSupported
	s.mustHave(name)
	unsigned := slices.ContainsFunc(algs, func(a string) bool { return strings.EqualFold(a, "none") })
	s.Assert(slices.Contains(algs, sgid.AlgRS256), "RS256", name+" is "+quoted(algs), s.discovery)
	s.Assert(!unsigned, "no unsigned ID tokens", name+" is "+quoted(algs), s.discovery)
}))

var DISC09 = judge.Check{
	ID: "DISC-09", Title: "the advertised scopes are valid and include openid",
	Problem: "the advertised scopes are invalid, or lack openid", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3"), judge.RFC("6749", "3.3")},
	Expect: "scopes_supported, if present, contains openid, and each value is a valid scope: printable ASCII without spaces, quotes and backslashes.",
	Why:    "A client that builds its request from this list would send a request that cannot succeed.",
	Remedy: "List openid and each data scope as a separate value.",
	Covers: []string{"oidcc CheckDiscEndpointScopesSupportedContainsOpenId"},
}

var _ = ginkgo.It("DISC-09 the advertised scopes are valid and include openid", check(DISC09, func(s *Session) {
	scopes := s.Metadata().ScopesSupported
	if !s.has("scopes_supported") {
		s.NotApplicable("the metadata has no scopes_supported; DISC-16 says so")
	}
	s.mustHave("scopes_supported")
	s.Assert(slices.Contains(scopes, sgid.ScopeOpenID), "scopes that include openid", fmt.Sprintf("scopes_supported has %d values, but not openid", len(scopes)), s.discovery)
	for _, scope := range scopes {
		s.Assert(scopeSyntax(scope), "scope syntax", fmt.Sprintf("scopes_supported has %q", clip(scope)), s.discovery)
	}
}))

// scopeSyntax is the scope-token of RFC 6749 section 3.3.
func scopeSyntax(scope string) bool {
	return scope != "" && !strings.ContainsFunc(scope, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}

var DISC10 = judge.Check{
	ID: "DISC-10", Title: "the userinfo endpoint is advertised",
	Problem: "the userinfo endpoint is not advertised", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDAPI("User Info"), judge.OIDCDISC("3")},
	Expect: "The metadata has userinfo_endpoint.",
	Why:    "This endpoint is the only source of the person's data.",
	Remedy: "Add userinfo_endpoint to the metadata.",
	Covers: []string{"oidcc CheckDiscEndpointUserinfoEndpoint"},
}

var _ = ginkgo.It("DISC-10 the userinfo endpoint is advertised", check(DISC10, func(s *Session) {
	s.Metadata()
	s.Require(s.has(userinfo), "", "the metadata has no userinfo_endpoint", s.discovery)
	s.mustHave(userinfo)
}))

var DISC11 = judge.Check{
	ID: "DISC-11", Title: "subjects are pairwise",
	Problem: "pairwise subjects are not advertised", Level: judge.MUST, Phase: judge.Reading,
	Basis:  []run.Basis{judge.SGIDINT("sgID"), judge.OIDCDISC("3")},
	Expect: "subject_types_supported contains pairwise.",
	Why:    "Pairwise subjects prevent two agencies from linking their records of a person without that person's knowledge.",
	Remedy: `Set subject_types_supported to ["pairwise"], and issue different subjects to each client.`,
	Covers: []string{"oidcc OIDCCCheckDiscEndpointSubjectTypesSupported"},
}

var _ = ginkgo.It("DISC-11 subjects are pairwise", check(DISC11, func(s *Session) {
	s.contains("subject_types_supported", s.Metadata().SubjectTypesSupported, sgid.SubjectTypePairwise)
}))

var DISC12 = judge.Check{
	ID: "DISC-12", Title: "the authorization code is the only grant",
	Problem: "the metadata do not say that the authorization code is the only grant", Level: judge.SHOULD, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3"), judge.SGIDAPI("Token")},
	Expect: "grant_types_supported contains authorization_code and nothing else; if omitted, it would include implicit by default.",
	Why:    "Clients choose their grant from this list, and other grants are either not supported or not safe.",
	Remedy: `Set grant_types_supported to ["authorization_code"].`,
	Covers: []string{"oidcc OIDCCCheckDiscEndpointGrantTypesSupported"},
}

var _ = ginkgo.It("DISC-12 the authorization code is the only grant", check(DISC12, func(s *Session) {
	grants := s.Metadata().GrantTypesSupported
	s.Require(s.has("grant_types_supported"), "", "grant_types_supported is omitted", s.discovery)
	s.consistsOf("grant_types_supported", grants, sgid.GrantTypeAuthorizationCode)
}))

var DISC13 = judge.Check{
	ID: "DISC-13", Title: "clients authenticate with client_secret_post",
	Problem: "client_secret_post is not advertised", Level: judge.SHOULD, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3"), judge.SGIDSDK("token request")},
	Expect: "token_endpoint_auth_methods_supported contains client_secret_post; if omitted, the default is client_secret_basic only.",
	Why:    "A client configured by discovery would send its secret in the Authorization header, where this provider does not read it.",
	Remedy: `Set token_endpoint_auth_methods_supported to ["client_secret_post"].`,
	Covers: []string{"oidcc EnsureServerConfigurationSupportsClientSecretPost"},
}

var _ = ginkgo.It("DISC-13 clients authenticate with client_secret_post", check(DISC13, func(s *Session) {
	methods := s.Metadata().TokenEndpointAuthMethodsSupported
	s.Require(s.has("token_endpoint_auth_methods_supported"), "", "token_endpoint_auth_methods_supported is omitted", s.discovery)
	s.contains("token_endpoint_auth_methods_supported", methods, sgid.ClientAuthenticationPost)
}))

var DISC14 = judge.Check{
	ID: "DISC-14", Title: "PKCE is advertised with S256 and without plain",
	Problem: "PKCE with S256 is not advertised, or plain is", Level: judge.SHOULD, Phase: judge.Reading,
	Basis:  []run.Basis{judge.RFC("8414", "2"), judge.RFC("9700", "2.1.1")},
	Expect: "code_challenge_methods_supported is an array that contains S256 and not plain.",
	Why:    "This list tells clients that the provider protects codes with PKCE; plain does not protect against anyone who can read the request.",
	Remedy: `Set code_challenge_methods_supported to ["S256"].`,
	Covers: []string{"oidcc CheckDiscEndpointCodeChallengeMethodsSupportedIsAnArray"},
}

var _ = ginkgo.It("DISC-14 PKCE is advertised with S256 and without plain", check(DISC14, func(s *Session) {
	const name = "code_challenge_methods_supported"
	methods := s.Metadata().CodeChallengeMethodsSupported
	s.Require(s.has(name), "", name+" is left out", s.discovery)
	s.mustHave(name)
	s.Assert(slices.Contains(methods, sgid.CodeChallengeMethodS256), "S256", name+" is "+quoted(methods), s.discovery)
	s.Assert(!slices.Contains(methods, "plain"), "no plain", name+" is "+quoted(methods), s.discovery)
}))

var DISC15 = judge.Check{
	ID: "DISC-15", Title: "other metadata", Level: judge.INFO, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3"), judge.RFC("9207", "3")},
	Expect: "An observation: claims_supported, authorization_response_iss_parameter_supported, and members that no standard names.",
	Why:    "Metadata beyond the required members shows what a provider may do beyond its documentation.",
	Remedy: "No action needed; a misspelt member appears here as an unknown one.",
	Covers: []string{"oidcc CheckForUnexpectedParametersInServerMetadata"},
}

var _ = ginkgo.It("DISC-15 other metadata", check(DISC15, func(s *Session) {
	m := s.Metadata()
	switch {
	case m.ClaimsSupported != nil:
		s.Observe("claims_supported is %s", quoted(m.ClaimsSupported))
	default:
		s.Observe("no claims_supported")
	}
	switch iss := m.AuthorizationResponseIssParameterSupported; {
	case iss == nil:
		s.Observe("authorization_response_iss_parameter_supported is omitted, which means false")
	default:
		s.Observe("authorization_response_iss_parameter_supported is %t", *iss)
	}
	if len(m.Unknown) > 0 {
		s.Observe("members that no standard names: %s", quoted(m.Unknown))
	}
}))

var DISC16 = judge.Check{
	ID: "DISC-16", Title: "the scopes are advertised",
	Problem: "the scopes are not advertised", Level: judge.SHOULD, Phase: judge.Reading,
	Basis:  []run.Basis{judge.OIDCDISC("3")},
	Expect: "The metadata has scopes_supported.",
	Why:    "Without it a client cannot tell in advance which data scopes are available.",
	Remedy: "List openid and the data scopes in scopes_supported.",
}

var _ = ginkgo.It("DISC-16 the scopes are advertised", check(DISC16, func(s *Session) {
	s.Metadata()
	s.Require(s.has("scopes_supported"), "", "the metadata has no scopes_supported", s.discovery)
}))

// has reports whether the metadata has a member, of whatever type.
func (s *Session) has(name string) bool {
	_, there := s.Metadata().Raw[name]
	return there
}

// mustHave ends the check where a member of the metadata is not there or not
// of its type: DISC-03 owns that.
func (s *Session) mustHave(name string) {
	raw, there := s.Metadata().Raw[name]
	if !there {
		s.owned("DISC-03", s.discovery, "the metadata has no %s", name)
	}
	_, err := sgid.ParseMetadata(s.discovery.Body())
	for _, wrong := range memberErrors(err) {
		if wrong.Member == name {
			s.owned("DISC-03", s.discovery, "%s is %s, expected %s", name, wrong.Got, wrong.Expected)
		}
	}
	if text := strings.TrimSpace(string(raw)); text == `""` || text == "[]" {
		s.owned("DISC-03", s.discovery, "%s is empty", name)
	}
}

// memberErrors are all the errors about single members that err joins.
func memberErrors(err error) []*sgid.MemberError {
	var many interface{ Unwrap() []error }
	var one *sgid.MemberError
	switch {
	case errors.As(err, &many):
		var out []*sgid.MemberError
		for _, e := range many.Unwrap() {
			out = append(out, memberErrors(e)...)
		}
		return out
	case errors.As(err, &one):
		return []*sgid.MemberError{one}
	}
	return nil
}

// contains judges that a list member of the metadata has a value.
func (s *Session) contains(name string, list []string, value string) {
	s.mustHave(name)
	s.Require(slices.Contains(list, value), value+" among "+name, name+" is "+quoted(list), s.discovery)
}

// consistsOf judges that a list member of the metadata has a value and no other.
func (s *Session) consistsOf(name string, list []string, value string) {
	s.mustHave(name)
	others := slices.ContainsFunc(list, func(v string) bool { return v != value })
	s.Require(slices.Contains(list, value) && !others, `["`+value+`"]`, name+" is "+quoted(list), s.discovery)
}

// quoted writes a list of the target's own words as JSON, shortened.
func quoted(list []string) string {
	text, err := json.Marshal(list)
	if err != nil {
		return fmt.Sprintf("a list of %d", len(list))
	}
	return clip(string(text))
}

// clip shortens what a target wrote, so that an observation stays readable.
func clip(text string) string {
	const most = 300
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
