// Package doctor examines whether everything is ready for a run: configuration,
// key, network, clock, redirect URI, report folder.
package doctor
