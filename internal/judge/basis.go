package judge

import (
	"strings"

	"sgidcheck/internal/run"
)

// The constructors below name a clause and where it can be read. Section is
// the clause's number, or the page's title for sgID's own documentation.

// SGIDAPI is the page "API Documentation" of the sgID developer documentation.
func SGIDAPI(section string) run.Basis {
	return run.Basis{Source: "SGID-API", Section: section, URL: sgidDocs}
}

// SGIDINT is the integration and protocol pages of the sgID developer documentation.
func SGIDINT(section string) run.Basis {
	return run.Basis{Source: "SGID-INT", Section: section, URL: sgidDocs}
}

// SGIDDATA is the page "Data Catalog" of the sgID developer documentation.
func SGIDDATA(section string) run.Basis {
	return run.Basis{Source: "SGID-DATA", Section: section, URL: sgidDocs}
}

// SGIDSDK is the behaviour of the official SDKs, on which production clients rely.
func SGIDSDK(section string) run.Basis {
	return run.Basis{Source: "SGID-SDK", Section: section, URL: "https://github.com/opengovsg/sgid-client"}
}

const sgidDocs = "https://docs.id.gov.sg/"

var coreAnchors = map[string]string{
	"2": "IDToken", "3.1.2.1": "AuthRequest", "3.1.2.5": "AuthResponse", "3.1.2.6": "AuthError",
	"3.1.3.3": "TokenResponse", "3.1.3.6": "CodeIDToken", "3.1.3.7": "IDTokenValidation",
	"5.3": "UserInfo", "5.3.1": "UserInfoRequest", "5.3.2": "UserInfoResponse", "6": "JWTRequests",
	"8": "SubjectIDTypes", "10.1": "Signing", "10.1.1": "RotateSigKeys", "15.1": "ServerMTI", "15.5.2": "NonceNotes",
}

// OIDCCORE is a section of OpenID Connect Core 1.0.
func OIDCCORE(section string) run.Basis {
	url := "https://openid.net/specs/openid-connect-core-1_0.html"
	if anchor := coreAnchors[section]; anchor != "" {
		url += "#" + anchor
	}
	return run.Basis{Source: "OIDC-CORE", Section: section, URL: url}
}

var discoveryAnchors = map[string]string{"3": "ProviderMetadata", "4.2": "ProviderConfigurationResponse", "4.3": "ProviderConfigurationValidation"}

// OIDCDISC is a section of OpenID Connect Discovery 1.0.
func OIDCDISC(section string) run.Basis {
	url := "https://openid.net/specs/openid-connect-discovery-1_0.html"
	if anchor := discoveryAnchors[section]; anchor != "" {
		url += "#" + anchor
	}
	return run.Basis{Source: "OIDC-DISC", Section: section, URL: url}
}

// RFC is a section of an RFC: RFC("6749", "4.1.2"), or an appendix: RFC("6749", "A.5").
func RFC(number, section string) run.Basis {
	anchor := "section-" + section
	if section != "" && section[0] >= 'A' {
		anchor = "appendix-" + section
	}
	return run.Basis{Source: "RFC" + number, Section: section, URL: "https://www.rfc-editor.org/rfc/rfc" + number + "#" + anchor}
}

// ASVS is a chapter of the OWASP Application Security Verification Standard 4.0.3.
func ASVS(section string) run.Basis {
	return run.Basis{Source: "OWASP ASVS", Section: section, URL: "https://owasp.org/www-project-application-security-verification-standard/"}
}

// WCAG is a success criterion of the Web Content Accessibility Guidelines 2.2,
// with the name of its anchor: WCAG("2.4.2", "page-titled").
func WCAG(section, anchor string) run.Basis {
	return run.Basis{Source: "WCAG 2.2", Section: section, URL: "https://www.w3.org/TR/WCAG22/#" + anchor}
}

// PRACTICE is what users of such a service expect without a document; never above SHOULD.
func PRACTICE() run.Basis { return run.Basis{Source: "PRACTICE"} }

// Cite writes a basis as a reader would cite it: "RFC6749 4.1.2".
func Cite(b run.Basis) string { return strings.TrimSpace(b.Source + " " + b.Section) }
