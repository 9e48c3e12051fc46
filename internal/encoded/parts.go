package encoded

import "iter"

// alphabet says of each octet whether it is one of an encoding's.
type alphabet [256]bool

var (
	hexDigits  = alphabetWith("0123456789abcdefABCDEF")
	urlLetters = alphabetWith(letters + "-_")
	stdLetters = alphabetWith(letters + "+/")
)

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func alphabetWith(all string) (a alphabet) {
	for i := range len(all) {
		a[all[i]] = true
	}
	return a
}

func alphabetOf(text string, a *alphabet) bool {
	for i := range len(text) {
		if !a[text[i]] {
			return false
		}
	}
	return true
}

// parts are the runs of a text that may be encodings: of either alphabet of
// base64, and of hexadecimal digits. A run of several kinds comes once.
func parts(text string) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for _, kind := range []struct {
			of    *alphabet
			least int
		}{{&urlLetters, leastBase64}, {&stdLetters, leastBase64}, {&hexDigits, leastHex}} {
			for from := 0; from < len(text); {
				if !kind.of[text[from]] {
					from++
					continue
				}
				to := from
				for to < len(text) && kind.of[text[to]] {
					to++
				}
				if to-from >= kind.least && !alreadyIn(text, from, to, kind.of) && !yield(Part{from, to}) {
					return
				}
				from = to
			}
		}
	}
}

// alreadyIn reports whether a run of an alphabet is one of an alphabet before it, too.
func alreadyIn(text string, from, to int, of *alphabet) bool {
	for _, before := range []*alphabet{&urlLetters, &stdLetters} {
		if before == of {
			return false
		}
		if alphabetOf(text[from:to], before) && (from == 0 || !before[text[from-1]]) && (to == len(text) || !before[text[to]]) {
			return true
		}
	}
	return false
}
