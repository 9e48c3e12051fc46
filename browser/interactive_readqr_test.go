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
	blank := image.NewGray(image.Rect(0, 0, 1280, 800))
	lines := image.NewGray(blank.Bounds())
	for at := range blank.Pix {
		blank.Pix[at], lines.Pix[at] = 255, 255
	}
	for y := 40; y < 700; y += 30 { // like words in lines
		for x := 50; x < 1200; x++ {
			if x*y%70 < 40 {
				for thick := range 12 {
					lines.SetGray(x, y+thick, color.Gray{})
				}
			}
		}
	}
	for name, picture := range map[string]image.Image{"blank": blank, "lines": lines} {
		if text, err := decodeQR(picture); err == nil || sawQR(err) {
			t.Errorf("%s: a code is seen in it: %q, %v", name, text, err)
		}
	}
}

// Every code that a page may draw is read: the reader alone misses some for their
// content, and they would be shown to nobody.
func TestEveryCodeIsRead(t *testing.T) {
	for i := range 24 {
		text, side := fmt.Sprintf("http://127.0.0.1:40000/scan?code=%043d", i*i*i*7919), 3+i%4
		code, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		img := image.NewGray(image.Rect(0, 0, 640, 480))
		for at := range img.Pix {
			img.Pix[at] = 255
		}
		for y := range code.Size * side {
			for x := range code.Size * side {
				if code.Black(x/side, y/side) {
					img.SetGray(150+x, 100+y, color.Gray{})
				}
			}
		}
		var picture bytes.Buffer
		if err := png.Encode(&picture, img); err != nil {
			t.Fatal(err)
		}
		if got, err := readQR(picture.Bytes()); err != nil || got != text {
			t.Errorf("code %d, %d pixels a side: %q, %v", i, side, got, err)
		}
	}
}
