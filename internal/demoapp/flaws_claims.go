package demoapp

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// Flaws of the claims of an ID token.

// unchecked is a flaw that leaves rules out.
func unchecked(name, checks, breaks string, members ...string) Flaw {
	return flaw(name, checks, breaks, func(_ *App, c *conduct) {
		for _, member := range members {
			delete(c.claimRules, member)
		}
	})
}

// excusing is a flaw that takes a token that the member's rule refuses where
// excuse says so.
func excusing(name, checks, breaks, member string, excuse func(a *App, c claims, l *attempt) bool) Flaw {
	return flaw(name, checks, breaks, func(a *App, c *conduct) {
		rule := c.claimRules[member]
		c.claimRules[member] = func(held claims, l *attempt, t *tokens) error {
			if excuse(a, held, l) {
				return nil
			}
			return rule(held, l, t)
		}
	})
}

// missing excuses a claim that is not there.
func missing(member string) func(*App, claims, *attempt) bool {
	return func(_ *App, c claims, _ *attempt) bool { return c[member] == nil }
}

// textOf is a claim where it is text.
func textOf(c claims, member string) string {
	text, _ := c[member].(string)
	return text
}

var flawsClaims = []Flaw{
	unchecked("iss-unchecked", "RP-41", "iss is not compared.", "iss"),
	excusing("iss-compared-by-beginning", "RP-41", "iss may go on after the issuer.", "iss", func(a *App, c claims, _ *attempt) bool {
		return strings.HasPrefix(textOf(c, "iss"), a.settings.issuer())
	}),
	excusing("iss-compared-by-host", "RP-41", "Of iss, the origin alone is compared.", "iss", func(a *App, c claims, _ *attempt) bool {
		iss := textOf(c, "iss")
		return iss == a.settings.Hostname || strings.HasPrefix(iss, a.settings.Hostname+"/")
	}),
	excusing("iss-slash-ignored", "RP-41", "A slash at the end of iss is ignored.", "iss", func(a *App, c claims, _ *attempt) bool {
		return strings.TrimRight(textOf(c, "iss"), "/") == a.settings.issuer()
	}),
	excusing("iss-optional", "RP-41", "iss is compared only where it is there.", "iss", missing("iss")),
	excusing("iss-as-list", "RP-41", "iss may be a list that holds the issuer.", "iss", func(a *App, c claims, _ *attempt) bool {
		list, isList := c["iss"].([]any)
		return isList && slices.Contains(list, any(a.settings.issuer()))
	}),

	unchecked("aud-unchecked", "RP-42", "aud is not compared.", "aud"),
	excusing("aud-compared-by-beginning", "RP-42", "aud may go on after the client ID.", "aud", func(a *App, c claims, _ *attempt) bool {
		return strings.HasPrefix(textOf(c, "aud"), a.settings.ClientID)
	}),
	excusing("aud-part-enough", "RP-42", "A part of the client ID is taken for it.", "aud", func(a *App, c claims, _ *attempt) bool {
		return textOf(c, "aud") != "" && strings.Contains(a.settings.ClientID, textOf(c, "aud"))
	}),
	excusing("aud-any-case", "RP-42", "aud is compared case-insensitively.", "aud", func(a *App, c claims, _ *attempt) bool {
		return strings.EqualFold(textOf(c, "aud"), a.settings.ClientID)
	}),
	excusing("aud-optional", "RP-42", "aud is compared only where it is there.", "aud", missing("aud")),
	excusing("aud-list-unchecked", "RP-42", "aud is compared only where it is text.", "aud", func(_ *App, c claims, _ *attempt) bool {
		_, isList := c["aud"].([]any)
		return isList
	}),
	unchecked("azp-unchecked", "RP-42", "azp is not looked at.", "azp"),
	excusing("azp-optional", "RP-42", "Two audiences are taken without azp.", "azp", missing("azp")),

	unchecked("exp-unchecked", "RP-43", "exp is not looked at.", "exp"),
	excusing("exp-optional", "RP-43", "exp is looked at only where it is there.", "exp", missing("exp")),
	excusing("exp-of-any-type", "RP-43", "An exp that is no number counts as never.", "exp", func(_ *App, c claims, _ *attempt) bool {
		_, isText := c["exp"].(string)
		return isText
	}),
	excusing("exp-a-day-late", "RP-43", "A token is taken for a day after it has expired.", "exp", func(a *App, c claims, _ *attempt) bool {
		exp, ok := c.at("exp")
		return ok && a.now().Before(exp.Add(24*time.Hour))
	}),
	excusing("iat-optional", "RP-44", "iat may be missing.", "iat", missing("iat")),
	unchecked("nbf-unchecked", "RP-44", "nbf is not looked at.", "nbf"),

	unchecked("nonce-unchecked", "RP-45 RP-46", "nonce is sent, and not compared.", "nonce").
		with("the code of another login is taken", "RP-22"),
	flaw("nonce-of-any-login", "RP-45", "Any nonce that was ever sent is taken.", func(_ *App, c *conduct) {
		var mu sync.Mutex
		sent := map[string]bool{}
		rule := c.claimRules["nonce"]
		c.claimRules["nonce"] = func(held claims, l *attempt, t *tokens) error {
			mu.Lock()
			defer mu.Unlock()
			sent[l.nonce] = true
			if sent[textOf(held, "nonce")] {
				return nil
			}
			return rule(held, l, t)
		}
	}).with("the code of another login is taken", "RP-22"),
	excusing("nonce-part-enough", "RP-45", "A part of nonce is taken for it.", "nonce", func(_ *App, c claims, l *attempt) bool {
		return textOf(c, "nonce") != "" && strings.Contains(l.nonce, textOf(c, "nonce"))
	}),
	excusing("nonce-compared-by-beginning", "RP-45", "Of nonce, the first eight characters alone are compared.", "nonce", func(_ *App, c claims, l *attempt) bool {
		return strings.HasPrefix(textOf(c, "nonce"), l.nonce[:8])
	}),
	excusing("nonce-any-case", "RP-45", "nonce is compared case-insensitively.", "nonce", func(_ *App, c claims, l *attempt) bool {
		return strings.EqualFold(textOf(c, "nonce"), l.nonce)
	}),
	excusing("nonce-optional", "RP-46", "nonce is compared only where it comes back.", "nonce", missing("nonce")),

	flaw("sub-optional", "RP-47", "sub may be missing: the person has no identifier.", func(_ *App, c *conduct) {
		rule, same := c.claimRules["sub"], c.sameSubject
		c.claimRules["sub"] = func(held claims, l *attempt, t *tokens) error {
			if held["sub"] == nil {
				return nil
			}
			return rule(held, l, t)
		}
		c.sameSubject = func(want string, members map[string]any) error {
			if want == "" && members["sub"] == nil {
				return nil
			}
			return same(want, members)
		}
	}),
	excusing("sub-empty", "RP-47", "sub may be empty.", "sub", func(_ *App, c claims, _ *attempt) bool { return c["sub"] == "" }),
	flaw("sub-of-any-type", "RP-47", "sub may be a number.", func(_ *App, c *conduct) {
		rule, same := c.claimRules["sub"], c.sameSubject
		asText := func(members map[string]any) map[string]any {
			if number, isNumber := members["sub"].(json.Number); isNumber {
				members["sub"] = number.String()
			}
			return members
		}
		c.claimRules["sub"] = func(held claims, l *attempt, t *tokens) error { return rule(asText(held), l, t) }
		c.sameSubject = func(want string, members map[string]any) error { return same(want, asText(members)) }
	}),
}
