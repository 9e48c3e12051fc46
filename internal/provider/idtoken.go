package provider

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// idTokenDraft is an ID token before it is signed, as faults see it.
type idTokenDraft struct {
	grant       *codeGrant
	accessToken string
	code        string
	now         time.Time
	key         *signingKey
	header      map[string]any
	claims      map[string]any
	// compact, when set by a fault, is sent as it is.
	compact string
}

// idToken is the signed ID token of a login (OIDC-CORE 2). It lives as long as
// the access token and holds nothing about the person but the pairwise subject.
func (p *Provider) idToken(g *codeGrant, accessToken, code string) (string, error) {
	now := p.now()
	key := p.ring.at(now).current
	claims := p.claims(g, now)
	if len(p.conduct.editIDToken) == 0 {
		return key.sign(key.header, claims)
	}
	d := &idTokenDraft{grant: g, accessToken: accessToken, code: code, now: now, key: key, header: key.headerMembers(), claims: members(claims)}
	for _, edit := range p.conduct.editIDToken {
		edit(d)
	}
	if d.compact != "" {
		return d.compact, nil
	}
	return d.key.sign(base64.RawURLEncoding.EncodeToString(mustJSON(d.header)), mustJSON(d.claims))
}

// claims are the ID token's, as JSON.
func (p *Provider) claims(g *codeGrant, now time.Time) []byte {
	b := make([]byte, 0, 512)
	b = append(b, `{"iss":`...)
	b = appendJSON(b, p.conduct.issuer())
	b = append(b, `,"sub":`...)
	b = appendJSON(b, g.sub)
	b = append(b, `,"aud":`...)
	b = appendJSON(b, g.client.ID)
	b = append(b, `,"exp":`...)
	b = strconv.AppendInt(b, now.Add(p.options.TokenLifetime).Unix(), 10)
	b = append(b, `,"iat":`...)
	b = strconv.AppendInt(b, now.Unix(), 10)
	if g.nonce != "" {
		b = append(b, `,"nonce":`...)
		b = appendJSON(b, g.nonce)
	}
	if g.authTime {
		b = append(b, `,"auth_time":`...)
		b = strconv.AppendInt(b, g.issued, 10)
	}
	return append(b, '}')
}

// pairwise is the person's identifier at one client: stable there, and of no
// use to recognise the person elsewhere (OIDC-CORE 8.1). Its form, u= and a
// UUID, is sgID's.
func (p *Provider) pairwise(c *client, person *Persona) string {
	mac := hmac.New(sha256.New, p.salt)
	mac.Write([]byte(c.ID + "\x00" + person.ID))
	u := mac.Sum(nil)
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("u=%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// appendJSON appends s as a JSON string.
func appendJSON(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return append(b, text...)
}
