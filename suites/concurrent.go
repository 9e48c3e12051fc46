package suites

import (
	"context"
	"slices"

	"sgidcheck/internal/config"
	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
)

// together runs f for 0 to n-1 at the same time, whatever the pace. What they send
// first goes to that URL. f must not touch the session.
func together[R any](s *Session, n int, to string, f func(ctx context.Context, i int) R) []R {
	out := make([]R, n)
	s.Client.Together(s.Context, n, to, func(ctx context.Context, i int) { out[i] = f(ctx, i) })
	return out
}

// mostTries is how often requests are sent at the same time before it is given up
// that any two of them are under way beside each other.
const mostTries = 3

// besideEachOther judges requests that are sent at the same time. try makes them,
// takes so many logins, and reports whether any two were under way beside each other:
// where none ever were, nothing was concurrent, and nothing was judged.
func (s *Session) besideEachOther(logins int, try func() bool) {
	for n := range mostTries {
		if n > 0 && s.loginsLeft() < logins {
			break
		}
		if try() {
			return
		}
	}
	s.Skip("no two requests were under way at the same time: each had its response before the next reached the target, so that nothing was concurrent")
}

// anyBeside reports whether any two of the exchanges were under way beside each other.
func anyBeside(all []*exchange.Exchange) bool {
	for i, one := range all {
		if slices.ContainsFunc(all[:i], one.Beside) {
			return true
		}
	}
	return false
}

// LogInTogether makes n logins at the same time, the i-th varied by vary(i),
// and returns those that succeeded, in order; one that did not is a finding.
// Beside says that any two were under way beside each other. A driver other than
// direct makes them one after the other, all of them open before any code is redeemed.
func (s *Session) LogInTogether(n int, vary func(i int) []Vary) (logins []*Login, beside bool) {
	requests, asked := make([]*request, n), make([]login.Authorization, n)
	for i := range n {
		requests[i] = s.request(vary(i)...)
		asked[i] = s.authorization(requests[i], false)
	}
	s.standUp()
	if s.Driver.Name() != config.LoginDirect {
		return s.landed(requests, asked, make([]*login.Response, n)), true
	}
	driver := s.Driver
	s.made += n
	landings := together(s, n, asked[0].Endpoint, func(ctx context.Context, i int) *login.Response { return authorizeOrNil(ctx, driver, asked[i]) })
	var sent []*exchange.Exchange
	for _, landing := range landings {
		if landing != nil {
			sent = append(sent, landing.Exchanges...)
		}
	}
	return s.landed(requests, asked, landings), anyBeside(sent)
}

// LogInAcross makes a login while another waits at its last page, the pages-th,
// and returns both, or those of them that succeeded; one that did not is a finding.
// Where the first is led over fewer pages it has nowhere to wait: the second is not
// made, and crossed is false. The driver is the direct one.
func (s *Session) LogInAcross(pages int, waits, passes []Vary) (logins []*Login, crossed bool) {
	requests := []*request{s.request(waits...), s.request(passes...)}
	asked := []login.Authorization{s.authorization(requests[0], false), s.authorization(requests[1], false)}
	s.standUp()
	landings := make([]*login.Response, 2)
	first := asked[0]
	first.AtPage = func(n int) {
		if n == pages {
			s.made++
			landings[1], crossed = authorizeOrNil(s.Context, s.Driver, asked[1]), true
		}
	}
	s.made++
	landings[0] = authorizeOrNil(s.Context, s.Driver, first)
	if !crossed {
		landings = landings[:1]
	}
	return s.landed(requests, asked, landings), crossed
}

// landed takes down where requests that were sent at the same time led, and
// returns the logins; what has not landed is sent once more.
func (s *Session) landed(requests []*request, asked []login.Authorization, landings []*login.Response) []*Login {
	var logins []*Login
	for i, response := range landings {
		if response == nil {
			response = s.travel(s.Driver, asked[i])
		}
		landed := s.asResponse(requests[i], response, false, func() *login.Response { return s.travel(s.Driver, asked[i]) })
		login, problem := s.arrived(requests[i], landed)
		if problem != "" {
			s.Found("each of many concurrent logins succeeds", problem, login.Evidence.recorded())
			continue
		}
		logins = append(logins, login)
	}
	return logins
}

func authorizeOrNil(ctx context.Context, driver login.Driver, a login.Authorization) *login.Response {
	response, err := driver.Authorize(ctx, a)
	if err != nil {
		return nil
	}
	return response
}

// SendTogether sends requests at the same time, each over a connection of its
// own, and returns the exchanges in their order. Beside says that any two were under
// way beside each other.
func (s *Session) SendTogether(requests ...exchange.Request) (out []*Exchange, beside bool) {
	s.standUp()
	client := s.Client
	exchanges := together(s, len(requests), requests[0].URL, func(ctx context.Context, i int) *exchange.Exchange {
		r := requests[i]
		r.FreshConnection = true
		return client.Do(ctx, r)
	})
	out = make([]*Exchange, len(exchanges))
	for i, e := range exchanges {
		out[i] = s.answered(e, func() *exchange.Exchange { return client.Do(s.Context, requests[i]) })
	}
	return out, anyBeside(exchanges)
}
