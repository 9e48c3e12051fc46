package suites

import (
	"bytes"
	"encoding/json"
	"slices"

	"sgidcheck/internal/sgid"
)

// Keys that a strict reader refuses, such as one with a member twice, for which it
// refuses the set. JWKS-01 fails for them; what else is true of them nobody can tell,
// but for what they give away.

// unreadable reports a key of a set that is none.
func unreadable(k sgid.Key) bool { return k.Raw == nil }

// unreadableKeys ends the check where one of the keys could not be judged.
func (s *Session) unreadableKeys(set *sgid.KeySet) {
	if i := slices.IndexFunc(set.Keys, unreadable); i >= 0 {
		s.owned("JWKS-01", s.jwks, "%s cannot be read: %v", keyName(set, i), set.Keys[i].Err)
	}
}

// members are those of a JSON object as a lenient reader finds them, each with every
// value that it has; nil: it is none.
func members(raw []byte) map[string][]json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(raw))
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return nil
	}
	found := map[string][]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return nil
		}
		found[name.(string)] = append(found[name.(string)], value)
	}
	return found
}

// publishedKeys are the keys in a response, as a lenient reader finds them: the members of
// each.
func publishedKeys(body []byte) (keys []map[string][]json.RawMessage) {
	for _, value := range members(body)["keys"] {
		var list []json.RawMessage
		_ = json.Unmarshal(value, &list)
		for _, raw := range list {
			keys = append(keys, members(raw))
		}
	}
	return keys
}

// asRead is a key that a lenient reader makes of the members.
func asRead(members map[string][]json.RawMessage) *sgid.Key {
	k := &sgid.Key{Raw: map[string]json.RawMessage{}}
	for name, all := range members {
		k.Raw[name] = all[len(all)-1]
	}
	_ = json.Unmarshal(k.Raw["kty"], &k.KTY)
	_ = json.Unmarshal(k.Raw["kid"], &k.KID)
	return k
}
