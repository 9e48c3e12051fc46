// Package browser drives Chromium or Chrome: it logs in as a person would, for
// the suites that need authorization codes, and it judges what only a browser
// can see (the BROW checks).
//
// One process serves a whole run. Every login gets a browser context of its
// own, with its own cookies and storage, and nothing of any of them is left
// when the run ends: no process, and no profile folder.
package browser
