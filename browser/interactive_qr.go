package browser

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"rsc.io/qr"
)

// picturesIn are the images of an HTML page that may be its QR code: those that
// stand in the page itself as data, and the addresses of the others.
func picturesIn(page []byte) (inline [][]byte, addresses []string) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, nil
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "img" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key != "src" {
				continue
			}
			if picture := dataURI(a.Val); picture != nil {
				inline = append(inline, picture)
			} else if a.Val != "" && !strings.HasPrefix(a.Val, "data:") {
				addresses = append(addresses, a.Val)
			}
		}
	}
	return inline, addresses
}

// dataURI is what a data URI holds; nil where it is none.
func dataURI(text string) []byte {
	rest, ok := strings.CutPrefix(text, "data:")
	if !ok {
		return nil
	}
	kind, body, ok := strings.Cut(rest, ",")
	if !ok {
		return nil
	}
	if strings.HasSuffix(kind, ";base64") {
		out, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
		if err != nil {
			return nil
		}
		return out
	}
	plain, err := url.PathUnescape(body)
	if err != nil {
		return nil
	}
	return []byte(plain)
}

// quietZone is the margin around the code, in modules; scanners want four, and
// two are enough on a screen.
const quietZone = 2

// drawQR draws a text as a QR code of half-block characters, two modules a
// character cell. Colour sets white on black by escape sequences, so that the
// code can be scanned on light terminals, too.
func drawQR(text string, colour bool) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", err
	}
	light := func(x, y int) bool { return !code.Black(x, y) } // outside of the code everything is light
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		if colour {
			b.WriteString("\x1b[97;40m")
		}
		for x := -quietZone; x < code.Size+quietZone; x++ {
			upper, lower := light(x, y), light(x, y+1)
			switch {
			case upper && lower:
				b.WriteRune('█')
			case upper:
				b.WriteRune('▀')
			case lower:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		if colour {
			b.WriteString("\x1b[0m")
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
