package sgid

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"

	utf "golang.org/x/text/encoding/unicode"
)

// PlainText is the text of a file or variable in UTF-8, without the byte order
// mark that editors on Windows put before it: UTF-16, as PowerShell writes it,
// is told by its mark or by its zero bytes. What is neither comes back as it is.
func PlainText(raw []byte) []byte {
	order, marks := utf.LittleEndian, utf.UseBOM
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		return raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
	case len(raw) >= 4 && raw[0] != 0 && raw[1] == 0 && raw[2] != 0 && raw[3] == 0:
		marks = utf.IgnoreBOM
	case len(raw) >= 4 && raw[0] == 0 && raw[1] != 0 && raw[2] == 0 && raw[3] != 0:
		order, marks = utf.BigEndian, utf.IgnoreBOM
	default:
		return raw
	}
	text, err := utf.UTF16(order, marks).NewDecoder().Bytes(raw)
	if err != nil {
		return raw
	}
	return text
}

var (
	escapedBreak = regexp.MustCompile(`\\+[rn]`)
	armour       = regexp.MustCompile(`-----\s*BEGIN([A-Z0-9 ]*)-----([^-]*(?:-[^-]+)*)-----\s*END([A-Z0-9 ]*)-----`)
	armourEdge   = regexp.MustCompile(`-----\s*(?:BEGIN|END)`)
	header       = regexp.MustCompile(`(?m)^[A-Za-z0-9-]+:.*$`)
)

// pemBlock is one PEM block of a key file.
type pemBlock struct {
	label     string // upper case, without spaces: PRIVATEKEY, CERTIFICATE and the like
	der       []byte // nil: its text is not base64
	encrypted bool   // by a pass phrase, in PEM's own way (RFC 1421 Proc-Type)
}

// pemBlocks finds the PEM blocks of a text as people have them: line breaks may
// be real, escaped once or more, spaces, or gone, and anything may stand between
// the blocks. They are not whole where one begins and does not end, or ends
// and does not begin.
func pemBlocks(text string) (blocks []pemBlock, whole bool) {
	text = escapedBreak.ReplaceAllString(text, "\n")
	text = strings.ReplaceAll(text, `\/`, "/")
	for _, m := range armour.FindAllStringSubmatch(text, -1) {
		b := pemBlock{label: strings.ReplaceAll(m[1], " ", ""), encrypted: strings.Contains(m[2], "ENCRYPTED")}
		if b.label == strings.ReplaceAll(m[3], " ", "") && !b.encrypted {
			b.der = fromBase64(header.ReplaceAllString(m[2], ""))
		}
		blocks = append(blocks, b)
	}
	return blocks, len(armourEdge.FindAllString(text, -1)) == 2*len(blocks)
}

// fromBase64 reads base64 in either alphabet, padded or not, with white space,
// quotes and commas anywhere; nil where it is none.
func fromBase64(text string) []byte {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c) || strings.ContainsRune("\"',\\=\ufeff", c):
			return -1
		case c == '-':
			return '+'
		case c == '_':
			return '/'
		}
		return c
	}, text)
	out, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(out) == 0 {
		return nil
	}
	return out
}

// unwrapped is what stands in the base64 that CI systems ask for around a key,
// NAME= before it or not; nil where the text is no base64.
func unwrapped(text []byte) []byte {
	if name, value, found := bytes.Cut(text, []byte("=")); found && len(name) <= 64 && len(value) > 256 {
		text = value
	}
	return fromBase64(string(text))
}
