package suites

import (
	"context"
	"sync"

	"sgidcheck/internal/exchange"
	"sgidcheck/internal/login"
)

// together runs f for 0 to n-1 at the same time: none begins before all stand
// ready. f must not touch the session.
func together[R any](n int, f func(i int) R) []R {
	out := make([]R, n)
	ready, start := sync.WaitGroup{}, make(chan struct{})
	done := sync.WaitGroup{}
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			out[i] = f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return out
}

// LogInTogether makes n logins at the same time, the i-th varied by vary(i),
// and returns those that succeeded, in order; one that did not is a finding.
// A driver other than direct makes them one after the other, all of them open
// before any code is redeemed.
func (s *Session) LogInTogether(n int, vary func(i int) []Vary) []*Login {
	requests, asked := make([]*request, n), make([]login.Authorization, n)
	for i := range n {
		requests[i] = s.request(vary(i)...)
		asked[i] = s.authorization(requests[i], false)
	}
	s.standUp()
	landings := make([]*login.Response, n)
	if s.Driver.Name() == "direct" {
		ctx, driver := s.Context, s.Driver
		s.made += n
		landings = together(n, func(i int) *login.Response { return authorizeOrNil(ctx, driver, asked[i]) })
	}
	return s.landed(requests, asked, landings)
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
// own, and returns the exchanges in their order.
func (s *Session) SendTogether(requests ...exchange.Request) []*Exchange {
	s.standUp()
	ctx, client := s.Context, s.Client
	exchanges := together(len(requests), func(i int) *exchange.Exchange {
		r := requests[i]
		r.FreshConnection = true
		return client.Do(ctx, r)
	})
	out := make([]*Exchange, len(exchanges))
	for i, e := range exchanges {
		out[i] = s.answered(e, func() *exchange.Exchange { return client.Do(ctx, requests[i]) })
	}
	return out
}
