package reports

import "slices"

// threat is an attack on a login, and the checks that show whether a provider
// mitigates it.
type threat struct {
	Name     string   // what the attack is called
	Severity Severity // what it gives an attacker
	Lets     string   // completes "the worst …" in the headline
	Story    string   // how the attack goes, in a sentence or two
	Refs     []ref    // where it is described
	Guards   []guard  // the checks that show whether it is mitigated
}

// guard is a check that stands between an attack and the login.
type guard struct {
	ID string
	By proof
}

// proof is what the judged exchange of a failing guard must show for the attack
// to have gone through. A guard that fails in another way, such as a refusal
// with the wrong error code, weakens the mitigation and opens nothing.
type proof int

const (
	byNothing    proof = iota // no failure of this guard shows the attack by itself
	byFailure                 // the failure is the attack
	byToken                   // a token response that grants an access token
	byCode                    // a redirect that carries a code or a token
	byRedirect                // a redirect to where the request asked for
	byRepetition              // a redirect that has the browser repeat its request: 307 or 308
	byData                    // a userinfo response with a subject or data
	byAcceptance              // a response that is no refusal: no 4xx, no 5xx, no silence
	byContent                 // any response: its content is what gives the attack away
	bySilence                 // no response: the request took the target down
)

func by(p proof, ids ...string) []guard {
	guards := make([]guard, len(ids))
	for i, id := range ids {
		guards[i] = guard{id, p}
	}
	return guards
}

// ref is a section of a document, by the document's tag.
type ref struct{ Source, Section string }

