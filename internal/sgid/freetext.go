package sgid

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a careless provider puts in the place of a value. A name may be almost
// anything, so each rule takes only what no person, address or employer is
// called: a man named Null is written Null or NULL, not null.

// misplaced says what of s is no text that was meant for people; nil: nothing.
// lines allows line breaks.
func misplaced(s string, lines bool) error {
	if !utf8.ValidString(s) {
		return errors.New("not UTF-8")
	}
	if encodedTwice(s) {
		return errors.New("is UTF-8 that was read as Latin-1 and encoded once more")
	}
	for _, c := range s {
		if what := unwanted(c); what != "" && !(lines && c == '\n') {
			return fmt.Errorf("holds %s (U+%04X)", what, c)
		}
	}
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return c == '\n' || c == ',' || c == '@' }) {
		if part = strings.TrimSpace(part); slices.Contains(noValue, part) {
			return fmt.Errorf("says %s, which a program writes where there is no value", part)
		}
	}
	switch {
	case slices.Contains(strings.Fields(s), "undefined"):
		return errors.New("says undefined, which a program writes where there is no value")
	case strings.Contains(s, "[object "):
		return errors.New("says [object …], which a program writes in place of a structure")
	case isJSON(s):
		return errors.New("is JSON inside the string: a value in its own quotes, or a structure")
	case jsonEscape.MatchString(s):
		return errors.New("holds the escapes of JSON")
	case percentEscaped(s):
		return errors.New("is percent-escaped")
	case htmlEscaped(s):
		return errors.New("is HTML-escaped")
	}
	return nil
}

var noValue = []string{"undefined", "null", "NaN", "None"}

// unwanted names the kind of a character that no text for people needs and that
// breaks comparing, printing or searching it; empty: it is wanted.
func unwanted(c rune) string {
	switch {
	case c == 0:
		return "NUL"
	case unicode.IsControl(c):
		return "a control character"
	case unicode.Is(unicode.Bidi_Control, c):
		return "a character that turns the writing direction"
	case c == utf8.RuneError:
		return "the mark of a lost character"
	case c >= 0x200b && c <= 0x200d, c >= 0x2060 && c <= 0x2064, c == 0xfeff, c == 0xad, c == 0x2028, c == 0x2029:
		return "a character that is not seen"
	}
	return ""
}

// isJSON tells whether s is a JSON string, object or array of its own.
func isJSON(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && strings.ContainsRune(`"{[`, rune(s[0])) && json.Valid([]byte(s))
}

var (
	jsonEscape = regexp.MustCompile(`\\u[0-9a-fA-F]{4}|\\"`)
	entity     = regexp.MustCompile(`&(#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);`)
)

// percentEscaped tells whether every % of s begins an escape and what they
// stand for is text. "100% PTE LTD" is none.
func percentEscaped(s string) bool {
	plain, err := url.PathUnescape(s)
	return err == nil && plain != s && utf8.ValidString(plain)
}

// htmlEscaped tells whether s holds an entity that HTML knows. "A&B; C" is none.
func htmlEscaped(s string) bool {
	return slices.ContainsFunc(entity.FindAllString(s, -1), func(e string) bool { return html.UnescapeString(e) != e })
}

// encodedTwice tells whether s holds a character of UTF-8 whose octets were
// taken for characters of Latin-1, or of its Windows kin. Letters (as in the
// Czech VÝŠKA) and quotation marks (as in “café’s”) are no sign of it by
// themselves, but behind Ã, which nothing else follows.
func encodedTwice(s string) bool {
	runes := []rune(s)
	for i, c := range runes {
		length := 0
		switch {
		case c >= 0xc2 && c <= 0xc5: // what begins Latin letters and signs
			length = 2
		case c >= 0xe1 && c <= 0xef:
			length = 3
		case c >= 0xf0 && c <= 0xf4:
			length = 4
		}
		if length == 0 || i+length > len(runes) {
			continue
		}
		octets, signs := []byte{byte(c)}, 0
		for _, next := range runes[i+1 : i+length] {
			octets = append(octets, octetOf(next))
			if c == 0xc3 || !unicode.IsLetter(next) && !strings.ContainsRune("‘’“”‹›«»–—•…", next) {
				signs++
			}
		}
		if _, n := utf8.DecodeRune(octets); n == length && signs > 0 { // 1 or 0 where they are no character
			return true
		}
	}
	return false
}

// octetOf is the octet that Latin-1 or Windows-1252 has for a character, as far
// as it can continue a character of UTF-8; 0 where there is none.
func octetOf(c rune) byte {
	if c >= 0x80 && c <= 0xbf {
		return byte(c)
	}
	if i := slices.Index(windows1252, c); i >= 0 {
		return byte(0x80 + i)
	}
	return 0
}

// windows1252 are its characters from 0x80 on, 0 where it has none.
var windows1252 = []rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// email judges the form of an e-mail address (RFC5322 3.4.1). Blanks at its
// ends are left to whoever judges those.
func email(s string) error {
	if err := text(s); err != nil {
		return err
	}
	s = strings.TrimSpace(s)
	address, err := mail.ParseAddress(s)
	if err != nil || address.Name != "" || strings.ContainsAny(s, "<>()") {
		return errors.New("not of the form of an e-mail address")
	}
	return nil
}

// misplacedInside judges every string in a JSON text.
func misplacedInside(raw json.RawMessage) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return errors.New("not JSON")
	}
	return eachString(value, func(s string) error { return misplaced(s, true) })
}

func eachString(value any, judge func(string) error) error {
	switch v := value.(type) {
	case string:
		return judge(v)
	case []any:
		for _, member := range v {
			if err := eachString(member, judge); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, member := range v {
			if err := eachString(member, judge); err != nil {
				return err
			}
		}
	}
	return nil
}

// BlankAtEnds tells whether a value that is of its scope's form, one of its
// lines or, where it is JSON, one of the strings in it begins or ends with a
// blank.
func BlankAtEnds(plaintext string) bool {
	blank := errors.New("blank")
	judge := func(s string) error {
		if slices.ContainsFunc(strings.Split(s, "\n"), func(line string) bool { return strings.TrimSpace(line) != line }) {
			return blank
		}
		return nil
	}
	var list []any
	if json.Unmarshal([]byte(plaintext), &list) == nil {
		return eachString(list, judge) != nil
	}
	return judge(plaintext) != nil
}
