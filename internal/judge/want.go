package judge

import (
	"cmp"
	"slices"
)

// Want is a login that a check asks for, as data: what of the authorization
// request differs from an ordinary one, and what is done with the code. By it
// checks share logins, where few of them are to be spent.
type Want struct {
	Case   string   // the case it is for; empty: the check, or those of its cases for which there is no other
	Varies []string // parameters of the request; Client and Person stand for the second ones, Method for a POST
	Code   CodeUse
	// Perhaps says that it depends on the target whether the login is asked for:
	// most refuse such a request before anybody logs in.
	Perhaps bool
}

// What a Want may vary beside parameters of the authorization request.
const (
	Client = "client" // the second client makes the request
	Person = "person" // the second person logs in
	Method = "method" // the request is a POST
	// Extra is a parameter of the token request that nobody knows.
	Extra = "token request"
	// Both is what two logins that are open at once must both have, such as a nonce:
	// what lacks it is neither of them.
	Both = "both logins"
)

// CodeUse is what a check does with the code of a login.
type CodeUse int

// The uses of a code, in the order in which checks on one login take their turn.
const (
	Unused   CodeUse = iota // nothing: where the login led is what is judged
	Crossed                 // as Refused, with two logins that are open at the same time
	Refused                 // requests that must be refused, before the right one
	Redeemed                // the right request, once: what it gives is judged
	Paired                  // as Redeemed, with two logins that are open at the same time
	Reused                  // the right request, and again
	Unfit                   // a request that must be refused, and there is no right one
)

// Twofold reports a use for which two logins are open at the same time.
func (u CodeUse) Twofold() bool { return u == Crossed || u == Paired }

// Ask is a Want of a check that waits for its login.
type Ask struct {
	Check   Check
	Want    Want
	Gravity int  // see Choice
	Served  int  // how many logins the check has had before
	Alone   bool // it shares its login with no other
	Solo    bool // it shares its login with those alone that leave the code unused
}

// before orders asks by what is worth a login most: MUSTs, first those that have
// had none yet, by what a failure would let an attacker do.
func (a Ask) before(b Ask) int {
	return cmp.Or(
		rank(a.Check.Level)-rank(b.Check.Level),
		a.Served-b.Served,
		a.Gravity-b.Gravity,
		a.crowdsOut()-b.crowdsOut(),
		compareIDs(a.Check, b.Check),
	)
}

// crowdsOut is 1 for who keeps refusals, of which many share one login, from its own:
// their turn is first.
func (a Ask) crowdsOut() int {
	if a.Want.Code == Redeemed && slices.Contains(a.Want.Varies, "code_challenge") {
		return 1
	}
	return 0
}

// Ride is who shares the next login: indices of asks. Where two logins are to be
// open at the same time, Earlier are those on the first of them.
type Ride struct {
	On, Earlier []int
}

// Logins is how many logins the ride takes.
func (r Ride) Logins() int {
	if r.Earlier != nil {
		return 2
	}
	return 1
}

// NextRide chooses which asks the next login serves, where left logins may be
// spent and reserve of them are kept for MUSTs that come later. It is empty
// where none can be served.
func NextRide(asks []Ask, left, reserve int) Ride {
	order := make([]int, len(asks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return asks[i].before(asks[j]) })
	placed := func(i int) int { return placeOf(func(i int) bool { return asks[i].early(asks, left-reserve) }, i) }
	slices.SortStableFunc(order, func(i, j int) int { return placed(i) - placed(j) })
	if left > 1 {
		slices.SortStableFunc(order, func(i, j int) int { return rank2(asks[i]) - rank2(asks[j]) })
	}
	order = slices.DeleteFunc(order, func(i int) bool { return asks[i].Want.Code.Twofold() && left < 2 })
	first := slices.IndexFunc(order, func(i int) bool {
		if asks[i].Check.Level != MUST || asks[i].Served > 0 {
			return left > reserve
		}
		return left > 0
	})
	if first < 0 {
		return Ride{}
	}
	order = slices.Concat(order[first:first+1], order[:first], order[first+1:])
	// Who waits for two logins at once shares them, and nobody else begins two.
	twofold := func(i int) bool { return asks[i].Want.Code.Twofold() }
	if twofold(order[0]) {
		slices.SortStableFunc(order, func(i, j int) int { return placeOf(twofold, i) - placeOf(twofold, j) })
	} else {
		order = slices.DeleteFunc(order, twofold)
	}
	var out Ride
	on := carriage{}
	rest := on.board(asks, order, &out.On, func(Ask) bool { return true })
	if on.has(func(a Ask) bool { return a.Want.Code.Twofold() }) {
		out.Earlier = []int{}
		quiet := on.has(func(a Ask) bool { return a.Solo || a.Alone })
		(&carriage{}).board(asks, rest, &out.Earlier, func(a Ask) bool {
			lacks := slices.Contains(a.Want.Varies, Both)
			return (a.Want.Code == Unused || a.Want.Code == Redeemed && !quiet) && !a.other() && !a.Alone && !lacks
		})
	}
	return out
}

