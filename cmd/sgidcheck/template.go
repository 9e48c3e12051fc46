package main

import (
	"bytes"
	"fmt"
	"go/format"
	"io"
	"strconv"
	"strings"
	"text/template"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/run"
)

// printTemplate prints a check of the area and its fault, to be filled in, with
// the area's next free number.
func printTemplate(w io.Writer, area string) error {
	area = strings.ToUpper(area)
	if err := oneOf("area", area, run.ProviderAreas()); err != nil {
		return exit(exitUsage, fmt.Errorf("--template: %w", err))
	}
	t, id := areaTemplates[area], nextID(area)
	check, fault, err := t.fill(id)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "// In %s, or in a file next to it:\n\n%s\n// In %s, in the list %s:\n\n%s", t.checkFile, check, t.faultFile, t.faultList, fault); err != nil {
		return err
	}
	reading, judges := readingTemplates[area]
	if !judges {
		return nil
	}
	if check, fault, err = reading.fill(id); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\n// Or, for a check of the response to the correct request, in the same two places:\n\n%s\n%s", check, fault)
	return err
}

// fill gives the Go source of a check with the given ID and of its fault.
func (t areaTemplate) fill(id string) (check, fault string, err error) {
	fill := func(tmpl *template.Template) (string, error) {
		var out bytes.Buffer
		err := tmpl.Execute(&out, map[string]string{
			"ID": id, "Name": strings.ReplaceAll(id, "-", ""), "Phase": t.phase, "Needs": t.needs, "Body": t.body, "Fault": fmt.Sprintf(t.fault, id),
		})
		if err != nil {
			return "", err
		}
		source, err := format.Source(out.Bytes())
		return string(source), err
	}
	if check, err = fill(checkTemplate); err != nil {
		return "", "", err
	}
	fault, err = fill(faultTemplate)
	return check, fault + ",\n", err
}

// nextID is the first ID of the area after those that were ever given.
func nextID(area string) string {
	last := 0
	for _, c := range judge.Catalogue() {
		if n, err := strconv.Atoi(strings.TrimPrefix(c.ID, area+"-")); err == nil && c.Area() == area {
			last = max(last, n)
		}
	}
	return fmt.Sprintf("%s-%02d", area, last+1)
}

var checkTemplate = template.Must(template.New("check").Parse(`var {{.Name}} = judge.Check{
	ID: "{{.ID}}", Title: "TODO: what must hold, in a few words",
	Problem: "TODO: what is wrong where it does not, in a few words", Level: judge.MUST,{{if .Phase}} Phase: judge.{{.Phase}},{{end}}
	Basis:  []run.Basis{judge.RFC("6749", "TODO: the section")},
	Expect: "TODO: what is expected, one sentence.",
	Why:    "TODO: what it costs where it does not hold, one sentence.",
	Remedy: "TODO: how to fix it, one or two sentences.",
	{{with .Needs}}Needs:  []judge.Need{ {{.}} },{{end}}
}

var _ = ginkgo.It("{{.ID}} TODO: what must hold, in a few words", check({{.Name}}, func(s *Session) {
{{.Body}}
}))
`))

var faultTemplate = template.Must(template.New("fault").Parse("\t{{.Fault}}"))

// areaTemplate says where the checks and faults of an area are, and what one
// of each looks like. The fault has a place for the check's ID.
type areaTemplate struct {
	checkFile, faultFile, faultList string
	phase, needs                    string
	body, fault                     string
}

const (
	needsLogin = "judge.Login"
	todoFault  = `("todo-name", "%s", "TODO: what the provider does wrong, one sentence.", `
)

