package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"sgidcheck/internal/config"
	"sgidcheck/internal/login"
	"sgidcheck/internal/redact"
	"sgidcheck/internal/rp"
	"sgidcheck/internal/sgid"

	"github.com/spf13/cobra"
)

// freshLogin is what `code` makes: one login, for the reader of a report to
// repeat a request with.
type freshLogin struct {
	second, redeem bool
	format         string
}

// codeGroups are the groups of settings that `sgidcheck code` takes.
var codeGroups = []config.Group{config.GroupTarget, config.GroupLogin, config.GroupNetwork, config.GroupBrowser}

func codeCommand() *cobra.Command {
	var f freshLogin
	cmd := &cobra.Command{
		Use:   "code",
		Short: "Log in once, and print the authorization code and its verifier",
		Long: `Makes one login and prints what the curl lines of a report leave open, as
lines for a shell: CODE and CODE_VERIFIER, or with --redeem ACCESS_TOKEN and
ID_TOKEN. A code is good once, and not for long: use it at once, and do not keep
what is printed.`,
		Example: `  eval "$(sgidcheck code)"
  eval "$(sgidcheck code --redeem)"
  sgidcheck code --login interactive --format json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	config.BindFlags(cmd.Flags(), codeGroups...)
	config.Bind(cmd.Flags(), config.Rows("sgidcheck code", "code",
		config.Setting{Flag: "second", Into: &f.second, Once: true, Common: true, Help: "log in at the second client"},
		config.Setting{Flag: "redeem", Into: &f.redeem, Once: true, Common: true, Help: "redeem the code and print the tokens instead"},
		config.Setting{Flag: "format", Choices: []string{"shell", "json"}, Default: "shell", Into: &f.format, Common: true, Help: "what is printed"})...)
	return cmd
}

func (f *freshLogin) run(cmd *cobra.Command) error {
	settings, err := resolve(cmd, codeGroups...)
	if err != nil {
		return err
	}
	if settings.Embedded() {
		return exit(exitUsage, errors.New("no target is named (--issuer, SGID_ISSUER or sgidcheck.yaml): the embedded provider ends with this command, and its code with it"))
	}
	registration := settings.First
	if f.second {
		if settings.Second == nil {
			return exit(exitUsage, errors.New("--second: no second client is configured (SGID_SECOND_CLIENT_ID, SGID_SECOND_CLIENT_SECRET, SGID_SECOND_PRIVATE_KEY, SGID_SECOND_REDIRECT_URI)"))
		}
		registration = *settings.Second
	}
	j, err := open(cmd.Context(), settings, embeddedOptions{}, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer j.close()
	values, err := f.logIn(cmd, j, rp.RelyingParty{Registration: registration, Client: j.client})
	if err != nil {
		return exit(exitIncomplete, errors.New(j.redactor.Text(err.Error())))
	}
	return f.tell(cmd.OutOrStdout(), values)
}

// value is one thing to print, and the variable that it goes into.
type value struct{ name, text string }

func (f *freshLogin) logIn(cmd *cobra.Command, j *job, party rp.RelyingParty) ([]value, error) {
	ctx := cmd.Context()
	places, err := sgid.DocumentedEndpoints(j.config.Issuer)
	if err == nil {
		err = j.discover(ctx, &places)
	}
	if err != nil {
		return nil, err
	}
	l, err := party.LogIn(ctx, j.driver, places.Authorization, 0)
	if err != nil {
		return nil, err
	}
	if l.Code() == "" {
		return nil, noCode(l.Response)
	}
	if l.Response.Params.Get("state") != l.Request.State {
		return nil, errors.New("the login came back with another state: its code is not used")
	}
	if !f.redeem {
		return []value{{"CODE", l.Code()}, {"CODE_VERIFIER", l.Verifier}}, nil
	}
	e := party.Redeem(ctx, places.Token, l.TokenForm())
	answer, err := sgid.ParseTokenResponse(e.Body())
	if e.NoResponse() {
		return nil, errors.New("the token endpoint gives no answer: " + e.Reason())
	}
	if err != nil || e.Status() != http.StatusOK || answer.AccessToken == "" {
		return nil, fmt.Errorf("the code is not redeemed: the token endpoint answers with status %d", e.Status())
	}
	return []value{{"ACCESS_TOKEN", answer.AccessToken}, {"ID_TOKEN", answer.IDToken}}, nil
}

// noCode says where a login led that brought no code.
func noCode(response *login.Response) error {
	switch {
	case response.Kind == login.ResponseCallback:
		return fmt.Errorf("the login came back without a code: error %q", response.Params.Get("error"))
	case response.Kind == login.ResponseNone:
		return errors.New("the authorization endpoint gives no answer: " + response.Final.Reason())
	case response.Unable:
		return errors.New("the login page takes a browser or a phone: log in with --login browser or --login interactive")
	case response.FormError != "":
		return errors.New("the login page cannot be used: " + response.FormError)
	}
	return fmt.Errorf("the login led to no code, but to status %d", response.Status)
}

// tell prints the values as lines that a shell reads, or as JSON.
func (f *freshLogin) tell(w io.Writer, values []value) error {
	if f.format == "json" {
		out := map[string]string{}
		for _, v := range values {
			out[strings.ToLower(v.name)] = v.text
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	for _, v := range values {
		if _, err := fmt.Fprintf(w, "export %s=%s\n", v.name, redact.Quote(v.text)); err != nil {
			return err
		}
	}
	return nil
}
