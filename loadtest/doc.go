// Package loadtest puts load on the token and userinfo endpoints of an sgID
// provider and on whole logins, and says how fast and how correctly they were
// answered. It also measures what decrypting userinfo responses costs.
//
// # How the load is made
//
// vegeta's attacker sends, open loop: a schedule fixed beforehand says when each
// request is due, and vegeta starts as many workers as it takes to keep to it,
// however slowly the target answers. The HTTP client it is given has a
// RoundTripper of this package, which carries out one transaction: a token
// request, a userinfo request, or a login, which is (with Options.Live) an
// authorization request with what follows from it, a token request, the
// verification of its ID token, and a userinfo request. vegeta sees a
// transaction as one request, with an empty response; so one mechanism paces all
// scenarios, a login needs no second queue between its requests, and the errors
// are seen as Go values before vegeta turns them into text. The RoundTripper
// knows which request of the schedule it carries out by the sequence number that
// vegeta puts into each request (and takes it out again: the target does not
// see it).
//
// # Latency
//
// The latency of a token or userinfo request in the scenario of that name, and
// of the first request of a login, counts from the moment at which the schedule
// meant to send it, to the last byte of the response. A request that went out late
// because the target had stalled is charged to the target. The userinfo request
// of a login is due when its ID token is verified, as in a relying party, and
// counts from there. The whole login counts from the intended send time to the
// end of decryption; the time for which a finished response waited for a judge is
// the harness's own and is left out, and reported as backlog instead.
//
// How late requests were sent is recorded too. When that is more than a tenth of
// the latencies themselves, or judging cannot keep up, or the process has no
// processor time left, the harness was the limit, and the result says so. For fewer
// late requests a second distribution counts from when each went out: a threshold
// that holds there was crossed by the harness.
//
// # Judging
//
// Answers are judged by a bounded pool of goroutines off the sending path: the
// form of the response, the ID token, whose response it is, and whether it decrypts
// to the right person's data. Only the verification of the ID token within a
// login happens where the login is, because a relying party asks for nothing
// with a token that it has not verified.
//
// A transaction has at most one error, of the first kind that applies in the
// order in which a relying party would notice it.
package loadtest
