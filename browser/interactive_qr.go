package browser

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif"  // forms in which pages show QR codes
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"strings"

	"golang.org/x/image/draw"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"rsc.io/qr"
)

// errNoQR says that a picture or page shows no QR code that can be read.
var errNoQR = errors.New("no QR code was found")

// readQR returns what the QR code in a picture (PNG, JPEG or GIF) says. The reader
// misses one code in twenty for where its lines fall on its grid, so a code that it
// saw and could not read is read in other sizes, too.
func readQR(picture []byte) (string, error) {
	decoded, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", err
	}
	for _, percent := range []int{100, 150, 75, 130, 60, 200, 115, 87} {
		text, err := decodeQR(resized(decoded, percent))
		if err == nil {
			return text, nil
		}
		if !sawQR(err) {
			break
		}
	}
	return "", errNoQR
}

// sight is a picture of a tab, with what the QR code in it says.
type sight struct {
	picture []byte
	says    string
	err     error
}

// readQR is readQR for pictures of this tab. A page that stands still is read
// once: to find that there is no code takes long.
func (t *tab) readQR(picture []byte) (string, error) {
	t.mu.Lock()
	last := t.last
	t.mu.Unlock()
	if last.picture == nil || !bytes.Equal(last.picture, picture) {
		last = sight{picture: picture}
		last.says, last.err = readQR(picture)
		t.mu.Lock()
		t.last = last
		t.mu.Unlock()
	}
	return last.says, last.err
}

func decodeQR(picture image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return "", err
	}
	return result.GetText(), nil
}

// sawQR says whether the reader saw a code, or a corner of one, that it could not
// read. Of a picture without any it says so at once, and its other sizes, which
// take twenty times as long, hold none either.
func sawQR(err error) bool {
	var none gozxing.NotFoundException
	return !errors.As(err, &none) || !strings.Contains(err.Error(), "startSize = 0")
}

// resized is a picture in another size, in grey.
func resized(picture image.Image, percent int) image.Image {
	if percent == 100 {
		return picture
	}
	b := picture.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx()*percent/100, b.Dy()*percent/100))
	draw.BiLinear.Scale(out, out.Bounds(), picture, b, draw.Src, nil)
	return out
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
