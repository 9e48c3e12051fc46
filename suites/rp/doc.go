// Package rp holds the checks of a relying party, area RP, as Ginkgo specs.
//
// A check is data beside one function, one file an area:
//
//	var RP20 = judge.Check{ID: "RP-20", …, Cases: named(stateRemoved)}
//	var stateRemoved = []trial{{"state removed", provider.Conduct{Callback: func(q url.Values) { q.Del("state") }}}}
//	var _ = ginkgo.It("RP-20 …", check(RP20, func(s *Session) { s.RefusesEach(stateRemoved) }))
//
// A provider.Conduct says what the provider does in one login. s.LogIn(conduct)
// makes that login in a new browser: l.Attempt is what the provider saw, l.Look
// what the protected page then showed, l.Callback the application's answers.
// s.RefusesEach, s.WorksEach and s.Refuses judge, with everything that an answer
// which does not come means; l.Assert(ok, expected, observed, l.Evidence()) judges
// one statement about a login. A level of a case stands in Check.Levels.
package rp
