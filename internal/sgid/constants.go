package sgid

// The five documented paths under the provider's origin (SGID-API).
const (
	PathAuthorize = "/v2/oauth/authorize"
	PathToken     = "/v2/oauth/token"
	PathUserInfo  = "/v2/oauth/userinfo"
	PathJWKS      = "/v2/.well-known/jwks.json"
	PathDiscovery = "/v2/.well-known/openid-configuration"
)

// The public hosts. An issuer is its origin followed by IssuerPath (SGID-SDK).
const (
	OriginProduction = "https://api.id.gov.sg"
	OriginStaging    = "https://api-stg.id.gov.sg"
	IssuerPath       = "/v2"
	IssuerProduction = OriginProduction + IssuerPath
	IssuerStaging    = OriginStaging + IssuerPath
)

// Protocol values that sgID fixes (SGID-API, SGID-SDK).
const (
	ResponseTypeCode             = "code"
	GrantTypeAuthorizationCode   = "authorization_code"
	CodeChallengeMethodS256      = "S256"
	ClientAuthenticationPost     = "client_secret_post"
	ScopeOpenID                  = "openid"
	SubjectTypePairwise          = "pairwise"
	NotAvailable                 = "NA"    // legal value of every string field of the catalogue
	MaxSubjectLength             = 255     // characters, OIDC-CORE 2
	PKCEMinLength, PKCEMaxLength = 43, 128 // characters, RFC7636 4.1
)

// Algorithm names as they stand in JOSE headers (RFC7518).
const (
	AlgRS256        = "RS256"
	AlgRSA15        = "RSA1_5"
	AlgRSAOAEP      = "RSA-OAEP"
	AlgRSAOAEP256   = "RSA-OAEP-256"
	AlgDir          = "dir"
	AlgA128KW       = "A128KW"
	AlgA192KW       = "A192KW"
	AlgA256KW       = "A256KW"
	AlgA128GCMKW    = "A128GCMKW"
	AlgA192GCMKW    = "A192GCMKW"
	AlgA256GCMKW    = "A256GCMKW"
	EncA128CBCHS256 = "A128CBC-HS256"
	EncA192CBCHS384 = "A192CBC-HS384"
	EncA256CBCHS512 = "A256CBC-HS512"
	EncA128GCM      = "A128GCM"
	EncA192GCM      = "A192GCM"
	EncA256GCM      = "A256GCM"
)

// Bounds on what is read from a target.
const (
	maxDocument = 1 << 20  // bytes of any JSON document
	maxAnswer   = 4 << 20  // bytes of a userinfo response: 25 fields of 64 KiB fit
	maxToken    = 64 << 10 // bytes of a compact JWS
	maxHeader   = 16 << 10 // bytes of a JOSE header, encoded
	maxKeys     = 256      // keys in a key set
	maxFields   = 256      // members of userinfo's data
)
