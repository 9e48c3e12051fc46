package sgid

import (
	"encoding/json"
)

// Metadata is the provider's metadata (OIDC-DISC 3, RFC8414 2, RFC9207 3). A
// member that is absent is "" or nil; an empty list is a list of length 0.
type Metadata struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	UserInfoEndpoint      string
	JWKSURI               string
	RegistrationEndpoint  string
	RevocationEndpoint    string
	IntrospectionEndpoint string
	EndSessionEndpoint    string
	ServiceDocumentation  string
	OPPolicyURI           string
	OPTosURI              string

	ScopesSupported                            []string
	ResponseTypesSupported                     []string
	ResponseModesSupported                     []string
	GrantTypesSupported                        []string
	ACRValuesSupported                         []string
	SubjectTypesSupported                      []string
	IDTokenSigningAlgValuesSupported           []string
	IDTokenEncryptionAlgValuesSupported        []string
	IDTokenEncryptionEncValuesSupported        []string
	UserInfoSigningAlgValuesSupported          []string
	UserInfoEncryptionAlgValuesSupported       []string
	UserInfoEncryptionEncValuesSupported       []string
	RequestObjectSigningAlgValuesSupported     []string
	RequestObjectEncryptionAlgValuesSupported  []string
	RequestObjectEncryptionEncValuesSupported  []string
	TokenEndpointAuthMethodsSupported          []string
	TokenEndpointAuthSigningAlgValuesSupported []string
	DisplayValuesSupported                     []string
	ClaimTypesSupported                        []string
	ClaimsSupported                            []string
	ClaimsLocalesSupported                     []string
	UILocalesSupported                         []string
	CodeChallengeMethodsSupported              []string

	ClaimsParameterSupported                   *bool
	RequestParameterSupported                  *bool
	RequestURIParameterSupported               *bool
	RequireRequestURIRegistration              *bool
	AuthorizationResponseIssParameterSupported *bool

	Unknown []string                   // members that the standards above do not name, in order
	Raw     map[string]json.RawMessage // every member as it was written
}

// ParseMetadata reads provider metadata: one JSON object, at most 1 MiB, no
// member twice, nothing behind it. Where that much holds the result is not nil;
// the error then joins one *MemberError for each standard member of the wrong
// type. Missing members are no error here.
func ParseMetadata(body []byte) (*Metadata, error) {
	o, err := parseObject("provider metadata", body, maxDocument)
	if err != nil {
		return nil, err
	}
	m := &Metadata{Raw: o.members}
	for _, name := range o.order {
		switch {
		case m.stringMember(name) != nil:
			*m.stringMember(name) = o.str(name)
		case m.listMember(name) != nil:
			*m.listMember(name) = o.strings(name)
		case m.boolMember(name) != nil:
			*m.boolMember(name) = o.boolean(name)
		default:
			m.Unknown = append(m.Unknown, name)
		}
	}
	return m, o.err()
}

func (m *Metadata) stringMember(name string) *string {
	switch name {
	case "issuer":
		return &m.Issuer
	case "authorization_endpoint":
		return &m.AuthorizationEndpoint
	case "token_endpoint":
		return &m.TokenEndpoint
	case "userinfo_endpoint":
		return &m.UserInfoEndpoint
	case "jwks_uri":
		return &m.JWKSURI
	case "registration_endpoint":
		return &m.RegistrationEndpoint
	case "revocation_endpoint":
		return &m.RevocationEndpoint
	case "introspection_endpoint":
		return &m.IntrospectionEndpoint
	case "end_session_endpoint":
		return &m.EndSessionEndpoint
	case "service_documentation":
		return &m.ServiceDocumentation
	case "op_policy_uri":
		return &m.OPPolicyURI
	case "op_tos_uri":
		return &m.OPTosURI
	}
	return nil
}

func (m *Metadata) listMember(name string) *[]string {
	switch name {
	case "scopes_supported":
		return &m.ScopesSupported
	case "response_types_supported":
		return &m.ResponseTypesSupported
	case "response_modes_supported":
		return &m.ResponseModesSupported
	case "grant_types_supported":
		return &m.GrantTypesSupported
	case "acr_values_supported":
		return &m.ACRValuesSupported
	case "subject_types_supported":
		return &m.SubjectTypesSupported
	case "id_token_signing_alg_values_supported":
		return &m.IDTokenSigningAlgValuesSupported
	case "id_token_encryption_alg_values_supported":
		return &m.IDTokenEncryptionAlgValuesSupported
	case "id_token_encryption_enc_values_supported":
		return &m.IDTokenEncryptionEncValuesSupported
	case "userinfo_signing_alg_values_supported":
		return &m.UserInfoSigningAlgValuesSupported
	case "userinfo_encryption_alg_values_supported":
		return &m.UserInfoEncryptionAlgValuesSupported
	case "userinfo_encryption_enc_values_supported":
		return &m.UserInfoEncryptionEncValuesSupported
	case "request_object_signing_alg_values_supported":
		return &m.RequestObjectSigningAlgValuesSupported
	case "request_object_encryption_alg_values_supported":
		return &m.RequestObjectEncryptionAlgValuesSupported
	case "request_object_encryption_enc_values_supported":
		return &m.RequestObjectEncryptionEncValuesSupported
	case "token_endpoint_auth_methods_supported":
		return &m.TokenEndpointAuthMethodsSupported
	case "token_endpoint_auth_signing_alg_values_supported":
		return &m.TokenEndpointAuthSigningAlgValuesSupported
	case "display_values_supported":
		return &m.DisplayValuesSupported
	case "claim_types_supported":
		return &m.ClaimTypesSupported
	case "claims_supported":
		return &m.ClaimsSupported
	case "claims_locales_supported":
		return &m.ClaimsLocalesSupported
	case "ui_locales_supported":
		return &m.UILocalesSupported
	case "code_challenge_methods_supported":
		return &m.CodeChallengeMethodsSupported
	}
	return nil
}

func (m *Metadata) boolMember(name string) **bool {
	switch name {
	case "claims_parameter_supported":
		return &m.ClaimsParameterSupported
	case "request_parameter_supported":
		return &m.RequestParameterSupported
	case "request_uri_parameter_supported":
		return &m.RequestURIParameterSupported
	case "require_request_uri_registration":
		return &m.RequireRequestURIRegistration
	case "authorization_response_iss_parameter_supported":
		return &m.AuthorizationResponseIssParameterSupported
	}
	return nil
}
