package suites

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sgidcheck/internal/exchange"
)

// What is lost on the way says nothing of the target: a response that did not
// come and came when asked again, a name that did not resolve for a while, a
// request that was turned away because there were too many.

// lostOnce is called with a request that got no response, and got one when it was
// repeated. The target may have taken the first one for good: a code may be
// spent, or everything issued forgotten by a target that was started anew. So
// the check is judged again from its start, with logins of its own. Where each
// login costs a person's time, only a code or token that was on the way is
// given up.
func (s *Session) lostOnce(e *exchange.Exchange) {
	if s.Driver.Name() != "interactive" {
		s.forgetLogins()
	} else if !s.forgetPresented(e.Request) {
		return
	}
	s.Note(fmt.Sprintf("a request of %s got no response (%s) but did when repeated; the check was run again from the start", s.Check.ID, e.Reason()))
	s.Again()
}

// forgetLogins gives up the logins that checks share.
func (c *Campaign) forgetLogins() {
	c.login, c.shared, c.second, c.other = nil, nil, nil, nil
}

// forgetPresented gives up the shared logins whose code or token the request
// carried, and reports whether it carried any that the run was given.
func (s *Session) forgetPresented(r exchange.Request) bool {
	carried := false
	for _, secret := range append(append([]string{}, s.Seen.Codes...), s.Seen.AccessTokens...) {
		carried = carried || carries(r, secret)
	}
	if !carried {
		return false
	}
	if s.login != nil && (carries(r, s.login.Code) || s.shared != nil && s.shared.carriedBy(r)) {
		s.login, s.shared = nil, nil
	}
	if s.second != nil && s.second.carriedBy(r) {
		s.second = nil
	}
	if s.other != nil && s.other.carriedBy(r) {
		s.other = nil
	}
	return true
}

func (v *Visit) carriedBy(r exchange.Request) bool {
	return v.Tokens != nil && (carries(r, v.Login.Code) || carries(r, v.AccessToken))
}

// carries reports whether the request holds a code or token.
func carries(r exchange.Request, secret string) bool {
	if secret == "" {
		return false
	}
	escaped := url.QueryEscape(secret)
	for _, in := range []string{r.URL, r.Header.Get("Authorization")} {
		if strings.Contains(in, secret) || strings.Contains(in, escaped) {
			return true
		}
	}
	return bytes.Contains(r.Body, []byte(secret)) || bytes.Contains(r.Body, []byte(escaped))
}

// wayLost reports whether it was the way to the target that failed, and not
// the target. An advertised endpoint elsewhere is the target's own affair.
func (c *Campaign) wayLost(e *exchange.Exchange) bool {
	switch e.Kind() {
	case exchange.FailedName, exchange.FailedRoute, exchange.FailedProxy:
		to, err := url.Parse(e.Request.URL)
		home, bad := url.Parse(c.Config.Issuer)
		return err == nil && bad == nil && strings.EqualFold(to.Host, home.Host)
	}
	return false
}

// awaitTheWay waits until the target can be reached again and judges the check
// from its start; a way that stays lost blocks it. The target is not to blame.
func (s *Session) awaitTheWay(e *exchange.Exchange) {
	s.markDown(s.Check.ID, e)
	if !s.recover(s.Context, "") {
		s.stopIfInterrupted()
		s.Block(lostBy(e), "the target could not be reached: %s", e.Reason())
	}
	s.Note(fmt.Sprintf("the connection to the target was lost for a while during %s (%s)", s.Check.ID, e.Reason()))
	s.Again()
}

// lostBy names what lost the way that e should have gone.
func lostBy(e *exchange.Exchange) string {
	if e.Kind() == exchange.FailedProxy {
		return "proxy"
	}
	return "network"
}

// limited ends the check where a firewall has turned a request away, or the target
// has because there were too many, although the recording client has waited as it was asked to.
func (s *Session) limited(e *Exchange) {
	if sign := firewalled(e); sign != "" {
		s.Note("a firewall in front of the target turns requests away (" + sign + "); " + remedyFor(e.Status()))
		s.Block("target", "a firewall in front of the target answered (%s), which says nothing about this request", sign)
	}
	if e.Status() != http.StatusTooManyRequests {
		return
	}
	s.Note("the target limits the rate of requests (429) for longer than this run waits; slow the run down with --pace")
	s.Block("target", "the target limits the rate of requests (429), which says nothing about this request")
}

// timing notes a target whose clock is not this machine's, and keeps by how
// much, positive where it is ahead. IDT-06 fails for it; nothing else does.
func (s *Session) timing(e *Exchange) {
	off, known := clockOffset(e.Exchange)
	if !known || off.Abs() <= s.Config.ClockSkew {
		return
	}
	if !s.clockNoted {
		s.clockNoted = true
		s.Note(fmt.Sprintf("the target's clock is %s this machine's, according to the Date header of its responses; IDT-06 judges that, and the other checks use the target's time", ahead(off)))
	}
}

// clockOffset is by how much the response's Date is ahead of this machine's clock.
func clockOffset(e *exchange.Exchange) (off time.Duration, known bool) {
	date, err := http.ParseTime(e.Header().Get("Date"))
	if err != nil {
		return 0, false
	}
	return date.Sub(e.Started.Add(e.Duration)), true
}

// ahead says on which side of this machine's clock another lies.
func ahead(off time.Duration) string {
	if off < 0 {
		return (-off).Round(time.Second).String() + " behind"
	}
	return off.Round(time.Second).String() + " ahead of"
}

// received is when the tokens came, by the target's clock where both its Date
// and iat say that it is not this machine's. One witness is not enough: an
// answer whose Date or iat alone is wrong has no right clock to be judged by.
func (s *Session) received(t *Tokens, iat time.Time) time.Time {
	off, known := clockOffset(t.Reply.Exchange.Exchange)
	if known && off.Abs() > s.Config.ClockSkew && iat.Sub(t.At.Add(off)).Abs() <= s.Config.ClockSkew {
		return t.At.Add(off)
	}
	return t.At
}