// threats is the one place that maps checks to attacks, from RFC 9700 section 4
// and RFC 6819 section 4 (and OpenID Connect Core where those say nothing), the
// gravest first: the first open one is named in the headline.
var threats = []threat{
	{"Forged identity", High, "lets anyone log in as another person",
		"An attacker makes an ID token of their own, or has one of another relying party accepted, and is logged in as whomever it names.",
		[]ref{{"RFC6819", "4.4.1.13"}},
		slices.Concat(by(byFailure, "JWKS-02"), by(byNothing, "JWKS-03", "JWKS-05", "DISC-08", "IDT-01", "IDT-02", "IDT-04", "IDT-17"))},
	{"People mixed up", High, "gives one person the identity of another",
		"Two people log in at the same time, and the answers for one reach the session of the other.",
		[]ref{{"RFC6819", "4.4.1.13"}},
		slices.Concat(by(byAcceptance, "UINFO-02", "UINFO-15", "UINFO-17", "UINFO-18", "IDT-14", "NONCE-03", "NONCE-04", "BROW-07"), by(byNothing, "IDT-11", "IDT-18"))},
	{"Personal data without a token", High, "gives personal data to a request without a valid token",
		"A request without a valid access token, or with something that is not one, is answered with a person's data.",
		[]ref{{"RFC6819", "4.6.3"}},
		by(byData, "UINFO-03", "UINFO-04", "UINFO-05", "UINFO-08", "UINFO-09")},
	{"Stolen code redeemed", High, "lets a stolen code be used",
		"A code leaks through a log, a proxy or the browser's history. Whoever finds it redeems it, or injects it into a session of their own, and gets the victim's data.",
		[]ref{{"RFC9700", "4.5"}, {"RFC6819", "4.4.1.1"}},
		by(byToken, "PKCE-07", "PKCE-08", "PKCE-09", "PKCE-10", "PKCE-11", "PKCE-12", "TOKEN-14", "TOKEN-15", "TOKEN-16", "TOKEN-32")},
	{"Code replayed", High, "lets a code be used twice",
		"A code that was already redeemed is sent again and gives a second set of tokens.",
		[]ref{{"RFC9700", "4.5"}, {"RFC6819", "4.4.1.1"}},
		slices.Concat(by(byToken, "TOKEN-05", "TOKEN-07", "TOKEN-33", "BROW-08"), by(byNothing, "TOKEN-06", "TOKEN-25"))},
	{"Code sent to the attacker", High, "sends the code to a page of the attacker's",
		"The login link names a redirect URI that is not the registered one but close enough to pass, and the code goes there.",
		[]ref{{"RFC9700", "4.1"}, {"RFC6819", "4.4.1.5"}, {"RFC6819", "4.4.1.7"}},
		by(byCode, "AUTHZ-08", "AUTHZ-09", "AUTHZ-10", "AUTHZ-11", "AUTHZ-12", "AUTHZ-13", "AUTHZ-14")},
	{"Impersonation across clients", High, "lets one client pose as another",
		"Someone without the client's secret redeems its codes, or one client redeems those of another.",
		[]ref{{"RFC6819", "4.3.5"}, {"RFC6819", "4.4.1.4"}},
		slices.Concat(by(byToken, "TOKEN-11", "TOKEN-12", "TOKEN-13", "TOKEN-16", "TOKEN-24"), by(byCode, "AUTHZ-07"), by(byContent, "TOKEN-30"), by(byNothing, "CRYPT-09"))},
	{"PKCE downgraded", High, "lets the proof of possession be left out",
		"The attacker strips the code challenge from the request, or turns it into a plain one, and the provider carries on without the protection.",
		[]ref{{"RFC9700", "4.8"}},
		slices.Concat(by(byCode, "PKCE-01", "PKCE-02", "PKCE-03", "PKCE-04"), by(byToken, "PKCE-07", "PKCE-09", "PKCE-12"))},
	{"Disclosure of personal data", High, "discloses personal data",
		"Data that nobody consented to, or that should be encrypted to the client, can be read by someone on the way, in a log or at another client.",
		[]ref{{"RFC6819", "4.6.6"}, {"RFC6819", "4.6.7"}},
		slices.Concat(by(byAcceptance, "UINFO-10", "UINFO-11", "TOKEN-31", "AUTHZ-16", "IDT-08", "IDT-09", "CRYPT-09", "CRYPT-10", "CRYPT-12", "CRYPT-13"), by(byNothing, "CRYPT-01", "CRYPT-05", "CRYPT-06", "CRYPT-11", "UINFO-12"))},
	{"Eavesdropping", High, "lets codes and tokens be read on the network",
		"The connection is not encrypted, or with something that can be broken, and whoever listens has the code, the secret or the token.",
		[]ref{{"RFC6819", "4.3.1"}, {"RFC6819", "4.3.3"}, {"RFC6819", "4.6.1"}},
		slices.Concat(by(byAcceptance, "TLS-03"), by(byNothing, "TLS-01", "TLS-02", "TLS-04", "TLS-05", "BROW-10"))},
	{"Script in the login page", High, "lets a link run script in the login page",
		"A link carries script in one of its parameters, the page shows it unescaped, and the script reads or presses what it likes.",
		[]ref{{"RFC6819", "4.4.1.10"}},
		slices.Concat(by(byContent, "AUTHZ-23"), by(byFailure, "BROW-06"))},
	{"Login forged across sites", High, "lets a victim be logged in as the attacker",
		"A foreign page finishes a login that the attacker began. State and nonce tie the answer to the browser that asked; they must come back as they were sent.",
		[]ref{{"RFC9700", "4.7"}, {"RFC6819", "4.4.1.8"}},
		by(byNothing, "AUTHZ-02", "AUTHZ-30", "AUTHZ-33", "NONCE-01", "NONCE-04", "BROW-07")},
	{"Codes and tokens guessed", High, "lets codes or tokens be guessed",
		"Codes or tokens are short, follow a pattern, or are not checked, so that trying many finds one that works.",
		[]ref{{"RFC6819", "4.4.1.3"}, {"RFC6819", "4.6.3"}},
		slices.Concat(by(byFailure, "AUTHZ-29", "TOKEN-26"), by(byToken, "TOKEN-08"), by(byData, "UINFO-04"))},
	{"Stolen token replayed", Medium, "lets a stolen token be used for long",
		"An access token that leaked, from a cache, a log or a URL, works for whoever has it and for as long as it lives.",
		[]ref{{"RFC9700", "4.10"}, {"RFC9700", "4.3.2"}, {"RFC6819", "4.6.2"}},
		slices.Concat(by(byData, "UINFO-14"), by(byNothing, "TOKEN-02", "TOKEN-04", "TOKEN-06", "TOKEN-19", "TOKEN-27", "IDT-05", "UINFO-06", "UINFO-12"))},
	{"Tokens in the address bar", Medium, "puts tokens where the browser keeps them",
		"The answer comes in a fragment or names a token in the URL, where history, extensions and other pages can read it.",
		[]ref{{"RFC9700", "4.3"}, {"RFC6819", "4.4.2.2"}},
		slices.Concat(by(byCode, "AUTHZ-05", "AUTHZ-27"), by(byToken, "TOKEN-10", "TOKEN-18"), by(byNothing, "DISC-07", "BROW-09"))},
	{"Leak through the referrer", Medium, "leaks codes to other sites through the referrer",
		"The page that holds the code or the state links to another site, and the browser tells that site the whole address.",
		[]ref{{"RFC9700", "4.2"}, {"RFC6819", "4.6.7"}},
		slices.Concat(by(byFailure, "BROW-04"), by(byNothing, "AUTHZ-25"))},
	{"Provider mix-up", Medium, "lets an attacker's provider pose as this one",
		"A relying party that knows several providers is led to send a code of one to the other.",
		[]ref{{"RFC9700", "4.4"}},
		by(byNothing, "DISC-02", "DISC-06", "AUTHZ-28", "IDT-03")},
	{"Clickjacking", Medium, "lets a foreign page trick people into logging in",
		"The login page is framed invisibly under something harmless, and the victim's click consents.",
		[]ref{{"RFC9700", "4.16"}, {"RFC6819", "4.4.1.9"}},
		slices.Concat(by(byAcceptance, "AUTHZ-24"), by(byFailure, "BROW-05"))},
	{"Open redirect", Medium, "turns the provider into a redirector for phishing",
		"A link to the trusted provider leads, by way of an error, to any page the attacker names.",
		[]ref{{"RFC9700", "4.11"}, {"RFC6819", "4.2.4"}},
		by(byRedirect, "AUTHZ-06", "AUTHZ-07", "AUTHZ-08", "AUTHZ-13")},
	{"Login data sent on", Medium, "passes the login form's content to the client",
		"A redirect with status 307 makes the browser send what was typed into the login page to the client as well.",
		[]ref{{"RFC9700", "4.12"}},
		by(byRepetition, "AUTHZ-26")},
	{"Tracking across agencies", Medium, "lets agencies link their records of a person",
		"Two clients see the same identifier for one person and can join what each knows.",
		[]ref{{"OIDC-CORE", "17.3"}},
		slices.Concat(by(byAcceptance, "IDT-08", "IDT-12"), by(byNothing, "DISC-11"))},
	{"Service taken down", Medium, "lets a single request take the service down",
		"A malformed or oversized request ends the process or ties it up, and nobody can log in.",
		[]ref{{"RFC6819", "4.4.1.11"}, {"RFC6819", "4.4.1.12"}},
		by(bySilence, "TOKEN-22", "UINFO-05", "AUTHZ-18", "TOKEN-21", "AUTHZ-31")},
	{"Internals disclosed", Low, "tells attackers about its inside",
		"Error responses carry stack traces, paths or queries, which show where to try next.",
		[]ref{{"RFC6819", "4.3.2"}},
		by(byContent, "TOKEN-17", "TOKEN-23")},
}

// Guards returns the ID of every check that guards against an attack, so that
// the catalogue's owner can hold the table against it.
func Guards() []string {
	var ids []string
	for _, t := range slices.Concat(threats, applicationThreats) {
		ids = append(ids, t.ids()...)
	}
	return ids
}

// Gravity places a check by the gravest attack that it guards against: the
// smaller, the more its failure would let an attacker do.
func Gravity(id string) int {
	for i, t := range threats {
		if slices.Contains(t.ids(), id) {
			return i
		}
	}
	return len(threats)
}

func (t threat) ids() []string {
	ids := make([]string, len(t.Guards))
	for i, g := range t.Guards {
		ids[i] = g.ID
	}
	return ids
}
