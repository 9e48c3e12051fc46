package browser

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"sgidcheck/internal/judge"
	"sgidcheck/internal/provider"
	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// scanner is a person in front of a terminal, who scans every QR code on it.
type scanner struct {
	*screen
	t        *testing.T
	provider *provider.Provider
}

func (s *scanner) Write(b []byte) (int, error) {
	var rows []string
	for line := range strings.SplitSeq(string(b), "\n") {
		if strings.ContainsAny(line, "█▀▄") {
			rows = append(rows, line)
		}
	}
	if len(rows) > 0 {
		text, err := readQR(rasterised(s.t, rows))
		if err == nil {
			err = s.provider.Scan(text, 0)
		}
		if err != nil {
			s.t.Errorf("the code on the terminal: %v", err)
		}
	}
	return s.screen.Write(b)
}

// againstPerson is against with a person who scans the codes on the terminal, and
// the checks of the IDs; no ID: those that a person's login serves. Told is what
// the person was told.
func againstPerson(t *testing.T, o provider.Options, ids ...string) (tr *trial, told *screen) {
	t.Helper()
	o.LoginPage = provider.LoginPageQR
	tr, told = against(t, chromium, "", o), newScreen()
	in, keyboard := io.Pipe()
	d, err := NewInteractive(InteractiveOptions{Chrome: chromium, Client: tr.campaign.Client, Redactor: tr.campaign.Redactor, In: in, Out: &scanner{told, t, tr.provider}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close(); d.Close() })
	tr.campaign.Person = d
	tr.plan = slices.DeleteFunc(judge.Plan(judge.Choice{Areas: []string{"BROW"}, Missing: map[judge.Need]string{
		judge.HTTPS: "the target is plain http", judge.LoginForm: "a person logs in",
	}}), func(p judge.Planned) bool {
		return p.Skip != "" || len(ids) > 0 && !slices.Contains(ids, p.Check.ID)
	})
	return tr, told
}

// One scan serves every check that a person's login can.
func TestOneLoginOfAPersonServesTheBrowserChecks(t *testing.T) {
	tr, told := againstPerson(t, provider.Options{})
	if n := judge.PlannedLogins(tr.plan); n != 1 || len(tr.plan) != 9 {
		t.Errorf("%d checks are planned with %d logins", len(tr.plan), n)
	}
	for _, c := range tr.judged(tr.plan) {
		if c.Verdict != run.Pass && c.Verdict != run.Info {
			t.Errorf("%s is %s: %s %s", c.ID, c.Verdict, c.Observed, c.Reason)
		}
	}
	if n := strings.Count(told.String(), "Log in: "); n != 1 {
		t.Errorf("the person was asked %d times:\n%s", n, told)
	}
}

// A login that others have made, and redeemed, is asked for by nobody.
func TestLoginAtHandIsLookedAt(t *testing.T) {
	tr, told := againstPerson(t, provider.Options{}, "BROW-01", "BROW-04", "BROW-09")
	s := &Session{Campaign: tr.campaign, T: &judge.T{Context: within(t, 3*time.Minute)}}
	r := s.request()
	response, err := tr.campaign.Person.Authorize(s.Context, s.authorization(r))
	if err != nil {
		t.Fatal(err)
	}
	made := &authorized{request: r, response: response, code: response.Code()}
	_, answer := s.redeem(made)
	if answer == nil {
		t.Fatalf("landed on %+v", response)
	}
	tr.campaign.Redeemed = func(code string) *sgid.TokenResponse {
		if code == made.code {
			return answer
		}
		return nil
	}
	for _, c := range tr.judged(tr.plan) {
		if c.Verdict != run.Pass {
			t.Errorf("%s is %s: %s %s", c.ID, c.Verdict, c.Observed, c.Reason)
		}
	}
	if n := strings.Count(told.String(), "Log in: "); n != 1 {
		t.Errorf("the person was asked %d times", n)
	}
	tr.campaign.shared, tr.campaign.why, tr.campaign.Redeemed = nil, nil, nil
	if c := tr.judged(tr.plan[:1])[0]; c.ID != "BROW-01" || c.Verdict != run.Blocked || c.BlockedBy != "TOKEN-01" {
		t.Errorf("without its tokens, %s is %s: %s", c.ID, c.Verdict, c.Reason)
	}
}

// What is wrong with the page is seen in a person's login, too.
func TestFaultsAreSeenInAPersonsLogin(t *testing.T) {
	for fault, id := range map[string]string{
		"page-with-missing-image": "BROW-03", "page-meta-leaks-referrer": "BROW-04", "framable-in-browsers": "BROW-05",
		"cookie-without-httponly": "BROW-09", "page-without-viewport": "BROW-11", "page-without-language": "BROW-12",
	} {
		t.Run(fault, func(t *testing.T) {
			tr, _ := againstPerson(t, provider.Options{Faults: []string{fault}}, id)
			if c := tr.judged(tr.plan)[0]; c.Verdict != run.Fail && c.Verdict != run.Warn {
				t.Errorf("%s is %s: %s %s", c.ID, c.Verdict, c.Observed, c.Reason)
			}
		})
	}
}
