package rp

import (
	"crypto/rand"
	"fmt"
	"strings"

	"sgidcheck/internal/provider"
	"sgidcheck/internal/sgid"
)

// Data that no login has brought before: where they show, this login's were read,
// and not those that the application has kept of an earlier one.

// drawn is a person with data of their own, at random, in the forms that sgID has
// for them. The identity number lies in a range that is not issued.
func drawn() *provider.Persona {
	p := &provider.Persona{ID: "drawn", Name: drawnWord() + " " + drawnWord(), Data: map[string]string{}}
	was, now := strings.Fields(another.Name), strings.Fields(p.Name)
	words := []string{}
	for i := range was {
		words = append(words, was[i], now[i], strings.ToLower(was[i]), strings.ToLower(now[i]))
	}
	replacer := strings.NewReplacer(words...)
	for scope, text := range another.Data {
		p.Data[scope] = replacer.Replace(text)
	}
	p.Data["myinfo.nric_number"] = drawnNRIC()
	p.Data["myinfo.date_of_birth"] = drawnDate(1972)
	p.Data["myinfo.passport_number"] = "K7" + drawnFrom("0123456789", 6) + "Q"
	p.Data["myinfo.passport_expiry_date"] = drawnDate(2060)
	p.Data["myinfo.mobile_number"] = "9" + drawnFrom("0123456789", 7)
	p.Data["myinfo.mobile_number_with_country_code"] = "+65 " + p.Data["myinfo.mobile_number"]
	return p
}

// bringing is a conduct under which userinfo holds that person's data, of the scopes
// that were granted, and the sub of whoever logs in.
func bringing(p *provider.Persona, c provider.Conduct) provider.Conduct {
	edit := c.Userinfo
	c.Userinfo = func(u *provider.Userinfo) {
		for scope := range u.Data {
			if text, there := p.Data[scope]; there {
				u.Data[scope] = text
			}
		}
		if edit != nil {
			edit(u)
		}
	}
	return c
}

// drawnWord is a word that stands on no page by chance.
func drawnWord() string {
	var word strings.Builder
	for range 5 {
		word.WriteString(drawnFrom("BDFGKLMNPRSTVXZ", 1) + drawnFrom("AEIOU", 1))
	}
	return word.String()
}

// drawnNRIC is an identity number with the check letter that it needs.
func drawnNRIC() string {
	digits := fmt.Sprintf("S%d%d99%s", 5+drawnBelow(4), drawnBelow(7), drawnFrom("0123456789", 3))
	for letter := 'A'; letter <= 'Z'; letter++ {
		if sgid.ValidNRIC(digits + string(letter)) {
			return digits + string(letter)
		}
	}
	panic(digits + " has no check letter") // all digits have one
}

// drawnDate is a date in the nine years from one on.
func drawnDate(from int) string {
	return fmt.Sprintf("%d-%02d-%02d", from+drawnBelow(9), 1+drawnBelow(12), 1+drawnBelow(28))
}

func drawnFrom(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[drawnBelow(len(alphabet))]
	}
	return string(out)
}

// drawnBelow is a number from 0 to below n.
func drawnBelow(n int) int {
	b := make([]byte, 2)
	_, _ = rand.Read(b)
	return (int(b[0])<<8 | int(b[1])) % n
}
