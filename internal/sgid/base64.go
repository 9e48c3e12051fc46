package sgid

import (
	"bytes"
	"encoding/base64"
	"errors"
)

// strictBase64 is base64url without padding and with no stray trailing bits:
// one text for one value, as RFC7515 2 writes it.
var strictBase64 = base64.RawURLEncoding.Strict()

var errBase64 = errors.New("not base64url without padding")

// decodeBase64 decodes text; line breaks, which encoding/base64 would skip, are refused.
func decodeBase64(text []byte) ([]byte, error) {
	return appendBase64(nil, text)
}

// appendBase64 appends what text stands for to dst.
func appendBase64(dst, text []byte) ([]byte, error) {
	if hasLineBreak(text) {
		return dst, errBase64
	}
	out, err := strictBase64.AppendDecode(dst, text)
	if err != nil {
		return dst, errBase64
	}
	return out, nil
}

// hasLineBreak tells whether text holds what encoding/base64 skips.
func hasLineBreak(text []byte) bool {
	return bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0
}
