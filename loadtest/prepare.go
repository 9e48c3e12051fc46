package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/sgid"
)

// Logins made before the load begins, to learn whose data is to be expected.
const referenceLogins = 3

// prepare gets everything that the load needs from the target: its keys, access
// tokens, and what the responses should hold. None of it enters the figures.
func (a *attack) prepare(ctx context.Context, progress func(phase string, done, of int)) error {
	var err error
	a.judge = &judge{mode: a.o.Check, clock: a.clock, issuer: a.o.Issuer, clientID: a.o.ClientID, recent: &recent{}}
	if a.o.Minter != nil {
		a.o.Minter = remembering{a.o.Minter, a.judge.recent}
	}
	if a.tokenURL, err = url.Parse(a.o.Endpoints.Token); err != nil {
		return err
	}
	if a.userinfoURL, err = url.Parse(a.o.Endpoints.UserInfo); err != nil {
		return err
	}
	if a.o.Check == CheckFull && a.o.Scenario != Token {
		if a.judge.decrypter, err = sgid.NewDecrypter(a.o.Key, a.o.Engine); err != nil {
			return err
		}
	}
	var grants []*grant
	if len(a.o.Logins) > 0 && a.o.Scenario == Userinfo {
		for _, l := range a.o.Logins {
			g := &grant{accessToken: l.AccessToken, subject: l.Subject, request: getRequest(a.userinfoURL, l.AccessToken)}
			a.judge.recent.remember(g.secrets()...)
			grants = append(grants, g)
		}
		a.ring = newGrantRing(grants)
		return a.learnReferences(ctx, grants, progress)
	}
	if a.o.Check == CheckFull {
		if err := a.fetchKeys(ctx); err != nil {
			return err
		}
	}
	wanted := referenceLogins
	switch {
	case a.o.Scenario == Userinfo:
		wanted = a.o.Tokens
	case a.o.Check == CheckNone:
		return nil
	}
	for i := range wanted {
		progress("logging in", i, wanted)
		g, err := a.login(ctx)
		if err != nil {
			return fmt.Errorf("preparing the load, login %d of %d: %w", i+1, wanted, err)
		}
		grants = append(grants, g)
	}
	if err := a.learnReferences(ctx, grants, progress); err != nil {
		return err
	}
	if a.o.Scenario == Userinfo {
		a.ring = newGrantRing(grants)
	}
	if a.o.Attended {
		return nil // each of the logins may have been another person's
	}
	a.judge.subject, a.judge.reference = majority(grants)
	for _, g := range grants {
		if g.subject != a.judge.subject {
			a.aside.add(kindWrongSub)
		}
	}
	return nil
}

func (a *attack) askForKeys(ctx context.Context) (*sgid.KeySet, error) {
	u, err := url.Parse(a.o.Endpoints.JWKS)
	if err != nil {
		return nil, err
	}
	got := a.wire.do(ctx, &request{method: http.MethodGet, url: u, header: http.Header{"Accept": {"application/json"}, "User-Agent": {userAgent}}})
	defer got.release()
	if err := a.answered(ctx, "the JWKS endpoint", got); err != nil {
		return nil, err
	}
	set, err := sgid.ParseKeySet(got.body)
	if err != nil {
		return nil, fmt.Errorf("the JWKS cannot be read: %w", err)
	}
	return set, nil
}

// answered is an error unless the response is complete and 200.
func (a *attack) answered(ctx context.Context, what string, got *answer) error {
	switch {
	case got.err != nil:
		a.observe(ctx, got)
		return a.failed(ctx, what, got.err)
	case got.status != http.StatusOK:
		a.observe(ctx, got)
		code := ""
		if e, _ := sgid.ParseOAuthError(got.body); e != nil {
			code = " (" + e.Code + ")"
		}
		if a.o.Blame != nil {
			if blame := a.o.Blame(got.body); blame != "" {
				code += "; " + blame
			}
		}
		err := fmt.Errorf("%s answered with status %d%s", what, got.status, code)
		if busy(got.status) {
			return &passing{err, "status-" + strconv.Itoa(got.status), asked(got.header)}
		}
		return err
	case a.o.HTTP2 && got.proto != "HTTP/2.0":
		return optionError("HTTP/2 was asked for, and %s speaks %s", what, got.proto)
	}
	return nil
}

// failed is the error of a request without a response.
func (a *attack) failed(ctx context.Context, what string, cause error) error {
	f := failure(ctx, cause, a.wire.timeout)
	err := fmt.Errorf("%s gave no answer: %w", what, f)
	if !f.Temporary() {
		return err
	}
	return &passing{err, kindOf(f), -1}
}

