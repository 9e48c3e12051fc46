package sgid

import (
	"encoding/json"
	"maps"
	"slices"
)

// UserInfo is the userinfo response, still encrypted (SGID-API).
type UserInfo struct {
	Subject   string
	Key       string                     // compact JWE of the block key; "" when absent
	Data      map[string]string          // scope to compact JWE; nil when absent
	DataOrder []string                   // the names in Data as they came
	Raw       map[string]json.RawMessage // every member as it was written
}

// ParseUserInfo reads a userinfo response: one JSON object, at most 4 MiB, no
// member twice at any level, nothing behind it. Where that much holds the
// result is not nil; the error then joins one *MemberError for each thing
// wrong: sub missing, a member of the wrong type (members of data are named
// data.NAME), data without key, more than 256 fields. A response without key and
// data, or with both empty, is fine: only openid was granted (SGID-SDK).
func ParseUserInfo(body []byte) (*UserInfo, error) {
	o, err := parseObject("userinfo response", body, maxAnswer)
	if err != nil {
		return nil, err
	}
	u := &UserInfo{Subject: o.required("sub"), Raw: o.members}
	if raw, ok := o.members["key"]; ok && jsonKind(raw) != "null" {
		u.Key = o.str("key")
	}
	if raw, ok := o.members["data"]; ok && jsonKind(raw) != "null" {
		u.data(o, raw)
	}
	if len(u.Data) > 0 && u.Key == "" && !o.wrongMember("key") {
		o.wrong("key", "a non-empty string beside data")
	}
	return u, o.err()
}

func (u *UserInfo) data(o *object, raw json.RawMessage) {
	order, err := checkJSON(raw, maxAnswer)
	if err != nil {
		o.wrong("data", "an object of strings")
		return
	}
	if len(order) > maxFields {
		o.errs = append(o.errs, &MemberError{o.document, "data", "at most 256 members", "more"})
		return
	}
	fields := &object{document: o.document, order: order}
	_ = json.Unmarshal(raw, &fields.members) // checked above
	u.Data = make(map[string]string, len(order))
	for _, name := range order {
		var s *string
		if json.Unmarshal(fields.members[name], &s) != nil || s == nil {
			o.errs = append(o.errs, &MemberError{o.document, "data." + clip(name), "a string", jsonKind(fields.members[name])})
			continue
		}
		u.Data[name] = *s
		u.DataOrder = append(u.DataOrder, name)
	}
}

// wrongMember tells whether member was already found wrong.
func (o *object) wrongMember(member string) bool {
	for _, err := range o.errs {
		if m, ok := err.(*MemberError); ok && m.Member == member {
			return true
		}
	}
	return false
}

// names gives the names in Data, in DataOrder where that is complete, else sorted.
func (u *UserInfo) names() []string {
	if len(u.DataOrder) == len(u.Data) {
		return u.DataOrder
	}
	return slices.Sorted(maps.Keys(u.Data))
}
