package sgid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A MemberError is one member of a JSON document that is missing or of the
// wrong type.
type MemberError struct {
	Document string // what was parsed, such as "provider metadata"
	Member   string // name of the member
	Expected string // what should have stood there
	Got      string // the JSON type that stood there, or "nothing"
}

func (e *MemberError) Error() string {
	return fmt.Sprintf("%s: %q: expected %s, got %s", e.Document, e.Member, e.Expected, e.Got)
}

// object is a JSON object whose members were found to be unique, in order.
type object struct {
	document string
	members  map[string]json.RawMessage
	order    []string
	errs     []error
}

// parseObject reads exactly one JSON object from body: UTF-8, at most limit
// bytes, at most nesting.Max deep, no member twice at any level, nothing behind
// it. document names it in errors.
func parseObject(document string, body []byte, limit int) (*object, error) {
	order, err := checkJSON(body, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", document, err)
	}
	o := &object{document: document, order: order}
	if err := json.Unmarshal(body, &o.members); err != nil {
		return nil, fmt.Errorf("%s: not a JSON object", document)
	}
	return o, nil
}

// clip shortens a name that a target chose, so that an error stays readable.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:80], "") + "…"
}

// jsonKind names the JSON type of raw.
func jsonKind(raw []byte) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "a number"
	}
	return "something that is not JSON"
}

func (o *object) wrong(member, expected string) {
	got := "nothing"
	if raw, ok := o.members[member]; ok {
		got = jsonKind(raw)
		if got == expected { // right type, wrong content
			got = "another value"
		}
	}
	o.errs = append(o.errs, &MemberError{Document: o.document, Member: clip(member), Expected: expected, Got: got})
}

// err joins what the getters found wrong.
func (o *object) err() error { return errors.Join(o.errs...) }

// stringPtr reads a string; nil when the member is absent or wrong.
func (o *object) stringPtr(member string) *string {
	raw, ok := o.members[member]
	if !ok {
		return nil
	}
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		o.wrong(member, "a string")
		return nil
	}
	return s
}

// str reads a string that may be absent.
func (o *object) str(member string) string {
	if s := o.stringPtr(member); s != nil {
		return *s
	}
	return ""
}

// required reads a string that must be there and not be empty.
func (o *object) required(member string) string {
	before := len(o.errs)
	s := o.str(member)
	if s == "" && len(o.errs) == before {
		o.errs = append(o.errs, &MemberError{o.document, member, "a non-empty string", map[bool]string{true: "an empty string", false: "nothing"}[o.has(member)]})
	}
	return s
}

func (o *object) has(member string) bool { _, ok := o.members[member]; return ok }

// strings reads an array of strings; nil when absent or wrong.
func (o *object) strings(member string) []string {
	raw, ok := o.members[member]
	if !ok {
		return nil
	}
	var list []*string
	if json.Unmarshal(raw, &list) != nil || list == nil {
		o.wrong(member, "an array of strings")
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		if s == nil {
			o.wrong(member, "an array of strings")
			return nil
		}
		out[i] = *s
	}
	return out
}

// boolean reads a boolean; nil when absent or wrong.
func (o *object) boolean(member string) *bool {
	raw, ok := o.members[member]
	if !ok {
		return nil
	}
	var b *bool
	if json.Unmarshal(raw, &b) != nil || b == nil {
		o.wrong(member, "a boolean")
		return nil
	}
	return b
}

// number reads a number; nil when absent or wrong.
func (o *object) number(member string) *json.Number {
	raw, ok := o.members[member]
	if !ok {
		return nil
	}
	n := json.Number(bytes.TrimSpace(raw))
	if jsonKind(raw) != "a number" {
		o.wrong(member, "a number")
		return nil
	}
	return &n
}