// early reports an ask whose code fits no right request, where left logins are enough for
// all that are worth one more: where another's code is redeemed after it, that shows that
// it was not refused because the client is locked out.
func (a Ask) early(asks []Ask, left int) bool {
	if a.Want.Code != Unfit {
		return false
	}
	left--
	for _, other := range asks {
		switch {
		case other.Check.Level != MUST || other.Check.ID == a.Check.ID:
		case a.Check.Level != MUST && other.Solo: // each of its cases asks for one
			return false
		case a.Check.Level != MUST:
			left -= max(len(other.Check.Wants)-other.Served, 1) * other.logins()
		case other.Served == 0:
			left -= other.logins()
		}
	}
	return left >= 0
}

func (a Ask) logins() int {
	if a.Want.Code.Twofold() {
		return 2
	}
	return 1
}

// placeOf is 0 for those that come first.
func placeOf(first func(int) bool, i int) int {
	if first(i) {
		return 0
	}
	return 1
}

// rank2 is the place of what the second client has a part in: others wait for its login,
// and an exchange of its own shows that it was not locked out when it was refused before.
func rank2(a Ask) int {
	switch {
	case a.Check.Level != MUST:
	case a.Want.Code == Refused && a.Check.Has(SecondClient) && !a.other():
		return 0
	case a.secondClients():
		return 1
	}
	return 2
}

// carriage is a login on its way to be shared.
type carriage struct{ asks []Ask }

// board takes every ask of order that fits, and returns the others.
func (c *carriage) board(asks []Ask, order []int, on *[]int, may func(Ask) bool) (rest []int) {
	for _, i := range order {
		if may(asks[i]) && !slices.ContainsFunc(c.asks, func(a Ask) bool { return !a.goesWith(asks[i]) || !asks[i].goesWith(a) }) {
			c.asks = append(c.asks, asks[i])
			*on = append(*on, i)
			continue
		}
		rest = append(rest, i)
	}
	return rest
}

func (c *carriage) has(is func(Ask) bool) bool { return slices.ContainsFunc(c.asks, is) }

// other reports a login of the second client or the second person.
func (a Ask) other() bool {
	return slices.Contains(a.Want.Varies, Client) || slices.Contains(a.Want.Varies, Person)
}

// secondClients reports an ordinary login of the second client whose code is redeemed,
// tried before that, or used again after it.
func (a Ask) secondClients() bool {
	return slices.Equal(a.Want.Varies, []string{Client}) && !a.Solo && (a.Want.Code == Refused || a.Want.Code == Redeemed || a.Want.Code == Reused)
}

// goesWith reports whether a lets b on its login.
func (a Ask) goesWith(b Ask) bool {
	if a.Alone || b.Alone {
		return false
	}
	if a.other() && slices.Equal(a.Want.Varies, b.Want.Varies) && b.Want.Code == a.Want.Code {
		return true // it is the same login that both want
	}
	if a.secondClients() && b.secondClients() {
		return true // the refusals come first, and the second use last
	}
	for _, v := range a.Want.Varies {
		if slices.Contains(b.Want.Varies, v) {
			return false
		}
	}
	switch {
	case slices.Contains(a.Want.Varies, Person):
		return false
	case slices.Contains(a.Want.Varies, Client):
		// What is judged there must be the request's doing, whoever makes it.
		if a.Want.Code == Refused && slices.Contains(b.Want.Varies, "code_challenge") && b.Want.Code == Redeemed {
			return false // as below
		}
		return len(b.Want.Varies) > 0 && (b.Want.Code == Unused || b.Want.Code == Redeemed) && !slices.Contains(b.Want.Varies, "scope")
	case a.Want.Code == Unfit, a.Solo:
		return b.Want.Code == Unused
	case a.Want.Code == Refused && b.Want.Code.Twofold():
		return false // what is tried on one code need not wait for two logins
	case a.Want.Code == Refused, a.Want.Code.Twofold():
		// A verifier that does not work would look like a code that is dead.
		return b.Want.Code != Redeemed || !slices.Contains(b.Want.Varies, "code_challenge")
	}
	return true
}
