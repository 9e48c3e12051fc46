package loadtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sgidcheck/internal/redact"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// Kinds of error, beside those of requests without a response (timeout, refused,
// reset and the other kinds of target.FailureKind) and status-NNN.
const (
	kindLocal       = run.NotSent
	kindSchema      = "schema" // the answer has not the documented form
	kindSignature   = run.WrongSignature
	kindIDToken     = run.WrongIDToken
	kindWrongSub    = run.WrongSub
	kindDecrypt     = run.WrongCipher
	kindWrongFields = run.WrongFields
	kindWrongPerson = run.WrongPerson
)

// clockSkew is how far the target's clock may be off ours.
const clockSkew = 30 * time.Second

// grant is an access token, whose it is, and what asking with it must give.
type grant struct {
	request     *request
	accessToken string
	idToken     string
	subject     string
	reference   map[string]string // the person's data; nil: not known
}

// judge says whether answers are right.
type judge struct {
	mode      CheckMode
	issuer    string
	clientID  string
	keys      *signingKeys
	clock     func(*answer, time.Time) time.Time
	decrypter *sgid.Decrypter
	subject   string            // whose codes are minted; empty: not known
	reference map[string]string // that person's data
	recent    *recent           // secrets that examples must not show
}

// token judges a token response, and gives the grant that it is. detail says
// what is wrong, when something is.
func (j *judge) token(o *outcome, got *answer, code *Code) (g *grant, detail string) {
	t, err := sgid.ParseTokenResponse(got.body)
	if err != nil {
		o.fail(partToken, kindSchema)
		return nil, err.Error()
	}
	g = &grant{accessToken: t.AccessToken, idToken: t.IDToken, subject: j.subject, reference: j.reference}
	j.recent.remember(g.secrets()...)
	if j.mode == CheckNone {
		return g, ""
	}
	began := time.Now()
	id, err := sgid.VerifyIDToken(t.IDToken, j.keys.have(t.IDToken), sgid.Expectation{
		Issuer:      j.issuer,
		ClientID:    j.clientID,
		Nonce:       &code.Nonce,
		AccessToken: t.AccessToken,
		Code:        code.Value,
		Now:         j.clock(got, began),
		Leeway:      clockSkew,
	})
	o.take(partVerify, time.Since(began))
	switch {
	case err != nil:
		o.fail(partVerify, idTokenKind(err))
		return g, err.Error()
	case j.subject != "" && id.Subject != j.subject:
		o.fail(partVerify, kindWrongSub)
		return g, "the ID token's sub is not that of the person who logged in"
	}
	g.subject = id.Subject
	return g, ""
}

// idTokenKind tells a bad signature from a bad claim.
func idTokenKind(err error) string {
	var claim *sgid.ClaimError
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, e := range list {
		if errors.As(e, &claim) && (claim.Claim == "signature" || claim.Claim == "kid" || claim.Claim == "alg") {
			return kindSignature
		}
	}
	return kindIDToken
}

// userinfo judges a userinfo response, decryption included. detail says what is
// wrong, when something is, without any of the data.
func (j *judge) userinfo(o *outcome, got *answer, g *grant) (detail string) {
	began := time.Now()
	subject, data, err := j.decrypter.DecryptUserInfo(got.body)
	took := time.Since(began)
	if err != nil {
		u, malformed := sgid.ParseUserInfo(got.body)
		switch {
		case malformed != nil:
			o.fail(partUserinfo, kindSchema)
			return malformed.Error()
		case g.subject == "" || u.Subject == g.subject:
			o.take(partDecrypt, took)
			o.fail(partDecrypt, kindDecrypt)
			return err.Error()
		}
		subject = u.Subject
	}
	if g.subject != "" && subject != g.subject {
		o.fail(partUserinfo, kindWrongSub)
		return "sub is not that of the access token's person"
	}
	o.take(partDecrypt, took)
	return compare(o, data, g.reference)
}

// compare holds decrypted data against the person's.
func compare(o *outcome, data, reference map[string]string) (detail string) {
	if reference == nil {
		return ""
	}
	var other []string
	for name, want := range reference {
		value, ok := data[name]
		if !ok {
			o.fail(partUserinfo, kindWrongFields)
			return fmt.Sprintf("the field %s is missing", name)
		}
		if value != want {
			other = append(other, name)
		}
	}
	switch {
	case len(data) > len(reference):
		o.fail(partUserinfo, kindWrongFields)
		return "there are fields that the person's own answer does not have"
	case len(other) > 0:
		slices.Sort(other)
		o.fail(partUserinfo, kindWrongPerson)
		return "the data is another person's: " + strings.Join(other, ", ")
	}
	return ""
}

// secret is a value that an example must not show.
type secret struct{ kind, value string }

func (g *grant) secrets() []secret {
	return []secret{{redact.KindAccessToken, g.accessToken}, {redact.KindIDToken, g.idToken}}
}

func (c *Code) secrets() []secret {
	return []secret{{redact.KindCode, c.Value}, {redact.KindVerifier, c.Verifier}}
}

// example is an exchange that shows a kind of error, redacted.
func (a *attack) example(kind, detail string, got *answer, learn []secret) run.ErrorExample {
	r := a.o.Redactor
	a.teach()
	for _, s := range learn {
		if s.value != "" {
			r.Learn(s.kind, s.value)
		}
	}
	e := a.observe(a.ctx, got)
	if detail == "" {
		detail = e.Reason()
	}
	if detail == "" {
		detail = fmt.Sprintf("status %d", got.status)
	}
	return run.ErrorExample{Kind: kind, Detail: r.Sentence(detail), Exchange: r.Exchange(e)}
}
