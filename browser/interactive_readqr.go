package browser

import (
	"bytes"
	"cmp"
	"errors"
	"image"
	_ "image/gif"  // forms in which pages show QR codes
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"math"
	"slices"

	"golang.org/x/image/draw"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// errNoQR says that a picture or page shows no QR code that can be read;
// errNoCorner that it does not even show the corner of one.
var (
	errNoQR     = errors.New("no QR code was found")
	errNoCorner = errors.New("no corner of a QR code was found")
)

// readQR returns what the QR code in a picture (PNG, JPEG or GIF) says. Where its
// lines fall on the pixels can hide a corner, so a code that was seen and could not
// be read is looked for in other sizes, too.
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

// decodeQR reads the code between three corners of a picture. What looks like a
// corner may be data, or a drawing on the page, so that three of them are tried
// after the other.
func decodeQR(picture image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	dark, err := bitmap.GetBlackMatrix()
	if err != nil {
		return "", err
	}
	found := corners(dark)
	if len(found) == 0 {
		return "", errNoCorner
	}
	for _, t := range triples(found) {
		if text, ok := decodeBetween(dark, t); ok {
			return text, nil
		}
	}
	return "", errNoQR
}

// sawQR says whether a code, or a corner of one, was seen that could not be read. A
// picture without any holds none in its other sizes either, which take twenty times
// as long.
func sawQR(err error) bool { return !errors.Is(err, errNoCorner) }

// What is tried of a picture that is full of corners.
const (
	mostCorners = 40
	mostTriples = 48
)

// corners are the finder patterns of a picture, and whatever looks like one: dark
// and light in the widths 1, 1, 3, 1, 1, across, down and aslant (ISO/IEC 18004,
// 6.3.3). The whole picture is searched: a false one among the first three would
// hide the last.
func corners(dark *gozxing.BitMatrix) []*detector.FinderPattern {
	finder := detector.NewFinderPatternFinder(dark, nil)
	for y := 1; y < dark.GetHeight(); y += 2 {
		var widths [5]int
		at := 0 // an even one is dark
		for x := 0; x <= dark.GetWidth(); x++ {
			isDark := x < dark.GetWidth() && dark.Get(x, y)
			switch {
			case isDark == (at%2 == 0):
				widths[at]++
			case widths[0] == 0: // nothing dark yet
			case at < 4:
				at++
				widths[at]++
			case detector.FinderPatternFinder_foundPatternCross(widths[:]) && finder.HandlePossibleCenter(widths[:], y, x):
				widths, at = [5]int{}, 0
			default:
				widths, at = [5]int{widths[2], widths[3], widths[4], 1, 0}, 3
			}
		}
	}
	return finder.GetPossibleCenters()
}

// triple is three corners that may be those of one code.
type triple struct {
	info *detector.FinderPatternInfo
	off  float64 // how far they are from being alike, and two sides of a square
}

// triples are those of the corners that may belong to one code, the most likely
// first. A screen shows a code straight and flat.
func triples(found []*detector.FinderPattern) []triple {
	slices.SortStableFunc(found, func(a, b *detector.FinderPattern) int { return cmp.Compare(b.GetCount(), a.GetCount()) })
	found = found[:min(len(found), mostCorners)]
	var out []triple
	for i, a := range found {
		for j, b := range found[:i] {
			for _, c := range found[:j] {
				if t := newTriple(a, b, c); t.off < 0.5 {
					out = append(out, t)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b triple) int { return cmp.Compare(a.off, b.off) })
	return out[:min(len(out), mostTriples)]
}

func newTriple(a, b, c *detector.FinderPattern) triple {
	bottom, corner, right := gozxing.ResultPoint_OrderBestPatterns(a, b, c)
	down, across := gozxing.ResultPoint_Distance(corner, bottom), gozxing.ResultPoint_Distance(corner, right)
	aslant := gozxing.ResultPoint_Distance(bottom, right)
	sizes := []float64{a.GetEstimatedModuleSize(), b.GetEstimatedModuleSize(), c.GetEstimatedModuleSize()}
	return triple{
		info: detector.NewFinderPatternInfo(bottom.(*detector.FinderPattern), corner.(*detector.FinderPattern), right.(*detector.FinderPattern)),
		off:  slices.Max(sizes)/slices.Min(sizes) - 1 + math.Abs(down/across-1) + math.Abs(aslant/math.Hypot(down, across)-1),
	}
}

// decodeBetween reads the code with these corners. Data can look like the fourth,
// smaller mark, too, and the number of modules is an estimate, so the plain square
// is tried after it, in the sizes next to it as well.
func decodeBetween(dark *gozxing.BitMatrix, t triple) (string, bool) {
	seen, err := detector.NewDetector(dark).ProcessFinderPatternInfo(t.info)
	if err != nil {
		return "", false
	}
	if text, ok := decodeBits(seen.GetBits()); ok {
		return text, true
	}
	modules := seen.GetBits().GetHeight()
	for _, side := range []int{modules, modules - 4, modules + 4} {
		grid := detector.Detector_createTransform(t.info.GetTopLeft(), t.info.GetTopRight(), t.info.GetBottomLeft(), nil, side)
		bits, err := detector.Detector_sampleGrid(dark, grid, side)
		if err != nil {
			continue
		}
		if text, ok := decodeBits(bits); ok {
			return text, true
		}
	}
	return "", false
}

func decodeBits(bits *gozxing.BitMatrix) (string, bool) {
	result, err := decoder.NewDecoder().Decode(bits, nil)
	if err != nil {
		return "", false
	}
	return result.GetText(), true
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
