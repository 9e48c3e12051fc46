package reports

import (
	"slices"

	"sgidcheck/internal/run"
)

// applicationThreats maps the checks of a relying party to attacks on it, the
// gravest first. What fails there was seen at the application's own edge, so that
// the failure of most guards is the attack.
var applicationThreats = []threat{
	{"Forged identity", High, "lets anyone log in as another person",
		"An attacker makes an ID token of their own, unsigned, signed with a key of theirs, or with a claim changed, and the application believes it.",
		[]ref{{"RFC6819", "4.4.1.13"}, {"OIDC-CORE", "3.1.3.7"}},
		by(byFailure, "RP-35", "RP-37", "RP-38", "RP-40")},
	{"Key confusion", High, "lets anyone sign an ID token",
		"The token's own header says by which algorithm or with which key it is to be verified, and the application follows it: a public key serves as a secret, or the attacker's key as the provider's.",
		[]ref{{"RFC8725", "2.1"}, {"RFC8725", "3.1"}},
		slices.Concat(by(byFailure, "RP-36", "RP-39"), by(byNothing, "RP-60"))},
	{"Token substitution", High, "takes a token that was made for something else",
		"A genuine ID token of another client, another issuer, another login or another time, or another person's userinfo, is put in the place of the right one.",
		[]ref{{"OIDC-CORE", "3.1.3.7"}, {"RFC6819", "4.4.1.13"}},
		slices.Concat(by(byFailure, "RP-41", "RP-42", "RP-43", "RP-45", "RP-46", "RP-47", "RP-49", "RP-53"), by(byNothing, "RP-07", "RP-08", "RP-44"))},
	{"People mixed up", High, "shows one person the data of another",
		"Who is logged in stands where everybody shares it, or in a cookie that anybody can rewrite or guess.",
		[]ref{{"RFC6819", "4.4.1.13"}},
		slices.Concat(by(byFailure, "RP-33", "RP-74", "RP-76"), by(byNothing, "RP-32"))},
	{"Code injection", High, "lets a stolen code be used",
		"An attacker brings a victim's code back with a state of their own, and is logged in as the victim.",
		[]ref{{"RFC9700", "4.5"}, {"RFC6819", "4.4.1.1"}},
		slices.Concat(by(byFailure, "RP-22"), by(byNothing, "RP-02", "RP-03", "RP-04", "RP-05", "RP-12"))},
	{"Login CSRF", High, "lets a victim be logged in as the attacker",
		"A page of the attacker's finishes in the victim's browser a login that the attacker began. What the victim then enters lands in the attacker's account.",
		[]ref{{"RFC9700", "4.7"}, {"RFC6819", "4.4.1.8"}},
		slices.Concat(by(byFailure, "RP-19", "RP-20", "RP-21"), by(byNothing, "RP-06", "RP-27"))},
	{"Session fixation", High, "lets a planted session be taken over after the login",
		"An attacker plants a session's cookie before the login, and is logged in with the victim because it stays the same.",
		[]ref{{"RFC9700", "4.7"}},
		slices.Concat(by(byFailure, "RP-31"), by(byNothing, "RP-68"))},
	{"Data read or changed on the way", High, "takes data that are not authentic",
		"The person's data are not encrypted, encrypted to the wrong key, or damaged, and the application shows them all the same.",
		[]ref{{"RFC7516", "5.2"}, {"RFC8725", "3.2"}},
		by(byFailure, "RP-55", "RP-56", "RP-57")},
	{"Script in the application's pages", High, "lets a link or a value run script in the application",
		"Markup in a parameter of the callback, or in the person's data, stands in a page as it came.",
		[]ref{{"RFC6819", "4.4.1.10"}},
		by(byFailure, "RP-24", "RP-64")},
	{"Credentials disclosed", High, "gives tokens, secrets or the NRIC away",
		"The client secret, a token, the verifier or the NRIC stands in a URL, a page, a cookie that scripts read, a log, or is sent on to another host.",
		[]ref{{"RFC9700", "4.2"}, {"RFC9700", "4.3"}, {"RFC6819", "4.6.7"}},
		slices.Concat(by(byFailure, "RP-10", "RP-11", "RP-13", "RP-65", "RP-77"), by(byNothing, "RP-52", "RP-66", "RP-69", "RP-72"))},
	{"Provider mix-up", High, "lets an attacker's provider pose as sgID",
		"The application takes endpoints or issuer from metadata of somebody else, and sends them its secret and every code.",
		[]ref{{"RFC9700", "4.4"}},
		slices.Concat(by(byFailure, "RP-17"), by(byNothing, "RP-41"))},
	{"Open redirect", Medium, "turns the application into a redirector for phishing",
		"A link to the trusted service leads, through a real login, to any page the attacker names.",
		[]ref{{"RFC9700", "4.11"}, {"RFC6819", "4.2.4"}},
		by(byFailure, "RP-30", "RP-09")},
	{"Service taken down", Medium, "lets a single request take the service down",
		"One callback, or one bad answer of the provider, ends the process or ties it up, and everybody is logged out.",
		[]ref{{"RFC6819", "4.4.1.11"}, {"RFC6819", "4.4.1.12"}},
		slices.Concat(by(byFailure, "RP-71", "RP-50"), by(byNothing, "RP-51", "RP-58"))},
	{"Session outlives the logout", Medium, "keeps a session alive after the logout",
		"A cookie that was copied goes on working after the person has logged out.",
		[]ref{{"RFC6819", "4.6.2"}},
		by(byFailure, "RP-70")},
	{"Internals of the application disclosed", Low, "tells attackers about its inside",
		"Answers carry stack traces, paths or queries, which show where to try next.",
		[]ref{{"RFC6819", "4.3.2"}},
		by(byFailure, "RP-67")},
}

// threatsOf are the threats that a run is judged by: those to a provider, or, of
// a run that judges a relying party, those to it.
func threatsOf(r *run.Record) []threat {
	if r.Target.Application != "" {
		return applicationThreats
	}
	return threats
}
