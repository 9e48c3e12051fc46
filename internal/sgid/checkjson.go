package sgid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"sgidcheck/internal/nesting"
	"slices"
)

// checkJSON holds body against what parseObject promises, and gives the names of
// the top level's members in order.
func checkJSON(body []byte, limit int) ([]string, error) {
	if len(body) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	if err := notText(body); err != nil {
		return nil, err
	}
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return nil, errors.New("empty, where a JSON object was expected")
	case bytes.HasPrefix(trimmed, []byte("<?xml")):
		return nil, errors.New("expected a JSON object, got what looks like XML")
	case trimmed[0] == '<':
		return nil, errors.New("expected a JSON object, got what looks like HTML")
	case trimmed[0] != '{':
		return nil, fmt.Errorf("expected a JSON object, got %s", jsonKind(trimmed))
	}
	if err := nesting.JSON(body); err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		return nil, brokenJSON(body)
	}
	return uniqueNames(body)
}

// notText says what body is in place of UTF-8 text without a byte order mark
// (RFC8259 8.1); nil: nothing else.
func notText(body []byte) error {
	begins := func(signs ...string) bool {
		return slices.ContainsFunc(signs, func(s string) bool { return bytes.HasPrefix(body, []byte(s)) })
	}
	switch {
	case begins("\xef\xbb\xbf"):
		return errors.New("begins with a byte order mark, which JSON must not have (RFC 8259 section 8.1)")
	case begins("\xff\xfe\x00\x00", "\x00\x00\xfe\xff"), len(body) >= 4 && bytes.Count(body[:4], []byte{0}) == 3:
		return errors.New("UTF-32, where JSON is UTF-8 (RFC 8259 section 8.1)")
	case begins("\xff\xfe", "\xfe\xff"), len(body) >= 4 && (body[0] == 0 && body[2] == 0 || body[1] == 0 && body[3] == 0):
		return errors.New("UTF-16, where JSON is UTF-8 (RFC 8259 section 8.1)")
	case begins("\x1f\x8b"):
		return errors.New("compressed by gzip, and no Content-Encoding says so")
	case !utf8.Valid(body):
		at := 0
		for c, n := utf8.DecodeRune(body); c != utf8.RuneError || n != 1; c, n = utf8.DecodeRune(body[at:]) {
			at += n
		}
		return fmt.Errorf("not UTF-8, at byte %d", at)
	}
	return nil
}

// brokenJSON says where body, which is not one JSON value, breaks.
func brokenJSON(body []byte) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	for depth := 0; ; {
		tok, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("JSON ends too early, after %d bytes", len(body))
		case err != nil:
			return fmt.Errorf("not JSON: broken at byte %d", dec.InputOffset())
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return fmt.Errorf("%d bytes behind the JSON object", len(bytes.TrimLeft(body[dec.InputOffset():], " \t\r\n")))
		}
	}
}

// uniqueNames walks over valid JSON and refuses a name that stands twice in its
// object. The names are those of the top level.
func uniqueNames(body []byte) ([]string, error) {
	w := nameWalk{body: body}
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			w.levels = append(w.levels, nameLevel{object: body[i] == '{', name: body[i] == '{', start: len(w.names)})
		case '}', ']':
			last := len(w.levels) - 1
			if last == 0 {
				return w.names, nil
			}
			w.names = w.names[:w.levels[last].start]
			w.levels = w.levels[:last]
		case ',':
			top := &w.levels[len(w.levels)-1]
			top.name = top.object
		case '"':
			end := stringEnd(body, i)
			if top := &w.levels[len(w.levels)-1]; top.name {
				top.name = false
				if err := w.add(top, body[i:end]); err != nil {
					return nil, err
				}
			}
			i = end - 1
		}
	}
	return nil, errors.New("not JSON")
}

// stringEnd is where the string that begins at start ends, its quote included.
func stringEnd(body []byte, start int) int {
	for i := start + 1; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(body)
}

// nameWalk is the state of uniqueNames: the objects and arrays that are open, and
// the names met in them, those of outer objects first.
type nameWalk struct {
	body   []byte
	levels []nameLevel
	names  []string
}

type nameLevel struct {
	object bool
	name   bool            // a name comes next
	start  int             // where this level's names begin
	seen   map[string]bool // in place of looking through many names one by one
}

// manyNames is from where on a map finds a name sooner.
const manyNames = 16

func (w *nameWalk) add(top *nameLevel, quoted []byte) error {
	name := string(quoted[1 : len(quoted)-1])
	if bytes.IndexByte(quoted, '\\') >= 0 {
		if json.Unmarshal(quoted, &name) != nil {
			return errors.New("not JSON: a broken name")
		}
	}
	known := w.names[top.start:]
	twice := top.seen[name]
	if top.seen == nil {
		for _, other := range known {
			twice = twice || other == name
		}
		if len(known) == manyNames {
			top.seen = make(map[string]bool, 4*manyNames)
			for _, other := range known {
				top.seen[other] = true
			}
		}
	}
	if twice {
		return fmt.Errorf("member %q stands twice", clip(name))
	}
	if top.seen != nil {
		top.seen[name] = true
	}
	w.names = append(w.names, name)
	return nil
}
