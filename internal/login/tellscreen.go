package login

// Screen is what a browser shows of a page once the page's script has run.
type Screen struct {
	HTML []byte // the document as it is then
	QR   bool   // a QR code stands on the screen, and can be read off it
}

// TellScreen tells an error from a login by what a browser shows, where the
// pages as they were sent do not tell: they may be one and the same, and their
// script ask what to show. good is the screen of a good request of the same run.
// why says, for a page that is unclear, what keeps it from being told.
func TellScreen(screen, good *Screen) (sort PageSort, why string) {
	p, g := traitsOf(screen.HTML), traitsOf(good.HTML)
	if screen.QR || p.asksAs(g) {
		return PageLogin, ""
	}
	if good.QR && !g.asks {
		g.login = ""
	}
	p.leaveOut(g)
	switch {
	case !good.QR:
		return PageUnclear, "the browser shows no QR code for a valid request to recognise the login page by"
	case len(p.forms) > 0:
		return PageUnclear, "the browser shows a form that could be a login form"
	case p.code:
		return PageUnclear, "it holds an address with a code"
	case len(p.says) == 0:
		return PageUnclear, "the browser shows no error code or message"
	}
	return PageError, ""
}

// TellsErrorOnScreen reports whether a screen says by itself that a request is
// refused: there is nothing on it to log in with, and it has an error code, or a
// title or heading that speaks of an error.
func TellsErrorOnScreen(screen *Screen) bool {
	t := traitsOf(screen.HTML)
	return !screen.QR && len(t.forms) == 0 && !t.code && t.headed
}

// OffersForm reports whether a screen has a form that a person could log in with.
func OffersForm(screen *Screen) bool { return len(traitsOf(screen.HTML).forms) > 0 }

// TakesScript reports whether what a page shows is for a script to decide: it has
// one, and no form that could be submitted without.
func TakesScript(page []byte) bool {
	t := traitsOf(page)
	return len(t.forms) == 0 && (len(t.sources) > 0 || t.waits || t.drawn())
}

// OffersQR reports whether a page, as it was sent, is a login that takes a phone:
// it names or holds a QR code, and nothing on it can be submitted.
func OffersQR(page []byte) bool {
	t := traitsOf(page)
	return len(t.forms) == 0 && t.drawn() && !t.headed
}
