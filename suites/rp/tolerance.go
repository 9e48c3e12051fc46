package rp

import (
	"fmt"
	"slices"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
)

// What an application must live with, and what it logs.

// members is a case in which the token response has other members.
func members(name string, change func(members map[string]any)) trial {
	return trial{name, provider.Conduct{Token: change}}
}

// claims is a case in which the ID token has other claims or another header.
func claims(name string, change func(t *provider.IDToken)) trial {
	return trial{name, provider.Conduct{IDToken: change}}
}

var tolerable = []trial{
	members("extra members", func(m map[string]any) { m["zq_extension"] = map[string]any{"a": 1} }),
	claims("extra claims", func(t *provider.IDToken) { t.Claims["zq_extension"] = []any{"a"} }),
	members("as documented: access_token and id_token alone", func(m map[string]any) {
		for name := range m {
			if name != "access_token" && name != "id_token" {
				delete(m, name)
			}
		}
	}),
	members("token_type bearer", func(m map[string]any) { m["token_type"] = "bearer" }),
	claims("aud a list of one", func(t *provider.IDToken) { t.Claims["aud"] = []any{t.Claims["aud"]} }),
	claims("iat 20 seconds ahead", func(t *provider.IDToken) { t.Claims["iat"] = time.Now().Add(20 * time.Second).Unix() }),
}

var RP73 = judge.Check{
	ID: "RP-73", Title: "answers as sgID documents them work, and so do what they may grow",
	Problem: "an answer that sgID documents, or may grow to, breaks the login", Level: judge.MUST, Phase: judge.LoggingIn,
	Basis:  []run.Basis{judge.RFC("6749", "5.1"), judge.SGIDAPI("Token")},
	Expect: "A login works with members and claims that are not known, and with a token response that holds access_token and id_token alone, as sgID documents it.",
	Why:    "What is legal today and comes tomorrow must not lock everybody out.",
	Remedy: "Ignore what is not known. A library that demands token_type, as openid-client 6 does, needs it added before it looks: customFetch.",
	Cases:  named(tolerable),
	Levels: map[string]judge.Level{"token_type bearer": judge.SHOULD, "aud a list of one": judge.INFO, "iat 20 seconds ahead": judge.INFO},
}

var _ = ginkgo.It("RP-73 answers as sgID documents them work, and so do what they may grow", check(RP73, func(s *Session) {
	s.WorksEach(tolerable)
}))

// wrongMetadata are the cases in which the metadata are another provider's.
var wrongMetadata = []metadataCase{
	{"issuer of another", otherIssuer, nil},
	{"issuer of another, and so the ID token's", otherIssuer, func(t *provider.IDToken) { t.Claims["iss"] = "https://idp.example/v2" }},
	{"endpoints on another host", func(elsewhere string, doc map[string]any) {
		doc["token_endpoint"] = elsewhere + sgid.PathToken
		doc["userinfo_endpoint"] = elsewhere + sgid.PathUserInfo
		doc["jwks_uri"] = elsewhere + sgid.PathJWKS
	}, nil},
}

func otherIssuer(_ string, doc map[string]any) { doc["issuer"] = "https://idp.example/v2" }

type metadataCase struct {
	name    string
	change  func(elsewhere string, doc map[string]any)
	idToken func(t *provider.IDToken)
}

var RP17 = judge.Check{
	ID: "RP-17", Title: "metadata of another provider are refused",
	Problem: "metadata of another provider are trusted", Level: judge.MUST, Phase: judge.Disrupting,
	Basis:  []run.Basis{judge.OIDCDISC("4.3")},
	Expect: "Where the application reads the provider's metadata, it refuses those that name another issuer, and sends no credential to endpoints on another host.",
	Why:    "Whoever can answer for the metadata once has the client secret, every code and every person's token sent to them.",
	Remedy: "Compare issuer with the configured one, as libraries do, and take the five documented paths under the configured origin: they do not change.",
	Cases:  judge.Names(wrongMetadata, func(m metadataCase) string { return m.name }),
}

var _ = ginkgo.It("RP-17 metadata of another provider are refused", check(RP17, func(s *Session) {
	if !s.readsMetadata() {
		s.NotApplicable("the application does not read the provider's metadata")
	}
	for _, m := range wrongMetadata {
		s.Case(m.name, func() {
			s.unclean = true
			c := provider.Conduct{
				Wrong:    "the metadata: " + m.name,
				Metadata: func(doc map[string]any) { m.change(s.Front.Elsewhere(), doc) },
				IDToken:  m.idToken,
			}
			l, read := s.withMetadata(c)
			if l == nil && !read {
				s.Block("application", "the application does not start again, and has not read the metadata")
			}
			if l == nil { // it does not run with them
				s.Expect(read).To(gomega.BeTrue())
				return
			}
			if !read {
				s.Skip("the application keeps the metadata that it read before%s", startedAgain(s.Process != nil))
			}
			for _, r := range l.Attempt.At(provider.Elsewhere) {
				bare := len(r.Body) == 0 && r.Header.Get("Authorization") == ""
				l.Require(bare, "", fmt.Sprintf("a %s request with credentials arrives at the other host", brief(r.Method)), l.AtProvider(r))
			}
			s.RefusedAs(l)
		})
	}
	s.restart()
}))

// withMetadata starts the application again where it is the harness's to start,
// with metadata as the conduct has them, and makes a login; nil: it does not start
// with them, or ends by itself once it has read them.
func (s *Session) withMetadata(c provider.Conduct) (l *Login, read bool) {
	before, first := s.strayDiscovery(), len(s.attempts)
	hasRead := func() bool { return s.strayDiscovery() > before || s.discoveredIn(s.attempts[first:]) }
	started, gone := false, false
	l = s.answered(func() *Login {
		if s.Process == nil {
			return s.whole(c)
		}
		if !started || !s.foreign { // what has died since runs with metadata that are right
			before, first, started = s.strayDiscovery(), len(s.attempts), true
			s.otherwise(c)
			s.Process.End()
			if s.Process.Start(s.Context) != nil {
				s.cutOff()
				gone = true
				return &Login{}
			}
			s.Client.Close() // its connections were to the process before
		}
		tried := s.whole(c)
		// What takes connections before it reads the metadata may yet end.
		if gone = (tried.unanswered() != nil || tried.Look.In) && s.hasEnded() && hasRead(); gone {
			return &Login{}
		}
		return tried
	})
	if gone {
		l = nil
	}
	return l, hasRead()
}

// strayDiscovery is how often the metadata were read outside of logins.
func (s *Session) strayDiscovery() (n int) {
	for _, r := range s.Front.Stray() {
		if r.Endpoint == sgid.PathDiscovery {
			n++
		}
	}
	return n
}

// discoveredIn reports whether the metadata were read in one of the logins.
func (s *Session) discoveredIn(attempts []*provider.Attempt) bool {
	return slices.ContainsFunc(attempts, func(a *provider.Attempt) bool { return len(a.At(sgid.PathDiscovery)) > 0 })
}

func startedAgain(was bool) string {
	if was {
		return ", and reads them no more when it is started again"
	}
	return "; with --start-command it is started again"
}

// otherwise has what belongs to no login answered as the conduct says, until the
// application is started again.
func (s *Session) otherwise(c provider.Conduct) {
	if err := s.Front.Otherwise(c); err != nil {
		s.Block("harness", "%v", err)
	}
	s.foreign = c.Metadata != nil
}

// restart has the application begin anew with a provider that is right.
func (s *Session) restart() {
	if s.Process != nil {
		s.back()
	}
}