var areaTemplates = map[string]areaTemplate{
	"DISC": {
		"suites/discovery.go", "internal/provider/faults_discovery.go", "faultsDiscovery", "Reading", "",
		"m := s.Metadata()\ns.Require(m.TokenEndpoint != \"\", \"TODO: what was expected\", \"TODO: what was seen\", s.Discovery())",
		"document" + todoFault + "func(doc map[string]any) { delete(doc, \"todo\") })",
	},
	"JWKS": {
		"suites/jwks.go", "internal/provider/faults_jwks.go", "faultsJWKS", "Reading", "",
		"set := s.KeySet()\nfor i := range set.Keys {\ns.Assert(set.Keys[i].KID != \"\", \"TODO: what was expected\", keyName(set, i)+\" TODO: what was seen\", s.JWKS())\n}",
		"nextKey" + todoFault + "func(key map[string]any) { delete(key, \"todo\") })",
	},
	"AUTHZ": {
		"suites/authorize.go", "internal/provider/faults_authorize.go", "faultsAuthorize", "Refusing", needsLogin,
		"s.SharedLogin() // a refusal counts only where the right request is served\ns.Expect(s.Authorize(With(\"todo\", \"TODO: a wrong value\"))).To(BeRefused())",
		"request" + todoFault + "func(v url.Values) { v.Del(\"todo\") })",
	},
	"PKCE": {
		"suites/pkce.go", "internal/provider/faults_pkce.go", "faultsPKCE", "Refusing", needsLogin + "}, Logins: 1, Cases: []string{\"TODO: the name of an input\"",
		"s.Shared()\ns.Case(\"TODO: the name of an input\", func() {\ns.Expect(s.Redeem(s.LogIn(), Sending(\"code_verifier\", \"TODO: a wrong value\"))).To(BeRefusedWith(\"invalid_grant\"))\n})",
		"checking" + todoFault + "func(g *codeGrant, verifier string, usual func(*codeGrant, string) *oauthError) *oauthError {\nreturn usual(g, verifier)\n})",
	},
	"TOKEN": {
		"suites/token.go", "internal/provider/faults_token.go", "faultsToken", "Refusing", needsLogin + "}, Logins: 1, Cases: []string{\"TODO: the name of an input\"",
		"s.Shared()\ns.Case(\"TODO: the name of an input\", func() {\ns.Expect(s.Redeem(s.LogIn(), Sending(\"todo\", \"TODO: a wrong value\"))).To(BeRefusedWith(\"invalid_request\"))\n})",
		"form" + todoFault + "func(_ *Provider, v url.Values) { v.Del(\"todo\") })",
	},
	"IDT": {
		"suites/idtoken.go", "internal/provider/faults_idtoken.go", "faultsIDToken", "LoggingIn", needsLogin,
		"tokens := s.Shared().Tokens\n_, there := s.IDToken(tokens).Claims[\"todo\"]\ns.Require(there, \"TODO: what was expected\", \"TODO: what was seen\", tokens.Reply.Exchange)",
		"idToken" + todoFault + "func(d *idTokenDraft) { delete(d.claims, \"todo\") })",
	},
	"NONCE": {
		"suites/nonce.go", "internal/provider/faults_nonce.go", "faultsNonce", "LoggingIn", needsLogin + "}, Logins: 1, Cases: []string{\"TODO: the name of an input\"",
		"s.Shared()\ns.Case(\"TODO: the name of an input\", func() { s.nonceReturns(\"TODO: a nonce\") })",
		"nonce" + todoFault + "func(nonce string) string { return nonce })",
	},
	"UINFO": {
		"suites/userinfo.go", "internal/provider/faults_userinfo.go", "faultsUserinfo", "Refusing", needsLogin,
		"s.SharedUserInfo() // a refusal counts only where the right request is served\ns.Expect(s.AskUserInfo(\"TODO: a wrong header\")).To(BeUnauthorized())",
		"asked" + todoFault + "func(d *userinfoDraft) { d.sub = \"TODO\" })",
	},
	"CRYPT": {
		"suites/encryption.go", "internal/provider/faults_encryption.go", "faultsEncryption", "LoggingIn", needsLogin + ", judge.DataScope",
		"a := s.Encrypted()\ns.Require(s.BlockKey(a).Alg != \"\", \"TODO: what was expected\", \"TODO: what was seen\", a.Exchange)",
		"enveloped" + todoFault + "func(e *envelope) { e.fieldAlg = \"TODO\" })",
	},
	"DATA": {
		"suites/data.go", "internal/provider/faults_data.go", "faultsData", "LoggingIn", needsLogin + ", judge.DataScope",
		"a := s.SharedUserInfo()\nfor _, name := range a.DataOrder {\ns.Assert(s.Plaintext(a, name) != \"\", \"TODO: what was expected\", \"TODO: what was seen of \"+name+\", never the value\", a.Exchange)\n}",
		"asked" + todoFault + "func(d *userinfoDraft) { d.fields[0].plaintext = \"TODO\" })",
	},
	"TLS": {
		"suites/tls.go", "internal/provider/faults_tls.go", "faultsTLS", "Reading", "judge.HTTPS",
		"state := s.handshake()\ns.Require(state.Version != 0, \"TODO: what was expected\", \"TODO: what was seen\", nil)",
		"transport" + todoFault + "func(c *conduct) { c.noHSTS = true })",
	},
	"BROW": {
		"browser/check_login.go", "internal/provider/faults_browser.go", "faultsBrowser", "", needsLogin + "}, Logins: 1, Cases: []string{\"TODO: the name of an input\"",
		"s.Case(\"TODO: the name of an input\", func() {\none := s.startLogin(s.request(), false)\none.show()\ns.Require(len(one.jar()) > 0, \"TODO: what was expected\", \"TODO: what was seen\", nil)\none.login()\n})",
		"browserAnswer" + todoFault + "func(a *held, _ *http.Request) { a.header.Del(\"todo\") })",
	},
}

// readingTemplates are, for areas whose template sends a wrong request, those of
// a check that judges the response to the correct one.
var readingTemplates = map[string]areaTemplate{
	"AUTHZ": areaTemplates["AUTHZ"].reading(
		"login := s.SharedLogin()\ns.Require(login.Response.Params.Get(\"todo\") != \"\", \"TODO: what was expected\", \"TODO: what was seen\", login.Evidence)",
		`answered("todo-name", "%s", "TODO: what the provider does wrong, one sentence.", granted(func(to *redirect) { to.params.Del("todo") }))`),
	"TOKEN": areaTemplates["TOKEN"].reading(
		"reply := s.Shared().Reply\ns.Require(reply.Header(\"TODO\") != \"\", \"TODO: what was expected\", \"TODO: what was seen\", reply.Exchange)",
		"answerOf(atToken, http.StatusOK, "+todoAnswer),
	"UINFO": areaTemplates["UINFO"].reading(
		"a := s.SharedUserInfo()\ns.Require(a.Header(\"TODO\") != \"\", \"TODO: what was expected\", \"TODO: what was seen\", a.Exchange)",
		"answerOf(atUserInfo, http.StatusOK, "+todoAnswer),
}

const todoAnswer = `"todo-name", "%s", "TODO: what the provider does wrong, one sentence.", func(a *held) { a.header.Del("TODO") })`

// reading is the template of the same area for a check that needs no request of
// its own.
func (t areaTemplate) reading(body, fault string) areaTemplate {
	t.phase, t.needs, t.body, t.fault = "LoggingIn", needsLogin, body, fault
	return t
}
