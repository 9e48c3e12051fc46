package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing"

	"rsc.io/qr"
)

// A page without a code is not searched for one in every size: that takes as long
// as the page has to show its login.
func TestNoCodeIsSeenWhereNoneIs(t *testing.T) {
	lines := blank(1280, 800)
	for y := 40; y < 700; y += 30 { // like words in lines
		for x := 50; x < 1200; x++ {
			if x*y%70 < 40 {
				for thick := range 12 {
					lines.SetGray(x, y+thick, color.Gray{})
				}
			}
		}
	}
	for name, picture := range map[string]image.Image{"blank": blank(1280, 800), "lines": lines} {
		if text, err := decodeQR(picture); err == nil || sawQR(err) {
			t.Errorf("%s: a code is seen in it: %q, %v", name, text, err)
		}
	}
}

// Every code that a page may draw is read, whatever it says and wherever it stands:
// another would be shown to nobody.
func TestEveryCodeIsRead(t *testing.T) {
	const address = "http://127.0.0.1:40000/scan?code="
	type code struct {
		text       string
		side, x, y int
	}
	var codes []code
	for i := range 24 {
		codes = append(codes, code{fmt.Sprintf("%s%043d", address, i*i*i*7919), 3 + i%4, 150, 100})
	}
	// One digit over and over draws what looks like a corner.
	codes = append(codes,
		code{address + fmt.Sprintf("%046d", 870), 4, 63, 32}, code{address + fmt.Sprintf("%050d", 327), 5, 7, 4},
		code{address + fmt.Sprintf("%041d", 568), 6, 64, 44}, code{address + fmt.Sprintf("%049d", 153), 6, 36, 46},
		code{address + fmt.Sprintf("%045d", 376), 5, 80, 45}, code{address + fmt.Sprintf("%035d", 200), 5, 20, 25})
	for _, c := range codes {
		img := blank(400, 360)
		if c.x == 150 {
			img = blank(640, 480)
		}
		drawCode(t, img, c.text, c.side, c.x, c.y)
		if got, err := readQR(asPNG(t, img)); err != nil || got != c.text {
			t.Errorf("%s, %d pixels a side at %d,%d: %q, %v", c.text, c.side, c.x, c.y, got, err)
		}
	}
}

// A page may be adorned with what looks like the corners of a code, and in a better
// square than the code's own.
func TestACodeIsReadAmongFalseCorners(t *testing.T) {
	const text = "https://id.example/scan?code=7c0e41"
	for _, side := range []int{3, 4, 6} {
		img := blank(900, 700)
		for y := 20; y < 650; y += 120 {
			for _, x := range []int{20, 140, 820} {
				drawCorner(img, side, x, y)
			}
		}
		drawCode(t, img, text, side, 300, 200)
		if got, err := decodeQR(img); err != nil || got != text {
			t.Errorf("%d pixels a side: %q, %v", side, got, err)
		}
	}
}

func blank(width, height int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for at := range img.Pix {
		img.Pix[at] = 255
	}
	return img
}

func drawCode(t *testing.T, img *image.Gray, text string, side, left, top int) {
	t.Helper()
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	for y := range code.Size * side {
		for x := range code.Size * side {
			if code.Black(x/side, y/side) {
				img.SetGray(left+x, top+y, color.Gray{})
			}
		}
	}
}

// drawCorner draws a finder pattern: a ring around a square.
func drawCorner(img *image.Gray, side, left, top int) {
	for y := range 7 * side {
		for x := range 7 * side {
			if ring := max(abs(x/side-3), abs(y/side-3)); ring != 2 {
				img.SetGray(left+x, top+y, color.Gray{})
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