// again carries out a step of the preparation, a few times if need be: a target
// that now and then fails is loaded all the same. What it did wrong is counted.
func (a *attack) again(ctx context.Context, step func() error) error {
	return again(ctx, a.o.pause, a.o.Note, func() error {
		err := step()
		var p *passing
		if errors.As(err, &p) && p.kind != "" {
			a.aside.add(p.kind)
		}
		return err
	})
}

// login mints a code and redeems it.
func (a *attack) login(ctx context.Context) (g *grant, err error) {
	if a.o.Attended { // another try would cost a person another login
		return a.tryLogin(ctx)
	}
	err = a.again(ctx, func() (err error) {
		g, err = a.tryLogin(ctx)
		return err
	})
	return g, err
}

func (a *attack) tryLogin(ctx context.Context) (*grant, error) {
	code, err := a.o.Minter.Mint(ctx)
	if err != nil {
		after := time.Duration(-1)
		if p := mintPassing(err); p != nil {
			after = p.after
		}
		return nil, &passing{fmt.Errorf("an authorization code could not be minted: %w", err), "", after}
	}
	if e := code.front.last; a.o.Live && a.o.HTTP2 && e != nil && e.Response != nil && e.Response.Proto != "HTTP/2.0" {
		return nil, optionError("HTTP/2 was asked for, and the authorization endpoint speaks %s", e.Response.Proto)
	}
	form := sgid.TokenRequest{
		ClientID:     a.o.ClientID,
		ClientSecret: a.o.ClientSecret,
		Code:         code.Value,
		RedirectURI:  a.o.RedirectURI,
		CodeVerifier: code.Verifier,
	}.Values().Encode()
	got := a.wire.do(ctx, postForm(a.tokenURL, form))
	defer got.release()
	if err := a.answered(ctx, "the token endpoint", got); err != nil {
		return nil, err
	}
	var o outcome
	g, detail := a.judge.token(&o, got, code)
	if o.kind != "" {
		a.observe(ctx, got)
		return nil, &passing{fmt.Errorf("the token response is wrong (%s): %s", o.kind, detail), o.kind, 0}
	}
	g.request = getRequest(a.userinfoURL, g.accessToken)
	return g, nil
}

// learnReferences asks userinfo once with each access token. What most answers
// for a sub say is taken as that person's data, so that one wrong response now
// does not make all right ones wrong later.
func (a *attack) learnReferences(ctx context.Context, grants []*grant, progress func(phase string, done, of int)) error {
	if a.o.Check == CheckNone || a.o.Scenario == Token {
		return nil
	}
	for i, g := range grants {
		progress("reading reference answers", i, len(grants))
		if err := a.readReference(ctx, g); err != nil {
			return fmt.Errorf("preparing the load, userinfo with access token %d of %d: %w", i+1, len(grants), err)
		}
	}
	bySubject := map[string][]*grant{}
	for _, g := range grants {
		bySubject[g.subject] = append(bySubject[g.subject], g)
	}
	for _, list := range bySubject {
		_, data := majority(list)
		for _, g := range list {
			if !sameData(g.reference, data) {
				a.aside.add(kindWrongPerson)
			}
			g.reference = data
		}
	}
	return nil
}

func (a *attack) readReference(ctx context.Context, g *grant) error {
	return a.again(ctx, func() error { return a.tryReference(ctx, g) })
}

func (a *attack) tryReference(ctx context.Context, g *grant) error {
	got := a.wire.do(ctx, g.request)
	defer got.release()
	if err := a.answered(ctx, "the userinfo endpoint", got); err != nil {
		return err
	}
	u, err := sgid.ParseUserInfo(got.body)
	if err != nil {
		return &passing{fmt.Errorf("the userinfo response cannot be read: %w", err), kindSchema, 0}
	}
	if g.subject == "" {
		g.subject = u.Subject
	} else if g.subject != u.Subject {
		return &passing{errors.New("the userinfo response is for another sub than the ID token"), kindWrongSub, 0}
	}
	data, err := a.judge.decrypter.Decrypt(u)
	if err != nil {
		return &passing{fmt.Errorf("the userinfo response does not decrypt (is the private key that of client %s?): %w", a.o.ClientID, err), kindDecrypt, 0}
	}
	for _, value := range data {
		a.o.Redactor.Learn(redact.KindPersonal, value)
	}
	g.reference = data
	return nil
}

// majority is the sub and the data that most grants have.
func majority(list []*grant) (subject string, data map[string]string) {
	best := 0
	for _, g := range list {
		same := 0
		for _, h := range list {
			if g.subject == h.subject && sameData(g.reference, h.reference) {
				same++
			}
		}
		if same > best {
			best, subject, data = same, g.subject, g.reference
		}
	}
	return subject, data
}

func sameData(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}
