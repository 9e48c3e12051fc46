package suites

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sgidcheck/internal/sgid"
)

// place is a text of a response in which nothing about a person belongs.
type place struct {
	name string
	text string
}

// outsideTheCiphertexts lists every text of a response that is not encrypted:
// the names and values of its members, the headers of its JWEs, and the header
// fields of HTTP.
func outsideTheCiphertexts(a *UserInfoResponse) []place {
	var places []place
	add := func(name, text string) {
		if j, err := sgid.ParseJWE(text); err == nil {
			walkJSON(j.Header, func(member, value string) {
				places = append(places, place{fmt.Sprintf("the header member %s of the JWE in %s", clip(member), name), value})
			})
			return
		}
		if !strings.HasPrefix(name, "data.") { // a member of data in the clear is CRYPT-05's
			places = append(places, place{name, text})
		}
	}
	for member, raw := range a.Raw {
		var value any
		if json.Unmarshal(raw, &value) != nil {
			continue
		}
		if _, known := sgid.LookupScope(member); !known {
			add("the name of a member", member)
		}
		walkJSON(map[string]any{member: value}, add)
	}
	for name, values := range a.Response.Header {
		for _, value := range values {
			add("the header field "+name, value)
		}
	}
	for name, values := range a.Response.Trailer {
		for _, value := range values {
			add("the trailer field "+name, value)
		}
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(a.name, b.name) })
	return places
}

// walkJSON visits every string and number of a JSON value with the name of the
// member it stands under; a member's own name where it is not of the catalogue.
func walkJSON(value any, visit func(member, text string)) {
	var walk func(member string, value any)
	walk = func(member string, value any) {
		switch v := value.(type) {
		case string:
			visit(member, v)
		case json.Number:
			visit(member, v.String())
		case float64:
			visit(member, strconv.FormatFloat(v, 'f', -1, 64))
		case []any:
			for _, element := range v {
				walk(member, element)
			}
		case map[string]any:
			for name, element := range v {
				below := name
				if member != "" {
					below = member + "." + name
				}
				walk(below, element)
			}
		}
	}
	walk("", value)
}

// shows reports whether a value stands in the place.
func (p place) shows(value string) bool { return read(p.text).shows(seek(value)) }

// reading is a text, prepared for looking for many values in it.
type reading struct {
	says   []string // it and what it says once its encodings are undone, in lower case
	base64 string   // it, with any base64 written as base64url
}

func read(text string) reading {
	r := reading{base64: base64URL.Replace(text)}
	for _, text := range readings(text) {
		r.says = append(r.says, strings.ToLower(strings.TrimSpace(text)))
	}
	return r
}

// sought is a value, prepared for being looked for in many texts.
type sought struct {
	folded string   // in lower case
	whole  bool     // it counts only where it is all that stands there
	forms  []string // how base64 holds it
}

// seek prepares a value. Single words, short values and small numbers appear by
// chance, and count only where they are all that stands there.
func seek(value string) sought {
	value = strings.TrimSpace(value)
	v := sought{folded: strings.ToLower(value)}
	word := strings.Trim(v.folded, "abcdefghijklmnopqrstuvwxyz") == ""
	number := strings.Trim(v.folded, "0123456789") == "" && len(v.folded) < 8
	v.whole = len(v.folded) < 6 || word || number
	if !v.whole {
		v.forms = base64Forms(value, strings.ToLower(value), strings.ToUpper(value))
	}
	return v
}

// shows reports whether a value stands in the text, in any case: as it is,
// escaped, or in base64.
func (r reading) shows(v sought) bool {
	for _, text := range r.says {
		if text == v.folded || !v.whole && strings.Contains(text, v.folded) {
			return true
		}
	}
	return slices.ContainsFunc(v.forms, func(form string) bool { return strings.Contains(r.base64, form) })
}

// givesAway reports whether a key's octets stand in the place: in base64, in hex,
// or as they are.
func (p place) givesAway(key []byte) bool {
	return strings.Contains(base64URL.Replace(p.text), base64.RawURLEncoding.EncodeToString(key)) ||
		strings.Contains(strings.ToLower(p.text), hex.EncodeToString(key)) || slices.ContainsFunc(readings(p.text), func(reading string) bool {
		return strings.Contains(reading, string(key))
	})
}

// readings are a text and what it says once its escapes and encodings are undone.
func readings(text string) []string {
	out := []string{text}
	if unescaped, err := url.QueryUnescape(text); err == nil && unescaped != text {
		out = append(out, unescaped)
	}
	var inner string
	if json.Unmarshal([]byte(`"`+text+`"`), &inner) == nil && inner != text {
		out = append(out, inner)
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == ' ' || r == ';' || r == ',' || r == '"' }) {
		plain := strings.TrimRight(base64URL.Replace(part), "=")
		if b, err := base64.RawURLEncoding.DecodeString(plain); err == nil && len(b) >= 4 {
			out = append(out, string(b))
		}
	}
	return out
}

// base64URL writes base64 as base64url does.
var base64URL = strings.NewReplacer("+", "-", "/", "_")

// base64Forms are how base64url holds values within something longer: the
// characters that a value alone decides, at each of the three places where it may
// begin.
func base64Forms(values ...string) (forms []string) {
	for _, value := range values {
		for shift := range 3 {
			encoded := base64.RawURLEncoding.EncodeToString(append(make([]byte, shift), value...))
			from, to := (shift*8+5)/6, (shift+len(value))*8/6
			if to-from >= 8 && !slices.Contains(forms, encoded[from:to]) {
				forms = append(forms, encoded[from:to])
			}
		}
	}
	return forms
}
