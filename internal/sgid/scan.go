package sgid

import "bytes"

// This file reads the JSON that sgID's answers are made of in their usual form:
// flat objects of plain ASCII strings. It decides nothing: whatever it does not
// recognise goes to the strict parsers, which say what is wrong with it.

// scanner walks over one JSON text.
type scanner struct {
	text []byte
	pos  int
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// take passes over white space and then b; false where something else stands.
func (s *scanner) take(b byte) bool {
	s.space()
	if s.pos < len(s.text) && s.text[s.pos] == b {
		s.pos++
		return true
	}
	return false
}

// end tells whether only white space is left.
func (s *scanner) end() bool {
	s.space()
	return s.pos == len(s.text)
}

// quoted passes over a string and gives what stands between its quotes, which
// may still hold anything but a quote.
func (s *scanner) quoted() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	n := bytes.IndexByte(s.text[s.pos:], '"')
	if n < 0 {
		return nil, false
	}
	value := s.text[s.pos : s.pos+n]
	s.pos += n + 1
	return value, true
}

// plain is quoted for strings that stand for themselves: printable ASCII, no escapes.
func (s *scanner) plain() ([]byte, bool) {
	value, ok := s.quoted()
	if !ok {
		return nil, false
	}
	for _, b := range value {
		if b < 0x20 || b > 0x7e || b == '\\' {
			return nil, false
		}
	}
	return value, true
}

// member passes over a name and its colon. first tells whether the object has
// only just been opened; done comes true at its closing brace.
func (s *scanner) member(first bool) (name []byte, done, ok bool) {
	if s.take('}') {
		return nil, true, true
	}
	if !first && !s.take(',') {
		return nil, false, false
	}
	name, ok = s.plain()
	return name, false, ok && s.take(':')
}

// compactField is one member of data: name and compact JWE.
type compactField struct{ name, compact []byte }

// scanAnswer finds the parts of a userinfo response that has sub, key and data and
// nothing else. ok is false where it is in any way out of the ordinary. The
// slices point into body. The compact forms are not looked into, so one that then
// turns out not to be base64url may be no JSON string at all.
func scanAnswer(body []byte, fields []compactField) (sub, key []byte, _ []compactField, ok bool) {
	s := scanner{text: body}
	if !s.take('{') {
		return nil, nil, fields, false
	}
	var hasData bool
	for first := true; ; first = false {
		name, done, ok := s.member(first)
		if !ok {
			return nil, nil, fields, false
		}
		if done {
			break
		}
		switch {
		case string(name) == "sub" && sub == nil:
			sub, ok = s.plain()
		case string(name) == "key" && key == nil:
			key, ok = s.quoted()
		case string(name) == "data" && !hasData:
			hasData = true
			fields, ok = s.data(fields)
		default:
			ok = false
		}
		if !ok {
			return nil, nil, fields, false
		}
	}
	ok = s.end() && len(sub) > 0 && len(key) > 0 && hasData
	return sub, key, fields, ok
}

func (s *scanner) data(fields []compactField) ([]compactField, bool) {
	if !s.take('{') {
		return fields, false
	}
	for first := true; ; first = false {
		name, done, ok := s.member(first)
		if !ok || done {
			return fields, ok
		}
		compact, ok := s.quoted()
		if !ok || len(fields) == maxFields {
			return fields, false
		}
		fields = append(fields, compactField{name, compact})
	}
}

// scannedHeader is a JOSE header of the usual members; values point into its text.
type scannedHeader struct{ alg, enc, iv, tag []byte }

// scanHeader reads a JOSE header that has alg and enc, perhaps kid, typ, cty, iv
// and tag, each once, and nothing else.
func scanHeader(text []byte) (h scannedHeader, ok bool) {
	s := scanner{text: text}
	if !s.take('{') {
		return h, false
	}
	var kid, typ, cty []byte
	for first := true; ; first = false {
		name, done, ok := s.member(first)
		if !ok {
			return h, false
		}
		if done {
			return h, s.end() && h.alg != nil && h.enc != nil
		}
		var into *[]byte
		switch string(name) {
		case "alg":
			into = &h.alg
		case "enc":
			into = &h.enc
		case "iv":
			into = &h.iv
		case "tag":
			into = &h.tag
		case "kid":
			into = &kid
		case "typ":
			into = &typ
		case "cty":
			into = &cty
		default:
			return h, false
		}
		if *into != nil {
			return h, false
		}
		if *into, ok = s.plain(); !ok {
			return h, false
		}
	}
}

// scanBlockKey reads a JWK with kty oct and k, perhaps alg, kid and use, each
// once, and nothing else. It gives k, still base64url.
func scanBlockKey(text []byte) (k []byte, ok bool) {
	s := scanner{text: text}
	if !s.take('{') {
		return nil, false
	}
	var kty, alg, kid, use []byte
	for first := true; ; first = false {
		name, done, ok := s.member(first)
		if !ok {
			return nil, false
		}
		if done {
			return k, s.end() && string(kty) == "oct"
		}
		var into *[]byte
		switch string(name) {
		case "kty":
			into = &kty
		case "k":
			into = &k
		case "alg":
			into = &alg
		case "kid":
			into = &kid
		case "use":
			into = &use
		default:
			return nil, false
		}
		if *into != nil {
			return nil, false
		}
		if *into, ok = s.plain(); !ok {
			return nil, false
		}
	}
}
